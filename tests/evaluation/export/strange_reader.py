"""Reads the exports in the working directory, without this project on its path.

Beside `NAME.npz`, the inputs of export `NAME/`, it leaves `NAME.made.npz`: by
`INPUT/WAY` the images that a way of reading makes of an input.
"""

import contextlib
import importlib.util
import pathlib
import re

import keras
import numpy as np
import tensorflow as tf


def from_latents(loaded, z):
    yield "plain", loaded.generate(z)
    yield "float64", loaded.generate(z=z.astype(float))
    yield "served", loaded.signatures["generate"](z=tf.constant(z))["images"]


def from_seeds(loaded):
    yield "plain", loaded.generate(7, 33)
    yield "again", loaded.generate(7, 33)
    yield "named", loaded.generate(seed=7, n=33)
    yield "numpy", loaded.generate(seed=np.int64(7), n=np.int64(33))
    whole = {"seed": tf.constant(7, "int64"), "n": tf.constant(33, "int64")}
    yield "served", loaded.signatures["generate_seeded"](**whole)["images"]
    yield "first", loaded.generate(tf.constant(7), tf.constant(5))
    yield "other", loaded.generate(seed=8, n=33)


def translations(loaded, images, way):
    yield "plain", loaded.translate(images, way)
    served = loaded.signatures["translate_" + way]
    yield "served", served(images=tf.constant(images))["images"]


def refused(loaded, images, way):
    try:
        loaded.translate(images, way)
    except tf.errors.InvalidArgumentError as error:
        return "must be multiples of" in str(error)


def by_keras(path, x):
    network = keras.models.load_model(path)
    yield "keras", network(x)
    yield "predicted", network.predict(x, len(x), verbose=0)


def by_card():
    card, names = pathlib.Path("README.md").read_text(), {}
    for code in re.findall("```python\n(.*?)```", card, re.DOTALL):
        for line in code.splitlines():
            exec(line, names)
            if line.startswith("images"):
                yield line.partition("#")[0].strip(), names["images"]


def read(given):
    loaded = tf.saved_model.load("saved_model")
    for key, x in given.items():
        calls = from_latents(loaded, x) if key == "z" else translations(loaded, x, key)
        yield from ((f"{key}/{name}", images) for name, images in calls)
        assert key == "z" or refused(loaded, x[:, :-1], key)
        end = "" if key == "z" else "_" + key
        for path in pathlib.Path().glob(f"generator{end}.keras"):
            yield from ((f"{key}/{name}", y) for name, y in by_keras(path, x))
    if "z" in given:
        yield from (("seed/" + name, images) for name, images in from_seeds(loaded))
    yield from (("card/" + line, images) for line, images in by_card())


assert not any(map(importlib.util.find_spec, ("models", "evaluation", "training")))
for file in sorted(pathlib.Path.cwd().glob("*.npz")):
    with np.load(file) as given, contextlib.chdir(file.with_suffix("")):
        np.savez(file.with_suffix(".made.npz"), **dict(read(given)))
