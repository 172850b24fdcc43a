"""Punctuation by a trained tagger where there is one (Kazakh), by rule elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from foundation.languages import Language
from foundation.speech import Word
from text.punctuation.interface import ends_sentence
from text.punctuation.perceptron import MARKS, MarkTagger, load_tagger
from text.punctuation.rules import OWN_MARKS, Pauses, RulePunctuator
from text.punctuation.shapes import SHAPES, SentenceShapes
from text.vocabulary.glossary import Glossary

_WEIGHTS: Final[Mapping[Language, str]] = {"kk": "marks.kk.txt"}
TAGGED_LANGUAGES: Final = frozenset(_WEIGHTS)
"""Languages with a tagger."""

_PAUSE_BONUS: Final = 7.0
"""What a short pause adds to the scores of marks that end a sentence."""

_NO_PAUSE_BONUS: Final = -3.0
"""What they get without: a wrong full stop harms the reader more than a missing one."""

_COMMA, _STOP, _QUESTION = (MARKS.index(mark) for mark in (",", ".", "?"))


class TaggedPunctuator(RulePunctuator):
    """A ``Punctuator`` with the marks of a small linear tagger; capitals as by rule."""

    def __init__(self, glossary: Glossary | None = None, pauses: Pauses | None = None) -> None:
        super().__init__(glossary, pauses)
        self._taggers = {language: _tagger(name) for language, name in _WEIGHTS.items()}

    def _marks(
        self, words: Sequence[Word], plain: Sequence[str], language: Language, continues: bool
    ) -> list[str]:
        tagger = self._taggers.get(language)
        if tagger is None:
            return super()._marks(words, plain, language, continues)
        shapes = SHAPES[language]
        asking = asking_words(shapes)
        marks = [""] * len(words)
        since, asks = 0, False
        for index in range(len(words) - 1):
            asks = asks or plain[index] in asking
            if words[index].text.endswith(OWN_MARKS):
                ends = ends_sentence(words[index].text)
            else:
                scores = tagger.scores(plain, index, since, asks)
                pause = words[index + 1].start - words[index].end
                bonus = _PAUSE_BONUS if pause >= self._pauses.short else _NO_PAUSE_BONUS
                scores[_STOP] += bonus
                scores[_QUESTION] += bonus
                wants_more = plain[index] in shapes.cannot_end
                leans = plain[index + 1] in shapes.cannot_begin
                if pause >= self._pauses.long and not wants_more and not leans:
                    scores[0] = scores[_COMMA] = float("-inf")
                marks[index] = MARKS[max(range(len(MARKS)), key=scores.__getitem__)]
                ends = marks[index] in (".", "?")
            since, asks = (0, False) if ends else (since + 1, asks)
        return marks

    def _last_mark(self, plain: Sequence[str], first: int, language: Language, begins: bool) -> str:
        tagger = self._taggers.get(language)
        shapes = SHAPES[language]
        if tagger is None or plain[-1] in shapes.question_last:
            return super()._last_mark(plain, first, language, begins)
        index = len(plain) - 1
        asks = not asking_words(shapes).isdisjoint(plain[first:])
        scores = tagger.scores(plain, index, index - first, asks)
        return "?" if scores[_QUESTION] > scores[_STOP] else "."


def asking_words(shapes: SentenceShapes) -> frozenset[str]:
    """Words that a question may hold."""
    return shapes.question_anywhere | shapes.question_first | shapes.question_last


@lru_cache
def _tagger(name: str) -> MarkTagger:
    return load_tagger(name)
