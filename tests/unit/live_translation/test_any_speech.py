"""What must hold of a live translation whatever is said, and however slowly it is translated."""

from __future__ import annotations

import asyncio
import random
import re
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.languages import Language
from foundation.translation import SentenceTranslation, TranslationHypothesis
from streaming.live_translation import LiveTranslationConfig
from tests.toy_translator import answer, toy_translation
from tests.unit.live_translation.scripts import Screen, Speaker, translating
from text.letters import fold_look_alikes
from workers.interface import Task

VOCABULARY = [
    first + second + "дар"
    for first in ("ба", "ко", "ми", "ну", "ре")
    for second in ("ла", "зе", "то", "ву")
]
MARKS = ["", "", "", "", "", ",", ".", "?", " —", ";", ", және"]
LANGUAGES: list[Language] = ["ru", "ru", "kk", "en"]


@dataclass(frozen=True)
class Push:
    committed: str
    tentative: str
    language: Language
    endpoint: bool
    finalized: bool
    turns: int
    """Of the event loop before the next."""


@st.composite
def speech(draw: st.DrawFn) -> list[Push]:
    pushes = []
    count = 0
    language: Language = "ru"

    def said(size: int) -> str:
        nonlocal count
        parts = []
        for _ in range(size):
            parts.append(VOCABULARY[count % len(VOCABULARY)] + draw(st.sampled_from(MARKS)))
            count += 1
        return " ".join(parts)

    for _ in range(draw(st.integers(1, 12))):
        endpoint = draw(st.integers(0, 4)) == 0
        committed = said(draw(st.integers(0, 9)))
        kept = count
        tentative = "" if endpoint else said(draw(st.integers(0, 5)))
        count = kept
        pushes.append(
            Push(
                committed,
                tentative,
                language,
                endpoint,
                draw(st.integers(0, 9)) == 0,
                draw(st.integers(0, 30)),
            )
        )
        if endpoint or draw(st.integers(0, 9)) == 0:
            language = draw(st.sampled_from(LANGUAGES))
    return pushes


def shown(word: str, language: Language) -> str:
    return word if language == "kk" else fold_look_alikes(toy_translation(word, "kk"))


async def translate(pushes: list[Push], handler: Any, config: LiveTranslationConfig) -> Screen:
    speaker = Speaker()
    async with translating(handler, config=config) as (translator, screen, _):
        for push in pushes:
            translator.push(
                speaker.says(
                    push.committed,
                    push.tentative,
                    language=push.language,
                    endpoint=push.endpoint,
                    finalized=push.finalized,
                )
            )
            for _ in range(push.turns):
                await asyncio.sleep(0)
    return screen


CONFIGS = st.builds(
    LiveTranslationConfig,
    tentative=st.booleans(),
    unconfirmed_rounds=st.integers(0, 3),
    least_clause_words=st.integers(1, 5),
    patient_words=st.integers(2, 14),
    longest_wait_words=st.integers(6, 28),
    longest_sentence_words=st.integers(8, 60),
    sentences_a_request=st.integers(1, 16),
    slow_seconds=st.sampled_from([-1.0, 1.0]),
    very_slow_seconds=st.sampled_from([-1.0, 2.5, 2.5]),
)


@settings(max_examples=60)
@given(pushes=speech(), config=CONFIGS)
def test_every_committed_word_is_translated_once_and_in_order(
    pushes: list[Push], config: LiveTranslationConfig
) -> None:
    screen = asyncio.run(translate(pushes, answer, config))
    expected = [shown(word, push.language) for push in pushes for word in push.committed.split()]
    assert [word.text for word in screen.committed] == expected
    assert screen.endpoints == sum(push.endpoint for push in pushes)
    assert sum(told.finalized for told in screen.told) == sum(push.finalized for push in pushes)
    assert not screen.told or not screen.told[-1].tentative


@settings(max_examples=60)
@given(pushes=speech(), config=CONFIGS, seed=st.integers(0, 2**32))
def test_a_translator_that_never_agrees_with_itself_is_never_revised(
    pushes: list[Push], config: LiveTranslationConfig, seed: int
) -> None:
    chance = random.Random(seed)

    def fickle(task: Task) -> tuple[SentenceTranslation, ...]:
        """Of any length and wording, but for the prefix."""
        results = []
        for place, sentence in enumerate(task.payload.sentences):
            prefix = task.payload.prefixes[place].split() if task.payload.prefixes else []
            new = [
                chance.choice(VOCABULARY) + chance.choice(["", ",", ".", " —"])
                for _ in range(chance.randint(0, 2 + len(sentence.split())))
            ]
            text = " ".join([*prefix, *new])
            results.append(SentenceTranslation((TranslationHypothesis(text, -0.1),)))
        return tuple(results)

    screen = asyncio.run(translate(pushes, fickle, config))
    # ``translating`` has checked times, ends and that nothing waits.
    assert screen.endpoints == sum(push.endpoint for push in pushes)
    assert all(re.search(r"\S", word.text) for word in screen.committed)
    if screen.told:
        words = sum(len(push.committed.split()) for push in pushes)
        assert screen.told[-1].committed_until == Speaker().says("а " * words).committed_until
