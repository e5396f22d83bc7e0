"""Archives: what is taken from them and what is refused."""

import bz2
import gzip
import io
import lzma
import random
import re
import struct
import tarfile
import zipfile

import pytest
from drawn_files import flat, tarred
from refusals import refusal

from common.errors import UserError
from datasets import catalogue
from datasets.download import fetch
from datasets.images import decoding
from datasets.sources import image_files, selection

ENTRY = catalogue.Entry("mine", "pictures")
FILES = {f"a/{i}.png": flat(i) for i in range(5)}
PACKED = {"a/1.jpg": b"1" * 90, "a/ä 2.png": b"2" * 180, "b/日本.gif": b"", "b/": b""}
DIRECTORY = b"PK\x01\x02"  # each member's entry in a zip's directory begins with it
END_OF_ZIP64 = b"PK\x06\x06"
MANY = 70_000  # a zip has a zip64's end from 65,536 members on


def taken(path):
    """What a tar archive has, {name: bytes}."""
    return {
        name: file.open("rb").read()
        for name, file in image_files.find(path, ENTRY, selection.Leftovers())
    }


@pytest.mark.parametrize("name", ["x.tar", "x.tar.gz", "x.TGZ"])
def test_the_images_in_a_tar_are_taken(tmp_path, name):
    contents = FILES | {"a/readme.txt": b"", "__MACOSX/a/._1.png": b"", "a/.1.png": b""}
    path = tarred(tmp_path / name, contents)
    assert taken(path) == {f"images/{name}": raw for name, raw in FILES.items()}


def test_names_below_the_current_folder_are_no_hidden_ones(tmp_path):
    path = tarred(tmp_path / "x.tar", {f"./{name}": raw for name, raw in FILES.items()})
    assert taken(path) == {f"images/{name}": raw for name, raw in FILES.items()}


@pytest.mark.parametrize("name", ["../1.png", "a/../../1.png", "/1.png", "C:\\1.png"])
def test_names_that_leave_the_archive_are_refused(tmp_path, name):
    path = tarred(tmp_path / "x.tar.gz", FILES | {name: flat(1)})
    assert re.search("points outside the archive", refusal(path, tmp_path / "data"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(tmp_path, kind):
    member = tarfile.TarInfo("a/9.png")
    member.type, member.linkname = kind, "/etc/passwd"
    path = tarred(tmp_path / "x.tar", FILES | {member: b""})
    assert re.search(
        r"'a/9\.png' is a link or a device", refusal(path, tmp_path / "data")
    )


def hard_link(name, target):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.LNKTYPE, target
    return member


@pytest.mark.parametrize("name", ["x.tar", "x.tar.gz"])
def test_a_hard_link_has_the_content_of_its_file(tmp_path, name):
    path = tarred(tmp_path / name, FILES | {hard_link("b/9.png", "a/3.png"): b""})
    fetch.run(["folder", "mine"], str(path), tmp_path / "data")
    raw = tmp_path / "data/mine/raw/images"
    assert (raw / "b/9.png").read_bytes() == FILES["a/3.png"]


def test_a_hard_link_to_what_is_not_there_is_refused(tmp_path):
    path = tarred(
        tmp_path / "x.tar", FILES | {hard_link("b/9.png", "/etc/passwd"): b""}
    )
    assert re.search(
        r"'b/9\.png' is a link to '/etc/passwd', which is not in",
        refusal(path, tmp_path / "data"),
    )


@pytest.mark.parametrize("name", ["x.tar.bz2", "x.tar.xz", "x.TBZ2", "x.txz", "x.bin"])
def test_tars_of_every_compression_are_read(tmp_path, name):
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        for file, content in FILES.items():
            member = tarfile.TarInfo(file)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    compress = lzma.compress if name.endswith("xz") else bz2.compress
    (tmp_path / name).write_bytes(compress((tmp_path / "x.tar").read_bytes()))
    assert taken(tmp_path / name) == {f"images/{f}": raw for f, raw in FILES.items()}


@pytest.mark.parametrize("name", ["x.tar.bz2", "x.tar.xz"])
def test_other_compressions_that_are_cut_short_are_refused(tmp_path, name):
    compress = lzma.compress if name.endswith("xz") else bz2.compress
    whole = compress(tarred(tmp_path / "x.tar", FILES).read_bytes())
    for content in (whole[:-20], whole[:40] + b"x" * 20 + whole[60:]):
        (tmp_path / name).write_bytes(content)
        assert re.search("is damaged", refusal(tmp_path / name, tmp_path / "data"))


@pytest.mark.parametrize(
    ("start", "problem"),
    [
        (b"7z\xbc\xaf\x27\x1c", r"is a 7z archive.*`7z x x\.zip` and name the folder"),
        (b"Rar!\x1a\x07\x00", "is a rar archive.*unrar x"),
        (b"\x28\xb5\x2f\xfd", "is a zstd archive.*tar --zstd"),
    ],
)
def test_archives_that_python_cannot_read_are_named(tmp_path, start, problem):
    for name in ("x.zip", "x"):
        (tmp_path / name).write_bytes(start + bytes(600))
        assert re.search(
            problem.replace(r"x\.zip", name),
            refusal(tmp_path / name, tmp_path / "data"),
        )


def test_one_image_is_no_archive(tmp_path):
    (tmp_path / "1.png").write_bytes(flat(1))
    assert re.search(
        "is one image: name the folder", refusal(tmp_path / "1.png", tmp_path / "data")
    )


@pytest.mark.parametrize("name", ["x.tar", "x.tar.gz"])
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.999])
def test_an_archive_that_is_cut_short_is_refused(tmp_path, name, kept):
    path = tarred(tmp_path / name, FILES)
    whole = path.read_bytes()
    if name == "x.tar":  # without the zeros at its end
        whole = whole.rstrip(b"\0")
    path.write_bytes(whole[: int(len(whole) * kept)])
    assert re.search("is damaged", refusal(path, tmp_path / "data"))


