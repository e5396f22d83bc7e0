"""The interface by which training measures; train.py passes in what implements it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from datasets.info import Info
from models.base.generative import GenerativeModel


class Evaluator(NamedTuple):
    """Measures a model as it is at this moment, without touching its random numbers.

    `plan` says all that the numbers depend on besides the model.
    """

    plan: dict[str, Any]
    measure: Callable[[GenerativeModel], dict[str, float]]


class Metrics(Protocol):
    """Metrics for a training, as the flags of train.py choose them."""

    def plan(self, info: Info, flags: Mapping[str, Any]) -> dict[str, Any]:
        """Returns what will be measured of any model on a dataset, for a protocol.

        Its `flags` are the flags of train.py that say the same.

        Raises:
            UserError: the dataset does not allow it.
        """

    def evaluator(self, info: Info, flags: Mapping[str, Any]) -> Evaluator:
        """Returns what measures models that are trained on a dataset."""
