"""Expressions over a dataset's names."""

import pytest

from common.errors import UserError
from datasets.info import Info
from evaluation.arithmetic import expressions

CELEBA = ("5_o_Clock_Shadow", "Eyeglasses", "Male", "No_Beard", "Smiling", "Young")
CLOTHES = ("T-shirt/top", "Ankle boot")


def made(classes=(), attributes=(), channels=3):
    return Info(
        "faces", "all", 9, 0, (28, 28, channels), classes, attributes, "none", "none",
        0, "", "", (),
    )  # fmt: skip


def parsed(expression, **names):
    """Each term's sign and conditions, `-NAME` where it must not hold."""
    of = made(**names)
    known = expressions.names(of)
    return [
        (t.sign, *("-" * (not c.holds) + known[c.position] for c in t.conditions))
        for t in expressions.parse(expression, expressions.vocabulary(of), of)
    ]


def test_terms_are_added_and_taken_away():
    assert parsed("Smiling - Male + Young", attributes=CELEBA) == [
        (1, "Smiling"), (-1, "Male"), (1, "Young")
    ]  # fmt: skip


def test_all_words_of_a_term_hold():
    assert parsed("smiling male young", attributes=CELEBA) == [
        (1, "Smiling", "Male", "Young")
    ]


@pytest.mark.parametrize(
    "spelling", ["5_o_Clock_Shadow", "5 o clock shadow", "5-O-CLOCK-SHADOW"]
)
def test_spellings_are_equal(spelling):
    assert parsed(spelling, attributes=CELEBA) == [(1, "5_o_Clock_Shadow")]


def test_names_of_classes_may_have_several_words():
    assert parsed("ankle boot - t shirt/top", classes=CLOTHES) == [
        (1, "Ankle boot"), (-1, "T-shirt/top")
    ]  # fmt: skip


def test_the_longest_name_counts():
    assert parsed("ankle boot - ankle", classes=("Ankle", "Ankle boot")) == [
        (1, "Ankle boot"), (-1, "Ankle")
    ]  # fmt: skip


@pytest.mark.parametrize("negation", ["not", "no"])
def test_a_word_is_negated(negation):
    assert parsed(f"male {negation} eyeglasses", attributes=CELEBA) == [
        (1, "Male", "-Eyeglasses")
    ]


def test_a_name_that_begins_with_no_is_a_name():
    assert parsed("no beard - no no beard", attributes=CELEBA) == [
        (1, "No_Beard"), (-1, "-No_Beard")
    ]  # fmt: skip


def test_aliases_stand_for_attributes():
    assert parsed("neutral woman + old man glasses", attributes=CELEBA) == [
        (1, "-Smiling", "-Male"), (1, "-Young", "Male", "Eyeglasses")
    ]  # fmt: skip


def test_an_alias_is_known_where_its_attribute_is():
    with pytest.raises(UserError, match=r"'blond'.* \(also man, woman\);"):
        parsed("blond", attributes=("Male",))


def test_grey_drawings_have_words_for_strokes():
    assert parsed("thick 3", classes=tuple("0123"), channels=1) == [(1, "thick", "3")]
    with pytest.raises(UserError, match="'thick'"):
        parsed("thick 3", classes=tuple("0123"))


def test_an_unknown_word_names_what_there_is():
    with pytest.raises(UserError, match=r"faces has no 'bald' .*: it has Male, Young"):
        parsed("Male - bald", attributes=("Male", "Young"))


def test_all_unknown_words_are_named_at_once():
    with pytest.raises(UserError, match=r"has no 'bald', 'beret', 'not' for"):
        parsed("male bald - not beret + bald not", attributes=("Male",))


@pytest.mark.parametrize("expression", ["", "male -", "- male", "male + - male", "  "])
def test_an_operand_has_words(expression):
    with pytest.raises(UserError, match="operand without words"):
        parsed(expression, attributes=CELEBA)


def test_without_names_there_is_nothing_to_calculate_with():
    with pytest.raises(UserError, match="no classes and no attributes"):
        parsed("male")


def test_one_class_tells_nothing():
    with pytest.raises(UserError, match="no classes and no attributes"):
        parsed("cats", classes=("cats",))


def test_a_slug_names_the_expression():
    of = made(attributes=CELEBA)
    terms = expressions.parse(
        "Smiling Woman - 5_o_Clock_Shadow + man", expressions.vocabulary(of), of
    )
    assert expressions.slug(terms) == "smiling-woman-minus-5-o-clock-shadow-plus-man"
