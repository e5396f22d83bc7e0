import pytest
from fake_data import converted
from fake_means import Means, images

from evaluation.measure import measurement, plans


@pytest.fixture
def made(tmp_path):
    return converted(tmp_path, "halves", images(140), tests=60)


@pytest.fixture
def means(monkeypatch):
    """The extractor that is created, whatever its name."""
    one = Means()
    monkeypatch.setattr(measurement.features, "create", lambda *_: one)
    return one


@pytest.fixture
def measurer(made, means, tmp_path, monkeypatch):
    # Diversity needs images of at least 11 pixels.
    monkeypatch.setattr(measurement, "diversity", lambda images: {"ms_ssim": 0.0})
    return measurement.Measurer(made, plans.MetricPlan("means", 60, 5), tmp_path)
