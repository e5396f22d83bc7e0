import contextlib
import json

import numpy as np
import pytest
import tensorflow as tf
from run_config import CONFIG, WATCH

from common.errors import UserError
from training import checkpoints, runs, saver


@pytest.fixture
def run(tmp_path):
    run = runs.Run(tmp_path, "a")
    run.directory.mkdir()
    run.adopt(CONFIG)
    return run


@pytest.mark.parametrize(
    "name", ["a/b", "..", ".", "", "/a", "a b", "-a", ".hidden", "a+b"]
)
def test_a_name_that_is_no_folder_is_refused(tmp_path, name):
    with pytest.raises(UserError, match="not usable"):
        runs.Run(tmp_path, name)


def test_another_configuration_is_refused_and_named(run):
    before = run.config_file.read_text()
    other = {**CONFIG, "model": "wgan", "config": {"margin": 60.0}}
    with pytest.raises(UserError) as error:
        run.check(other)
    assert "config.margin is 20.0, not 60.0; model is 'dcgan', not 'wgan'" in str(
        error.value
    )
    assert run.config_file.read_text() == before


@pytest.mark.parametrize(
    "change",
    [
        {"watch": WATCH | {"log_step": 1}},
        {"environment": {"cores": 4}},
        {"steps": 101},
        {"steps": 99},
    ],
)
def test_what_changes_no_number_may_change(run, change):
    run.check(CONFIG | change)
    run.adopt(CONFIG | change)
    assert run.config == CONFIG | change


@pytest.mark.parametrize(
    ("change", "told"), [({"cores": 4}, True), ({"gpu_indices": [3]}, False)]
)
def test_another_gpu_of_the_same_kind_is_no_other_environment(
    run, change, told, caplog
):
    before = CONFIG["environment"] | {"gpus": ["NVIDIA A100"], "gpu_indices": [1]}
    run.adopt(CONFIG | {"environment": before})
    caplog.clear()
    run.adopt(CONFIG | {"environment": before | change})
    assert ("another environment" in caplog.text) == told


def test_another_number_of_devices_is_told_with_the_flag(run):
    with pytest.raises(UserError, match=r"replicas is 1, not 2; give as many --gpus"):
        run.check(CONFIG | {"replicas": 2})


def test_a_run_whose_rates_depend_on_its_length_keeps_it(run):
    run.adopt(CONFIG | {"rates_reach_0_at": 100})
    with pytest.raises(UserError, match="rates_reach_0_at is 100, not 99"):
        run.check(CONFIG | {"steps": 99, "rates_reach_0_at": 99})


def test_evaluations_keep_their_plan(run):
    plan = {"evaluated": {"eval_samples": 100, "eval_seed": 0}}
    run.adopt(CONFIG | plan)  # switched on
    assert run.config == CONFIG | plan
    run.adopt(CONFIG)  # and off
    for other in ({"eval_samples": 200}, {"eval_seed": 3}):
        changed = {"evaluated": plan["evaluated"] | other}
        with pytest.raises(UserError, match=r"evaluated\.eval_\w+ is \d+, not \d+"):
            run.check(CONFIG | changed)
    run.adopt(CONFIG | plan)


def test_a_run_that_is_gone_is_named(run):
    run.config_file.unlink()
    again = runs.Run(run.directory.parent, "a")
    with pytest.raises(UserError, match=r"a/config\.json is missing.*--renew"):
        _ = again.config


def test_a_half_written_line_of_metrics_is_left_out(run):
    lines = [{"step": 1, "time": 0.5}, {"step": 2, "time": 1}]
    run.metrics_file.write_text("".join(f"{json.dumps(x)}\n" for x in lines) + '{"st')
    assert run.metrics() == lines


def test_marks_say_what_befell_a_run(run):
    lines = [
        {"step": 1, "time": 1.0, "d_loss": 0.5},
        {"step": 2, "time": 2.0, "mark": "collapse", "since": 1, "cause": "one image"},
    ]
    for more, not_finite in (
        ([], None),
        ([{"step": 3, "time": 3, "mark": "not finite", "cause": "nan"}], "nan"),
    ):
        text = "".join(json.dumps(line) + "\n" for line in lines + more)
        run.metrics_file.write_text(text)
        assert run.marks() == [lines[1], *more]
        assert run.not_finite == not_finite


def test_an_unknown_run_lists_the_known_ones(run, tmp_path):
    with pytest.raises(UserError, match=r"no run 'b'.*known: a"):
        runs.open(tmp_path / "b")
    assert runs.newest(tmp_path) == "a"


def test_a_run_is_opened_by_its_folder(run):
    assert runs.open(f"{run.directory}/").config == CONFIG


