"""What rules see of a text, and what they answer.

A rule is a pattern that is tried at one place and a handler that says how what it matched is read.
Whatever a handler looks at around its match is bounded, so that reading takes linear time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from text.spoken.items import Note, NoteKind

_REACH: Final = 80
"""Characters to either side that decide about a number."""

_GOVERNING: Final = {" ок. ": " около ", "Ок. ": "около ", "ок. ": "около "}
"""Russian abbreviations that ask for a case, in spite of their full stop."""

_NEAR: Final = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*|[^\s\w]")


class Unreadable(Exception):  # noqa: N818 - never leaves text.spoken
    """A place of a text that cannot be read; ``Normaliser`` tells the caller where it is."""

    def __init__(self, what: str, at: int, why: str) -> None:
        super().__init__(what)
        self.what = what
        self.at = at
        self.why = why


@dataclass(frozen=True, slots=True)
class Said:
    """How a piece of the text is read."""

    words: str
    """Empty: it is left out."""

    end: int
    """Where in the text the piece ends."""


@dataclass(slots=True)
class Context:
    """A text that is being read."""

    text: str
    notes: list[Note] = field(default_factory=list)

    def before(self, at: int, most: int = 4) -> list[str]:
        """Words before ``at`` in small letters, the nearest first, up to a punctuation mark."""
        chunk = self.text[max(0, at - _REACH) : at]
        for written, word in _GOVERNING.items():
            chunk = chunk.replace(written, word)
        words: list[str] = []
        for match in reversed(list(_NEAR.finditer(chunk))):
            word = match.group()
            if not word[0].isalnum() or len(words) == most:
                break
            if at > _REACH and match.start() == 0:
                break  # perhaps only a part of the word
            words.append(word.lower())
        return words

    def after(self, at: int, most: int = 4) -> list[str]:
        """Words from ``at`` on in small letters, up to a punctuation mark."""
        words: list[str] = []
        chunk = self.text[at : at + _REACH]
        for match in _NEAR.finditer(chunk):
            word = match.group()
            cut = len(chunk) == _REACH and match.end() == _REACH
            if not word[0].isalnum() or len(words) == most or cut:
                break
            words.append(word.lower())
        return words

    def touches_word(self, at: int) -> bool:
        """Does a letter or digit stand right before ``at``?"""
        return at > 0 and (self.text[at - 1].isalnum() or self.text[at - 1] == "_")

    def note(self, kind: NoteKind, start: int, end: int) -> None:
        """Tell the caller."""
        self.notes.append(Note(kind, self.text[start:end], start, end))


def words(text: str) -> tuple[str, ...]:
    """A list of words, written as a line."""
    return tuple(text.split())


Handler = Callable[[re.Match[str], Context], Said | None]
Rule = tuple[re.Pattern[str], Handler]
"""None: the pattern fits, but the rule does not hold here."""
