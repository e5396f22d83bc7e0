"""Flags, names and sizes that no sensible user gives."""

from __future__ import annotations

import dataclasses
import random
import re
import signal
import string
import subprocess
import sys
import time
from collections.abc import Callable

import commands
import fixtures
from fixtures import Workshop
from launching import ROOT
from trials import Broken, Case, Place, check_answered

import models

CAMPAIGN = "fuzz"
PATIENCE = 30  # seconds of computation, after which a command is told to stop
MOST_PROCESSES = 30
SCRIPTS = ("download.py", "convert.py", "train.py", "eval.py")
NUMBERS = (
    "0", "-1", "1", "2", "1e9", "1000000000", "10" * 20, "-1000000000", "nan", "inf",
    "-inf", "1e-30", "1e308", "0.5", "2147483648", "9223372036854775808", "1_000",
    "0x10", "١٢",
)  # fmt: skip
TEXTS = (
    "", " ", "..", ".", "../outside/x", "/proc/self/x", "/dev/null", "/dev/full/x",
    "a/b", "ünï\u202ecode", "x" * 5000, "-", "--", "None", "null", "%s%n", "$(id)",
    "a,b", ",", "*",
    "a\nb", "\t", "true", "run", "run,run", "{}", "gan", "digits", "'", "\\",
)  # fmt: skip
FOLDERS = ("source", "input", "output", "export")
WORDS = ("+", "-", "not", "upright", "thick", "3", "man", "  ", "(", "--")


def flags_of(script: str) -> list[str]:
    """Returns the names of a script's flags, as --help lists them."""
    told = subprocess.run(
        [sys.executable, ROOT / script, "--help"],
        capture_output=True,
        text=True,
    )
    return re.findall(r"^  --(?:\[no\])?(\w+):", told.stdout, re.MULTILINE)


def value(rng: random.Random) -> str:
    """Returns something that a flag may be given."""
    if rng.random() < 0.1:
        return "".join(rng.choices(string.printable, k=rng.randrange(1, 20)))
    return rng.choice(rng.choice([NUMBERS, TEXTS]))


def flag_with_value(flag: str, rng: random.Random) -> str:
    """Returns a flag with something that it may be given.

    A folder's flag may lead out of the place, if the user so wishes: it is not tried.
    """
    text = value(rng)
    folder = flag.endswith("_dir") or flag in FOLDERS
    return f"--{flag}={text.replace('..', 'x') if folder else text}"


def settle(place: Place, script: str, *flags: str) -> None:
    """Runs a command: exit 0 or 2, or else it computes on until it is told to stop.

    Only a training may compute on. No command starts more processes than a machine has.
    """
    process = place.start(script, *flags)
    while not process.ended() and process.seconds() < commands.TIMEOUT:
        if process.cpu() > PATIENCE:
            process.send(signal.SIGTERM)
            break
        if len(commands.those_in(place.root)) > MOST_PROCESSES:
            process.send(signal.SIGKILL)
            place.end_strays()
            place.wait(process)
            raise Broken(f"starts more than {MOST_PROCESSES} processes")
        time.sleep(0.1)
    check_answered(place.wait(process))


BASE = {
    "download.py": ["mnist", "--source=source"],
    "convert.py": ["digits", "--image_size=28"],
    "train.py": [*fixtures.train("gan", 4, "new"), "--ckpt_step=2"],
    "eval.py": ["--name=run", *fixtures.MEASURE],
}