def test_a_run_gives_its_model_with_the_weights_of_a_step(tmp_path):
    run = runs.Run(tmp_path, "b")
    run.directory.mkdir()
    options = {"net": "points", "g_width": 1 / 8, "ema": 0.9}
    run.adopt(CONFIG | {"model": "gan", "config": options, "image_shape": [1, 1, 2]})
    model, step = run.fresh_model(), tf.Variable(0, dtype=tf.int64)
    samples = {}
    for number in (10, 20):
        model.train_step({"image": np.zeros((4, 1, 1, 2), "float32")})
        state = checkpoints.everything(model, step)
        with contextlib.closing(
            saver.Saver(state, run.checkpoint_directory, run.identity)
        ) as saving:
            saving.save(number)
            saving.wait()
        samples[number] = model.sample(4, seed=0)

    run = runs.open(run.directory)
    for asked, number in ((10, 10), (20, 20), ("latest", 20)):
        np.testing.assert_array_equal(run.model(asked).sample(4, 0), samples[number])
    averaged = run.model(averaged=True).sample(4, seed=0)
    assert not np.array_equal(averaged, samples[20])
    with pytest.raises(UserError, match=r"no checkpoint of step 15; .*2 from 10 to 20"):
        run.model(step=15)


def test_a_run_without_a_checkpoint_says_when_there_is_one(run):
    run.adopt(CONFIG | {"watch": WATCH | {"ckpt_step": 70}})
    with pytest.raises(
        UserError, match=r"'a' has no checkpoint yet; .* every 70 steps"
    ):
        run.model()


def test_without_a_run_the_error_says_how_to_train_one(tmp_path):
    with pytest.raises(UserError, match=r"train\.py"):
        runs.newest(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Expecting value"),
        (json.dumps(CONFIG)[:20], "Unterminated"),
        ("[" * 100_000, ".*nested too deeply"),
        ("7", "it is 7, not an object"),
        ("{}", "model is missing"),
        (json.dumps(CONFIG | {"steps": "ten"}), "steps is 'ten', not an integer"),
        (json.dumps(CONFIG | {"seed": -1}), "seed is -1, not from 0"),
        (json.dumps(CONFIG | {"image_shape": [28, 28]}), "image_shape is .* list of 3"),
        (
            json.dumps(CONFIG | {"dataset": CONFIG["dataset"] | {"name": "../digits"}}),
            r"dataset\.name is '\.\./digits', not a name",
        ),
        (
            json.dumps(CONFIG | {"watch": WATCH | {"ckpt_step": 0}}),
            r"watch\.ckpt_step is 0",
        ),
    ],
    ids=range(10),
)
def test_a_damaged_config_is_named(run, text, told):
    run.config_file.write_text(text)
    with pytest.raises(UserError, match=rf"config\.json is damaged \({told}.*--renew"):
        _ = runs.open(run.directory).config


def test_a_config_edited_by_hand_is_named(run):
    run.config_file.write_text(json.dumps(CONFIG | {"config": {"z_dim": "big"}}))
    with pytest.raises(UserError, match=r"config\.json is damaged \(z_dim='big'"):
        runs.open(run.directory).fresh_model()


@pytest.mark.parametrize(
    "line", ['{"st', "7", '{"step": 2}', '{"step": 2, "time": 1, "d_loss": "low"}']
)
def test_a_damaged_line_of_metrics_is_named(run, line):
    run.metrics_file.write_text(f'{{"step": 1, "time": 1}}\n{line}\n')
    with pytest.raises(UserError, match=r"metrics\.jsonl, line 2.*remove that line"):
        run.metrics()


def test_checkpoints_without_a_configuration_are_not_resumed(run):
    (run.checkpoint_directory / "00000010").mkdir(parents=True)
    run.config_file.unlink()
    with pytest.raises(UserError, match=r"no config\.json.*--renew"):
        run.check(CONFIG)


def test_a_second_process_is_refused_while_the_first_lives(run, tmp_path):
    assert not run.is_locked()
    with (
        run.locked(),
        pytest.raises(UserError, match="another process"),
        runs.Run(tmp_path, "a").locked(),
    ):
        pass
    with runs.Run(tmp_path, "a").locked():
        assert run.is_locked()
    assert not run.is_locked()


def test_clear_removes_all_but_the_lock(run):
    with run.locked():
        run.checkpoint_directory.mkdir()
        run.metrics_file.write_text("")
        run.clear()
        assert [p.name for p in run.directory.iterdir()] == [".lock"]


def test_clear_removes_the_configuration_last(run, monkeypatch):
    run.checkpoint_directory.mkdir()

    def killed(path):
        raise KeyboardInterrupt

    monkeypatch.setattr(runs.shutil, "rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        run.clear()
    assert run.config_file.exists()
