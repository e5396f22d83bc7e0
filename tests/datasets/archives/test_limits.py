"""Archives that unpack to more than they should are refused, whatever their kind."""

import gzip
import io
import re
import tarfile
import zipfile

import pytest
from drawn_files import flat, tarred
from refusals import refusal

from datasets.archives import limits
from datasets.download import fetch

FILES = {f"a/{i}.png": flat(i) for i in range(5)}
HOLE = 2 << 30  # bytes


def archive(path, contents):
    if path.suffix != ".zip":
        return tarred(path, contents)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in contents.items():
            zipped.writestr(name, content)
    return path


def gnu_sparse(member):
    """GNU tar's own type of header: no data, and the size of the file with its hole."""
    member.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(member.tobuf(tarfile.GNU_FORMAT))
    header[483:495] = b"%011o\0" % HOLE
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


def pax_sparse(member):
    """POSIX's header with GNU tar's keys."""
    member.pax_headers = {
        "GNU.sparse.size": str(HOLE),
        "GNU.sparse.map": f"{HOLE},0",
        "GNU.sparse.numblocks": "1",
        "GNU.sparse.name": member.name,
    }
    return member.tobuf(tarfile.PAX_FORMAT)


@pytest.mark.parametrize("header", [gnu_sparse, pax_sparse])
@pytest.mark.parametrize("name", ["x.tar", "x.tar.gz"])
def test_a_file_of_holes_is_refused(tmp_path, header, name):
    content = header(tarfile.TarInfo("1.png")) + bytes(1024)
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    assert re.search(r"'1\.png' is sparse.*repack", refusal(path, tmp_path / "data"))


@pytest.mark.parametrize("name", ["x.zip", "x.tar.gz"])
def test_an_archive_has_a_limit_of_what_it_unpacks_to(tmp_path, monkeypatch, name):
    monkeypatch.setattr(limits, "SMALL", 1000)
    path = archive(tmp_path / name, FILES | {"x.txt": bytes(2_000_000)})
    assert re.search(
        r"unpacks to .* or more; the limit is .* \(500 times.*unpack",
        refusal(path, tmp_path / "data"),
    )


def test_a_gzip_has_that_limit_behind_the_end_of_its_tar_too(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "SMALL", 100_000)
    content = gzip.decompress(tarred(tmp_path / "x.tgz", FILES).read_bytes())
    (tmp_path / "x.tgz").write_bytes(gzip.compress(content + bytes(3_000_000)))
    assert re.search(
        "unpacks to .* the limit is", refusal(tmp_path / "x.tgz", tmp_path / "data")
    )


@pytest.mark.parametrize("name", ["x.zip", "x.tar"])
def test_an_archive_has_a_limit_of_members(tmp_path, monkeypatch, name):
    monkeypatch.setattr(limits, "MAX_MEMBERS", 4)
    assert re.search(
        "over 4 members, the limit",
        refusal(archive(tmp_path / name, FILES), tmp_path / "data"),
    )


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_that_would_fill_the_memory_is_refused(tmp_path, kind):
    member = tarfile.TarInfo("x")
    member.type, member.size = kind, 1 << 32
    (tmp_path / "x.tar").write_bytes(member.tobuf() + bytes(1024))
    assert re.search(
        "a header of 4,294,967,296 bytes, over",
        refusal(tmp_path / "x.tar", tmp_path / "data"),
    )


def test_a_map_of_holes_that_is_no_numbers_is_damage(tmp_path):
    member = tarfile.TarInfo("1.png")
    member.pax_headers = {"GNU.sparse.size": "9", "GNU.sparse.map": "a,b"}
    content = member.tobuf(tarfile.PAX_FORMAT) + bytes(1024)
    (tmp_path / "x.tar").write_bytes(content)
    assert re.search(
        r"x\.tar is damaged.*get it again",
        refusal(tmp_path / "x.tar", tmp_path / "data"),
    )


def test_images_within_the_limits_are_taken(tmp_path):
    member = tarfile.TarInfo("a/big.png")
    member.size = 3_000_000
    content = {**FILES, member: flat(1) + bytes(3_000_000)}
    with tarfile.open(tmp_path / "x.tgz", "w:gz") as packed:
        for name, raw in content.items():
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = info.size or len(raw)
            packed.addfile(info, io.BytesIO(raw))
    fetch.run(["folder", "mine"], str(tmp_path / "x.tgz"), tmp_path / "data")
    assert (tmp_path / "data/mine/raw/images/a/big.png").stat().st_size == 3_000_000
