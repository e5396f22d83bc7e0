"""Arithmetic on latents, as in DCGAN's figure 7: glasses man - man + woman.

Radford et al., 2015, arXiv:1511.06434, section 6.3.2. They averaged three latents that
they chose; here a classifier chooses, and all that it finds are averaged. A mean of so
many lies near the centre, where a generator was hardly trained: means and result are
moved straight away from the centre, to where latents are on average.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tqdm

from common import files
from common.errors import UserError
from datasets.info import Info
from evaluation import snapshots
from evaluation.arithmetic import attributes, expressions
from evaluation.pictures import grids

FOLDER = "arithmetic"
SAMPLES, PORTION = 4000, 500  # latents whose images are sorted; of them at a time
FEWEST = 10  # members that make a group
MEMBERS = 6  # of a group on the sheet
AROUND = 9  # pictures: the result, and with noise about it
NOISE = 0.25  # of latents in U(-1, 1), as in the paper; of others in proportion


class Group(NamedTuple):
    """The samples of which a term holds, and their mean latent [d], moved outwards."""

    term: expressions.Term
    members: np.ndarray
    mean: np.ndarray


class Space:
    """Where a run's latents [n, d] lie: noise about a centre, and codes behind it."""

    def __init__(self, snapshot: snapshots.Snapshot, z: np.ndarray):
        noise, _ = snapshot.parts(z)
        self.split = snapshot.parts
        self.centre = noise.mean(axis=0)
        self.reach = np.linalg.norm(noise - self.centre, axis=1).mean()

    @property
    def deviation(self) -> float:
        """The standard deviation of one number of the noise, or nearly that."""
        return float(self.reach / len(self.centre) ** 0.5)

    def sum(self, terms: Sequence[tuple[int, np.ndarray]]) -> np.ndarray:
        """Adds signed latents [d] as seen from the centre, and moves the sum outwards.

        Codes are added as they are.
        """
        parts = [(sign, *self.split(z)) for sign, z in terms]
        offset = sum(sign * (noise - self.centre) for sign, noise, _ in parts)
        codes = sum(sign * code for sign, _, code in parts)
        length = np.linalg.norm(offset)
        outwards = offset * (self.reach / length if length else 0)
        return np.concatenate([self.centre + outwards, codes]).astype(np.float32)


