import io
import stat
import zipfile

import numpy as np
import pytest
from PIL import Image

from common.errors import UserError
from datasets import catalogue
from datasets.conversion import converter
from datasets.download import fetch
from datasets.images import decoding
from datasets.sources import celeba, image_files, selection

ENTRY = catalogue.Entry("mine", "pictures")
CELEBA = catalogue.CATALOGUE["celeba"]


def found(path):
    return sorted(
        name for name, _ in image_files.find(path, ENTRY, selection.Leftovers())
    )


def test_folder_and_archive_give_the_same_items(tmp_path, zipped, image_bytes):
    names = ["a/b-c/1.png", "a/b/2.JPG", "a/b/3.gif"]
    contents = {name: image_bytes(i) for i, name in enumerate(names)}
    for name, raw in contents.items():
        file = tmp_path / "folder" / "images" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(raw)
    zipped({f"top/{name}": raw for name, raw in contents.items()})
    for raw in (tmp_path, tmp_path / "folder"):
        items = image_files.read(raw, ENTRY)
        assert items.keys == ["b-c/1.png", "b/2.JPG", "b/3.gif"]
        assert items.classes == ("b", "b-c")
        assert items.labels.tolist() == [1, 0, 0]
        with items.take(np.array([2, 0])).store.reader() as read:
            assert read(1) == contents["a/b-c/1.png"]


def test_an_image_beside_class_folders_is_an_error(zipped, image_bytes):
    path = zipped({"1.png": image_bytes(0), "a/2.png": image_bytes(1)})
    with pytest.raises(UserError, match=r"1\.png lies in no .*--labels none"):
        image_files.read(path.parent, ENTRY)


def test_leftovers_of_file_managers_are_no_images(zipped, tmp_path):
    zipped({"a/1.png": b"", "__MACOSX/a/._1.png": b"", "a/.2.png": b"", "a/x.txt": b""})
    assert image_files.read(tmp_path, ENTRY).keys == ["1.png"]


def test_a_folder_without_images_names_the_archive_in_it(zipped):
    path = zipped({"1.png": b""})
    with pytest.raises(UserError, match=r"no images .* it has images\.zip"):
        found(path.parent)


@pytest.mark.parametrize(
    "name", ["../1.png", "a/../../1.png", "/1.png", "C:\\1.png", "..\\1.png"]
)
def test_names_that_leave_the_archive_are_refused(zipped, name):
    path = zipped({"ok.png": b"", name: b""})
    with pytest.raises(UserError, match="points outside the archive"):
        found(path)


