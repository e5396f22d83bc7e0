import dataclasses
import errno
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
import tensorflow as tf
from PIL import Image

from common import files
from common.errors import UserError
from datasets import catalogue, paths
from datasets.conversion import converter, shard
from datasets.download import fetch
from datasets.info import Info
from datasets.pipeline import shard_check

ROOT = Path(__file__).parents[3]


@pytest.fixture
def data_dir(tmp_path, photos):
    """A data directory with the photos downloaded."""
    fetch.run(["folder", "pets"], str(photos), tmp_path / "data")
    return tmp_path / "data"


def converted(data_dir, **options):
    options = converter.ConversionOptions(**{"workers": 1, "image_size": 16} | options)
    return converter.convert(catalogue.entry("pets", data_dir), data_dir, options)


def contents(info):
    return {path.name: path.read_bytes() for path in info.directory.iterdir()}


def labels(info):
    return [
        tf.train.Example.FromString(record.numpy())
        .features.feature["label"]
        .int64_list.value[0]
        for shard in info.shards
        for record in tf.data.TFRecordDataset(str(info.directory / shard.name))
    ]


def test_info_says_what_is_there(data_dir):
    info = converted(data_dir)
    assert (info.count, info.skipped, info.shape) == (200, 0, (16, 16, 3))
    assert info.classes == ("cats", "dogs")
    assert info.crop == "square"
    assert [shard.count for shard in info.shards] == [67, 67, 66]
    assert Info.load(info.directory) == info
    names = [f"pets-0000{i}-of-00003.tfrecord" for i in (1, 2, 3)]
    assert sorted(contents(info)) == ["info.json", *names, "preview.png"]


def test_examples_are_shuffled_by_the_seed(data_dir):
    first, other = (
        labels(converted(data_dir, seed=seed, renew=True)) for seed in (0, 1)
    )
    assert sum(first) == sum(other) == 100
    assert first != other
    assert 20 < sum(first[:67]) < 47


def test_shards_do_not_depend_on_the_number_of_workers(data_dir):
    one = contents(converted(data_dir))
    assert contents(converted(data_dir, workers=3, renew=True)) == one


def test_the_source_fingerprint_sees_content_and_not_the_order(data_dir):
    before = converted(data_dir)
    assert converted(data_dir, seed=1, renew=True).source == before.source
    image = data_dir / "pets/raw/images/cats/000.png"
    image.write_bytes((data_dir / "pets/raw/images/cats/001.png").read_bytes())
    assert converted(data_dir, renew=True).source != before.source


