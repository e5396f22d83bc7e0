"""The nets against the parameter counts that were taken from the originals."""

import math

import keras
import numpy as np
import pytest

import models
from models import networks
from models.networks import blocks, layers
from models.networks.fast import keras_layers

CELEBA, MNIST, MNIST64 = (64, 64, 3), (28, 28, 1), (64, 64, 1)
NO_GAMMA = {"net": "conv3", "bn_gamma": "none"}
# Trainable parameters of the generator and of the discriminator (or encoder), of
# tf.gans-comparison, GAN ZOO, GAN_Theories and GAN_package in this order.
COUNTS = [
    ("dcgan", CELEBA, {}, 18_869_379, 4_315_649),
    ("lsgan", CELEBA, {}, 6_934_595, 4_315_649),
    ("wgan", CELEBA, {}, 18_869_379, 4_315_649),
    ("wgan-gp", CELEBA, {"net": "dcgan"}, 18_869_379, 4_314_753),
    ("wgan-gp", CELEBA, {}, 8_311_107, 7_491_841),
    ("ebgan", CELEBA, {}, 12_672_771, 1_318_083),
    ("began", CELEBA, {}, 1_716_611, 17_977_411),
    ("dragan", CELEBA, {}, 18_868_483, 4_314_753),
    ("coulomb", CELEBA, {}, 17_755_267, 17_232_897),
    ("dcgan", MNIST, {"net": "mnist"}, 890_720, 259_265),
    ("wgan", MNIST, {"net": "mnist3"}, 726_368, 94_913),
    ("lsgan", MNIST, {"net": "mnist_lsgan", "z_dim": 100}, 818_241, 94_721),
    ("ebgan", MNIST, {"net": "mnist"}, 1_250_112, 413_249),
    ("ebgan", MNIST, {"net": "mnist_dense"}, 855_872, 484_944),
    ("began", MNIST, {"net": "mnist_began", "z_dim": 100}, 223_361, 804_997),
    ("dcgan", (128, 128, 3), {"net": "simpson"}, 24_033_859, 17_482_241),
    ("dcgan", CELEBA, NO_GAMMA, 2_377_859, 3_648_641),
    ("ebgan", CELEBA, NO_GAMMA, 2_377_859, 7_304_195),
    ("vae", CELEBA, {}, 2_377_859, 3_699_784),
    ("gan", MNIST, {}, 218_128, 100_609),
    ("dcgan", MNIST64, {"net": "conv4"}, 12_654_337, 2_763_585),
    ("wgan", MNIST64, {"net": "conv4", "z_dim": 128}, 13_113_089, 2_763_585),
    (
        "wgan-gp",
        MNIST64,
        {"net": "conv4", "g_width": 1 / 4, "d_width": 1 / 4},
        1_099_201,
        174_801,
    ),
    # Counted by hand from the papers' tables.
    ("cgan", MNIST, {}, 2_413_984, 1_224_351),
    ("acgan", (32, 32, 3), {}, 2_993_763, 1_663_883),
    ("infogan", MNIST, {}, 6_645_121, 6_690_893),
    # ... and from its authors' code.
    ("began-cs", CELEBA, {"net": "began_cs"}, 2_258_051, 18_371_267),
    # GAN_package's; the paper's PatchGAN on one image.
    ("pix2pix", (256, 256, 3), {}, 54_419_459, 2_769_601),
]
CYCLEGAN = {"generator": 11_378_179, "discriminator": 2_764_737}
ALL = [
    *((networks.CRITICS, net) for net in networks.CRITICS),
    (networks.CONDITIONAL, "mirza"),
    (networks.CLASSIFIERS, "odena"),
    (networks.INFORMATION, "infogan"),
    *((networks.AUTOENCODERS, net) for net in networks.AUTOENCODERS),
]
BOTH = pytest.mark.parametrize(("table", "net"), ALL, ids=lambda x: str(x)[:12])


def build(table, net, shape, width=1 / 64, **style):
    """Generator and discriminator of a pair, narrow."""
    cls = models.MODELS["ebgan" if table is networks.AUTOENCODERS else "dcgan"].Config
    config = cls(net=net, z_dim=3, g_width=width, d_width=width, **style)
    return networks.create(table[net], shape, config, inputs=3)


