"""What train.py does with its flags."""

import pathlib
import shlex
import sys
from typing import Any

import models
import recipes
from datasets import conversion
from errors import UserError
from models import config
from training import runs, train
from training.settings import Settings


def run(arguments: list[str], given: dict[str, Any]) -> None:
    """Trains the run that the given flags describe, and says what to type next.

    A flag that is not given has the value of `--recipe`, or else its default.
    """
    if arguments:
        raise UserError(f"{arguments[0]!r} is not a flag; --help lists them")
    named = recipe(given.pop("recipe", None))
    if named.get("model", given.get("model")) != given.get("model", named.get("model")):
        raise UserError(
            f"recipe {named['name']!r} is of {named['model']}, not of "
            f"{given['model']}: leave --model out"
        )
    if "num_epochs" in given:
        named.pop("steps", None)
    options = {"dataset": "celeba", **named, **given}
    options.setdefault("name", options.get("model"))
    data_dir, summary_dir = (
        pathlib.Path(options.pop(key)) for key in ("data_dir", "summary_dir")
    )
    renew, name = options.pop("renew"), options.pop("name")
    dataset, image_size = options.pop("dataset"), options.pop("image_size", None)
    overrides = options.pop("overrides", {}) | hyper_parameters(options, image_size)
    settings = Settings(overrides=overrides, **options)
    opened = runs.Run(summary_dir, name)
    info = conversion.ensure(dataset, image_size, data_dir)
    finished = train.train(settings, info, opened, renew)
    where = elsewhere(summary_dir=summary_dir, data_dir=data_dir)
    if finished:
        print(f"next: python eval.py --name {name}{where}")
    else:
        print(f"stopped; this goes on with it: {shlex.join(['python', *sys.argv])}")
    print(f"      tensorboard --logdir={opened.directory}")


def elsewhere(**directories: pathlib.Path) -> str:
    """Flags for the directories that are not the default ones."""
    given = {flag: str(path) for flag, path in directories.items()}
    own = {flag: path for flag, path in given.items() if f"{path}_dir" != flag}
    return "".join(f" --{flag} {shlex.quote(path)}" for flag, path in own.items())


def recipe(name: str | None) -> dict[str, Any]:
    """The options that a recipe stands for."""
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


def hyper_parameters(options: dict[str, Any], image_size: int | None) -> dict[str, Any]:
    """What --set says, for the model of the options; checks both before any work."""
    texts = options.pop("set", [])
    if "model" not in options:
        raise UserError(f"--model is missing; known: {', '.join(models.MODELS)}")
    model = options["model"]
    try:
        overrides = config.parse(models.model_class(model).Config, texts)
        if image_size is not None:
            models.check_size(model, image_size, image_size)
        return overrides
    except ValueError as error:
        raise UserError(str(error)) from error
