"""`train.py --list_options`, and the names that --help tells."""

import dataclasses
import re

import pytest

import models
from common.errors import UserError
from models.base import config
from training import option_list


@pytest.mark.parametrize("model", models.MODELS)
def test_every_option_is_listed_once_with_a_default_that_set_takes(model):
    lines = option_list.text(model).splitlines()
    assert max(map(len, lines)) <= 80
    rows = [line.split()[0] for line in lines if re.match(r"  \w+=", line)]
    cls = models.MODELS[model].Config
    defaults = {f.name: f.default for f in config.fields_of(cls).values()}
    assert len(rows) == len(defaults)
    assert config.parse(cls, rows) == defaults


def test_an_option_stands_where_the_paper_sets_it_with_its_source():
    text = option_list.text("began")
    own, _, shared = text.partition("What every GAN has")
    assert re.search(r"z_dim=64 +paper, section 3.4; integer, 1 to 10,000\n", own)
    assert "z_dim" not in shared
    assert "n_critic=1" in shared
    assert text.startswith("BEGAN: Berthelot")


def test_a_field_takes_what_its_bounds_say():
    @dataclasses.dataclass
    class Config:
        rate: float = dataclasses.field(default=0.5, metadata={"most": 1})
        steps: int = 3

    rate, steps = dataclasses.fields(Config)
    assert option_list.taken(rate) == "number, 0 to 1"
    assert option_list.taken(steps) == "integer, at least 1"


@pytest.mark.parametrize("model", [None, "all", "dcgan,gan"])
def test_one_model_has_to_be_named(model):
    with pytest.raises(UserError, match=r"needs one --model.*dcgan, lsgan"):
        option_list.text(model)


def test_help_names_every_model(script):
    told = set(re.findall(r"[\w-]+", script("train.py", "--help").stdout))
    assert models.MODELS.keys() <= told


def test_the_script_prints_the_options_of_a_recipe(script, tmp_path):
    done = script("train.py", "--recipe=mnist-gan", "--list_options", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith('GAN, "Generative')
    assert "generator_objective=non_saturating" in done.stdout
    assert not any(tmp_path.iterdir())
