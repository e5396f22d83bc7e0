"""Which flags ask for a study, and what they mean."""

import pytest

from common.errors import UserError
from training import recipes, train_command, train_flags
from training.study import entries, protocol


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"model": "gan"}, False),
        ({"recipe": "celeba-wgan"}, False),
        ({"model": "gan", "seed": 3}, False),
        ({"model": "gan", "seeds": 1}, True),
        ({"model": "all"}, True),
        ({"model": "gan,vae"}, True),
        ({"recipe": "mnist-*"}, True),
        ({"model": "gan", "vary": "z=normal"}, True),
    ],
)
def test_several_runs_are_a_study(given, wanted):
    assert entries.wanted(given) == wanted


def test_a_pattern_stands_for_recipes():
    found = entries.named({"recipe": "mnist-began*", "dataset": "d", "batch_size": 9})
    named = [name for name in recipes.RECIPES if name.startswith("mnist-began")]
    assert list(found) == named
    assert {o["batch_size"] for o in found.values()} == {9}
    assert all(o["overrides"] == recipes.find(k).overrides for k, o in found.items())


def test_each_value_of_an_option_is_an_entry():
    found = entries.named(
        {"model": "gan,vae", "vary": "z=normal,sphere", "set": ["z_dim=4"]}
    )
    names = ["gan-z-normal", "vae-z-normal", "gan-z-sphere", "vae-z-sphere"]
    assert list(found) == names
    settings = train_flags.settings(found["vae-z-sphere"])
    assert (settings.model, settings.overrides) == ("vae", {"z": "sphere", "z_dim": 4})


def test_values_of_a_recipe_keep_what_it_says():
    found = entries.named({"recipe": "mnist-gan-minimax", "vary": "z=sphere"})
    options = found["mnist-gan-minimax-z-sphere"]
    published = recipes.find("mnist-gan-minimax").overrides
    assert train_flags.settings(options).overrides == published | {"z": "sphere"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"model": "gan", "vary": "z"}, "--vary 'z' lacks values: write NAME=VALUE"),
        ({"model": "gan", "vary": "y=1,2"}, "no option 'y'|unknown .*y"),
        ({"model": "gan,vae"}, "needs a --name"),
        ({"model": "gan,vae", "jobs": 0}, "--jobs 0"),
        ({"model": "gan", "seeds": 0}, "--seeds 0"),
        ({"model": "gan,vae", "keep": 2}, "--keep 2 is not for a study"),
        ({"model": "gan,gna"}, "unknown model 'gna'"),
        ({"recipe": "moon-*"}, "unknown recipe 'moon-\\*'"),
        ({"recipe": "mnist-dcgan,celeba-wgan"}, "on several: .*mnist.*celeba"),
        ({"recipe": "mnist-*", "model": "pix2pix"}, "leave --model out"),
        ({"model": "gan", "jobs": 2}, "--jobs is for a study"),
        ({"model": "gan", "statistics": "batch"}, "--statistics batch is for the prot"),
        ({"model": "gan,vae", "statistics": "own"}, "--statistics own is not known"),
        ({"model": "gan,vae", "eval_seed": 0}, "--eval_seed 0 is not for a study"),
        (
            {"model": "gan,vae", "strategy": "multiworker"},
            "--strategy multiworker is not for a study",
        ),
    ],
)
def test_a_mistake_is_named_and_writes_nothing(tmp_path, given, message):
    places = {"data_dir": str(tmp_path / "d"), "summary_dir": str(tmp_path / "s")}
    name = {} if message == "needs a --name" else {"name": "n"}
    with pytest.raises(UserError, match=message):
        train_command.run([], {**given, **places, **name, "renew": False}, None)
    assert not any(tmp_path.iterdir())


def test_a_run_does_not_take_a_studys_name(tmp_path):
    (tmp_path / "n").mkdir()
    (tmp_path / "n" / protocol.FILE).touch()
    places = {"data_dir": str(tmp_path), "summary_dir": str(tmp_path), "renew": True}
    with pytest.raises(UserError, match="'n' is a study"):
        train_command.run([], {"model": "gan", "name": "n", **places}, None)
