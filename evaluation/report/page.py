"""One HTML file for a run or a study: no network, no build, opens from disk."""

import html as escaping
import json
import pathlib
import re
import string
from collections.abc import Iterator, Mapping, Sequence

from evaluation.report import content, images, svg

# "3.1 ± 0.2", "< -0.5", and what stands for no number: a dash, "nan", nothing.
NUMBER = re.compile(r"\W{0,3}\d.*|\W?(nan|inf)?", re.IGNORECASE)
BANDS = (
    "A line is the mean over the seeds that have got so far; its band goes from the "
    "lowest of them to the highest."
)


def html(page: content.Page) -> str:
    """The whole page as text; all words in `page` are escaped."""
    parts = {title: body for title, body in bodies(page) if body}
    return string.Template(resource("page.html")).substitute(
        title=escape(page.title),
        css=resource("page.css"),
        js=resource("page.js"),
        lines="".join(f"<p>{escape(line)}</p>" for line in page.lines),
        links="".join(f'<li><a href="#{slug(part)}">{part}</a></li>' for part in parts),
        sections="\n".join(section(*part) for part in parts.items()),
    )


def bodies(page: content.Page) -> Iterator[tuple[str, str]]:
    """Every part's heading and contents, in the page's order; "" where empty."""
    yield "Results", "".join(table(one) for one in page.tables)
    yield "Curves", curves(page.panels)
    yield "Timeline", timeline(page.tracks)
    yield "Latent walks", "".join(map(images.figure, page.walks))
    yield "Nearest neighbours", "".join(map(images.figure, page.neighbours))
    yield "Certificates", "".join(certificate(*one) for one in page.certificates)
    yield "Commands", commands(page.commands)


def resource(name: str) -> str:
    """A file of this package."""
    return pathlib.Path(__file__).with_name(name).read_text(encoding="utf-8")


def escape(text: str) -> str:
    """Text that is only text, between tags and in attributes."""
    return escaping.escape(text)


def slug(title: str) -> str:
    """A heading's name in addresses."""
    return title.lower().replace(" ", "-")


def section(title: str, body: str) -> str:
    """A part of the page under its heading."""
    name = slug(title)
    return (
        f'<section id="{name}" aria-labelledby="{name}-title">'
        f'<h2 id="{name}-title">{title}</h2>{body}</section>'
    )


def table(drawn: content.Table) -> str:
    """A table in a box of its own, which scrolls where the screen is narrow."""
    kinds = [kind(column) for column in zip(*drawn.rows, strict=True)]
    kinds = kinds or [""] * len(drawn.heads)
    heads = "".join(
        f'<th scope="col"{of}>{escape(head)}</th>'
        for head, of in zip(drawn.heads, kinds, strict=True)
    )
    rows = "".join(row(cells, kinds) for cells in drawn.rows)
    notes = "".join(f"<p>{escape(note)}</p>" for note in drawn.notes)
    return (
        f"{scroll(drawn.title)}<table><caption>{escape(drawn.title)}</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        f'<div class="notes">{notes}</div>'
    )


def kind(column: Sequence[str]) -> str:
    """The attribute of a column's cells: numbers are aligned at the right."""
    numbers = all(NUMBER.fullmatch(cell) for cell in column) and any(column)
    return ' class="number"' if numbers else ""


def row(cells: Sequence[str], kinds: Sequence[str]) -> str:
    """A row, which its first cell names."""
    rest = "".join(
        f"<td{of}>{escape(cell)}</td>"
        for cell, of in zip(cells[1:], kinds[1:], strict=True)
    )
    return (
        f'<tr><th scope="row"{kinds[0]}><span>{escape(cells[0])}</span></th>{rest}</tr>'
    )


def scroll(label: str) -> str:
    """Opens a box that scrolls sideways, by the keyboard too."""
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(label)}">'
    )


def curves(panels: Sequence[content.Panel]) -> str:
    """All panels; says what a band is where there is one."""
    figures = svg.figures(panels)
    if not figures:
        return ""
    note = f"<p>{BANDS}</p>" if 'class="band"' in figures else ""
    return f'{note}<div class="panels">{figures}</div>'


def timeline(tracks: Sequence[content.Track]) -> str:
    """All tracks under one slider, which page.js shows and connects."""
    figures = images.tracks(tracks)
    if not figures:
        return ""
    return (
        "<p>Everything is drawn from the same latents at every step. A track shows its "
        "newest picture up to the slider's step.</p>"
        "<noscript><p>Without JavaScript these are the last pictures.</p></noscript>"
        '<div class="controls" hidden><button type="button" id="play">Play</button>'
        '<label for="slider" id="now">step</label>'
        '<input type="range" id="slider" min="0" autocomplete="off"></div>'
        f'<div class="tracks">{figures}</div>'
    )


def certificate(title: str, facts: Mapping[str, object]) -> str:
    """Facts by name, folded away."""
    rows = "".join(
        f'<tr><th scope="row"><span>{escape(key)}</span></th>'
        f"<td>{escape(value)}</td></tr>"
        for key, value in flat(facts)
    )
    return (
        f"<details><summary>{escape(title)}</summary>"
        f'<table class="facts"><tbody>{rows}</tbody></table></details>'
    )


def flat(facts: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Facts as text, those inside others by dotted names."""
    for key, value in facts.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        elif isinstance(value, str):
            yield prefix + key, value
        else:
            yield prefix + key, json.dumps(value, ensure_ascii=False, default=str)


def commands(lines: Sequence[str]) -> str:
    """Commands to select and copy, exactly as they are."""
    if not lines:
        return ""
    code = escape("\n".join(lines))
    return f"{scroll('Commands')}<pre><code>{code}</code></pre></div>"
