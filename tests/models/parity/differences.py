"""Compares numbers with those of a reference file and lists what differs."""

import math

import numpy as np


class Differences:
    """Numbers that differ, and how many were compared."""

    def __init__(self) -> None:
        self.compared = 0
        self.found: list[str] = []

    def check(self, what, ours, theirs, rtol, atol=0.0, may_differ=0):
        """Compares numbers; `may_differ` elements may be off."""
        ours, theirs = np.ravel(ours), np.ravel(theirs)
        self.compared += theirs.size
        if ours.shape != theirs.shape:
            self.found.append(f"{what}: {ours.size} numbers, not {theirs.size}")
            return
        off = ~(np.abs(ours - theirs) <= atol + rtol * np.abs(theirs))
        if off.sum() > may_differ:
            i = int(np.argmax(off))
            self.found.append(f"{what}[{i}]: {ours[i]:.9g}, not {theirs[i]:.9g}")

    def check_array(self, what, ours, summary, rtol):
        """Compares an array with its summary (README.md of the reference, fields)."""
        ours = np.asarray(ours, np.float64)
        if "values" in summary:
            values = np.asarray(summary["values"])
            scale = np.sqrt(np.mean(values**2))
            self.check(what, ours, values, rtol, rtol * scale)
            return
        scale = np.sqrt(np.mean(ours**2))
        if "shape" in summary and math.prod(summary["shape"]) != ours.size:
            self.found.append(f"{what}: shape {ours.shape}, not {summary['shape']}")
        self.check(f"{what}.mean", ours.mean(), summary["mean"], rtol, rtol * scale)
        self.check(f"{what}.std", ours.std(), summary["std"], rtol)
        if "l2" in summary:
            self.check(f"{what}.l2", np.linalg.norm(ours), summary["l2"], rtol)
        key = next(k for k in summary if "first" in k)
        first = np.asarray(summary[key])
        start = ours.ravel()[: first.size]
        self.check(f"{what}.{key}", start, first, rtol, rtol * scale)
