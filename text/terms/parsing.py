"""Terms from text: tab-separated lines or JSON (docs/VOCABULARY.md shows both)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from foundation.errors import InvalidArgument
from foundation.languages import LANGUAGES, Language
from text.terms.term_base import Term, TermBase

MAX_FILE_BYTES: Final = 2 << 20
COLUMNS: Final = ("source", "target", "source_language", "target_language")


def parse_terms(text: str) -> TermBase:
    """Read JSON if the text begins with ``{`` or ``[``, tab-separated lines otherwise.

    Lines are ``source, target, source_language, target_language``, all but the first optional;
    empty ones, those that begin with ``#`` and a header with the columns' names are skipped. JSON
    is a list of objects with the same keys, or an object with the list under ``entries``; a bare
    string is a term that stays as it is. A language may be ``any``.

    Raises:
        InvalidArgument: ``field`` is ``line 3, target`` or ``entries[2].target`` for example.
    """
    size = len(text.encode("utf-8", errors="replace"))
    if size > MAX_FILE_BYTES:
        raise InvalidArgument("terms", f"{size} bytes; {MAX_FILE_BYTES} are allowed")
    text = text.removeprefix("\ufeff")
    return _json(text) if text.lstrip()[:1] in ("{", "[") else _tsv(text)


def _tsv(text: str) -> TermBase:
    terms: list[Term] = []
    lines: list[int] = []
    for number, line in enumerate(text.splitlines(), start=1):
        cells = [cell.strip() for cell in line.split("\t")]
        header = not terms and cells[0].lower() == COLUMNS[0]
        if not line.strip() or line.lstrip().startswith("#") or header:
            continue
        if len(cells) > len(COLUMNS):
            raise InvalidArgument(
                f"line {number}",
                f"{len(cells)} columns; there are {len(COLUMNS)}: {', '.join(COLUMNS)}",
            )
        terms.append(_term(dict(zip(COLUMNS, cells, strict=False)), f"line {number}, "))
        lines.append(number)
    try:
        return TermBase(terms)
    except InvalidArgument as error:
        raise _by_line(error, lines) from error


def _by_line(error: InvalidArgument, lines: list[int]) -> InvalidArgument:
    """``entries[2].target`` as ``line 5, target``."""
    index, bracket, name = error.field.removeprefix("entries[").partition("].")
    if not bracket:
        return error
    return InvalidArgument(f"line {lines[int(index)]}, {name}", error.description)


def _json(text: str) -> TermBase:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError also: too many digits
        raise InvalidArgument("terms", f"not JSON: {error}") from error
    if isinstance(document, dict):
        if unknown := sorted(set(document) - {"entries"}):
            raise InvalidArgument(unknown[0], "unknown; the one key is entries")
        document = document.get("entries")
    if not isinstance(document, list):
        raise InvalidArgument("entries", "must be a list")
    return TermBase(_json_term(item, f"entries[{index}]") for index, item in enumerate(document))


def _json_term(item: object, where: str) -> Term:
    if isinstance(item, str):
        item = {"source": item}
    if not isinstance(item, dict):
        raise InvalidArgument(where, "must be an object or a string")
    if unknown := sorted(set(item) - set(COLUMNS)):
        raise InvalidArgument(
            f"{where}.{unknown[0]}", f"unknown; the fields are {', '.join(COLUMNS)}"
        )
    return _term(item, f"{where}.")


def _term(fields: Mapping[str, object], where: str) -> Term:
    values: dict[str, str] = {}
    for name in COLUMNS:
        value = fields.get(name)
        if value is None:
            value = ""
        if not isinstance(value, str):
            raise InvalidArgument(f"{where}{name}", f"{value!r} is not a string")
        values[name] = value
    return Term(
        values["source"],
        values["target"],
        _language(values["source_language"], f"{where}source_language"),
        _language(values["target_language"], f"{where}target_language"),
    )


def _language(code: str, field: str) -> Language | None:
    if code in ("", "any"):
        return None
    for language in LANGUAGES:
        if code == language:
            return language
    raise InvalidArgument(field, f"{code!r} is not one of {', '.join(LANGUAGES)}, any")
