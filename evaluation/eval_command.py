"""What eval.py does with its flags."""

import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from common.errors import UserError
from evaluation import one_checkpoint, run_pictures, studies, study_pass
from evaluation.eval_options import EvalOptions
from evaluation.metrics import modes
from evaluation.pictures import latent_codes
from evaluation.report import content, tables
from training import runs
from training.study import protocol

PICTURE_FOLDERS = (run_pictures.SAMPLES_FOLDER, latent_codes.CODES_FOLDER)


def run(arguments: Sequence[str], options: EvalOptions) -> None:
    """Draws and measures the named runs (`a` or `a,b`; none: the newest) or a study.

    Of a run that is asked something it draws the answer alone.
    """
    if arguments:
        raise UserError(f"{arguments[0]!r} is not a flag; name a run with --name")
    names = options.names or [newest(options.summary_dir)]
    directory = options.assets_dir / "+".join(names)
    if any(protocol.is_study(options.summary_dir / name) for name in names):
        check_study(names, options)
        folder = options.summary_dir / names[0]
        study = studies.of_protocol(folder, directory, options)
        tell(*study_pass.evaluate(study, options), folder)
        return

    folders = [options.summary_dir / runs.checked_name(name) for name in names]
    group = [runs.open(folder) for folder in folders]
    if options.translates:
        one_checkpoint.translate(only(group, "--input is"), options)
        return
    if options.ema:  # beside the raw pictures; a suffix might be another run's name
        directory /= "ema"
    if options.statistics:
        directory /= options.statistics
    logs = options.summary_dir / names[0] if len(names) == 1 else options.summary_dir
    if options.asks:
        one = only(group, "--arithmetic, --neighbours and --export are")
        tell(one_checkpoint.answer(one, directory, options), [], logs)
    else:
        study = studies.of_runs(group, directory, options)
        tell(*study_pass.evaluate(study, options), logs)


def newest(summary_dir: Path) -> str:
    """Returns the name of the run or study that was active last."""
    active = {
        name: runs.activity(summary_dir / name / "config.json")
        for name in runs.started(summary_dir)
    }
    for name in protocol.studies(summary_dir):
        inside = map(runs.activity, (summary_dir / name).glob("*/config.json"))
        began = (summary_dir / name / protocol.FILE).stat().st_mtime
        active[name] = max([began, *inside])
    if not active:
        return runs.newest(summary_dir)
    return max(active, key=lambda name: active[name])


def check_study(names: Sequence[str], options: EvalOptions) -> None:
    """Raises a UserError where a study is named and something else is asked for."""
    if len(names) == 1 and options.suits_study:
        return
    places = [options.summary_dir / name for name in names]
    study = next(place for place in places if protocol.is_study(place))
    raise UserError(
        f"{study.name!r} is a study, which its protocol says how to measure: give no "
        f"other flags, or name one of its runs: --summary_dir {study} --name ..."
    )


def only(group: Sequence[runs.Run], flags: str) -> runs.Run:
    """Returns the one run; a UserError where several are named."""
    if len(group) > 1:
        raise UserError(f"{flags} for one run, and --name gives {len(group)}")
    return group[0]


def tell(paths: Sequence[Path], metrics: Sequence[content.Table], logs: Path) -> None:
    """Prints tables of metrics, the files, and what these say."""
    for table in metrics:
        print(tables.as_text(table), end="\n\n")
    print("\n".join(summary(paths)))
    for path in paths:
        if path.name == modes.MODES_FILE:
            print("\n".join(modes.sentences(path)))
        for sentence in one_checkpoint.sentences(path):
            print(sentence)
    print(f"next: tensorboard --logdir={shlex.quote(str(logs))}")


def summary(paths: Sequence[Path]) -> list[str]:
    """Returns a line for each file, but one for all samples, and one for all codes."""
    sizes = Counter(path.parent for path in paths)
    lines = []
    for path in paths:
        folder, size = path.parent, sizes[path.parent]
        if folder.name in PICTURE_FOLDERS and size > 1:
            lines.append(f"{folder}/ ({size} pictures)")
        else:
            lines.append(str(path))
    return list(dict.fromkeys(lines))
