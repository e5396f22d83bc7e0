import pytest

import models
import recipes
from errors import UserError
from models import config


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_a_recipe_fits_its_model(name):
    recipe = recipes.find(name)
    config.configure(models.model_class(recipe.model).Config, recipe.overrides)
    models.check_size(recipe.model, recipe.image_size, recipe.image_size)
    assert recipe.source
    assert recipe.finding


def test_an_unknown_recipe_lists_the_known_ones():
    with pytest.raises(UserError, match=r"'celeba-gan'.*celeba-dcgan"):
        recipes.find("celeba-gan")
