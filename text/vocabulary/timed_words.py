"""Corrections of words that bear times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from foundation.speech import Word
from text.vocabulary.corrector import VocabularyCorrector


def correct_words(corrector: VocabularyCorrector, words: Sequence[Word]) -> tuple[Word, ...]:
    """The words with names mended; together they last as long as before.

    A name that was heard as several words lasts from the first to the last of them and has the
    lowest confidence. Words that were heard as one share its time by their letters. What was heard
    stands in ``spoken`` of the first.
    """
    texts = [word.text for word in words]
    confidences = [word.confidence for word in words]
    return tuple(
        mended
        for correction in corrector.correct(texts, confidences)
        for mended in _timed(correction.text, words[correction.first : correction.last + 1])
    )


def _timed(text: str, heard: Sequence[Word]) -> Iterator[Word]:
    first = heard[0]
    if len(heard) == 1 and text == first.text:
        yield first
        return
    confidence = min(word.confidence for word in heard)
    spoken = " ".join(word.spoken or word.text for word in heard)
    duration = heard[-1].end - first.start
    parts = text.split(" ")
    letters = sum(map(len, parts))
    start = before = 0
    for part in parts:
        before += len(part)
        end = duration * before // letters
        yield replace(
            first,
            text=part,
            start=first.start + start,
            end=first.start + end,
            confidence=confidence,
            spoken=spoken,
        )
        spoken = ""
        start = end
