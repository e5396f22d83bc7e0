"""Trains a dataset's classifier, or finds it as it was trained before."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tqdm
from absl import logging

from common import files
from common.errors import UserError
from datasets.info import Info
from datasets.pipeline import loader
from datasets.pipeline.mapped_examples import MappedExamples
from evaluation import examples
from evaluation.features import classifier

FILE = "classifier.npz"  # in the directory of the shards
VERSION = 1  # of the network and all below: another one is trained anew
STEPS, EPOCHS, BATCH = 1300, 15, 128  # whichever of the first two is less
RATE = 2e-3  # Adam's, down to 0 along a cosine
HELD_BACK = 0.1  # of the training examples, where the dataset holds none out
DAMAGED = (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile)


def trained(info: Info, steps: int = STEPS) -> classifier.Classifier:
    """The classifier of a dataset, with its scores; untrained if it has no names.

    It appears in FILE by rename. One of other data or another recipe, or a damaged one,
    is replaced.
    """
    known = classifier.Classifier(info)
    if not known.names:
        return known
    path = info.directory / FILE
    recipe = recipe_of(info, steps)
    if restored(known, path, recipe):
        return known
    known = classifier.Classifier(info)  # without what a damaged file may have left
    fitted, tested = divided(info)
    fit(known, info, fitted, steps)
    known.scores = scores(known, *tested)
    logging.info("trained on %s: %s", info.dataset, known.description)
    try:
        files.write(path, content(known, recipe))
    except OSError as error:
        logging.warning("the classifier is not kept for the next time: %s", error)
    return known


def recipe_of(info: Info, steps: int) -> dict[str, Any]:
    """What makes a classifier another one."""
    data = {"data": info.fingerprint, "held_out": info.held_out}
    return {"version": VERSION, "steps": steps, **data}


def divided(info: Info) -> tuple[np.ndarray, tuple[Info, np.ndarray]]:
    """Positions to train on; and the data to test on with the positions there.

    The latter is the part that is held out, or the last training examples in the order
    of the shards, which is random.
    """
    everything = np.arange(info.count)
    if info.held_out:
        other = info.part(info.held_out)
        return everything, (other, np.arange(other.count))
    if info.count < 2:
        raise UserError(f"{info.dataset} has {info.count} example: too few to learn of")
    held_back = max(1, round(HELD_BACK * info.count))
    fitted, tested = np.split(everything, [info.count - held_back])
    return fitted, (info, tested)


def fit(
    known: classifier.Classifier, info: Info, positions: np.ndarray, steps: int
) -> None:
    """Trains the network on the examples at some positions."""
    batch = min(BATCH, len(positions))
    steps = min(steps, EPOCHS * (len(positions) // batch))
    found = MappedExamples(info)
    reads = reads_of(known, info)

    def taken(chosen: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        values = loader.rescale(found.take(chosen, reads), "float32")
        return values["image"], {"logits": targets(known, values)}

    order = np.stack(list(batches(positions, batch, steps)))
    data = tf.data.Dataset.from_tensor_slices(order)
    data = data.map(taken, num_parallel_calls=2, deterministic=True).prefetch(2)
    rate = keras.optimizers.schedules.CosineDecay(RATE, steps)
    known.network.compile(
        keras.optimizers.Adam(rate),
        {"logits": lambda true, said: loss(known, true, said)},
        jit_compile=False,  # slower on a CPU, and soon over on a GPU
    )
    with tqdm.tqdm(total=steps, desc="classifier", unit=" steps", disable=None) as bar:
        count = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: bar.update()
        )
        known.network.fit(data, verbose=0, shuffle=False, callbacks=[count])


def batches(positions: np.ndarray, size: int, count: int) -> Iterator[np.ndarray]:
    """`count` batches [size], from a new permutation when one is used up."""
    rng = np.random.default_rng(classifier.SEED)
    per_epoch = len(positions) // size
    for number in range(count):
        if number % per_epoch == 0:
            order = rng.permutation(positions)[: per_epoch * size].reshape(-1, size)
        yield order[number % per_epoch]


def reads_of(known: classifier.Classifier, info: Info) -> tuple[str, ...]:
    """What an example has that the classifier learns from."""
    labels = ("label",) * bool(known.classes)
    return ("image", *labels, *("attributes",) * bool(info.attributes))


def targets(known: classifier.Classifier, values: dict[str, tf.Tensor]) -> tf.Tensor:
    """What is true of examples: 0 or 1, float32 [n, names]."""
    parts = []
    if known.classes:
        parts.append(tf.one_hot(values["label"], len(known.classes)))
    if "attributes" in values:
        parts.append(tf.cast(values["attributes"], "float32"))
    return tf.concat(parts, axis=1)


def loss(known: classifier.Classifier, true: tf.Tensor, said: tf.Tensor) -> tf.Tensor:
    """Cross-entropies: of the classes, plus the mean of the attributes', [n]."""
    c = len(known.classes)
    both = tf.zeros([])
    if c:
        both += tf.nn.softmax_cross_entropy_with_logits(true[:, :c], said[:, :c])
    if c < len(known.names):
        each = tf.nn.sigmoid_cross_entropy_with_logits(true[:, c:], said[:, c:])
        both += tf.reduce_mean(each, axis=1)
    return both


def scores(
    known: classifier.Classifier, info: Info, positions: np.ndarray
) -> dict[str, classifier.Score]:
    """How good it is on the examples at some positions."""
    right, true = [], []
    for _, values in examples.blocks(info, positions, reads_of(known, info)):
        said = known.answers(known.probabilities(values["image"]))
        true.append(targets(known, values).numpy() == 1)
        right.append(said == true[-1])
    agreed, present = np.concatenate(right), np.concatenate(true)  # bool [n, names]
    c = len(known.classes)
    found = {}
    if c:
        share = present[:, :c].mean(axis=0).max()
        found["classes"] = score(agreed[:, :c].all(axis=1).mean(), share)
    for name, column in zip(known.names[c:], range(c, len(known.names)), strict=True):
        share = present[:, column].mean()
        found[name] = score(agreed[:, column].mean(), max(share, 1 - share))
    return found


def score(accuracy: float, commonest: float) -> classifier.Score:
    """As plain numbers, which JSON takes."""
    return classifier.Score(float(accuracy), float(commonest))


def content(known: classifier.Classifier, recipe: dict[str, Any]) -> bytes:
    """The file: the weights in order, and what they are as JSON."""
    about = json.dumps({"recipe": recipe, "scores": known.scores})
    file = io.BytesIO()
    np.savez(file, *known.network.get_weights(), about=np.array(about))
    return file.getvalue()


def restored(known: classifier.Classifier, path: Path, recipe: dict[str, Any]) -> bool:
    """Whether the file holds the classifier of this recipe, which then is loaded."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as saved:
            about = json.loads(str(saved["about"]))
            if about["recipe"] != recipe:
                return False
            weights = [saved[f"arr_{k}"] for k in range(len(saved.files) - 1)]
        known.network.set_weights(weights)
        known.scores = {k: classifier.Score(*v) for k, v in about["scores"].items()}
    except FileNotFoundError:
        return False
    except DAMAGED as error:
        logging.warning("%s is damaged (%s) and made anew", path, error)
        return False
    return True
