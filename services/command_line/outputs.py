"""``dauys outputs``: where subtitles can go, and the options of each kind."""

from __future__ import annotations

import ast
import inspect
import textwrap
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints

import typer
from rich.console import Console
from rich.table import Table

_NAMES: Final[dict[type, str]] = {
    str: "text",
    float: "number",
    int: "whole number",
    bool: "true, false",
    Path: "path",
}


def outputs(
    kind: Annotated[str, typer.Argument(help="A kind, for its options.")] = "",
) -> None:
    """List the kinds of outputs, or the options of one: docs/OUTPUTS.md."""
    from streaming.delivery.kinds import KINDS, output_kind

    console = Console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    if not kind:
        for column in ("KIND", "SHORT FORM", "WHAT IT DOES"):
            table.add_column(column, overflow="fold")
        for name in KINDS:
            found = output_kind(name)
            short = f"{name}={found.target.upper()}" if found.target else ""
            table.add_row(name, short, found.summary)
        console.print(table)
        return
    found = output_kind(kind, "KIND")
    console.print(found.summary, markup=False)
    for column in ("OPTION", "VALUE", "DEFAULT", ""):
        table.add_column(column, overflow="fold")
    texts, hints = docstrings(found.config), get_type_hints(found.config)
    for option in sorted(fields(found.config), key=lambda option: not _required(option)):
        text = texts.get(option.name, "")
        table.add_row(option.name, _type_name(hints[option.name]), _default(option), text)
    console.print(table)


def docstrings(cls: type[Any]) -> dict[str, str]:
    """The docstring under each field of a class and its bases, as one line."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__[:-1]):
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(base))).body
        assert isinstance(tree, ast.ClassDef), "the source of a class"
        for statement, following in zip(tree.body, [*tree.body[1:], ast.Pass()], strict=True):
            if not isinstance(statement, ast.AnnAssign) or not isinstance(following, ast.Expr):
                continue
            value = following.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                assert isinstance(statement.target, ast.Name), "a field's name"
                found[statement.target.id] = " ".join(value.value.replace("``", "").split())
    return found


def _type_name(hint: Any) -> str:
    if isinstance(hint, type) and not get_args(hint):
        return _NAMES.get(hint, hint.__name__.lower())
    if get_origin(hint) is Literal:
        return ", ".join(map(str, get_args(hint)))
    parts = [part for part in get_args(hint) if part not in (type(None), Ellipsis)]
    listed = "list of " if get_origin(hint) in (tuple, list) else ""
    return listed + " or ".join(map(_type_name, parts))


def _required(option: Field[Any]) -> bool:
    return option.default is MISSING and option.default_factory is MISSING


def _default(option: Field[Any]) -> str:
    """As a file says it; empty: nothing, or no value."""
    if _required(option):
        return "required"
    match option.default:
        case bool():
            return str(option.default).lower()
        case tuple():
            return ", ".join(map(str, option.default))
        case str() | int() | float() | Path():
            return str(option.default)
        case _:
            return ""
