"""Names of the members of archives, as whoever packed them meant them.

A zip says of a name that it is UTF-8, or nothing; a tar says nothing. What is no UTF-8
was written in the encoding of somebody's system, which is guessed from all names. The
separator of a system is `/` or, on Windows, sometimes a backslash.
"""

import functools
import posixpath
import re
import unicodedata
from collections.abc import Collection
from pathlib import Path

from absl import logging

# In the order in which they are tried; each has to give words of one script.
CODECS = ("utf-8", "cp437", "cp1252", "cp866", "cp932", "gb18030", "cp949", "big5")
EASTERN = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "FULLWIDTH", "IDEOGRAPHIC"}
WORD = re.compile(r"[^\W\d_]+")


def is_outside(name: str) -> bool:
    """Returns whether a member's name leads out of the folder it is unpacked to."""
    name = name.replace("\\", "/")
    return name.startswith("/") or ".." in name.split("/") or name[1:2] == ":"


def codec(names: Collection[bytes]) -> str:
    """Returns the encoding in which all names are words; cp437 if there is none."""
    unusual = {name for name in names if not name.isascii()}
    for candidate in CODECS:
        if all(is_plausible(name, candidate) for name in unusual):
            return candidate
    return "cp437"


@functools.cache  # an archive is read several times
def tell(path: Path, encoding: str) -> None:
    """Warns of the encoding in which names are read if the archive does not say it."""
    if encoding != "utf-8":
        logging.warning(
            "%s does not say how its names are encoded: they are read as %s",
            path, encoding,
        )  # fmt: skip


def is_plausible(name: bytes, candidate: str) -> bool:
    """Returns whether a name has only whole words of one script in an encoding."""
    try:
        text = name.decode(candidate)
    except UnicodeDecodeError:
        return False
    if candidate == "utf-8":
        return True
    letters = all(c.isascii() or unicodedata.category(c)[0] in "LMN" for c in text)
    return letters and all(is_word(word) for word in WORD.findall(text))


def is_word(word: str) -> bool:
    """Returns whether letters look like a word; those of a wrong encoding do not."""
    if word.isascii():
        return True
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in word}
    if scripts & EASTERN:
        return scripts <= EASTERN | {"LATIN"}

    accents = sum(not letter.isascii() for letter in word)
    case = word.islower() or word.isupper() or word[1:].islower()
    rare = scripts != {"LATIN"} or accents <= max(1, len(word) * 2 / 3)
    return len(scripts) == 1 and "HALFWIDTH" not in scripts and case and rare


def separated(name: str, by_backslash: bool) -> str:
    """Returns a name with `/` between folders, and no folder that is `.`."""
    if by_backslash:
        name = name.replace("\\", "/")
    return posixpath.normpath(name) + ("/" if name.endswith("/") else "")