def parameters(network):
    return sum(math.prod(v.shape) for v in network.trainable_variables)


@pytest.mark.parametrize(("name", "shape", "options", "g", "d"), COUNTS)
def test_a_net_has_the_originals_number_of_parameters(name, shape, options, g, d):
    model = models.create(name, shape, 10, **options)
    assert [parameters(net) for net in model.networks.values()] == [g, d]


def test_cyclegans_nets_have_the_originals_number_of_parameters():
    model = models.create("cyclegan", (256, 256, 3))
    found = {key.split("_")[0]: parameters(net) for key, net in model.networks.items()}
    assert found == CYCLEGAN
    assert len(model.networks) == 4


@BOTH
def test_any_multiple_of_four_fits(table, net):
    for shape in (MNIST, (36, 36, 3), (256, 256, 3)):
        generator, discriminator = build(table, net, shape)
        assert generator.input_shape == (None, 3)
        assert generator.output_shape == (None, *shape)
        assert discriminator.input_shape == (None, *shape)
        put_out = discriminator.output_shape
        if table is networks.AUTOENCODERS:
            assert put_out[0] == (None, *shape)
        else:
            assert put_out == (None, 1)


@BOTH
def test_outputs_are_float32_in_mixed_precision(table, net):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        nets = build(table, net, MNIST)
    finally:
        keras.config.set_dtype_policy("float32")
    assert {t.dtype for network in nets for t in network.outputs} == {"float32"}
    compute = {layer.compute_dtype for network in nets for layer in network.layers}
    assert "bfloat16" in compute


@BOTH
def test_a_saved_net_loads_in_plain_keras(table, net, tmp_path, monkeypatch):
    for network, shape in zip(build(table, net, MNIST), ((3,), MNIST), strict=True):
        network.save(tmp_path / "net.keras")
        loaded = keras.models.load_model(tmp_path / "net.keras")
        x = np.random.default_rng(0).normal(size=(2, *shape)).astype("float32")
        ours, theirs = (keras.tree.flatten(net(x)) for net in (network, loaded))
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6 * np.abs(b).max())
        with monkeypatch.context() as patch:  # without our ways of convolving: equal
            patch.setattr(keras_layers, "faster", lambda *_: None)
            for a, b in zip(keras.tree.flatten(network(x)), theirs, strict=True):
                np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("size", "smallest", "expected"),
    [(28, 4, 2), (64, 4, 4), (256, 4, 6), (36, 4, 2), (252, 4, 2), (64, 7, 3)],
)
def test_halvings(size, smallest, expected):
    assert blocks.halvings(size, smallest) == expected


def test_width_scales_the_filters():
    _, net = build(networks.CRITICS, "dcgan", CELEBA, width=0.25)
    convolutions = [n for n in net.layers if isinstance(n, keras.layers.Conv2D)]
    assert [n.filters for n in convolutions] == [16, 32, 64, 128]


def test_a_width_of_zero_is_refused():
    with pytest.raises(ValueError, match="must be > 0"):
        build(networks.CRITICS, "dcgan", MNIST, width=0.0)


def kernels_and_biases(**style):
    """Largest kernel and bias values of one layer of each kind, with their fan-in."""
    keras.utils.set_random_seed(0)
    made = layers.Style(**style)
    image, vector = keras.Input((8, 8, 16)), keras.Input((64,))
    kinds = {
        "dense": (vector, made.dense(vector, 500), 64),
        "down": (image, made.down(image, 200, 3), 9 * 16),
        "up": (image, made.up(image, 200, 3), 9 * 200),
    }
    found = {}
    for kind, (inputs, outputs, fan_in) in kinds.items():
        kernel, bias = keras.Model(inputs, outputs).get_weights()
        found[kind] = (kernel, bias, fan_in)
    return found


def test_glorot_initialises_as_tensorflow_1():
    for kernel, bias, _ in kernels_and_biases(init="glorot").values():
        assert not bias.any()
        field = math.prod(kernel.shape[:-2])
        limit = math.sqrt(6 / (field * sum(kernel.shape[-2:])))
        assert 0.98 * limit < np.abs(kernel).max() <= limit


