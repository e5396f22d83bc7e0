"""Forms of JSON files: dataclasses with types and bounds, and the reader that checks.

A form's annotations are those of JSON: str, bool, int, float, None, literals, unions,
lists, tuples, dictionaries by texts, other forms, and Any; `Annotated` adds bounds.
Keys that a form does not name are of the kind `OTHERS`, if it has one, and else not
checked: a later version may have written them.
"""

import dataclasses
import functools
import json
import re
import types
from collections.abc import Callable
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from common.errors import UserError

T = TypeVar("T")


class Range(NamedTuple):
    """A bound: the least and the most that a number may be, both included."""

    least: float
    most: float

    @property
    def words(self) -> str:
        """What a number has to be."""
        return f"from {self.least:,} to {self.most:,}"

    def fits(self, value: float) -> bool:
        """Returns whether a number lies within."""
        return self.least <= value <= self.most


class Pattern(NamedTuple):
    """A bound: what the whole of a text has to match, and the same in words."""

    expression: str
    words: str

    def fits(self, text: str) -> bool:
        """Returns whether a text matches."""
        return re.fullmatch(self.expression, text) is not None


Count = Annotated[int, Range(0, 2**63 - 1)]
Seconds = Annotated[float, Range(0, 1e12)]
# One folder: no name in somebody else's file leads out of a directory.
NAME = Pattern(
    "[A-Za-z0-9_][A-Za-z0-9._-]{0,99}",
    "a name of at most 100 letters, digits, '.', '_' and '-', with a letter, digit or "
    "'_' first",
)
Name = Annotated[str, NAME]

SCALARS: dict[Any, tuple[str, Callable[[Any], bool]]] = {
    str: ("a text", lambda v: isinstance(v, str)),
    bool: ("true or false", lambda v: isinstance(v, bool)),
    int: ("an integer", lambda v: type(v) is int),
    float: ("a number", lambda v: type(v) in (int, float)),
    type(None): ("null", lambda v: v is None),
    list: ("a list", lambda v: isinstance(v, list)),
    dict: ("an object", lambda v: isinstance(v, dict)),
    Any: ("nested at most 20 deep", lambda v: _is_shallow(v, 20)),
}


def read(path: Path, form: type, remedy: str) -> dict[str, Any]:
    """Returns the content of a JSON file, which has the form.

    Raises:
        UserError: it is missing, damaged or of another form; names file, key and
            `remedy`.
    """
    try:
        return parse(path.read_text(encoding="utf-8"), form)
    except FileNotFoundError as error:
        raise UserError(f"{path} is missing: {remedy}") from error
    except ValueError as error:
        raise UserError(f"{path} is damaged ({error}): {remedy}") from error


def parse(text: str, form: type) -> dict[str, Any]:
    """Returns the content of a JSON text; a ValueError says why it has not the form."""
    try:
        content = json.loads(text)
    except RecursionError as error:
        raise ValueError("its brackets are nested too deeply") from error
    check(content, form)
    return content


def check(value: Any, kind: Any, key: str = "") -> None:
    """Raises a ValueError that names the key unless a value is of a kind."""
    origin, arguments = get_origin(kind), get_args(kind)

    if dataclasses.is_dataclass(kind):
        _check_fields(value, kind, key)
    elif origin is Annotated:
        check(value, arguments[0], key)
        for bound in arguments[1:]:
            _require(bound.fits(value), value, bound.words, key)
    elif origin is Literal:
        words = " or ".join(map(repr, arguments))
        _require(value in arguments, value, words, key)
    elif origin in (Union, types.UnionType):
        _check_union(value, arguments, key)
    elif origin is dict:
        check(value, dict, key)
        for name, item in value.items():
            check(name, arguments[0], f"a key of {key or 'it'}")
            check(item, arguments[1], _inner(key, name))
    elif origin in (list, tuple):
        _check_items(value, arguments, key)
    else:
        words, fits = SCALARS[kind]
        _require(fits(value), value, words, key)


def build(form: type[T], content: dict[str, Any]) -> T:
    """Returns the instance of a form that checked content is; lists become tuples."""
    names = {f.name for f in dataclasses.fields(form)}  # type: ignore[arg-type]
    hints = _hints(form)  # type: ignore[arg-type]
    return form(**{k: _built(v, hints[k]) for k, v in content.items() if k in names})


def _check_fields(value: Any, form: Any, key: str) -> None:
    """Checks an object's values by a form's fields; those with defaults may lack."""
    check(value, dict, key)
    hints = _hints(form)
    for field in dataclasses.fields(form):
        required = field.default is field.default_factory is dataclasses.MISSING
        if required and field.name not in value:
            raise ValueError(f"{_inner(key, field.name)} is missing")

    others = getattr(form, "OTHERS", Any)
    for name, item in value.items():
        check(item, hints.get(name, others), _inner(key, name))


@functools.cache
def _hints(form: Any) -> dict[str, Any]:
    """Returns the kinds of a form's fields by name."""
    return get_type_hints(form, include_extras=True)


def _inner(key: str, name: str) -> str:
    """Returns the key of an object's value."""
    return f"{key}.{name}" if key else name


def _check_union(value: Any, kinds: tuple[Any, ...], key: str) -> None:
    """Checks that a value is of one of the kinds; the last one's error is raised."""
    for kind in kinds[:-1]:
        try:
            return check(value, kind, key)
        except ValueError:
            continue
    return check(value, kinds[-1], key)


def _check_items(value: Any, kinds: tuple[Any, ...], key: str) -> None:
    """Checks a list of any length of one kind, or one of as many items as kinds."""
    check(value, list, key)
    if len(kinds) == 1 or kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(value)
    _require(len(value) == len(kinds), value, f"a list of {len(kinds)}", key)
    for i, (item, kind) in enumerate(zip(value, kinds, strict=True)):
        check(item, kind, f"{key}[{i}]")


def _require(fits: bool, value: Any, words: str, key: str) -> None:
    """Raises a ValueError that says what a value is and should be, unless it fits."""
    if not fits:
        shown = repr(value)
        shown = shown if len(shown) <= 60 else f"{shown[:60]}..."
        raise ValueError(f"{key or 'it'} is {shown}, not {words}")


def _is_shallow(value: Any, levels: int) -> bool:
    """Returns whether lists and objects are nested at most so many levels deep."""
    items = value.values() if isinstance(value, dict) else value
    if not isinstance(value, (dict, list)):
        return True
    return levels > 0 and all(_is_shallow(item, levels - 1) for item in items)


def _built(value: Any, kind: Any) -> Any:
    """Returns a value as an instance of a form has it."""
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (Union, types.UnionType) and isinstance(value, dict):
        objects = [k for k in get_args(kind) if dataclasses.is_dataclass(k)]
        kind = objects[0] if len(objects) == 1 else kind
    if dataclasses.is_dataclass(kind):
        return build(kind, value)  # type: ignore[arg-type]
    if get_origin(kind) is tuple:
        return tuple(_built(item, get_args(kind)[0]) for item in value)
    return value
