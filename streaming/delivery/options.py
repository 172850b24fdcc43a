"""Options of a configuration class from a file's values."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from pydantic import TypeAdapter, ValidationError

from foundation.errors import InvalidArgument

C = TypeVar("C")


def read_options(cls: type[C], values: Mapping[str, Any], field: str, prefix: str = "") -> C:
    """A configuration of its values as TOML or JSON have them.

    Args:
        cls: A dataclass that checks itself.
        values: By its fields' names; those with a default may be missing.
        field: Where the values stand, for errors.
        prefix: With a dot, leads the names of fields in errors of ``cls`` where it has one.

    Raises:
        InvalidArgument: an option is unknown, missing, of a wrong type or out of its bounds.
    """
    hints: dict[str, Any] = _hints(cls)  # type: ignore[arg-type]  # classes are hashable
    known = [option.name for option in fields(cls)]  # type: ignore[arg-type]  # it is a dataclass
    for name in values:
        if name not in known:
            raise InvalidArgument(
                f"{field}.{name}", f"is unknown; want {', '.join(known) or 'no option'}"
            )
    found: dict[str, Any] = {}
    for option in fields(cls):  # type: ignore[arg-type]  # it is a dataclass
        name = option.name
        if name in values:
            found[name] = _value(hints[name], values[name], f"{field}.{name}")
        elif _required(option):
            raise InvalidArgument(f"{field}.{name}", "is missing")
    try:
        return cls(**found)
    except InvalidArgument as error:
        name = error.field.removeprefix(f"{prefix}.")
        raise InvalidArgument(f"{field}.{name}", error.description) from None


def read_toml(path: Path) -> dict[str, Any]:
    """A file of options.

    Raises:
        InvalidArgument: names the file; it cannot be read, or is no TOML.
    """
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise InvalidArgument(str(path), error.strerror or str(error)) from None
    except (ValueError, RecursionError) as error:  # numbers and depths that Python does not read
        raise InvalidArgument(str(path), f"is no TOML: {error}") from None


def _value(hint: Any, value: Any, field: str) -> Any:
    if isinstance(value, bool) and hint in (int, float, int | None, float | None):
        raise InvalidArgument(field, "must be a number")
    try:
        found = TypeAdapter(hint).validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = "".join(f"[{part}]" if isinstance(part, int) else "" for part in first["loc"])
        raise InvalidArgument(field + place, first["msg"]) from None
    if isinstance(found, Path):
        _check_path(found, field)
    return found


def _check_path(path: Path, field: str) -> None:
    """Refuse what no file can be called, before the disk is asked and says so in its own way."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return  # whether it must be there is the kind's affair
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "holds what no name can"
        raise InvalidArgument(field, f"cannot be used: {reason}") from None


def _required(option: Field[Any]) -> bool:
    return option.default is MISSING and option.default_factory is MISSING


@cache
def _hints(cls: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(cls)
    return {option.name: hints[option.name] for option in fields(cls) if option.init}
