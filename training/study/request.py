"""Whether flags ask for a study or for one run, and which make sense for a study."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

from common.errors import UserError
from common.forms import Range

ALL = "all"  # models
Statistics = Literal["moving", "batch", "standing"]  # of batch norm
BOUNDS = {
    "jobs": Range(1, 1000),
    "seeds": Range(1, 1000),
    "gpus_per_job": Range(0.05, 100),
}


def wanted(flags: Mapping[str, Any]) -> bool:
    """Returns whether flags ask for a study: several seeds, models, recipes, values."""
    names = f"{flags.get('model', '')}{flags.get('recipe', '')}"
    several = names == ALL or any(sign in names for sign in ",*?[")
    return several or "seeds" in flags or "vary" in flags


def check(flags: Mapping[str, Any]) -> None:
    """Raises a UserError for what makes no sense for a study."""
    for flag, bounds in BOUNDS.items():
        if not bounds.fits(flags[flag]):
            raise UserError(f"--{flag} {flags[flag]} is wrong: {bounds.words}")

    statistics, known = flags.get("statistics"), get_args(Statistics)
    if statistics not in (None, *known):
        raise UserError(
            f"--statistics {statistics} is not known: take one of {', '.join(known)}"
        )

    multiworker = flags.get("strategy") == "multiworker"
    for flag, wrong, why in (
        ("keep", flags.get("keep"), "which measures every checkpoint"),
        ("eval_seed", "eval_seed" in flags, "whose latents follow from its protocol"),
        ("strategy", multiworker, "whose runs are processes of one machine"),
    ):
        if wrong:
            raise UserError(
                f"--{flag} {flags[flag]} is not for a study, {why}: leave it out"
            )
