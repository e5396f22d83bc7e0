"""Where a dataset lies on disk."""

import re
import shlex
from pathlib import Path

from common.errors import UserError

DATASET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
SIZE_FOLDER = re.compile(r"(\d+)px")
INFO = "info.json"


def check_name(name: str) -> None:
    """Raises UserError for a name that is not one plain directory name."""
    if not DATASET_NAME.fullmatch(name):
        raise UserError(
            f"dataset name {name!r}: use letters, digits, '_', '-' and '.', "
            "beginning with a letter or digit"
        )


def raw(data_dir: Path, name: str) -> Path:
    """Returns the directory of the files as they were downloaded."""
    return data_dir / name / "raw"


def converted(data_dir: Path, name: str, image_size: int) -> Path:
    """Returns the directory of the shards and info.json of one image size."""
    return data_dir / name / f"{image_size}px"


def workshop(directory: Path) -> Path:
    """Returns where the shards of a dataset are made, beside where they will be."""
    return directory.with_name(f".{directory.name}")


def names(data_dir: Path) -> set[str]:
    """Returns the names of the datasets of which raw files or shards are there."""
    if data_dir.exists() and not data_dir.is_dir():
        raise UserError(f"--data_dir {data_dir} is a file: name a directory")
    return {
        path.name
        for path in (data_dir.iterdir() if data_dir.is_dir() else ())
        if (path / "raw").is_dir() or sizes(data_dir, path.name)
    }


def sizes(data_dir: Path, name: str) -> list[int]:
    """Returns the image sizes for which a dataset is converted, ascending."""
    folders = [path.parent.name for path in (data_dir / name).glob(f"*px/{INFO}")]
    matches = [SIZE_FOLDER.fullmatch(folder) for folder in folders]
    return sorted(int(match[1]) for match in matches if match)


def flag(data_dir: Path) -> str:
    """Returns ` --data_dir DIRECTORY` for a command line, empty for the default."""
    return "" if data_dir == Path("data") else f" --data_dir {quoted(data_dir)}"


def quoted(path: Path) -> str:
    """Returns a path as it can be pasted into a shell."""
    return shlex.quote(str(path))
