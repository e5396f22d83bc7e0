"""Zip archives' directories, beside Python's zipfile."""

import random
import struct
import tracemalloc
import zipfile

import pytest

from datasets import catalogue
from datasets.sources import image_files, zip_directory

ENTRY = catalogue.Entry("mine", "pictures")
NAMES = ["a/1.jpg", "a/ä 2.png", "b/", "b/日本.gif", "c/readme.txt"]
REFUSED = (zipfile.BadZipFile, NotImplementedError, ValueError)
MANY = 70_000  # an archive has a zip64's end from 65,536 members on


def known(path):
    """What zipfile says of an archive's members."""
    with zipfile.ZipFile(path) as archive:
        return [
            zip_directory.Member(
                i.filename, i.flag_bits, i.external_attr >> 16, i.compress_type,
                i.CRC, i.compress_size, i.file_size, i.header_offset,
            )
            for i in archive.infolist()
        ]  # fmt: skip


def archive(path, mode="w", names=NAMES):
    """An archive in which each name has other content."""
    with zipfile.ZipFile(path, mode, zipfile.ZIP_DEFLATED) as made:
        for i, name in enumerate(names):
            content = bytes([i % 256]) * 90 * (i % 7)
            made.writestr(name, b"" if name.endswith("/") else content)
    return path


def check(path):
    members = list(zip_directory.members(path))
    assert members == known(path)
    return members


def test_members_are_those_that_zipfile_lists(tmp_path):
    members = check(archive(tmp_path / "x.zip"))
    assert [member.name for member in members] == NAMES
    assert {member.flags & zip_directory.UTF8 for member in members} == {
        0,
        zip_directory.UTF8,
    }


def test_an_archive_may_have_no_members(tmp_path):
    assert check(archive(tmp_path / "x.zip", names=[])) == []


def test_names_without_the_flag_are_of_dos(tmp_path):
    path = archive(tmp_path / "x.zip", names=["AAAAAA.png"])
    path.write_bytes(path.read_bytes().replace(b"AAAAAA", bytes(range(0x80, 0x86))))
    assert check(path)[0].name == "Çüéâäà.png"


def test_a_comment_at_the_end_and_a_program_before_it_are_skipped(tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(b"#!/bin/sh\n" * 100)
    archive(path, "a")
    with zipfile.ZipFile(path, "a") as made:
        made.comment = b"PK" * 30_000
    assert min(member.offset for member in check(path)) == 1000
    path.write_bytes(b"MZ" * 50 + path.read_bytes())  # moved, so its offsets are not
    assert min(member.offset for member in check(path)) == 1100


def test_an_archive_of_many_members_has_another_end(tmp_path):
    path = archive(tmp_path / "x.zip", names=[f"{i}.jpg" for i in range(MANY)])
    assert zip_directory.END64_SIGNATURE in path.read_bytes()
    assert len(check(path)) == MANY


def test_large_numbers_are_in_a_field_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 150)
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for number, size in enumerate((100, 200, 100)):
            member = zipfile.ZipInfo(f"{number}.jpg")
            member.extra = b"\x99\x99\x02\x00ab"  # of a kind that nobody knows
            with made.open(member, "w", force_zip64=True) as file:
                file.write(random.Random(0).randbytes(size))
    assert path.read_bytes().count(b"\xff\xff\xff\xff") >= 2
    assert [member.size for member in check(path)] == [100, 200, 100]
    content = path.read_bytes()
    start = content.index(zip_directory.ENTRY_SIGNATURE)
    large = content[start:].replace(struct.pack("<Q", 200), b"\xff" * 8)
    path.write_bytes(content[:start] + large)
    with pytest.raises(zip_directory.DamagedError, match="zip64"):
        list(zip_directory.members(path))


@pytest.mark.parametrize("kind", ["plain", "many"])
def test_a_cut_archive_is_refused(tmp_path, kind):
    names = NAMES if kind == "plain" else [f"{i}.jpg" for i in range(MANY)]
    path = archive(tmp_path / "x.zip", names=names)
    content = path.read_bytes()
    lengths = range(len(content)) if kind == "plain" else range(-120, 0)
    for length in lengths:
        path.write_bytes(content[:length])
        with pytest.raises(zip_directory.DamagedError):
            list(zip_directory.members(path))


def test_each_flipped_bit_is_refused_or_read_as_zipfile_reads_it(tmp_path):
    path = archive(tmp_path / "x.zip")
    content = path.read_bytes()
    agreed = refused = 0
    for position in range(content.index(zip_directory.ENTRY_SIGNATURE), len(content)):
        for bit in range(8):
            damaged = bytearray(content)
            damaged[position] ^= 1 << bit
            path.write_bytes(damaged)
            try:
                members = list(zip_directory.members(path))
            except zip_directory.DamagedError as error:
                refused += 1
                if "Truncated" not in f"{error}":  # zipfile lists what is left
                    with pytest.raises(REFUSED):
                        known(path)
                continue
            assert members == known(path)
            agreed += 1
    assert min(agreed, refused) > 100


def test_a_listing_takes_little_more_than_the_names(tmp_path):
    names = [f"img_align_celeba/{i:06d}.jpg" for i in range(20_000)]
    archive(tmp_path / "images.zip", names=names)
    image_files.listed(tmp_path, ENTRY)  # what is made once only
    tracemalloc.start()
    try:
        found, _ = image_files.listed(tmp_path, ENTRY)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == names
    assert peak / len(names) < 250  # with zipfile: 702
