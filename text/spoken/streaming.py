"""Sentences of text that comes in pieces, each released when more text cannot change it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from foundation.languages import Language
from text.identification import identify
from text.sentences import Sentence, split

_MAY_HOLD_AN_END: Final = re.compile(r"[.!?…][»”“’\"')\]]{0,4}\s|\n")
_FIRST_WORD: Final = re.compile(r"\W*\w\S*\s")
_CLOSERS: Final = "»”“’\"')]"
_SPEECH: Final = 60
"""Characters after a quotation that tell whether its sentence goes on (text.sentences)."""

_SMALL_LETTERS: Final = 200
"""Characters after which a text is taken to be all in small letters."""

_PAIRS: Final = (
    ("(", ")", 402),
    ("[", "]", 402),
    ("«", "»", 162),
    ("“", "”", 162),
    ("„", "“”", 162),
)
_TELLING: Final = 100
"""Characters that tell the language of the sentence with which they begin, if no mark that may
end it stands before."""

_LEAST_TELLING: Final = 8

_BLANK_LINE: Final = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Complete:
    """A sentence and its place in all the text."""

    text: str
    start: int
    ends_paragraph: bool


class SentenceStream:
    """Holds what may still change: at most one sentence, and never more than ``most_held``.

    Args:
        language: whose abbreviations hold; None: told from what is held.
        most_held: characters; more without an end of a sentence are cut after a space.
    """

    def __init__(self, language: Language | None, most_held: int) -> None:
        self._language = language
        self._most_held = most_held
        self._held = ""
        self._offset = 0

    def feed(self, piece: str) -> list[Complete]:
        """The sentences that are complete now."""
        complete: list[Complete] = []
        for at in range(0, len(piece), self._most_held):
            part = piece[at : at + self._most_held]
            self._held += part
            if any(map(str.isspace, part)) and _MAY_HOLD_AN_END.search(self._held):
                complete += self._released()
            while len(self._held) > 2 * self._most_held:
                complete.append(self._forced())
        return complete

    def flush(self) -> list[Complete]:
        """All that is held."""
        complete: list[Complete] = []
        while self._held:
            sentences = self._split()
            # One at a time where the language is to be told.
            told = sentences[:1] if self._language is None else sentences
            complete += map(self._complete, told)
            done = sentences[1].start if len(told) < len(sentences) else len(self._held)
            self._advance(done)
        return complete

    def _released(self) -> Iterator[Complete]:
        while True:
            sentences = self._split()
            done = 0
            for sentence, following in pairwise(sentences):
                if sentence.text and not _certain(sentence, self._held[following.start :]):
                    break
                yield self._complete(sentence)
                done = following.start
                if self._language is None:
                    break  # the next may be of another language, with other abbreviations
            self._advance(done)
            if self._language is not None or not done:
                return

    def _advance(self, characters: int) -> None:
        self._held = self._held[characters:]
        self._offset += characters

    def _forced(self) -> Complete:
        space = max(self._held.rfind(mark, 1, self._most_held) for mark in " \n\t\u00a0")
        end = space if space > 0 else self._most_held
        text = self._held[:end]
        complete = Complete(text, self._offset, False)
        self._advance(end)
        return complete

    def _split(self) -> tuple[Sentence, ...]:
        language = self._language
        if language is None:
            mark = _MAY_HOLD_AN_END.search(self._held, _LEAST_TELLING, _TELLING)
            identified = identify(self._held[: mark.end() if mark else _TELLING])
            language = identified.language if identified else "en"
        return split(self._held, language)

    def _complete(self, sentence: Sentence) -> Complete:
        return Complete(
            sentence.text,
            self._offset + sentence.start,
            _BLANK_LINE.search(sentence.separator) is not None,
        )


def _certain(sentence: Sentence, rest: str) -> bool:
    """Does a sentence end here, whatever comes after ``rest``?"""
    if "\n" in sentence.separator:
        return True
    if sentence.text[-1] in _CLOSERS and len(rest) < _SPEECH and "\n" not in rest:
        return False
    if _FIRST_WORD.match(rest) is None:
        return False
    first = re.search(r"\w", rest)
    if first is not None and first.group().islower() and len(rest) < _SMALL_LETTERS:
        return False  # a capital may come, after which small letters begin no sentence
    return not _open(sentence.text)


def _open(text: str) -> bool:
    """Is there a bracket or quotation that later text may close?"""
    for opener, closers, reach in _PAIRS:
        at = text.rfind(opener, max(0, len(text) - reach))
        if at >= 0 and not any(closer in text[at + 1 :] for closer in closers):
            return True
    near = text[-162:]
    return near.count('"') % 2 == 1
