"""What the README says is so."""

import pathlib
import re
import types

import numpy as np
import pytest
import tensorflow as tf

import models
from models.base import config
from models.base.adversarial import AdversarialModel

ROOT = pathlib.Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_example_of_a_new_gan_trains():
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    module = types.ModuleType("hinge")
    exec(code, module.__dict__)
    cls = module.HingeGAN
    assert issubclass(cls, AdversarialModel)
    settings = config.configure(cls.Config, {"g_width": 1 / 32, "d_width": 1 / 32})
    model = cls((28, 28, 1), 0, 0, settings)
    logs = model.train_step([{"image": tf.zeros((2, 28, 28, 1))}])
    assert all(np.isfinite(value) for value in logs.values())


@pytest.mark.parametrize("name", models.MODELS)
def test_every_model_is_in_the_table(name):
    assert f"| `{name}` |" in README


def test_every_flag_of_train_is_in_the_table():
    script = (ROOT / "train.py").read_text()
    flags = set(re.findall(r'flags\.DEFINE_\w+\(\s*"(\w+)"', script))
    missing = {flag for flag in flags if not re.search(rf"--{flag}\b", README)}
    assert missing <= {"data_dir", "summary_dir"}


def test_nothing_is_left_to_fill_in():
    assert not re.search(r"@[A-Z]+@", README)


def test_every_picture_and_linked_file_is_there():
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    links += re.findall(r'src="([^"]+)"', README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
