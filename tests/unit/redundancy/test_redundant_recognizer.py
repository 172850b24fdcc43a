"""Engines fail, hang, fall behind and go deaf: no word is lost and none is told twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import FailedPrecondition, InvalidArgument, NotFound, Unavailable
from foundation.speech import Word
from streaming.events import AudioChunk, Finalize, Hypothesis
from streaming.recognition import LiveRecognizerConfig
from streaming.redundancy import (
    EngineSpec,
    EngineState,
    RedundantRecognizer,
    StandbyConfig,
)
from streaming.session_events import HandedOver
from tests.unit.redundancy.listeners import Ear, speech

CONFIG = LiveRecognizerConfig("any", ("en",))
WORDS = range(1, 41)


class Air:
    """Runs engines over a feed whose clock is the engines', and keeps what went out."""

    def __init__(self, *ears: Ear, standby: StandbyConfig | None = None) -> None:
        names = ["primary", "backup", "third"]
        self.now = 0.0
        self.hypotheses: list[Hypothesis] = []
        self.changes: list[HandedOver] = []
        self.recognizer = RedundantRecognizer(
            [EngineSpec(name, ear.make) for name, ear in zip(names, ears, strict=False)],
            CONFIG,
            "test",
            standby or StandbyConfig(look_seconds=0.001, return_seconds=None),
            lambda: self.now,
        )
        self.recognizer.on_hand_over = self.changes.append

    async def run(
        self,
        audio: Sequence[AudioChunk | Finalize],
        at: dict[int, Callable[[], None]] | None = None,
        failure: Exception | None = None,
    ) -> None:
        async def feed() -> AsyncIterator[AudioChunk | Finalize]:
            for place, item in enumerate(audio):
                if at and place in at:
                    at[place]()
                self.now += 0.1
                yield item
                await asyncio.sleep(0.002)
            if failure is not None:
                raise failure

        async with asyncio.timeout(20):
            await self.recognizer.run(feed(), self.hypotheses.append)

    @property
    def words(self) -> list[Word]:
        return [word for each in self.hypotheses for word in each.committed]

    @property
    def text(self) -> list[str]:
        return [word.text for word in self.words]


def numbers(words: Sequence[str]) -> list[int]:
    return [int(word[1:]) for word in words]


def check_order(air: Air) -> None:
    """What every consumer of hypotheses relies upon."""
    until = 0
    utterance = 0
    for hypothesis in air.hypotheses:
        assert hypothesis.committed_until >= until
        assert hypothesis.utterance == utterance
        until = hypothesis.committed_until
        utterance += hypothesis.endpoint
    times = [time for word in air.words for time in (word.start, word.end)]
    assert times == sorted(times)


async def test_one_speaks_where_none_fails() -> None:
    air = Air(Ear(), Ear(spells="W"))
    await air.run(speech(*WORDS))
    assert air.text == [f"w{n}" for n in WORDS]
    assert not air.changes
    check_order(air)


async def test_the_backup_goes_on_in_the_midst_of_a_sentence() -> None:
    air = Air(Ear(fails_at=[8.0]), Ear(spells="W", shift=0.12, delay=2))
    await air.run(speech(*WORDS))
    assert numbers(air.text) == list(WORDS)
    assert {word[0] for word in air.text} == {"w", "W"}
    assert [(c.before, c.engine) for c in air.changes] == [("primary", "backup")]
    assert "gone" in air.changes[0].reason
    check_order(air)


async def test_engines_that_spell_nothing_alike_are_joined_by_time() -> None:
    air = Air(Ear(fails_at=[8.0]), Ear(spells="b", shift=0.05))
    await air.run(speech(*WORDS))
    assert numbers(air.text) == list(WORDS)
    assert {word[0] for word in air.text} == {"w", "b"}
    check_order(air)


