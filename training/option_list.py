"""The list of `train.py --list_options`: a model's hyper-parameters, with sources."""

import ast
import dataclasses
import inspect
import math
import textwrap
from typing import Any, Literal, get_args, get_origin

import models
from common.errors import UserError
from models.base import config

WIDTH, COLUMN = 80, 30  # of a line, and where what an option takes begins


def text(model: str | None) -> str:
    """Returns every option of a model: the paper's own first, then the shared ones.

    Each has its default, what it takes, and the comment beside it in the model's code.

    Raises:
        UserError: lists the models, if there is none of that name.
    """
    if model not in models.MODELS:
        known = ", ".join(models.MODELS)
        raise UserError(f"--list_options needs one --model, not {model!r}: {known}")
    cls = models.MODELS[model]
    fields, listed = config.fields_of(cls.Config), set[str]()
    lines = textwrap.wrap(first_line(inspect.getmodule(cls)), WIDTH)
    lines += [f"python train.py --model {model} --set NAME=VALUE --set ..."]
    for declaring in filter(dataclasses.is_dataclass, cls.Config.__mro__):
        comments = declared(declaring)
        own = [name for name in comments if name not in listed]
        if own:
            lines += ["", first_line(declaring)]
            lines += [row(fields[name], comments[name]) for name in own]
            listed |= comments.keys()
    return "\n".join(lines)


def first_line(documented: object) -> str:
    """Returns the first line of a docstring."""
    return (inspect.getdoc(documented) or "").partition("\n")[0]


def declared(cls: type) -> dict[str, str]:
    """Returns the fields that a Config declares itself, with their comments."""
    source = textwrap.dedent(inspect.getsource(cls))
    lines = source.splitlines()
    found = {}
    for node in ast.parse(source).body[0].body:  # type: ignore[attr-defined]
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            last = lines[(node.end_lineno or node.lineno) - 1]
            found[node.target.id] = last.partition("#")[2].strip()
    return found


def row(field: dataclasses.Field, comment: str) -> str:
    """Returns an option in one line or, if it is long, in more."""
    name = f"  {field.name}={shown(field.default)}"
    about = "; ".join(filter(None, [comment, taken(field)]))
    indent = " " * COLUMN
    first = name.ljust(COLUMN) if len(name) < COLUMN else f"{name}\n{indent}"
    lines = textwrap.wrap(about, WIDTH - COLUMN, break_on_hyphens=False)
    return first + f"\n{indent}".join(lines)


def taken(field: dataclasses.Field) -> str:
    """Returns what an option takes, in words."""
    if get_origin(field.type) is Literal:
        return ", ".join(map(str, get_args(field.type)))
    if field.type is bool:
        return "true or false"
    least, most = config.bounds(field)
    kind = "integer" if field.type is int else "number"
    limit = f"{least:g} to {most:,g}" if most < math.inf else f"at least {least:g}"
    if most == config.MOST_INTEGER:
        limit = f"at least {least:g}"
    return f"{kind}, {limit}"


def shown(value: Any) -> str:
    """Returns a value as --set takes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
