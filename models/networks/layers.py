"""Layers as the originals' frameworks made them: initialisers, norms, activations."""

import dataclasses
import math
from typing import Any, Literal

import keras
import tensorflow as tf

from models.networks.fast import keras_layers

Shape = tuple[int, int, int]  # height, width, channels
Init = Literal["glorot", "normal", "torch", "torch_normal"]
Gamma = Literal["ones", "around_one", "around_zero", "none"]
Norm = Literal["own", "batch", "layer", "instance", "none"]

KERNELS = {
    "glorot": lambda fan_in: keras.initializers.GlorotUniform(),
    "normal": lambda fan_in: keras.initializers.RandomNormal(stddev=0.02),
    "torch": lambda fan_in: torch_uniform(fan_in),
    "torch_normal": lambda fan_in: keras.initializers.RandomNormal(stddev=0.02),
}
GAMMAS = {
    "ones": keras.initializers.Ones,
    "around_one": lambda: keras.initializers.RandomNormal(1.0, 0.02),
    "around_zero": lambda: keras.initializers.RandomNormal(0.0, 0.02),
}


def torch_uniform(fan_in: int) -> keras.initializers.Initializer:
    """Returns PyTorch's default for weights: U(-b, b), b = 1/sqrt(fan_in)."""
    bound = 1 / math.sqrt(fan_in)
    return keras.initializers.RandomUniform(-bound, bound)


@dataclasses.dataclass(frozen=True)
class Style:
    """How a network's layers are made; the fields are options of the models' Config.

    Its methods put a layer on a symbolic tensor. A layer that a norm follows has no
    bias, as in every original. In `up` and `down` the padding is SAME.
    """

    init: Init = "glorot"
    norm: Norm = "batch"
    bn_gamma: Gamma = "ones"
    bn_momentum: float = 0.99
    bn_epsilon: float = 1e-5
    branch_relu: bool = True  # resnet: ReLU after a branch's convolutions
    skip: bool = False  # began_nets: decoders see their first tensor again
    dropout: float = 0.0  # conditional, image_to_image
    affine: bool = True  # whether instance and layer norm have gamma and beta
    condition: int = 0  # of a generator's numbers, a discriminator's channels: its last
    outputs: int = 1  # of a critic: its logit, then what its other heads say
    code: int = 0  # of an autoencoder or encoder: numbers of its code

    @classmethod
    def of(cls, config: Any, norm: str, **others: Any) -> "Style":
        """Returns the style that a Config describes, with a norm and other fields."""
        names = [f.name for f in dataclasses.fields(cls) if hasattr(config, f.name)]
        values = {name: getattr(config, name) for name in names}
        return cls(**values | others | {"norm": norm})

    def initial(self, fan_in: int, init: str | None = None) -> dict[str, Any]:
        """Returns initialisers of a layer's kernel and bias, as keyword arguments."""
        torch = self.init.startswith("torch")
        return {
            "kernel_initializer": KERNELS[init or self.init](fan_in),
            "bias_initializer": torch_uniform(fan_in) if torch else "zeros",
        }

    def dense(self, x, units: int, bias: bool = True, init: str | None = None):
        """Applies `FC n`."""
        initial = self.initial(x.shape[-1], init)
        return keras_layers.Dense(units, use_bias=bias, **initial)(x)

    def logit(self, x):
        """Applies `FC outputs`, in full precision under any policy: [B, outputs]."""
        x = keras.layers.Flatten()(x)
        initial, dtype = self.initial(x.shape[-1]), keras.config.floatx()
        return keras.layers.Dense(self.outputs, dtype=dtype, **initial)(x)

    def drop(self, x):
        """Applies dropout, where there is any."""
        return keras.layers.Dropout(self.dropout)(x) if self.dropout else x

    def down(self, x, filters: int, kernel: int, stride: int = 2, bias: bool = True):
        """Applies `C k/s f`."""
        initial = self.initial(kernel**2 * x.shape[-1])
        return keras_layers.Conv2D(
            filters, kernel, stride, "same", use_bias=bias, **initial
        )(x)

    def up(self, x, filters: int, kernel: int, stride: int = 2, bias: bool = True):
        """Applies `T k/s f`; PyTorch counts its outputs as its fan-in."""
        initial = self.initial(kernel**2 * filters)
        return keras_layers.Conv2DTranspose(
            filters, kernel, stride, "same", use_bias=bias, **initial
        )(x)

    @property
    def bias(self) -> bool:
        """Whether a layer that the norm follows has a bias: only if there is none."""
        return self.norm == "none"

    def normalize(self, x):
        """Applies the norm: over the batch, each image or each of its channels.

        Layer norm is TensorFlow 1's: over height, width and channels together,
        epsilon 1e-12, gamma and beta by channel. Moving variances are biased, as in
        TF 1.2; under several replicas the statistics are those of the global batch.
        """
        if self.norm == "none":
            return x
        if self.norm == "batch":
            scale = self.bn_gamma != "none"
            gamma = {"gamma_initializer": GAMMAS[self.bn_gamma]()} if scale else {}
            replicas = tf.distribute.get_strategy().num_replicas_in_sync
            layer = keras_layers.BatchNormalization(
                momentum=self.bn_momentum,
                epsilon=self.bn_epsilon,
                scale=scale,
                synchronized=replicas > 1,
                **gamma,
            )
        else:
            groups, epsilon = (1, 1e-12) if self.norm == "layer" else (-1, 1e-5)
            layer = keras.layers.GroupNormalization(
                groups, epsilon=epsilon, center=self.affine, scale=self.affine
            )
        return layer(x)


def activate(x, activation: str, dtype: str | None = None):
    """Applies ReLU, ELU, tanh, ..., or `lrelu`: leaky ReLU with slope 0.2."""
    if activation == "lrelu":
        return leaky_relu(x, 0.2, dtype)
    return keras.layers.Activation(activation, dtype=dtype)(x)


def leaky_relu(x, slope: float, dtype: str | None = None):
    """Applies max(x, slope x)."""
    if keras.config.floatx() == "float64":  # the kernel's slope has 24 bits
        return (1 + slope) / 2 * x + (1 - slope) / 2 * keras.ops.abs(x)
    return keras.layers.LeakyReLU(negative_slope=slope, dtype=dtype)(x)


def last(x, activation: str):
    """Applies a network's last activation, in full precision under any policy."""
    return activate(x, activation, keras.config.floatx())
