"""Paired images: side by side, or in two folders."""

import io

import numpy as np
import pytest
from drawn_files import files_below, flat
from PIL import Image

from common.errors import UserError
from datasets import catalogue
from datasets.conversion import converter
from datasets.download import fetch
from datasets.info import Info
from datasets.pipeline import loader

RED, GREEN = (255, 0, 0), (0, 255, 0)


def converted(name, data_dir, **options):
    options = converter.ConversionOptions(**{"workers": 1, "image_size": 16} | options)
    return converter.convert(catalogue.entry(name, data_dir), data_dir, options)


def info_of(source, tmp_path, **options):
    """A dataset of the user's own."""
    fetch.run(["paired", "mine"], str(source), tmp_path / "data")
    return converted("mine", tmp_path / "data", **options)


def pairs(info, part="train"):
    """The levels of each pair of flat images, sorted."""
    taken = loader.first_of(info.part(part), info.part(part).count, ("source",))
    targets = loader.first_of(info.part(part), info.part(part).count, ("target",))
    both = (taken["source"], targets["target"])
    return sorted(zip(*(x[:, 8, 8, 0].numpy().tolist() for x in both), strict=True))


def test_the_left_half_is_the_source_and_the_right_half_the_target(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (16, 32, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    info = info_of(files_below(tmp_path / "x", {"1.png": file.getvalue()}), tmp_path)
    assert (info.images, info.shape) == (("source", "target"), (16, 16, 3))
    taken = loader.first_of(info, 1, ("source", "target"))
    np.testing.assert_array_equal(taken["source"][0], image[:, :16])
    np.testing.assert_array_equal(taken["target"][0], image[:, 16:])


def test_folders_are_parts_whatever_they_come_in(tmp_path, packed):
    contents = {
        f"top/{part}/{i}.png": flat(i, 100 + i)
        for part, numbers in {"train": (1, 2, 3), "val": (4,), "test": (5, 6)}.items()
        for i in numbers
    }
    info = info_of(packed(contents), tmp_path)
    assert info.parts == ("train", "val", "test")
    assert pairs(info) == [(1, 101), (2, 102), (3, 103)]
    assert pairs(info, "val") == [(4, 104)]
    assert pairs(info, "test") == [(5, 105), (6, 106)]
    assert info.count == 3
    names = [f"mine{part}-00001-of-00001.tfrecord" for part in ("", "-val", "-test")]
    assert [shard.name for shard in info.shards] == names


def test_without_such_folders_all_are_for_training(tmp_path):
    contents = {"a/1.png": flat(1, 2), "b/2.png": flat(3, 4)}
    info = info_of(files_below(tmp_path / "x", contents), tmp_path)
    assert info.parts == ("train",)
    assert pairs(info) == [(1, 2), (3, 4)]


@pytest.mark.parametrize(("crop", "share"), [("none", 1 / 3), ("square", 2 / 3)])
def test_halves_are_squeezed_whole_or_each_cropped(tmp_path, crop, share):
    # Each half is 48 wide and 24 high, with its colour in the middle 16 columns.
    strips = flat(0, 0, RED, RED, 0, 0, 0, 0, GREEN, GREEN, 0, 0, size=(8, 24))
    folder = files_below(tmp_path / "x", {"1.png": strips})
    info = info_of(folder, tmp_path, crop=crop, image_size=24)
    taken = loader.first_of(info, 1, ("source", "target"))
    for key, channel in {"source": 0, "target": 1}.items():
        coloured = taken[key][..., channel].numpy() > 127
        assert coloured.mean() == pytest.approx(share, abs=0.03)
        assert coloured[0, :, 12].all()


def test_a_crop_that_a_half_is_too_small_for_ends_it_early(tmp_path):
    folder = files_below(tmp_path / "x", {"1.png": flat(1, 2)})
    with pytest.raises(UserError, match="the images are 16x16, smaller than the crop"):
        info_of(folder, tmp_path, crop="32")


SIDED = {
    "trainA/1.png": flat(1),
    "trainA/2.png": flat(2),
    "trainB/1.jpg": flat(101, format="JPEG"),
    "trainB/2.png": flat(102),
    "testA/x/3_A.png": flat(3),
    "testB/x/3_B.png": flat(103),
}


def test_sides_in_folders_are_joined_by_name(tmp_path, packed):
    info = info_of(packed(SIDED), tmp_path)
    assert pairs(info) == [(1, 101), (2, 102)]
    assert pairs(info, "test") == [(3, 103)]


def test_two_folders_are_the_sides(tmp_path):
    sides = {"A": {"1.png": 1, "2.png": 2}, "B": {"2.jpg": 102, "1.png": 101}}
    for side, levels in sides.items():
        contents = {name: flat(level) for name, level in levels.items()}
        files_below(tmp_path / f"side,{side}", contents)
        (tmp_path / f"side,{side}").rename(tmp_path / side)
    info = info_of(f"{tmp_path / 'A'},{tmp_path / 'B'}", tmp_path)
    assert pairs(info) == [(1, 101), (2, 102)]


def test_splits_within_two_folders_are_kept(tmp_path):
    for side, offset in {"A": 0, "B": 100}.items():
        contents = {"train/1.png": flat(offset + 1), "val/1.png": flat(offset + 2)}
        files_below(tmp_path / side, contents)
    info = info_of(f"{tmp_path / 'A'},{tmp_path / 'B'}", tmp_path)
    assert (pairs(info), pairs(info, "val")) == ([(1, 101)], [(2, 102)])


def test_a_transparent_side_is_on_white(tmp_path):
    file = io.BytesIO()
    Image.new("RGBA", (16, 16), (0, 0, 0, 0)).save(file, "PNG")
    contents = {"trainA/1.png": flat(RED), "trainB/1.png": file.getvalue()}
    info = info_of(files_below(tmp_path / "x", contents), tmp_path)
    taken = loader.first_of(info, 1, ("source", "target"))
    assert (taken["source"] == RED).numpy().all()
    assert (taken["target"] == 255).numpy().all()


def without(*names, **more):
    """What SIDED would be without some files and with others."""
    kept = {name: raw for name, raw in SIDED.items() if name not in names}
    return kept | {name.replace("_", "/", 1): raw for name, raw in more.items()}


STRUCTURES = {
    "'2' in trainA has no partner in trainB .2 images in A, 1 in B.": without(
        "trainB/2.png"
    ),
    "'x/3' in testB has no partner in testA": without("testA/x/3_A.png"),
    "trainA/1.jpg and trainA/1.png have one name": SIDED | {"trainA/1.jpg": b""},
    "readme.png lies outside the folders testA, testB, trainA, trainB": SIDED
    | {"readme.png": b""},
    "new.png lies outside the folders train, val": {
        "train/1.png": b"", "val/1.png": b"", "new.png": b"",
    },
    "images in val and none in train": {"x/val/1.png": b""},
    "images in test and none in train": {"testA/1.png": b"", "testB/1.png": b""},
    "folders A and B: give both, --source DIR/A,DIR/B": {
        "A/1.png": b"", "B/1.png": b"",
    },
}  # fmt: skip


@pytest.mark.parametrize("problem", STRUCTURES)
def test_what_is_no_set_of_pairs_is_refused_and_nothing_stays(tmp_path, problem):
    folder = files_below(tmp_path / "x", STRUCTURES[problem])
    with pytest.raises(UserError, match=f"mine.*{problem}"):
        info_of(folder, tmp_path)
    assert not list((tmp_path / "data").iterdir())


@pytest.mark.parametrize("workers", [1, 2])
def test_an_odd_width_is_an_error_that_names_the_image(tmp_path, workers):
    contents = {f"train/{i:03d}.png": flat(i, i) for i in range(200)}
    contents["train/150.png"] = flat(0, size=(33, 16))
    folder = files_below(tmp_path / "x", contents)
    problem = r"150\.png is 33x16: an odd width .* remove .*mine/raw and download again"
    with pytest.raises(UserError, match=problem):
        info_of(folder, tmp_path, workers=workers)
    assert [path.name for path in (tmp_path / "data/mine").iterdir()] == ["raw"]


def test_unequal_sizes_of_a_pair_are_an_error_that_names_it(tmp_path):
    folder = files_below(
        tmp_path / "x", SIDED | {"trainB/2.png": flat(2, size=(16, 15))}
    )
    with pytest.raises(UserError, match=r"train/2 is 16x16 and 16x15: .*one size"):
        info_of(folder, tmp_path)


def test_a_pair_with_a_bad_side_is_skipped_and_listed(tmp_path):
    contents = {
        f"train{side}/{i:03d}.png": flat(i) for side in "AB" for i in range(150)
    }
    contents["trainB/007.png"] = b"no image"
    info = info_of(files_below(tmp_path / "x", contents), tmp_path)
    assert (info.count, info.skipped) == (149, 1)
    assert (info.directory / "skipped.txt").read_text().startswith("train/007\t")


def test_the_shards_do_not_depend_on_the_number_of_workers(tmp_path):
    names = [f"{part}/{i}.png" for part in ("train", "val") for i in range(140)]
    contents = {name: flat(i % 256, 7) for i, name in enumerate(names)}
    folder = files_below(tmp_path / "x", contents)
    one = info_of(folder, tmp_path)
    files = {path.name: path.read_bytes() for path in one.directory.iterdir()}
    three = info_of(folder, tmp_path, workers=3, renew=True)
    assert {path.name: path.read_bytes() for path in three.directory.iterdir()} == files
    assert [shard.part for shard in three.shards] == ["train"] * 2 + ["val"] * 2


def test_the_users_own_pairs_are_known_as_such(tmp_path):
    info = info_of(files_below(tmp_path / "x", SIDED), tmp_path)
    entry = catalogue.entry("mine", tmp_path / "data")
    assert (entry.format, entry.image_size, entry.crop) == ("paired", 256, "squash")
    (info.directory.parent / "raw").rename(tmp_path / "elsewhere")
    assert catalogue.entry("mine", tmp_path / "data") == entry


def test_convert_tells_the_parts_and_a_model_that_fits(tmp_path, capsys):
    info_of(files_below(tmp_path / "x", SIDED), tmp_path)
    options = converter.ConversionOptions(image_size=16)
    converter.run(["mine"], tmp_path / "data", options)
    told = capsys.readouterr().out
    assert "mine: 2 pairs (train 2, test 1) in " in told
    assert "next: python train.py --model pix2pix --dataset mine --image_size" in told


def test_the_real_facades(tmp_path, shared):
    fetch.run(["facades"], str(shared / "facades/facades.tar.gz"), tmp_path)
    info = converted("facades", tmp_path, image_size=None)
    assert info.shape == (256, 256, 3)
    assert [info.part(part).count for part in info.parts] == [400, 100]
    assert Info.load(info.directory) == info
    taken = loader.first_of(info.part("val"), 1, ("source", "target"))
    whole = np.concatenate([taken["source"][0], taken["target"][0]], axis=1)
    raw = tmp_path / "facades/raw/pairs/facades/val"
    originals = (np.asarray(Image.open(path)) for path in raw.iterdir())
    assert sum(np.array_equal(whole, original) for original in originals) == 1
