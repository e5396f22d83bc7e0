"""The model card of an export: what it is, how it is read, what is known of it."""

from __future__ import annotations

import dataclasses
import inspect
import json
import platform
from collections.abc import Iterable, Sequence
from typing import Any

import keras
import tensorflow as tf

from datasets.info import Info
from evaluation import snapshots
from evaluation.export import snippets
from evaluation.measure import results
from training import runs

FILE = "README.md"
MARK = "Written by `eval.py --export`"

# Keys of a config.json that have a section of their own, or say nothing of a result.
ELSEWHERE = ("model", "config", "dataset", "environment", "watch")


def text(
    snapshot: snapshots.Snapshot,
    networks: Sequence[str],
    info: Info | None = None,
    series: results.MetricSeries | None = None,
) -> str:
    """The card of a checkpoint, in Markdown.

    Args:
        snapshot: the run, at that checkpoint.
        networks: the names of its .keras files; none where they cannot say it all.
        info: the dataset that it was trained on, if it is there.
        series: metrics of its checkpoints, if there are any.
    """
    model = snapshot.model
    translates = bool(model.directions)
    sections = {
        "What goes in and comes out": domains(model) if translates else latents(model),
        "How to load it": snippets.loading(model, networks),
        "Training data": data(snapshot, info),
        "Training": training(snapshot),
        "Metrics": metrics(snapshot, series),
        "Versions": versions(snapshot),
        "Limits": limits(model, networks),
    }
    parts = [heading(snapshot)]
    parts += [f"## {title}\n\n{content}" for title, content in sections.items()]
    return "\n\n".join(parts) + "\n"


def heading(snapshot: snapshots.Snapshot) -> str:
    """Which checkpoint of which model this is."""
    model, config = snapshot.model, snapshot.run.config
    module = inspect.getmodule(type(model))
    rows = {
        "model": f"`{config['model']}`: {first_line(type(model).__doc__)}",
        "run": f"`{snapshot.run.name}`",
        "step": f"{snapshot.step:,} of {config['steps']:,}",
        "weights": "their moving average (EMA)" if model.averaged else "raw",
    }
    about = inspect.cleandoc(module.__doc__ or "") if module else ""
    title = f"# `{snapshot.run.name}` at step {snapshot.step:,}"
    return "\n\n".join([title, about, table(("", ""), rows.items()), f"{MARK}."])


def first_line(docstring: str | None) -> str:
    """The first line of a docstring."""
    return inspect.cleandoc(docstring or "").partition("\n")[0]


# What goes in and comes out.


def latents(model: Any) -> str:
    """The layout of z, and the form of the images."""
    c, size = model.config, model.config.z_dim
    rows = [(f"0 to {size - 1}", "noise", snippets.PRIORS[c.z][0].format(size=size))]
    for code in model.codes:
        last = code.start + code.size - 1
        where = f"{code.start} to {last}" if code.size > 1 else str(last)
        one_hot = code.kind == "categorical"
        values = "one-hot, each as likely" if one_hot else "U(-1, 1)"
        rows.append((where, f"`{code.name}`, {code.kind}", values))
    height, width, channels = model.image_shape
    shape = f"[n, {height}, {width}, {channels}]"
    images, ends = "images", ": -1 is black, 1 is white or full colour"
    if model.of_points:
        images, ends = "points of the plane", ""
    return (
        f"In: latents `z`, float32 [n, {model.inputs}]. Out: {images}, float32 {shape} "
        f"in [-1, 1]{ends}.\n\n" + table(("numbers of z", "what", "drawn from"), rows)
    )


def domains(model: Any) -> str:
    """The form of the images that are translated."""
    channels, side = model.image_shape[-1], model.multiple
    return (
        f"In and out: images, float32 [n, H, W, {channels}] in [-1, 1], H and W "
        f"multiples of {side}. Trained on {model.image_shape[0]} px. Directions: "
        f"{', '.join(model.directions)}. Each image is translated by itself, with its "
        "own statistics in batch norm."
    )


# What it was made from, and what it is worth.


def data(snapshot: snapshots.Snapshot, info: Info | None) -> str:
    """The dataset: what is there of it, or what the run's configuration says."""
    rows = dict(snapshot.run.config["dataset"])
    if info:
        rows |= {
            "split": info.split,
            "crop": info.crop,
            "resize": info.resize,
            "source": info.source,
            "classes": ", ".join(info.classes) or "none",
            "licence": info.licence,
        }
    rest = "" if info else (
        "\n\nThe dataset was not there when this was written: its crop, resizing and "
        "licence are not known here."
    )  # fmt: skip
    return table(("", ""), rows.items()) + rest


def training(snapshot: snapshots.Snapshot) -> str:
    """The run's configuration, and all of the model's options as they were."""
    config = snapshot.run.config
    told = {key: value for key, value in config.items() if key not in ELSEWHERE}
    options = dataclasses.asdict(snapshot.model.config)
    return (
        table(("run", ""), told.items())
        + "\n\n"
        + table(("--set", ""), options.items())
    )


def metrics(snapshot: snapshots.Snapshot, series: results.MetricSeries | None) -> str:
    """The numbers of this step, what real images reach, and how all were measured."""
    steps = series.steps if series else {}
    numbers = steps[snapshot.step].numbers if snapshot.step in steps else {}
    if not series or not numbers:
        others = ", ".join(map(str, steps))
        measured = f"; measured were steps {others}" if steps else ""
        return f"Step {snapshot.step:,} was not measured{measured}."
    rows = [(k, short(v), short(series.floor.get(k, ""))) for k, v in numbers.items()]
    certificate = runs.flat(series.provenance.to_json())
    found = table(("metric", "this step", "floor, of real images"), rows)
    return f"{found}\n\nMeasured so:\n\n{table(('', ''), certificate.items())}"


def short(value: Any) -> Any:
    """A number with the digits that say something."""
    return f"{value:.6g}" if isinstance(value, float) else value


def versions(snapshot: snapshots.Snapshot) -> str:
    """Of what trained it and of what wrote this."""
    now = {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
    }
    then = snapshot.run.config["environment"]
    rows = [(name, then.get(name, "unknown"), here) for name, here in now.items()]
    return table(("", "trained with", "exported with"), rows)


def limits(model: Any, networks: Sequence[str]) -> str:
    """What the files do not do."""
    found = [
        "What it makes resembles its training data, and may repeat some of it.",
        "On other devices and versions the last digits of an image differ.",
    ]
    if not model.directions:
        found[1:1] = seeds(model)
    if not networks:
        found.append(
            "There is no .keras file: dropout stays on in this model's pictures, under "
            "one fixed mask, which Keras's format does not hold. The SavedModel has it."
        )
    return "\n".join(f"* {line}" for line in found)


def seeds(model: Any) -> list[str]:
    """What the images of a seed depend on."""
    of_batch = model.config.sampling == "batch"
    kept = "latents" if of_batch else "images"
    lines = [f"A seed's first {kept} are the same however many are asked for."]
    if of_batch:
        lines.append(
            "Batch norm works on the statistics of the batch (`sampling=batch`): an "
            "image depends on those beside it. Make 64 or so at a time."
        )
    return lines


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *([shown(v) for v in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def shown(value: Any) -> str:
    """A value in one cell."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text.replace("|", "\\|").replace("\n", " ")
