"""Modes covered and samples of high quality, where the truth is known.

As VEEGAN counts them: Srivastava et al., 2017, arXiv:1705.07761, section 4.1.
"""

import json
from pathlib import Path

import numpy as np

FILE = "modes.json"
REACH = 3  # deviations from a centre that still are high quality

Counts = dict[str, int | float]
Table = dict[str, dict[int, Counts]]  # by run and step: what modes.json holds


def count(points: np.ndarray, centres: np.ndarray, deviation: float) -> Counts:
    """Compares points [n, 2] with the Gaussians about centres [k, 2].

    A point within 3 deviations of the nearest centre is of high quality (98.9 % of real
    ones are); a centre that is the nearest to such a point is a mode covered.
    """
    distances = np.linalg.norm(points[:, np.newaxis] - centres, axis=-1)  # [n, k]
    good = distances.min(axis=1) <= REACH * deviation
    covered = np.unique(distances.argmin(axis=1)[good])
    return {
        "samples": len(points),
        "modes": len(covered),
        "of": len(centres),
        "high_quality": float(good.mean()),
    }


def text(table: Table) -> str:
    """The content of modes.json."""
    return json.dumps(table, indent=1) + "\n"


def sentences(file: Path) -> list[str]:
    """A line for each run in a modes.json, of its last step."""
    lines = []
    for name, steps in json.loads(file.read_text()).items():
        step = max(steps, key=int)
        lines.append(f"{name} step {int(step):,}: {sentence(steps[step])}")
    return lines


def sentence(counts: Counts) -> str:
    """The counts of one step in words."""
    text = (
        f"{counts['modes']:,} of {counts['of']:,} modes, "
        f"{100 * counts['high_quality']:.1f} % of {counts['samples']:,} samples of "
        "high quality"
    )
    if "accuracy" in counts:
        text += (
            f" (classifier right on {100 * counts['accuracy']:.1f} % of other real "
            f"digits; KL divergence {counts['kl']:.3f})"
        )
    return text
