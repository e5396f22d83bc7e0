"""CelebA in its authors' tree, in Kaggle's forms and as PNG."""

import io
import zipfile

import pytest
from drawn_files import files_below, flat

from common.errors import UserError
from datasets import catalogue
from datasets.download import fetch
from datasets.sources import formats

ENTRY = catalogue.CATALOGUE["celeba"]
FACES = {f"00000{i}.jpg": flat(40 * i, format="JPEG") for i in (1, 2, 3)}
ATTRIBUTES = "3\nBald Young\n000001.jpg -1  1\n000002.jpg  1 -1\n000003.jpg  1  1\n"
PARTITION = "000001.jpg 0\n000002.jpg 1\n000003.jpg 2\n"
CSV = {
    "list_attr_celeba.csv": "image_id,Bald,Young\n000001.jpg,-1,1\n000002.jpg,1,-1\n"
    "000003.jpg,1,1\n",
    "list_eval_partition.csv": "image_id,partition\n000001.jpg,0\n000002.jpg,1\n"
    "000003.jpg,2\n",
}


def packed(contents):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return file.getvalue()


def below(folder, contents):
    return {f"{folder}/{name}": content for name, content in contents.items()}


LISTS = {
    "Anno/list_attr_celeba.txt": ATTRIBUTES.encode(),
    "Eval/list_eval_partition.txt": PARTITION.encode(),
}
CSV_LISTS = {name: text.encode() for name, text in CSV.items()}
PNGS = {name.replace("jpg", "png"): flat(1) for name in FACES}
SOURCES = {
    "the authors' zip": {
        "Img/img_align_celeba.zip": packed(below("img_align_celeba", FACES))
    } | LISTS,
    "the authors' folder": below("Img/img_align_celeba", FACES) | LISTS,
    "PNGs": below("Img/img_align_celeba_png", PNGS) | LISTS,
    "Kaggle's folder": below("img_align_celeba/img_align_celeba", FACES) | CSV_LISTS,
    "Kaggle's zip": {
        "archive.zip": packed(below("img_align_celeba/x", FACES) | CSV_LISTS)
    },
    "Kaggle's zip in a zip": {
        "archive.zip": packed(
            {"img_align_celeba.zip": packed(below("x", FACES))} | CSV_LISTS
        )
    },
}  # fmt: skip


def items_of(source, tmp_path):
    fetch.run(["celeba"], str(source), tmp_path / "data")
    return formats.read(tmp_path / "data/celeba/raw", ENTRY)


@pytest.mark.parametrize("form", SOURCES)
def test_attributes_and_parts_are_read_from_every_form(tmp_path, form):
    folder = files_below(tmp_path / "x", SOURCES[form])
    archive = folder / "archive.zip"
    items = items_of(archive if archive.is_file() else folder, tmp_path)
    assert [key[:6] for key in items.keys] == ["000001", "000002", "000003"]
    assert items.attribute_names == ("Bald", "Young")
    assert items.attributes.tolist() == [[0, 1], [1, 0], [1, 1]]
    assert list(items.parts) == ["train", "val", "test"]


def test_the_zip_of_the_tree_finds_its_lists(tmp_path):
    folder = files_below(tmp_path / "x", SOURCES["the authors' zip"])
    items = items_of(folder / "Img" / "img_align_celeba.zip", tmp_path)
    assert items.attributes is not None
    assert list(items.parts) == ["train", "val", "test"]


def test_faces_without_lists_are_all_for_training(tmp_path):
    items = items_of(files_below(tmp_path / "x", below("a", FACES)), tmp_path)
    assert (items.attributes, items.parts) == (None, {})


def test_a_partition_of_other_numbers_is_refused(tmp_path):
    lists = {"list_eval_partition.txt": PARTITION.replace(" 2", " 3").encode()}
    folder = files_below(tmp_path / "x", below("a", FACES) | lists)
    with pytest.raises(UserError, match=r"partition\.txt is not CelebA's .*0 or 1"):
        items_of(folder, tmp_path)
