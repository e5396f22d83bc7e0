"""Trains the classifier of a dataset, or loads the one that was trained before."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from absl import logging

from common.errors import UserError
from common.progress import Progress
from datasets.info import Info
from datasets.pipeline.mapped_examples import MappedExamples
from evaluation import training_data
from evaluation.features import array_cache, classifier, extractor
from models.base import pixels

CLASSIFIER_FILE = "classifier.npz"  # in the directory of the shards
VERSION = 1  # of the network and all below: files of another version are not loaded
TRAINING_STEPS = 1300  # or those of TRAINING_EPOCHS, if they are fewer
TRAINING_EPOCHS = 15
BATCH_SIZE = 128
LEARNING_RATE = 2e-3  # Adam's, down to 0 along a cosine
TEST_SHARE = 0.1  # of the training examples, where the dataset holds none out
SCORES = "scores"  # in the file, beside the weights


def create_extractor(info: Info) -> extractor.KerasExtractor:
    """Returns a dataset's classifier as feature extractor.

    Its logits are those of the classes, which exclude each other, without attributes.

    Raises:
        UserError: the dataset has neither classes nor attributes.
    """
    model = load_or_train(info)
    if not model.names:
        raise UserError(
            f"{info.dataset} has no classes or attributes to classify: choose random"
        )
    return extractor.KerasExtractor(
        "classifier",
        model.network,
        extractor.digest(model.network.get_weights()),
        model.description,
        logits=len(model.classes),
        classes=model.classes,
    )


def load_or_train(
    info: Info, steps: int = TRAINING_STEPS
) -> classifier.DatasetClassifier:
    """Returns the classifier of a dataset, with its scores; untrained without names.

    It is kept in CLASSIFIER_FILE. A file of another recipe, or one that is not as it
    was written, is replaced.
    """
    model = classifier.DatasetClassifier(info)
    if not model.names:
        return model
    path = info.directory / CLASSIFIER_FILE
    recipe = training_recipe(info, steps)
    if restore(model, path, recipe):
        return model

    train_positions, (test_info, test_positions) = split(info)
    print(
        f"metrics compare features of a classifier: it learns {info.dataset} once now "
        f"and is kept in {path}",
        file=sys.stderr,
    )
    fit(model, info, train_positions, steps)
    model.scores = evaluate(model, test_info, test_positions)
    logging.info("trained on %s: %s", info.dataset, model.description)

    keep(model, path, recipe)
    return model


def training_recipe(info: Info, steps: int) -> array_cache.Recipe:
    """Returns all that weights and scores depend on."""
    return {
        "version": VERSION,
        "classes": list(info.classes),
        "attributes": list(info.attributes),
        "steps": steps,
        "data": info.fingerprint,
        "held_out": info.held_out,
    }


def split(info: Info) -> tuple[np.ndarray, tuple[Info, np.ndarray]]:
    """Returns the positions to train on, and the data to test on with its positions.

    The tests are on the part that is held out, or on the last training examples in the
    order of the shards, which is random.
    """
    positions = np.arange(info.count)
    if info.held_out:
        test_info = info.part(info.held_out)
        return positions, (test_info, np.arange(test_info.count))
    if info.count < 2:
        raise UserError(f"{info.dataset} has {info.count} example: too few to learn of")
    tests = max(1, round(TEST_SHARE * info.count))
    train_positions, test_positions = np.split(positions, [info.count - tests])
    return train_positions, (info, test_positions)


def fit(
    model: classifier.DatasetClassifier, info: Info, positions: np.ndarray, steps: int
) -> None:
    """Trains a classifier on the examples at some positions [n]."""
    batch_size = min(BATCH_SIZE, len(positions))
    steps = min(steps, TRAINING_EPOCHS * (len(positions) // batch_size))
    stored = MappedExamples(info)
    keys = example_keys(model, info)

    def read(batch: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        values = pixels.rescale(stored.take(batch, keys), "float32")
        return values["image"], {"logits": targets(model, values)}

    order = np.stack(list(batches(positions, batch_size, steps)))  # [steps, batch_size]
    data = tf.data.Dataset.from_tensor_slices(order)
    data = data.map(read, num_parallel_calls=2, deterministic=True).prefetch(2)

    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps)
    model.network.compile(
        keras.optimizers.Adam(rate),
        {"logits": lambda labels, logits: loss(model, labels, logits)},
        jit_compile=False,  # slower on a CPU, and soon over on a GPU
    )
    with Progress(desc="steps of the classifier", total=steps) as bar:
        count = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: bar.update()
        )
        model.network.fit(data, verbose=0, shuffle=False, callbacks=[count])


def batches(positions: np.ndarray, size: int, count: int) -> Iterator[np.ndarray]:
    """Yields `count` batches [size], from a new permutation in each epoch."""
    rng = np.random.default_rng(classifier.CLASSIFIER_SEED)
    per_epoch = len(positions) // size
    for number in range(count):
        if number % per_epoch == 0:
            order = rng.permutation(positions)[: per_epoch * size].reshape(-1, size)
        yield order[number % per_epoch]


def example_keys(model: classifier.DatasetClassifier, info: Info) -> tuple[str, ...]:
    """Returns the keys of an example's values that the classifier learns from."""
    keys = ["image"]
    if model.classes:
        keys.append("label")
    if info.attributes:
        keys.append("attributes")
    return tuple(keys)


