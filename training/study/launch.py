"""Several models, recipes or values under several seeds and one protocol."""

from __future__ import annotations

import dataclasses
import pathlib
import shlex
import sys
from collections.abc import Mapping
from typing import Any, get_args

import tensorflow as tf

import models
from common.errors import UserError
from common.forms import Range
from datasets.conversion import converter
from datasets.info import Info
from datasets.pipeline import loader
from models.base import config
from training import devices, resolving, runs, train_flags
from training.monitoring import metrics_interface
from training.settings import Settings
from training.study import entries, processes, protocol

CHECKPOINTS, CHECKS, LINES = 10, 40, 200  # of each run, where no flag says otherwise
BOUNDS = {"jobs": Range(1, 1000), "seeds": Range(1, 1000)}
WATCH = ("log_step", "sample_step", "eval_every", "steps_per_call", "jobs")
PLACES = ("data_dir", "summary_dir", "inception")
# Flags of the study as a whole; the others are of each of its runs.
OF_THE_STUDY = ("name", "renew", "seeds", "seed", *PLACES)

Flags = Mapping[str, Any]


def run(flags: Flags, metrics: metrics_interface.Metrics) -> tuple[str, bool]:
    """Trains all that the flags describe.

    Returns:
        The study's name, and whether it is finished.

    Raises:
        UserError: what the user can mend; nothing was trained or removed then.
    """
    tf.config.set_visible_devices([], "GPU")  # these are for the runs' processes
    if "name" not in flags:
        raise UserError("a study of several runs needs a --name")
    name = flags["name"]
    places = {key: flags[key] for key in PLACES if key in flags}
    own = {key: value for key, value in flags.items() if key not in OF_THE_STUDY}
    own = {"jobs": 1} | own
    check(own | {"seeds": flags.get("seeds", 1)})

    parent = runs.Run(pathlib.Path(places["summary_dir"]), name)
    if parent.config_file.exists():
        raise UserError(f"{name!r} is a run, not a study: give another --name")

    plans, info = planned(own, pathlib.Path(places["data_dir"]))
    first = flags.get("seed", 0)
    seeds = range(first, first + flags.get("seeds", 1))
    evaluation = metrics.plan(info, own | places)
    agreed = write(name, plans, info, seeds, own, evaluation)
    jobs = {
        member: job(member, plans[member.entry], agreed, places, parent.directory)
        for member in agreed.members()
    }

    with parent.locked():
        if flags["renew"]:
            clear(parent)
        agreed.adopt(parent.directory)
        for member, one in jobs.items():
            if one.run.config_file.exists() or one.run.checkpoints():
                agreed.check(member, one.run)
        return name, processes.run(list(jobs.values()), name, own["jobs"])


def check(flags: Flags) -> None:
    """Raises a UserError for what makes no sense for a study."""
    for flag, bounds in BOUNDS.items():
        if not bounds.fits(flags[flag]):
            raise UserError(f"--{flag} {flags[flag]} is wrong: {bounds.words}")

    statistics, known = flags.get("statistics"), get_args(protocol.Statistics)
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


@dataclasses.dataclass(frozen=True)
class EntryPlan:
    """How one entry is trained, whatever the seed."""

    settings: Settings  # with all numbers resolved
    content: dict[str, Any]  # its part of the protocol


def planned(flags: Flags, data_dir: pathlib.Path) -> tuple[dict[str, EntryPlan], Info]:
    """Returns a plan for each entry that the flags name, and the dataset of all."""
    options = entries.named(flags)
    places = {k: (o["dataset"], o.get("image_size")) for k, o in options.items()}
    if len(set(places.values())) > 1:
        listed = ", ".join(f"{k}: {d} {s} px" for k, (d, s) in places.items())
        raise UserError(
            f"a study compares on one dataset, and these are on several: {listed}; "
            "name some of them, or give --dataset and --image_size for all"
        )

    settings = {label: train_flags.settings(o) for label, o in options.items()}
    dataset, image_size = next(iter(places.values()))
    info = converter.ensure(dataset, image_size, data_dir)
    if flags.get("model") == entries.ALL:
        settings = {k: s for k, s in settings.items() if fits(s.model, info)}
    return {k: plan(k, s, info, options[k]) for k, s in settings.items()}, info


def fits(model: str, info: Info) -> bool:
    """Returns whether a dataset has what a model reads."""
    try:
        loader.check_reads(info, models.model_class(model).reads)
    except UserError:
        return False
    return True


def plan(label: str, settings: Settings, info: Info, options: Flags) -> EntryPlan:
    """Builds an entry's model once, which checks it, and counts what it takes."""
    devices.configure(settings.precision, deterministic=False)
    try:
        model = resolving.create_model(settings, info)
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
    settings = dataclasses.replace(settings, steps=steps)
    settings = settings.with_intervals(steps, usual)

    every = settings.ckpt_step
    content = {
        "model": settings.model,
        **({"recipe": options["name"]} if options["name"] != settings.model else {}),
        "overrides": settings.overrides,
        "config": config.saved(model.config),
        "batch_size": settings.batch_size,
        "steps": steps,
        "images": model.batches_before(steps) * settings.batch_size,
        "parameters": model.parameters,
        "evaluated": sorted({*range(every, steps, every), steps}),
    }
    return EntryPlan(settings, content)


def write(
    name: str,
    plans: Mapping[str, EntryPlan],
    info: Info,
    seeds: range,
    flags: Flags,
    evaluation: dict[str, Any],
) -> protocol.Protocol:
    """Returns the protocol of a study, not saved yet."""
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
            **({"left_out": left_out} if flags.get("model") == entries.ALL else {}),
            "training": {
                key: getattr(some, key) for key in ("precision", "xla", "deterministic")
            },
            "evaluation": evaluation,
            "watch": {key: flags[key] for key in WATCH if key in flags},
            "command": shlex.join(["python", processes.SCRIPT.name, *sys.argv[1:]]),
        }
    )


def job(
    member: protocol.Member,
    plan: EntryPlan,
    agreed: protocol.Protocol,
    places: Mapping[str, str],
    directory: pathlib.Path,
) -> processes.Job:
    """Returns a run of the study, with the flags that train it."""
    settings = dataclasses.replace(plan.settings, seed=member.seed)
    dataset = agreed.content["dataset"]
    side = dataset["image_shape"][0]

    others = {"dataset": dataset["name"]}
    if side > 1:
        others["image_size"] = side
    if settings.eval_every:
        others |= agreed.evaluation["flags"] | {"eval_seed": agreed.sample_seed}
        if "inception" in places:
            others["inception"] = places["inception"]
    others |= {"name": member.name, "summary_dir": str(directory)}
    if places["data_dir"] != "data":
        others["data_dir"] = places["data_dir"]

    flags = train_flags.flags(settings, others)
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