def test_a_tar_that_ends_between_two_files_is_refused(tmp_path):
    path = tarred(tmp_path / "x.tar", FILES)
    with tarfile.open(path) as archive:
        third = archive.getmembers()[3].offset
    path.write_bytes(path.read_bytes()[:third])
    assert re.search("no end mark", refusal(path, tmp_path / "data"))


def test_a_damaged_header_between_two_files_is_refused(tmp_path):
    path = tarred(tmp_path / "x.tar", FILES)
    with tarfile.open(path) as archive:
        third = archive.getmembers()[3].offset
    content = bytearray(path.read_bytes())
    content[third] ^= 1
    path.write_bytes(content)
    assert re.search("no end mark", refusal(path, tmp_path / "data"))


def test_a_gzip_with_a_wrong_checksum_is_refused(tmp_path):
    path = tarred(tmp_path / "x.tar.gz", FILES)
    content = bytearray(path.read_bytes())
    content[-6] ^= 1
    path.write_bytes(content)
    assert re.search("CRC check failed", refusal(path, tmp_path / "data"))


NO_TARS = {
    "web page": b"<!DOCTYPE html><html>404</html>",
    "empty file": b"",
    "no tar .invalid header": b"x" * 1024,
    "no tar .truncated header": gzip.compress(b"x" * 100),
    "no images": tarfile.TarInfo("x.txt").tobuf() + bytes(1024),
}


@pytest.mark.parametrize("problem", NO_TARS)
def test_what_is_no_tar_of_images_is_refused(tmp_path, problem):
    (tmp_path / "x.tar.gz").write_bytes(NO_TARS[problem])
    assert re.search(problem, refusal(tmp_path / "x.tar.gz", tmp_path / "data"))


def test_a_folder_with_an_archive_in_it_names_that(tmp_path):
    (tmp_path / "x").mkdir()
    tarred(tmp_path / "x/pictures.tgz", FILES)
    assert re.search(
        r"no images .* it has pictures\.tgz", refusal(tmp_path / "x", tmp_path / "data")
    )


def unzipped(path):
    """What a zip has of images, {name: bytes}; None for one that is damaged."""
    names, store = image_files.list_zip(path, ENTRY, selection.Leftovers())
    with store.reader() as read:
        return {name: attempt(read, i) for i, name in enumerate(names)}