def strange_flag(workshop: Workshop, script: str, flag: str) -> Callable:
    """Returns a trial: one or two flags have values that they were not made for."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        place.take(workshop.get("measured gan"), "data", "summary")
        place.take(workshop.get("source idx"))
        strange = [flag_with_value(flag, rng)]
        if rng.random() < 0.3:
            strange.append(flag_with_value(rng.choice(flags_of(script)), rng))
        settle(place, script, *BASE[script], *strange)

    return trial


def strange_option(workshop: Workshop, model: str) -> Callable:
    """Returns a trial: options have values that they were not made for."""
    names = [field.name for field in dataclasses.fields(models.MODELS[model].Config)]

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        place.take(fixtures.data_of(workshop, model), "data")
        chosen = rng.sample(names, rng.choice([1, 1, 2]))
        options = [f"--set={name}={value(rng)}" for name in chosen]
        settle(place, "train.py", *fixtures.train(model, 2), *options)

    return trial


def sensible(option: str, rng: random.Random) -> object:
    """Returns what an option may be; a net wider than 1/4 is sound, but slow."""
    if option.endswith("_width"):
        return rng.choice([0, 1 / 32, 0.1, 1 / 4, "true", 1e-3])
    return rng.choice([0, 1, 2, 3, 0.1, 0.5, 0.9, 5, "true", "false", 1e-3])


def random_options(workshop: Workshop, model: str) -> Callable:
    """Returns a trial: five options have values that may be sensible."""
    fields = dataclasses.fields(models.MODELS[model].Config)

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        place.take(fixtures.data_of(workshop, model), "data")
        options = []
        for field in rng.sample(fields, 5):
            options.append(f"--set={field.name}={sensible(field.name, rng)}")
        settle(place, "train.py", *fixtures.train(model, 2), *options)

    return trial


HUGE = {
    "z_dim": ("train.py", "--set=z_dim={}"),
    "g_width": ("train.py", "--set=g_width={}"),
    "d_width": ("train.py", "--set=d_width={}"),
    "n_critic": ("train.py", "--set=n_critic={}"),
    "kernel": ("train.py", "--set=critic_burst={}"),
    "batch_size": ("train.py", "--batch_size={}"),
    "seeds": ("train.py", "--name=many", "--seeds={}"),
    "jobs": ("train.py", "--name=many", "--seeds=1", "--jobs={}"),
    "gpus_per_job": ("train.py", "--name=many", "--seeds=1", "--gpus_per_job={}"),
    "gpus": ("train.py", "--gpus={}"),
    "threads": ("train.py", "--threads={}"),
    "seed": ("train.py", "--seed={}"),
    "eval_samples of training": ("train.py", "--eval_every=2", "--eval_samples={}"),
    "image_size": ("train.py", "--image_size={}"),
    "steps_per_call": ("train.py", "--steps_per_call={}"),
    "workers": ("convert.py", "--renew", "--workers={}"),
    "image_size of convert": ("convert.py", "--renew", "--image_size={}"),
    "crop": ("convert.py", "--renew", "--crop={}"),
    "eval_samples": ("eval.py", "--eval_samples={}"),
    "sample_size": ("eval.py", "--sample_size={}"),
    "frames": ("eval.py", "--frames={}"),
    "step": ("eval.py", "--step={}"),
}


def huge_size(workshop: Workshop, script: str, flags: tuple[str, ...]) -> Callable:
    """Returns a trial: a size that no machine has."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        place.take(workshop.get("measured gan"), "data", "summary")
        size = rng.choice([10**5, 10**6, 10**9, 10**9, 2**31, 2**63, 10**30])
        settle(place, script, *BASE[script], *(flag.format(size) for flag in flags))

    return trial


def expression(workshop: Workshop) -> Callable:
    """Returns a trial: a sum of latents that may not be one."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        place.take(workshop.get("measured gan"), "data", "summary")
        words = rng.choices(WORDS, k=rng.choice([1, 2, 3, 5, 9, 200]))
        settle(place, "eval.py", "--name=run", f"--arithmetic={' '.join(words)}")

    return trial


def foreign_run(workshop: Workshop, script: str) -> Callable:
    """Returns a trial: a run of somebody else's, whose name leads out of its folder."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        place.take(workshop.get("measured gan"), "data", "summary")
        file = place.summary / "run/config.json"
        name = rng.choice(
            ["../outside/digits", "/tmp/campaign-outside/digits", "a/../../x"]
        )
        text = file.read_text().replace('"digits"', f'"{name}"')
        file.write_text(text)
        settle(place, script, *BASE[script])

    return trial


def foreign_folder(workshop: Workshop) -> Callable:
    """Returns a trial: a run in a folder whose name is no run's."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        place.take(workshop.get("measured gan"), "data", "summary")
        name = rng.choice(["a b", "ü", "-x", "x" * 200, "a\nb", "<b>x<b>", ".hidden"])
        (place.summary / "run").rename(place.summary / name)
        flags = rng.choice([(), (f"--name={name}",)])
        settle(place, "eval.py", *flags, *fixtures.MEASURE)

    return trial


def cases(workshop: Workshop) -> list[Case]:
    """Returns every flag of every script, every model's options, and every size."""

    def case(kind: str, name: str, trial: Callable) -> Case:
        return Case(CAMPAIGN, kind, f"fuzz: {name}", trial)

    return [
        *(
            case("flags", f"{script} --{flag}", strange_flag(workshop, script, flag))
            for script in SCRIPTS
            for flag in flags_of(script)
        ),
        *(
            case("options", f"{what} {model}", make(workshop, model))
            for model in fixtures.MODELS
            for what, make in (("--set", strange_option), ("options", random_options))
        ),
        *(
            case("sizes", f"huge {name}", huge_size(workshop, script, tuple(flags)))
            for name, (script, *flags) in HUGE.items()
        ),
        case("names", "sum of latents", expression(workshop)),
        case("names", "foreign folder", foreign_folder(workshop)),
        *(
            case("names", f"foreign run, {script}", foreign_run(workshop, script))
            for script in ("train.py", "eval.py")
        ),
    ]
