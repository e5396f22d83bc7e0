"""One real run that several tests look at."""

import pytest

OPTIONS = [
    "--model=ebgan",
    "--dataset=digits",
    "--image_size=28",
    "--steps=100",
    "--batch_size=16",
    "--ckpt_step=10",
    "--log_step=5",
    "--sample_step=20",
    "--set=n_critic=2",
    "--set=critic_burst=4",
    "--set=instance_noise=0.1",
    "--set=flip_labels=0.1",
    "--set=ema=0.9",
    "--set=g_width=0.05",
    "--set=d_width=0.05",
]


@pytest.fixture(scope="session")
def arguments(digits, tmp_path_factory):
    summary = tmp_path_factory.mktemp("summary")

    def build(name, *more):
        places = [f"--data_dir={digits}", f"--summary_dir={summary}", f"--name={name}"]
        return [*places, *OPTIONS, *more]

    build.summary = summary
    return build


@pytest.fixture(scope="session")
def whole(arguments, script):
    """A run that was never stopped."""
    done = script("train.py", *arguments("whole"))
    assert done.returncode == 0, done.stderr
    return arguments.summary / "whole"
