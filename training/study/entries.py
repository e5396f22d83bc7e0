"""What a study compares, by name: models, recipes, or values of an option."""

import fnmatch
from collections.abc import Mapping
from typing import Any

import models
from common.errors import UserError
from training import recipes, train_flags
from training.study import request

Flags = Mapping[str, Any]


def named(flags: Flags) -> dict[str, dict[str, Any]]:
    """Returns the options of each entry by its name: a model, a recipe, or a value.

    `vary`, as `z=normal,uniform`, makes an entry of each value of an option.
    """
    if "vary" not in flags:
        return each(flags)
    option, _, values = flags["vary"].partition("=")
    if not values:
        raise UserError(
            f"--vary {flags['vary']!r} lacks values: write NAME=VALUE,VALUE"
        )

    options = {}
    every = {k: v for k, v in flags.items() if k != "vary"}
    for value in values.split(","):
        own = every | {"set": [*every.get("set", []), f"{option}={value}"]}
        for name, entry in each(own).items():
            options[f"{name}-{option}-{value}"] = entry
    return options


def each(flags: Flags) -> dict[str, dict[str, Any]]:
    """Returns the options of each model or recipe that the flags name, by its name."""
    own = {k: v for k, v in flags.items() if k not in ("model", "recipe")}
    if "recipe" not in flags:
        text = flags.get("model") or ""
        names = list(models.MODELS) if text == request.ALL else text.split(",")
        return {name: train_flags.merged({**own, "model": name}) for name in names}

    options = {}
    for pattern in flags["recipe"].split(","):
        matching = fnmatch.filter(recipes.RECIPES, pattern)
        for name in matching or [recipes.find(pattern).model]:
            options[name] = train_flags.merged({**own, "recipe": name})
    if flags.get("model") not in (None, *(o["model"] for o in options.values())):
        raise UserError("--recipe says which models: leave --model out")
    return options
