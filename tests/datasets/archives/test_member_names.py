"""Names in archives are those that their maker meant, whatever packed them."""

import io
import tarfile
import unicodedata
import zipfile
import zlib

import pytest
from drawn_files import flat

from datasets import catalogue
from datasets.archives import member_names, zip_archives
from datasets.download import fetch
from datasets.sources import formats

ENTRY = catalogue.Entry("mine", "pictures")
WORDS = {
    "utf-8": ("猫", "犬"),
    "cp437": ("Äpfel", "Öl"),
    "cp1252": ("Größe", "été"),
    "cp866": ("кошки", "Собаки"),
    "cp932": ("猫", "表"),  # the second byte of the last one is a backslash
    "gb18030": ("猫", "狗"),
}


def placeholder(number, length):
    return f"{number}".rjust(length, "~")


def zipped(path, names, system=3, extra=b""):
    """A zip whose names are bytes, of which it says nothing."""
    with zipfile.ZipFile(path, "w") as archive:
        for i, name in enumerate(names):
            info = zipfile.ZipInfo(placeholder(i, len(name)))
            info.create_system = system
            info.extra = extra
            archive.writestr(info, flat(i))
    content = path.read_bytes()
    for i, name in enumerate(names):
        content = content.replace(placeholder(i, len(name)).encode(), name)
    path.write_bytes(content)
    return path


def zip_names(path):
    return [name for name, _ in zip_archives.members(path, "mine")]


@pytest.mark.parametrize("codec", WORDS)
def test_names_in_a_zip_are_read_in_the_encoding_of_their_system(tmp_path, codec):
    names = [f"{word}/1.png" for word in WORDS[codec]]
    path = zipped(tmp_path / "x.zip", [name.encode(codec) for name in names])
    assert zip_names(path) == names


@pytest.mark.parametrize("codec", WORDS)
def test_names_in_a_tar_are_read_in_the_encoding_of_their_system(tmp_path, codec):
    with tarfile.open(tmp_path / "x.tar", "w", encoding=codec) as archive:
        archive.format = tarfile.GNU_FORMAT
        for word in WORDS[codec]:
            member = tarfile.TarInfo(f"{word}/1.png")
            member.size = len(flat(1))
            archive.addfile(member, io.BytesIO(flat(1)))
    fetch.run(["folder", "mine"], str(tmp_path / "x.tar"), tmp_path / "data")
    items = formats.read(tmp_path / "data/mine/raw", ENTRY)
    assert items.classes == tuple(sorted(WORDS[codec]))


def test_a_name_in_an_extra_field_is_taken(tmp_path):
    plain, meant = b"_/1.png", "猫/1.png"
    field = b"\1" + zlib.crc32(plain).to_bytes(4, "little") + meant.encode()
    extra = b"\x75\x70" + len(field).to_bytes(2, "little") + field
    assert zip_names(zipped(tmp_path / "x.zip", [plain], extra=extra)) == [meant]
    stale = zipped(tmp_path / "y.zip", [b"a/1.png"], extra=extra)  # it was renamed
    assert zip_names(stale) == ["a/1.png"]


@pytest.mark.parametrize(
    ("names", "system", "expected"),
    [
        ([b"a\\1.png", b"b\\2.png"], 0, ["a/1.png", "b/2.png"]),
        ([b"a\\1.png", b"b\\2.png"], 3, ["a/1.png", "b/2.png"]),
        ([b"a/x\\1.png", b"b/2.png"], 3, ["a/x\\1.png", "b/2.png"]),
        ([b"./a/1.png", b".//b/2.png"], 3, ["a/1.png", "b/2.png"]),
        ([b"a\\", b"a\\1.png"], 0, ["a/1.png"]),
    ],
)
def test_separators_are_those_of_the_system(tmp_path, names, system, expected):
    assert zip_names(zipped(tmp_path / "x.zip", names, system)) == expected


def test_a_tar_may_have_backslashes_between_its_folders(tmp_path):
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        for name in ("a\\1.png", "b\\2.png"):
            member = tarfile.TarInfo(name)
            member.size = len(flat(1))
            archive.addfile(member, io.BytesIO(flat(1)))
    fetch.run(["folder", "mine"], str(tmp_path / "x.tar"), tmp_path / "data")
    items = formats.read(tmp_path / "data/mine/raw", ENTRY)
    assert items.classes == ("a", "b")


def test_pairs_match_in_composed_and_in_decomposed_letters(tmp_path):
    name = "café.png"
    for form, folder in (("NFC", "A"), ("NFD", "B")):
        file = tmp_path / "x" / f"train{folder}" / unicodedata.normalize(form, name)
        file.parent.mkdir(parents=True)
        file.write_bytes(flat(1))
    fetch.run(["paired", "mine"], str(tmp_path / "x"), tmp_path / "data")
    entry = catalogue.Entry("mine", "paired")
    items = formats.read(tmp_path / "data/mine/raw", entry)
    assert items.keys == ["train/café"]


@pytest.mark.parametrize(("word", "codec"), [("├¿", "cp437"), ("îó", "cp437")])
def test_what_is_no_word_is_of_another_encoding(word, codec):
    assert not member_names.is_plausible(word.encode(codec), codec)
