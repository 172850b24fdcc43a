"""A session's glossary: names and terms that the recogniser should get right.

A ``Glossary`` never changes. To change it while on air, build another and swap it whole, together
with the ``VocabularyCorrector`` made from it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from foundation.errors import InvalidArgument
from foundation.languages import LANGUAGES, Language

MAX_ENTRIES: Final = 2_000
MAX_SPELLING_LETTERS: Final = 100
MAX_SPELLING_WORDS: Final = 6
MAX_ALIASES: Final = 16
MIN_LETTERS: Final = 2
MIN_WEIGHT: Final = 0.1
MAX_WEIGHT: Final = 10.0
DEFAULT_WEIGHT: Final = 1.0


@dataclass(frozen=True, slots=True)
class GlossaryEntry:
    """One name or term.

    Raises:
        InvalidArgument: a field is empty, too long or out of its range; ``field`` is the field's
            own name (``weight``), the parsers put the line or index before it.
    """

    spelling: str
    """As it should be written, in the nominative: ``Қасым-Жомарт Тоқаев``."""

    language: Language | None = None
    """The language it is spoken in; None: any."""

    weight: float = DEFAULT_WEIGHT
    """0.1 to 10. Heavier entries come first as hotwords and are recognised from less likeness."""

    sounds_like: tuple[str, ...] = ()
    """Other ways in which the recogniser writes it (``е а э с`` for ``ЕАЭО``)."""

    write: str | None = None
    """Written instead of ``spelling`` where the term is recognised."""

    def __post_init__(self) -> None:
        _check_text("spelling", self.spelling)
        for alias in self.sounds_like:
            _check_text("sounds_like", alias)
        if len(self.sounds_like) > MAX_ALIASES:
            raise InvalidArgument(
                "sounds_like", f"{len(self.sounds_like)} of them; {MAX_ALIASES} are allowed"
            )
        if self.write is not None:
            _check_text("write", self.write, min_letters=1)
        if self.language is not None and self.language not in LANGUAGES:
            raise InvalidArgument(
                "language", f"{self.language!r} is not one of {', '.join(LANGUAGES)}, any"
            )
        if not MIN_WEIGHT <= self.weight <= MAX_WEIGHT:  # also refuses NaN
            raise InvalidArgument(
                "weight", f"{self.weight:g} is not between {MIN_WEIGHT:g} and {MAX_WEIGHT:g}"
            )

    @property
    def written(self) -> str:
        """What stands in the text where the entry is recognised."""
        return self.spelling if self.write is None else self.write

    def speaks(self, language: Language) -> bool:
        """Does the entry apply to speech in ``language``?"""
        return self.language is None or self.language == language


@dataclass(frozen=True, slots=True)
class Glossary:
    """Entries, in the order of the file.

    Raises:
        InvalidArgument: too many entries, or a spelling stands twice for one language.
    """

    entries: tuple[GlossaryEntry, ...] = ()

    def __post_init__(self) -> None:
        if len(self.entries) > MAX_ENTRIES:
            raise InvalidArgument(
                "glossary", f"{len(self.entries)} entries; {MAX_ENTRIES} are allowed"
            )
        first: dict[tuple[str, Language | None], int] = {}
        for index, entry in enumerate(self.entries):
            key = (entry.spelling, entry.language)
            if key in first:
                raise InvalidArgument(
                    f"entries[{index}].spelling",
                    f"{entry.spelling!r} stands already in entries[{first[key]}]"
                    f" for language {entry.language or 'any'}",
                )
            first[key] = index

    def for_language(self, language: Language) -> tuple[GlossaryEntry, ...]:
        """The entries that apply, heaviest first, otherwise in the order of the file."""
        fitting = [entry for entry in self.entries if entry.speaks(language)]
        return tuple(sorted(fitting, key=lambda entry: -entry.weight))

    def hotwords(
        self, language: Language, limit: int, measure: Callable[[str], int] = len
    ) -> tuple[str, ...]:
        """Spellings for an engine that takes hotwords, most weighted first.

        Args:
            language: of the utterance.
            limit: what all of them may measure together, with a space before each.
            measure: letters by default; give a tokenizer's count where the limit is in tokens.
                Whisper's prompt has room for 223, and every one of them costs decoding time.
        """
        chosen: list[str] = []
        for entry in self.for_language(language):
            size = measure(f" {entry.spelling}")
            if size <= limit and entry.spelling not in chosen:
                chosen.append(entry.spelling)
                limit -= size
        return tuple(chosen)


def normalised(text: str) -> str:
    """NFC with single spaces: how spellings are kept."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def letters_in(text: str) -> int:
    """How many letters and digits it has."""
    return sum(map(str.isalnum, text))


def glossary_of(spellings: Iterable[str], language: Language | None = None) -> Glossary:
    """A glossary of plain spellings.

    Raises:
        InvalidArgument: as the value itself.
    """
    return Glossary(tuple(GlossaryEntry(normalised(each), language) for each in spellings))


def _check_text(field: str, text: str, min_letters: int = MIN_LETTERS) -> None:
    if letters_in(text) < min_letters:
        raise InvalidArgument(field, f"{text!r} has fewer than {min_letters} letters")
    if len(text) > MAX_SPELLING_LETTERS:
        raise InvalidArgument(
            field, f"{len(text)} letters; {MAX_SPELLING_LETTERS} are allowed: {text[:20]!r}…"
        )
    if len(text.split()) > MAX_SPELLING_WORDS:
        raise InvalidArgument(
            field, f"{len(text.split())} words; {MAX_SPELLING_WORDS} are allowed: {text!r}"
        )
    if text != normalised(text):
        raise InvalidArgument(field, f"{text!r} is not normalised (NFC, single spaces)")
    if not text.isprintable():
        raise InvalidArgument(field, f"{text!r} holds a control character")
