import contextlib
import errno
import io
import types

import numpy as np
import pytest
import tensorflow as tf

import models
from common import files
from common.errors import UserError
from training import checkpoints, saver

IDENTITY = {"model": "dcgan", "config": {"z_dim": 100}, "image_shape": [28, 28, 1]}


def npy(array):
    """Returns the bytes of a .npy file."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@pytest.fixture
def checkpoint():
    return tf.train.Checkpoint(x=tf.Variable(1.0))


def save(checkpoint, directory, step, keep=0, **more):
    checkpoint.x.assign(step)
    with contextlib.closing(
        saver.Saver(checkpoint, directory, IDENTITY, keep)
    ) as saving:
        saving.save(step, **more)
        saving.wait()


def test_all_that_is_saved_is_among_the_variables(tmp_path):
    model = models.create("gan", (28, 28, 1), g_width=0.05, d_width=0.05, ema=0.5)
    whole = checkpoints.everything(model, tf.Variable(0, dtype=tf.int64))
    saved = tf.train.list_variables(whole.write(str(tmp_path / "state")))
    values = [name for name, _ in saved if not name.startswith("_CHECKPOINT")]
    assert len(checkpoints.variables(whole)) == len(values)


def test_keep_drops_all_but_the_newest(checkpoint, tmp_path):
    for step in (1, 20, 300):
        save(checkpoint, tmp_path, step, keep=2)
    assert checkpoints.steps(tmp_path) == [20, 300]


def test_a_protected_one_stays_beside_the_newest(checkpoint, tmp_path):
    for step in (1, 20, 300):
        save(checkpoint, tmp_path, step, keep=1, protected=[1])
    assert checkpoints.steps(tmp_path) == [1, 300]
    save(checkpoint, tmp_path, 4000, keep=1)
    assert checkpoints.steps(tmp_path) == [4000]


def test_samples_lie_with_their_checkpoint(checkpoint, tmp_path):
    samples = np.zeros([2, 3, 4, 1], np.float32)
    save(checkpoint, tmp_path, 1, samples=samples)
    save(checkpoint, tmp_path, 2)
    found = checkpoints.samples_of(tmp_path, 1, [3, 4, 1], count=2)
    np.testing.assert_array_equal(found, samples)
    assert checkpoints.samples_of(tmp_path, 2, [3, 4, 1]) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY",
        npy(np.zeros([2, 3, 4, 1], np.float32))[:-1],
        npy(np.zeros([2, 3, 4, 1], np.float64)),
        npy(np.zeros([2, 4, 3, 1], np.float32)),
        npy(np.zeros([3, 3, 4, 1], np.float32)),
        npy(np.zeros([], np.float32)),
        npy(np.zeros([2, 3, 4, 1], np.float32)).replace(b"(2,", b"(2000000000,"),
        npy(np.array([None])),
    ],
    ids=range(9),
)
def test_samples_that_are_damaged_or_foreign_are_named(checkpoint, tmp_path, content):
    for step in (7, 20):
        save(checkpoint, tmp_path, step)
    (tmp_path / "00000020" / checkpoints.SAMPLES_FILE).write_bytes(content)
    with pytest.raises(UserError, match=r"00000020 is damaged \(samples.*step 7"):
        checkpoints.samples_of(tmp_path, 20, [3, 4, 1], count=2)


def test_a_restored_checkpoint_is_the_saved_one(checkpoint, tmp_path):
    for step in (1, 2):
        save(checkpoint, tmp_path, step)
    checkpoints.restore(checkpoint, tmp_path, 1, IDENTITY)
    assert checkpoint.x == 1.0


@pytest.mark.parametrize(
    "error",
    [
        tf.errors.ResourceExhaustedError(None, None, "No space left on device"),
        tf.errors.UnknownError(None, None, "No space left on device"),
        OSError(errno.ENOSPC, "No space left on device"),
        tf.errors.PermissionDeniedError(None, None, "read-only"),
    ],
)
def test_a_full_disk_leaves_the_checkpoint_before(
    checkpoint, tmp_path, monkeypatch, error
):
    save(checkpoint, tmp_path, 1)

    def write(path):
        with open(path + ".index", "w") as half:
            half.write("half")
        raise error

    monkeypatch.setattr(checkpoint, "write", write)
    with pytest.raises(UserError, match=r"step 2 could not .*checkpoint is 1"):
        save(checkpoint, tmp_path, 2)
    assert [p.name for p in tmp_path.iterdir()] == ["00000001"]
    checkpoints.restore(checkpoint, tmp_path, 1, IDENTITY)
    assert checkpoint.x == 1.0


def test_a_damaged_checkpoint_is_named(checkpoint, tmp_path):
    save(checkpoint, tmp_path, 1)
    data = tmp_path / "00000001" / "state.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:-1])
    with pytest.raises(UserError, match="00000001 is damaged"):
        checkpoints.restore(checkpoint, tmp_path, 1, IDENTITY)


def test_a_vanished_checkpoint_is_a_missing_file(tmp_path):
    network = tf.train.Checkpoint(x=tf.Variable(1.0))
    model = types.SimpleNamespace(networks={"generator": network})
    with pytest.raises(FileNotFoundError):
        checkpoints.restore_networks(model, tmp_path, 7, IDENTITY)


@pytest.mark.parametrize(
    "other", [{"model": "wgan"}, {"config": {"z_dim": 64}}], ids=["model", "config"]
)
def test_a_checkpoint_of_another_run_is_refused(checkpoint, tmp_path, other):
    save(checkpoint, tmp_path, 1)
    model = types.SimpleNamespace(networks={"x": checkpoint})
    with pytest.raises(UserError, match="is of another run"):
        checkpoints.restore(checkpoint, tmp_path, 1, IDENTITY | other)
    with pytest.raises(UserError, match="is of another run"):
        checkpoints.restore_networks(model, tmp_path, 1, IDENTITY | other)


def test_a_renamed_checkpoint_is_refused(checkpoint, tmp_path):
    save(checkpoint, tmp_path, 1)
    (tmp_path / "00000001").rename(tmp_path / "00000003")
    with pytest.raises(UserError, match="its step is 1, not 3"):
        checkpoints.restore(checkpoint, tmp_path, 3, IDENTITY)


def test_what_a_killed_save_or_drop_left_is_swept_away(checkpoint, tmp_path):
    save(checkpoint, tmp_path, 1)
    for name in (".00000002", ".00000000-old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "state.index").write_text("half")
    files.sweep(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["00000001"]
