"""JSON of the wrong form is refused by the key that is wrong."""

import dataclasses
from typing import Annotated, Any, ClassVar, Literal

import pytest

from common import forms
from common.errors import UserError


@dataclasses.dataclass
class Part:
    count: forms.Count
    name: forms.Name = "train"


@dataclasses.dataclass
class Whole:
    sizes: tuple[int, int]
    parts: tuple[Part, ...]
    mode: Literal["fast", "slow"] = "fast"
    scale: Annotated[float, forms.Range(0, 1)] | None = None
    flag: bool = False
    notes: dict[str, Any] = dataclasses.field(default_factory=dict)
    scores: dict[forms.Name, float] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Line:
    step: int
    OTHERS: ClassVar[Any] = float


VALID = {"sizes": [1, 2], "parts": [{"count": 3}]}
NESTED = [[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]


def test_what_has_the_form_is_built():
    content = VALID | {"scale": 1, "new key": "of a later version"}
    forms.check(content, Whole)
    whole = forms.build(Whole, content)
    assert whole == Whole((1, 2), (Part(3),), scale=1)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"sizes": None}, "sizes is None, not a list"),
        ({"sizes": [1]}, r"sizes is \[1\], not a list of 2"),
        ({"sizes": [1, 2.0]}, r"sizes\[1\] is 2.0, not an integer"),
        ({"sizes": [1, True]}, r"sizes\[1\] is True, not an integer"),
        ({"parts": [7]}, r"parts\[0\] is 7, not an object"),
        ({"parts": [{}]}, r"parts\[0\]\.count is missing"),
        ({"parts": [{"count": -1}]}, r"parts\[0\]\.count is -1, not from 0"),
        ({"parts": [{"count": 10**30}]}, r"parts\[0\]\.count is 10+, not from 0"),
        (
            {"parts": [{"count": 1, "name": "../x"}]},
            r"parts\[0\]\.name is '\.\./x', not a name",
        ),
        ({"mode": "odd"}, "mode is 'odd', not 'fast' or 'slow'"),
        ({"scale": float("nan")}, "scale is nan"),
        ({"scale": 1.5}, "scale is 1.5"),
        ({"flag": 1}, "flag is 1, not true or false"),
        ({"notes": {"a": NESTED}}, r"notes\.a is \[+1.*, not nested at most 20"),
        ({"scores": {"a": "x"}}, r"scores\.a is 'x', not a number"),
        ({"scores": {"a/b": 1}}, "a key of scores is 'a/b', not a name"),
    ],
)
def test_the_key_that_is_wrong_is_named(changes, told):
    with pytest.raises(ValueError, match=f"^{told}"):
        forms.check(VALID | changes, Whole)


def test_keys_that_a_form_does_not_name_can_have_a_kind():
    forms.check({"step": 1, "loss": 0.5}, Line)
    with pytest.raises(ValueError, match="loss is 'low', not a number"):
        forms.check({"step": 1, "loss": "low"}, Line)


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 100_000, "1" * 5000, "\x00", "null", '"x"', "[]", "{}"]
)
def test_a_damaged_file_is_named_with_the_remedy(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(UserError, match=r"a\.json is damaged \(.*\): mend it"):
        forms.read(tmp_path / "a.json", Whole, "mend it")


def test_a_missing_file_is_named_with_the_remedy(tmp_path):
    with pytest.raises(UserError, match=r"a\.json is missing: mend it"):
        forms.read(tmp_path / "a.json", Whole, "mend it")


def test_bytes_that_are_no_text_are_damage(tmp_path):
    (tmp_path / "a.json").write_bytes(b"\xff\xfe{}")
    with pytest.raises(UserError, match=r"a\.json is damaged"):
        forms.read(tmp_path / "a.json", Whole, "mend it")
