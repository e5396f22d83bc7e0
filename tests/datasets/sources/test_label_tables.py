"""Labels and attributes in a table beside the images."""

import json

import pytest
from drawn_files import files_below, flat

from common.errors import UserError
from datasets import catalogue
from datasets.conversion import converter
from datasets.download import fetch
from datasets.sources import label_tables

KEYS = ["a/1.png", "a/2.png", "b/3.png"]
CSV = "file,label\n{}1.png,cat\n{}2.png,dog\n{}3.png,cat\n"


def read(text, name="labels.csv", keys=KEYS):
    return label_tables.read(text.encode(), name, keys)


@pytest.mark.parametrize(
    "text",
    [
        CSV.format("", "", ""),
        CSV.format("a/", "a/", "b/"),
        CSV.format("./a/", "a\\", "b/"),
        CSV.replace(".png", "").format("", "", ""),
        CSV.replace(",", ";").format("", "", ""),
        CSV.replace(",", "\t").format("", "", ""),
        "\ufeff" + CSV.format("", "", ""),
        ",id,label\n0,1.png,cat\n1,2.png,dog\n2,3.png,cat\n",
        "label,name\ncat,1.png\ndog,2.png\ncat,3.png\n",
    ],
)
def test_a_csv_gives_labels(text):
    found = read(text)
    assert (found.classes, found.labels.tolist()) == (("cat", "dog"), [0, 1, 0])


ROWS = [["a/1.png", 10], ["a/2.png", 9], ["b/3.png", 10]]


@pytest.mark.parametrize(
    "content",
    [
        {"labels": ROWS},
        ROWS,
        dict(ROWS),
        [{"file": name, "class": label} for name, label in ROWS],
    ],
)
def test_a_json_gives_labels_and_numbers_are_sorted_as_such(content):
    found = read(json.dumps(content), "dataset.json")
    assert (found.classes, found.labels.tolist()) == (("9", "10"), [1, 0, 1])


def test_null_is_no_labels():
    found = read('{"labels": null}', "dataset.json")
    assert (found.labels, found.attributes) == (None, None)


@pytest.mark.parametrize(("no", "yes"), [("0", "1"), ("-1", "1"), ("False", "True")])
def test_several_columns_are_attributes(no, yes):
    text = f"id,old,glad\n1.png,{no},{yes}\n2.png,{yes},{yes}\n3.png,{no},{no}\n"
    found = read(text)
    assert found.attribute_names == ("old", "glad")
    assert found.attributes.tolist() == [[0, 1], [1, 1], [0, 0]]


def test_rows_that_name_no_image_are_told():
    found = read(CSV.format("", "", "") + "4.png,cat\n")
    assert found.notes == ("1 rows of labels.csv name no image",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("file,label\n1.png,cat\n", r"no row for 2 of the images, such as a/2\.png"),
        (CSV.format("", "", "") + "1.png,dog\n", "two rows or images of one name"),
        ("file,label\nx,cat\ny,dog\n", r"names the images, such as a/1\.png"),
        ("file,a,b\n1.png,1,cat\n2.png,1,dog\n3.png,1,dog\n", "column b has .*'cat'"),
        ("file,label\n1.png\n", "no table of labels .*row 2 has 1"),
        (CSV.format("", "", "").replace("dog", ""), "a row without a label"),
        ("", "no table of labels"),
        ("\0\1\2", "no table of labels"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(text, problem):
    with pytest.raises(UserError, match=rf"labels\.csv.*{problem}"):
        read(text)


@pytest.mark.parametrize(
    "text", ["[", "5", "[" * 100_000, '{"labels": [["1.png", [0, 1]]]}', "[[1]]", "{}"]
)
def test_a_json_of_another_form_is_refused(text):
    with pytest.raises(UserError, match=r"x\.json is no table of labels"):
        read(text, "x.json")


IMAGES = {f"{i // 2:05d}/img{i:08d}.png": flat(50 * i) for i in range(4)}
TABLE = {"labels": [[name, i % 2] for i, name in enumerate(IMAGES)]}


def converted(source, tmp_path, labels=""):
    options = fetch.DownloadOptions(str(source), labels)
    fetch.run_with(["folder", "mine"], options, tmp_path / "data")
    entry = catalogue.entry("mine", tmp_path / "data")
    options = converter.ConversionOptions(image_size=16, workers=1)
    return converter.convert(entry, tmp_path / "data", options)


def test_nvidias_table_is_read_from_every_source(tmp_path, packed):
    contents = IMAGES | {"dataset.json": json.dumps(TABLE).encode()}
    info = converted(packed(contents), tmp_path)
    assert info.contents.classes == {"0": 2, "1": 2}


def test_nvidias_table_without_labels_leaves_the_folders_no_classes(tmp_path):
    contents = IMAGES | {"dataset.json": b'{"labels": null}'}
    info = converted(files_below(tmp_path / "x", contents), tmp_path)
    assert (info.classes, info.count) == ((), 4)


def test_a_table_beside_the_images_is_taken(tmp_path):
    rows = "".join(f"{name},{i % 2},1\n" for i, name in enumerate(IMAGES))
    contents = IMAGES | {"faces.csv": f"file,old,glad\n{rows}".encode()}
    info = converted(files_below(tmp_path / "x", contents), tmp_path, "faces.csv")
    assert info.contents.attributes == {"old": 2, "glad": 4}
    assert info.contents.left == {}


def test_a_missing_table_names_what_labels_takes(tmp_path):
    source = files_below(tmp_path / "x", IMAGES)
    with pytest.raises(UserError, match=r"--labels y\.csv is no file.*`none`"):
        converted(source, tmp_path, "y.csv")
