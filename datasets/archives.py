"""Zip archives: verified before use; images are read in place, never extracted."""

import re
import stat
import zipfile
from pathlib import Path

from errors import UserError

ENCRYPTED = 0x1
# What zipfile raises for an archive that it cannot read.
DAMAGED = (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError)
READABLE = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
HTML = re.compile(rb"<!doctype html|<html|<head", re.IGNORECASE)
DRIVE = re.compile(rb"google|quota|too many users", re.IGNORECASE)


def is_html(path: Path) -> bool:
    """Whether a file is a web page, whatever its name says."""
    with path.open("rb") as file:
        return bool(HTML.search(file.read(1024)))


def html_error(path: Path, name: str) -> UserError:
    """What to tell someone whose archive is a web page."""
    with path.open("rb") as file:
        drive = DRIVE.search(file.read(1 << 16))
    cause = "Google Drive's download quota was exceeded" if drive else "a server error"
    return UserError(
        f"{path.name} is a web page (HTML), not an archive: {cause}. Delete it, get "
        "the real file with a browser or try again tomorrow, then `python download.py "
        f"{name} --source PATH`"
    )


def open_zip(path: Path, name: str) -> zipfile.ZipFile:
    """A zip archive that is whole and names nothing outside itself."""
    if is_html(path):
        raise html_error(path, name)
    try:
        archive = zipfile.ZipFile(path)
    except DAMAGED as error:
        state = "empty" if not path.stat().st_size else "damaged, cut short or no zip"
        raise UserError(f"{path} is {state} ({error}): get it again") from error
    try:
        for member in archive.infolist():
            check_member(path, member)
    except UserError:
        archive.close()
        raise
    return archive


def check_member(path: Path, member: zipfile.ZipInfo) -> None:
    """Refuses names that point outside the archive, links and encryption."""
    name = member.orig_filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
        problem = "points outside the archive"
    elif stat.S_ISLNK(member.external_attr >> 16):
        problem = "is a link"
    elif member.flag_bits & ENCRYPTED:
        problem = "is encrypted"
    elif member.compress_type not in READABLE:
        problem = f"uses compression method {member.compress_type}"
    else:
        return
    raise UserError(
        f"{path}: member {member.orig_filename!r} {problem}; repack the images alone "
        "with an ordinary zip program"
    )
