"""Inception scores and counts of classes."""

import numpy as np
import pytest

from evaluation.metrics import inception_score


def sure(classes, of=10):
    """Logits that say one class each."""
    return np.float32(1000 * np.eye(of)[classes])


def test_even_and_sure_images_score_the_number_of_classes():
    mean, deviation = inception_score.inception_score(
        sure(np.arange(10).repeat(9)), splits=1
    )
    assert mean == pytest.approx(10)
    assert deviation == 0


@pytest.mark.parametrize(
    "logits", [np.zeros((50, 10)), sure(np.full(50, 3)), np.full((50, 10), -900.0)]
)
def test_images_that_are_all_alike_score_1(logits):
    assert inception_score.inception_score(logits) == pytest.approx((1, 0))


def test_half_sure_images():
    """p = (3/4, 1/4) and (1/4, 3/4), of which the mean is (1/2, 1/2)."""
    logits = np.log([[3, 1], [1, 3]])
    expected = 2 * 0.75**0.75 * 0.25**0.25
    assert inception_score.inception_score(logits, splits=1)[0] == pytest.approx(
        expected
    )


def test_parts_are_random():
    """In the order of classes each part would have one class, and score 1."""
    mean, deviation = inception_score.inception_score(sure(np.arange(10).repeat(100)))
    assert mean > 9
    assert 0 < deviation < 0.5


def test_every_image_is_in_one_part(monkeypatch):
    monkeypatch.setattr(
        inception_score, "split_score", lambda logits: float(logits.sum())
    )
    values = np.arange(23.0)
    mean, _ = inception_score.inception_score(values[:, np.newaxis], splits=4)
    assert 4 * mean == values.sum()


def test_counts_have_an_entry_for_every_class():
    logits = np.float32([[0, 2, 1, 0], [5, 4, 0, 0], [0, 1, 0, 0]])
    assert inception_score.class_counts(logits).tolist() == [1, 2, 0, 0]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([7, 7, 7, 7], 0),
        ([0, 9, 0, 0], np.log(4)),
        ([3, 1, 0, 0], 0.75 * np.log(3) + 0.25 * np.log(1)),
    ],
)
def test_the_divergence_from_even_classes(counts, expected):
    assert inception_score.class_kl(np.array(counts)) == pytest.approx(expected)
