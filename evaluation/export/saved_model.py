"""A generator as a TensorFlow SavedModel: from latents or seeds, or a translator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

ALGORITHM = "philox"  # of all random numbers: the same ones on every device


def save(model: Any, directory: Path) -> None:
    """Writes a SavedModel that generates, or translates, as a GenerativeModel does."""
    translates = model.kind == "translations"
    module, signatures = translator(model) if translates else generator(model)
    tf.saved_model.save(module, str(directory), signatures)


def module_of(*networks: keras.Model) -> tf.Module:
    """Returns a module with the networks' variables, so that they are saved."""
    module = tf.Module()
    module.parts = [v.value for net in networks for v in net.variables]
    return module


def generator(model: Any) -> tuple[tf.Module, dict[str, Any]]:
    """Returns a module with `generate(z)` and `generate(seed, n)`, and signatures."""
    rows = [None, model.inputs]
    numbers = [tf.TensorSpec([], tf.int64, name) for name in ("seed", "n")]

    @tf.function(autograph=False, input_signature=[tf.TensorSpec(rows, name="z")])
    def from_latents(z: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"images": model(z)}

    @tf.function(autograph=False, input_signature=numbers)
    def from_seed(seed: tf.Tensor, n: tf.Tensor) -> dict[str, tf.Tensor]:
        return from_latents(latents(model, seed, n))

    # In generate(seed, n), without names, the seed is z.
    @tf.function(autograph=False)
    def generate(z: Any = None, n: Any = None, seed: Any = None) -> tf.Tensor:
        if n is None:
            return from_latents(tf.cast(z, tf.float32))["images"]
        seed = z if seed is None else seed
        return from_seed(tf.cast(seed, tf.int64), tf.cast(n, tf.int64))["images"]

    for dtype in (tf.float32, tf.float64):  # TensorFlow's and NumPy's
        generate.get_concrete_function(tf.TensorSpec(rows, dtype, "z"))
    for dtype in (tf.int64, tf.int32):  # NumPy's and TensorFlow's
        seed, n = (tf.TensorSpec([], dtype, name) for name in ("seed", "n"))
        generate.get_concrete_function(seed, n)
        generate.get_concrete_function(seed=seed, n=n)

    module = module_of(model.sampler)
    module.generate = generate
    return module, {"generate": from_latents, "generate_seeded": from_seed}


def latents(model: Any, seed: tf.Tensor, n: tf.Tensor) -> tf.Tensor:
    """Returns `n` random latents of a seed from the model's prior, [n, inputs]."""
    rows = {"rows": tf.zeros(tf.reshape(n, [1]))}
    return model.latent(rows, StatelessGenerator(seed))


class StatelessGenerator:
    """Draws like a tf.random.Generator from a seed that is a tensor."""

    def __init__(self, seed: tf.Tensor):
        self.seed = seed
        self.draws = 0

    def next(self) -> tf.Tensor:
        """Returns the seed of the next draw, [2]."""
        self.draws += 1
        return tf.stack([self.seed, tf.constant(self.draws, self.seed.dtype)])

    def normal(self, shape: Any, dtype: str = "float32") -> tf.Tensor:
        """Draws from N(0, 1)."""
        return tf.random.stateless_normal(
            shape, self.next(), dtype=dtype, alg=ALGORITHM
        )

    def uniform(
        self, shape: Any, low: float = 0.0, high: float = 1.0, dtype: str = "float32"
    ) -> tf.Tensor:
        """Draws from U(low, high)."""
        return tf.random.stateless_uniform(
            shape, self.next(), low, high, dtype, alg=ALGORITHM
        )


def translator(model: Any) -> tuple[tf.Module, dict[str, Any]]:
    """Returns a module with `translate(images, direction)`, and signatures."""
    signatures = {f"translate_{d}": translation(model, d) for d in model.directions}

    @tf.function(autograph=False)
    def translate(images: Any, direction: str) -> tf.Tensor:
        return signatures[f"translate_{direction}"](images)["images"]

    images = tf.TensorSpec([None, None, None, model.image_shape[-1]], name="images")
    for direction in model.directions:
        translate.get_concrete_function(images, direction)
    module = module_of(*(model.translator(d) for d in model.directions))
    module.translate = translate
    return module, signatures


def translation(model: Any, direction: str) -> Any:
    """Returns a function that translates images one by one, as `model.translate`."""
    network = model.translator(direction)
    multiple = model.multiple
    # Translating leaves the fixed seed of its dropout in the network.
    model.translate(tf.zeros((1, *model.image_shape)), direction)

    def translate_one(image: tf.Tensor) -> tf.Tensor:
        with keras.StatelessScope():  # assignments inside have no effect outside
            return network(image[tf.newaxis], training=True)[0]

    images = tf.TensorSpec([None, None, None, model.image_shape[-1]], name="images")

    @tf.function(autograph=False, input_signature=[images])
    def translate(images: tf.Tensor) -> dict[str, tf.Tensor]:
        message = f"height and width must be multiples of {multiple}"
        rest = tf.shape(images)[1:3] % multiple
        with tf.control_dependencies([tf.debugging.assert_equal(rest, 0, message)]):
            return {"images": tf.map_fn(translate_one, tf.identity(images))}

    return translate
