import numpy as np
import pytest
import tensorflow as tf

import models
from common.errors import UserError
from datasets import catalogue
from models.base import config
from training import recipes


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_a_recipe_takes_a_step(name):
    recipe = recipes.find(name)
    narrow = {"g_width": 1 / 64, "d_width": 1 / 64}
    side = min(recipe.image_size, 128)  # 256 takes seconds and shows no more
    shape = (side, side, 1 if recipe.dataset == "mnist" else 3)
    model = models.create(recipe.model, shape, 10, **recipe.overrides | narrow)
    image = tf.random.uniform((2, *shape), -1.0, 1.0)
    batch = dict.fromkeys(model.reads, image) | {"label": tf.range(2)}
    logs = model.train_step([batch] * model.batches_per_step)
    assert all(np.isfinite(value) for value in logs.values())


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_a_recipe_names_its_dataset_source_and_finding(name, tmp_path):
    recipe = recipes.find(name)
    assert catalogue.entry(recipe.dataset, tmp_path)
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
        assert same <= shared | {"direction"} | {"gamma", "lambda_k", "z_dim"}, (
            name,
            same,
        )


def test_train_lists_them_all(script):
    done = script("train.py", "--list_recipes")
    assert done.returncode == 0
    assert {line.split()[0] for line in done.stdout.splitlines() if line[0] != " "} == {
        *recipes.RECIPES
    }
    for recipe in recipes.RECIPES.values():
        assert recipe.finding in done.stdout
        assert recipe.source in done.stdout


# Typed from the sources' own tables: rates of D and G, beta_1, size of z, batch,
# length, discriminator updates per step. None: no such thing (RMSProp, VAE, images in).
PUBLISHED = {
    "celeba-dcgan": (2e-4, 2e-4, 0.5, 100, 128, 20, 1),
    "celeba-dcgan-g1e-3": (2e-4, 1e-3, 0.5, 100, 128, 20, 1),
    "celeba-dcgan-slow-d": (5e-5, 2e-4, 0.5, 100, 128, 20, 1),
    "celeba-ebgan": (1e-3, 1e-3, 0.5, 100, 128, 20, 1),
    "celeba-lsgan-z100": (1e-3, 1e-3, 0.5, 100, 128, 20, 1),
    "celeba-lsgan-z1024": (1e-3, 1e-3, 0.5, 1024, 128, 20, 1),
    "celeba-wgan": (2.5e-4, 5e-5, None, 100, 128, 20, 1),
    "celeba-wgan-gp-dcgan": (5e-4, 1e-4, 0.0, 100, 128, 20, 1),
    "celeba-wgan-gp-resnet": (5e-4, 1e-4, 0.0, 100, 64, 20, 1),
    "celeba-began": (1e-4, 1e-4, 0.5, 64, 16, 20, 1),
    "celeba-dragan": (1e-4, 1e-4, 0.5, 100, 128, 20, 1),
    "celeba-coulomb": (2.5e-4, 5e-4, 0.5, 32, 128, 20, 1),
    "mnist-dcgan": (1e-3, 1.2e-3, 0.9, 100, 128, 50, 1),
    "mnist-ebgan-nosqrt": (2e-4, 2e-4, 0.5, 100, 128, 200, 1),
    "mnist-ebgan-l2": (2e-4, 2e-4, 0.5, 100, 128, 200, 1),
    "mnist-began-gamma1.25": (2e-4, 2e-4, 0.5, 100, 128, 100, 1),
    "mnist-wgan": (1e-3, 3e-3, 0.5, 100, 128, 100, 1),
    "mnist-lsgan-rmsprop": (5e-4, 2.5e-4, None, 100, 128, 100, 1),
    "simpson-dcgan": (4e-5, 4e-4, 0.5, 100, 100, 600, 1),
    "mnist-gan": (3e-4, 3e-4, 0.9, 64, 32, 50, 1),
    "mnist64-dcgan": (2e-4, 2e-4, 0.5, 100, 128, 5, 1),
    "mnist64-wgan": (5e-5, 5e-5, None, 128, 64, 5, 5),
    "mnist64-wgan-gp": (1e-4, 1e-4, 0.0, 100, 64, 100, 5),
    "celeba-dcgan-halving": (1e-4, 1e-4, 0.9, 100, 32, 500_000, 1),
    "celeba-ebgan-halving": (1e-4, 1e-4, 0.9, 100, 32, 500_000, 1),
    "celeba-wgan-halving": (1e-4, 1e-4, None, 100, 32, 500_000, 5),
    "celeba-began-gamma0.75": (1e-4, 1e-4, 0.9, 100, 16, 500_000, 1),
    "celeba-began-gamma0.5": (1e-4, 1e-4, 0.9, 100, 16, 500_000, 1),
    "celeba-vae": (None, None, 0.9, 100, 32, 500_000, None),
    "celeba-began-cs": (1e-4, 1e-4, 0.9, 64, 64, 300, 1),
    "cifar10-acgan": (2e-4, 2e-4, 0.5, 100, 100, 50_000, 1),
    "mnist-infogan": (2e-4, 1e-3, 0.5, 62, 128, 50, 1),
    "facades-pix2pix": (2e-4, 2e-4, 0.5, None, 1, 200, None),
    "edges2shoes-pix2pix": (2e-4, 2e-4, 0.5, None, 4, 15, None),
    "horse2zebra-cyclegan": (2e-4, 2e-4, 0.5, None, 1, 200, None),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_recipe_has_the_published_numbers(name):
    recipe = recipes.find(name)
    cls = models.model_class(recipe.model).Config
    settings = config.configure(cls, recipe.overrides)
    own = {
        key: getattr(settings, key, None)
        for key in ("d_lr", "g_lr", "beta_1", "z_dim", "n_critic")
    }
    if "rmsprop" in settings.optimizer:
        own["beta_1"] = None
    *first, z_dim, batch_size, length, n_critic = PUBLISHED[name]
    assert [own["d_lr"], own["g_lr"], own["beta_1"]] == first
    assert (own["z_dim"], own["n_critic"]) == (z_dim, n_critic)
    assert recipe.batch_size == batch_size
    assert (recipe.steps or recipe.num_epochs) == length


def test_an_unknown_recipe_lists_the_known_ones():
    with pytest.raises(UserError, match=r"'celeba-gan'.*celeba-dcgan"):
        recipes.find("celeba-gan")
