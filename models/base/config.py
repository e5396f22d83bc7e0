"""Hyper-parameters by name: checked, and read from `name=value` texts."""

import copy
import dataclasses
import math
from collections.abc import Iterable
from typing import Any, Literal, get_args, get_origin

MOST_INTEGER = 10**9  # of steps, for example


def configure(cls: type, overrides: dict[str, Any]) -> Any:
    """Returns cls(**overrides); a ValueError names the fields or the right type."""
    fields = fields_of(cls)
    for name, value in overrides.items():
        overrides = {**overrides, name: checked(field(fields, name), value)}
    return cls(**overrides)


def parse(cls: type, texts: Iterable[str]) -> dict[str, Any]:
    """Returns overrides of texts like `margin=20`; a ValueError names what is wrong."""
    overrides = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator:
            raise ValueError(f"{text!r} is no hyper-parameter: write name=value")
        overrides[name] = read(field(fields_of(cls), name), value)
    return overrides


def fields_of(cls: type) -> dict[str, dataclasses.Field]:
    """Returns the fields of a Config by name.

    A field that a paper's Config declares anew, with another default, keeps the bounds
    that it had, unless the paper gives others.
    """
    fields = {f.name: copy.copy(f) for f in dataclasses.fields(cls)}
    for base in filter(dataclasses.is_dataclass, cls.__mro__[1:]):
        for f in dataclasses.fields(base):
            fields[f.name].metadata = fields[f.name].metadata or f.metadata
    return fields


def field(fields: dict[str, dataclasses.Field], name: str) -> dataclasses.Field:
    """Returns the field of that name; a ValueError lists them all."""
    if name not in fields:
        listed = ", ".join(f"{f.name}={f.default}" for f in fields.values())
        raise ValueError(f"unknown hyper-parameter {name!r}; known: {listed}")
    return fields[name]


def expected(f: dataclasses.Field) -> str:
    """Returns a field's type in words."""
    if get_origin(f.type) is Literal:
        return " or ".join(map(repr, get_args(f.type)))
    return {int: "an integer", float: "a number", bool: "true or false"}[f.type]


def checked(f: dataclasses.Field, value: Any) -> Any:
    """Returns the value if it fits the field, an integer as float if one is meant."""
    wrong = ValueError(f"{f.name}={value!r} is wrong: it takes {expected(f)}")
    if get_origin(f.type) is Literal:
        if value not in get_args(f.type):
            raise wrong
        return value
    if f.type is bool and isinstance(value, bool):
        return value
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if f.type is bool or not is_number:
        raise wrong

    least, most = bounds(f)
    whole = f.type is float or isinstance(value, int)
    if whole and math.isfinite(value) and least <= value <= most:
        return f.type(value)
    kind = "finite and" if f.type is float else "an integer"
    limits = f"at least {least}" if most == math.inf else f"from {least} to {most:,}"
    raise ValueError(f"{f.name}={value!r} is wrong: it must be {kind} {limits}")


def bounds(f: dataclasses.Field) -> tuple[float, float]:
    """Returns the least and the most that a field of numbers takes."""
    least, most = (1, MOST_INTEGER) if f.type is int else (0, math.inf)
    return f.metadata.get("least", least), f.metadata.get("most", most)


def read(f: dataclasses.Field, text: str) -> Any:
    """Reads a field's value from its text."""
    booleans = {"true": True, "false": False, "1": True, "0": False}
    try:
        if f.type is bool:
            return booleans[text.lower()]
        return checked(f, text if get_origin(f.type) is Literal else f.type(text))
    except (KeyError, ValueError) as error:
        if isinstance(error, ValueError) and f.name in str(error):
            raise
        raise ValueError(
            f"{f.name}={text!r} is wrong: it takes {expected(f)}"
        ) from error


def size(default: float, most: float) -> Any:
    """Returns a field of a Config for what takes memory: at most so large."""
    return dataclasses.field(default=default, metadata={"most": most})


def later(default: Any, **bounds: float) -> Any:
    """Returns a field for an option that runs did not have at first.

    Its default does what was done before there was the option; `bounds` are its `least`
    and `most`.
    """
    return dataclasses.field(default=default, metadata={"later": True, **bounds})


def saved(settings: Any) -> dict[str, Any]:
    """Returns a Config as files keep it: without later options at their default.

    So the files of a run that began before an option are those of one that begins now.
    """
    fields = fields_of(type(settings)).values()
    values = {f: getattr(settings, f.name) for f in fields}
    return {
        f.name: value
        for f, value in values.items()
        if value != f.default or not f.metadata.get("later")
    }


def below_one(default: float) -> float:
    """Returns a field of a Config for a decay or a chance: 0 to 0.9999999."""
    return dataclasses.field(default=default, metadata={"most": 0.9999999})
