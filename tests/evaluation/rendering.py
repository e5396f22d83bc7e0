"""Runs drawn as eval.py draws them, but not measured."""

from evaluation import drawing, evaluate, studies


def render(opened, directory, options):
    """Draws runs side by side into a directory; returns the files."""
    study = studies.of_runs(opened, directory, options)
    (lineup,) = study.lineups
    gallery = drawing.RunGallery(directory, options)
    evaluate.visit(lineup, lineup.build(options.ema), [None] * len(opened), gallery)
    return gallery.paths
