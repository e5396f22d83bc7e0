"""The published weights: named, downloaded once, and what is told otherwise."""

import hashlib
import http.server
import threading

import pytest

from common.errors import UserError
from evaluation.features import fetch_weights

GOOD = b"weights" * 1000
SHA256 = hashlib.sha256(GOOD).hexdigest()
PAGE = b"<!DOCTYPE html><html>moved</html>"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response(404)
        self.end_headers()

    def do_GET(self):
        content = PAGE if self.path == "/page.pth" else GOOD
        self.server.asked.append(self.path)
        self.send_response(404 if self.path == "/missing.pth" else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: 500 if self.path == "/cut.pth" else None])

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.asked = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def at(server, monkeypatch):
    """The source of a path on the local server."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    server.asked.clear()
    address = f"http://127.0.0.1:{server.server_port}"
    return lambda path, sha256=SHA256: fetch_weights.WeightsFile(
        f"{address}/{path}", sha256
    )


def test_the_file_is_downloaded_once(at, server, tmp_path):
    directory = tmp_path / "data/inception"
    for _ in range(2):
        assert fetch_weights.read(at("good.pth"), directory) == GOOD
    assert [path.name for path in directory.iterdir()] == ["good.pth"]
    assert server.asked == ["/good.pth"]


def test_what_a_killed_download_left_is_removed(at, tmp_path):
    (tmp_path / "unfinished").mkdir()
    (tmp_path / "unfinished/good.pth").write_bytes(GOOD[:500])
    assert fetch_weights.read(at("good.pth"), tmp_path) == GOOD
    assert [path.name for path in tmp_path.iterdir()] == ["good.pth"]


@pytest.mark.parametrize(
    ("path", "sha256", "problem"),
    [
        ("missing.pth", SHA256, "HTTP code: 404"),
        ("cut.pth", SHA256, f"failed|SHA-256 is .*expected {SHA256}"),
        ("page.pth", SHA256, f"SHA-256 is .*, expected {SHA256}"),
        ("good.pth", "0" * 64, f"SHA-256 is {SHA256}, expected {'0' * 64}"),
    ],
    ids=["missing", "cut", "page", "other"],
)
def test_a_download_that_fails_leaves_nothing(at, tmp_path, path, sha256, problem):
    directory = tmp_path / "data/inception"
    source = at(path, sha256)
    remedy = f"get {source.url} elsewhere and put it at {directory / path}, "
    with pytest.raises(UserError, match=problem) as caught:
        fetch_weights.read(source, directory)
    assert str(caught.value).endswith(f": {remedy}or add --inception PATH")
    assert "download.py" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not directory.exists()


def test_an_interrupted_download_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(name, urls, infos, directory):
        (directory / "x.pth").write_bytes(GOOD[:500])
        raise KeyboardInterrupt

    monkeypatch.setattr(fetch_weights.tfds_downloads, "fetch_urls", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fetch_weights.read(
            fetch_weights.WeightsFile("http://x/x.pth", SHA256), tmp_path / "data"
        )
    assert not list(tmp_path.iterdir())


def test_without_a_network_the_place_is_named(tmp_path):
    source = fetch_weights.WeightsFile(
        "http://127.0.0.1:9/x.pth", SHA256
    )  # nobody listens
    told = rf"not reachable .*put it at {tmp_path / 'x.pth'}, or add --inception PATH\Z"
    with pytest.raises(UserError, match=told):
        fetch_weights.read(source, tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_users_copy_is_taken(tmp_path):
    own = tmp_path / "own.pth"
    own.write_bytes(GOOD)
    source = fetch_weights.WeightsFile("http://127.0.0.1:9/x.pth", SHA256)
    assert fetch_weights.read(source, tmp_path / "data", own) == GOOD
    assert not (tmp_path / "data").exists()


def test_a_missing_copy_is_not_downloaded_instead(tmp_path):
    source = fetch_weights.WeightsFile("http://127.0.0.1:9/x.pth", SHA256)
    with pytest.raises(UserError, match=r"--inception .*own.pth is no file"):
        fetch_weights.read(source, tmp_path, tmp_path / "own.pth")


@pytest.mark.parametrize("given", [True, False])
def test_another_file_is_refused(tmp_path, given):
    path = tmp_path / "x.pth"
    path.write_bytes(b"other")
    found = hashlib.sha256(b"other").hexdigest()
    source = fetch_weights.WeightsFile("http://127.0.0.1:9/x.pth", SHA256)
    with pytest.raises(
        UserError, match=rf"\A{path} .*SHA-256 is {found}, expected {SHA256}"
    ):
        fetch_weights.read(source, tmp_path, path if given else None)
    assert path.read_bytes() == b"other"
