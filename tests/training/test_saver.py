"""Checkpoints are written beside the training."""

import contextlib
import threading

import pytest
import tensorflow as tf

from common import files
from common.errors import UserError
from training import checkpoints, saver

IDENTITY = {"model": "dcgan", "config": {}, "image_shape": [28, 28, 1]}


class Stopped(Exception):
    pass


@pytest.fixture
def state():
    return tf.Variable(1.0)


@pytest.fixture
def saving(state, tmp_path):
    checkpoint = tf.train.Checkpoint(x=state)
    with contextlib.closing(
        saver.Saver(checkpoint, tmp_path, IDENTITY, keep=2)
    ) as saving:
        yield saving


@pytest.fixture
def disk(monkeypatch):
    """A disk that works when it is told to."""
    works = threading.Event()
    monkeypatch.setattr(files, "flush", lambda _: works.wait(10))
    return works


def test_the_training_goes_on_while_the_disk_works(saving, state, disk, tmp_path):
    saving.save(1)
    state.assign(2.0)
    assert checkpoints.steps(tmp_path) == []
    disk.set()
    assert saving.steps() == [1]
    checkpoints.restore(saving.checkpoint, tmp_path, 1, IDENTITY)
    assert state == 1.0


def test_a_checkpoint_that_is_on_its_way_is_there_at_the_end(state, disk, tmp_path):
    threading.Timer(0.1, disk.set).start()
    checkpoint = tf.train.Checkpoint(x=state)
    with (
        contextlib.suppress(Stopped),
        contextlib.closing(saver.Saver(checkpoint, tmp_path, IDENTITY)) as saving,
    ):
        saving.save(1)
        raise Stopped
    assert checkpoints.steps(tmp_path) == [1]


def test_old_ones_are_dropped_once_the_new_one_is_there(saving, tmp_path):
    for step in (1, 20, 300):
        saving.save(step, protected=[1])
    assert saving.steps() == [1, 20, 300]
    saving.save(4000)
    assert saving.steps() == [300, 4000]


def test_what_the_disk_refuses_is_told_by_the_next_call(saving, monkeypatch, tmp_path):
    def full(_):
        raise OSError(28, "No space left on device")

    saving.save(1)
    saving.wait()
    monkeypatch.setattr(files, "flush", full)
    saving.save(20)
    with pytest.raises(UserError, match=r"step 20 .*No space left.*checkpoint is 1"):
        saving.wait()
    assert [path.name for path in tmp_path.iterdir()] == ["00000001"]
