"""The original Inception, beside torch-fidelity's with the same random weights."""

import hashlib

import keras
import numpy as np
import pytest

from common.errors import UserError
from evaluation.features import fetch_weights, inception
from models.base import pixels


@pytest.fixture
def network(theirs, torch, tmp_path):
    """torch-fidelity's network with random weights, batch norms' included."""

    class Untrained(theirs.FeatureExtractorInceptionV3):
        def load_state_dict(self, state):
            pass

    torch.save({}, tmp_path / "none.pth")
    torch.manual_seed(0)
    made = Untrained("x", ["2048", "logits_unbiased"], tmp_path / "none.pth")
    for module in made.modules():
        if isinstance(module, torch.nn.Conv2d):  # its own ones let images fade away
            torch.nn.init.kaiming_normal_(module.weight)
        if isinstance(module, torch.nn.BatchNorm2d):
            for values in (module.weight, module.running_var):
                values.uniform_(0.5, 1.5)
            for values in (module.bias, module.running_mean):
                values.normal_(0, 0.1)
    return made


def extractor(path):
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    source = fetch_weights.WeightsFile(f"http://127.0.0.1:9/{path.name}", sha256)
    return inception.create(path.parent / "data", path, source)


def test_it_is_the_network_that_torch_fidelity_has(network, torch, tmp_path):
    torch.save(network.state_dict(), tmp_path / "x.pth")
    rng = np.random.default_rng(0)
    # Not noise alone: something to see at every scale.
    coarse = rng.uniform(-1, 1, (2, 4, 4, 3)).repeat(16, axis=1).repeat(16, axis=2)
    images = np.float32(0.8 * coarse + 0.2 * rng.uniform(-1, 1, coarse.shape))
    levels = torch.from_numpy(pixels.to_uint8(images).transpose(0, 3, 1, 2).copy())
    seen = extractor(tmp_path / "x.pth")(images)
    assert seen.features.shape == (2, 2048)
    assert seen.logits.shape == (2, 1008)
    assert np.abs(np.diff(seen.features, axis=0)).max() > 0.1 * seen.features.max()
    for ours, known in zip(seen, network(levels), strict=True):
        known = known.numpy()
        np.testing.assert_allclose(ours, known, rtol=0, atol=1e-5 * np.abs(known).max())


@pytest.mark.parametrize(
    ("state", "problem"),
    [({}, "conv.bn.weight"), ({"conv.conv.weight": np.ones((4, 3, 5, 5))}, "shape")],
)
def test_weights_of_another_network_are_refused(state, problem):
    layer = keras.layers.Conv2D(4, 1, name="conv")
    network = keras.Sequential([keras.Input((8, 8, 3)), layer])
    if state:
        for key in ("weight", "bias", "running_mean", "running_var"):
            state = {**state, f"conv.bn.{key}": np.ones(4)}
    with pytest.raises(UserError, match=f"the weights are not Inception's .*{problem}"):
        inception.load_weights(network, state)


def test_images_are_rounded_to_levels_and_scaled():
    grey = np.full((1, 8, 8, 1), 0.1)  # level 140.25
    prepared = inception.prepare(grey)
    assert prepared.shape == (1, 299, 299, 3)
    np.testing.assert_array_equal(prepared, np.float32((140 - 128) / 128))


def test_images_are_resized_as_by_tensorflow_1():
    image = np.broadcast_to(np.float32([-1, 1])[:, np.newaxis], (1, 2, 2, 3))
    row = inception.prepare(image)[0, 0, :, 0]
    level = np.interp(np.arange(299) * 2 / 299, [0, 1], [0, 255])
    np.testing.assert_allclose(row, (level - 128) / 128, atol=1e-5)
