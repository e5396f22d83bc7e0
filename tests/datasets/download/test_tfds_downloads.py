import dataclasses
import hashlib
import http.server
import json
import re
import socket
import subprocess
import sys
import threading
import time
import types
from pathlib import Path

import pytest
from drawn_files import flat, tarred
from tensorflow_datasets.core.download import checksums, downloader

from common.errors import UserError
from datasets import catalogue
from datasets.conversion import converter
from datasets.download import fetch, tfds_downloads

ROOT = Path(__file__).parents[3]
GOOD = b"good content" * 1000
QUOTA = b"<!DOCTYPE html><html><title>Google Drive - Quota exceeded</title></html>"
CONFIRM = (
    b"""<html><form action="/good"><input name="confirm" value="t"></form></html>"""
)
SERVED = {}  # by path, of the tests below


class Handler(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response(404)
        self.end_headers()

    def do_GET(self):
        path = self.path.split("?")[0]
        content = {"/quota": QUOTA, "/confirm": CONFIRM, **SERVED}.get(path, GOOD)
        self.send_response(403 if path == "/forbidden" else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        cuts = {"/truncated": 500, "/cut.tar.gz": len(content) // 2, "/wrong": -1}
        cut = cuts.get(path, len(content))
        self.wfile.write(content[:cut] + (b"?" if path == "/wrong" else b""))

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def server():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def direct(monkeypatch):
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")


def fetched(server, tmp_path, path):
    url = f"{server}/{path}"
    digest = hashlib.sha256(GOOD).hexdigest()
    known = {url: checksums.UrlInfo(len(GOOD), digest, "faces.zip")}
    tfds_downloads.fetch_urls("celeba", {"faces.zip": url}, known, tmp_path)


def test_a_known_file_arrives(server, tmp_path):
    fetched(server, tmp_path, "good")
    assert (tmp_path / "faces.zip").read_bytes() == GOOD


PROBLEMS = {
    "wrong": "not the known file",
    "quota": "web page.*Google Drive's download quota",
    "truncated": "download from 127.0.0.1 failed",
    "forbidden": "HTTP code: 403",
}


@pytest.mark.parametrize("path", PROBLEMS)
def test_anything_else_is_refused_with_the_remedy(server, tmp_path, path):
    with pytest.raises(UserError, match=f"{PROBLEMS[path]}.*celeba --source PATH"):
        fetched(server, tmp_path, path)
    assert not (tmp_path / "faces.zip").exists()


def test_the_page_before_a_drive_download_is_passed(server, tmp_path, monkeypatch):
    monkeypatch.setattr(downloader, "_DRIVE_URL", re.compile("http://127"))
    fetched(server, tmp_path, "confirm")
    assert (tmp_path / "faces.zip").read_bytes() == GOOD


def test_drives_quota_page_is_recognised(server, tmp_path, monkeypatch):
    monkeypatch.setattr(downloader, "_DRIVE_URL", re.compile("http://127"))
    with pytest.raises(UserError, match=r"Google Drive's download quota .* --source"):
        fetched(server, tmp_path, "quota")


def test_nothing_stays_of_a_failed_download(server, tmp_path, monkeypatch):
    entry = catalogue.CATALOGUE["celeba"]
    monkeypatch.setattr(
        tfds_downloads,
        "fetch",
        lambda entry, partial: fetched(server, partial, "quota"),
    )
    with pytest.raises(UserError):
        fetch.fetch(entry, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.fixture
def facades(server, tmp_path, monkeypatch):
    """A catalogue whose facades are three pairs on the local server."""
    pairs = {f"facades/train/{i}.png": flat(i, i) for i in range(3)}
    archive = tarred(tmp_path / "facades.tar.gz", pairs).read_bytes()
    content = {"/pairs.tar.gz": archive, "/cut.tar.gz": archive, "/page.tar.gz": QUOTA}
    monkeypatch.setattr(sys.modules[__name__], "SERVED", content)

    def at(path):
        known = catalogue.CATALOGUE["facades"]
        entry = dataclasses.replace(known, url=f"{server}/{path}")
        monkeypatch.setitem(catalogue.CATALOGUE, "facades", entry)
        return archive

    return at


def test_an_archive_without_a_published_checksum_is_recorded(facades, tmp_path, capsys):
    archive = facades("pairs.tar.gz")
    fetch.run(["facades"], None, tmp_path / "data")
    raw = tmp_path / "data/facades/raw"
    assert sorted(path.name for path in raw.iterdir()) == ["origin.json", "pairs"]
    assert len(list(raw.glob("pairs/facades/train/*.png"))) == 3
    known = json.loads((raw / "origin.json").read_text())
    assert known["origin"].endswith("/pairs.tar.gz")
    assert known["sha256"] == hashlib.sha256(archive).hexdigest()
    told = f"no checksum is published; SHA-256 {known['sha256']} is kept in {raw}"
    assert told in capsys.readouterr().out


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("cut.tar.gz", "damaged|download from 127.0.0.1 failed"),
        ("page.tar.gz", "web page"),
        ("forbidden", "HTTP code: 403"),
    ],
)
def test_an_archive_that_cannot_be_read_leaves_nothing(
    facades, tmp_path, path, problem
):
    facades(path)
    with pytest.raises(UserError, match=problem):
        fetch.run(["facades"], None, tmp_path / "data")
    assert not list((tmp_path / "data").iterdir())


def test_a_zip_of_domains_comes_through_tfds(server, tmp_path, monkeypatch, zipped):
    from tensorflow_datasets.core import load

    sides = {f"x/train{side}/1.png": flat(1) for side in "AB"}
    content = zipped(sides).read_bytes()
    monkeypatch.setattr(sys.modules[__name__], "SERVED", {"/x.zip": content})
    digest = hashlib.sha256(content).hexdigest()
    known = checksums.UrlInfo(len(content), digest, "horse2zebra.zip")
    builder = types.SimpleNamespace(url_infos={f"{server}/x.zip": known})
    monkeypatch.setattr(load, "builder_cls", lambda name: builder)
    fetch.run(["horse2zebra"], None, tmp_path)
    info = converter.ensure("horse2zebra", 16, tmp_path)
    assert info.parts == ("trainA", "trainB")


def test_tfds_has_every_unpaired_set_that_is_no_paired_one_here():
    from tensorflow_datasets.core import load

    infos = load.builder_cls("cycle_gan").url_infos
    theirs = {info.filename for info in infos.values()}
    ours = set(catalogue.UNPAIRED.values())
    assert theirs - ours == {
        f"{name}.zip" for name in ("facades", "maps", "cityscapes")
    }


def test_the_catalogues_files_are_known_to_tfds():
    from tensorflow_datasets.core import load

    for entry in catalogue.CATALOGUE.values():
        if entry.builder:
            infos = load.builder_cls(entry.builder).url_infos
            assert list(tfds_downloads.addresses(infos, entry.files)) == list(
                entry.files
            )


def test_a_host_that_is_silent_or_missing_is_unreachable():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        with pytest.raises(UserError, match=r"not reachable.*mnist --source PATH"):
            tfds_downloads.probe(address, "mnist", deadline=0.3)
    with pytest.raises(UserError, match="not reachable"):
        tfds_downloads.probe(address, "mnist")


def test_without_a_network_the_answer_takes_less_than_ten_seconds(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # a proxy that says nothing
        proxy = f"http://127.0.0.1:{silent.getsockname()[1]}"
        begin = time.monotonic()
        result = subprocess.run(
            [sys.executable, "download.py", "celeba", f"--data_dir={tmp_path}"],
            cwd=ROOT,
            env={"https_proxy": proxy, "HTTPS_PROXY": proxy, "PATH": ""},
            capture_output=True,
            text=True,
        )
    assert result.returncode == 2
    assert re.fullmatch("error: .* is not reachable .*--source PATH`\n", result.stderr)
    assert time.monotonic() - begin < 10
    assert not list(tmp_path.iterdir())
