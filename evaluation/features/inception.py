"""The network of the original FID: Inception-v3 as TensorFlow published it in 2015.

Szegedy et al. 2015, https://arxiv.org/abs/1512.00567; its use for FIDs is Heusel et al.
2017, https://arxiv.org/abs/1706.08500. The weights are those of pytorch-fid, in which
the graph of 2015-12-05 was ported; layers have the names that they have there. That
graph is not the one of Keras or torchvision: block Mixed_7c pools by the maximum, there
are 1,008 classes, and images are resized as TensorFlow 1 did it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from common.errors import UserError
from evaluation.features import extractor, fetch_weights, torch_weights
from models.base import pixels

# The name has the digest's beginning; all of it is in other projects that use the file.
WEIGHTS = fetch_weights.WeightsFile(
    "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/"
    "pt_inception-2015-12-05-6726825d.pth",
    "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
)
INPUT_SIDE = 299  # px
CLASSES = 1008
EPSILON = 1e-3  # of the batch norms

Conv = tuple[int, int, int]  # filters, and the kernel's height and width
Split = tuple[Conv, Conv]  # two convolutions of the same tensor, joined
Branches = dict[str, Sequence[Conv | Split]]
BOTH: Split = (384, 1, 3), (384, 3, 1)


def branches_35(pool_filters: int) -> Branches:
    """Returns the branches of a block on maps of 35 x 35."""
    return {
        "branch1x1": [(64, 1, 1)],
        "branch5x5": [(48, 1, 1), (64, 5, 5)],
        "branch3x3dbl": [(64, 1, 1), (96, 3, 3), (96, 3, 3)],
        "branch_pool": [(pool_filters, 1, 1)],
    }


def branches_17(filters: int) -> Branches:
    """Returns the branches of a block on maps of 17 x 17."""
    one = (filters, 1, 1)
    across = (filters, 1, 7)
    down = (filters, 7, 1)
    return {
        "branch1x1": [(192, 1, 1)],
        "branch7x7": [one, across, (192, 7, 1)],
        "branch7x7dbl": [one, down, across, down, (192, 1, 7)],
        "branch_pool": [(192, 1, 1)],
    }


BRANCHES_8: Branches = {  # of a block on maps of 8 x 8
    "branch1x1": [(320, 1, 1)],
    "branch3x3": [(384, 1, 1), BOTH],
    "branch3x3dbl": [(448, 1, 1), (384, 3, 3), BOTH],
    "branch_pool": [(192, 1, 1)],
}
HALVE = "halve"  # the last convolutions have stride 2, and so has the pooling
BLOCKS: dict[str, tuple[str, Branches]] = {  # how a block pools, and its branches
    "Mixed_5b": ("average", branches_35(32)),
    "Mixed_5c": ("average", branches_35(64)),
    "Mixed_5d": ("average", branches_35(64)),
    "Mixed_6a": (HALVE, {
        "branch3x3": [(384, 3, 3)],
        "branch3x3dbl": [(64, 1, 1), (96, 3, 3), (96, 3, 3)],
        "branch_pool": [],
    }),
    "Mixed_6b": ("average", branches_17(128)),
    "Mixed_6c": ("average", branches_17(160)),
    "Mixed_6d": ("average", branches_17(160)),
    "Mixed_6e": ("average", branches_17(192)),
    "Mixed_7a": (HALVE, {
        "branch3x3": [(192, 1, 1), (320, 3, 3)],
        "branch7x7x3": [(192, 1, 1), (192, 1, 7), (192, 7, 1), (192, 3, 3)],
        "branch_pool": [],
    }),
    "Mixed_7b": ("average", BRANCHES_8),
    "Mixed_7c": ("max", BRANCHES_8),
}  # fmt: skip


def create(
    data_dir: Path,
    copy: Path | None = None,
    weights: fetch_weights.WeightsFile = WEIGHTS,
) -> extractor.KerasExtractor:
    """Returns the extractor; its logits have no bias, as in the Inception Score's code.

    Args:
        data_dir: the weights are downloaded to its folder `inception`, once.
        copy: the user's own copy of them, which is read instead.
        weights: where they are published.

    Raises:
        UserError: the weights cannot be had, or are not Inception's.
    """
    content = fetch_weights.read(weights, data_dir / "inception", copy)
    return extractor.KerasExtractor(
        "inception",
        load_weights(build(), torch_weights.read(content, weights.name)),
        weights.sha256,
        f"Inception-v3 of 2015-12-05 ({weights.name})",
        logits=CLASSES,
        prepare=prepare,
    )


def prepare(images: np.ndarray) -> tf.Tensor:
    """Returns images [n, H, W, 1 or 3] in [-1, 1] as the network's [n, 299, 299, 3].

    They are rounded to a picture file's 256 levels and resized as TensorFlow 1 does it:
    corners of pixels, not their centres, have whole coordinates.
    """
    resized = tf.raw_ops.ResizeBilinear(
        images=pixels.to_rgb(images),
        size=[INPUT_SIDE, INPUT_SIDE],
        half_pixel_centers=False,
    )
    return (resized - 128) / 128


@extractor.full_precision()
def build() -> keras.Model:
    """Builds the network: prepared images to `features` [n, 2048] and `logits`."""
    pool = keras.layers.MaxPooling2D
    images = x = keras.Input((INPUT_SIDE, INPUT_SIDE, 3))
    x = convolution(x, "Conv2d_1a_3x3", (32, 3, 3), 2, "valid")
    x = convolution(x, "Conv2d_2a_3x3", (32, 3, 3), 1, "valid")
    x = pool(3, 2)(convolution(x, "Conv2d_2b_3x3", (64, 3, 3)))
    x = convolution(x, "Conv2d_3b_1x1", (80, 1, 1))
    x = pool(3, 2)(convolution(x, "Conv2d_4a_3x3", (192, 3, 3), 1, "valid"))
    for name, (pooling, branches) in BLOCKS.items():
        x = block(x, name, pooling, branches)

    features = keras.layers.GlobalAveragePooling2D()(x)  # [n, 2048]
    logits = keras.layers.Dense(CLASSES, use_bias=False, name="fc")(features)
    return keras.Model(images, {"features": features, "logits": logits})


def block(
    x: keras.KerasTensor, name: str, pooling: str, branches: Branches
) -> keras.KerasTensor:
    """Adds a block of parallel branches, of which the last begins with the pooling."""
    pools = {
        "average": keras.layers.AveragePooling2D(3, 1, "same"),  # pads do not count
        "max": keras.layers.MaxPooling2D(3, 1, "same"),
        HALVE: keras.layers.MaxPooling2D(3, 2),
    }
    outputs = []
    for branch, convolutions in branches.items():
        start = pools[pooling](x) if branch == "branch_pool" else x
        outputs.append(chain(start, f"{name}.{branch}", convolutions, pooling == HALVE))
    return keras.layers.Concatenate()(outputs)


def chain(
    x: keras.KerasTensor, name: str, convolutions: Sequence[Conv | Split], halve: bool
) -> keras.KerasTensor:
    """Adds one convolution after the other, numbered from 1 if there are several."""
    last = len(convolutions)
    for number, spec in enumerate(convolutions, 1):
        numbered = f"{name}_{number}" if last > 1 else name
        if isinstance(spec[0], tuple):
            pair = zip("ab", spec, strict=True)
            halves = [convolution(x, numbered + letter, one) for letter, one in pair]
            x = keras.layers.Concatenate()(halves)
        elif halve and number == last:
            x = convolution(x, numbered, spec, 2, "valid")
        else:
            x = convolution(x, numbered, spec)
    return x


def convolution(
    x: keras.KerasTensor, name: str, spec: Conv, strides: int = 1, padding: str = "same"
) -> keras.KerasTensor:
    """Adds a convolution and ReLU; its weights include the batch norm between them."""
    filters, *kernel = spec
    return keras.layers.Conv2D(
        filters, kernel, strides, padding, activation="relu", name=name
    )(x)


def load_weights(network: keras.Model, state: dict[str, np.ndarray]) -> keras.Model:
    """Sets the network's weights from a state dict; returns the network.

    Raises:
        UserError: the state dict is of another network.
    """
    try:
        for layer in network.layers:
            if isinstance(layer, keras.layers.Conv2D):
                layer.set_weights(fold_batch_norm(layer.name, state))
        network.get_layer("fc").set_weights([state["fc.weight"].T])
    except (KeyError, ValueError) as error:
        raise UserError(f"the weights are not Inception's ({error})") from error
    return network


def fold_batch_norm(name: str, state: dict[str, np.ndarray]) -> list[np.ndarray]:
    """Returns kernel and bias of a convolution and its batch norm together.

    gamma (w x - mean) / sqrt(variance + eps) + beta is linear in x.
    """
    gamma, beta, mean, variance = (
        state[f"{name}.bn.{key}"].astype("float64")
        for key in ("weight", "bias", "running_mean", "running_var")
    )
    scale = gamma / np.sqrt(variance + EPSILON)
    kernel = state[f"{name}.conv.weight"].transpose(2, 3, 1, 0)  # [h, w, in, out]
    return [kernel * scale, beta - mean * scale]
