"""Reads pages of docs/: headings, sections, tables and commands of a Markdown text."""

import itertools
import re
import shlex

FENCE = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)


def headings(text, level):
    """Returns the texts of the headings of a level."""
    return re.findall(rf"^{'#' * level} (.+)$", FENCE.sub("", text), re.MULTILINE)


def section(text, heading):
    """Returns what stands below a heading, up to the next of its level or above."""
    (start,) = re.finditer(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    level = len(start[1])
    below = text[start.end() :]
    end = re.search(rf"^#{{1,{level}}} ", FENCE.sub(blank, below), re.MULTILINE)
    return below[: end.start()] if end else below


def blank(match):
    """Returns as many characters as the match has, without any heading."""
    return re.sub(r"[^\n]", " ", match[0])


def anchor(heading):
    """Returns GitHub's anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(text):
    """Returns the anchors of all headings."""
    return {
        anchor(heading) for level in range(1, 7) for heading in headings(text, level)
    }


def heading_at(text, name):
    """Returns the heading that an anchor leads to."""
    every = itertools.chain(*(headings(text, level) for level in range(1, 7)))
    (heading,) = (heading for heading in every if anchor(heading) == name)
    return heading


def rows(text, first):
    """Returns the rows of the tables whose first column has that name, as dicts."""
    table_rows = []
    names = []

    for line in text.splitlines():
        if not line.startswith("|"):
            names = []
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not names:
            names = cells
        elif names[0] == first and set(cells[0]) != set("-"):
            table_rows.append(dict(zip(names, cells, strict=True)))

    return table_rows


def names_of(text, first):
    """Returns the names in backticks in the first column of such tables."""
    return [row[first].strip("`") for row in rows(text, first)]


def commands(text):
    """Returns the lines of train.py in the code blocks, as lists of words."""
    code = "\n".join(m[2] for m in FENCE.finditer(text) if not m[1])
    lines = code.replace("\\\n", " ").splitlines()
    lines = [line.split("#")[0] for line in lines]
    return [shlex.split(line) for line in lines if line.startswith("python train.py")]


def flags_of(words):
    """Returns the flags of a command as (name, value)."""
    return [(a[2:], b) for a, b in itertools.pairwise(words) if a.startswith("--")]
