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
from evaluation import pixels
from evaluation.features import extractor, fetch_weights, torch_weights

# The name has the digest's beginning; all of it is in other projects that use the file.
SOURCE = fetch_weights.Source(
    "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/"
    "pt_inception-2015-12-05-6726825d.pth",
    "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
)
SIDE, FEATURES, CLASSES = 299, 2048, 1008
EPSILON = 1e-3  # of the batch norms

Conv = tuple[int, int, int]  # filters, and the kernel's height and width
Split = tuple[Conv, Conv]  # two convolutions of the same tensor, joined
Branches = dict[str, Sequence[Conv | Split]]
BOTH: Split = (384, 1, 3), (384, 3, 1)


def thirty_five(pooled: int) -> Branches:
    """The branches of a block on maps of 35 x 35."""
    return {
        "branch1x1": [(64, 1, 1)],
        "branch5x5": [(48, 1, 1), (64, 5, 5)],
        "branch3x3dbl": [(64, 1, 1), (96, 3, 3), (96, 3, 3)],
        "branch_pool": [(pooled, 1, 1)],
    }


def seventeen(c: int) -> Branches:
    """The branches of a block on maps of 17 x 17."""
    across, down = (c, 1, 7), (c, 7, 1)
    return {
        "branch1x1": [(192, 1, 1)],
        "branch7x7": [(c, 1, 1), across, (192, 7, 1)],
        "branch7x7dbl": [(c, 1, 1), down, across, down, (192, 1, 7)],
        "branch_pool": [(192, 1, 1)],
    }


EIGHT: Branches = {  # of a block on maps of 8 x 8
    "branch1x1": [(320, 1, 1)],
    "branch3x3": [(384, 1, 1), BOTH],
    "branch3x3dbl": [(448, 1, 1), (384, 3, 3), BOTH],
    "branch_pool": [(192, 1, 1)],
}
HALVE = "halve"  # the last convolutions have stride 2, and so has the pooling
BLOCKS: dict[str, tuple[str, Branches]] = {  # how a block pools, and its branches
    "Mixed_5b": ("average", thirty_five(32)),
    "Mixed_5c": ("average", thirty_five(64)),
    "Mixed_5d": ("average", thirty_five(64)),
    "Mixed_6a": (HALVE, {
        "branch3x3": [(384, 3, 3)],
        "branch3x3dbl": [(64, 1, 1), (96, 3, 3), (96, 3, 3)],
        "branch_pool": [],
    }),
    "Mixed_6b": ("average", seventeen(128)),
    "Mixed_6c": ("average", seventeen(160)),
    "Mixed_6d": ("average", seventeen(160)),
    "Mixed_6e": ("average", seventeen(192)),
    "Mixed_7a": (HALVE, {
        "branch3x3": [(192, 1, 1), (320, 3, 3)],
        "branch7x7x3": [(192, 1, 1), (192, 1, 7), (192, 7, 1), (192, 3, 3)],
        "branch_pool": [],
    }),
    "Mixed_7b": ("average", EIGHT),
    "Mixed_7c": ("max", EIGHT),
}  # fmt: skip


def create(
    data_dir: Path, given: Path | None = None, source: fetch_weights.Source = SOURCE
) -> extractor.Network:
    """The extractor, with the weights of `given` or of data_dir/inception.

    There they are downloaded to if they are missing. Its logits have no bias, as those
    of the original Inception Score. UserError where the weights are not to be had.
    """
    content = fetch_weights.content(source, data_dir / "inception", given)
    return extractor.Network(
        "inception",
        loaded(network(), torch_weights.read(content, source.file)),
        source.sha256,
        f"Inception-v3 of 2015-12-05 ({source.file})",
        logits=CLASSES,
        prepare=prepare,
    )


def prepare(images: np.ndarray) -> tf.Tensor:
    """From [n, H, W, 1 or 3] in [-1, 1] to the network's [n, 299, 299, 3].

    The levels of a picture file are resized as by TensorFlow 1, whose corners of pixels
    lie on whole numbers instead of their centres.
    """
    resized = tf.raw_ops.ResizeBilinear(
        images=pixels.to_rgb(images), size=[SIDE, SIDE], half_pixel_centers=False
    )
    return (resized - 128) / 128


