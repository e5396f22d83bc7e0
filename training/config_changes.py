"""What differs between two configurations of a run, and what may when it goes on."""

from collections.abc import Callable
from typing import Any

# What a run may change when it goes on: how it is watched, and where.
CHANGEABLE = ("watch", "environment")
EVALUATED = "evaluated"  # the plan of its evaluations, if it has any
CHOICE = "gpu_indices"  # of the environment: which GPUs; bits depend on their kind


def differences(
    before: dict[str, Any],
    now: dict[str, Any],
    may_differ: Callable[[str, dict[str, Any], dict[str, Any]], bool],
) -> str:
    """Says what differs and may not; `may_differ` gets a key and both flat."""
    then, here = flat(before), flat(now)
    return "; ".join(
        f"{key} is {then.get(key)!r}, not {here.get(key)!r}"
        for key in sorted(then.keys() | here.keys())
        if then.get(key) != here.get(key) and not may_differ(key, then, here)
    )


def may_change(key: str, before: dict[str, Any], now: dict[str, Any]) -> bool:
    """Returns whether a run goes on although this key differs.

    It may be trained longer or shorter (where its rates depend on its length, that is
    a key of its own), and evaluations be switched on or off.
    """
    group = key.partition(".")[0]
    return group in ("steps", *CHANGEABLE) or (
        group == EVALUATED and not (key in before and key in now)
    )


def same_bits(before: dict[str, Any], now: dict[str, Any]) -> bool:
    """Returns whether two environments agree in all that bits depend on."""
    return {**before, CHOICE: None} == {**now, CHOICE: None}


def flat(config: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Returns nested keys joined by dots."""
    items: dict[str, Any] = {}
    for key, value in config.items():
        if isinstance(value, dict):
            items |= flat(value, f"{prefix}{key}.")
        else:
            items[prefix + key] = value
    return items
