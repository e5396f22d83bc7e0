"""What logged numbers are called."""

import pytest

from evaluation.pictures import scalar_words


@pytest.mark.parametrize(
    ("scalar", "group"),
    [
        ("d_noise", "noise"),
        ("g_noise", "noise"),
        ("d_noise_real", "noise"),
        ("d_real_energy", "energy"),
        ("w_other", "w_other"),
        ("d/noise", "noise"),
        ("d", "d"),
    ],
)
def test_unknown_scalars_of_one_kind_share_a_panel(scalar, group):
    words = scalar_words.words_of(scalar)
    assert (words.panel, words.curve, words.title) == (group, scalar, scalar)


@pytest.mark.parametrize(
    ("scalar", "title"),
    [
        ("d_loss", "D's loss"),
        ("d_real", "D's mean output: real"),
        ("k", "BEGAN: k"),
        ("g_cycle_AtoB", "CycleGAN: error after there and back: A to B"),
        ("d_fake_b", "D's loss by domain: fake b"),
        ("q_c2", "InfoGAN: error of the codes that Q reads: c2"),
        ("fid_random", "FID (random) during training"),
    ],
)
def test_titles_are_words(scalar, title):
    assert scalar_words.words_of(scalar).title == title


def test_no_two_scalars_have_one_title():
    titles = [words.title for words in scalar_words.WORDS.values()]
    assert len(set(titles)) == len(titles)


def test_shares_share_no_panel_with_other_numbers():
    shares = {w.panel: set() for w in scalar_words.WORDS.values()}
    for words in scalar_words.WORDS.values():
        shares[words.panel].add(words.is_share)
    assert all(len(kinds) == 1 for kinds in shares.values())
    assert scalar_words.WORDS["auc"].is_share
