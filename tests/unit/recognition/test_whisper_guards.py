from __future__ import annotations

from dataclasses import replace

import pytest

from models.engines.faster_whisper import context_for, tidy_spans
from models.engines.whisper_guards import (
    Decoded,
    GuardLimits,
    find_fault,
    is_known_hallucination,
    longest_repeat,
)


def decoded(text: str, log_probability: float = -0.2, silence: float = 0.1) -> Decoded:
    return Decoded(text, (), log_probability, silence, hit_bound=False)


@pytest.mark.parametrize(
    ("text", "size", "expected"),
    [("a b c", 1, 1), ("a a a b", 1, 3), ("x a b a b a b", 2, 3), ("", 2, 0), ("a", 2, 0)],
)
def test_repeats_are_counted(text: str, size: int, expected: int) -> None:
    assert longest_repeat(text.split(), size) == expected


def test_speech_passes() -> None:
    for text in ("one zero zero zero one nine oh two", "Нет, нет, нет!", "Қош келдіңіздер.", ""):
        assert find_fault(decoded(text), GuardLimits()) is None


@pytest.mark.parametrize(
    "text",
    [
        "да " * 6,
        "and then I went and then I went and then I went and then I went",
        "...",
        "бұл өй\ufffd",
    ],
)
def test_loops_and_debris_are_rejected(text: str) -> None:
    assert find_fault(decoded(text), GuardLimits()) is not None


MENU = "press 1 to enter an extension press 2 to use the directory"


@pytest.mark.parametrize(
    ("times", "seconds", "fault"), [(2, 4.0, True), (2, 14, False), (1, 2, False)]
)
def test_a_long_phrase_may_be_repeated_but_not_in_a_hurry(
    times: int, seconds: float, fault: bool
) -> None:
    said = replace(decoded(" ".join([MENU] * times)), seconds=seconds)
    assert (find_fault(said, GuardLimits()) is not None) is fault


def test_silence_is_rejected() -> None:
    assert find_fault(decoded("something", -1.3, 0.8), GuardLimits()) == "no speech"


def test_credits_need_evidence_of_silence() -> None:
    assert is_known_hallucination("Субтитры сделал DimaTorzok")
    assert is_known_hallucination("Thanks for watching!")
    assert find_fault(decoded("Продолжение следует...", -0.2, 0.05), GuardLimits()) is None
    assert find_fault(decoded("Продолжение следует...", -0.2, 0.7), GuardLimits()) is not None
    assert find_fault(decoded("ТРЕВОЖНАЯ МУЗЫКА", -0.2, 0.8), GuardLimits()) is not None


def test_context_holds_all_audio_and_a_tail() -> None:
    assert context_for(100) == 1000
    assert context_for(1100) == 1300
    assert context_for(2950) == 3000
    assert all(context_for(frames) >= min(3000, frames + 150) for frames in range(0, 3001, 7))


def test_spans_are_ordered_and_lose_swallowed_pauses() -> None:
    spans = tidy_spans([(0.0, 3.0), (3.0, 3.2), (3.1, 3.4), (3.4, 9.0)], ["a", "b", "c", "d."], 4.0)
    assert spans[0][1] - spans[0][0] < 1.5
    assert spans[-1][1] <= 4.0
    flat = [time for span in spans for time in span]
    assert flat == sorted(flat)
