"""What TensorBoard shows of a run."""

import shutil
import time
import types

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing import plugin_event_accumulator
from tensorboard.util import tensor_util

from common.errors import UserError
from training import runs
from training.monitoring import logs


@pytest.fixture(scope="module")
def shown(whole):
    accumulator = plugin_event_accumulator.EventAccumulator(
        str(whole / "ebgan"), tensor_size_guidance={}
    )
    accumulator.Reload()
    return accumulator


def steps(shown, tag):
    return [event.step for event in shown.Tensors(tag)]


def test_scalars(shown):
    every = list(range(5, 101, 5))
    tags = "loss/d_loss loss/g_loss penalty/pt speed/images_per_second speed/data_wait"
    for tag in tags.split():
        assert steps(shown, tag) == every


def test_pictures_and_histograms_have_their_own_interval(shown):
    for tag in ("samples", "scores_real", "scores_fake"):
        assert steps(shown, tag) == [0, 20, 40, 60, 80, 100]
    for tag in ("watch/diversity", "watch/auc"):
        assert steps(shown, tag) == [20, 40, 60, 80, 100]


def test_real_images_and_configuration_once(shown):
    for tag in ("real", "config"):
        assert steps(shown, tag) == [0]
    text = tensor_util.make_ndarray(shown.Tensors("config")[0].tensor_proto)
    assert b'"margin": 20.0' in text.item()


@pytest.fixture
def written(tmp_path):
    run = runs.Run(tmp_path, "a")
    (run.checkpoint_directory / "00000020").mkdir(parents=True)
    log = logs.RunLog(run, "gan", 0)
    yield log
    log.file.close()


def test_a_full_disk_is_told_with_the_last_checkpoint(written):
    written.file.close()
    written.file = open("/dev/full", "a")  # noqa: SIM115
    with pytest.raises(UserError, match=r"No space left.*last checkpoint is 20.*again"):
        written.scalars(21, {"d_loss": 1.0})
    with pytest.raises(UserError, match="No space left"):
        written.close()


def test_what_tensorflow_cannot_write_is_told(written, monkeypatch):
    def flush():
        raise tf.errors.OutOfRangeError(None, None, "a; File too large")

    monkeypatch.setattr(written.writer, "flush", flush)
    with pytest.raises(UserError, match=r"File too large.*last checkpoint is 20"):
        written.flush()


@pytest.mark.parametrize("moved", [False, True])
def test_a_run_that_was_removed_or_moved_is_noticed(written, moved):
    directory = written.run.directory
    if moved:
        directory.rename(directory.with_name("b"))
    else:
        shutil.rmtree(directory)
    with pytest.raises(UserError, match=r"metrics\.jsonl was removed or moved"):
        written.flush()
    assert not directory.exists()


def test_a_resumed_run_shows_nothing_twice(tmp_path):
    run = runs.Run(tmp_path, "a")
    run.directory.mkdir()
    for start, end in ((0, 6), (3, 9)):
        time.sleep(1.1)  # TensorBoard reads a folder's files in order of their seconds
        written = logs.RunLog(run, "gan", start)
        for step in range(start + 1, end + 1):
            written.scalars(step, {"x": float(step)})
        written.close()
    accumulator = plugin_event_accumulator.EventAccumulator(str(run.directory / "gan"))
    accumulator.Reload()
    assert steps(accumulator, "loss/x") == list(range(1, 10))
    assert [line["step"] for line in run.metrics()] == list(range(1, 10))


def test_a_pause_counts_as_no_training(tmp_path, monkeypatch):
    now = [100.0]
    clock = types.SimpleNamespace(monotonic=lambda: now[0])
    monkeypatch.setattr(logs, "time", clock)
    run = runs.Run(tmp_path, "a")
    run.directory.mkdir()
    written = logs.RunLog(run, "gan", 0)
    now[0] += 2.0
    with written.paused():
        now[0] += 50.0
    now[0] += 3.0
    assert written.rate(batches=10) == 2.0
    written.scalars(1, {"x": 1.0})
    written.close()
    assert run.metrics() == [{"step": 1, "time": 5.0, "x": 1.0}]


def test_hparams(shown):
    assert "_hparams_/session_start_info" in shown.summary_metadata


def test_tiles_put_images_side_by_side():
    images = np.arange(5 * 2 * 3).reshape(5, 2, 3, 1)
    grid = logs.tiles(images)
    assert grid.shape == (4, 6, 1)
    np.testing.assert_array_equal(grid[:2, 3:], images[1])
    np.testing.assert_array_equal(grid[2:, :3], images[2])
