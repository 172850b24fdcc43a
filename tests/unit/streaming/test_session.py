"""The live session, on scripted feeds and a scripted recogniser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from foundation.errors import Unavailable
from foundation.media_time import TICKS_PER_SECOND, from_samples
from foundation.speech import Word
from streaming.cues.presets import load_preset
from streaming.events import (
    AudioChunk,
    FeedEvent,
    FeedItem,
    FeedState,
    Finalize,
    Hypothesis,
    Pace,
)
from streaming.recognition import LiveRecognizerConfig
from streaming.session import (
    Cleared,
    CommittedText,
    CueReady,
    FeedChanged,
    LiveSession,
    PaceChanged,
    SessionConfig,
    SessionEvent,
    SessionState,
    TentativeText,
)

CHUNK = 1600


class ScriptedFeed:
    """Yields given items; an Event among them is waited for; an exception is raised."""

    def __init__(self, *script: FeedItem | asyncio.Event | Exception) -> None:
        self.script = script
        self.closed = 0

    async def __aiter__(self) -> AsyncIterator[FeedItem]:
        for item in self.script:
            if isinstance(item, asyncio.Event):
                await item.wait()
            elif isinstance(item, Exception):
                raise item
            else:
                yield item

    async def aclose(self) -> None:
        self.closed += 1


class EchoRecognizer:
    """Commits one word a chunk, shows the next as tentative; counts finalisations."""

    def __init__(self) -> None:
        self.finalized = 0
        self.lag = 0.0
        self.pace = Pace.FULL
        self.step_seconds = 0.7
        self.paces: list[Pace] = []
        """One a chunk."""
        self.configs: list[LiveRecognizerConfig] = []

    def reconfigure(self, config: LiveRecognizerConfig) -> None:
        self.configs.append(config)

    async def run(
        self, audio: AsyncIterator[AudioChunk | Finalize], emit: Callable[[Hypothesis], None]
    ) -> None:
        count = 0
        end = 0
        async for item in audio:
            if isinstance(item, Finalize):
                self.finalized += 1
                emit(Hypothesis((), (), "en", 0, endpoint=True, committed_until=end))
                continue
            if self.paces:
                self.pace = self.paces.pop(0)
            end = item.start + from_samples(item.samples.size, 16_000)
            word = Word(f"word{count}", item.start, end, 0.9)
            following = Word(f"word{count + 1}", end, end + 100, 0.5)
            emit(Hypothesis((word,), (following,), "en", 0, committed_until=end))
            count += 1
        emit(Hypothesis((), (), "en", 0, endpoint=True, committed_until=end))


def chunk(number: int) -> AudioChunk:
    return AudioChunk(np.zeros(CHUNK, np.float32), from_samples(number * CHUNK, 16_000))


def make(
    *script: FeedItem | asyncio.Event | Exception, config: SessionConfig | None = None
) -> tuple[LiveSession, ScriptedFeed, EchoRecognizer]:
    feed, recognizer = ScriptedFeed(*script), EchoRecognizer()
    session = LiveSession(feed, recognizer, load_preset("overlay-live"), config)
    return session, feed, recognizer


async def read_all(session: LiveSession, after: int = 0) -> list[SessionEvent]:
    return [event async for event in session.subscribe(after)]


def committed(events: list[SessionEvent]) -> list[str]:
    return [w.text for e in events if isinstance(e.body, CommittedText) for w in e.body.words]


async def test_every_word_reaches_watchers_and_cues_once() -> None:
    session, feed, _ = make(*[chunk(n) for n in range(20)], FeedEvent(FeedState.ENDED))
    watcher = asyncio.create_task(read_all(session))
    await asyncio.sleep(0)
    await session.run()
    events = await watcher
    expected = [f"word{n}" for n in range(20)]
    assert committed(events) == expected
    cue_words = [w.text for e in events if isinstance(e.body, CueReady) for w in e.body.cue.words]
    assert cue_words == expected
    assert session.state is SessionState.STOPPED
    assert session.audio_position == 2 * TICKS_PER_SECOND
    assert feed.closed == 1
    kept = [event.event_id for event in events if event.event_id]
    assert kept == list(range(1, len(kept) + 1))


async def test_late_watcher_gets_the_kept_events_but_no_tentative_text() -> None:
    session, _, _ = make(*[chunk(n) for n in range(5)])
    await session.run()
    events = await read_all(session)
    assert committed(events) == [f"word{n}" for n in range(5)]
    assert not any(isinstance(event.body, TentativeText) for event in events)
    assert await read_all(session, after=events[-2].event_id) == events[-1:]


async def test_history_is_bounded_and_says_what_it_lost() -> None:
    session, _, _ = make(*[chunk(n) for n in range(50)], config=SessionConfig(history=10))
    await session.run()
    subscription = session.subscribe()
    kept = [event async for event in subscription]
    assert len(kept) == 10
    assert subscription.dropped == kept[0].event_id - 1


async def test_slow_watcher_misses_events_alone() -> None:
    config = SessionConfig(watcher_queue=8)
    session, _, _ = make(*[chunk(n) for n in range(50)], config=config)
    slow = session.subscribe()
    quick = asyncio.create_task(read_all(session))
    await asyncio.sleep(0)
    await session.run()
    assert slow.dropped > 0
    assert len(committed(await read_all(session))) == 50
    remaining = [event async for event in slow]
    assert len(remaining) <= 8
    assert remaining[-1].event_id > 0
    await quick


async def test_lost_feed_commits_clears_and_goes_on() -> None:
    cleared = asyncio.Event()
    session, _, recognizer = make(
        chunk(0),
        FeedEvent(FeedState.LOST, "no data"),
        cleared,
        FeedEvent(FeedState.CONNECTED),
        chunk(1),
        config=SessionConfig(clear_after=0.01),
    )
    events: list[SessionEvent] = []

    async def watch() -> None:
        async for event in session.subscribe():
            events.append(event)
            if isinstance(event.body, Cleared):
                cleared.set()

    watcher = asyncio.create_task(watch())
    await asyncio.sleep(0)
    await session.run()
    await watcher
    assert recognizer.finalized == 1
    states = [e.body.state for e in events if isinstance(e.body, FeedChanged)]
    assert states == [
        SessionState.LIVE,
        SessionState.FEED_LOST,
        SessionState.LIVE,
        SessionState.STOPPED,
    ]
    assert committed(events) == ["word0", "word1"]


async def test_watchers_hear_each_change_of_pace_once() -> None:
    session, _, recognizer = make(*[chunk(n) for n in range(8)])
    full, reduced, behind = Pace.FULL, Pace.REDUCED, Pace.BEHIND
    recognizer.paces = [full, reduced, reduced, behind, behind, full, full, full]
    recognizer.step_seconds = 2.0
    watcher = asyncio.create_task(read_all(session))
    await asyncio.sleep(0)
    await session.run()
    told = [e.body for e in await watcher if isinstance(e.body, PaceChanged)]
    assert [body.pace for body in told] == [reduced, behind, full]
    assert told[0].step_seconds == 2.0
    assert session.pace is full


async def test_a_file_that_is_not_paced_is_never_behind() -> None:
    session, _, recognizer = make(*[chunk(n) for n in range(3)], config=SessionConfig(pace_limit=2))
    recognizer.paces = [Pace.BEHIND] * 3
    await session.run()
    assert not any(isinstance(e.body, PaceChanged) for e in await read_all(session))


async def test_feed_back_in_time_is_not_cleared() -> None:
    session, _, _ = make(
        chunk(0), FeedEvent(FeedState.LOST), chunk(1), config=SessionConfig(clear_after=60)
    )
    await session.run()
    events = await read_all(session)
    assert not any(isinstance(event.body, Cleared) for event in events)


async def test_stop_ends_a_silent_feed_gracefully() -> None:
    session, feed, _ = make(chunk(0), asyncio.Event())
    running = asyncio.create_task(session.run())
    async for event in session.subscribe():
        if isinstance(event.body, CommittedText):
            session.stop()
    await running
    assert session.state is SessionState.STOPPED
    assert feed.closed == 1
    assert any(isinstance(event.body, CueReady) for event in await read_all(session))


async def test_failing_feed_fails_the_session_with_its_reason() -> None:
    session, feed, _ = make(chunk(0), Unavailable("connection refused"))
    with pytest.raises(Unavailable):
        await session.run()
    assert session.state is SessionState.FAILED
    assert "refused" in session.state_detail
    assert feed.closed == 1
    last = (await read_all(session))[-1].body
    assert last == FeedChanged(SessionState.FAILED, "connection refused")


async def test_cancelled_session_closes_its_feed_and_watchers() -> None:
    session, feed, _ = make(chunk(0), asyncio.Event())
    watcher = asyncio.create_task(read_all(session))
    running = asyncio.create_task(session.run())
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await watcher
    assert feed.closed == 1
    assert session.state is SessionState.FAILED


async def test_feed_whose_clock_starts_anew_goes_on_in_session_time() -> None:
    far = 95_000 * TICKS_PER_SECOND
    before = [replace(chunk(n), start=chunk(n).start + far) for n in range(3)]
    after = [replace(chunk(0), discontinuity=True), chunk(1), chunk(2)]
    session, _, _ = make(*before, FeedEvent(FeedState.LOST), *after)
    await session.run()
    bodies = [event.body for event in await read_all(session)]
    words = [w for body in bodies if isinstance(body, CommittedText) for w in body.words]
    assert session.first_sample == far
    assert [w.text for w in words] == [f"word{n}" for n in range(6)]
    assert all(a.start <= b.start for a, b in pairwise(words))
    assert words[-1].end < far + 2 * TICKS_PER_SECOND
    cues = [body.cue for body in bodies if isinstance(body, CueReady)]
    assert all(a.end <= b.start for a, b in pairwise(cues))
