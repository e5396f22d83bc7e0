"""eval.py --input DIR --output DIR."""

import numpy as np
import pytest
from fake_run import FakeRun, OneWay, Translator
from PIL import Image

from common.errors import UserError
from evaluation import eval_command, snapshots, translate_folder
from evaluation.eval_options import EvalOptions
from training import runs


def translating(name="a", kind=Translator, channels=3, **options):
    return FakeRun(name, kind=kind, image_shape=(64, 64, channels), **options)


@pytest.fixture
def source(tmp_path):
    """A folder with images of four sizes, two of them in a folder of its own."""
    directory = tmp_path / "in"
    (directory / "deep er").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name, size in {
        "odd.png": (37, 53), "even.webp": (64, 32),
        "deep er/tiny.PNG": (8, 9), "deep er/tall.gif": (40, 11),
    }.items():  # fmt: skip
        pixels = rng.integers(0, 256, (*size, 3), np.uint8)
        Image.fromarray(pixels).save(directory / name, lossless=True)
    return directory


@pytest.fixture
def translate(source, tmp_path):
    """Translates the folder; what was done, and the run."""

    def translate(run=None, direction="", step="all", target=tmp_path / "out"):
        run = run or translating()
        return translate_folder.translate(
            snapshots.Snapshot(run), source, target, direction, step
        )

    return translate


@pytest.fixture
def identity():
    """A run whose only checkpoint leaves images as they are."""
    return translating(steps=(0,))


