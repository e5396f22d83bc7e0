"""Detects collapse during training, from values computed for TensorBoard anyway."""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy.spatial.distance

from training.monitoring import logs

# Trained models of this suite have a diversity of 0.14 to 1.1 on MNIST (VAE and BEGAN
# are the lowest) and above 0.1 on eight Gaussians where they cover more than one; one
# mode of the eight alone has 0.01, one image 0.
LEAST_DIVERSITY = 0.1
LOW_CHECKS = 3  # in a row, of a model that was healthy before
# In a row from the start, and after so many steps: it begins with little contrast.
UNTRAINED_CHECKS, UNTRAINED_STEPS = 6, 500
# Many critics and energies tell all images apart for a while in which G learns: its
# samples then move by 0.02 and more in 20 steps. A saturated minimax game moved them by
# 0.0004 in 20 steps and by 0.0013 in 500.
EXTREME_AUC = 0.999
STILL, PACE = 0.003, 20  # the movement of 20 steps and more
STUCK_CHECKS = 5  # in a row, 20 steps apart on average, and not among the first


class Check(NamedTuple):
    """What was measured of a model at a step; None: could not be.

    `diversity` is the mean distance between two samples and `movement` the mean
    distance of a sample from itself at the check before, both divided by the mean
    distance between two real images. Where the check before was fewer than PACE steps
    ago, `movement` is what it comes to in PACE steps at that pace. `auc` is the chance
    that the discriminator's score tells a real image from a fake one, 0.5 to 1.
    """

    step: int
    diversity: float | None = None
    auc: float | None = None
    movement: float | None = None

    @property
    def low(self) -> bool:
        """Whether the samples are nearly one image."""
        return self.diversity is not None and self.diversity < LEAST_DIVERSITY

    @property
    def stuck(self) -> bool:
        """Whether the discriminator has won and the samples stand still."""
        if self.auc is None or self.movement is None:
            return False
        return self.auc >= EXTREME_AUC and self.movement < STILL

    @property
    def healthy(self) -> bool:
        """Whether it is neither."""
        return not self.low and not self.stuck


class Collapse(NamedTuple):
    """The first unhealthy step, and a sentence that says what is wrong."""

    since: int
    cause: str


def collapse(checks: Sequence[Check]) -> Collapse | None:
    """Returns the collapse that the last check makes certain, if none was before.

    Certain is one after some unhealthy checks in a row: a single one proves little.
    """
    start = len(checks)
    while start and not checks[start - 1].healthy:
        start -= 1
    before, ill = checks[:start], checks[start:]

    certain = [n for n in range(1, len(ill) + 1) if cause(ill[:n], bool(before))]
    if certain != [len(ill)]:
        return None
    return Collapse(ill[0].step, cause(ill, bool(before)))


def cause(ill: Sequence[Check], healthy_before: bool) -> str:
    """Says why unhealthy checks in a row are a collapse; "" if they are none."""
    last = ill[-1]
    low = LOW_CHECKS if healthy_before else UNTRAINED_CHECKS
    trained = last.step >= UNTRAINED_STEPS
    many = len(ill) >= low and (trained or healthy_before)
    if many and all(check.low for check in ill[-low:]):
        return (
            f"two samples differ {last.diversity:.1%} as much as two real images, and "
            f"less than {LEAST_DIVERSITY:.0%} in {low} checks in a row"
        )

    stuck = list(itertools.takewhile(lambda check: check.stuck, reversed(ill)))
    enough = trained and len(stuck) >= STUCK_CHECKS
    if enough and stuck[0].step - stuck[-1].step >= (STUCK_CHECKS - 1) * PACE:
        return (
            f"the discriminator tells real from fake images in {last.auc:.1%} of pairs "
            f"and the samples stand still, {len(stuck)} checks in a row"
        )
    return ""


class Watchdog:
    """The checks of one run."""

    def __init__(self, real: np.ndarray | None):
        """`real`: as many real images as there are samples; None: no samples."""
        # Equal real images measure nothing.
        self.real_distance = math.nan if real is None else distance(real) or math.nan
        self.checks: list[Check] = []
        self.samples: np.ndarray | None = None

    def resume(
        self, lines: Iterable[Mapping[str, Any]], samples: np.ndarray | None
    ) -> None:
        """Goes on from the lines of metrics.jsonl and the last check's samples."""
        own = [{k: line[k] for k in Check._fields if k in line} for line in lines]
        self.checks = [Check(**values) for values in own if len(values) > 1]
        self.samples = samples

    def look(
        self,
        to: logs.RunLog,
        step: int,
        samples: np.ndarray | None,
        scores: Mapping[str, np.ndarray],
    ) -> Collapse | None:
        """Logs a check, and the collapse that it makes certain, if any."""
        values = self.check(step, samples, scores)
        if not values:
            return None
        to.scalars(step, values, "watch")
        certain = collapse(self.checks)
        if certain:
            to.mark(step, "collapse", *certain)
        return certain

    def check(
        self,
        step: int,
        samples: np.ndarray | None,
        scores: Mapping[str, np.ndarray],
    ) -> dict[str, float]:
        """Measures the probe's samples and the scores; returns what it could."""
        values = {}
        if samples is not None:
            values["diversity"] = distance(samples) / self.real_distance
            if self.samples is not None and self.checks:
                pace = max(1.0, PACE / (step - self.checks[-1].step))
                own = moved(samples, self.samples) * pace
                values["movement"] = own / self.real_distance
            self.samples = samples
        if {"scores_real", "scores_fake"} <= scores.keys():
            values["auc"] = auc(scores["scores_real"], scores["scores_fake"])
        values = {name: v for name, v in values.items() if math.isfinite(v)}
        if values:
            self.checks.append(Check(step, **values))
        return values

    def last_healthy(self, checkpoints: Iterable[int]) -> list[int]:
        """Returns the newest of some steps until the last healthy check, [] if none."""
        healthy = max((c.step for c in self.checks if c.healthy), default=-1)
        return sorted(step for step in checkpoints if step <= healthy)[-1:]


def distance(images: np.ndarray) -> float:
    """Returns the mean Euclidean distance between two images; NaN for a single one."""
    if len(images) < 2:
        return math.nan
    flat = images.reshape(len(images), -1)
    return float(scipy.spatial.distance.pdist(flat).mean())


def moved(images: np.ndarray, before: np.ndarray) -> float:
    """Returns the mean Euclidean distance between an image and what it was."""
    difference = (images - before).reshape(len(images), -1).astype(np.float64)
    return float(np.linalg.norm(difference, axis=1).mean())


def auc(real: np.ndarray, fake: np.ndarray) -> float:
    """Returns the chance that a score tells a real from a fake image; ties count half.

    The area under the ROC curve of whichever sign is right: energies are low for real
    images.
    """
    area = (np.sign(real[:, None] - fake).mean() + 1) / 2
    return float(max(area, 1 - area))
