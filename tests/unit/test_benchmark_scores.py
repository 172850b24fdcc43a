"""The yardstick itself: scores of made-up screens whose answer is known."""

from __future__ import annotations

import pytest

from benchmarks.scores import Snapshot, TimedToken, digit_by_digit, lost_at_ends, score

OFFLINE = [
    TimedToken("ask", 0.5, 1.0),
    TimedToken("not", 1.0, 1.5),
    TimedToken("what", 1.5, 2.0),
]
SCREENS = [
    Snapshot(1.4, (), ("ask",)),
    Snapshot(2.1, ("ask",), ("knot",)),
    Snapshot(2.6, ("ask", "not"), ("what",)),
    Snapshot(3.0, ("ask", "not", "what"), ()),
]


def test_lags_count_from_the_end_of_the_spoken_word() -> None:
    scores = score(SCREENS, "Ask not what", OFFLINE, 60)
    assert scores.display_lags == pytest.approx([0.4, 1.1, 0.6])
    assert scores.commit_lags == pytest.approx([1.1, 1.1, 1.0])
    assert scores.first_text == pytest.approx(0.4)
    assert scores.word_error_rate == 0


def test_erasure_counts_tokens_taken_back() -> None:
    scores = score(SCREENS, "Ask not what", OFFLINE, 30)
    assert scores.normalised_erasure == pytest.approx(1 / 3)
    assert scores.erased_a_minute == pytest.approx(2)
    assert scores.committed_revised == 0


def test_a_revised_commit_is_counted() -> None:
    screens = [Snapshot(1, ("asked",), ()), Snapshot(2, ("ask", "not"), ())]
    assert score(screens, "ask not", OFFLINE[:2], 60).committed_revised == 1


def test_nothing_shown_scores_a_full_error() -> None:
    scores = score([], "ask not", OFFLINE[:2], 60)
    assert scores.word_error_rate == 1
    assert scores.commit_lags == []


def test_words_lost_at_the_ends() -> None:
    assert lost_at_ends(["a", "b", "c", "d"], ["b", "c"]) == (1, 1)
    assert lost_at_ends(["a", "b"], ["a", "x", "b"]) == (0, 0)
    assert lost_at_ends(["a", "b"], []) == (2, 0)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("dial 500 now", "dial 5 0 0 now"),
        ("dial five 00 now", "dial 5 0 0 now"),
        ("нажмите два или 10", "нажмите 2 или 1 0"),
        ("нажмите десять", "нажмите 1 0"),
        ("28th ½ x2", "28th ½ x2"),
        ("", ""),
    ],
)
def test_numbers_digit_by_digit(text: str, digits: str) -> None:
    assert digit_by_digit(text) == digits
