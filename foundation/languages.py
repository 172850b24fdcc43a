"""The languages of the suite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, get_args

from foundation.errors import InvalidArgument

Language = Literal["kk", "ru", "en"]

LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)

ISO_639_2: Final[Mapping[str, str]] = {"kk": "kaz", "ru": "rus", "en": "eng"}
"""Codes of three letters, as transport streams and MP4 files name languages."""


def parse_language(code: str, field: str = "language") -> Language:
    """Check one BCP-47 code.

    Raises:
        InvalidArgument: it is unknown.
    """
    if code not in LANGUAGES:
        raise InvalidArgument(field, f"{code!r} is not one of {', '.join(LANGUAGES)}")
    return code


def parse_optional_language(code: str, field: str = "language") -> Language | None:
    """Check one BCP-47 code; an empty one is none.

    Raises:
        InvalidArgument: it is unknown.
    """
    return parse_language(code, field) if code else None


def parse_languages(codes: Sequence[str], field: str = "languages") -> tuple[Language, ...]:
    """Check BCP-47 codes; an empty sequence or ``auto`` means all languages.

    Raises:
        InvalidArgument: a code is unknown or stands twice.
    """
    if not codes or list(codes) == ["auto"]:
        return LANGUAGES
    languages = tuple(parse_language(code, field) for code in codes)
    if len(set(codes)) != len(codes):
        raise InvalidArgument(field, "a language stands twice")
    return languages
