"""Converts train.py's flags to Settings, and Settings back to flags."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import models
from common.errors import UserError
from models.base import config
from training import recipes
from training.settings import Settings

# Options that are not of the training itself: what is learnt, where, and what is
# measured on the way.
NOT_SETTINGS = (
    "name", "dataset", "image_size", "data_dir", "summary_dir", "renew", "jobs",
    "seeds", "vary", "extractor", "eval_samples", "eval_seed", "inception",
    "statistics", "list_recipes", "list_options",
)  # fmt: skip


def merged(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Returns flags over what `--recipe` stands for, over the defaults."""
    own = {key: value for key, value in flags.items() if key != "recipe"}
    published = recipe(flags.get("recipe"))
    if {"model"} <= published.keys() & own.keys() and own["model"] != published[
        "model"
    ]:
        raise UserError(
            f"recipe {published['name']!r} is of {published['model']}, not of "
            f"{own['model']}: leave --model out"
        )

    if "num_epochs" in own:
        published.pop("steps", None)
    options = {"dataset": "celeba", **published, **own}
    options.setdefault("name", options.get("model"))
    return options


def recipe(name: str | None) -> dict[str, Any]:
    """Returns the options that a recipe stands for."""
    if name is None:
        return {}
    row = recipes.find(name)
    length = {"steps": row.steps} if row.steps else {"num_epochs": row.num_epochs}
    return {
        "name": name,
        "model": row.model,
        "dataset": row.dataset,
        "image_size": row.image_size,
        "overrides": row.overrides,
        "batch_size": row.batch_size,
        **length,
    }


def settings(options: Mapping[str, Any]) -> Settings:
    """Returns the checked settings of merged options; a UserError before any work."""
    elsewhere = (*NOT_SETTINGS, "set", "overrides")
    own = {k: v for k, v in options.items() if k not in elsewhere}
    overrides = options.get("overrides", {}) | hyper_parameters(options)
    return Settings(**own, overrides=overrides)


def hyper_parameters(options: Mapping[str, Any]) -> dict[str, Any]:
    """Reads what --set says, for the model of the options."""
    if not options.get("model"):
        raise UserError(f"--model is missing; known: {', '.join(models.MODELS)}")
    model = options["model"]
    image_size = options.get("image_size")
    try:
        cls = models.model_class(model).Config
        overrides = config.parse(cls, options.get("set", []))
        if image_size is not None:
            models.check_size(model, image_size, image_size)
        return overrides
    except ValueError as error:
        raise UserError(str(error)) from error


def flags(settings: Settings, others: Mapping[str, Any]) -> list[str]:
    """Returns the flags of train.py that say these settings and other options."""
    usual = {f.name: f.default for f in dataclasses.fields(Settings)}
    changed = {
        key: value
        for key, value in vars(settings).items()
        if key != "overrides" and value != usual[key]
    }
    texts = [flag(key, value) for key, value in {**changed, **others}.items()]
    for name, value in settings.overrides.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        texts.append(f"--set={name}={text}")
    return texts


def flag(name: str, value: Any) -> str:
    """Returns a flag and its value as one argument."""
    if isinstance(value, bool):
        return f"--{'' if value else 'no'}{name}"
    return f"--{name}={value}"


def elsewhere(**directories: Any) -> list[str]:
    """Returns flags for the directories that are not the default ones."""
    places = directories.items()
    return [flag(name, path) for name, path in places if f"{path}_dir" != name]
