"""Tar archives: what is taken from them and what is refused."""

import gzip
import tarfile

import pytest
from drawn_files import flat, tarred

from common.errors import UserError
from datasets import catalogue
from datasets.download import fetch
from datasets.sources import image_files

ENTRY = catalogue.Entry("mine", "pictures")
FILES = {f"a/{i}.png": flat(i) for i in range(5)}


def taken(path):
    """What a tar archive has, {name: bytes}."""
    return {
        name: file.open("rb").read() for name, file in image_files.find(path, ENTRY)
    }


def refused(tmp_path, path, problem):
    with pytest.raises(UserError, match=problem):
        fetch.run(["folder", "mine"], str(path), tmp_path / "data")
    assert not list((tmp_path / "data").iterdir())


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
    refused(tmp_path, path, "points outside the archive")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(tmp_path, kind):
    member = tarfile.TarInfo("a/9.png")
    member.type, member.linkname = kind, "/etc/passwd"
    path = tarred(tmp_path / "x.tar", FILES | {member: b""})
    refused(tmp_path, path, r"'a/9\.png' is a link or a device")


@pytest.mark.parametrize("name", ["x.tar", "x.tar.gz"])
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.999])
def test_an_archive_that_is_cut_short_is_refused(tmp_path, name, kept):
    path = tarred(tmp_path / name, FILES)
    whole = path.read_bytes()
    if name == "x.tar":  # without the zeros at its end
        whole = whole.rstrip(b"\0")
    path.write_bytes(whole[: int(len(whole) * kept)])
    refused(tmp_path, path, "is damaged")


def test_a_tar_that_ends_between_two_files_is_refused(tmp_path):
    path = tarred(tmp_path / "x.tar", FILES)
    with tarfile.open(path) as archive:
        third = archive.getmembers()[3].offset
    path.write_bytes(path.read_bytes()[:third])
    refused(tmp_path, path, "no end mark")


def test_a_damaged_header_between_two_files_is_refused(tmp_path):
    path = tarred(tmp_path / "x.tar", FILES)
    with tarfile.open(path) as archive:
        third = archive.getmembers()[3].offset
    content = bytearray(path.read_bytes())
    content[third] ^= 1
    path.write_bytes(content)
    refused(tmp_path, path, "no end mark")


def test_a_gzip_with_a_wrong_checksum_is_refused(tmp_path):
    path = tarred(tmp_path / "x.tar.gz", FILES)
    content = bytearray(path.read_bytes())
    content[-6] ^= 1
    path.write_bytes(content)
    refused(tmp_path, path, "CRC check failed")


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
    refused(tmp_path, tmp_path / "x.tar.gz", problem)


def test_a_folder_with_an_archive_in_it_names_that(tmp_path):
    (tmp_path / "x").mkdir()
    tarred(tmp_path / "x/pictures.tgz", FILES)
    refused(tmp_path, tmp_path / "x", r"no images .* it has pictures\.tgz")
