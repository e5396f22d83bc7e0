"""Arithmetic on latents, as in DCGAN's figure 7: glasses man - man + woman.

Radford et al., 2015, arXiv:1511.06434, section 6.3.2. They averaged three latents that
they chose; here a classifier chooses, or the labels of a conditional model, and all
that fit are averaged. A mean of so many lies near the centre, where a generator was
hardly trained: means and result are moved straight away from the centre, to where
latents are on average.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from common import files
from datasets.info import Info
from evaluation import snapshots
from evaluation.arithmetic import attributes, expressions, members
from evaluation.pictures import grids

ARITHMETIC_FOLDER = "arithmetic"
LATENTS = 4000  # whose images are classified
OWN_LABELS = "classes of the operands: the model's labels"
MEMBERS_SHOWN = 6  # of a group, on the sheet
NEIGHBOURHOOD = 9  # images: the result in the middle, and others near it
NOISE = 0.25  # of latents in U(-1, 1), as in the paper; of others in proportion


class Group(NamedTuple):
    """The latents for which a term holds."""

    term: expressions.Term
    members: np.ndarray  # their indices among all latents
    mean: np.ndarray  # [d], moved outwards


class LatentSpace:
    """The centre of a run's latents [n, d], and their mean distance from it.

    Both are of the noise alone; the codes behind it are no directions in space.
    """

    def __init__(self, snapshot: snapshots.Snapshot, z: np.ndarray):
        noise, _ = snapshot.parts(z)
        self.split = snapshot.parts
        self.centre = noise.mean(axis=0)
        self.radius = np.linalg.norm(noise - self.centre, axis=1).mean()

    @property
    def deviation(self) -> float:
        """The approximate standard deviation of each number of the noise."""
        return float(self.radius / len(self.centre) ** 0.5)

    def sum(self, terms: Sequence[tuple[int, np.ndarray]]) -> np.ndarray:
        """Adds signed latents [d] as seen from the centre, and moves the sum outwards.

        Codes are added as they are.
        """
        parts = [(sign, *self.split(z)) for sign, z in terms]
        offset = sum(sign * (noise - self.centre) for sign, noise, _ in parts)
        codes = sum(sign * code for sign, _, code in parts)

        length = np.linalg.norm(offset)
        outwards = offset * (self.radius / length if length else 0)
        return np.concatenate([self.centre + outwards, codes]).astype(np.float32)

    def group(self, term: expressions.Term, z: np.ndarray, rows: np.ndarray) -> Group:
        """Returns the group of a term that holds for these rows of latents [n, d]."""
        return Group(term, rows, self.sum([(1, z[rows].mean(axis=0))]))


def draw(
    snapshot: snapshots.Snapshot, info: Info, directory: Path, expression: str
) -> list[Path]:
    """Writes a sheet of an expression's operands and result, and a JSON of its numbers.

    Both are of the snapshot's checkpoint. Returns the two paths.

    Raises:
        UserError: words are not known, or groups are too small.
    """
    terms = expressions.parse(expression, expressions.vocabulary(info), info)
    predictor = attributes.AttributePredictor(info)
    z = np.asarray(snapshot.model.probe(LATENTS))  # [n, d]
    labels = members.own_labels(snapshot.model, info, z)  # bool [n, classes] or None
    holds = members.predict(snapshot, z, predictor, labels)  # bool [n, names]

    space = LatentSpace(snapshot, z)
    own = members.select(terms, holds, predictor.names)
    groups = [space.group(t, z, rows) for t, rows in zip(terms, own, strict=True)]
    result = space.sum([(g.term.sign, z[g.members].mean(axis=0)) for g in groups])
    images = neighbourhood(snapshot, result, space)

    scores = predictor.classifier.scores
    report = {
        "expression": expression,
        "step": snapshot.step,
        "classifier": predictor.description,
        "labels": "" if labels is None else OWN_LABELS,
        "scores": {name: score._asdict() for name, score in scores.items()},
        "terciles_of_strokes": predictor.terciles,
        "samples": LATENTS,
        "operands": [describe_group(snapshot, group, predictor) for group in groups],
        "result": predictor.report(images[NEIGHBOURHOOD // 2]),
    }
    path = directory / ARITHMETIC_FOLDER / f"{expressions.slug(terms)}.json"
    picture = sheet(snapshot, groups, z, images, report)
    return [
        files.write(path.with_suffix(".png"), grids.png(picture)),
        files.write(path, json.dumps(report, indent=1) + "\n"),
    ]


def describe_group(
    snapshot: snapshots.Snapshot,
    group: Group,
    predictor: attributes.AttributePredictor,
) -> dict[str, Any]:
    """Returns a group's entry in the JSON, with a report on its mean's image."""
    (image,) = snapshot.draw_among_others(group.mean[np.newaxis])
    conditions = group.term.conditions
    return {
        "sign": group.term.sign,
        "term": group.term.text,
        "conditions": {predictor.names[c.position]: c.holds for c in conditions},
        "members": len(group.members),
        "mean": predictor.report(image),
    }


def neighbourhood(
    snapshot: snapshots.Snapshot, z: np.ndarray, space: LatentSpace
) -> np.ndarray:
    """Returns images of a latent [d], in the middle, and of others near it.

    There are NEIGHBOURHOOD of them, [n, H, W, C].
    """
    noise, codes = snapshot.parts(np.tile(z, (NEIGHBOURHOOD, 1)))
    amplitude = NOISE * 3**0.5 * space.deviation  # of U(-1, 1): NOISE
    shifts = np.random.default_rng(0).uniform(-amplitude, amplitude, noise.shape)
    shifts[NEIGHBOURHOOD // 2] = 0
    near = np.concatenate([noise + shifts, codes], axis=1)  # [n, d]
    return snapshot.draw_among_others(near.astype(np.float32))


def sheet(
    snapshot: snapshots.Snapshot,
    groups: Sequence[Group],
    z: np.ndarray,
    images: np.ndarray,
    report: dict[str, Any],
) -> np.ndarray:
    """Draws a row for each operand, and one for the result and its neighbourhood.

    `images` are these, [n, H, W, C]; the picture is uint8 [h, w, 3].
    """
    rows = []
    for group in groups:
        latents = [group.mean[np.newaxis], z[group.members[:MEMBERS_SHOWN]]]
        mean, *members = snapshot.draw_among_others(np.concatenate(latents))
        row = grids.beside(
            [
                grids.grid(mean[np.newaxis]),
                grids.grid(np.stack(members), MEMBERS_SHOWN),
            ]
        )
        text = f"{'+' if group.term.sign > 0 else '-'} {group.term.text}"
        what = f"the mean of {len(group.members):,} in {len(z):,}; some of them"
        rows.append(grids.caption(row, text, what))

    result = images[NEIGHBOURHOOD // 2]
    row = grids.beside([grids.grid(result[np.newaxis]), grids.grid(images, 3)])
    row = grids.pad(row, 0, max(0, rows[0].shape[1] - row.shape[1]), 0, 0)
    text = f"= {describe_result(report)}"
    rows.append(grids.caption(row, text, "alone; with noise about it"))

    picture = grids.stack(rows)
    for note in filter(None, (report["labels"], report["classifier"])):
        picture = grids.caption(picture, note, "")
    return grids.caption(picture, *snapshot.label)


def describe_result(report: dict[str, Any]) -> str:
    """Returns the result in words: its class, the operands' attributes, its strokes."""
    result = report["result"]
    probabilities = result.get("probabilities", {})
    names = [name for o in report["operands"] for name in o["conditions"]]
    # Each once, in the order of the operands.
    operand_attributes = dict.fromkeys(n for n in names if n in report["scores"])
    others = [name for name in result["words"] if name not in report["scores"]]
    parts = [
        f"{name} ({100 * probabilities[name]:.0f} %)" if name in probabilities else name
        for name in (*others, *operand_attributes)
    ]
    return ", ".join(parts)


def sentence(report: dict[str, Any]) -> str:
    """Returns the outcome of a report in a line."""
    result = f"{report['expression']} = {describe_result(report)}"
    return "; ".join(filter(None, (result, report["classifier"], report["labels"])))
