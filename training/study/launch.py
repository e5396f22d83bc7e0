"""Several models, recipes or values under several seeds and one protocol."""

from __future__ import annotations

import dataclasses
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
from models.base import config
from training import devices, gpus, resolving, runs, train_flags
from training.monitoring import metrics_interface
from training.settings import Settings
from training.study import entries, places, processes, protocol, request

CHECKPOINTS, CHECKS, LINES = 10, 40, 200  # of each run, where no flag says otherwise
WATCH = ("log_step", "sample_step", "eval_every", "steps_per_call", "jobs", "threads")
PATHS = ("data_dir", "summary_dir", "inception")
# Flags of the study as a whole; the others are of each of its runs.
OF_THE_STUDY = ("name", "renew", "seeds", "seed", "gpus", "gpus_per_job", *PATHS)

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
    paths = {key: flags[key] for key in PATHS if key in flags}
    own = {key: value for key, value in flags.items() if key not in OF_THE_STUDY}
    own = {"jobs": 1} | own
    of_all = {"seeds": 1, "gpus_per_job": 1.0, **flags}
    request.check({**of_all, **own})

    parent = runs.Run(pathlib.Path(paths["summary_dir"]), name)
    if parent.config_file.exists():
        raise UserError(f"{name!r} is a run, not a study: give another --name")

    chosen = places.shared(own["jobs"], of_all["gpus_per_job"], gpus.visible())
    plans, info = planned(own, pathlib.Path(paths["data_dir"]))
    first = flags.get("seed", 0)
    seeds = range(first, first + of_all["seeds"])
    evaluation = metrics.plan(info, own | paths)
    most = min(own["jobs"], len(plans) * len(seeds))
    chosen = chosen[:most]
    own["jobs"] = len(chosen)
    own.setdefault("threads", places.threads(chosen))
    if "threads" not in flags and not flags["renew"]:
        own["threads"] = protocol.threads(parent.directory, own["threads"])
    agreed = write(name, plans, info, seeds, own, evaluation)
    jobs = {
        member: job(member, plans[member.entry], agreed, paths, parent.directory)
        for member in agreed.members()
    }

    with parent.locked():
        begin(parent, agreed, jobs, flags["renew"])
        places.tell(name, chosen, most, own["threads"])
        return name, processes.run(list(jobs.values()), name, chosen)


@dataclasses.dataclass(frozen=True)
class EntryPlan:
    """How one entry is trained, whatever the seed."""

    settings: Settings  # with all numbers resolved
    content: dict[str, Any]  # its part of the protocol


def planned(flags: Flags, data_dir: pathlib.Path) -> tuple[dict[str, EntryPlan], Info]:
    """Returns a plan for each entry that the flags name, and the dataset of all."""
    options = entries.named(flags)
    data = {k: (o["dataset"], o.get("image_size")) for k, o in options.items()}
    if len(set(data.values())) > 1:
        listed = ", ".join(f"{k}: {d} {s} px" for k, (d, s) in data.items())
        raise UserError(
            f"a study compares on one dataset, and these are on several: {listed}; "
            "name some of them, or give --dataset and --image_size for all"
        )

    settings = {label: train_flags.settings(o) for label, o in options.items()}
    dataset, image_size = next(iter(data.values()))
    info = converter.ensure(dataset, image_size, data_dir)
    if flags.get("model") == request.ALL:
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
            **({"left_out": left_out} if flags.get("model") == request.ALL else {}),
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
    paths: Mapping[str, str],
    directory: pathlib.Path,
) -> processes.Job:
    """Returns a run of the study, with the flags that train it."""
    threads = agreed.content["watch"]["threads"]
    settings = dataclasses.replace(plan.settings, seed=member.seed, threads=threads)
    dataset = agreed.content["dataset"]
    side = dataset["image_shape"][0]

    others = {"dataset": dataset["name"]}
    if side > 1:
        others["image_size"] = side
    if settings.eval_every:
        others |= agreed.evaluation["flags"] | {"eval_seed": agreed.sample_seed}
        if "inception" in paths:
            others["inception"] = paths["inception"]
    others |= {"name": member.name, "summary_dir": str(directory)}
    if paths["data_dir"] != "data":
        others["data_dir"] = paths["data_dir"]

    flags = train_flags.flags(settings, others)
    return processes.Job(runs.Run(directory, member.name), settings.steps or 0, flags)


def begin(
    parent: runs.Run,
    agreed: protocol.Protocol,
    jobs: Mapping[protocol.Member, processes.Job],
    renew: bool,
) -> None:
    """Writes the protocol, and checks that the runs that were begun are as it says."""
    if renew:
        clear(parent)
    agreed.adopt(parent.directory)
    for member, one in jobs.items():
        if one.run.config_file.exists() or one.run.checkpoints():
            agreed.check(member, one.run)


def clear(parent: runs.Run) -> None:
    """Removes all that the study made, unless one of its runs is being trained."""
    for lock in parent.directory.glob("*/.lock"):
        if runs.Run(parent.directory, lock.parent.name).is_locked():
            raise UserError(
                f"run {lock.parent.name!r} of study {parent.name!r} is being trained "
                "by a process that was left behind: wait for it, or stop it"
            )
    parent.clear()
