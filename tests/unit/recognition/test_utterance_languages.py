"""How an utterance's language is settled, and where it may change."""

from __future__ import annotations

import numpy as np
import pytest

from foundation.languages import Language
from foundation.speech import SAMPLE_RATE, Transcription, Word
from streaming.recognition import LiveRecognizerConfig
from streaming.recognition.audio_runs import AudioRun
from streaming.recognition.utterance import Utterance

TICKS = 90_000
LONG = 3 * SAMPLE_RATE


def utterance(before: Language | None = None, **settings: object) -> Utterance:
    run = AudioRun(0)
    run.buffer.append(np.zeros(60 * SAMPLE_RATE, np.float32))
    config = LiveRecognizerConfig("fake", ("kk", "ru", "en"), **settings)  # type: ignore[arg-type]
    return Utterance(run, 0, config, before)


def heard(language: Language, probability: float, *texts: str) -> Transcription:
    words = tuple(
        Word(text, n * TICKS // 2, (n + 1) * TICKS // 2, 0.9) for n, text in enumerate(texts)
    )
    return Transcription(" ".join(texts), words, language, probability, -0.1, 0.1, 1.0)


def test_nothing_was_spoken_before() -> None:
    assert utterance().language_weights(LONG) == ()


def test_the_language_before_is_the_likeliest() -> None:
    assert utterance("ru").language_weights(LONG) == pytest.approx((0.1, 0.8, 0.1))
    assert utterance("ru", stay_weight=0.5).language_weights(LONG) == pytest.approx(
        (0.25, 0.5, 0.25)
    )


def test_a_word_or_two_hardly_switch_the_language() -> None:
    weights = utterance("ru").language_weights(SAMPLE_RATE * 3 // 4)
    assert weights == pytest.approx((0.00625, 0.9875, 0.00625))
    assert sum(weights) == pytest.approx(1)


def test_a_sure_language_settles_early_a_doubtful_one_late() -> None:
    for probability, seconds in ((0.97, 1.5), (0.6, 3.0)):
        open_one = utterance("kk")
        open_one.take(heard("ru", probability, "да"), round((seconds - 0.1) * SAMPLE_RATE))
        assert open_one.language is None
        assert [word.text for word in open_one.tentative] == ["да"]
        open_one.take(heard("ru", probability, "да"), round(seconds * SAMPLE_RATE))
        assert open_one.language == "ru"


SENTENCE = ("Good", "evening,", "dear", "viewers.", "Today", "we", "open", "the", "exhibition")


@pytest.mark.parametrize("mixed", [False, True])
def test_mixed_speech_may_change_language_where_a_sentence_ends(mixed: bool) -> None:
    open_one = utterance(mixed=mixed)
    until = 6 * SAMPLE_RATE
    for _ in range(2):
        open_one.take(heard("en", 1.0, *SENTENCE), until)
    open_one.trim(until)
    assert open_one.window_start == 2 * SAMPLE_RATE, "after the sentence"
    assert open_one.language == (None if mixed else "en")
    if mixed:
        assert open_one.language_weights(until) == pytest.approx((0.1, 0.1, 0.8))
        rest = heard("en", 1.0, *SENTENCE[4:], "hall")
        open_one.take(rest, until - 3 * SAMPLE_RATE)
        assert [w.text for w in open_one.tentative] == ["hall"], (
            "committed words are not shown twice"
        )


def test_mixed_speech_does_not_change_language_inside_a_sentence() -> None:
    open_one = utterance(mixed=True)
    words = [text.rstrip(".,") for text in SENTENCE]
    for _ in range(2):
        open_one.take(heard("en", 1.0, *words), 6 * SAMPLE_RATE)
    open_one.trim(6 * SAMPLE_RATE)
    assert open_one.window_start > 0
    assert open_one.language == "en"
