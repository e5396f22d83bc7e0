"""Images per second of generators as eval.py draws them, beside plain ways.

python benchmarks/generators.py

Generators have random weights. All ways of a generator take the same latents and end
with images in NumPy arrays; they go in turns in one process, and medians count. The
ways are: `Sampler`, which metrics draw with; `frames`, by which latent.gif is drawn;
Keras's `predict`; the network called `eager`ly; a compiled function with batches of
several sizes; it with weights that are constants, `frozen`; with `XLA`; and `folded`,
with the batch norms that follow a convolution multiplied into it, which is checked.
"""

import argparse
import functools
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from common import cli

with cli.quiet():
    import keras
    import numpy as np
    import reporting
    import tensorflow as tf
    from tensorflow.python.framework import convert_to_constants

    import models
    from evaluation import snapshots
    from evaluation.measure import measurement
    from models.base.latent import LatentModel

GENERATORS = {
    "dcgan 64 px": ("dcgan", (64, 64, 3), {"g_width": 1.0}),
    "dcgan 64 px, narrow": ("dcgan", (64, 64, 3), {}),
    "wgan-gp 64 px, resnet, narrow": ("wgan-gp", (64, 64, 3), {}),
    "began 64 px, narrow": ("began", (64, 64, 3), {}),
    "dcgan 28 px, mnist": ("dcgan", (28, 28, 1), {"net": "mnist", "g_width": 1.0}),
}
BATCHES = (16, 32, 64, 128, 256)
LARGEST = max(BATCHES)
BEST = "best batch"
TILES = 16  # in a frame of latent.gif: eval.py's --sample_size
TOLERANCE = 1e-4  # of a folded generator's pixels

Draw = Callable[[np.ndarray], np.ndarray]  # images of latents
Rates = dict[str, list[float]]  # images per second in each round, by way


def model_of(generator: str, width: float) -> LatentModel:
    """A model whose generator's batch norms are not those of a fresh one."""
    name, shape, overrides = GENERATORS[generator]
    widths = {"g_width": width, "d_width": width}
    model = models.create(name, shape, **widths | overrides)
    rng = np.random.default_rng(0)
    for layer in model.generator.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            for variable in layer.weights:
                variable.assign(rng.uniform(0.5, 1.5, variable.shape))
    return model


def batched(call: Callable[[tf.Tensor], tf.Tensor], size: int) -> Draw:
    """Draws with `call`, `size` latents at a time."""

    def draw(z: np.ndarray) -> np.ndarray:
        portions = (tf.constant(z[i : i + size]) for i in range(0, len(z), size))
        return np.concatenate([np.asarray(call(portion)) for portion in portions])

    return draw


def compiled(network: keras.Model, **options: bool) -> Callable:
    """A function of a network, traced once for each size of batches."""
    return tf.function(lambda z: network(z, training=False), autograph=False, **options)


