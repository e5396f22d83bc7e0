"""Expressions such as "smiling woman - neutral woman + neutral man".

Terms are joined by " + " and " - ". A term is one or more words, all of which hold. A
word is the name of a class or an attribute, a word for the strokes of grey drawings, an
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
# Everyday words for CelebA's attributes, where a dataset has these.
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
    """A name, by its position in `names`, that must hold or must not hold."""

    position: int
    holds: bool


class Term(NamedTuple):
    """One operand of an expression."""

    sign: int  # 1 or -1
    text: str  # as it was written
    conditions: tuple[Condition, ...]


Vocabulary = Mapping[str, Condition]  # by normalized name


def normalize(name: str) -> str:
    """Returns a name in the spelling that is compared: `5_o_Clock` -> `5 o clock`."""
    return " ".join(re.split(r"[\s_-]+", name.lower())).strip()


def names(info: Info) -> tuple[str, ...]:
    """Returns a dataset's classes, attributes and words for strokes, in this order."""
    classes = info.classes if len(info.classes) > 1 else ()
    words = strokes.WORDS if info.shape[-1] == 1 else ()
    return (*classes, *info.attributes, *words)


def vocabulary(info: Info) -> dict[str, Condition]:
    """Returns the condition that each word for a dataset's images stands for.

    Raises:
        UserError: the dataset has no names.
    """
    words: dict[str, Condition] = {}
    for position, name in enumerate(names(info)):
        words.setdefault(normalize(name), Condition(position, True))
    if not words:
        raise UserError(
            f"dataset {info.dataset} has no classes and no attributes to calculate "
            "with (CelebA's come with list_attr_celeba.txt beside its images)"
        )
    aliases = {}
    for alias, meaning in ALIASES.items():
        condition, length = longest_match(words, meaning.split())
        if condition and length == len(meaning.split()):
            aliases[alias] = condition
    return aliases | words


def parse(expression: str, words: Vocabulary, info: Info) -> list[Term]:
    """Returns the terms of an expression, in order.

    Raises:
        UserError: a term is empty, or there are words that are not in the vocabulary
            `words`: it names all of them.
    """
    signs = ["+", *re.findall(r"(?:^|(?<=\s))([+-])(?=\s|$)", expression)]
    texts = re.split(r"(?:^|(?<=\s))[+-](?=\s|$)", expression)
    if not all(map(normalize, texts)):
        raise UserError(
            f"--arithmetic {expression!r} has an operand without words: write "
            "WORDS - WORDS + WORDS, blanks about each sign"
        )

    terms = []
    unknown: dict[str, None] = {}  # each once, in order
    for sign, text in zip(signs, texts, strict=True):
        conditions, others = parse_term(normalize(text), words)
        unknown |= dict.fromkeys(others)
        terms.append(Term(1 if sign == "+" else -1, text.strip(), conditions))
    if unknown:
        raise UserError(
            f"dataset {info.dataset} has no {', '.join(map(repr, unknown))} for "
            f"--arithmetic: it has {', '.join(names(info))}"
            f"{list_aliases(words, info)}; "
            '"not WORD" negates, " + " and " - " join'
        )
    return terms


def parse_term(text: str, words: Vocabulary) -> tuple[tuple[Condition, ...], list[str]]:
    """Returns the conditions of a term's normalized text, and its unknown words."""
    rest = text.split()
    conditions, unknown = [], []
    while rest:
        condition, length = longest_match(words, rest)
        if condition:
            conditions.append(condition)
        elif rest[0] not in NEGATIONS or len(rest) == 1:
            unknown.append(rest[0])
        rest = rest[length or 1 :]
    return tuple(conditions), unknown


def longest_match(words: Vocabulary, text: list[str]) -> tuple[Condition | None, int]:
    """Finds the longest name that a text begins with.

    "no beard" is a name before it is a negation.

    Returns:
        The name's condition and its number of words; None and 0 if there is no such
        name.
    """
    for length in range(len(text), 0, -1):
        if condition := words.get(" ".join(text[:length])):
            return condition, length
    if text[:1] and text[0] in NEGATIONS:
        condition, length = longest_match(words, text[1:])
        if condition:
            return Condition(condition.position, not condition.holds), length + 1
    return None, 0


def list_aliases(words: Vocabulary, info: Info) -> str:
    """Returns the aliases in a vocabulary as a message has them after the names."""
    own = {normalize(name) for name in names(info)}
    aliases = [word for word in words if word not in own]
    return f" (also {', '.join(aliases)})" if aliases else ""


def slug(terms: list[Term]) -> str:
    """Returns a file name for an expression."""
    words = []
    for position, term in enumerate(terms):
        if position:
            words.append("plus" if term.sign > 0 else "minus")
        words += re.findall(r"[a-z0-9]+", term.text.lower())
    return "-".join(words)[:150]
