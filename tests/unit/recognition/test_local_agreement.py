from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import NotFound
from foundation.speech import Word
from streaming.recognition import LiveRecognizerConfig
from streaming.recognition.policies import LocalAgreement, make_policy

SECOND = 90_000
HEARD = 100 * SECOND


def words(text: str, start: float = 0.0, each: float = 0.4) -> list[Word]:
    return [
        Word(t, round((start + i * each) * SECOND), round((start + (i + 1) * each) * SECOND), 0.9)
        for i, t in enumerate(text.split())
    ]


def texts(found: tuple[Word, ...]) -> str:
    return " ".join(word.text for word in found)


def test_agreed_words_are_committed_and_the_rest_stays_open() -> None:
    policy = LocalAgreement(2)
    assert policy.update(words("ask not"), 0, HEARD) == ()
    assert texts(policy.update(words("Ask not, what"), 0, HEARD)) == "Ask not,"
    assert texts(policy.tentative) == "what"
    assert texts(policy.update(words("ask not what your"), 0, HEARD)) == "what"
    assert texts(policy.tentative) == "your"


def test_real_repetitions_stay() -> None:
    policy = LocalAgreement(2)
    policy.update(words("no no no stop"), 0, HEARD)
    policy.update(words("no no"), 0, HEARD)
    policy.update(words("no no no stop"), 0, HEARD)
    policy.update(words("no no no stop now"), 0, HEARD)
    assert texts(policy.committed) == "no no no stop"


def test_new_segmentation_of_committed_words_doubles_nothing() -> None:
    policy = LocalAgreement(2)
    policy.update(words("some thing is wrong here"), 0, HEARD)
    policy.update(words("some thing is wrong here"), 0, HEARD)
    policy.update(words("something is wrong", each=0.66) + words("here today", 1.7), 0, HEARD)
    policy.update(words("something is wrong", each=0.66) + words("here today", 1.7), 0, HEARD)
    assert texts(policy.committed) == "some thing is wrong here today"


def test_a_trimmed_window_is_aligned_on_the_words_left_in_it() -> None:
    policy = LocalAgreement(2)
    first = words("one two three four five six")
    policy.update(first, 0, HEARD)
    policy.update(first, 0, HEARD)
    trimmed = words("five six seven", 1.55)
    policy.update(trimmed, 4 * 36_000, HEARD)
    policy.update(trimmed, 4 * 36_000, HEARD)
    assert texts(policy.committed) == "one two three four five six seven"


def test_committing_up_to_a_time_keeps_the_rest() -> None:
    policy = LocalAgreement(2)
    assert texts(policy.commit(words("a b c d"), 0, SECOND)) == "a b"
    assert texts(policy.tentative) == "c d"
    assert texts(policy.commit_tentative()) == "c d"
    assert policy.commit_tentative() == ()


def test_unknown_policy() -> None:
    with pytest.raises(NotFound, match="local-agreement"):
        make_policy(LiveRecognizerConfig("m", policy="wait-and-see"))


WORD = st.tuples(
    st.sampled_from("a b c no No, d."), st.integers(0, 900_000), st.integers(0, 90_000)
)
HYPOTHESIS = st.lists(WORD, max_size=12).map(
    lambda items: [
        Word(text, start, start + length, 0.5)
        for text, start, length in sorted(items, key=lambda item: item[1])
    ]
)
STEP = st.tuples(st.sampled_from(["update", "commit", "tentative"]), HYPOTHESIS)


@given(st.lists(STEP, max_size=12), st.integers(1, 3))
def test_committed_words_are_only_ever_appended_and_run_forward(
    steps: list[tuple[str, list[Word]]], agreement: int
) -> None:
    policy = LocalAgreement(agreement)
    given_out: list[Word] = []
    for kind, hypothesis in steps:
        if kind == "update":
            new = policy.update(hypothesis, 0, HEARD)
        elif kind == "commit":
            new = policy.commit(hypothesis, 0, 450_000)
        else:
            new = policy.commit_tentative()
        given_out.extend(new)
        assert policy.committed == tuple(given_out)
        times = [
            time for word in (*given_out, *policy.tentative) for time in (word.start, word.end)
        ]
        assert times == sorted(times)


@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=20), st.data())
def test_growing_windows_of_the_same_speech_lose_and_double_nothing(
    spoken: list[str], data: st.DataObject
) -> None:
    """Whatever the speech, repetitions included, and however the word times wander a little."""
    policy = LocalAgreement(2)
    for count in range(1, len(spoken) + 1):
        wander = data.draw(st.floats(-0.05, 0.05))
        policy.update(
            [w.shifted(round(wander * SECOND)) for w in words(" ".join(spoken[:count]))],
            -SECOND,
            HEARD,
        )
    policy.commit(words(" ".join(spoken)), -SECOND)
    assert [word.text for word in policy.committed] == spoken
