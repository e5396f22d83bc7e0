"""The picture of the first examples, and conversions to grey or with padding."""

import pytest
from drawn_files import files_below, flat
from PIL import Image

from common.errors import UserError
from datasets import catalogue
from datasets.conversion import converter, preview
from datasets.download import fetch

COLOURS = [(255, 0, 0), (0, 128, 0), (0, 0, 255)]
CONTENTS = {f"{'ab'[i % 2]}/{i}.png": flat(c, size=(32, 16)) for i, c in
            enumerate(COLOURS)}  # fmt: skip


def converted(tmp_path, kind="folder", contents=CONTENTS, **options):
    source = files_below(tmp_path / "x", contents)
    fetch.run([kind, "mine"], str(source), tmp_path / "data")
    return again(tmp_path, **options)


def again(tmp_path, **options):
    entry = catalogue.entry("mine", tmp_path / "data")
    options = converter.ConversionOptions(**{"image_size": 16, "workers": 1} | options)
    return converter.convert(entry, tmp_path / "data", options)


def colours(info):
    picture = Image.open(info.directory / preview.PREVIEW).convert("RGB")
    return {colour for _, colour in picture.getcolors(picture.width * picture.height)}


def test_the_first_examples_are_shown_as_stored_with_their_labels(tmp_path):
    info = converted(tmp_path)
    assert set(COLOURS) <= colours(info)
    captions = {example.caption for example in preview.first(info, 64)}
    assert captions == {"a", "b"}
    for example in preview.first(info, 64):
        i = COLOURS.index(tuple(example.images[0][0, 0].tolist()))
        assert example.caption == "ab"[i % 2]


def test_pairs_are_shown_side_by_side(tmp_path):
    pairs = {f"{i}.png": flat(*COLOURS[:2]) for i in range(3)}
    assert set(COLOURS[:2]) <= colours(converted(tmp_path, "paired", pairs))


def test_both_domains_are_shown(tmp_path):
    contents = {"trainA/1.png": flat(COLOURS[0]), "trainB/1.png": flat(COLOURS[2])}
    info = converted(tmp_path, "unpaired", contents)
    assert {COLOURS[0], COLOURS[2]} <= colours(info)


def test_points_are_drawn_in_their_plane(tmp_path):
    options = converter.ConversionOptions(workers=1)
    info = converter.convert(catalogue.CATALOGUE["ring8"], tmp_path, options)
    assert len(colours(info)) > 1


def test_a_set_becomes_grey(tmp_path):
    info = converted(tmp_path, channels=1)
    assert info.shape == (16, 16, 1)
    levels = {int(example.images[0][0, 0, 0]) for example in preview.first(info, 9)}
    expected = {
        Image.new("RGB", (1, 1), c).convert("L").getpixel((0, 0)) for c in COLOURS
    }
    assert levels == expected
    with pytest.raises(UserError, match="made with --channels 1, not 3: add --renew"):
        again(tmp_path, channels=3)


def test_only_grey_and_colour_are_kept(tmp_path):
    with pytest.raises(UserError, match=r"--channels 2: give 1 \(grey\) or 3"):
        converted(tmp_path, channels=2)


@pytest.mark.parametrize("colour", [None, "edge"])
def test_padding_is_recorded_with_its_colour(tmp_path, colour):
    info = converted(tmp_path, crop="pad", pad_colour=colour)
    assert info.crop == ("pad-edge" if colour else "pad")
    for example in preview.first(info, 3):
        image = example.images[0]
        assert (image[0, 0] == (255 if colour is None else image[8, 8])).all()
