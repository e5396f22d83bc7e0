import keras
import numpy as np
import pytest

from models import networks


@pytest.mark.parametrize(
    ("size", "smallest", "expected"),
    [(28, 4, 2), (64, 4, 4), (256, 4, 6), (36, 4, 2), (252, 4, 2), (64, 7, 3)],
)
def test_halvings(size, smallest, expected):
    assert networks.halvings(size, smallest) == expected


@pytest.mark.parametrize("size", [28, 36, 64, 100, 252, 256])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_multiple_of_four_fits(size, channels):
    shape, width = (size, size, channels), 1 / 64
    generator = networks.dcgan_generator(shape, z_dim=3, width=width)
    discriminator = networks.dcgan_discriminator(shape, width=width)
    autoencoder = networks.autoencoder(shape, width=width)
    assert generator.output_shape == (None, *shape)
    assert discriminator.input_shape == (None, *shape)
    assert discriminator.output_shape == (None, 1)
    assert autoencoder.output_shape[0] == (None, *shape)


def test_width_scales_the_filters():
    net = networks.dcgan_discriminator((64, 64, 3), width=0.25)
    convolutions = [n for n in net.layers if isinstance(n, keras.layers.Conv2D)]
    assert [n.filters for n in convolutions] == [16, 32, 64, 128]


def test_a_width_of_zero_is_refused():
    with pytest.raises(ValueError, match="0"):
        networks.dcgan_generator((28, 28, 1), z_dim=3, width=0.0)


def test_outputs_are_float32_in_mixed_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        shape = (28, 28, 1)
        nets = [
            networks.dcgan_generator(shape, 3, 1 / 32),
            networks.dcgan_discriminator(shape, 1 / 32),
            networks.autoencoder(shape, 1 / 32),
        ]
    finally:
        keras.config.set_dtype_policy("float32")
    dtypes = {t.dtype for net in nets for t in net.outputs}
    compute = {layer.compute_dtype for net in nets for layer in net.layers}
    assert dtypes == {"float32"}
    assert "bfloat16" in compute


def test_a_saved_generator_loads_in_plain_keras(tmp_path):
    generator = networks.dcgan_generator((28, 28, 1), z_dim=3, width=1 / 32)
    generator.save(tmp_path / "g.keras")
    loaded = keras.models.load_model(tmp_path / "g.keras")
    z = np.ones((2, 3), "float32")
    np.testing.assert_array_equal(loaded(z), generator(z))
