"""Expressions such as "smiling woman - neutral woman + neutral man".

Terms are joined by " + " and " - ". A term is one or more words, all of which hold. A
word is the name of a class or an attribute, a word of the strokes of grey drawings, an
alias, or "not" or "no" before one of these. Case, spaces, "_" and "-" do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from common.errors import UserError
from datasets.info import Info
from evaluation.arithmetic import strokes

NEGATIONS = ("not", "no")
# What people say of CelebA's attributes, where a dataset has these.
ALIASES = {
    "man": "male",
    "woman": "not male",
    "glasses": "eyeglasses",
    "neutral": "not smiling",
    "old": "not young",
    "blond": "blond hair",
    "brunette": "brown hair",
    "beard": "not no beard",
    "hat": "wearing hat",
}


class Condition(NamedTuple):
    """That a name, by its number among all that are known, holds or does not."""

    number: int
    holds: bool


class Term(NamedTuple):
    """One operand: 1 or -1, what was written, and its conditions."""

    sign: int
    text: str
    conditions: tuple[Condition, ...]


Vocabulary = Mapping[str, Condition]


def normal(name: str) -> str:
    """A name in the one spelling that is compared: `5_o_Clock` -> `5 o clock`."""
    return " ".join(re.split(r"[\s_-]+", name.lower())).strip()


def names(info: Info) -> tuple[str, ...]:
    """All that can be told of a dataset's images: classes, attributes, strokes."""
    classes = info.classes if len(info.classes) > 1 else ()
    drawn = strokes.WORDS if info.shape[-1] == 1 else ()
    return (*classes, *info.attributes, *drawn)


def vocabulary(info: Info) -> dict[str, Condition]:
    """The words for a dataset's images; UserError where there is nothing to tell."""
    known: dict[str, Condition] = {}
    for number, name in enumerate(names(info)):
        known.setdefault(normal(name), Condition(number, True))
    if not known:
        raise UserError(
            f"dataset {info.dataset} has no classes and no attributes to calculate "
            "with (CelebA's come with list_attr_celeba.txt beside its images)"
        )
    aliases = {}
    for alias, meaning in ALIASES.items():
        condition, words = prefix(known, meaning.split())
        if condition and words == len(meaning.split()):
            aliases[alias] = condition
    return aliases | known


def parse(expression: str, known: Vocabulary, info: Info) -> list[Term]:
    """The terms of an expression, in order.

    Raises:
        UserError: a term is empty, or has a word that the dataset does not know.
    """
    signs = ["+", *re.findall(r"(?:^|(?<=\s))([+-])(?=\s|$)", expression)]
    texts = re.split(r"(?:^|(?<=\s))[+-](?=\s|$)", expression)
    terms = []
    for sign, text in zip(signs, texts, strict=True):
        if not normal(text):
            raise UserError(
                f"--arithmetic {expression!r} has an operand without words: write "
                "WORDS - WORDS + WORDS, blanks about each sign"
            )
        conditions = understood(normal(text), known, info)
        terms.append(Term(1 if sign == "+" else -1, text.strip(), conditions))
    return terms


def understood(text: str, known: Vocabulary, info: Info) -> tuple[Condition, ...]:
    """The conditions of a term's normal text; the longest names come first."""
    words, conditions = text.split(), []
    while words:
        condition, length = prefix(known, words)
        if condition is None:
            raise UserError(
                f"dataset {info.dataset} has no {words[0]!r} for --arithmetic: it has "
                f'{", ".join(names(info))}{also(known, info)}; "not WORD" negates, '
                '" + " and " - " join'
            )
        conditions.append(condition)
        words = words[length:]
    return tuple(conditions)


def prefix(known: Vocabulary, words: list[str]) -> tuple[Condition | None, int]:
    """The longest known name that words begin with, and of how many words it is.

    "no beard" is a name before it is a negation.
    """
    for length in range(len(words), 0, -1):
        if condition := known.get(" ".join(words[:length])):
            return condition, length
    if words[:1] and words[0] in NEGATIONS:
        condition, length = prefix(known, words[1:])
        if condition:
            return Condition(condition.number, not condition.holds), length + 1
    return None, 0


def also(known: Vocabulary, info: Info) -> str:
    """The aliases that a dataset knows, to be read after its names."""
    own = {normal(name) for name in names(info)}
    aliases = [word for word in known if word not in own]
    return f" (also {', '.join(aliases)})" if aliases else ""


def slug(terms: list[Term]) -> str:
    """A file name for an expression."""
    words = []
    for position, term in enumerate(terms):
        if position:
            words.append("plus" if term.sign > 0 else "minus")
        words += re.findall(r"[a-z0-9]+", term.text.lower())
    return "-".join(words)[:150]