async def test_a_backup_that_is_ahead_gives_what_the_primary_had_not_told() -> None:
    air = Air(Ear(delay=6, fails_at=[8.0]), Ear(delay=1, spells="W"))
    await air.run(speech(*WORDS))
    assert numbers(air.text) == list(WORDS)
    check_order(air)


async def test_both_fail_in_turn_and_the_first_comes_back() -> None:
    air = Air(Ear(fails_at=[4.0]), Ear(spells="W", fails_at=[9.0]))
    await air.run(speech(*WORDS))
    assert numbers(air.text) == list(WORDS)
    assert [change.engine for change in air.changes] == ["backup", "primary"]
    check_order(air)


async def test_all_engines_gone_at_once_hear_again_what_was_kept() -> None:
    air = Air(Ear(fails_at=[6.0]), Ear(spells="W", fails_at=[6.0]))
    await air.run(speech(*WORDS))
    assert numbers(air.text) == list(WORDS)
    assert all(status.failures == 1 for status in air.recognizer.engines)
    check_order(air)


async def test_an_engine_that_hangs_gives_way() -> None:
    standby = StandbyConfig(look_seconds=0.001, behind_seconds=1.0, return_seconds=None)
    air = Air(Ear(hangs_at=6.0), Ear(spells="W"), standby=standby)
    await air.run(speech(*WORDS))
    assert numbers(air.text) == list(WORDS)
    assert "behind" in air.changes[0].reason
    check_order(air)


async def test_an_engine_that_hangs_at_the_end_of_the_feed_gives_way_too() -> None:
    standby = StandbyConfig(look_seconds=0.001, behind_seconds=0.5, return_seconds=None)
    primary = Ear(hangs_at=15.5)
    air = Air(primary, Ear(spells="W"), standby=standby)

    async def time_passes() -> None:
        while True:
            await asyncio.sleep(0.002)
            air.now += 0.01

    passing = asyncio.create_task(time_passes())
    await air.run(speech(*WORDS))
    passing.cancel()
    assert numbers(air.text) == list(WORDS)
    check_order(air)


async def test_a_deaf_engine_gives_way_and_what_it_missed_is_told() -> None:
    standby = StandbyConfig(look_seconds=0.001, unheard_seconds=3.0, return_seconds=None)
    air = Air(Ear(deaf_from=4.0), Ear(spells="W"), standby=standby)
    await air.run(speech(*WORDS))
    assert numbers(air.text) == list(WORDS)
    assert "heard nothing" in air.changes[0].reason
    check_order(air)


async def test_a_few_words_more_are_no_reason() -> None:
    standby = StandbyConfig(
        look_seconds=0.001, unheard_seconds=1.0, unheard_words=10, return_seconds=None
    )
    air = Air(Ear(deaf_from=4.0), Ear(spells="W"), standby=standby)
    await air.run(speech(*range(1, 16)))
    assert not air.changes


async def test_the_preferred_engine_returns_in_a_pause() -> None:
    standby = StandbyConfig(look_seconds=0.001, return_seconds=3.0)
    air = Air(Ear(fails_at=[2.0]), Ear(spells="W"), standby=standby)
    feed = speech(*range(1, 31))
    silence = speech(*range(1, 31), 0, 0, 0, *range(31, 41))
    await air.run(silence)
    assert len(feed) < len(silence)
    assert numbers(air.text) == list(WORDS)
    assert [change.engine for change in air.changes] == ["backup", "primary"]
    assert air.text[29] == "W30"
    assert air.text[30] == "w31"
    check_order(air)


async def test_an_operator_hands_over_and_it_stays_so() -> None:
    standby = StandbyConfig(look_seconds=0.001, return_seconds=0.0)
    air = Air(Ear(), Ear(spells="W", shift=-0.1), standby=standby)
    hand_over = {60: lambda: air.recognizer.hand_over("backup")}
    await air.run(speech(*range(1, 31), 0, 0, 0, *range(31, 41)), hand_over)
    assert numbers(air.text) == list(WORDS)
    assert [change.engine for change in air.changes] == ["backup"]
    check_order(air)


