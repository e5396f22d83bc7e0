"""Tables of runs: what they count, and what they refuse to put side by side."""

import csv
import dataclasses
import io
import statistics

import fake_metrics
import pytest

from evaluation.measure import comparison, table_columns
from evaluation.report import panels, tables


def outcome(entry, run_seed, fids, steps=30, marks=(), **provenance):
    """A run with an FID at steps 10, 20, ..."""
    numbers = {
        10 * k: {"fid_random": fid, "kid_random": fid / 100, "ms_ssim": 0.5}
        for k, fid in enumerate(fids, start=1)
    }
    floor = {"fid_random": 0.25, "ms_ssim": 0.125}
    return comparison.Outcome(
        entry,
        run_seed,
        fake_metrics.series(numbers, floor, **provenance),
        marks,
        10 * len(fids),
        steps,
        640,
        90.0,
        {"g": 3, "d": 4},
    )


def cells(found, name):
    (row,) = [row for row in found.rows if row.name == name]
    return row


def test_last_best_and_median_are_of_each_run_then_averaged_over_seeds():
    runs = [outcome("a", 0, [5.0, 1.0, 3.0]), outcome("a", 1, [2.0, 8.0, 7.0])]
    (found,) = comparison.compare(runs)
    row = cells(found, "a").cells
    assert row["fid_random_last"].mean == (3 + 7) / 2
    assert row["fid_random_best"].mean == (1 + 2) / 2
    assert row["fid_random_median"].mean == (3 + 7) / 2
    assert row["fid_random_last"].spread == pytest.approx(statistics.stdev([3, 7]))
    assert row["minutes"].mean == 1.5
    assert row["parameters"].mean == 7


def test_rows_keep_their_order_whatever_their_numbers():
    runs = [outcome("z", 0, [9.0] * 3), outcome("a", 0, [1.0] * 3)]
    (found,) = comparison.compare([*runs, outcome("z", 1, [9.0] * 3)])
    assert [row.name for row in found.rows] == ["z", "a", comparison.REAL_ROW]


def test_a_run_that_stopped_has_no_last_number_and_is_counted():
    nan = {"mark": "not finite", "step": 25, "cause": "d_loss is nan"}
    low = {"mark": "collapse", "step": 20, "cause": "all samples alike"}
    runs = [
        outcome("a", 0, [5.0, 1.0], marks=[low, low, nan]),
        outcome("a", 1, [4.0] * 3),
    ]
    (found,) = comparison.compare(runs)
    row = cells(found, "a")
    assert row.cells["fid_random_last"] == comparison.Cell(4.0, None, 1)
    assert row.cells["fid_random_best"].mean == (1 + 4) / 2
    assert (row.runs, row.ended) == (2, 1)
    assert row.marked == {"collapse": 1, "not finite": 1}
    assert tables.ends(found)[0] == "1/2"
    assert [shares[0] for shares in tables.marks(found).values()] == ["1/2", "1/2"]


def test_numbers_of_runs_that_have_not_ended_are_so_far():
    runs = [outcome("a", 0, [5.0, 1.0], steps=1000), outcome("b", 0, [4.0], steps=10)]
    (found,) = comparison.compare(runs)
    assert cells(found, "a").cells["fid_random_last"] is None  # as in the CSV
    first, *others = tables.titled([found], "t")
    assert [row[:3] for row in first.rows[:2]] == [
        ("a (so far, step 20 of 1,000)", "1.00", "1.00"),
        ("b", "4.00", "4.00"),
    ]
    assert others[0].rows[0][0] == first.rows[0][0]


def test_seeds_that_are_so_far_at_different_steps_say_so():
    runs = [outcome("a", seed, [5.0] * (1 + seed), steps=40) for seed in (0, 1)]
    (found,) = comparison.compare(runs)
    assert cells(found, "a").progress == "so far, steps 10 to 20 of 40"


def test_a_run_whose_end_was_not_measured_says_of_which_step_its_numbers_are():
    run = outcome("a", 0, [5.0], steps=30)._replace(step=30)
    (found,) = comparison.compare([run])
    assert cells(found, "a").progress == "step 10 of 30"


def test_no_number_is_minus_zero():
    cell = comparison.Cell(-0.00001, 0.5, 1)
    assert cell.text(".4f", 1) == "0.0000 ± 0.5000"
    assert comparison.Cell(-0.2, None, 1).text(".1f", 1) == "-0.2"


def test_a_table_has_seven_columns_at_most():
    (found,) = comparison.compare([outcome("a", 0, [1.0] * 3)])
    first, *others = tables.titled([found], "t")
    assert [first.is_folded, *(t.is_folded for t in others)] == [False, True, True]
    assert max(len(table.heads) for table in (first, *others)) <= tables.MOST_COLUMNS
    heads = [head for table in (first, *others) for head in table.heads[1:]]
    columns = [*found.columns, *found.further]
    assert sorted(heads) == sorted(
        [*(c.head for c in columns), "runs", *comparison.MARKS.values()]
    )