def test_links_in_an_archive_are_refused(zipped):
    link = zipfile.ZipInfo("1.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(UserError, match=r"'1\.png' is a link"):
        found(zipped({link: b"/etc/passwd"}))


def test_unreadable_compression_is_refused(tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("1.png", b"x")
    with pytest.raises(UserError, match="compression method 12"):
        found(path)


def test_a_truncated_archive_is_refused(zipped, image_bytes):
    path = zipped({"1.png": image_bytes(0)})
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UserError, match="damaged, cut short"):
        found(path)


def test_an_empty_file_and_an_archive_without_images_are_refused(zipped, tmp_path):
    with pytest.raises(UserError, match="no images"):
        found(zipped({"readme.txt": b"x"}))
    (tmp_path / "x.zip").touch()
    with pytest.raises(UserError, match="is empty"):
        found(tmp_path / "x.zip")


QUOTA = (
    "<!DOCTYPE html><html><head><title>Google Drive - Quota exceeded</title></head>"
    "<body>Too many users have viewed or downloaded this file recently.</body></html>"
)


def test_the_quota_page_of_google_drive_is_recognised(tmp_path):
    path = tmp_path / "img_align_celeba.zip"
    path.write_text(QUOTA)
    for source in (path, tmp_path):
        with pytest.raises(UserError, match=r"web page.*Drive's.*quota.*--source"):
            list(celeba.find(source, CELEBA, selection.Leftovers()))


def test_a_damaged_member_is_unusable_and_no_other(zipped, image_bytes):
    path = zipped({"1.png": image_bytes(0), "2.png": image_bytes(1)})
    items = image_files.read(path.parent, ENTRY)
    offset = int(items.store.table[0, 0]) + 100
    content = bytearray(path.read_bytes())
    content[offset] ^= 1
    path.write_bytes(content)
    with items.store.reader() as read:
        with pytest.raises(decoding.UnusableError, match="damaged in the archive"):
            read(0)
        assert read(1) == image_bytes(1)


ATTRIBUTES = "2\nBald Young \n000001.jpg -1  1\n000002.jpg  1 -1\n"


@pytest.fixture
def faces(zipped, image_bytes):
    members = {f"img_align_celeba/00000{i}.jpg": image_bytes(i) for i in (1, 2)}
    return zipped(members, celeba.FACES_ZIP).parent


def test_attributes_beside_the_archive_are_taken(faces):
    (faces / celeba.ATTRIBUTES).write_text(ATTRIBUTES)
    for source in (faces, faces / celeba.FACES_ZIP):
        names = [name for name, _ in celeba.find(source, CELEBA, selection.Leftovers())]
        assert celeba.ATTRIBUTES in names
    items = celeba.read(faces, CELEBA)
    assert items.keys == ["000001.jpg", "000002.jpg"]
    assert items.attribute_names == ("Bald", "Young")
    assert items.attributes.tolist() == [[0, 1], [1, 0]]


def test_celeba_does_without_attributes(faces):
    assert celeba.read(faces, CELEBA).attributes is None


@pytest.mark.parametrize(
    "text",
    [
        QUOTA,
        "",
        ATTRIBUTES.replace("2", "3", 1),
        ATTRIBUTES.replace("-1", "0"),
        ATTRIBUTES.replace("Bald", ""),
    ],
)
def test_a_damaged_list_of_attributes_is_refused(faces, text):
    (faces / celeba.ATTRIBUTES).write_text(text)
    with pytest.raises(UserError, match=r"web page|CelebA's list"):
        list(celeba.find(faces, CELEBA, selection.Leftovers()))


def test_a_face_without_attributes_is_named(faces):
    text = ATTRIBUTES.replace("000002", "000003")
    (faces / celeba.ATTRIBUTES).write_text(text)
    with pytest.raises(UserError, match=r"no row for 000002"):
        celeba.read(faces, CELEBA)


def named(name, source, data_dir):
    """The pixels of the first example of a converted dataset of the catalogue."""
    fetch.run([name], str(source), data_dir)
    options = converter.ConversionOptions(workers=1)
    info = converter.convert(catalogue.CATALOGUE[name], data_dir, options)
    assert info.shape == (128, 128, 3)
    shard = (info.directory / info.shards[0].name).read_bytes()
    start, length = info.layout.spans["image"]
    content = np.frombuffer(shard[start : start + length], np.uint8)
    return content.reshape(info.shape)


def test_the_simpsons_are_whole_images_of_128_pixels(tmp_path):
    (tmp_path / "mine").mkdir()
    halves = np.zeros((64, 256, 3), np.uint8)
    halves[:, 128:] = 255
    halves[:, :32] = [255, 0, 0]
    Image.fromarray(halves).save(tmp_path / "mine" / "1.png")
    pixels = named("simpsons", tmp_path / "mine", tmp_path / "data")
    assert (pixels[:, :15] == [255, 0, 0]).all()
    assert (pixels[:, 18:62] == 0).all()
    assert (pixels[:, 66:] == 255).all()


def test_sprites_are_on_white(tmp_path, zipped):
    sprite = np.zeros((100, 100, 4), np.uint8)
    sprite[30:70, 30:70] = [255, 0, 0, 255]
    file = io.BytesIO()
    Image.fromarray(sprite).save(file, "PNG")
    pixels = named("pokemon", zipped({"1.png": file.getvalue()}), tmp_path / "data")
    assert (pixels[:36] == 255).all()
    assert (pixels[42:86, 42:86] == [255, 0, 0]).all()
    assert pixels[..., 0].min() == 255  # no dark fringe


@pytest.mark.parametrize("name", ["simpsons", "pokemon"])
def test_pictures_of_the_catalogue_need_a_source(tmp_path, name):
    with pytest.raises(UserError, match=f"{name} is not to be had .*add --source PATH"):
        fetch.run([name], None, tmp_path / "data")
    assert not list((tmp_path / "data").iterdir())
    with pytest.raises(UserError, match=rf"download\.py {name} --source PATH"):
        converter.ensure(name, None, tmp_path / "data")
