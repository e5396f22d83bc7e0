"""One HTML file for a run or a study: no network, no build, opens from disk."""

import json
import pathlib
import re
from collections.abc import Iterator, Mapping, Sequence

import jinja2

from evaluation.pictures import line_plots
from evaluation.report import content, images, svg, timelines

HERE = pathlib.Path(__file__).parent
# "3.1 ± 0.2", "< -0.5", and what stands for no number: a dash, "nan", nothing.
NUMBER = re.compile(r"\W{0,3}\d.*|\W?(nan|inf)?", re.IGNORECASE)


def html(page: content.Page) -> str:
    """Returns the whole page as text; all words in `page` are escaped."""
    return (
        environment()
        .get_template("page.html")
        .render(
            page=page,
            charts=svg.charts(page.panels, page.labels),
            legend=svg.legend(page.panels, page.labels),
            timeline=timelines.arranged(page.tracks),
            plots=line_plots,
            css=(HERE / "page.css").read_text(encoding="utf-8"),
            js=(HERE / "page.js").read_text(encoding="utf-8"),
        )
    )


def environment() -> jinja2.Environment:
    """Returns the templates, which escape every word but what is marked as safe."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {
        "embedded": images.embedded,
        "flat": flat,
        "numeric_columns": numeric_columns,
        "slug": slug,
        "thousands": "{:,}".format,
    }
    return templates


def slug(title: str) -> str:
    """Returns a heading's name in addresses."""
    return title.lower().replace(" ", "-")


def numeric_columns(table: content.Table) -> list[bool]:
    """Returns for each column whether it has numbers, which are aligned at the right.

    Raises:
        ValueError: a row is shorter or longer than the heads.
    """
    columns = zip(table.heads, *table.rows, strict=True)
    return [is_numeric(cells) for _, *cells in columns]


def is_numeric(cells: Sequence[str]) -> bool:
    """Returns whether cells have numbers and nothing else."""
    return any(cells) and all(NUMBER.fullmatch(cell) for cell in cells)


def flat(facts: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yields facts as text, those inside others by dotted names."""
    for key, value in facts.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        elif isinstance(value, str):
            yield prefix + key, value
        else:
            yield prefix + key, json.dumps(value, ensure_ascii=False, default=str)
