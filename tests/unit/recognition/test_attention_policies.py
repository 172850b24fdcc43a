"""Policies that look at where in the audio a word lies."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streaming.recognition import LiveRecognizerConfig
from streaming.recognition.policies import (
    POLICIES,
    AttendedAgreement,
    AttentionGuided,
    make_policy,
)
from tests.unit.recognition.test_local_agreement import SECOND, texts, words


def test_words_well_before_the_end_of_audio_are_certain_at_once() -> None:
    policy = AttentionGuided(margin_seconds=0.5)
    # Words of 0.4 s: the fourth ends at 1.6 s.
    assert texts(policy.update(words("one two three four"), 0, round(1.75 * SECOND))) == (
        "one two three"
    )
    assert texts(policy.tentative) == "four"


def test_what_lies_in_the_margin_waits_for_more_audio() -> None:
    policy = AttentionGuided(margin_seconds=0.5)
    assert policy.update(words("one"), 0, round(0.5 * SECOND)) == ()
    assert texts(policy.update(words("one two"), 0, SECOND)) == "one"
    assert texts(policy.update(words("won two three"), 0, 2 * SECOND)) == "two three"
    assert texts(policy.committed) == "one two three"


def test_agreement_at_the_edge_is_not_enough() -> None:
    policy = AttendedAgreement(agreement=2, margin_seconds=0.3, certain_seconds=5)
    policy.update(words("ask not"), 0, round(0.8 * SECOND))
    assert texts(policy.update(words("ask not"), 0, round(0.9 * SECOND))) == "ask"
    assert texts(policy.update(words("ask not what"), 0, round(1.2 * SECOND))) == "not"


def test_old_words_need_no_agreement() -> None:
    policy = AttendedAgreement(agreement=2, margin_seconds=0.3, certain_seconds=1.0)
    assert texts(policy.update(words("a b c d e"), 0, 2 * SECOND)) == "a b"
    assert texts(policy.update(words("a b x y z"), 0, round(2.1 * SECOND))) == ""


@given(
    st.sampled_from(sorted(POLICIES)),
    st.lists(st.sampled_from(["a", "b", "no"]), min_size=1, max_size=30),
)
def test_every_policy_commits_growing_speech_once_and_whole(name: str, spoken: list[str]) -> None:
    policy = make_policy(LiveRecognizerConfig("m", policy=name))
    given_out: list[str] = []
    for count in range(1, len(spoken) + 1):
        heard = words(" ".join(spoken[:count]))
        given_out += [word.text for word in policy.update(heard, 0, heard[-1].end)]
    given_out += [word.text for word in policy.commit(words(" ".join(spoken)), 0)]
    assert given_out == spoken


def test_a_long_utterance_is_not_remembered_whole() -> None:
    policy = AttentionGuided(margin_seconds=0.0)
    for second in range(2000):
        start = float(second)
        policy.update(words(f"w{second}", start, 0.5), round(start * SECOND), (second + 1) * SECOND)
    assert len(policy.committed) <= 300
    assert policy.committed[-1].text == "w1999"
