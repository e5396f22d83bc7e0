"""Flags say a training, and a training says its flags."""

import pytest

import models
from common.errors import UserError
from training import train_flags
from training.settings import Settings


def read(flags):
    """What train.py would hand on."""
    given = {"set": []}
    for flag in flags:
        name, equals, value = flag.removeprefix("--").partition("=")
        if name == "set":
            given["set"].append(value)
        elif equals:
            kind = type(getattr(Settings("gan"), name, ""))
            given[name] = int(value) if kind in (int, type(None)) else kind(value)
        else:
            given[name.removeprefix("no")] = not name.startswith("no")
    return given


@pytest.mark.parametrize(
    "settings",
    [
        Settings("dcgan"),
        Settings("wgan", {"clip": 0.02, "n_critic": 5, "fresh_z": True}, steps=7),
        Settings("ebgan", {"hinge": "sample", "fresh_x": False}, num_epochs=1.5),
        Settings("gan", seed=9, deterministic=True, xla="off", eval_every=3, keep=2),
    ],
)
def test_flags_give_the_settings_back(settings):
    given = read(train_flags.flags(settings, {"name": "n"}))
    assert train_flags.settings(train_flags.merged(given)) == settings


def test_what_is_usual_is_not_said():
    flags = train_flags.flags(Settings("gan"), {"dataset": "mnist", "renew": False})
    assert flags == ["--model=gan", "--dataset=mnist", "--norenew"]


def test_only_other_directories_are_said():
    found = train_flags.elsewhere(data_dir="data", summary_dir="/else where")
    assert found == ["--summary_dir=/else where"]


def test_a_flag_goes_before_its_recipe():
    merged = train_flags.merged({"recipe": "celeba-wgan", "batch_size": 3})
    assert (merged["model"], merged["batch_size"]) == ("wgan", 3)
    with pytest.raises(UserError, match="is of wgan, not of gan"):
        train_flags.merged({"recipe": "celeba-wgan", "model": "gan"})


def test_chosen_is_what_differs_from_the_defaults_whoever_said_it():
    overrides = {"g_lr": 1e-3, "n_critic": 1}
    config = models.model_class("dcgan").Config(**overrides)
    settings = Settings("dcgan", overrides, seed=3, batch_size=128, log_step=7)
    assert settings.chosen(config) == {"--seed": 3, "--set g_lr": 1e-3}