async def test_refused_hand_overs_say_why() -> None:
    air = Air(Ear(), Ear(spells="W", fails_at=[0.5, 0.5, 0.5, 0.5, 0.5]))

    def refused() -> None:
        with pytest.raises(NotFound, match="there are primary, backup"):
            air.recognizer.hand_over("third")
        with pytest.raises(FailedPrecondition, match="gone"):
            air.recognizer.hand_over("backup")

    await air.run(speech(*WORDS), {15: refused})
    assert numbers(air.text) == list(WORDS)


async def test_it_gives_up_only_without_any_engine() -> None:
    never = [0.5] * 99
    standby = StandbyConfig(look_seconds=0.001, give_up_seconds=5.0)
    air = Air(Ear(fails_at=never), Ear(fails_at=never), standby=standby)
    with pytest.raises(Unavailable, match="no engine runs: primary: the engine is gone; backup"):
        await air.run(speech(*WORDS))


async def test_a_failing_source_has_its_words_committed() -> None:
    air = Air(Ear(), Ear(spells="W"))
    with pytest.raises(Unavailable, match="feed"):
        await air.run(speech(1, 2, 3), failure=Unavailable("feed"))
    assert air.text == ["w1", "w2", "w3"]
    assert air.hypotheses[-1].endpoint


async def test_settings_reach_all_engines_also_those_started_later() -> None:
    primary, backup = Ear(fails_at=[2.0]), Ear()
    air = Air(primary, backup)
    other = LiveRecognizerConfig("other", ("kk",))
    await air.run(speech(*WORDS), {10: lambda: air.recognizer.reconfigure(other)})
    assert [config.model for config in primary.configs] == ["any", "other", "other"]
    assert [config.model for config in backup.configs] == ["any", "other"]


async def test_states_tell_what_each_engine_does() -> None:
    air = Air(Ear(fails_at=[2.0] * 20), Ear())
    states: list[tuple[EngineState, ...]] = []

    def note() -> None:
        states.append(tuple(status.state for status in air.recognizer.engines))

    await air.run(speech(*WORDS), {5: note, 23: note})
    assert states[0] == (EngineState.ON_AIR, EngineState.STANDBY)
    assert states[1] == (EngineState.FAILED, EngineState.ON_AIR)


@pytest.mark.parametrize("names", [["one"], ["one", "one"], []])
def test_engines_are_at_least_two_of_different_names(names: list[str]) -> None:
    with pytest.raises(InvalidArgument, match="engines"):
        RedundantRecognizer([EngineSpec(name, Ear().make) for name in names], CONFIG, "test")


@pytest.mark.parametrize(
    "figures", [{"behind_seconds": float("nan")}, {"unheard_words": 0}, {"return_seconds": -1.0}]
)
def test_figures_have_bounds(figures: dict[str, float]) -> None:
    with pytest.raises(InvalidArgument):
        StandbyConfig(**figures)  # type: ignore[arg-type]  # it checks


@settings(max_examples=15, deadline=None)
@given(
    first=st.floats(1.0, 9.0),
    second=st.floats(1.0, 9.0),
    delays=st.tuples(st.integers(0, 4), st.integers(0, 4)),
    shift=st.floats(-0.15, 0.15),
    pause=st.integers(0, 2),
)
def test_whenever_engines_fail_each_word_is_told_once(
    first: float, second: float, delays: tuple[int, int], shift: float, pause: int
) -> None:
    air = Air(
        Ear(delay=delays[0], fails_at=[first]),
        Ear(delay=delays[1], fails_at=[second], spells="W", shift=shift),
    )
    asyncio.run(air.run(speech(*range(1, 13), *[0] * pause, *range(13, 26))))
    assert numbers(air.text) == list(range(1, 26))
    check_order(air)
