"""Several models, or recipes, under several seeds and one protocol."""

from __future__ import annotations

import dataclasses
import fnmatch
import pathlib
import shlex
import sys
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

import models
from common.errors import UserError
from datasets.conversion import converter
from datasets.info import Info
from datasets.pipeline import loader
from training import devices, recipes, runs, train_flags, trainer
from training.monitoring import metrics_interface
from training.settings import Settings
from training.study import processes, protocol

CHECKPOINTS, CHECKS, LINES = 10, 40, 200  # of each run, where no flag says otherwise
ALL = "all"
WATCH = ("log_step", "sample_step", "eval_every", "steps_per_call", "jobs")
PLACES = ("data_dir", "summary_dir", "inception")


def wanted(given: Mapping[str, Any]) -> bool:
    """Whether flags ask for a study: several seeds, models or recipes."""
    named = f"{given.get('model', '')}{given.get('recipe', '')}"
    several = named == ALL or any(sign in named for sign in ",*?[")
    return several or "seeds" in given


def run(
    given: dict[str, Any], measuring: metrics_interface.Measuring
) -> tuple[str, bool]:
    """Trains all that the flags describe; the study's name and whether it is finished.

    Raises:
        UserError: what the user can mend; nothing was trained or removed then.
    """
    tf.config.set_visible_devices([], "GPU")  # these are for the runs' processes
    name = given.pop("name", None)
    if name is None:
        raise UserError("a study of several runs needs a --name")
    places = {key: given.pop(key) for key in PLACES if key in given}
    at_once, renew = given.setdefault("jobs", 1), given.pop("renew")
    check(given)
    seeds, first = given.pop("seeds", 1), given.pop("seed", 0)
    parent = runs.Run(pathlib.Path(places["summary_dir"]), name)
    if parent.config_file.exists():
        raise UserError(f"{name!r} is a run, not a study: give another --name")
    plans, info = planned(given, pathlib.Path(places["data_dir"]))
    evaluation = measuring.plan(info, given | places)
    numbers = range(first, first + seeds)
    written = write(name, plans, info, numbers, given, evaluation)
    found = {
        member: job(member, plans[member.entry], written, places, parent.directory)
        for member in written.members()
    }
    with parent.locked():
        if renew:
            clear(parent)
        written.adopt(parent.directory)
        for member, one in found.items():
            if one.run.config_file.exists() or one.run.checkpoints():
                written.check(member, one.run)
        return name, processes.run(list(found.values()), name, at_once)


def check(given: Mapping[str, Any]) -> None:
    """Refuses what makes no sense for a study."""
    for flag in ("jobs", "seeds"):
        if given.get(flag, 1) < 1:
            raise UserError(f"--{flag} {given[flag]} is too small: at least 1")
    several = given.get("strategy") == "multiworker"
    for flag, wrong, why in (
        ("keep", given.get("keep"), "which measures every checkpoint"),
        ("eval_seed", "eval_seed" in given, "whose latents follow from its protocol"),
        ("strategy", several, "whose runs are processes of one machine"),
    ):
        if wrong:
            raise UserError(
                f"--{flag} {given[flag]} is not for a study, {why}: leave it out"
            )


@dataclasses.dataclass(frozen=True)
class Plan:
    """How one entry is trained, whatever the seed."""

    settings: Settings  # with all numbers resolved
    content: dict[str, Any]  # its part of the protocol


def planned(
    given: Mapping[str, Any], data_dir: pathlib.Path
) -> tuple[dict[str, Plan], Info]:
    """A plan for each entry that the flags name, and the dataset that all share."""
    named = entries(given)
    places = {label: (o["dataset"], o.get("image_size")) for label, o in named.items()}
    if len(set(places.values())) > 1:
        listed = ", ".join(f"{k}: {d} {s} px" for k, (d, s) in places.items())
        raise UserError(
            f"a study compares on one dataset, and these are on several: {listed}; "
            "name some of them, or give --dataset and --image_size for all"
        )
    dataset, image_size = next(iter(places.values()))
    checked = {label: train_flags.settings(o) for label, o in named.items()}
    info = converter.ensure(dataset, image_size, data_dir)
    if given.get("model") == ALL:
        checked = {k: s for k, s in checked.items() if fits(s.model, info)}
    return {k: plan(k, s, info, named[k]) for k, s in checked.items()}, info