@extractor.full_precision()
def network() -> keras.Model:
    """From prepared images to `features` [n, 2048] and `logits` [n, 1008]."""
    pool = keras.layers.MaxPooling2D
    images = x = keras.Input((SIDE, SIDE, 3))
    x = convolution(x, "Conv2d_1a_3x3", (32, 3, 3), 2, "valid")
    x = convolution(x, "Conv2d_2a_3x3", (32, 3, 3), 1, "valid")
    x = pool(3, 2)(convolution(x, "Conv2d_2b_3x3", (64, 3, 3)))
    x = convolution(x, "Conv2d_3b_1x1", (80, 1, 1))
    x = pool(3, 2)(convolution(x, "Conv2d_4a_3x3", (192, 3, 3), 1, "valid"))
    for name, (pooling, branches) in BLOCKS.items():
        x = block(x, name, pooling, branches)
    x = keras.layers.GlobalAveragePooling2D()(x)
    logits = keras.layers.Dense(CLASSES, use_bias=False, name="fc")(x)
    return keras.Model(images, {"features": x, "logits": logits})


def block(
    x: keras.KerasTensor, name: str, pooling: str, branches: Branches
) -> keras.KerasTensor:
    """The branches side by side; the last one begins with the pooling."""
    pools = {
        "average": keras.layers.AveragePooling2D(3, 1, "same"),  # pads do not count
        "max": keras.layers.MaxPooling2D(3, 1, "same"),
        HALVE: keras.layers.MaxPooling2D(3, 2),
    }
    ends = []
    for branch, convolutions in branches.items():
        begin = pools[pooling](x) if branch == "branch_pool" else x
        ends.append(chain(begin, f"{name}.{branch}", convolutions, pooling == HALVE))
    return keras.layers.Concatenate()(ends)


def chain(
    x: keras.KerasTensor, name: str, convolutions: Sequence[Conv | Split], halve: bool
) -> keras.KerasTensor:
    """One convolution after the other, numbered from 1 if there are several."""
    last = len(convolutions)
    for number, spec in enumerate(convolutions, 1):
        numbered = f"{name}_{number}" if last > 1 else name
        if isinstance(spec[0], tuple):
            pair = zip("ab", spec, strict=True)
            both = [convolution(x, numbered + letter, one) for letter, one in pair]
            x = keras.layers.Concatenate()(both)
        elif halve and number == last:
            x = convolution(x, numbered, spec, 2, "valid")
        else:
            x = convolution(x, numbered, spec)
    return x


def convolution(
    x: keras.KerasTensor, name: str, spec: Conv, strides: int = 1, padding: str = "same"
) -> keras.KerasTensor:
    """With the batch norm that follows it in its kernel and bias, and ReLU."""
    filters, *kernel = spec
    return keras.layers.Conv2D(
        filters, kernel, strides, padding, activation="relu", name=name
    )(x)


def loaded(network: keras.Model, state: dict[str, np.ndarray]) -> keras.Model:
    """The network with the weights of a state dict."""
    try:
        for layer in network.layers:
            if isinstance(layer, keras.layers.Conv2D):
                layer.set_weights(folded(layer.name, state))
        network.get_layer("fc").set_weights([state["fc.weight"].T])
    except (KeyError, ValueError) as error:
        raise UserError(f"the weights are not Inception's ({error})") from error
    return network


def folded(name: str, state: dict[str, np.ndarray]) -> list[np.ndarray]:
    """Kernel and bias of a convolution and its batch norm.

    gamma (w x - mean) / sqrt(variance + eps) + beta is linear in x.
    """
    gamma, beta, mean, variance = (
        state[f"{name}.bn.{key}"].astype("float64")
        for key in ("weight", "bias", "running_mean", "running_var")
    )
    scale = gamma / np.sqrt(variance + EPSILON)
    kernel = state[f"{name}.conv.weight"].transpose(2, 3, 1, 0)  # [h, w, in, out]
    return [kernel * scale, beta - mean * scale]