def test_finished_shards_are_not_made_again(data_dir, monkeypatch):
    whole = contents(converted(data_dir))
    shards = []
    write = shard.write

    def fail_at_the_third(job):
        if len(shards) == 2:
            raise KeyboardInterrupt
        shards.append(job.path.name)
        return write(job)

    monkeypatch.setattr(shard, "write", fail_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        converted(data_dir, renew=True)
    monkeypatch.setattr(shard, "write", write)
    directory = paths.converted(data_dir, "pets", 16)
    shard_check.verify(Info.load(directory))  # that of before
    workshop = paths.workshop(directory)
    times = {name: (workshop / name).stat().st_mtime_ns for name in shards}
    again = converted(data_dir, renew=True)
    assert contents(again) == whole
    for name, before in times.items():
        assert (directory / name).stat().st_mtime_ns == before


@pytest.mark.parametrize("change", ["spec", "raw", "shard"])
def test_a_finished_shard_of_something_else_is_made_again(data_dir, tmp_path, change):
    items = converter.formats.read(
        data_dir / "pets" / "raw", catalogue.Entry("pets", "pictures")
    )
    spec = shard.ExampleSpec(16, 3, "square", "antialias")
    job = shard.ShardJob(tmp_path / "x.tfrecord", items, spec, "stamp")
    shard.write(job)
    done = tmp_path / "x.tfrecord.done"
    assert shard.load_report(job, done)
    if change == "shard":
        with job.path.open("r+b") as file:
            file.seek(1000)
            file.write(b"?")
    other = {
        "spec": shard.ShardJob(
            job.path, items, shard.ExampleSpec(16, 3, "none", "antialias"), "stamp"
        ),
        "raw": shard.ShardJob(job.path, items, spec, "another"),
        "shard": job,
    }[change]
    assert shard.load_report(other, done) is None


def test_what_is_there_is_kept_unless_other_options_are_asked_for(data_dir):
    info = converted(data_dir, crop="none")
    assert converted(data_dir) == converted(data_dir, crop="none") == info
    with pytest.raises(UserError, match=r"with --crop squash, not square.*--renew"):
        converted(data_dir, crop="square")
    assert converted(data_dir, crop="square", renew=True).crop == "square"


def test_bad_images_are_skipped_and_listed(data_dir):
    (data_dir / "pets/raw/images/dogs/007.png").write_text("no image")
    (data_dir / "pets/raw/images/dogs/009.png").write_bytes(b"")
    info = converted(data_dir)
    assert (info.count, info.skipped) == (198, 2)
    lines = (info.directory / "skipped.txt").read_text().splitlines()
    reason = "not an image that Pillow opens"
    assert lines == [f"dogs/007.png\t{reason}", f"dogs/009.png\t{reason}"]


@pytest.mark.parametrize("workers", [1, 2])
def test_more_than_one_percent_of_bad_images_is_an_error(data_dir, workers):
    for i in range(3):
        (data_dir / f"pets/raw/images/dogs/00{i}.png").write_text("no image")
    with pytest.raises(UserError, match=r"over 1% of the 200 images.*dogs/00\d\.png"):
        converted(data_dir, workers=workers)
    assert not paths.converted(data_dir, "pets", 16).exists()


def test_a_larger_share_of_bad_images_can_be_tolerated(data_dir):
    for i in range(3):
        (data_dir / f"pets/raw/images/dogs/00{i}.png").write_text("no image")
    info = converted(data_dir, bad_images=0.02)
    assert (info.count, info.skipped) == (197, 3)
    assert info.contents.classes == {"cats": 100, "dogs": 97}


def test_added_removed_and_replaced_raw_files_are_converted_again(data_dir):
    before = converted(data_dir, crop="16", seed=3)
    assert converted(data_dir) == before
    cats = data_dir / "pets/raw/images/cats"
    (cats / "new.png").write_bytes((cats / "001.png").read_bytes())
    grown = converted(data_dir)
    assert (grown.count, grown.crop, grown.seed) == (201, "center16", 3)
    (cats / "new.png").unlink()
    assert converted(data_dir).fingerprint == before.fingerprint
    (cats / "001.png").write_bytes((cats / "002.png").read_bytes())
    assert converted(data_dir).fingerprint != before.fingerprint


def test_another_conversion_tolerates_as_many_bad_images(data_dir):
    for i in range(3):
        (data_dir / f"pets/raw/images/dogs/00{i}.png").write_text("no image")
    converted(data_dir, bad_images=0.02)
    (data_dir / "pets/raw/images/cats/000.png").unlink()
    assert converted(data_dir).count == 196


def test_shards_stay_when_the_raw_files_are_removed(data_dir):
    before = converted(data_dir)
    shutil.rmtree(data_dir / "pets" / "raw")
    assert converted(data_dir) == before


def test_other_raw_files_of_the_same_name_are_converted(data_dir, photos, capsys):
    """What the errors advise: remove raw, and download again."""
    converted(data_dir)
    shutil.rmtree(data_dir / "pets" / "raw")
    (photos / "cats" / "000.png").unlink()
    fetch.run(["folder", "pets"], str(photos), data_dir)
    options = converter.ConversionOptions(image_size=16)
    converter.run(["pets"], data_dir, options)
    assert "pets: 199 images in" in capsys.readouterr().out


def test_an_older_info_without_a_stamp_counts_as_unchanged(data_dir):
    info = converted(data_dir)
    dataclasses.replace(info, raw=None, contents=None).save()
    (data_dir / "pets/raw/images/cats/000.png").unlink()
    assert converted(data_dir).count == 200


def test_convert_tells_what_is_there(data_dir, capsys):
    (data_dir / "pets/raw/images/readme.txt").write_text("x")
    Image.new("CMYK", (30, 16)).save(data_dir / "pets/raw/images/cats/x.tif")
    options = converter.ConversionOptions(image_size=16)
    converter.run(["pets"], data_dir, options)
    text = " ".join(capsys.readouterr().out.split())
    assert "images 201 classes 2: cats 101, dogs 100 sizes smallest 20x16" in text
    assert "largest 30x16 converted 1: CMYK 1 not taken no image by its suffix:" in text
    assert "1 .txt crop square (the largest square about the centre), then" in text
    info = Info.load(paths.converted(data_dir, "pets", 16))
    assert info.contents.left == {"no image by its suffix": {".txt": 1}}


@pytest.mark.parametrize(("size", "warned"), [(16, False), (20, False), (24, True)])
def test_images_that_are_enlarged_are_warned_of(data_dir, size, warned, caplog):
    converted(data_dir, image_size=size)
    assert ("(median 20x16): they were enlarged" in caplog.text) == warned


def test_a_dataset_is_not_warned_of_at_its_own_size(tmp_path, caplog):
    converter.ensure("digits", None, tmp_path)
    assert "enlarged" not in caplog.text
    converter.ensure("digits", 48, tmp_path)
    assert "digits are smaller than 48x48 (median 8x8)" in caplog.text


def test_a_further_conversion_is_announced_with_what_is_there(data_dir, capsys):
    converted(data_dir)
    assert capsys.readouterr().err == f"converting pets to {data_dir}/pets/16px\n"
    converted(data_dir, image_size=8)
    said = f"converting pets to {data_dir}/pets/8px (there is 16px)\n"
    assert capsys.readouterr().err == said
    converted(data_dir)
    assert capsys.readouterr().err == ""


def test_a_conversion_that_is_refused_keeps_the_one_that_is_there(data_dir):
    before = converted(data_dir)
    for number in range(5):
        (data_dir / f"pets/raw/images/cats/00{number}.png").write_bytes(b"cut")
    with pytest.raises(UserError, match=r"over 1% .*--bad_images"):
        converted(data_dir, renew=True)
    shard_check.verify(Info.load(before.directory))
    assert not paths.workshop(before.directory).exists()


def test_images_smaller_than_the_crop_end_it_early_with_the_remedy(data_dir):
    with pytest.raises(UserError, match=r"20x16, smaller than .*128: add --crop 16"):
        converted(data_dir, crop="128")
    assert not paths.converted(data_dir, "pets", 16).exists()


def test_a_full_disk_leaves_finished_shards_and_no_half_one(data_dir, monkeypatch):
    layout = shard.tfrecord.RecordLayout
    record, records = layout.record, []

    def fill(self, *values):
        records.append(values)
        if len(records) > 100:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return record(self, *values)

    monkeypatch.setattr(layout, "record", fill)
    with pytest.raises(OSError, match="No space left"):
        converted(data_dir)
    workshop = paths.workshop(paths.converted(data_dir, "pets", 16))
    names = {p.name for p in workshop.iterdir()}
    first = "pets-00001-of-00003.tfrecord"
    assert names == {first, f"{first}.done"}
    monkeypatch.setattr(layout, "record", record)
    assert converted(data_dir).count == 200


@pytest.fixture
def file_size_limit():
    """Writing beyond 100,000 bytes fails, here and in worker processes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("file_size_limit")
def test_a_worker_that_cannot_write_leaves_nothing(data_dir):
    with pytest.raises(OSError, match="File too large"):
        converted(data_dir, image_size=64, workers=2)
    assert not paths.converted(data_dir, "pets", 64).exists()


def test_two_conversions_at_once_are_refused(data_dir):
    directory = paths.converted(data_dir, "pets", 16)
    with (
        files.lock_directory(paths.workshop(directory)),
        pytest.raises(UserError, match="another process is writing"),
    ):
        converted(data_dir)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"image_size": 0}, "--image_size 0: give 4 to 1024"),
        ({"bad_images": 1.5}, "--bad_images 1.5: give a share from 0 to 1"),
        ({"workers": 0}, "--workers 0: give 1 to 16"),
        ({"workers": 60}, "--workers 60: give 1 to 16, the limit"),
        ({"seed": -1}, "--seed -1: give 0 or more"),
        ({"resize": "lanczos"}, "'lanczos': give antialias or legacy"),
        ({"crop": "0"}, "--crop '0'"),
    ],
)
def test_wrong_options_are_named(data_dir, options, problem):
    with pytest.raises(UserError, match=problem):
        converted(data_dir, **options)


def test_ensure_converts_what_is_only_downloaded(data_dir):
    assert converter.ensure("pets", None, data_dir).shape == (64, 64, 3)


def test_ensure_takes_the_only_size_there_is(data_dir):
    info = converted(data_dir)
    assert converter.ensure("pets", None, data_dir) == info
    assert converter.ensure("pets", 8, data_dir).shape == (8, 8, 3)


def test_ensure_names_the_command_that_gets_a_dataset(tmp_path):
    with pytest.raises(UserError, match=r"python download\.py mnist"):
        converter.ensure("mnist", None, tmp_path)
    with pytest.raises(UserError, match="known are digits, mnist"):
        converter.ensure("imagenet", None, tmp_path)


def test_the_digits_need_no_download(tmp_path):
    info = converter.ensure("digits", None, tmp_path)
    assert (info.count, info.shape) == (1797, (32, 32, 1))
    assert np.bincount(labels(info)).tolist() == [
        178, 182, 177, 183, 181, 182, 181, 179, 174, 180,
    ]  # fmt: skip


def test_nothing_downloaded_is_said(tmp_path):
    with pytest.raises(UserError, match=r"nothing is downloaded.*download\.py"):
        converter.run([], tmp_path, converter.ConversionOptions())


def test_a_killed_conversion_continues_and_leaves_no_process(tmp_path, shared):
    data_dir = tmp_path / "data"
    whole = tmp_path / "whole"
    for directory in (data_dir, whole):
        fetch.run(["celeba"], str(shared / "celeba"), directory)
    command = [sys.executable, "convert.py", "celeba", "--crop", "64", "--workers=2"]
    subprocess.run([*command, f"--data_dir={whole}"], cwd=ROOT, check=True)
    killed = subprocess.Popen([*command, f"--data_dir={data_dir}"], cwd=ROOT)
    directory = data_dir / "celeba" / "64px"
    workshop = paths.workshop(directory)
    while len(list(workshop.glob("*.done"))) < 5:
        time.sleep(0.005)
        assert killed.poll() is None, "it ended before it could be killed"
    children = psutil.Process(killed.pid).children(recursive=True)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert not psutil.wait_procs(children, timeout=10)[1]
    assert not directory.exists()
    finished = {p.name: p.stat().st_mtime_ns for p in workshop.glob("*.tfrecord")}
    subprocess.run([*command, f"--data_dir={data_dir}"], cwd=ROOT, check=True)
    now = {name: (directory / name).stat().st_mtime_ns for name in finished}
    redone = [name for name in finished if now[name] != finished[name]]
    assert len(redone) <= 2  # renamed, but killed before the report
    for path in (whole / "celeba" / "64px").glob("*.tfrecord"):
        assert (directory / path.name).read_bytes() == path.read_bytes()
    assert json.loads((directory / "info.json").read_text())["count"] == 10_000


def test_the_half_size_faces_need_a_smaller_crop(tmp_path, shared):
    fetch.run(["celeba"], str(shared / "celeba"), tmp_path)
    with pytest.raises(UserError, match=r"89x109, smaller .*center128: add --crop 64"):
        converter.ensure("celeba", None, tmp_path)
