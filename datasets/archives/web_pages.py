"""Web pages that were saved under the name of an archive."""

import re
from pathlib import Path

from common.errors import UserError

# The first tag of a page, behind a byte order mark, a declaration of XML or comments.
HTML_START = re.compile(
    rb"(\xef\xbb\xbf)?(\s|<\?xml[^>]*>|<!--.*?-->)*(<!doctype\s+html|<html|<head|<body)",
    re.IGNORECASE | re.DOTALL,
)
DRIVE_PAGE = re.compile(rb"google|quota|too many users", re.IGNORECASE)


def is_html(path: Path) -> bool:
    """Returns whether a file begins as a web page does, whatever its name."""
    with path.open("rb") as file:
        return bool(HTML_START.match(file.read(4096)))


def html_error(path: Path, name: str) -> UserError:
    """Returns the error for an archive that is a web page."""
    with path.open("rb") as file:
        drive = DRIVE_PAGE.search(file.read(1 << 16))
    cause = "Google Drive's download quota was exceeded" if drive else "a server error"
    return UserError(
        f"{path.name} is a web page (HTML), not an archive: {cause}. Delete it, get "
        "the real file with a browser or try again tomorrow, then `python download.py "
        f"{name} --source PATH`"
    )