def draw(
    snapshot: snapshots.Snapshot, info: Info, directory: Path, expression: str
) -> list[Path]:
    """Writes a sheet of an expression's operands and result, and a JSON of its numbers.

    Both are of the checkpoint that is shown.

    Raises:
        UserError: a word is not known, or a group is too small.
    """
    terms = expressions.parse(expression, expressions.vocabulary(info), info)
    says = attributes.Reader(info)
    z = np.asarray(snapshot.model.probe(SAMPLES))
    holds = answers(snapshot, z, says)
    space = Space(snapshot, z)
    groups = [group(term, holds, z, space) for term in terms]
    result = space.sum([(g.term.sign, z[g.members].mean(axis=0)) for g in groups])
    around = neighbourhood(snapshot, result, space)
    report = {
        "expression": expression,
        "step": snapshot.step,
        "classifier": says.description,
        "scores": {k: score._asdict() for k, score in says.known.scores.items()},
        "terciles_of_strokes": says.terciles,
        "samples": SAMPLES,
        "operands": [operand(snapshot, found, says) for found in groups],
        "result": says.report(around[AROUND // 2]),
    }
    path = directory / FOLDER / f"{expressions.slug(terms)}.json"
    picture = sheet(snapshot, groups, z, around, report)
    return [
        files.write(path.with_suffix(".png"), grids.png(picture)),
        files.write(path, json.dumps(report, indent=1) + "\n"),
    ]


def answers(
    snapshot: snapshots.Snapshot, z: np.ndarray, says: attributes.Reader
) -> np.ndarray:
    """Which names hold of the images of latents [n, d]: bool [n, names]."""
    portions = range(0, len(z), PORTION)
    return np.concatenate(
        [
            says.answers(snapshot.draw(z[start : start + PORTION]))
            for start in tqdm.tqdm(portions, "samples", disable=None)
        ]
    )


def group(
    term: expressions.Term, holds: np.ndarray, z: np.ndarray, space: Space
) -> Group:
    """The members of a term among latents; a UserError if they are too few."""
    fits = np.all([holds[:, c.number] == c.holds for c in term.conditions], axis=0)
    members = np.flatnonzero(fits)
    if len(members) < FEWEST:
        raise UserError(
            f"{term.text!r} holds of {len(members)} of {len(holds):,} samples, and a "
            f"mean needs {FEWEST}: take fewer or commoner words"
        )
    mean = space.sum([(1, z[members].mean(axis=0))])
    return Group(term, members, mean)


def operand(
    snapshot: snapshots.Snapshot, found: Group, says: attributes.Reader
) -> dict[str, Any]:
    """A group's entry in the JSON, with what is said of its mean's picture."""
    (image,) = snapshot.draw_among_others(found.mean[np.newaxis])
    return {
        "sign": found.term.sign,
        "term": found.term.text,
        "conditions": {says.names[c.number]: c.holds for c in found.term.conditions},
        "members": len(found.members),
        "mean": says.report(image),
    }


def neighbourhood(
    snapshot: snapshots.Snapshot, z: np.ndarray, space: Space
) -> np.ndarray:
    """Images of AROUND latents: `z` in the middle, with noise about it elsewhere."""
    noise, codes = snapshot.parts(np.tile(z, (AROUND, 1)))
    amplitude = NOISE * 3**0.5 * space.deviation  # of U(-1, 1): NOISE
    moved = np.random.default_rng(0).uniform(-amplitude, amplitude, noise.shape)
    moved[AROUND // 2] = 0
    near = np.concatenate([noise + moved, codes], axis=1)
    return snapshot.draw_among_others(near.astype(np.float32))


def sheet(
    snapshot: snapshots.Snapshot,
    groups: Sequence[Group],
    z: np.ndarray,
    around: np.ndarray,
    report: dict[str, Any],
) -> np.ndarray:
    """A row for each operand, and the result, alone and among its neighbours."""
    rows = []
    for found in groups:
        shown = np.concatenate([found.mean[np.newaxis], z[found.members[:MEMBERS]]])
        images = snapshot.draw_among_others(shown)
        row = grids.beside([grids.grid(images[:1]), grids.grid(images[1:], MEMBERS)])
        text = f"{'+' if found.term.sign > 0 else '-'} {found.term.text}"
        what = f"the mean of {len(found.members):,} in {len(z):,}; some of them"
        rows.append(grids.caption(row, text, what))
    middle = around[AROUND // 2]
    last = grids.beside([grids.grid(middle[np.newaxis]), grids.grid(around, 3)])
    last = grids.pad(last, 0, max(0, rows[0].shape[1] - last.shape[1]), 0, 0)
    rows.append(grids.caption(last, f"= {said(report)}", "alone; with noise about it"))
    picture = grids.caption(grids.stacked(rows), report["classifier"], "")
    return grids.caption(picture, *snapshot.label)


def said(report: dict[str, Any]) -> str:
    """What is said of the result: its class, the attributes asked for, its strokes."""
    result = report["result"]
    shares = result.get("probabilities", {})
    asked = {name: 0 for o in report["operands"] for name in o["conditions"]}
    attributes = [name for name in asked if name in report["scores"]]
    others = [name for name in result["words"] if name not in report["scores"]]
    parts = [
        f"{name} ({100 * shares[name]:.0f} %)" if name in shares else name
        for name in (*others, *attributes)
    ]
    return ", ".join(parts)


def sentence(report: dict[str, Any]) -> str:
    """The outcome of a report in a line."""
    return f"{report['expression']} = {said(report)}; {report['classifier']}"