def rgb(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def files(directory):
    return {str(p.relative_to(directory)) for p in directory.rglob("*") if p.is_file()}


@pytest.mark.parametrize("multiple", [1, 4, 256])
def test_images_of_any_size_come_back_as_they_were(
    translate, source, tmp_path, identity, multiple
):
    identity.model.multiple = multiple
    done = translate(identity)
    assert done.translated == 4
    assert not done.skipped
    out = tmp_path / "out"
    names = {"odd.png", "even.png", "deep er/tiny.png", "deep er/tall.png"}
    assert files(out) == names
    for name in files(source):
        made = (out / name).with_suffix(".png")
        np.testing.assert_array_equal(rgb(made), rgb(source / name))


def test_images_are_mirrored_to_the_models_multiple(translate, source, identity):
    identity.model.multiple = 32
    translate(identity)
    odd = rgb(source / "odd.png") / 127.5 - 1
    padded = identity.model.padded[-1]
    assert padded.shape == (1, 64, 64, 3)
    assert padded.dtype == np.float32
    np.testing.assert_allclose(padded[0, :37, :53], odd, atol=1e-6)
    np.testing.assert_allclose(padded[0, 37:, :53], odd[35:8:-1], atol=1e-6)
    np.testing.assert_allclose(padded[0, :37, 53:], odd[:, 51:40:-1], atol=1e-6)


def test_images_that_fit_are_not_padded(translate, identity):
    identity.model.multiple = 32
    translate(identity)
    assert identity.model.padded[-2].shape == (1, 64, 32, 3)


def test_grey_models_get_and_make_grey_images(translate, source, tmp_path):
    run = translating(channels=1, steps=(0,))
    translate(run)
    assert run.model.padded[0].shape[-1] == 1
    with Image.open(source / "odd.png") as image:
        grey = np.asarray(image.convert("L"))
    with Image.open(tmp_path / "out/odd.png") as made:
        assert made.mode == "L"
        np.testing.assert_array_equal(np.asarray(made), grey)


@pytest.mark.parametrize(
    ("kind", "direction", "change"),
    [(Translator, "", -38), (Translator, "BtoA", 19), (OneWay, "", 19)],
)
def test_the_direction_is_the_one_asked_for_or_the_first(
    translate, source, tmp_path, kind, direction, change
):
    translate(translating(kind=kind), direction)
    before = rgb(source / "odd.png").astype(int)
    after = rgb(tmp_path / "out/odd.png")
    np.testing.assert_allclose(after, np.clip(before + change, 0, 255), atol=1)


@pytest.mark.parametrize("direction", ["AtoB", "atob", "CtoD"])
def test_a_direction_that_it_lacks_names_those_it_has(translate, tmp_path, direction):
    match = rf"run 'a' has no --direction '{direction}': it translates BtoA$"
    with pytest.raises(UserError, match=match):
        translate(translating(kind=OneWay), direction)
    assert not (tmp_path / "out").exists()


def test_a_run_that_makes_images_from_noise_is_refused(translate):
    with pytest.raises(UserError, match="run 'noise' makes images from noise; --input"):
        translate(FakeRun("noise"))


@pytest.mark.parametrize(
    ("step", "level"), [("all", 0.3), ("latest", 0.3), ("200", 0.2)]
)
def test_it_translates_with_the_step_asked_for(translate, step, level):
    run = translating()
    translate(run, step=step)
    assert run.model.level == level


def test_an_unknown_step_names_the_known_ones(translate):
    with pytest.raises(UserError, match="there are 100, 200, 300"):
        translate(step="7")


def test_a_checkpoint_that_vanishes_is_one_line(translate):
    with pytest.raises(UserError, match="step 300 of run 'a' was removed"):
        translate(translating(vanished=(300,)))


def test_what_cannot_be_read_is_skipped_and_named(translate, source, tmp_path):
    (source / "text.jpg").write_text("no image")
    Image.new("RGB", (4, 4)).save(source / "small.png")
    done = translate()
    assert done.translated == 4
    assert done.skipped == {
        "small.png": "4x4 is too small",
        "text.jpg": "not an image that Pillow opens",
    }
    assert len(files(tmp_path / "out")) == 4


def test_when_nothing_can_be_read_it_is_an_error(translate, source):
    for name in files(source):
        (source / name).write_text("no image")
    with pytest.raises(
        UserError, match=r"none of the 4 images .*tall.gif: not an image"
    ):
        translate()


@pytest.mark.parametrize("target", ["in", "in/out", "x/../in/out", "."])
def test_nothing_is_written_among_the_images(translate, source, tmp_path, target):
    before = files(tmp_path)
    with pytest.raises(UserError, match="overlap"):
        translate(target=tmp_path / target)
    assert files(tmp_path) == before


def test_a_name_that_only_begins_alike_is_another_folder(translate, tmp_path):
    assert translate(target=tmp_path / "in-b").translated == 4


def test_two_images_that_would_be_one_are_an_error(translate, source, tmp_path):
    Image.new("RGB", (9, 9)).save(source / "odd.jpg")
    with pytest.raises(UserError, match=r"odd.jpg and odd.png .* become odd.png"):
        translate()
    assert not (tmp_path / "out").exists()


def test_what_was_translated_before_is_overwritten(translate, tmp_path, identity):
    translate(identity)
    before = rgb(tmp_path / "out/odd.png")
    translate()
    assert (rgb(tmp_path / "out/odd.png") != before).any()


def test_an_input_that_is_not_there_or_empty_is_an_error(tmp_path):
    snapshot = snapshots.Snapshot(translating())
    for name, why in {"none": "is not a folder", "empty": "has no images"}.items():
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(UserError, match=f"--input .*{name} {why}"):
            translate_folder.translate(
                snapshot, tmp_path / name, tmp_path / "out", "", "all"
            )


@pytest.fixture
def run_command(tmp_path, source, monkeypatch):
    """`eval.py --name NAME` on translating runs, as a user starts it."""
    monkeypatch.setattr(runs, "open", lambda folder: translating(folder.name))

    def run_command(name="a", **options):
        both = {"input": source, "output": tmp_path / "out"} | options
        places = {"summary_dir": tmp_path, "assets_dir": tmp_path / "assets"}
        eval_command.run([], EvalOptions(name=name, **places, **both))

    return run_command


def test_the_command_says_how_many_and_how_fast(run_command, tmp_path, capsys):
    run_command()
    line = capsys.readouterr().out
    assert line.startswith(f"4 images in {tmp_path}/out (")
    assert line.endswith(" images/s)\n")
    assert not (tmp_path / "assets").exists()


def test_the_command_names_what_it_skipped(run_command, source, capsys):
    (source / "text.jpg").write_text("no image")
    run_command()
    skipped, total = capsys.readouterr().err.splitlines()[-2:]
    assert skipped == "skipped: text.jpg: not an image that Pillow opens"
    assert total == "skipped: 1 of 5 images"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"output": None}, "needs --output"),
        ({"input": None}, "need --input"),
        ({"input": None, "output": None, "direction": "AtoB"}, "need --input"),
        ({"name": "a,b"}, "--input is for one run, and --name gives 2"),
    ],
)
def test_half_a_command_says_what_is_missing(run_command, tmp_path, options, why):
    with pytest.raises(UserError, match=why):
        run_command(**options)
    assert not (tmp_path / "out").exists()
