"""What the page of named runs shows of them."""

import numpy as np

from evaluation.pictures import latent_walks, webp

WEBP = webp.encode([np.zeros((1, 1, 3), np.uint8)], [0])


def test_a_page_of_one_run_has_one_legend_of_sides(saved, command):
    saved()
    page = command()
    labels = {c.label for p in page.panels for c in p.curves if c.label != p.title}
    assert labels == set()
    assert page.labels == ("D", "G", "real", "fake")
    assert [track.column for track in page.tracks] == ["a"]


def test_runs_side_by_side_have_tracks_and_sheets_of_their_own(saved, command):
    saved("a")
    saved("b")
    page = command("a,b")
    assert page.labels == ["a", "b"]
    assert [track.column for track in page.tracks] == ["a", "b"]
    assert [walk.title for walk in page.walks] == [
        "a loop through latents",
        "a: walks from one latent to another",
        "b: walks from one latent to another",
    ]


def test_a_large_loop_is_shown_once_as_webp(saved, command, monkeypatch):
    monkeypatch.setattr(latent_walks.webp, "LARGE", 0)
    monkeypatch.setattr(latent_walks.webp, "encode", lambda *_: WEBP)
    saved()
    page = command()
    loops = [w for w in page.walks if w.title == "a loop through latents"]
    assert [loop.data for loop in loops] == [WEBP]


def test_a_run_that_has_not_ended_says_how_far_it_is(saved, command):
    saved(config={"steps": 4000})
    page = command()
    assert page.lines[0].endswith("seed 0. So far it is at step 300.")
    assert page.tables[0].rows[0][0] == "a (so far, step 300 of 4,000)"
