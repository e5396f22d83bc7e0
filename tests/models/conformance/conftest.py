"""Fixtures that stand for every model of a kind."""

import pytest
from narrow_models import ADVERSARIAL, LATENT, TRANSLATION

import models


@pytest.fixture(params=models.MODELS)
def name(request):
    return request.param


@pytest.fixture(params=ADVERSARIAL)
def gan(request):
    return request.param


@pytest.fixture(params=LATENT)
def latent(request):
    return request.param


@pytest.fixture(params=TRANSLATION)
def translator(request):
    return request.param
