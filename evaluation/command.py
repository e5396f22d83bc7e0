"""What eval.py does with its flags."""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from errors import UserError
from evaluation import exhibits, factors, folders, modes, questions, render
from training import runs


def run(
    arguments: list[str],
    name: str,
    summary_dir: Path,
    assets_dir: Path,
    options: render.Options,
    asked: questions.Questions | None = None,
) -> None:
    """Draws the named runs (`a` or `a,b`; none: the newest) and says where.

    Of a run that is asked something it draws the answer alone.
    """
    if arguments:
        raise UserError(f"{arguments[0]!r} is not a flag; name a run with --name")
    names = [part.strip() for part in name.split(",")] if name else []
    names = list(dict.fromkeys(names)) or [runs.newest(summary_dir)]
    opened = [runs.open_run(summary_dir, name) for name in names]
    if options.input or options.output or options.direction:
        if asked:
            raise UserError(
                "--input translates a folder and nothing else: ask for --arithmetic "
                "or --neighbours by a call of their own"
            )
        translate(opened, options)
        return
    directory = assets_dir / "+".join(names)
    if options.ema:  # beside the raw pictures; a suffix might be another run's name
        directory /= "ema"
    if asked:
        made = study(opened, directory, options, asked)
    else:
        made = render.render(opened, directory, options)
    print("\n".join(summarised(made)))
    for path in made:
        if path.name == modes.FILE:
            print("\n".join(modes.sentences(path)))
        for sentence in questions.sentences(path):
            print(sentence)
    logs = summary_dir / names[0] if len(names) == 1 else summary_dir
    print(f"next: tensorboard --logdir={logs}")


def study(
    opened: Sequence[runs.Run],
    directory: Path,
    options: render.Options,
    asked: questions.Questions,
) -> list[Path]:
    """The answers of the one run named; returns what was made."""
    if len(opened) > 1:
        raise UserError(
            f"--arithmetic and --neighbours are for one run, and --name gives "
            f"{len(opened)}"
        )
    step, ema, data_dir = options.step, options.ema, options.data_dir
    return questions.answer(asked, opened[0], directory, step, ema, data_dir)


def translate(opened: Sequence[runs.Run], options: render.Options) -> None:
    """Translates a folder by the one run named, and says what was done."""
    if not options.input:
        raise UserError("--output and --direction need --input DIR, what to translate")
    if not options.output:
        raise UserError(f"--input {options.input} needs --output DIR, where it goes")
    if len(opened) > 1:
        raise UserError(f"--input is for one run, and --name gives {len(opened)}")
    exhibit = exhibits.Exhibit(opened[0], options.ema)
    done = folders.translate(
        exhibit, options.input, options.output, options.direction, options.step
    )
    for name, reason in done.skipped.items():
        print(f"skipped: {name}: {reason}", file=sys.stderr)
    if done.skipped:
        total = done.translated + len(done.skipped)
        print(f"skipped: {len(done.skipped):,} of {total:,} images", file=sys.stderr)
    rate = done.translated / done.seconds
    print(f"{done.translated:,} images in {options.output} ({rate:,.1f} images/s)")


def summarised(made: list[Path]) -> list[str]:
    """One line a file, but one for all the samples, and one for all of the codes."""
    sizes = Counter(path.parent for path in made)
    lines = []
    for path in made:
        folder = path.parent
        many = folder.name in ("samples", factors.FOLDER) and sizes[folder] > 1
        lines.append(f"{folder}/ ({sizes[folder]} pictures)" if many else str(path))
    return list(dict.fromkeys(lines))
