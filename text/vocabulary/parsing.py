"""Glossaries from text: tab-separated lines or JSON (docs/VOCABULARY.md shows both)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, cast

from foundation.errors import InvalidArgument
from foundation.languages import Language
from text.vocabulary.glossary import DEFAULT_WEIGHT, Glossary, GlossaryEntry, normalised

MAX_FILE_BYTES: Final = 1 << 20
COLUMNS: Final = ("spelling", "language", "weight", "sounds_like", "write")
ALIAS_SEPARATOR: Final = "|"


def parse_glossary(text: str) -> Glossary:
    """Read JSON if the text begins with ``{`` or ``[``, tab-separated lines otherwise.

    Raises:
        InvalidArgument: names the line or entry, the field and the limit.
    """
    return parse_json(text) if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[") else parse_tsv(text)


def parse_tsv(text: str) -> Glossary:
    """Read ``spelling, language, weight, sounds_like, write``, all but the first optional.

    Empty lines and lines that begin with ``#`` are skipped, and so is a header with the columns'
    names. Aliases are separated by ``|``.

    Raises:
        InvalidArgument: ``field`` is ``line 3`` or ``line 3, weight``.
    """
    _check_size(text)
    entries: list[GlossaryEntry] = []
    first: dict[tuple[str, Language | None], int] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if not entries and cells[0].lower() == COLUMNS[0]:
            continue
        where = f"line {number}"
        if len(cells) > len(COLUMNS):
            raise InvalidArgument(
                where, f"{len(cells)} columns; there are {len(COLUMNS)}: {', '.join(COLUMNS)}"
            )
        fields: dict[str, object] = {
            name: cell for name, cell in zip(COLUMNS, cells, strict=False) if cell
        }
        aliases = cells[3].split(ALIAS_SEPARATOR) if len(cells) > 3 else []
        fields["sounds_like"] = [alias for alias in aliases if alias.strip()]
        entry = _entry(fields, partial("{}, {}".format, where))
        key = (entry.spelling, entry.language)
        if key in first:
            raise InvalidArgument(
                f"{where}, spelling",
                f"{entry.spelling!r} stands already in line {first[key]}"
                f" for language {entry.language or 'any'}",
            )
        first[key] = number
        entries.append(entry)
    return Glossary(tuple(entries))


def parse_json(text: str) -> Glossary:
    """Read a list of entries, or an object with the list under ``entries``.

    An entry is an object with TSV's columns as keys, or a bare spelling; ``sounds_like`` is a list.

    Raises:
        InvalidArgument: ``field`` is ``entries[2].weight`` for example.
    """
    _check_size(text)
    try:
        document = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:  # ValueError also: too many digits
        raise InvalidArgument("glossary", f"not JSON: {error}") from error
    if isinstance(document, dict):
        if unknown := sorted(set(document) - {"entries"}):
            raise InvalidArgument(unknown[0], "unknown; the one key is entries")
        document = document.get("entries")
    if not isinstance(document, list):
        raise InvalidArgument("entries", "must be a list")
    return Glossary(tuple(_json_entry(item, index) for index, item in enumerate(document)))


def _json_entry(item: object, index: int) -> GlossaryEntry:
    where = f"entries[{index}]"
    if isinstance(item, str):
        item = {"spelling": item}
    if not isinstance(item, dict):
        raise InvalidArgument(where, "must be an object or a string")
    if unknown := sorted(set(item) - set(COLUMNS)):
        raise InvalidArgument(
            f"{where}.{unknown[0]}", f"unknown; the fields are {', '.join(COLUMNS)}"
        )
    return _entry(item, partial("{}.{}".format, where))


def _entry(fields: Mapping[str, object], path: Callable[[str], str]) -> GlossaryEntry:
    write = _text(fields, "write", path, "")
    language = _text(fields, "language", path, "any")
    try:
        return GlossaryEntry(
            spelling=_text(fields, "spelling", path, None),
            language=None if language == "any" else cast(Language, language),
            weight=_weight(fields.get("weight", DEFAULT_WEIGHT), path),
            sounds_like=_aliases(fields.get("sounds_like", ()), path),
            write=write or None,
        )
    except InvalidArgument as error:
        if error.field in COLUMNS:
            raise InvalidArgument(path(error.field), error.description) from error
        raise


def _text(
    fields: Mapping[str, object], name: str, path: Callable[[str], str], default: str | None
) -> str:
    value = fields.get(name, default)
    if value is None and name in fields:
        value = default  # JSON's null
    if value is None:
        raise InvalidArgument(path(name), "is missing")
    if not isinstance(value, str):
        raise InvalidArgument(path(name), f"{value!r} is not a string")
    return normalised(value)


def _weight(value: object, path: Callable[[str], str]) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise InvalidArgument(path("weight"), f"{value!r} is not a number")
    try:
        return float(value)
    except (ValueError, OverflowError) as error:
        raise InvalidArgument(path("weight"), f"{value!r} is not a number") from error


def _aliases(value: object, path: Callable[[str], str]) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(each, str) for each in value):
        raise InvalidArgument(path("sounds_like"), "must be a list of strings")
    return tuple(normalised(each) for each in value)


def _check_size(text: str) -> None:
    size = len(text.encode("utf-8", errors="replace"))
    if size > MAX_FILE_BYTES:
        raise InvalidArgument("glossary", f"{size} bytes; {MAX_FILE_BYTES} are allowed")