def entries(given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The options of each model or recipe that the flags name, by its name."""
    own = {k: v for k, v in given.items() if k not in ("model", "recipe")}
    if "recipe" in given:
        found = {}
        for pattern in given["recipe"].split(","):
            matching = fnmatch.filter(recipes.RECIPES, pattern)
            for name in matching or [recipes.find(pattern).model]:
                found[name] = train_flags.merged({**own, "recipe": name})
        kinds = {o["model"] for o in found.values()}
        if given.get("model") not in (None, *kinds):
            raise UserError("--recipe says which models: leave --model out")
        return found
    text = given.get("model") or ""
    names = list(models.MODELS) if text == ALL else text.split(",")
    return {name: train_flags.merged({**own, "model": name}) for name in names}


def fits(model: str, info: Info) -> bool:
    """Whether a dataset has what a model reads."""
    try:
        loader.check_reads(info, models.model_class(model).reads)
    except UserError:
        return False
    return True


def plan(label: str, settings: Settings, info: Info, given: Mapping[str, Any]) -> Plan:
    """Builds an entry's model once, which checks it, and counts what it takes."""
    devices.configure(settings.precision, deterministic=False)
    try:
        model = trainer.create(settings, info)
        settings.check_batch(model.least_batch)
    except UserError as error:
        raise UserError(f"{label}: {error}") from error
    batches = loader.batches_per_epoch(info, settings.batch_size, model.reads)
    steps = settings.total_steps(batches, model.batches_before)
    usual = {
        "ckpt_step": -(-steps // CHECKPOINTS),
        "sample_step": -(-steps // CHECKS),
        "log_step": -(-steps // LINES),
    }
    intervals = {key: given.get(key, value) for key, value in usual.items()}
    settings = dataclasses.replace(settings, steps=steps, **intervals)
    every = settings.ckpt_step
    return Plan(
        settings,
        {
            "model": settings.model,
            **({"recipe": label} if label != settings.model else {}),
            "overrides": settings.overrides,
            "config": dataclasses.asdict(model.config),
            "batch_size": settings.batch_size,
            "steps": steps,
            "images": model.batches_before(steps) * settings.batch_size,
            "parameters": model.parameters,
            "evaluated": sorted({*range(every, steps, every), steps}),
        },
    )


def write(
    name: str,
    plans: Mapping[str, Plan],
    info: Info,
    seeds: range,
    given: Mapping[str, Any],
    evaluation: dict[str, Any],
) -> protocol.Protocol:
    """The protocol of a study, not saved yet."""
    some = next(iter(plans.values())).settings
    left_out = [m for m in models.MODELS if m not in plans]
    return protocol.Protocol(
        {
            "study": name,
            "dataset": {
                "name": info.dataset,
                "image_shape": list(info.shape),
                "count": info.count,
                "fingerprint": info.fingerprint,
            },
            "seeds": list(seeds),
            "entries": {label: plan.content for label, plan in plans.items()},
            **({"left_out": left_out} if given.get("model") == ALL else {}),
            "training": {
                key: getattr(some, key) for key in ("precision", "xla", "deterministic")
            },
            "evaluation": evaluation,
            "watch": {key: given[key] for key in WATCH if key in given},
            "command": shlex.join(["python", processes.SCRIPT.name, *sys.argv[1:]]),
        }
    )


def job(
    member: protocol.Member,
    plan: Plan,
    written: protocol.Protocol,
    places: Mapping[str, str],
    directory: pathlib.Path,
) -> processes.Job:
    """A run of the study, and the flags that train it."""
    settings = dataclasses.replace(plan.settings, seed=member.seed)
    where = {"name": member.name, "summary_dir": str(directory)}
    if places["data_dir"] != "data":
        where["data_dir"] = places["data_dir"]
    side = written.content["dataset"]["image_shape"][0]
    what = {"dataset": written.content["dataset"]["name"]}
    if side > 1:
        what["image_size"] = side
    if settings.eval_every:
        what |= written.evaluation["flags"] | {"eval_seed": written.sample_seed}
        if "inception" in places:
            what["inception"] = places["inception"]
    flags = train_flags.flags(settings, what | where)
    return processes.Job(runs.Run(directory, member.name), settings.steps or 0, flags)


def clear(parent: runs.Run) -> None:
    """Removes all that the study made, unless one of its runs is being trained."""
    for lock in parent.directory.glob("*/.lock"):
        if runs.Run(parent.directory, lock.parent.name).is_locked():
            raise UserError(
                f"run {lock.parent.name!r} of study {parent.name!r} is being trained "
                "by a process that was left behind: wait for it, or stop it"
            )
    parent.clear()
