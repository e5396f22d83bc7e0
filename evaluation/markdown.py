"""Markdown with words that others chose: names of runs, datasets and classes."""

import html
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

# What begins or ends markup within a line; underscores inside a word do not.
ACTIVE = re.compile(r"[\\`*\[\]|~$]|(?<![^\W_])_|_(?![^\W_])")


def escape(text: str) -> str:
    """Returns a text as one line that shows its characters: no markup, no HTML."""
    line = html.escape(" ".join(text.split()), quote=False)
    return ACTIVE.sub(r"\\\g<0>", line)


def table(
    heads: Sequence[str], rows: Iterable[Sequence[Any]], numeric: bool = False
) -> str:
    """Returns a table; all columns but the first are `numeric`, or none.

    Texts are escaped, other values are written as JSON.
    """
    rule = ["---"] + ["---:" if numeric else "---"] * (len(heads) - 1)
    lines = [cells(heads), rule, *map(cells, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cells(values: Sequence[Any]) -> list[str]:
    """Returns the cells of a row."""
    texts = (x if isinstance(x, str) else json.dumps(x) for x in values)
    return [escape(text) for text in texts]
