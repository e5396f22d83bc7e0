"""A checkpoint for other programs: a Keras model, a SavedModel and a model card.

None of the files needs this repository to be read.
"""

from __future__ import annotations

from pathlib import Path

from common import files
from common.errors import UserError
from datasets.info import Info
from evaluation import snapshots
from evaluation.export import keras_file, model_card, saved_model
from evaluation.measure import results

SAVED_MODEL = "saved_model"


def write(
    snapshot: snapshots.Snapshot,
    directory: Path,
    info: Info | None = None,
    series: results.MetricSeries | None = None,
) -> list[Path]:
    """Writes an export; `directory` appears by rename, or is replaced.

    Args:
        snapshot: with a checkpoint loaded; raw or averaged weights, as it draws.
        directory: new, empty, or what an earlier export wrote.
        info: the dataset that the run was trained on, if it is there.
        series: metrics of its checkpoints, if there are any.

    Raises:
        UserError: the directory holds something else.
    """
    target = directory.resolve()
    if not replaceable(target):
        raise UserError(
            f"{directory} is there and no earlier export: name another folder, or "
            "remove it"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    networks = keras_file.networks(snapshot.model)
    with files.appearing(target) as new:
        new.mkdir()
        for name, network in networks.items():
            network.save(new / name)
        saved_model.save(snapshot.model, new / SAVED_MODEL)
        text = model_card.text(snapshot, list(networks), info, series)
        (new / model_card.CARD_FILE).write_text(text)
    return [directory / name for name in (model_card.CARD_FILE, *networks, SAVED_MODEL)]


def replaceable(directory: Path) -> bool:
    """Returns whether a directory is missing, empty, or an export."""
    if not directory.exists():
        return True
    if not directory.is_dir():
        return False
    names = {path.name for path in directory.iterdir()}
    if not names:
        return True
    networks = {path.name for path in directory.glob(f"generator*{keras_file.SUFFIX}")}
    if names - networks != {model_card.CARD_FILE, SAVED_MODEL}:
        return False
    return model_card.SIGNATURE in (directory / model_card.CARD_FILE).read_text(
        errors="replace"
    )
