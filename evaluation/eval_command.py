"""What eval.py does with its flags."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from absl import logging

from common.errors import UserError
from evaluation import drawing, single_run, snapshots, study_report, translate_folder
from evaluation.measure import comparison, results, run_metrics
from evaluation.metrics import modes
from evaluation.pictures import latent_codes
from evaluation.report import content, run_page, tables
from training import runs
from training.study import protocol

METRICS = ("extractor", "eval_samples", "inception")  # flags that choose metrics


def run(
    arguments: list[str],
    name: str,
    summary_dir: Path,
    assets_dir: Path,
    options: drawing.Options,
    asked: single_run.Questions | None = None,
    metrics: Mapping[str, Any] | None = None,
) -> None:
    """Draws and measures the named runs (`a` or `a,b`; none: the newest) or a study.

    Of a run that is asked something it draws the answer alone. `metrics` are the flags
    of METRICS, None where they are not given.
    """
    if arguments:
        raise UserError(f"{arguments[0]!r} is not a flag; name a run with --name")
    names = [part.strip() for part in name.split(",")] if name else []
    names = list(dict.fromkeys(names)) or [newest(summary_dir)]
    given = {key: value for key, value in (metrics or {}).items() if value is not None}
    directory = assets_dir / "+".join(names)
    if studies := [name for name in names if protocol.is_study(summary_dir / name)]:
        if len(names) > 1 or asked or chosen(options) or given.keys() - {"inception"}:
            raise UserError(
                f"{studies[0]!r} is a study, which its protocol says how to measure: "
                f"give no other flags, or name one of its runs: --summary_dir "
                f"{summary_dir / studies[0]} --name ..."
            )
        inception = Path(given["inception"]) if given else None
        place = summary_dir / names[0]
        tell(
            *study_report.evaluate(place, directory, options.data_dir, inception), place
        )
        return
    opened = [runs.open_run(summary_dir, name) for name in names]
    if options.input or options.output or options.direction:
        translate(opened, options, asked)
        return
    if options.ema:  # beside the raw pictures; a suffix might be another run's name
        directory /= "ema"
    shown: list[content.Table] = []
    if asked:
        written = answer(opened, directory, options, asked)
    else:
        written, shown = draw(opened, directory, options, given)
    tell(written, shown, summary_dir / names[0] if len(names) == 1 else summary_dir)


def draw(
    opened: Sequence[runs.Run],
    directory: Path,
    options: drawing.Options,
    given: Mapping[str, Any],
) -> tuple[list[Path], list[content.Table]]:
    """All pictures of the runs, their metrics and the report; files and tables."""
    written = drawing.render(opened, directory, options)
    found = measured_of(opened, directory, options, given)
    report = opened, written, directory, found, options.data_dir, options.ema
    page, shown = run_page.report(*report)
    return [*written, *[directory / results.FILE] * bool(found), page], shown


def newest(summary_dir: Path) -> str:
    """The run or study that was active last."""
    active = {
        name: runs.activity(summary_dir / name / "config.json")
        for name in runs.started(summary_dir)
    }
    for name in protocol.studies(summary_dir):
        inside = map(runs.activity, (summary_dir / name).glob("*/config.json"))
        began = (summary_dir / name / protocol.FILE).stat().st_mtime
        active[name] = max([began, *inside])
    return (
        max(active, key=lambda name: active[name])
        if active
        else runs.newest(summary_dir)
    )


def chosen(options: drawing.Options) -> bool:
    """Whether flags ask for pictures that a study has not."""
    usual = drawing.Options(data_dir=options.data_dir)
    return options != usual


def measured_of(
    opened: Sequence[runs.Run],
    directory: Path,
    options: drawing.Options,
    given: Mapping[str, Any],
) -> list[comparison.Outcome]:
    """The runs' metrics; without any, and a warning, where they were not asked for."""
    flags = {**given, "data_dir": options.data_dir}
    try:
        return run_metrics.measure(opened, directory, options.step, options.ema, flags)
    except UserError as error:
        if given:
            raise
        logging.warning("metrics are left out: %s", error)
        return []


def tell(written: Sequence[Path], shown: Sequence[content.Table], logs: Path) -> None:
    """Says what was made and found."""
    for table in shown:
        print(tables.as_text(table), end="\n\n")
    print("\n".join(summarised(written)))
    for path in written:
        if path.name == modes.MODES_FILE:
            print("\n".join(modes.sentences(path)))
        for sentence in single_run.sentences(path):
            print(sentence)
    print(f"next: tensorboard --logdir={logs}")


def answer(
    opened: Sequence[runs.Run],
    directory: Path,
    options: drawing.Options,
    asked: single_run.Questions,
) -> list[Path]:
    """The answers of the one run named; returns what was made."""
    if len(opened) > 1:
        raise UserError(
            "--arithmetic, --neighbours and --export are for one run, and --name gives "
            f"{len(opened)}"
        )
    step, ema, data_dir = options.step, options.ema, options.data_dir
    return single_run.answer(asked, opened[0], directory, step, ema, data_dir)


def translate(
    opened: Sequence[runs.Run],
    options: drawing.Options,
    asked: single_run.Questions | None,
) -> None:
    """Translates a folder by the one run named, and says what was done."""
    if asked:
        raise UserError(
            "--input translates a folder and nothing else: ask for --arithmetic, "
            "--neighbours or --export by a call of their own"
        )
    if not options.input:
        raise UserError("--output and --direction need --input DIR, what to translate")
    if not options.output:
        raise UserError(f"--input {options.input} needs --output DIR, where it goes")
    if len(opened) > 1:
        raise UserError(f"--input is for one run, and --name gives {len(opened)}")
    snapshot = snapshots.Snapshot(opened[0], options.ema)
    done = translate_folder.translate(
        snapshot, options.input, options.output, options.direction, options.step
    )
    for name, reason in done.skipped.items():
        print(f"skipped: {name}: {reason}", file=sys.stderr)
    if done.skipped:
        total = done.translated + len(done.skipped)
        print(f"skipped: {len(done.skipped):,} of {total:,} images", file=sys.stderr)
    rate = done.translated / done.seconds
    print(f"{done.translated:,} images in {options.output} ({rate:,.1f} images/s)")


def summarised(written: Sequence[Path]) -> list[str]:
    """One line a file, but one for all the samples, and one for all of the codes."""
    sizes = Counter(path.parent for path in written)
    lines = []
    for path in written:
        folder = path.parent
        many = (
            folder.name in ("samples", latent_codes.CODES_FOLDER) and sizes[folder] > 1
        )
        lines.append(f"{folder}/ ({sizes[folder]} pictures)" if many else str(path))
    return list(dict.fromkeys(lines))
