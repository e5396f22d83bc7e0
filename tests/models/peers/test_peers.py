"""The peers of the step benchmark are the project's nets and updates."""

import types

import keras
import losses
import numpy as np
import pytest
import tensorflow as tf

pytest.importorskip("torch", reason="PyTorch is one of the peers: install it")

import torch

import models
from benchmarks.peers import keras_steps, torch_steps
from models.base import translation

CASES = [
    ("dcgan", 64, 3),
    ("dcgan", 28, 1),
    ("wgan-gp", 64, 3),
    ("began", 64, 3),
    ("ebgan", 64, 3),
    ("pix2pix", 64, 3),
]
SMALL = [(name, 32 if name == "pix2pix" else 28, 1) for name in torch_steps.CASES]
WIDTH, BATCH = 1 / 16, 2
MARGIN = 1000.0  # above the energies here
NETWORKS = ["generator", "discriminator"]
KINDS = {
    keras.layers.Dense: torch.nn.Linear,
    keras.layers.Conv2D: torch.nn.Conv2d,
    keras.layers.Conv2DTranspose: torch.nn.ConvTranspose2d,
    keras.layers.BatchNormalization: torch.nn.BatchNorm2d,
    keras.layers.GroupNormalization: torch.nn.GroupNorm,
    keras.layers.Dropout: torch.nn.Dropout,
}


@pytest.fixture(autouse=True)
def _one_thread():
    """PyTorch's threads wait for each other, long where others compute too."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def case(request):
    return request.param


@pytest.fixture(scope="module")
def model(case):
    """The project's, with biases and gammas of any size and without dropout."""
    name, size, channels = case
    others = {"margin": MARGIN} if name == "ebgan" else {}
    shape, widths = (size, size, channels), {"g_width": WIDTH, "d_width": WIDTH}
    model = models.create(name, shape, **widths, **others)
    rng = np.random.default_rng(0)
    for network in model.networks.values():
        for v in network.trainable_variables:
            if len(v.shape) == 1:
                v.assign_add(rng.normal(0, 0.1, v.shape))
        without_dropout(network)
    return model


@pytest.fixture(scope="module")
def torch_gan(case, model):
    """PyTorch's GAN with the model's weights."""
    gan = torch_steps.create(*case, WIDTH)
    for name in NETWORKS:
        copy(model.networks[name], getattr(gan, name))
    for layer in gan.generator.modules():
        if isinstance(layer, torch.nn.Dropout):
            layer.p = 0.0
    return gan


@pytest.fixture(scope="module")
def keras_gan(case, model):
    """Keras's GAN with the model's weights."""
    gan = keras_steps.create(*case, WIDTH)
    for name in NETWORKS:
        network = getattr(gan, name)
        network.set_weights(model.networks[name].get_weights())
        without_dropout(network)
    return gan


def without_dropout(network):
    for layer in network.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0


def order(shape):
    """Where the numbers of a mirrored [C, H, W] are among those of [H, W, C]."""
    numbers = np.arange(np.prod(shape)).reshape(shape)
    return numbers[::-1, ::-1].transpose(2, 0, 1).ravel()


def copy(network, module):
    """Gives a module the network's weights, mirrored.

    PyTorch's padding under stride 2 is TensorFlow's of the mirrored image.
    """
    flattened, reshaped = [], []
    for layer in network.layers:
        if isinstance(layer, keras.layers.Flatten):
            flattened = order(layer.input.shape[1:])
        if isinstance(layer, keras.layers.Reshape):
            reshaped = order(layer.target_shape)
    layers = [layer for layer in network.layers if layer.trainable_weights]
    parts = [part for part in module.modules() if [*part.parameters(recurse=False)]]
    for layer, part in zip(layers, parts, strict=True):
        kernel, *others = values = [v.numpy() for v in layer.trainable_weights]
        if kernel.ndim == 4:
            values = [kernel[::-1, ::-1].transpose(3, 2, 0, 1), *others]
        elif kernel.ndim == 2 and kernel.shape[0] == len(flattened):
            values = [kernel[flattened].T, *others]
        elif kernel.ndim == 2:
            values = [kernel[:, reshaped].T, *(bias[reshaped] for bias in others)]
        for parameter, value in zip(part.parameters(), values, strict=True):
            assert parameter.shape == value.shape
            parameter.data.copy_(torch.tensor(value.copy()))


def inward(x):
    """A batch as PyTorch's networks see it: rows, or mirrored images."""
    x = np.asarray(x)
    x = x[:, ::-1, ::-1].transpose(0, 3, 1, 2) if x.ndim == 4 else x
    return torch.tensor(x.copy())


def outward(y):
    """What PyTorch's networks put out, as the project's do."""
    y = (y[0] if isinstance(y, tuple) else y).detach().numpy()
    return y.transpose(0, 2, 3, 1)[:, ::-1, ::-1] if y.ndim == 4 else y