def frozen(network: keras.Model, size: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """A function whose weights are constants, which TensorFlow may fold."""
    spec = tf.TensorSpec([size, *network.input_shape[1:]])
    traced = compiled(network).get_concrete_function(spec)
    constant = convert_to_constants.convert_variables_to_constants_v2(traced)
    return lambda z: constant(z)[0]


def folded(network: keras.Model) -> keras.Model:
    """A copy without the batch norms that follow a convolution: they are part of it."""
    norms = {}  # by the convolution's name
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            before = layer.input._keras_history.operation
            if isinstance(before, keras.layers.Conv2D | keras.layers.Conv2DTranspose):
                norms[before.name] = layer

    def clone(layer: keras.layers.Layer) -> keras.layers.Layer:
        biased = {"use_bias": True} if layer.name in norms else {}
        return type(layer).from_config(layer.get_config() | biased)

    gone = [norm.name for norm in norms.values()]

    def call(layer: keras.layers.Layer, x: tf.Tensor, **options: object) -> tf.Tensor:
        return x if layer.name in gone else layer(x, **options)

    copy = keras.models.clone_model(network, clone_function=clone, call_function=call)
    for layer in (layer for layer in copy.layers if layer.weights):
        weights = network.get_layer(layer.name).get_weights()
        if layer.name in norms:
            weights = with_norm(layer, weights, norms[layer.name])
        layer.set_weights(weights)
    return copy


def with_norm(
    layer: keras.layers.Layer,
    weights: list[np.ndarray],
    norm: keras.layers.BatchNormalization,
) -> list[np.ndarray]:
    """Kernel and bias of a convolution with what a batch norm does to its outputs."""
    gamma, beta, mean, variance = norm.get_weights()
    scale = gamma / np.sqrt(variance + norm.epsilon)
    transposed = isinstance(layer, keras.layers.Conv2DTranspose)  # [h, w, out, in]
    factor = scale[:, np.newaxis] if transposed else scale
    bias = weights[1] if len(weights) > 1 else 0.0
    return [weights[0] * factor, (bias - mean) * scale + beta]


def ways_of(model: LatentModel) -> dict[str, Draw]:
    """Ways to draw; with a folded copy only where there is something to fold."""
    network, half = model.generator, snapshots.DRAWING_BATCH
    call = compiled(network)
    ways = {
        "Sampler": measurement.Sampler(model).draw,
        "frames": batched(model.draw, TILES),
        "predict": functools.partial(network.predict, batch_size=half, verbose=0),
        "eager": batched(functools.partial(network, training=False), half),
        **{f"batch {size}": batched(call, size) for size in BATCHES},
        "frozen": batched(frozen(network, half), half),
        "XLA": batched(compiled(network, jit_compile=True), half),
    }
    copy = folded(network)
    if len(copy.layers) < len(network.layers):
        ways["folded"] = batched(compiled(copy), half)
        z = np.asarray(model.probe(half))
        error = np.abs(ways["folded"](z) - ways["eager"](z)).max()
        if not error < TOLERANCE:
            raise ValueError(f"a folded generator's pixels are off by {error}")
    return ways


def timed(draw: Draw, z: np.ndarray) -> float:
    """Images per second."""
    begin = time.perf_counter()
    images = draw(z)
    return len(images) / (time.perf_counter() - begin)


def rates_of(name: str, args: argparse.Namespace) -> Rates:
    """Images per second of each way of a generator."""
    model = model_of(name, args.width)
    ways = ways_of(model)
    z = np.asarray(model.probe(LARGEST))
    for draw in ways.values():
        draw(z)  # traces
    count = max(1, round(args.seconds * timed(ways["predict"], z) / LARGEST))
    z = np.concatenate([z] * count)
    turns = {way: functools.partial(timed, draw, z) for way, draw in ways.items()}
    found = reporting.in_turns(turns, args.rounds)
    best = max(
        (way for way in found if way.startswith("batch")),
        key=lambda way: statistics.median(found[way]),
    )
    return found | {BEST: found[best]}


def show(
    table: str,
    title: str,
    found: dict[str, Rates],
    pairs: Sequence[tuple[str, str]],
    ways: Sequence[str],
) -> None:
    """A table: ways over others, then ways; empty where a generator lacks one."""
    columns = [*(f"{a} / {b}" for a, b in pairs), *(f"{way}, images/s" for way in ways)]
    shown = reporting.Table(f"generators-{table}", title, ["generator", *columns])
    for name, rates in found.items():
        shown.row(name, *ratios(rates, pairs), *medians(rates, ways))
    shown.save()


def ratios(rates: Rates, pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Cells of one way over another."""
    known = [rates.keys() >= {*pair} for pair in pairs]
    return [
        f"{reporting.ratio(rates[a], rates[b]):.2f}" if k else ""
        for k, (a, b) in zip(known, pairs, strict=True)
    ]


def medians(rates: Rates, ways: Sequence[str]) -> list[str]:
    """Cells of images per second."""
    found = {way: f"{statistics.median(rates[way]):,.0f}" for way in rates}
    return [found.get(way, "") for way in ways]


def main() -> None:
    """Prints and saves both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.5, help="per measurement")
    parser.add_argument("--width", type=float, default=0.25, help="of narrow ones")
    parser.add_argument("--generators", default="", help="those whose names have this")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    chosen = [name for name in GENERATORS if args.generators in name]
    found = {name: rates_of(name, args) for name in chosen}
    ours = "Sampler", "frames"
    pairs = [(way, "predict") for way in ours] + [(way, BEST) for way in ours]
    narrow = f"narrow: width {args.width}"
    title = (
        f"Images of latents, batch {snapshots.DRAWING_BATCH}; frames: {TILES}; {narrow}"
    )
    show("samples", title, found, pairs, (*ours, "predict", "eager", BEST))
    half, others = f"batch {snapshots.DRAWING_BATCH}", ("folded", "frozen", "XLA")
    pairs = [(way, half) for way in (BEST, *others)]
    title = f"Images of latents by compiled functions; the last three: {half}; {narrow}"
    sizes = [f"batch {size}" for size in BATCHES]
    show("functions", title, found, pairs, (*sizes, *others))


if __name__ == "__main__":
    main()
