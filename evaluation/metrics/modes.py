"""Modes covered and samples of high quality, where the data's distribution is known.

As VEEGAN counts them: Srivastava et al., 2017, arXiv:1705.07761, section 4.1.
"""

import json
from pathlib import Path

import numpy as np

MODES_FILE = "modes.json"
QUALITY_RADIUS = 3  # deviations: points up to so far from a centre have high quality

Counts = dict[str, int | float]
CountTable = dict[str, dict[int, Counts]]  # by run and step: the content of MODES_FILE


def count_modes(points: np.ndarray, centres: np.ndarray, deviation: float) -> Counts:
    """Compares points [n, 2] with Gaussians about centres [k, 2]; returns the counts.

    A point within 3 deviations of the nearest centre is of high quality (98.9 % of real
    ones are); a centre that is the nearest to such a point is a mode covered.
    """
    distances = np.linalg.norm(points[:, np.newaxis] - centres, axis=-1)  # [n, k]
    high_quality = distances.min(axis=1) <= QUALITY_RADIUS * deviation  # bool [n]
    modes = np.unique(distances.argmin(axis=1)[high_quality])
    return {
        "samples": len(points),
        "modes": len(modes),
        "of": len(centres),
        "high_quality": float(high_quality.mean()),
    }


def to_json(table: CountTable) -> str:
    """Returns the content of MODES_FILE."""
    return json.dumps(table, indent=1) + "\n"


def sentences(file: Path) -> list[str]:
    """Returns a line for each run in a MODES_FILE, about its last step."""
    lines = []
    for name, steps in json.loads(file.read_text()).items():
        step = max(steps, key=int)
        lines.append(f"{name} step {int(step):,}: {sentence(steps[step])}")
    return lines


def sentence(counts: Counts) -> str:
    """Returns the counts of one step in words."""
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