def inputs(case):
    """Real images [B, H, W, C], of pix2pix x and y, and what the generator takes."""
    name, size, channels = case
    rng = np.random.default_rng(0)
    count = 2 * channels if name == "pix2pix" else channels
    real = rng.uniform(-1, 1, (BATCH, size, size, count)).astype(np.float32)
    z = rng.normal(size=(BATCH, 64 if name == "began" else 100)).astype(np.float32)
    return real, real[..., :channels] if name == "pix2pix" else z


def assert_close(ours, theirs):
    """They agree to 1e-4 of the largest number."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 1e-4 * np.abs(ours).max()


def kinds(layers, known):
    """Which of the known classes each is of, without those that are of none."""
    found = ([isinstance(layer, kind) for kind in known] for layer in layers)
    return [each.index(True) for each in found if any(each)]


@pytest.mark.parametrize("name", NETWORKS)
def test_nets_have_the_same_layers(model, torch_gan, keras_gan, name):
    ours = kinds(model.networks[name].layers, KINDS)
    assert ours == kinds(getattr(keras_gan, name).layers, KINDS)
    assert ours == kinds(getattr(torch_gan, name).modules(), KINDS.values())


@pytest.mark.parametrize("name", NETWORKS)
def test_nets_have_as_many_parameters(model, torch_gan, keras_gan, name):
    count, module = model.parameters[name], getattr(torch_gan, name)
    assert count == sum(p.numel() for p in module.parameters())
    variables = getattr(keras_gan, name).trainable_variables
    assert count == sum(v.shape.num_elements() for v in variables)


def test_pytorch_makes_the_same_images(case, model, torch_gan):
    given = inputs(case)[1]
    ours = model.networks["generator"](given, training=True)
    assert_close(ours, outward(torch_gan.generator(inward(given))))


def test_pytorch_judges_alike(case, model, torch_gan):
    real = inputs(case)[0]
    ours = model.networks["discriminator"](real, training=True)
    ours = ours[0] if isinstance(ours, (list, tuple)) else ours
    assert_close(ours, outward(torch_gan.discriminator(inward(real))))


@pytest.fixture
def _even_chances(monkeypatch, case, model):
    """A gradient penalty's images lie at 0.3 between real and fake, in all three."""

    def uniform(shape, **_):
        return tf.fill(shape, 0.3)

    monkeypatch.setattr(torch, "rand", lambda *shape, device: torch.full(shape, 0.3))
    monkeypatch.setattr(keras.random, "uniform", uniform)
    if case[0] != "pix2pix":
        monkeypatch.setattr(model, "rng", types.SimpleNamespace(uniform=uniform))


@pytest.mark.usefixtures("_even_chances")
def test_losses_of_the_first_step_are_the_same(case, model, torch_gan, keras_gan):
    real, given = inputs(case)
    fake = model.networks["generator"](given, training=True)
    batch = {"image": real, "z": given}
    if case[0] == "pix2pix":
        batch = {"x": given, "y": real[..., case[2] :]}
        fake = tf.concat([given, fake], axis=3)
    if case[0] == "began":
        model.k.assign(0.5)
        keras_gan.k.assign(0.5)
        torch_gan.k = torch.tensor(0.5)
    torch_gan.margin = keras_gan.margin = MARGIN
    if case[0] == "pix2pix":
        translated = model.networks["generator"](given, training=True)
        d_loss, logs = model.d_loss(batch, translated)
        g_loss, _ = model.g_loss(batch, translated)
    else:
        (d_loss, logs), (g_loss, _) = (
            loss(model, batch) for loss in (losses.d_loss, losses.g_loss)
        )
    ours = float(d_loss), float(g_loss)
    there = inward(real), inward(fake)
    theirs = torch_gan.d_loss(*there).item(), torch_gan.g_loss(*there).item()
    assert theirs == pytest.approx(ours, rel=1e-4)
    theirs = float(keras_gan.d_loss(real, fake)), float(keras_gan.g_loss(real, fake))
    assert theirs == pytest.approx(ours, rel=1e-4)
    if case[0] == "began":
        losses.after_d(model, logs)
        moved = float(model.k) - 0.5
        assert float(torch_gan.k) - 0.5 == pytest.approx(moved, rel=1e-2)
        assert float(keras_gan.k) - 0.5 == pytest.approx(moved, rel=1e-2)


@pytest.mark.parametrize("peer", [torch_steps, keras_steps])
@pytest.mark.parametrize("name", torch_steps.CASES)
def test_rates_are_the_projects(peer, name):
    gan, config = peer.CASES[name], models.MODELS[name].Config()
    assert (gan.d_lr, gan.g_lr) == (config.d_lr, config.g_lr)
    assert gan.betas == (config.beta_1, config.beta_2)
    assert getattr(config, "n_critic", 1) == 1  # a step of the peers has one of D
    for field in ("z_dim", "margin", "gamma", "lambda_k"):
        if hasattr(config, field):
            assert getattr(gan, field) == getattr(config, field)


