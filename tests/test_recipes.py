import numpy as np
import pytest
import tensorflow as tf

import models
import recipes
from datasets import catalogue
from errors import UserError
from models import config


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_a_recipe_takes_a_step(name):
    recipe = recipes.find(name)
    narrow = {"g_width": 1 / 64, "d_width": 1 / 64}
    side = recipe.image_size
    shape = (side, side, 1 if recipe.dataset == "mnist" else 3)
    model = models.create(recipe.model, shape, **recipe.overrides | narrow)
    image = tf.random.uniform((2, *shape), -1.0, 1.0)
    logs = model.train_step([{"image": image}] * model.batches_per_step)
    assert all(np.isfinite(value) for value in logs.values())


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_a_recipe_names_its_dataset_source_and_finding(name):
    recipe = recipes.find(name)
    known = {*catalogue.CATALOGUE, "simpson", "pokemon", "lsun/bedroom"}
    assert recipe.dataset in known
    assert recipe.source
    assert recipe.finding
    config.configure(models.model_class(recipe.model).Config, recipe.overrides)


def test_every_model_has_a_recipe():
    assert {recipe.model for recipe in recipes.RECIPES.values()} == set(models.MODELS)


def test_overrides_say_something_that_the_defaults_do_not():
    for name, recipe in recipes.RECIPES.items():
        own = models.model_class(recipe.model).Config()
        same = {k for k, v in recipe.overrides.items() if getattr(own, k) == v}
        shared = {*recipes.ZOO, *recipes.PACKAGE, *recipes.THEORIES_BEGAN}
        assert same <= shared | {"gamma", "lambda_k", "z_dim"}, (name, same)


def test_an_unknown_recipe_lists_the_known_ones():
    with pytest.raises(UserError, match=r"'celeba-gan'.*celeba-dcgan"):
        recipes.find("celeba-gan")
