"""The model card of an export: what it is, how to load it, its data and its metrics."""

from __future__ import annotations

import dataclasses
import inspect
import platform
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from datasets.info import Info
from evaluation import batch_statistics, markdown, snapshots
from evaluation.export import example_code
from evaluation.measure import results
from training import config_changes

CARD_FILE = "README.md"
SIGNATURE = "Written by `eval.py --export`"

# Keys of a config.json that have a section of their own, or do not affect the result.
OMITTED_KEYS = ("model", "config", "dataset", "environment", "watch")


def text(
    snapshot: snapshots.Snapshot,
    networks: Sequence[str],
    info: Info | None = None,
    series: results.MetricSeries | None = None,
) -> str:
    """Returns the card of a checkpoint, in Markdown.

    Args:
        snapshot: the run, at that checkpoint.
        networks: the names of its .keras files; empty where dropout stays on.
        info: the dataset that it was trained on, if it is there.
        series: metrics of its checkpoints, if there are any.
    """
    model = snapshot.model
    translates = model.kind == "translations"
    sections = {
        "What goes in and comes out": domains(model) if translates else latents(model),
        "How to load it": example_code.examples(model, networks),
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
    """Returns the title, the model's description, and which checkpoint this is."""
    model = snapshot.model
    config = snapshot.run.config
    module = inspect.getmodule(type(model))
    rows = {
        "model": f"{config['model']}: {first_line(type(model).__doc__)}",
        "run": snapshot.run.name,
        "step": f"{snapshot.step:,} of {config['steps']:,}",
        "weights": "their moving average (EMA)" if model.averaged else "raw",
    }
    about = inspect.cleandoc(module.__doc__ or "") if module else ""
    title = f"# {markdown.escape(snapshot.run.name)} at step {snapshot.step:,}"
    facts = markdown.table(("", ""), rows.items())
    return "\n\n".join([title, about, facts, f"{SIGNATURE}."])


def first_line(docstring: str | None) -> str:
    """Returns the first line of a docstring."""
    return inspect.cleandoc(docstring or "").partition("\n")[0]


# Inputs and outputs.


def latents(model: Any) -> str:
    """Returns the layout of z and the shape and range of the images."""
    size = model.config.z_dim
    prior, _ = example_code.PRIORS[model.config.z]
    rows = [(f"0 to {size - 1}", "noise", prior.format(size=size))]
    for code in model.codes:
        last = code.start + code.size - 1
        where = f"{code.start} to {last}" if code.size > 1 else str(last)
        one_hot = code.kind == "categorical"
        values = "one-hot, each as likely" if one_hot else "U(-1, 1)"
        rows.append((where, f"{code.name}, {code.kind}", values))

    height, width, channels = model.image_shape
    shape = f"[n, {height}, {width}, {channels}]"
    if model.kind == "points":
        output = f"points of the plane, float32 {shape} in [-1, 1]"
    else:
        output = (
            f"images, float32 {shape} in [-1, 1]: -1 is black, 1 is white or full "
            "colour"
        )
    parts = markdown.table(("numbers of z", "what", "drawn from"), rows)
    return f"In: latents `z`, float32 [n, {model.inputs}]. Out: {output}.\n\n{parts}"


def domains(model: Any) -> str:
    """Returns the shape and range of the images that are translated."""
    channels = model.image_shape[-1]
    side = model.multiple
    return (
        f"In and out: images, float32 [n, H, W, {channels}] in [-1, 1], H and W "
        f"multiples of {side}. Trained on {model.image_shape[0]} px. Directions: "
        f"{', '.join(model.directions)}. Each image is translated by itself, with its "
        "own statistics in batch norm."
    )


# Data, training, metrics and limits.


def data(snapshot: snapshots.Snapshot, info: Info | None) -> str:
    """Returns what is known of the dataset, without it from the run's configuration."""
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
    text = markdown.table(("", ""), rows.items())
    if not info:
        text += (
            "\n\nThe dataset was not there when this was written: its crop, resizing "
            "and licence are not known here."
        )
    return text


def training(snapshot: snapshots.Snapshot) -> str:
    """Returns the run's configuration, and all of the model's options."""
    config = snapshot.run.config
    rows = [(key, value) for key, value in config.items() if key not in OMITTED_KEYS]
    options = dataclasses.asdict(snapshot.model.config).items()
    parts = markdown.table(("run", ""), rows), markdown.table(("--set", ""), options)
    return "\n\n".join(parts)


def metrics(snapshot: snapshots.Snapshot, series: results.MetricSeries | None) -> str:
    """Returns the step's metrics beside those of real images, and their provenance."""
    steps = series.steps if series else {}
    numbers = steps[snapshot.step].numbers if snapshot.step in steps else {}
    if not series or not numbers:
        others = ", ".join(map(str, steps))
        measured = f"; measured were steps {others}" if steps else ""
        return f"Step {snapshot.step:,} was not measured{measured}."

    rows = [(k, short(v), short(series.floor.get(k, ""))) for k, v in numbers.items()]
    compared = markdown.table(("metric", "this step", "floor, of real images"), rows)
    provenance = config_changes.flat(series.provenance.to_json())
    how = markdown.table(("", ""), provenance.items())
    return f"{compared}\n\nMeasured so:\n\n{how}"


def short(value: Any) -> Any:
    """Returns a float with six significant digits, and anything else as it is."""
    return f"{value:.6g}" if isinstance(value, float) else value


def versions(snapshot: snapshots.Snapshot) -> str:
    """Returns the versions of Python and libraries in training and in this process."""
    now = {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
    }
    then = snapshot.run.config["environment"]
    rows = [(name, then.get(name, "unknown"), here) for name, here in now.items()]
    return markdown.table(("", "trained with", "exported with"), rows)


def limits(model: Any, networks: Sequence[str]) -> str:
    """Returns the limits of the exported files as a list."""
    lines = ["What it makes resembles its training data, and may repeat some of it."]
    if model.kind != "translations":
        lines += seeds(model)
    lines.append("On other devices and versions the last digits of an image differ.")
    if not networks:
        lines.append(
            "There is no .keras file: dropout stays on in this model's pictures, under "
            "one fixed mask, which Keras's format does not hold. The SavedModel has it."
        )
    return "\n".join(f"* {line}" for line in lines)


def seeds(model: Any) -> list[str]:
    """Returns what the images of a seed depend on, as lines."""
    of_batch = model.sampling == "batch"
    what = "latents" if of_batch else "images"
    lines = [f"A seed's first {what} are the same however many are asked for."]
    if of_batch:
        lines.append(
            "Batch norm works on the statistics of the batch (`sampling=batch`): an "
            "image depends on those beside it. Make 64 or so at a time."
        )
    if model.sampling == "standing":
        lines.append(f"Batch norm works on {batch_statistics.words(model)}.")
    return lines
