"""The page shows the numbers that were kept, and docs/findings.md is made of them."""

import pathlib

import pytest

from common.errors import UserError
from evaluation.findings import expectations, findings_page

ROOT = pathlib.Path(__file__).parents[3]
RULES = ["fid(a, min, 0 to 20) < 0.8 * fid(b)", "fid(a) < 4"]
EXPERIMENT = {
    "study": "s",
    "command": "python train.py --model a,b",
    "budget": "20 of 40 steps",
    "minutes": 5,
    "expectations": [
        {
            "name": "e",
            "source": "paper",
            "claim": "a wins.",
            "rules": RULES,
            "refuted_from": 9,
        }
    ],
}


@pytest.fixture
def text(kept):
    kept.directory.joinpath("b.png").touch()
    experiment = expectations.experiment(EXPERIMENT)
    campaign = expectations.Campaign("Hands", "steps", [experiment])
    return findings_page.written([campaign], kept.directory.parent)


def test_each_rule_of_a_finding_has_a_row_and_the_first_the_verdict(text):
    below = text.partition("| a wins.")[2].splitlines()
    assert below[:2] == [
        " | paper | `fid(a, min, 0 to 20)` | 2.5 ± 0.7071 | "
        "below 0.8 * `fid(b)` = 3.75 ± 0.3536 | **not seen at this budget** |",
        "|  |  | `fid(a)` | 2.5 ± 0.7071 | below 4 |  |",
    ]


def test_a_section_has_command_budget_certificate_and_pictures(text):
    assert "python train.py --model a,b\npython eval.py --name s\n" in text
    assert "20 of 40 steps; about 5 minutes" in text
    assert "Trained: a 20 steps, b 20 steps." in text
    assert "10 samples (raw weights, moving averages) against 10 real images" in text
    assert 'src="../assets/s/b.png"' in text
    assert "a.png" not in text


def test_the_summary_counts(text):
    assert "Of 1 findings: 1 not seen at this budget." in text


def test_text_is_inserted_between_the_marks():
    page = f"before {findings_page.BEGIN} old {findings_page.END} after"
    new = findings_page.insert(page, "new")
    assert "old" not in new
    assert findings_page.insert(new, "new") == new
    with pytest.raises(UserError, match="put both into it"):
        findings_page.insert("before", "new")


def test_the_page_has_the_numbers_of_the_committed_metrics():
    """`python benchmarks/reproduce.py page` mends it."""
    files = sorted((ROOT / "docs" / "findings").glob("*.toml"))
    campaigns = [expectations.load(file) for file in files]
    page = (ROOT / "docs" / "findings.md").read_text()
    text = findings_page.written(campaigns, ROOT / "assets")
    assert findings_page.insert(page, text) == page
