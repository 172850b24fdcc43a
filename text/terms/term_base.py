"""Terms and what they must be translated by."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from foundation.errors import InvalidArgument
from foundation.languages import LANGUAGES, Language
from foundation.translation import Pair

MAX_TERMS: Final = 2_000
MAX_CHARACTERS: Final = 200
_SPACES: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Term:
    """A term and its required translation."""

    source: str
    """As it stands in the source text, in the nominative."""

    target: str = ""
    """What it must be translated by; empty: it stays as it is."""

    source_language: Language | None = None
    """The language of the text that it is looked for in; None: any."""

    target_language: Language | None = None

    @property
    def written(self) -> str:
        """What must stand in the translation, uninflected."""
        return self.target or self.source


class TermBase:
    """Terms of a call or a session; never changes.

    Finders are compiled from it once a pair and kept with it, so keep it as long as it serves.
    """

    __slots__ = ("__weakref__", "terms")

    def __init__(self, terms: Iterable[Term] = (), *, field: str = "entries") -> None:
        """Check and normalise the terms.

        Args:
            terms: At most 2000.
            field: The path that errors name them by.

        Raises:
            InvalidArgument: too many, or a term is empty, too long, not printable or stands twice
                with two translations; ``field`` is ``entries[3].source`` for example.
        """
        terms = tuple(terms)
        if len(terms) > MAX_TERMS:
            raise InvalidArgument(field, f"{len(terms)} terms; {MAX_TERMS} are allowed")
        self.terms: tuple[Term, ...] = tuple(
            _checked(term, f"{field}[{index}]") for index, term in enumerate(terms)
        )
        first: dict[tuple[str, Language | None, Language | None], int] = {}
        for index, term in enumerate(self.terms):
            key = (term.source, term.source_language, term.target_language)
            before = first.setdefault(key, index)
            if term.target != self.terms[before].target:
                raise InvalidArgument(
                    f"{field}[{index}].source",
                    f"{term.source!r} stands already in {field}[{before}] with another target",
                )

    def __len__(self) -> int:
        return len(self.terms)

    def of(self, pair: Pair) -> tuple[Term, ...]:
        """The terms that hold for a pair, those that name it last."""
        source, target = pair
        chosen = [
            term
            for term in self.terms
            if term.source_language in (None, source) and term.target_language in (None, target)
        ]
        return tuple(
            sorted(
                chosen,
                key=lambda term: (
                    (term.source_language is not None) + (term.target_language is not None)
                ),
            )
        )


def _checked(term: Term, where: str) -> Term:
    source = _normalised(term.source, f"{where}.source")
    if not any(map(str.isalnum, source)):
        raise InvalidArgument(f"{where}.source", f"{source!r} has no letter and no digit")
    for name, language in (
        ("source_language", term.source_language),
        ("target_language", term.target_language),
    ):
        if language is not None and language not in LANGUAGES:
            raise InvalidArgument(
                f"{where}.{name}", f"{language!r} is not one of {', '.join(LANGUAGES)}"
            )
    target = _normalised(term.target, f"{where}.target")
    return Term(source, target, term.source_language, term.target_language)


def _normalised(text: str, where: str) -> str:
    if len(text) > MAX_CHARACTERS:
        raise InvalidArgument(where, f"{len(text)} characters; {MAX_CHARACTERS} are allowed")
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()
    if not text.isprintable():
        raise InvalidArgument(where, f"{text!r} holds a character that is not printable")
    return text
