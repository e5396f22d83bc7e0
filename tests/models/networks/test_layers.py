import keras
import numpy as np
import pytest
import tensorflow as tf

from models.networks.fast import im2col, keras_layers, subpixel

# Sides, kernel, stride, padding, channels in and out.
CASES = [
    (8, 5, 2, "same", 3, 2),
    (7, 5, 2, "same", 2, 3),
    (8, 4, 2, "same", 2, 2),
    (6, 3, 2, "valid", 2, 3),
    (4, 3, 1, "same", 3, 2),
    (2, 4, 2, "same", 2, 2),
]


def draw(*shape, seed=0):
    return tf.constant(np.random.default_rng(seed).normal(size=shape), "float32")


def two_orders(layer, x):
    """A layer's images, its gradients, and those of the input gradient's square."""
    weights = [v.value for v in layer.trainable_variables]
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape(persistent=True) as inner:
            inner.watch(x)
            y = layer(x, training=True) if "batch" in layer.name else layer(x)
            loss = tf.reduce_sum(y**3)
        slope = inner.gradient(loss, x)
        penalty = tf.reduce_sum(slope**2)
    first = inner.gradient(loss, weights)
    second = outer.gradient(penalty, [x, weights[0]])
    return [y, slope, *first, *second]


def alike(ours, theirs, x):
    ours, theirs = two_orders(ours, x), two_orders(theirs, x)
    largest = max(float(tf.reduce_max(tf.abs(b))) for b in theirs)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5 * largest)


def twins(name, side, channels, *options):
    """A layer of ours and Keras's, with the same weights, and images for them."""
    start = {"bias_initializer": "normal"}
    ours = getattr(keras_layers, name)(*options, **start)
    theirs = getattr(keras.layers, name)(*options, **start)
    x = draw(2, side, side, channels)
    ours.build(x.shape)
    theirs.build(x.shape)
    theirs.set_weights(ours.get_weights())
    return ours, theirs, x


@pytest.fixture
def called(monkeypatch):
    """The ways that were taken."""
    taken = []

    def note(kind, way):
        plain = getattr(kind, way)
        monkeypatch.setattr(kind, way, lambda *a: taken.append(kind) or plain(*a))

    for kind in (im2col.Windows, subpixel.SubPixel):
        note(kind, "convolve")
        note(kind, "transpose")
    return taken


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", ["Conv2D", "Conv2DTranspose"])
def test_a_product_is_the_convolution_in_both_orders(name, case, monkeypatch, called):
    side, kernel, stride, padding, channels, filters = case
    monkeypatch.setattr(im2col, "MOST_WINDOWS", 1000)
    alike(*twins(name, side, channels, filters, kernel, stride, padding))
    assert set(called) == {im2col.Windows}


@pytest.mark.parametrize(
    ("kernel", "stride"), [(5, 2), (4, 2), (3, 2), (2, 2), (6, 2), (4, 3), (3, 3)]
)
@pytest.mark.parametrize("name", ["Conv2D", "Conv2DTranspose"])
def test_a_sub_pixel_is_the_convolution_in_both_orders(
    name, kernel, stride, monkeypatch, called
):
    monkeypatch.setattr(im2col, "MOST_WINDOWS", 0)
    channels = {"Conv2D": (3, 6), "Conv2DTranspose": (6, 3)}[name]
    side = 3 if name == "Conv2DTranspose" else 3 * stride
    alike(*twins(name, side, channels[0], channels[1], kernel, stride, "same"))
    assert set(called) == {subpixel.SubPixel}


@pytest.mark.parametrize(
    ("large", "small", "way"),
    [
        ((16, 8, 8, 256), (16, 4, 4, 256), im2col.Windows),
        ((17, 8, 8, 256), (17, 4, 4, 256), None),
        ((None, 8, 8, 256), (None, 4, 4, 256), None),
        ((16, None, None, 256), (16, None, None, 256), None),
        ((17, 8, 8, 3), (17, 4, 4, 256), subpixel.SubPixel),
        ((None, 8, 8, 3), (None, 4, 4, 256), subpixel.SubPixel),
        ((17, 8, 8, 4), (17, 4, 4, 256), None),
        ((17, 7, 7, 3), (17, 4, 4, 256), None),
        ((17, None, None, 3), (17, None, None, 256), None),
    ],
)
def test_few_windows_are_multiplied_and_few_channels_are_sub_pixels(large, small, way):
    layer = keras_layers.Conv2D(256, 5, 2, "same")
    found = keras_layers.faster(layer, large, small)
    assert type(found) is (way or type(None))


def test_a_gpu_convolves_as_keras_does(monkeypatch):
    layer, shapes = (
        keras_layers.Conv2D(256, 5, 2, "same"),
        [(1, 8, 8, 3), (1, 4, 4, 256)],
    )
    assert keras_layers.faster(layer, *shapes)
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: [kind])
    assert keras_layers.faster(layer, *shapes) is None


def test_what_has_another_padding_or_stride_is_no_sub_pixel():
    shapes = (17, 8, 8, 3), (17, 4, 4, 256)
    for options in ((5, 2, "valid"), (1, 2, "same"), (5, 1, "same")):
        layer = keras_layers.Conv2D(256, *options)
        assert keras_layers.faster(layer, *shapes) is None


@pytest.mark.parametrize(
    "options",
    [{"kernel_size": (3, 5)}, {"strides": (1, 2)}, {"dilation_rate": 2}, {"groups": 2}],
    ids=str,
)
def test_a_convolution_of_another_kind_is_left_to_keras(options, monkeypatch):
    monkeypatch.setattr(im2col, "MOST_WINDOWS", 1000)
    options = {"kernel_size": 3, "padding": "same"} | options
    ours = keras_layers.Conv2D(4, **options)
    theirs = keras.layers.Conv2D(4, **options)
    x = draw(2, 6, 6, 4)
    ours.build(x.shape)
    theirs.build(x.shape)
    theirs.set_weights(ours.get_weights())
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "options", [{}, {"scale": False}, {"center": False}, {"axis": 1}], ids=str
)
def test_fused_batch_norm_is_keras_s_in_both_orders(options):
    x = 2 + 3 * draw(4, 5, 5, 3)
    options = {"epsilon": 1e-5, "momentum": 0.9} | options
    ours = keras_layers.BatchNormalization(**options)
    theirs = keras.layers.BatchNormalization(**options)
    for layer in (ours, theirs):
        layer.build(x.shape)
        rng = np.random.default_rng(1)
        layer.set_weights([rng.uniform(0.5, 2, v.shape) for v in layer.weights])
    ours_y = ours(x, training=True)
    np.testing.assert_allclose(ours_y, theirs(x, training=True), rtol=1e-5, atol=1e-5)
    for a, b in zip(ours.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)
    alike(ours, theirs, x)
    shown = (layer(x, training=False) for layer in (ours, theirs))
    np.testing.assert_allclose(*shown, rtol=1e-4, atol=1e-5)
    mixed = keras_layers.BatchNormalization(dtype="mixed_bfloat16", **options)
    assert mixed(x, training=True).dtype == "bfloat16"
