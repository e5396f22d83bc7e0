"""What the folders of images are taken for."""

import pytest

from common.errors import UserError
from datasets.sources import layout


def of(*keys, labels=""):
    return layout.of(sorted(keys), "mine", labels)


def test_first_folders_are_classes():
    found = of("a/1.png", "b/1.png", "b/2.png")
    assert (found.classes, found.labels.tolist()) == (("a", "b"), [0, 1, 1])
    assert not found.parts


@pytest.mark.parametrize(
    ("train", "other", "part"),
    [("train", "test", "test"), ("Train", "VAL", "val"), ("training", "valid", "val")],
)
def test_parts_have_classes_below_them(train, other, part):
    found = of(f"{train}/a/1.png", f"{train}/b/1.png", f"{other}/b/2.png")
    parts = dict(zip(sorted([train, train, other]), found.parts, strict=True))
    assert parts == {train: "train", other: part}
    assert found.classes == ("a", "b")
    assert sorted(found.labels.tolist()) == [0, 1, 1]


def test_parts_may_lie_below_the_classes():
    found = of("a/train/1.png", "a/test/1.png", "b/train/1.png", "b/test/1.png")
    assert found.parts == ("test", "train", "test", "train")
    assert (found.classes, found.labels.tolist()) == (("a", "b"), [0, 0, 1, 1])


def test_parts_without_classes_have_no_labels():
    found = of("train/1.png", "train/2.png", "val/1.png")
    assert (found.parts, found.labels) == (("train", "train", "val"), None)


def test_a_class_named_train_is_a_class():
    assert of("train/1.png", "car/1.png").classes == ("car", "train")


def test_an_image_outside_the_parts_is_named_with_both_remedies():
    with pytest.raises(UserError, match=r"other/1\.png lies outside .*move.*rename"):
        of("train/a/1.png", "test/a/1.png", "other/1.png")


def test_an_image_beside_class_folders_is_named_with_both_remedies():
    with pytest.raises(UserError, match=r"9\.png lies in no .*move .*--labels none"):
        of("a/1.png", "b/1.png", "9.png")
    assert of("a/1.png", "9.png", labels="none").labels is None


def test_a_part_without_class_folders_is_named():
    with pytest.raises(UserError, match=r"test/1\.png lies in no folder of a class"):
        of("train/a/1.png", "train/b/1.png", "test/1.png")


def test_images_for_a_test_alone_are_no_training_set():
    with pytest.raises(UserError, match="none in train: add"):
        of("val/1.png", "test/1.png")


def test_deeper_folders_are_told():
    found = of("train/a/x/1.png", "train/b/1.png", "test/a/1.png")
    assert found.classes == ("a", "b")
    assert "1 images lie deeper, such as a/x/1.png" in found.notes[0]


@pytest.mark.parametrize(
    "keys",
    [
        ("00000/img00000000.png", "00000/img00000001.png", "00001/img00001000.png"),
        ("00000/00000.png", "00000/00999.png", "01000/01000.png"),
        ("00/0001.jpg", "01/0101.jpg"),
    ],
)
def test_folders_that_number_the_files_are_no_classes(keys):
    found = of(*keys)
    assert found.labels is None
    assert "number the files" in found.notes[0]
    assert len(of(*keys, labels="folders").classes) == 2


@pytest.mark.parametrize(
    "keys",
    [
        ("0/1.png", "1/3.png"),
        ("00/0001.png", "01/0001.png"),
        ("2019/20190101.png", "2020/20200101.png"),
        ("00/a.png", "01/b.png"),
    ],
)
def test_classes_that_are_numbers_stay_classes(keys):
    assert len(of(*keys).classes) == 2


def test_composed_and_decomposed_letters_are_one_class():
    found = of("e\u0301te\u0301/1.png", "\u00e9t\u00e9/2.png", "fall/3.png")
    assert found.classes == ("\u00e9t\u00e9", "fall")
    assert sorted(found.labels.tolist()) == [0, 0, 1]


def test_two_domains_are_told():
    with pytest.raises(UserError, match=r"two domains or pairs.*download.py unpaired"):
        of("trainA/1.png", "trainB/1.png")
