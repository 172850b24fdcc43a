"""Texts moved in time, exactly; and those that wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.media_time import Ticks
from foundation.speech import Word
from streaming.cues.model import Cue
from streaming.delivery.shifting import delayed, shifted
from streaming.session_events import (
    CaptionState,
    Cleared,
    CommittedText,
    ControlAction,
    Controlled,
    Corrected,
    CorrectedText,
    CueReady,
    SessionEvent,
    SessionEventBody,
)

FIRST: Ticks = 95_400 * 90_000


def event(body: SessionEventBody, wall: float = 0.0) -> SessionEvent:
    return SessionEvent(1, wall, "source", body)


def cue(start: Ticks, end: Ticks) -> Cue:
    words = (Word("сөз", FIRST + start, FIRST + end, 0.9),)
    return Cue(7, FIRST + start, FIRST + end, ("сөз",), "kk", words)


@given(st.integers(0, 10**12), st.integers(1, 10**6), st.integers(-5_400_000, 5_400_000))
def test_a_cue_is_moved_to_the_tick_and_never_before_the_session(
    start: Ticks, length: Ticks, offset: Ticks
) -> None:
    moved = shifted(event(CueReady(cue(start, start + length))), offset, FIRST)
    end = start + length + offset
    if end <= 0:
        assert moved is None
        return
    assert moved is not None
    assert isinstance(moved.body, CueReady)
    now = moved.body.cue
    assert (now.start, now.end) == (FIRST + max(0, start + offset), FIRST + end)
    assert now.start < now.end
    assert now.words[0].start == now.start
    assert (now.index, now.lines) == (7, ("сөз",))


def test_everything_of_an_event_is_moved() -> None:
    words = (Word("а", FIRST, FIRST + 100, 0.9), Word("б", FIRST + 100, FIRST + 300, 0.9))
    moved = shifted(event(CommittedText(words, "kk")), -150, FIRST)
    assert moved is not None
    assert isinstance(moved.body, CommittedText)
    assert [(w.start - FIRST, w.end - FIRST) for w in moved.body.words] == [(0, 0), (0, 150)]
    corrected = Corrected((CorrectedText(3, words),), (cue(0, 100), cue(200, 400)), "Айгерім")
    moved = shifted(event(corrected), -150, FIRST)
    assert moved is not None
    assert isinstance(moved.body, Corrected)
    assert moved.body.texts[0].words[1].end == FIRST + 150
    assert [each.start - FIRST for each in moved.body.cues] == [50]
    assert moved.body.operator == "Айгерім"


def test_what_has_no_time_is_left_alone() -> None:
    cleared = event(Cleared())
    assert shifted(cleared, 100, FIRST) is cleared
    said = event(CueReady(cue(0, 100)))
    assert shifted(said, 0, FIRST) is said


class Wall:
    """A clock that a test moves, and events that come when it says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self.queue: asyncio.Queue[SessionEvent | None] = asyncio.Queue()
        self.told: list[str] = []
        self.given: list[SessionEventBody] = []

    async def events(self) -> AsyncIterator[SessionEvent]:
        while (event := await self.queue.get()) is not None:
            yield event

    async def read(self) -> None:
        async for each in delayed(self.events(), lambda event: event.wall + 0.05 - self.now):
            self.told.append(type(each.body).__name__)
            self.given.append(each.body)

    def say(self) -> None:
        self.queue.put_nowait(event(CueReady(cue(0, 100)), self.now))


async def test_a_delay_keeps_the_order_and_its_time() -> None:
    wall = Wall()
    reading = asyncio.create_task(wall.read())
    wall.say()
    wall.queue.put_nowait(event(Cleared()))
    wall.say()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert wall.told == []
    wall.now = 0.1
    wall.queue.put_nowait(None)
    await reading
    assert wall.told == ["CueReady", "Cleared", "CueReady"]


@pytest.mark.parametrize("action", [ControlAction.KILL, ControlAction.CLEAR])
async def test_what_empties_the_screen_does_not_wait(action: ControlAction) -> None:
    wall = Wall()
    reading = asyncio.create_task(wall.read())
    wall.say()
    wall.queue.put_nowait(event(Cleared()))
    wall.queue.put_nowait(event(Controlled(action, CaptionState())))
    wall.queue.put_nowait(event(Controlled(ControlAction.LABEL, CaptionState())))
    wall.queue.put_nowait(None)
    for _ in range(10):
        await asyncio.sleep(0)
    assert wall.told == ["Controlled"]
    wall.now = 1.0
    await reading
    assert wall.told == ["Controlled", "Cleared", "Controlled"]


async def test_what_waits_goes_out_as_corrected_by_then() -> None:
    wall = Wall()
    reading = asyncio.create_task(wall.read())
    word = Word("сөз", FIRST, FIRST + 100, 0.9)
    right = replace(word, text="сөйлем")
    wall.queue.put_nowait(event(CommittedText((word,), "kk")))
    wall.say()
    corrected = Corrected((CorrectedText(1, (right,)),), (replace(cue(0, 100), lines=("басқа",)),))
    wall.queue.put_nowait(event(corrected, 0.3))
    for _ in range(10):
        await asyncio.sleep(0)
    wall.now = 1.0
    wall.queue.put_nowait(None)
    await reading
    text, shown, told = wall.given
    assert text == CommittedText((right,), "kk")
    assert isinstance(shown, CueReady)
    assert shown.cue.lines == ("басқа",)
    assert told == corrected
