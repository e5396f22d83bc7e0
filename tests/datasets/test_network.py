import hashlib
import http.server
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tensorflow_datasets.core.download import checksums, downloader

from datasets import catalogue, download, network
from errors import UserError

ROOT = Path(__file__).parents[2]
GOOD = b"good content" * 1000
QUOTA = b"<!DOCTYPE html><html><title>Google Drive - Quota exceeded</title></html>"
CONFIRM = (
    b"""<html><form action="/good"><input name="confirm" value="t"></form></html>"""
)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response(404)
        self.end_headers()

    def do_GET(self):
        path = self.path.split("?")[0]
        content = {"/good": GOOD, "/quota": QUOTA, "/confirm": CONFIRM}.get(path, GOOD)
        self.send_response(403 if path == "/forbidden" else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        cut = {"/truncated": 500, "/wrong": -1}.get(path, len(content))
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
    network.fetch_urls("celeba", {"faces.zip": url}, known, tmp_path)


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
        network, "fetch", lambda entry, partial: fetched(server, partial, "quota")
    )
    with pytest.raises(UserError):
        download.fetch(entry, tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_catalogues_files_are_known_to_tfds():
    from tensorflow_datasets.core import load

    for entry in catalogue.CATALOGUE.values():
        if entry.builder:
            infos = load.builder_cls(entry.builder).url_infos
            assert list(network.wanted(infos, entry.files)) == list(entry.files)


def test_a_host_that_is_silent_or_missing_is_unreachable():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        with pytest.raises(UserError, match=r"not reachable.*mnist --source PATH"):
            network.probe(address, "mnist", deadline=0.3)
    with pytest.raises(UserError, match="not reachable"):
        network.probe(address, "mnist")


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