def test_normal_has_a_deviation_of_0_02():
    for kernel, bias, _ in kernels_and_biases(init="normal").values():
        assert not bias.any()
        np.testing.assert_allclose(kernel.std(), 0.02, rtol=0.02)


def test_torch_draws_kernels_and_biases_from_the_fan_in():
    for kernel, bias, fan_in in kernels_and_biases(init="torch").values():
        for values in (kernel, bias):
            limit = 1 / math.sqrt(fan_in)
            assert 0.95 * limit < np.abs(values).max() <= limit


def test_torch_normal_keeps_the_biases_of_torch():
    for kernel, bias, fan_in in kernels_and_biases(init="torch_normal").values():
        np.testing.assert_allclose(kernel.std(), 0.02, rtol=0.02)
        assert 0.95 / math.sqrt(fan_in) < np.abs(bias).max() <= 1 / math.sqrt(fan_in)


@pytest.mark.parametrize(
    ("gamma", "mean", "deviation"),
    [("ones", 1.0, 0.0), ("around_one", 1.0, 0.02), ("around_zero", 0.0, 0.02)],
)
def test_gamma_starts_where_it_should(gamma, mean, deviation):
    keras.utils.set_random_seed(0)
    x = keras.Input((4, 4, 2000))
    values = keras.Model(
        x, layers.Style(bn_gamma=gamma).normalize(x)
    ).trainable_weights[0]
    np.testing.assert_allclose(np.mean(values), mean, atol=2e-3)
    np.testing.assert_allclose(np.std(values), deviation, atol=2e-3)


def test_no_gamma_leaves_beta_alone():
    x = keras.Input((4, 4, 3))
    net = keras.Model(x, layers.Style(bn_gamma="none").normalize(x))
    assert [v.name for v in net.trainable_variables] == ["beta"]


@pytest.mark.parametrize(
    ("norm", "axes", "epsilon"),
    [("batch", (0, 1, 2), 1e-3), ("layer", (1, 2, 3), 0.0), ("instance", (1, 2), 1e-5)],
)
def test_norms_are_over_the_batch_the_image_or_its_channels(norm, axes, epsilon):
    values = np.random.default_rng(0).normal(3.0, 2.0, (4, 5, 5, 3)).astype("float32")
    x = keras.Input((5, 5, 3))
    net = keras.Model(x, layers.Style(norm=norm, bn_epsilon=1e-3).normalize(x))
    mean = values.mean(axis=axes, keepdims=True)
    variance = values.var(axis=axes, keepdims=True)
    expected = (values - mean) / np.sqrt(variance + epsilon)
    np.testing.assert_allclose(net(values, training=True), expected, atol=1e-5)
    assert [math.prod(v.shape) for v in net.trainable_variables] == [3, 3]


def test_a_layer_before_a_norm_has_no_bias():
    for norm, biases in (("batch", 2), ("layer", 2), ("instance", 2), ("none", 5)):
        _, net = build(networks.CRITICS, "dcgan", CELEBA, d_norm=norm)
        names = [v.name for v in net.trainable_variables if v.name == "bias"]
        assert len(names) == biases


def test_skip_connections_widen_what_a_decoder_sees():
    shape = (32, 32, 1)
    plain, skipping = (
        models.create("began", shape, z_dim=4, g_width=1 / 32, d_width=1 / 32, skip=s)
        for s in (False, True)
    )

    def inputs(model):
        convolutions = [
            layer.kernel.shape[2]
            for layer in model.generator.layers
            if isinstance(layer, keras.layers.Conv2D)
        ]
        return convolutions

    assert inputs(plain) == [4] * 7
    assert inputs(skipping) == [4, 4, 8, 4, 8, 4, 4]


def test_the_relu_of_a_residual_branch_can_be_switched_off():
    for branch_relu, expected in ((True, 13), (False, 7)):
        model = models.create(
            "wgan-gp", (32, 32, 1), g_width=1 / 64, d_width=1 / 64,
            branch_relu=branch_relu,
        )  # fmt: skip
        activations = [
            layer
            for layer in model.generator.layers
            if isinstance(layer, keras.layers.Activation)
            and layer.activation is keras.activations.relu
        ]
        assert len(activations) == expected