def attempt(read, position):
    try:
        return read(position)
    except decoding.UnusableError:
        return None


@pytest.fixture
def packed_zip(zipped):
    return zipped(PACKED)


IMAGES = {name: content for name, content in PACKED.items() if name != "b/"}


def test_the_images_in_a_zip_are_read_in_place(packed_zip):
    assert unzipped(packed_zip) == IMAGES


def test_a_comment_at_the_end_and_a_program_before_it_are_skipped(packed_zip):
    with zipfile.ZipFile(packed_zip, "a") as archive:
        archive.comment = b"PK" * 30_000
    packed_zip.write_bytes(b"#!/bin/sh\n" * 100 + packed_zip.read_bytes())
    assert unzipped(packed_zip) == IMAGES


def test_a_zip_may_have_more_members_than_16_bits_count(zipped):
    contents = {f"{i:05d}.jpg": str(i).encode() for i in range(MANY)}
    path = zipped(contents)
    assert END_OF_ZIP64 in path.read_bytes()
    assert unzipped(path) == contents


def test_a_zips_sizes_may_have_64_bits(tmp_path, monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 150)
    path = tmp_path / "x.zip"
    contents = {f"{size}.jpg": random.Random(0).randbytes(size) for size in (100, 200)}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            member = zipfile.ZipInfo(name)
            member.extra = b"\x99\x99\x02\x00ab"  # of a kind that nobody knows
            with archive.open(member, "w", force_zip64=True) as file:
                file.write(content)
    assert unzipped(path) == contents
    before, entry, after = path.read_bytes().partition(DIRECTORY)
    assert struct.pack("<Q", 200) in after
    after = after.replace(struct.pack("<Q", 200), b"\xff" * 8)
    path.write_bytes(before + entry + after)
    with pytest.raises(UserError, match=r"x\.zip is damaged.*zip64.*get it again"):
        unzipped(path)


@pytest.mark.parametrize("kind", ["plain", "many"])
def test_a_zip_that_is_cut_short_is_refused(zipped, kind):
    contents = PACKED if kind == "plain" else {f"{i}.jpg": b"" for i in range(MANY)}
    path = zipped(contents)
    content = path.read_bytes()
    for length in range(len(content)) if kind == "plain" else range(-120, 0):
        path.write_bytes(content[:length])
        with pytest.raises(UserError, match=r"is (damaged|empty).*get it again"):
            unzipped(path)


def test_a_flipped_bit_in_a_zips_directory_never_gives_wrong_bytes(packed_zip):
    content = packed_zip.read_bytes()
    refused = damaged = 0
    for position in range(content.index(DIRECTORY), len(content)):
        for bit in range(8):
            flipped = bytearray(content)
            flipped[position] ^= 1 << bit
            packed_zip.write_bytes(flipped)
            try:
                contents = unzipped(packed_zip)
            except UserError:
                refused += 1
                continue
            damaged += None in contents.values()
            assert set(contents.values()) <= {*IMAGES.values(), None}
    assert min(refused, damaged) > 100


def test_an_encrypted_zip_is_refused(tmp_path, packed_zip):
    content = bytearray(packed_zip.read_bytes())
    content[content.index(DIRECTORY) + 8] |= 1  # the flags of the first member
    packed_zip.write_bytes(content)
    assert re.search(
        r"'a/1\.jpg' is encrypted; repack the images",
        refusal(packed_zip, tmp_path / "data"),
    )


def test_a_zip_of_a_later_version_is_refused(tmp_path, packed_zip):
    content = bytearray(packed_zip.read_bytes())
    content[content.index(DIRECTORY) + 6] = 64  # the version needed by the first
    packed_zip.write_bytes(content)
    assert re.search(
        r"zip file version 6\.4\): get it again", refusal(packed_zip, tmp_path / "data")
    )


def test_a_name_in_a_zip_that_is_no_utf_8_is_refused(tmp_path, packed_zip):
    name = "ä".encode()
    content = packed_zip.read_bytes().replace(name, name[::-1])
    packed_zip.write_bytes(content)
    assert re.search(
        r"images\.zip is damaged.*get it again", refusal(packed_zip, tmp_path / "data")
    )
