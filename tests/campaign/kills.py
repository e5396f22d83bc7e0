"""Commands that are killed or told to stop; the same command again makes it good."""

from __future__ import annotations

import random
import shlex
import signal
import time
from collections.abc import Callable, Sequence

import checks
import fixtures
import raw_sources
import verdicts
from fixtures import Workshop
from trials import Broken, Case, Place

CAMPAIGN = "kill"
GRACE = 60  # seconds in which a command that was told to stop has to end
# Seconds of computation in which a fresh command starts; Python itself takes 0.1.
IMPORTS = {"train.py": 5.0, "eval.py": 5.0, "convert.py": 0.5}


def kill_somewhere(
    place: Place, seconds: float, rng: random.Random, *command: str
) -> None:
    """Starts a command and kills it at any moment, perhaps after it has ended."""
    process = place.start(*command)
    time.sleep(rng.uniform(0, seconds))
    process.send(signal.SIGKILL)
    place.results.append(process.wait())
    place.processes.remove(process)


def killed_training(workshop: Workshop, model: str) -> Callable:
    """Returns a trial: training killed once or twice ends bit-equal."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        place.take(fixtures.data_of(workshop, model), "data")
        seconds = workshop.seconds(f"run {model}")
        command = ("train.py", *fixtures.train(model))
        for _ in range(rng.choice([1, 1, 2])):
            kill_somewhere(place, seconds, rng, *command)
        place.succeed(*command, fresh=rng.random() < 0.1)
        checks.same_run(f"run {model}")(place, workshop)
        verdicts.check_no_leftovers(place.summary)

    return trial


def killed_study(workshop: Workshop) -> Callable:
    """Returns a trial: a study killed, with or without its runs, ends bit-equal."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        place.take(workshop.get("digits"), "data")
        command = ("train.py", *fixtures.STUDY)
        kill_somewhere(place, workshop.seconds("study"), rng, *command)
        if rng.random() < 0.5:
            place.end_strays()
        place.succeed(*command)
        checks.same_study(place, workshop)

    return trial


def killed_download(workshop: Workshop, form: str) -> Callable:
    """Returns a trial: a download from --source and a conversion, both killed."""
    described = raw_sources.FORMS[form]

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        made = workshop.get(f"converted {form}")
        place.take(made, "source")
        commands = {
            "downloaded": (
                "download.py",
                *described.download,
                f"--source={described.source}",
            ),
            "converted": ("convert.py", described.name),
        }
        for what, command in commands.items():
            seconds = workshop.seconds(f"{what} {form}")
            kill_somewhere(place, seconds, rng, *command)
            place.succeed(*command)
        checks.same_data(f"converted {form}")(place, workshop)
        verdicts.check_no_leftovers(place.root / "data")

    return trial


EVALUATIONS: dict[str, tuple[str, ...]] = {
    "eval": fixtures.MEASURE,
    "eval --export": ("--export=out",),
    "eval --neighbours": ("--neighbours", "--sample_size=2"),
    "eval --arithmetic": ("--arithmetic=upright - upright + thick",),
}


def killed_evaluation(workshop: Workshop, flags: Sequence[str]) -> Callable:
    """Returns a trial: eval.py killed; again it writes the same, and nothing stays."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        made = f"evaluated {shlex.join(flags)}"
        place.take(workshop.get("run gan"))
        command = ("eval.py", "--name=run", *flags)
        kill_somewhere(place, workshop.seconds(made), rng, *command)
        place.succeed(*command)
        ours, theirs = (
            {*verdicts.visible(p)} for p in (place.root, workshop.get(made))
        )
        if theirs - ours:
            raise Broken(f"missing after a second call: {sorted(theirs - ours)[:3]}")
        if flags == fixtures.MEASURE:
            checks.same_numbers(made)(place, workshop)
        verdicts.check_no_leftovers(place.root)

    return trial


def told_to_stop(
    workshop: Workshop, number: signal.Signals, model: str | None
) -> Callable:
    """Returns a trial: a signal in training saves, exit 0; the command goes on."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        chosen = model or rng.choice(fixtures.LATENT)
        place.take(fixtures.data_of(workshop, chosen), "data")
        command = ("train.py", *fixtures.train(chosen))
        process = place.start(*command)
        log = place.summary / "run/metrics.jsonl"
        while not log.exists() and not process.ended():
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 0.3))
        process.send(number)
        result = place.wait(process, GRACE)
        if result.code:
            raise Broken(f"exit {result.code} after {number.name} in training")
        if "goes on with it: python" not in result.out and "next: " not in result.out:
            raise Broken("does not say what goes on with it")
        place.succeed(*command)
        checks.same_run(f"run {chosen}")(place, workshop)

    return trial


def stopped_early(workshop: Workshop, number: signal.Signals, script: str) -> Callable:
    """Returns a trial: a signal while Python imports; the command that starts again."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        place.take(workshop.get("run gan"))
        commands = {
            "train.py": ("train.py", *fixtures.train("dcgan", name="new")),
            "eval.py": ("eval.py", "--name=run", *fixtures.MEASURE),
            "convert.py": ("convert.py", "digits", "--renew", "--image_size=28"),
        }
        process = place.start(*commands[script], fresh=True)
        moment = rng.uniform(0.3, IMPORTS[script])
        while process.cpu() < moment:
            time.sleep(0.01)
        process.send(number)
        result = place.wait(process, GRACE)
        ended = "next: " in result.out  # the signal came too late
        if result.code and not ended and f"{script} " not in result.out + result.err:
            raise Broken("does not say which command starts again")
        if result.code not in (0, 130, 128 + number, -number):
            raise Broken(f"exit {result.code} after {number.name}")

    return trial


def cases(workshop: Workshop) -> list[Case]:
    """Returns all commands, and all models, that are killed and stopped."""

    def case(kind: str, name: str, trial: Callable) -> Case:
        return Case(CAMPAIGN, kind, f"kill: {name}", trial)

    return [
        *(
            case("train.py", f"train {model}", killed_training(workshop, model))
            for model in fixtures.MODELS
        ),
        case("study", "study", killed_study(workshop)),
        *(
            case("raw files", f"data {form}", killed_download(workshop, form))
            for form in raw_sources.FORMS
        ),
        *(
            case("eval.py", name, killed_evaluation(workshop, flags))
            for name, flags in EVALUATIONS.items()
        ),
        *(
            case("signals", f"{number.name} in training {model or ''}".strip(),
                 told_to_stop(workshop, number, model))
            for number in (signal.SIGTERM, signal.SIGINT)
            for model in (None, "pix2pix")
        ),
        *(
            case("signals", f"{number.name} in start-up of {script}",
                 stopped_early(workshop, number, script))
            for number in (signal.SIGTERM, signal.SIGINT)
            for script in ("train.py", "eval.py", "convert.py")
        ),
    ]  # fmt: skip
