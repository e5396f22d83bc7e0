"""One pass over the checkpoints, and a report that loses nothing."""

import json
import os
import shutil

import pytest
from saved_run import SavedRun

from common.errors import UserError
from evaluation import studies, study_pass
from evaluation.eval_options import EvalOptions


def frames(page):
    """The steps on each track of the page's timeline."""
    return [track.steps for track in page.tracks]


def samples(page):
    """With how many samples the numbers of each table were measured."""
    return [int(t.notes[0].split()[0]) for t in page.tables if t.notes]


def fids(page):
    """The steps of each curve of FIDs, by its panel's title."""
    panels = [panel for panel in page.panels if panel.title.startswith("FID")]
    return {panel.title: [curve.steps for curve in panel.curves] for panel in panels}


def measured(tmp_path):
    return json.loads((tmp_path / "assets" / "a" / "metrics.json").read_text())["a"]


def test_each_checkpoint_is_loaded_once_by_one_model(saved, command):
    run = saved()
    command()
    assert (run.loaded, run.built) == ([100, 200, 300], 1)


def test_so_it_is_side_by_side(saved, command):
    first, second = saved("a"), saved("b", steps=(100, 300))
    command("a,b")
    assert (first.loaded, first.built) == ([100, 200, 300], 1)
    assert (second.loaded, second.built) == ([100, 300], 1)  # at 200 it stands still


def test_and_in_a_study(saved, info, tmp_path):
    entries = [saved("x"), saved("y"), saved("z", steps=())]
    members = [
        studies.StudyRun(run.name, 0, run, 300, run.checkpoints()) for run in entries
    ]
    study = studies.Study(
        "s",
        tmp_path / "assets",
        [studies.Lineup([m], {s: (s,) for s in m.measured}) for m in members],
        {},
        EvalOptions().metric_flags,
        True,
        statistics="",
    )
    metrics = study_pass.run_metrics.StudyMetrics(study, tmp_path / "data")
    gallery = study_pass.study_pictures.StudyGallery(seed=7)
    study_pass.visit_all(study, metrics, gallery, ema=False)
    assert [run.loaded for run in entries] == [[100, 200, 300]] * 2 + [[]]
    assert [run.built for run in entries] == [1, 1, 1]
    assert [list(o.series.steps) for o in metrics.outcomes] == [
        [100, 200, 300], [100, 200, 300], []
    ]  # fmt: skip


def test_measuring_less_loses_nothing(saved, command, tmp_path):
    run = saved()
    whole = command()
    before = measured(tmp_path)
    assert frames(whole) == [[100, 200, 300]]
    assert fids(whole) == {"FID (means)": [[100, 200, 300]]}

    page = command(step="latest", eval_samples=50)
    after = measured(tmp_path)
    assert after["certificate"]["samples"] == 50
    assert list(after["steps"]) == ["300"]
    assert after["earlier"] == [before]
    assert frames(page) == [[100, 200, 300]]
    assert samples(page) == [50, 100]
    assert fids(page) == {
        "FID (means), group 1: 50 samples": [[300]],
        "FID (means), group 2: 100 samples": [[100, 200, 300]],
    }
    assert [title for title, _ in page.certificates] == [
        "a, group 1: 50 samples",
        "a, group 2: 100 samples",
    ]

    run.loaded.clear()
    page = command(step="latest")
    assert run.loaded == [300]
    assert measured(tmp_path)["steps"] == before["steps"]
    assert samples(page) == [100, 50]


def test_fewer_steps_keep_the_others(saved, command, tmp_path):
    saved()
    command(step="100")
    before = measured(tmp_path)["steps"]["100"]
    page = command(step="latest")
    assert list(measured(tmp_path)["steps"]) == ["100", "300"]
    assert measured(tmp_path)["steps"]["100"] == before
    assert fids(page) == {"FID (means)": [[100, 300]]}


def test_the_terminal_has_what_was_asked_for(saved, command, capsys):
    saved()
    command()
    capsys.readouterr()
    command(eval_samples=50)
    out = capsys.readouterr().out
    assert "50 samples (" in out
    assert "100 samples (" not in out


def test_without_its_data_the_page_shows_what_was_measured(saved, command, tmp_path):
    saved()
    before = command()
    page = command(data_dir=tmp_path / "elsewhere")
    assert page.tables == before.tables
    assert fids(page) == fids(before)


def test_pictures_of_a_run_that_was_started_over_are_not_shown(
    saved, command, tmp_path
):
    run = saved()
    command()
    for step in (100, 200):
        folder = run.checkpoint_directory / f"{step:08d}"
        shutil.rmtree(folder)
        run.save(step, "other weights")
        picture = tmp_path / "assets" / "a" / "samples" / f"{step}.png"
        later = picture.stat().st_mtime + 10
        os.utime(folder, (later, later))
    page = command(step="latest")
    assert frames(page) == [[300]]
    assert fids(page) == {"FID (means)": [[300]]}


def test_pictures_of_checkpoints_that_are_gone_are_not_shown(saved, command):
    run = saved()
    command()
    run.steps = (200, 300)
    shutil.rmtree(run.checkpoint_directory / "00000100")
    page = command(step="latest")
    assert frames(page) == [[200, 300]]
    assert fids(page) == {"FID (means)": [[200, 300]]}


def test_pictures_of_another_size_are_a_track_of_their_own(saved, command):
    saved()
    command()
    page = command(step="latest", sample_size=9)
    assert frames(page) == [[100, 200], [300]]


def test_metrics_that_were_asked_for_and_cannot_be_had_are_an_error(
    saved, command, tmp_path
):
    saved()
    with pytest.raises(ValueError, match=r"--eval_samples 101 .*at most 100"):
        command(eval_samples=101)
    assert not (tmp_path / "assets").exists()


def test_a_killed_evaluation_goes_on(saved, command, monkeypatch, tmp_path):
    saved()
    show = SavedRun.restore_networks

    def killed(self, model, step):
        if step == 200:
            raise KeyboardInterrupt
        show(self, model, step)

    monkeypatch.setattr(SavedRun, "restore_networks", killed)
    with pytest.raises(KeyboardInterrupt):
        command()
    before = measured(tmp_path)["steps"]
    assert list(before) == ["100"]
    monkeypatch.setattr(SavedRun, "restore_networks", show)
    command()
    assert list(measured(tmp_path)["steps"]) == ["100", "200", "300"]


@pytest.mark.parametrize("flags", [{}, {"eval_samples": 50}])
def test_metrics_of_damaged_shards_are_an_error_and_not_left_out(
    saved, info, command, flags
):
    saved()
    shard = info.directory / info.shards[0].name
    shard.write_bytes(bytes(shard.stat().st_size))
    with pytest.raises(UserError, match=rf"{shard.name} is damaged.*convert\.py flat"):
        command(**flags)
