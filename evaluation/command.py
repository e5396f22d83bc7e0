"""What eval.py does with its flags."""

from pathlib import Path

from errors import UserError
from evaluation import modes, render
from training import runs


def run(
    arguments: list[str],
    name: str,
    summary_dir: Path,
    assets_dir: Path,
    options: render.Options,
) -> None:
    """Draws the named runs (`a` or `a,b`; none: the newest) and says where."""
    if arguments:
        raise UserError(f"{arguments[0]!r} is not a flag; name a run with --name")
    names = [part.strip() for part in name.split(",")] if name else []
    names = list(dict.fromkeys(names)) or [runs.newest(summary_dir)]
    opened = [runs.open_run(summary_dir, name) for name in names]
    directory = assets_dir / "+".join(names)
    if options.ema:  # beside the raw pictures; a suffix might be another run's name
        directory /= "ema"
    made = render.render(opened, directory, options)
    print("\n".join(summarised(made)))
    for path in made:
        if path.name == modes.FILE:
            print("\n".join(modes.sentences(path)))
    logs = summary_dir / names[0] if len(names) == 1 else summary_dir
    print(f"next: tensorboard --logdir={logs}")


def summarised(made: list[Path]) -> list[str]:
    """One line a file, but one for all the samples."""
    samples = [path for path in made if path.parent.name == "samples"]
    if len(samples) < 2:
        return [str(path) for path in made]
    others = [str(path) for path in made if path not in samples]
    return [f"{samples[0].parent}/ ({len(samples)} pictures)", *others]
