"""Punctuation and capitals by rule: pauses, the shapes of sentences, lists of names.

Where a sentence ends is decided by the pause after a word and by what the word is: Kazakh puts its
finite verb last, so that some verbs end a sentence without any pause; in Russian and English a
pause is needed. Commas go before conjunctions. What the recogniser marked itself is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from foundation.languages import Language
from foundation.media_time import Ticks, from_seconds
from foundation.speech import Word
from text.punctuation.interface import ends_sentence
from text.punctuation.names import NameCase, capitalised
from text.punctuation.shapes import LONGEST_QUESTION, SHAPES, SentenceShapes
from text.vocabulary.glossary import Glossary

OWN_MARKS: Final = (".", ",", "?", "!", ":", ";", "…", "-", "–", "—")
"""A word that ends in one of these bears its mark already."""
_SHORT_PAUSE: Final = from_seconds(0.35)
_LONG_PAUSE: Final = from_seconds(0.9)
_SHORTEST_SENTENCE: Final = 3
"""Words, where no long pause ends it."""


@dataclass(frozen=True, slots=True)
class Pauses:
    """Between words, in ticks."""

    short: Ticks = _SHORT_PAUSE
    """Ends a sentence after a word that may end one, before one that may begin one."""

    long: Ticks = _LONG_PAUSE
    """Ends a sentence after any word that does not want another."""


class RulePunctuator:
    """The default ``Punctuator``; costs some microseconds a word."""

    def __init__(self, glossary: Glossary | None = None, pauses: Pauses | None = None) -> None:
        """Names of ``glossary`` are written with its capitals."""
        self._pauses = pauses or Pauses()
        self._glossary = glossary or Glossary()
        self._names: dict[Language, NameCase] = {}

    def restore(
        self, words: Sequence[Word], language: Language, *, ended: bool, continues: bool
    ) -> tuple[Word, ...]:
        """As ``Punctuator.restore``."""
        plain = [_plain(word.text) for word in words]
        marks = self._marks(words, plain, language, continues)
        if ended and words and not words[-1].text.endswith(OWN_MARKS):
            first = sentence_start(words, marks, len(words) - 1)
            marks[-1] = self._last_mark(plain, first, language, first > 0 or not continues)
        names = self._name_case(language)
        begins = not continues
        result = []
        for word, mark in zip(words, marks, strict=True):
            text = names.cased(word.text)
            text = (capitalised(text) if begins else text) + mark
            begins = ends_sentence(text)
            result.append(replace(word, text=text))
        return tuple(result)

    def _marks(
        self, words: Sequence[Word], plain: Sequence[str], language: Language, continues: bool
    ) -> list[str]:
        """What to put after each word but the last; nothing where it bears a mark already."""
        shapes = SHAPES[language]
        marks = [""] * len(words)
        first = 0
        for index in range(len(words) - 1):
            if words[index].text.endswith(OWN_MARKS):
                first = index + 1 if ends_sentence(words[index].text) else first
            elif self._ends(words, plain, index, index + 1 - first, shapes):
                begins = first > 0 or not continues
                marks[index] = final_mark(plain[first : index + 1], shapes, begins)
                first = index + 1
            elif comma_after(plain, index, shapes, index == first and (first > 0 or not continues)):
                marks[index] = ","
        return marks

    def _last_mark(self, plain: Sequence[str], first: int, language: Language, begins: bool) -> str:
        """The mark of the sentence from ``first``, with which the utterance ends."""
        return final_mark(plain[first:], SHAPES[language], begins)

    def _ends(
        self,
        words: Sequence[Word],
        plain: Sequence[str],
        index: int,
        length: int,
        shapes: SentenceShapes,
    ) -> bool:
        """Does a sentence of ``length`` words end with this one?"""
        word, following = plain[index], plain[index + 1]
        if word in shapes.cannot_end or following in shapes.cannot_begin:
            return False
        pause = words[index + 1].start - words[index].end
        if pause >= self._pauses.long:
            return True
        if length < _SHORTEST_SENTENCE:
            return False
        if pause >= self._pauses.short and following not in shapes.seldom_begins:
            return following in shapes.begins or shapes.may_end.fullmatch(word) is not None
        return shapes.final.fullmatch(word) is not None

    def _name_case(self, language: Language) -> NameCase:
        if language not in self._names:
            self._names[language] = NameCase(language, self._glossary)
        return self._names[language]


def comma_after(plain: Sequence[str], index: int, shapes: SentenceShapes, begins: bool) -> bool:
    """Does a comma follow this word? ``begins``: it is the first of its sentence."""
    word, following = plain[index], plain[index + 1]
    after = plain[index + 2] if index + 2 < len(plain) else ""
    if begins and word in shapes.comma_after_first:
        return True
    if word in shapes.no_comma_after or (begins and following in shapes.comma_before):
        return False
    if (following, after) in shapes.comma_before_pairs:
        return True
    if (word, following) in shapes.comma_before_pairs:
        return False
    return following in shapes.comma_before or shapes.comma_after.fullmatch(word) is not None


def sentence_start(words: Sequence[Word], marks: Sequence[str], index: int) -> int:
    """The first word of the sentence that ``words[index]`` is in."""
    while index > 0 and not ends_sentence(words[index - 1].text + marks[index - 1]):
        index -= 1
    return index


def final_mark(sentence: Sequence[str], shapes: SentenceShapes, begins: bool) -> str:
    """Full stop or question mark. ``begins``: the first word is the sentence's first, too."""
    return "?" if _is_question(sentence, shapes, begins) else "."


def _is_question(sentence: Sequence[str], shapes: SentenceShapes, begins: bool) -> bool:
    if sentence[-1] in shapes.question_last and len(sentence) > 1:
        return True
    if shapes.question_anywhere.intersection(sentence):
        return True
    if not begins:
        return False
    if len(sentence) > 2 and sentence[0] in shapes.question_lead:
        sentence = sentence[1:]
    if sentence[0] in shapes.question_first and len(sentence) <= LONGEST_QUESTION:
        second = set(sentence[1:2])
        wanted = not shapes.question_second or not second.isdisjoint(shapes.question_second)
        return wanted and second.isdisjoint(shapes.statement_second)
    return (
        len(sentence) > 1 and sentence[0] in shapes.auxiliaries and sentence[1] in shapes.subjects
    )


def _plain(text: str) -> str:
    """Lower case without the marks around it, ё as е."""
    letters = text.strip("\"'«»“”().,?!:;…-–—").lower()
    return letters.replace("ё", "е").replace("’", "'")