@pytest.mark.parametrize("name", NETWORKS)
def test_keras_has_layers_of_its_own_alone(keras_gan, name):
    for layer in getattr(keras_gan, name).layers:
        assert type(layer).__module__.startswith("keras.src.")


def test_a_layer_derived_from_one_of_keras_becomes_that():
    class Own(keras.layers.Conv2D):
        __module__ = "keras.layers"  # as the project's own layers say

    layer = keras_steps.plain(Own(3, 5, strides=2, use_bias=False))
    assert type(layer) is keras.layers.Conv2D
    assert (layer.filters, layer.strides, layer.use_bias) == (3, (2, 2), False)


def test_pytorchs_jitter_is_the_projects(monkeypatch):
    rng = np.random.default_rng(0)
    images = rng.normal(size=(4, 64, 64, 6)).astype(np.float32)
    rows, columns, mirrored = rng.random((3, 4, 1)).astype(np.float32)
    drawn = iter((rows, columns, mirrored))
    chances = types.SimpleNamespace(uniform=lambda shape: next(drawn))
    ours = translation.jitter(chances, tf.constant(images), 286 / 256, flip=True)

    def randint(high, shape, device):
        return torch.tensor((np.stack([rows, columns]) * high).astype(np.int64))

    monkeypatch.setattr(torch, "randint", randint)
    monkeypatch.setattr(torch, "rand", lambda *shape, device: torch.tensor(mirrored))
    theirs = torch_steps.jittered(torch.tensor(images).permute(0, 3, 1, 2))
    assert theirs.is_contiguous(memory_format=torch.channels_last)
    assert_close(ours, theirs.permute(0, 2, 3, 1))


def test_kerass_pipeline_gives_floats_and_jitters_both_of_a_pair_alike():
    images = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 1), np.uint8)
    images[0, 0, 0], images[0, 0, 1] = 0, 255
    dataset = tf.data.Dataset.from_tensors(images)
    (batch,) = keras_steps.pipeline("dcgan", dataset, 4)
    np.testing.assert_allclose(batch, images / 127.5 - 1, atol=1e-6)
    dataset = tf.data.Dataset.from_tensors((images, images))
    (batch,) = keras_steps.pipeline("pix2pix", dataset, 4)
    x, y = np.split(batch, 2, axis=3)
    assert x.shape == images.shape
    np.testing.assert_array_equal(x, y)
    assert np.abs(x - (images / 127.5 - 1)).max() > 0.1


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("small", SMALL, ids=torch_steps.CASES)
def test_pytorchs_steps_change_the_weights(small, dtype, monkeypatch):
    gan = torch_steps.create(*small, WIDTH)
    monkeypatch.setattr(torch_steps, "create", lambda *_: gan)
    nets = [*gan.generator.parameters(), *gan.discriminator.parameters()]
    before, passes = [p.detach().clone() for p in nets], []
    gan.generator.register_forward_hook(lambda *seen: passes.append(seen[-1].dtype))
    torch_steps.steps(*small, WIDTH, BATCH, dtype=dtype)(2)
    assert passes == [getattr(torch, dtype)] * 2  # one for both updates
    for old, new in zip(before, nets, strict=True):
        assert torch.isfinite(new).all()
        assert new.ndim == 1 or not torch.equal(old, new)


@pytest.mark.parametrize("small", SMALL, ids=torch_steps.CASES)
def test_kerass_steps_change_the_weights(small, monkeypatch):
    name, size, channels = small
    gan = keras_steps.create(*small, WIDTH)
    monkeypatch.setattr(keras_steps, "create", lambda *_: gan)
    compiled = name == "dcgan"  # the others would take long
    if not compiled:
        monkeypatch.setattr(gan, "make_train_function", lambda: eager(gan))
    nets = gan.generator.trainable_variables + gan.discriminator.trainable_variables
    before, passes = [v.numpy() for v in nets], []
    generate = gan.generate
    monkeypatch.setattr(gan, "generate", lambda x: passes.append(x) or generate(x))
    shape = (BATCH, size, size, channels)
    images = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    pair = (images, 255 - images) if name == "pix2pix" else images
    dataset = tf.data.Dataset.from_tensors(pair).repeat()
    assert keras_steps.steps(name, dataset, size, channels, WIDTH, BATCH)(2) > 0
    assert compiled or len(passes) == 2 * 3  # one step is not timed
    for old, new in zip(before, nets, strict=True):
        assert np.isfinite(new.numpy()).all()
        assert len(new.shape) == 1 or not np.array_equal(old, new.numpy())


def eager(gan):
    """Lets a Keras model train without a graph."""
    gan.train_function = lambda iterator: gan.train_step(next(iterator))
