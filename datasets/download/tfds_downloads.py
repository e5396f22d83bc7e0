"""Downloads through TensorFlow Datasets (TFDS), which knows addresses and checksums.

TFDS retries for minutes where there is no network, so a request with a deadline goes to
the host first; and TFDS takes Google Drive's quota page for an archive.
"""

import shutil
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib import parse

from common.errors import UserError
from datasets import catalogue
from datasets.archives import web_pages

DEADLINE = 6.0  # seconds; with the imports an error comes within ten
RETRIES = 3  # TFDS's own 10 take minutes
UNPACKED_RATIO = 1.2  # bytes on disk to bytes of archive (LSUN's bedrooms: 54, 46 GB)


def fetch(entry: catalogue.Entry, directory: Path) -> None:
    """Downloads an entry's files into a directory; verifies SHA-256 where published."""
    if entry.url:
        fetch_urls(entry.name, {entry.files[0]: entry.url}, {}, directory)
        return

    from tensorflow_datasets.core import load  # 0.5 s; it does not load TensorFlow

    infos = load.builder_cls(entry.builder).url_infos
    check_space(entry, infos, directory)
    fetch_urls(entry.name, addresses(infos, entry.files), infos, directory)


def check_space(
    entry: catalogue.Entry, infos: Mapping[str, Any], directory: Path
) -> None:
    """Raises UserError if the disk has no room for the files."""
    size = sum(int(i.size) for i in infos.values() if i.filename in entry.files)
    need = size * (1 + UNPACKED_RATIO if entry.unpacked else 1)
    free = shutil.disk_usage(directory).free
    if free < need:
        raise UserError(
            f"{entry.name} takes {need / 1e9:.1f} GB to download"
            f"{' and unpack' if entry.unpacked else ''}, and {free / 1e9:.1f} GB are "
            "free: make room, or name another disk with --data_dir"
        )


def addresses(infos: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    """Returns file name -> address, in the order of `names`."""
    urls = {info.filename: url for url, info in infos.items()}
    return {name: urls[name] for name in names}


def fetch_urls(
    name: str, urls: Mapping[str, str], infos: Mapping[str, Any], directory: Path
) -> None:
    """Downloads one file after the other.

    Args:
        name: the dataset's.
        urls: file name -> address.
        infos: TFDS's, with the SHA-256 of each address; empty if there is none.
        directory: where the files go.

    Raises:
        UserError: a download failed, or is not the published file.
    """
    for url in urls.values():
        probe(url, name)

    from tensorflow_datasets.core.download import download_manager, downloader

    downloader.MAX_RETRIES = RETRIES
    work = directory / "tfds"
    manager = download_manager.DownloadManager(
        download_dir=work,
        url_infos=dict(infos),
        dataset_name=name,
        force_checksums_validation=bool(infos),
    )
    for file, url in urls.items():
        try:
            path = manager.download(url)
        except Exception as error:  # TFDS, requests, urllib3 and the socket have theirs
            raise explain(error, name, url, work) from error
        Path(path).rename(directory / file)
    shutil.rmtree(work)


def probe(url: str, name: str, deadline: float = DEADLINE) -> None:
    """Raises UserError unless the address's host answers in time, also by a proxy."""
    parts = parse.urlsplit(url)
    answer: list[str] = []
    # In a thread, because no timeout of requests covers name resolution.
    thread = threading.Thread(
        target=ask, args=(f"{parts.scheme}://{parts.netloc}/", deadline, answer),
        daemon=True,
    )  # fmt: skip
    thread.start()
    thread.join(deadline)

    problem = answer[0] if answer else f"no answer in {deadline:g} seconds"
    if problem:
        raise UserError(
            f"{parts.hostname} is not reachable ({problem}): check the network, or get "
            f"the files elsewhere and run `python download.py {name} --source PATH`"
        )


def ask(url: str, deadline: float, answer: list[str]) -> None:
    """Appends the problem to `answer`, or "" if the server answers."""
    import requests

    try:
        response = requests.head(url, timeout=deadline)
    except requests.RequestException as error:
        answer.append(type(error).__name__)
        return
    # Any answer of the host's own will do; proxies say 502 to 504 for a missing one.
    answer.append(f"HTTP {response.status_code}" if response.status_code > 500 else "")


def explain(error: Exception, name: str, url: str, work: Path) -> UserError:
    """Returns the error for a download that failed, with its cause and a remedy."""
    for file in work.rglob("*"):
        if file.is_file() and web_pages.is_html(file):
            return web_pages.html_error(file, name)

    host = parse.urlsplit(url).hostname
    remedy = (
        "try again later, or get the files with a browser and run "
        f"`python download.py {name} --source PATH`"
    )
    if "confirmation link" in str(error):
        problem = "Google Drive's download quota for this file is exceeded"
    elif type(error).__name__ == "NonMatchingChecksumError":
        problem = f"what {host} sends is not the known file (wrong SHA-256)"
    else:
        problem = f"download from {host} failed ({type(error).__name__}: {error})"
    return UserError(f"{problem}: {remedy}")
