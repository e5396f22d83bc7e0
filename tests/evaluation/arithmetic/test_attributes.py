"""What is said of images in a dataset's words."""

import numpy as np
import pytest
from fake_data import SIDE, converted

from evaluation.arithmetic import attributes, strokes
from evaluation.features import train_classifier


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    trained = train_classifier.load_or_train
    monkeypatch.setattr(
        train_classifier, "load_or_train", lambda made: trained(made, 30)
    )


def bars(widths, lit=None):
    """Upright bars of some widths; one pixel in the first row is lit, too."""
    images = np.full((len(widths), SIDE, SIDE, 1), -1.0, np.float32)
    for image, width in zip(images, widths, strict=True):
        image[:, 2 : 2 + width] = 1
    if lit is not None:
        images[np.arange(len(widths)), 0, 6 + lit] = 1
    return images


def test_classes_and_strokes_are_told_together(tmp_path):
    labels = np.random.default_rng(0).integers(0, 2, 300)
    images = bars(np.arange(300) % 3 + 1, labels)
    made = converted(tmp_path, "bars", images, labels=labels, classes="ab")
    says = attributes.AttributePredictor(made)
    (answers,) = says.predictions(bars([3], np.array([1])))
    assert answers[:3].tolist() == [False, True, True]
    assert says.names == ("a", "b", *strokes.WORDS)
    assert says.description == "classifier (held-out accuracy 100.0 %)"


def test_strokes_are_enough(tmp_path):
    says = attributes.AttributePredictor(
        converted(tmp_path, "bars", bars(np.arange(300) % 3 + 1))
    )
    assert says.description == "measured strokes"
    assert says.terciles["thickness"] == pytest.approx([1, 2], abs=1)
    report = says.report(bars([3])[0])
    assert report["thickness"] == pytest.approx(3)
    assert report["slant"] == pytest.approx(0)
    assert report["words"][0] == "thick"
    assert "probabilities" not in report
