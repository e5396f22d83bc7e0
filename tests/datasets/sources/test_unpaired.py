"""Unpaired images of two domains."""

import pytest
from drawn_files import files_below, flat

from common.errors import UserError
from datasets import catalogue
from datasets.conversion import converter, shard
from datasets.download import fetch
from datasets.pipeline import loader

COUNTS = {"trainA": 3, "trainB": 5, "testA": 2, "testB": 1}
# A is dark and B is light; all images have different levels.
LEVELS = {
    folder: [start + i for i in range(count)]
    for (folder, count), start in zip(COUNTS.items(), (10, 210, 30, 230), strict=True)
}
IMAGES = {
    f"{folder}/{level}.png": flat(level, size=(16 + level % 3, 20))
    for folder, levels in LEVELS.items()
    for level in levels
}


def info_of(source, tmp_path, arguments=("unpaired", "mine"), **options):
    fetch.run(list(arguments), str(source), tmp_path / "data")
    entry = catalogue.entry(arguments[-1], tmp_path / "data")
    options = converter.ConversionOptions(**{"workers": 1, "image_size": 16} | options)
    return converter.convert(entry, tmp_path / "data", options)


def levels(part):
    images = loader.first_of(part, part.count, ("image",))["image"]
    return sorted(images[:, 8, 8, 0].numpy().tolist())


def test_the_four_folders_are_parts_whatever_they_come_in(tmp_path, packed):
    info = info_of(
        packed({f"h2z/{name}": raw for name, raw in IMAGES.items()}), tmp_path
    )
    assert info.parts == tuple(COUNTS)
    assert {part: levels(info.part(part)) for part in info.parts} == LEVELS
    assert info.count == 3 + 5
    assert info.shards[-1].name == "mine-testB-00001-of-00001.tfrecord"


def test_there_may_be_no_test_images(tmp_path):
    training = {name: raw for name, raw in IMAGES.items() if name.startswith("train")}
    info = info_of(files_below(tmp_path / "x", training), tmp_path)
    assert (info.parts, info.held_out) == (("trainA", "trainB"), None)


def test_two_folders_are_the_domains_of_a_known_name_too(tmp_path):
    files_below(tmp_path / "x", IMAGES)
    source = f"{tmp_path / 'x/trainB'},{tmp_path / 'x/testA'}"
    info = info_of(source, tmp_path, ["horse2zebra"])
    assert info.parts == ("trainA", "trainB")
    assert levels(info.part("trainA")) == LEVELS["trainB"]
    assert levels(info.part("trainB")) == LEVELS["testA"]


def test_the_authors_name_of_summer2winter_is_taken_too(tmp_path):
    folder = files_below(tmp_path / "x", IMAGES)
    info = info_of(folder, tmp_path, ["summer2winter_yosemite"])
    assert info.dataset == "summer2winter"


@pytest.mark.parametrize(
    ("missing", "problem"),
    [
        ("trainB", "mine has images in trainA and none in trainB"),
        ("trainA", "mine has images in trainB and none in trainA"),
        ("testB", "mine has images in testA and none in testB"),
        ("train", "mine has no folders trainA and trainB: .*--source DIR_A,DIR_B"),
    ],
)
def test_a_missing_side_is_named_and_nothing_stays(tmp_path, missing, problem):
    kept = {name: raw for name, raw in IMAGES.items() if not name.startswith(missing)}
    with pytest.raises(UserError, match=problem):
        info_of(files_below(tmp_path / "x", kept), tmp_path)
    assert not list((tmp_path / "data").iterdir())


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("{0}/trainA,{0}/nowhere", "nowhere does not exist"),
        ("{0}/trainA,{0}/trainB/210.png", r"trainB/210\.png is no folder"),
        ("{0}/trainA,{0}/empty", "empty has no images in it"),
        ("{0}/trainA,{0}/trainB,{0}/testA", "names 3 folders: give A and B"),
    ],
)
def test_what_is_no_two_folders_is_named(tmp_path, source, problem):
    folder = files_below(tmp_path / "x", IMAGES)
    (folder / "empty").mkdir()
    with pytest.raises(UserError, match=problem):
        info_of(source.format(folder), tmp_path)
    assert not (tmp_path / "data/mine").exists()


def test_a_comma_in_a_folders_name_is_no_second_folder(tmp_path):
    info = info_of(files_below(tmp_path / "a,b", IMAGES), tmp_path)
    assert info.parts == tuple(COUNTS)


def test_the_same_two_folders_are_there_and_others_are_refused(tmp_path):
    files_below(tmp_path / "x", IMAGES)
    a, b = tmp_path / "x/trainA", tmp_path / "x/trainB"
    info_of(f"{a},{b}", tmp_path)
    info_of(f"{a},{b}", tmp_path)
    with pytest.raises(
        UserError, match=rf"came from {a},{b}, not from {b},{a}: remove"
    ):
        info_of(f"{b},{a}", tmp_path)


def test_a_killed_conversion_goes_on_in_every_part(tmp_path, monkeypatch):
    folder = files_below(tmp_path / "x", IMAGES)
    whole = info_of(folder, tmp_path)
    content = {path.name: path.read_bytes() for path in whole.directory.iterdir()}
    write, shards = shard.write, []

    def fail_at_the_third(job):
        if len(shards) == 2:
            raise KeyboardInterrupt
        shards.append(job.path)
        return write(job)

    monkeypatch.setattr(shard, "write", fail_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        info_of(folder, tmp_path, renew=True)
    monkeypatch.setattr(shard, "write", write)
    times = [path.stat().st_mtime_ns for path in shards]
    again = info_of(folder, tmp_path)
    assert {
        path.name: path.read_bytes() for path in again.directory.iterdir()
    } == content
    assert [path.stat().st_mtime_ns for path in shards] == times


def test_convert_tells_the_parts_and_a_model_that_fits(tmp_path, capsys):
    info_of(files_below(tmp_path / "x", IMAGES), tmp_path)
    converter.run(
        ["mine"], tmp_path / "data", converter.ConversionOptions(image_size=16)
    )
    told = capsys.readouterr().out
    assert "mine: 8 images (trainA 3, trainB 5, testA 2, testB 1) in " in told
    assert "next: python train.py --model cyclegan --dataset mine" in told


def test_a_single_image_set_is_told_as_ever(tmp_path, photos, capsys):
    fetch.run(["folder", "pets"], str(photos), tmp_path)
    converter.run(["pets"], tmp_path, converter.ConversionOptions(image_size=16))
    told = capsys.readouterr().out
    assert f"pets: 200 images in {tmp_path}" in told
    assert "next: python train.py --model dcgan --dataset pets" in told