def test_runs_that_are_missing_are_counted():
    runs = [outcome("a", 0, [5.0, 1.0, 3.0])]
    (found,) = comparison.compare(runs, {"a": 3})
    assert (cells(found, "a").runs, cells(found, "a").ended) == (3, 1)
    first, *_ = tables.titled([found], "t")
    assert first.rows[0][1] == "3.00 (1 of 3)"


def test_a_run_that_never_had_a_checkpoint_is_in_the_table():
    nan = {"mark": "not finite", "step": 1, "cause": "g_loss is nan"}
    (found,) = comparison.compare([outcome("a", 0, [], marks=[nan])])
    row = cells(found, "a")
    assert (row.runs, row.ended, row.marked["not finite"]) == (1, 0, 1)
    assert row.cells["fid_random_best"] is None


def test_runs_that_cannot_be_compared_are_in_no_common_curves():
    runs = [outcome("a", 0, [1.0] * 3), outcome("b", 0, [1.0] * 3, seed=2)]
    drawn = panels.metric_panels(runs)
    labels = [[curve.label for curve in panel.curves] for panel in drawn]
    assert labels == [["a"], ["a"], ["b"], ["b"]]
    assert drawn[0].title != drawn[2].title


def test_real_images_have_a_row_of_their_own():
    (found,) = comparison.compare([outcome("a", 0, [1.0] * 3)])
    floor = cells(found, comparison.REAL_ROW).cells
    assert floor["fid_random_last"].mean == 0.25
    assert floor["ms_ssim_last"].mean == 0.125
    assert floor["fid_random_best"] is None


@pytest.mark.parametrize(
    ("key", "value"),
    [("weights", "EMA"), ("seed", 2), ("samples", 11), ("extractor_hash", "x")],
)
def test_unlike_certificates_are_in_no_common_table(key, value):
    runs = [outcome("a", 0, [1.0] * 3), outcome("b", 0, [1.0] * 3, **{key: value})]
    first, second = comparison.compare([*runs, outcome("c", 0, [2.0] * 3)])
    assert [row.name for row in first.rows] == ["a", "c", comparison.REAL_ROW]
    assert [row.name for row in second.rows] == ["b", comparison.REAL_ROW]
    said = f"{key} is {value!r}, not {getattr(fake_metrics.PROVENANCE, key)!r}"
    assert any(note.endswith(said) for note in second.notes)
    assert not any("not to be compared" in note for note in first.notes)


def test_certificates_say_all_that_differs():
    first = fake_metrics.PROVENANCE
    other = dataclasses.replace(first, seed=2, crop="center20")
    assert first.differences(dataclasses.replace(first)) == []
    assert first.differences(other) == [
        "crop is 'center20', not 'none'",
        "seed is 2, not 1",
    ]


def test_the_extractor_is_in_the_names():
    (found,) = comparison.compare([outcome("a", 0, [1.0] * 3)])
    assert "FID (random) last" in [c.head for c in found.columns]
    assert "MS-SSIM" in [c.head for c in found.further]
    kl = table_columns.head("class_kl_random", "random", "class_kl")
    assert kl == "class KL (random)"


def test_the_csv_has_full_precision():
    third = 1 / 3
    found = comparison.compare(
        [outcome("a", 0, [third] * 3), outcome("b", 0, [1.0] * 3, seed=2)]
    )
    rows = list(csv.DictReader(io.StringIO(tables.as_csv(found))))
    assert [row["table"] for row in rows] == ["1", "1", "2", "2"]
    assert float(rows[0]["fid_random_last_mean"]) == third
    assert rows[0]["fid_random_last_spread"] == ""
    assert rows[1]["fid_random_best_mean"] == ""
    assert (rows[0]["runs"], rows[0]["ended"], rows[0]["collapse"]) == ("1", "1", "0")


def test_text_and_markdown_have_every_cell():
    (found,) = comparison.compare(
        [outcome("a", 0, [5.0, 1.0, 3.0]), outcome("a", 1, [2.0, 8.0, 7.0])]
    )
    table, *_ = tables.titled([found], "t")
    assert "5.00 ± 2.83" in tables.as_text(table)
    lines = tables.as_markdown(table).splitlines()
    assert lines[0].count("|") == lines[1].count("|") == len(table.heads) + 1
    assert lines[2].startswith("| a | 5.00 ± 2.83 | 1.50 ± 0.71 |")


def test_numbers_by_step_are_in_order():
    numbers = {100: {"f": 2.0}, 20: {"f": 1.0}, 3: {"g": 0.0}, 1: {"f": [1, 2]}}
    by_step = fake_metrics.series(numbers).by_step("f")
    assert list(by_step.items()) == [(20, 1.0), (100, 2.0)]
