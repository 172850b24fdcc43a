"""A text taken apart into what a model translates at once, and put together again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from foundation.languages import Language
from text.letters import fold_look_alikes
from text.sentences import split

LONGEST_PIECE: Final = 1_000
"""Characters. A sentence of that length is a list or a mistake; it is cut at a mark or a space."""

_CUT_BEFORE_SPACE: Final = (
    re.compile(r"[;:](?=\s)"),
    re.compile(r"[,—–)](?=\s)"),
    re.compile(r"(?=\s)"),
)
_SPACES: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence, or a part of a very long one."""

    text: str
    """As it stands in the source; "" where the text begins with whitespace."""

    separator: str
    """Whitespace after it."""

    @property
    def has_letters(self) -> bool:
        """Is there anything to translate?"""
        return any(map(str.isalpha, self.text))


def pieces_of(text: str, language: Language, *, line_breaks: bool = True) -> list[Piece]:
    """Take a text apart; texts and separators joined give it back.

    Args:
        text: Any.
        language: Of the text.
        line_breaks: Does every line break end a sentence?
    """
    pieces = []
    for sentence in split(text, language, line_breaks=line_breaks):
        parts = list(_bounded(sentence.text, LONGEST_PIECE))
        pieces += parts[:-1]
        pieces.append(Piece(parts[-1].text if parts else "", sentence.separator))
    return pieces


def halves_of(piece: Piece) -> list[Piece]:
    """A piece cut in two near its middle, for a model that could not read all of it."""
    return list(_bounded(piece.text, max(1, (len(piece.text) * 3) // 5)))


def for_model(text: str, language: Language) -> str:
    """What a model reads in place of ``text``.

    Composed letters, single spaces, no control or format characters (marks of direction, soft
    hyphens, lone surrogates), no Latin look-alikes inside Cyrillic words.
    """
    plain = unicodedata.normalize("NFC", text)
    if not plain.isprintable():
        plain = "".join(
            " " if kind == "Cc" else "" if kind in ("Cf", "Cs", "Co", "Cn") else char
            for char in plain
            for kind in [unicodedata.category(char)]
        )
    plain = _SPACES.sub(" ", plain).strip()
    return plain if language == "en" else fold_look_alikes(plain)


def _bounded(text: str, limit: int) -> Iterator[Piece]:
    start = 0
    while len(text) - start > limit:
        end = _cut(text, start, limit)
        following = _SPACES.match(text, end)
        after = following.end() if following else end
        yield Piece(text[start:end], text[end:after])
        start = after
    if start < len(text):
        yield Piece(text[start:], "")


def _cut(text: str, start: int, limit: int) -> int:
    """The last good place in the second half of what is allowed; else exactly there."""
    least, most = start + limit // 2, start + limit
    for pattern in _CUT_BEFORE_SPACE:
        places = [match.end() for match in pattern.finditer(text, least, most + 1)]
        if places and start < places[-1] <= most:
            return places[-1]
    return most