def targets(
    model: classifier.DatasetClassifier, values: dict[str, tf.Tensor]
) -> tf.Tensor:
    """Returns what is true of examples: 0 or 1, float32 [n, names]."""
    parts = []
    if model.classes:
        parts.append(tf.one_hot(values["label"], len(model.classes)))
    if "attributes" in values:
        parts.append(tf.cast(values["attributes"], "float32"))
    return tf.concat(parts, axis=1)


def loss(
    model: classifier.DatasetClassifier, labels: tf.Tensor, logits: tf.Tensor
) -> tf.Tensor:
    """Returns the cross-entropy of the classes plus the attributes' mean one, [n]."""
    c = len(model.classes)
    total = tf.zeros([])
    if c:
        total += tf.nn.softmax_cross_entropy_with_logits(labels[:, :c], logits[:, :c])
    if c < len(model.names):
        each = tf.nn.sigmoid_cross_entropy_with_logits(labels[:, c:], logits[:, c:])
        total += tf.reduce_mean(each, axis=1)
    return total


def evaluate(
    model: classifier.DatasetClassifier, info: Info, positions: np.ndarray
) -> dict[str, classifier.Score]:
    """Returns the scores of a classifier on the examples at some positions [n]."""
    matches = []
    truths = []
    for _, values in training_data.blocks(info, positions, example_keys(model, info)):
        predictions = model.predictions(model.probabilities(values["image"]))
        truth = targets(model, values).numpy() == 1
        matches.append(predictions == truth)
        truths.append(truth)
    correct = np.concatenate(matches)  # bool [n, names]
    labels = np.concatenate(truths)  # bool [n, names]

    c = len(model.classes)
    scores = {}
    if c:
        accuracy = correct[:, :c].all(axis=1).mean()
        commonest = labels[:, :c].mean(axis=0).max()
        scores["classes"] = classifier.Score(float(accuracy), float(commonest))
    for column, name in enumerate(model.names[c:], start=c):
        accuracy = correct[:, column].mean()
        share = labels[:, column].mean()
        commonest = max(share, 1 - share)
        scores[name] = classifier.Score(float(accuracy), float(commonest))
    return scores


def keep(
    model: classifier.DatasetClassifier, path: Path, recipe: array_cache.Recipe
) -> None:
    """Writes a classifier's weights, in their order, and its scores."""
    weights = model.network.get_weights()
    arrays = {f"arr_{k}": weight for k, weight in enumerate(weights)}
    arrays[SCORES] = np.array([model.scores[name] for name in model.score_names])
    array_cache.keep(path, recipe, arrays)


def restore(
    model: classifier.DatasetClassifier, path: Path, recipe: array_cache.Recipe
) -> bool:
    """Loads weights and scores; returns False where no file has them by this recipe."""
    arrays = array_cache.load(path, recipe)
    if arrays is None:
        return False
    scores = arrays.pop(SCORES)
    model.network.set_weights([arrays[f"arr_{k}"] for k in range(len(arrays))])
    pairs = zip(model.score_names, scores.tolist(), strict=True)
    model.scores = {name: classifier.Score(*score) for name, score in pairs}
    return True
