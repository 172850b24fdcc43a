"""Reading the style library and putting a style's words to a prompt.

``library.toml`` beside this file is what Dauys ships; an operator may write another of its form.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from foundation.errors import FailedPrecondition, InvalidArgument

DEFAULT_LIBRARY: Final = Path(__file__).with_name("library.toml")
LANGUAGES: Final = ("kk", "ru", "en")
KINDS: Final = ("motif", "dress", "architecture", "landscape", "craft")
LONGEST_TEXT: Final = 300
"""Characters of one text: prompts are cut by text encoders, and a style must leave room."""

_IDENTIFIER: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_FIELDS: Final = ("name", "meaning", "prompt")


class StyleError(FailedPrecondition):
    """A style library cannot be read; the message names the file, the entry and the fault."""


@dataclass(frozen=True, slots=True)
class Texts:
    """One text in the three languages."""

    kk: str
    ru: str
    en: str

    def in_language(self, language: str) -> str:
        """The text in ``kk``, ``ru`` or ``en``; raises ``InvalidArgument`` for another."""
        match language:
            case "kk":
                return self.kk
            case "ru":
                return self.ru
            case "en":
                return self.en
        raise InvalidArgument("language", f"{language!r} is none of {', '.join(LANGUAGES)}")


@dataclass(frozen=True, slots=True)
class Style:
    """An entry of the library. ``source`` says in words where its facts come from."""

    identifier: str
    kind: str
    name: Texts
    meaning: Texts
    prompt: Texts
    source: str


def load_styles(path: Path = DEFAULT_LIBRARY) -> dict[str, Style]:
    """Every style by identifier, in the order of the file.

    Raises ``StyleError`` where the file cannot be read or an entry is not whole: an unknown or
    missing field, an unknown kind or source, an empty or overlong text, a language left out.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise StyleError(f"{path}: {error}") from error
    sources, entries = document.pop("sources", {}), document.pop("styles", {})
    if document:
        raise StyleError(f"{path}: unknown tables {', '.join(sorted(document))}")
    for name, table in (("sources", sources), ("styles", entries)):
        if not isinstance(table, dict):
            raise StyleError(f"{path}: {name} must be a table")
    return {name: _style(path, name, entry, sources) for name, entry in entries.items()}


def _style(path: Path, identifier: str, entry: Any, sources: Mapping[str, Any]) -> Style:
    where = f"{path}: styles.{identifier}"
    if not _IDENTIFIER.fullmatch(identifier):
        raise StyleError(f"{where}: an identifier is a-z, 0-9 and _, at most 63 characters")
    if not isinstance(entry, dict):
        raise StyleError(f"{where}: must be a table")
    wanted = {"kind", "source", *_FIELDS}
    if wrong := wanted.symmetric_difference(entry):
        raise StyleError(f"{where}: missing or unknown fields {', '.join(sorted(wrong))}")
    if entry["kind"] not in KINDS:
        raise StyleError(f"{where}: kind {entry['kind']!r} is none of {', '.join(KINDS)}")
    source = sources.get(entry["source"]) if isinstance(entry["source"], str) else None
    if not isinstance(source, str) or not source.strip():
        raise StyleError(f"{where}: source {entry['source']!r} is not in [sources]")
    name, meaning, prompt = (_texts(f"{where}.{field}", entry[field]) for field in _FIELDS)
    return Style(identifier, entry["kind"], name, meaning, prompt, source)


def _texts(where: str, value: Any) -> Texts:
    if not isinstance(value, dict) or set(value) != set(LANGUAGES):
        raise StyleError(f"{where}: must have {', '.join(LANGUAGES)} and nothing else")
    for language, text in value.items():
        if not isinstance(text, str) or not text.strip():
            raise StyleError(f"{where}.{language}: must be a text that is not empty")
        if len(text) > LONGEST_TEXT:
            raise StyleError(f"{where}.{language}: longer than {LONGEST_TEXT} characters")
        if not text.isprintable():
            raise StyleError(f"{where}.{language}: has characters that cannot be printed")
    return Texts(**value)


def styled_prompt(prompt: str, style: Style, language: str) -> str:
    """The prompt with the style's words after it, in the language of the prompt.

    Where nothing was asked, the style's words stand alone.
    """
    words = style.prompt.in_language(language)
    asked = prompt.strip().rstrip(",")
    return f"{asked}, {words}" if asked else words
