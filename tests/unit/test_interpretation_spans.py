"""How far a voice is behind the speaker, word by word."""

from __future__ import annotations

import pytest

from benchmarks.interpretation import SourceWord, spans_of
from streaming.interpretation import SpokenPhrase


def _phrase(source: tuple[float, float], start: float, rate: float = 1.0) -> SpokenPhrase:
    return SpokenPhrase("…", *source, start, start + 1.0, rate)


def test_each_word_is_as_late_as_the_phrase_that_renders_it() -> None:
    words = [SourceWord(0.0, 0.4), SourceWord(0.5, 1.0), SourceWord(2.0, 2.5)]
    phrases = [_phrase((0.0, 1.0), 3.0), _phrase((2.0, 2.5), 4.5)]
    spans, last, lost = spans_of(words, phrases)
    assert spans == pytest.approx([2.6, 2.0, 2.0])
    assert last == pytest.approx([2.0, 2.0])
    assert lost == 0


def test_words_that_nobody_renders_are_counted_apart() -> None:
    words = [SourceWord(0.0, 0.4), SourceWord(2.0, 2.5), SourceWord(9.0, 9.5)]
    phrases = [_phrase((0.0, 0.4), 1.0), _phrase((2.0, 2.5), 4.0, rate=0.0)]
    spans, last, lost = spans_of(words, phrases)
    assert spans == last == pytest.approx([0.6])
    assert lost == 2
