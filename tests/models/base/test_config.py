import dataclasses
from typing import Literal

import pytest

from models.base import config


@dataclasses.dataclass(frozen=True)
class Config:
    z_dim: int = 100
    margin: float = 20.0
    fresh: bool = False
    energy: Literal["l2", "mse"] = "l2"


@dataclasses.dataclass(frozen=True)
class Extended(Config):
    order: Literal["old", "new"] = config.later("old")


@dataclasses.dataclass(frozen=True)
class Bounded:
    decay: float = config.below_one(0.5)


@dataclasses.dataclass(frozen=True)
class Paper(Bounded):
    decay: float = 0.9


def test_a_new_default_keeps_the_bounds():
    assert config.configure(Paper, {"decay": 0.99}).decay == 0.99
    with pytest.raises(ValueError, match=r"decay=1\.5 is wrong: .* 0 to 0\.99"):
        config.configure(Paper, {"decay": 1.5})
    assert config.configure(Paper, {}).decay == 0.9


def test_a_later_option_is_saved_where_it_changes_something():
    before = {"z_dim": 100, "margin": 20.0, "fresh": False, "energy": "l2"}
    assert config.saved(Extended()) == before == config.saved(Config())
    assert config.saved(Extended(order="new")) == before | {"order": "new"}


def test_texts_become_the_fields_types():
    texts = ["z_dim=64", "margin=1e-2", "fresh=true", "energy=mse"]
    overrides = config.parse(Config, texts)
    assert config.configure(Config, overrides) == Config(64, 0.01, True, "mse")


def test_an_integer_is_a_number():
    margin = config.configure(Config, {"margin": 3}).margin
    assert (margin, type(margin)) == (3.0, float)


def test_an_unknown_field_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"'margni'.*z_dim=100, margin=20\.0"):
        config.configure(Config, {"margni": 1.0})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("z_dim", 1.5),
        ("z_dim", 0),
        ("z_dim", True),
        ("z_dim", "100"),
        ("margin", "20"),
        ("margin", -1.0),
        ("margin", float("nan")),
        ("margin", False),
        ("fresh", 1),
        ("energy", "l1"),
    ],
)
def test_a_wrong_type_or_value_is_named(name, value):
    with pytest.raises(ValueError, match=f"{name}="):
        config.configure(Config, {name: value})


@pytest.mark.parametrize(
    "text", ["z_dim=many", "z_dim=1.5", "margin=wide", "fresh=maybe", "energy=l1", "z"]
)
def test_a_text_that_does_not_fit_is_named(text):
    with pytest.raises(ValueError, match=text.partition("=")[0]):
        config.parse(Config, [text])
