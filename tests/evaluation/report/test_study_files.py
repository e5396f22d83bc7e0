"""A study's pictures as files."""

import imageio.v3
import matplotlib.figure
import numpy as np
import pytest

from evaluation.pictures import grids
from evaluation.report import content, study_files, table_figure, timelines

SIDE = 130  # px of a run's grid


def frame(grey):
    return grids.png(np.full((SIDE, SIDE, 3), grey, np.uint8))


def track(column, seed, greys):
    """A run's flat pictures by step: {step: grey}."""
    frames = [frame(grey) for grey in greys.values()]
    return content.Track("t", list(greys), frames, "alt", column, f"seed {seed}")


@pytest.fixture
def tracks():
    return [
        track("gan", 0, {10: 10, 20: 20}),
        track("vae", 0, {20: 60}),
        track("vae", 1, {10: 80, 20: 90}),
    ]


def greys(picture, columns=2, rows=2):
    """The grey in the middle of each run's place; None: the background's."""
    top = grids.CAPTION_HEIGHT + grids.FONT_SIZE
    height = (len(picture) - top) // rows
    width = picture.shape[1] // columns
    values = [
        int(picture[top + row * height + height // 2, column * width + width // 2, 0])
        for row in range(rows)
        for column in range(columns)
    ]
    return [None if value == grids.BACKGROUND else value for value in values]


def test_samples_show_the_last_of_every_run_in_its_place(tracks, tmp_path):
    study_files.write_samples("s", tracks, tmp_path)
    picture = imageio.v3.imread(tmp_path / "samples.png", mode="RGB")
    assert greys(picture) == [20, 60, None, 90]
    assert picture.shape[1] == 2 * 2 * SIDE  # enlarged to be legible


def test_the_timeline_shows_what_runs_had_until_each_step(tracks, tmp_path):
    study_files.write_samples("s", tracks, tmp_path)
    frames = imageio.v3.imread(tmp_path / "timeline.gif", mode="RGB")
    assert [greys(picture) for picture in frames] == [
        [10, None, None, 80],
        [20, 60, None, 90],
    ]


@pytest.mark.parametrize("columns", [1, 3, 9, 30])
def test_a_timeline_of_many_models_is_not_too_wide(columns):
    tracks = [track(f"m{place}", 0, {10: 10}) for place in range(columns)]
    timeline = timelines.arranged(tracks)
    picture = study_files.sheet("s", timeline, 10, study_files.GIF_WIDTH)
    assert picture.shape[1] <= study_files.GIF_WIDTH
    assert study_files.sheet("s", timeline, 10).shape[1] == columns * 2 * SIDE


def test_without_pictures_and_numbers_there_are_no_files(tmp_path):
    bare = content.Page("Study s", [])
    assert study_files.write("s", bare, tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_study_has_its_table_its_curves_and_its_samples(tracks, tmp_path):
    table = content.Table("s", ["", "FID"], [["gan", "3.1"]], ["of 10 samples"])
    curve = content.Curve("gan", [0, 1], *[[0, 1]] * 3)
    page = content.Page(
        "Study s",
        [],
        tables=[table, table._replace(is_folded=True)],
        panels=[content.Panel("FID", [curve])],
        tracks=tracks,
    )
    paths = study_files.write("s", page, tmp_path)
    assert sorted(path.name for path in paths) == [
        "curves.pdf",
        "curves.png",
        "samples.png",
        "table.pdf",
        "table.png",
        "timeline.gif",
    ]
    assert sorted(paths) == sorted(tmp_path.iterdir())


def drawn(tables, monkeypatch):
    """The boxes that texts of tables' figure fill."""
    figures = []
    monkeypatch.setattr(
        matplotlib.figure.Figure,
        "savefig",
        lambda figure, *_, **__: figures.append(figure),
    )
    table_figure.encoded(tables, "png")
    figures[0].draw_without_rendering()
    axes = figures[0].axes
    texts = [text for own in axes for text in own.texts]
    texts += [
        cell.get_text()
        for own in axes
        for table in own.tables
        for cell in table.get_celld().values()
    ]
    return [text.get_window_extent() for text in texts if text.get_text()]


def test_the_texts_of_a_table_do_not_overlap(monkeypatch):
    heads = ["", "FID (classifier) last", "KID (classifier) last", "runs"]
    rows = [
        ["a long name (so far, step 833 of 2,184)", "388.00 ± 12.21", "0.01", "2/2"],
        ["real images of $x$", "5.30", "0.0161", "-"],
    ]
    note = "of 500 samples against as many real images " * 5
    boxes = drawn([content.Table("study", heads, rows, [note])] * 2, monkeypatch)
    assert len(boxes) == 2 * (3 + 8 + 2)
    for place, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:place])


def test_a_table_in_a_file_is_the_same_each_time():
    table = content.Table("s", ["", "FID"], [["gan", "3.1"]])
    pdf = table_figure.encoded([table], "pdf")
    assert pdf.startswith(b"%PDF")
    assert pdf == table_figure.encoded([table], "pdf")
