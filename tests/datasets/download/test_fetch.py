import json
import os

import pytest

from common.errors import UserError
from datasets import catalogue, paths
from datasets.download import fetch


def run(arguments, source, data_dir):
    fetch.run(arguments.split(), source and str(source), data_dir)


def files(directory):
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*.png"))


def test_a_folder_becomes_a_dataset(tmp_path, photos, capsys):
    run("folder pets", photos, tmp_path)
    assert files(tmp_path / "pets/raw/images") == files(photos)
    next_command = f"next: python convert.py pets --data_dir {tmp_path}\n"
    assert capsys.readouterr().out.endswith(next_command)
    assert paths.names(tmp_path) == {"pets"}
    assert catalogue.entry("pets", tmp_path).format == "pictures"


def test_what_is_there_is_not_taken_again(tmp_path, photos):
    run("folder pets", photos, tmp_path)
    before = (tmp_path / "pets/raw").stat()
    run("folder pets", photos, tmp_path)
    run("pets", None, tmp_path)
    assert (tmp_path / "pets/raw").stat() == before


def test_another_source_is_refused(tmp_path, photos, zipped, image_bytes):
    run("folder pets", photos, tmp_path / "data")
    other = zipped({"1.png": image_bytes(0)})
    with pytest.raises(UserError, match=r"came from .*photos, not from .*remove"):
        run("folder pets", other, tmp_path / "data")


def test_a_source_that_has_grown_is_told(tmp_path, photos, capsys):
    run("folder pets", photos, tmp_path)
    run("folder pets", photos, tmp_path)
    assert "already there since 2" in capsys.readouterr().out
    (photos / "cats" / "new.png").write_bytes((photos / "cats/000.png").read_bytes())
    with pytest.raises(UserError, match=r"since 2.*200 files.*now has 201 .*--renew"):
        run("folder pets", photos, tmp_path)
    options = fetch.DownloadOptions(str(photos), renew=True)
    fetch.run_with(["folder", "pets"], options, tmp_path)
    assert (tmp_path / "pets/raw/images/cats/new.png").is_file()


def test_a_file_that_was_replaced_in_the_source_is_told(tmp_path, photos):
    run("folder pets", photos, tmp_path)
    os.utime(photos / "cats" / "000.png", (0, 0))
    with pytest.raises(UserError, match="add --renew"):
        run("folder pets", photos, tmp_path)


@pytest.mark.parametrize("source", [".", "data", "data/pets", "data/pets/raw/images"])
def test_a_source_that_contains_its_target_is_refused(tmp_path, photos, source):
    run("folder pets", photos, tmp_path / "data")
    before = files(tmp_path)
    with pytest.raises(UserError, match=r"contains .*name the folder of the images"):
        run("folder pets", tmp_path / source, tmp_path / "data")
    assert files(tmp_path) == before


def test_an_older_origin_is_read(tmp_path, photos, capsys):
    run("folder pets", photos, tmp_path)
    content = {"origin": str(photos.resolve())}
    (tmp_path / "pets/raw/origin.json").write_text(json.dumps(content))
    run("folder pets", photos, tmp_path)
    assert "already there since before, from" in capsys.readouterr().out


def test_a_damaged_origin_names_the_remedy(tmp_path, photos):
    run("folder pets", photos, tmp_path)
    (tmp_path / "pets/raw/origin.json").write_text("[")
    with pytest.raises(UserError, match=r"origin\.json is damaged .*remove"):
        run("folder pets", photos, tmp_path)


def test_download_tells_what_is_there_and_what_was_left(tmp_path, photos, capsys):
    for name in ("readme.txt", "x.psb", ".hidden.png", "@eaDir/thumb.jpg"):
        (photos / name).parent.mkdir(exist_ok=True)
        (photos / name).touch()
    run("folder pets", photos, tmp_path)
    text = " ".join(capsys.readouterr().out.split())
    assert "images 200 classes 2: cats 100, dogs 100 sizes smallest 20x16" in text
    assert "hidden: 1 .png; no image by its suffix: 1 .psb, 1 .txt; of a file" in text


def test_a_source_that_fails_leaves_nothing(tmp_path, zipped):
    with pytest.raises(UserError, match="no images"):
        run("folder pets", zipped({"a.txt": b""}), tmp_path / "data")
    assert not list((tmp_path / "data").iterdir())


def test_what_a_killed_download_left_is_replaced(tmp_path, photos):
    leftover = tmp_path / "pets" / "raw.partial" / "images" / "x.png"
    leftover.parent.mkdir(parents=True)
    leftover.touch()
    assert not paths.names(tmp_path)
    run("folder pets", photos, tmp_path)
    assert files(tmp_path / "pets/raw/images") == files(photos)
    assert not leftover.exists()


def test_the_digits_come_with_scikit_learn(tmp_path):
    run("digits", None, tmp_path)
    raw = tmp_path / "digits" / "raw"
    assert sorted(path.name for path in raw.iterdir()) == [
        "digits.csv.gz",
        "origin.json",
    ]
    assert json.loads((raw / "origin.json").read_text())["origin"] == "scikit-learn"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ("", "name one dataset .*got nothing"),
        ("mnist celeba", "got mnist celeba"),
        ("imagenet", "no dataset 'imagenet': known are digits, mnist"),
        ("a/b", "name 'a/b': use letters"),
        ("..", r"name '\.\.': use letters"),
        ("folder ../x", r"name '\.\./x': use letters"),
        ("folder mnist", "'mnist' is taken"),
        ("paired maps", "'maps' is taken"),
        ("unpaired folder", "'folder' is taken"),
        ("paired ../x", r"name '\.\./x': use letters"),
        ("digits", "comes with scikit-learn"),
    ],
)
def test_wrong_arguments_are_named(tmp_path, photos, arguments, problem):
    with pytest.raises(UserError, match=problem):
        run(arguments, photos, tmp_path / "data")
    assert not paths.names(tmp_path / "data")


def test_a_missing_source_is_named(tmp_path):
    with pytest.raises(UserError, match="nowhere does not exist"):
        run("celeba", tmp_path / "nowhere", tmp_path)
    with pytest.raises(UserError, match="--source DIR is missing"):
        run("folder pets", None, tmp_path)


def test_a_data_dir_that_is_a_file_is_refused(tmp_path, photos):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="is a file: name a directory"):
        run("folder pets", photos, tmp_path / "file")
