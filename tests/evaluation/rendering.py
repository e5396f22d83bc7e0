"""Runs drawn as eval.py draws them, but not measured."""

from evaluation import run_pictures, studies, study_pass


def render(opened, directory, options):
    """Draws runs side by side into a directory; returns the files."""
    study = studies.of_runs(opened, directory, options)
    (lineup,) = study.lineups
    gallery = run_pictures.RunGallery(directory, options)
    study_pass.visit(lineup, lineup.build(options.ema), [None] * len(opened), gallery)
    return gallery.paths
