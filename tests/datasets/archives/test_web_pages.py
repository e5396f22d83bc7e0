"""A file is a web page only if it begins as one."""

import io
import tarfile

import pytest
from drawn_files import flat

from datasets.archives import web_pages
from datasets.download import fetch

PAGE = b"<!DOCTYPE html>\n<html><head><title>Quota exceeded</title></head></html>"
BEGINNINGS = {
    "plain": b"",
    "blank lines": b"\r\n \t\n",
    "byte order mark": b"\xef\xbb\xbf",
    "comment": b"<!-- saved by a browser -->\n",
    "declaration": b'<?xml version="1.0"?>\n<!-- two -->\n',
}


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_what_begins_as_a_page_is_one(tmp_path, beginning):
    (tmp_path / "x").write_bytes(BEGINNINGS[beginning] + PAGE)
    assert web_pages.is_html(tmp_path / "x")


@pytest.mark.parametrize("before", [b"PK\3\4", b"\xff\xd8", b"a", b"<svg>"])
def test_what_merely_contains_html_is_none(tmp_path, before):
    (tmp_path / "x").write_bytes(before + PAGE)
    assert not web_pages.is_html(tmp_path / "x")


def test_a_tar_whose_first_file_is_a_page_is_an_archive(tmp_path):
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        for name, content in {"index.html": PAGE, "1.png": flat(1)}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    fetch.run(["folder", "mine"], str(tmp_path / "x.tar"), tmp_path / "data")
    assert (tmp_path / "data/mine/raw/images/1.png").is_file()


def test_a_zip_whose_first_file_is_a_page_is_an_archive(tmp_path, zipped):
    path = zipped({"index.html": PAGE, "1.png": flat(1)})
    fetch.run(["folder", "mine"], str(path), tmp_path / "data")
    assert (tmp_path / "data/mine/raw/images.zip").is_file()
