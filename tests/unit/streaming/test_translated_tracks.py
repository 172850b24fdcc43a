"""Translated tracks of a session, on scripted feeds, a scripted recogniser and a toy translator."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

import streaming.tracks
from foundation.errors import Unavailable
from foundation.languages import Language
from foundation.media_time import from_samples
from foundation.speech import Word
from foundation.translation import ALL_PAIRS
from streaming.cues.presets import load_preset
from streaming.events import AudioChunk, FeedEvent, FeedItem, FeedState, Finalize, Hypothesis, Pace
from streaming.recognition import LiveRecognizerConfig
from streaming.session import (
    CommittedText,
    CueReady,
    FeedChanged,
    LiveSession,
    SessionConfig,
    SessionEvent,
    SessionState,
    TentativeText,
    TrackFailed,
)
from streaming.tracks import TranslatedTracks, Translations
from streaming.translation import TranslationModels
from tests.toy_translator import CAPABILITIES, answer
from tests.unit.streaming.test_session import ScriptedFeed, chunk
from workers.interface import Task
from workers.testing import FakePool

TOY = TranslationModels(dict.fromkeys(ALL_PAIRS, "toy"))
OTHER = TranslationModels(dict.fromkeys(ALL_PAIRS, "other"))
SAID = ["қайырлы", "кеш.", "бүгін", "жаңалықтар", "көп.", "сау", "болыңыз."]


class Announcer:
    """Commits one given word a chunk, in Kazakh, and foresees three; the audio's end is one's."""

    def __init__(self, said: list[str] = SAID) -> None:
        self.said = said
        self.lag = 0.0
        self.pace = Pace.FULL
        self.step_seconds = 0.7

    def reconfigure(self, config: LiveRecognizerConfig) -> None:
        raise NotImplementedError

    async def run(
        self, audio: AsyncIterator[AudioChunk | Finalize], emit: Callable[[Hypothesis], None]
    ) -> None:
        end, count = 0, 0
        try:
            async for item in audio:
                assert isinstance(item, AudioChunk)
                end = item.start + from_samples(item.samples.size, 16_000)
                word = Word(self.said[count], item.start, end, 0.9)
                following = tuple(
                    Word(text, end + place * 100, end + place * 100 + 100, 0.5)
                    for place, text in enumerate(self.said[count + 1 : count + 4])
                )
                emit(Hypothesis((word,), following, "kk", 0, committed_until=end))
                count += 1
        finally:
            emit(Hypothesis((), (), "kk", 0, endpoint=True, committed_until=end))


@asynccontextmanager
async def session_of(
    *script: FeedItem | asyncio.Event | Exception,
    targets: dict[Language, TranslationModels],
    handler: Callable[[Task], Any] = answer,
    latin: bool = False,
) -> AsyncIterator[tuple[LiveSession, FakePool]]:
    pool = FakePool(handler, capabilities=CAPABILITIES)
    translated = TranslatedTracks(pool, "test", Translations(targets))
    session = LiveSession(
        ScriptedFeed(*script),
        Announcer(),
        load_preset("overlay-live"),
        SessionConfig(),
        translated=translated,
        latin=latin,
    )
    try:
        yield session, pool
    finally:
        await pool.aclose()


async def events_of(session: LiveSession) -> list[SessionEvent]:
    return [event async for event in session.subscribe()]


def text(events: list[SessionEvent], track: str) -> list[str]:
    return [
        word.text
        for event in events
        if event.track == track and isinstance(event.body, CommittedText)
        for word in event.body.words
    ]


def cues(events: list[SessionEvent], track: str) -> list[str]:
    return [
        word.text
        for event in events
        if event.track == track and isinstance(event.body, CueReady)
        for word in event.body.cue.words
    ]


ALL = [chunk(number) for number in range(len(SAID))]
LATIN = ["qaiyrly", "keş.", "bügın", "jañalyqtar", "köp.", "sau", "bolyñyz."]


async def test_each_language_has_its_own_text_and_cues_before_the_session_ends() -> None:
    async with session_of(*ALL, targets={"en": TOY, "kk": TOY}) as (session, _):
        await session.run()
        events = await events_of(session)
    assert text(events, "source") == SAID
    assert text(events, "kk") == SAID
    assert text(events, "en") == LATIN
    for track, said in (("source", SAID), ("kk", SAID), ("en", LATIN)):
        assert cues(events, track) == said
        indices = [
            e.body.cue.index for e in events if e.track == track and isinstance(e.body, CueReady)
        ]
        assert indices == list(range(1, len(indices) + 1))
    assert events[-1].body == FeedChanged(SessionState.STOPPED)
    assert [event.event_id for event in events] == list(range(1, len(events) + 1))


async def test_tentative_text_of_each_track_replaces_its_own() -> None:
    hold = asyncio.Event()
    async with session_of(ALL[0], ALL[1], hold, targets={"en": TOY, "kk": TOY}) as (session, _):
        seen: dict[str, str] = {}
        running = asyncio.create_task(session.run())
        async for event in session.subscribe():
            if isinstance(event.body, TentativeText):
                seen[event.track] = " ".join(word.text for word in event.body.words)
            english = seen.get("en", "")
            if english.startswith("bügın") and seen["source"] == seen["kk"] == " ".join(SAID[2:5]):
                hold.set()
        await running
    assert set(seen.values()) == {""}


async def test_latin_letters_are_written_in_all_kazakh_tracks() -> None:
    async with session_of(*ALL, targets={"kk": TOY, "ru": TOY}, latin=True) as (session, _):
        await session.run()
        events = await events_of(session)
    assert text(events, "source") == LATIN
    assert text(events, "kk") == LATIN
    assert text(events, "ru") == SAID
    assert cues(events, "kk") == LATIN


async def test_tracks_come_and_go_on_air() -> None:
    first, second = asyncio.Event(), asyncio.Event()
    script: list[FeedItem | asyncio.Event] = [*ALL[:2], first, *ALL[2:5], second, *ALL[5:]]
    async with session_of(*script, targets={"en": TOY}) as (session, _):
        running = asyncio.create_task(session.run())
        async for event in session.subscribe():
            said = isinstance(event.body, CommittedText) and event.body.words[-1].text
            if event.track == "source" and said == "кеш.":
                session.translate(Translations({"en": TOY, "ru": TOY}))
                first.set()
            if event.track == "source" and said == "көп.":
                session.translate(Translations({"ru": TOY}), latin=True)
                second.set()
        await running
        events = await events_of(session)
    assert text(events, "en") == LATIN[:5]
    assert cues(events, "en") == LATIN[:5]
    assert text(events, "ru") == SAID[2:]
    assert text(events, "source") == [*SAID[:5], *LATIN[5:]]


async def test_a_track_whose_models_change_goes_on_without_a_gap() -> None:
    change = asyncio.Event()
    async with session_of(*ALL[:4], change, *ALL[4:], targets={"en": TOY}) as (session, pool):
        running = asyncio.create_task(session.run())
        async for event in session.subscribe():
            said = isinstance(event.body, CommittedText) and event.body.words[-1].text
            if event.track == "source" and said == "жаңалықтар":
                session.translate(Translations({"en": OTHER}))
                change.set()
        await running
        events = await events_of(session)
        models = {task.model for task in pool.tasks}
    assert text(events, "en") == LATIN
    assert cues(events, "en") == LATIN
    assert models == {"toy", "other"}


async def test_a_track_that_fails_ends_alone_and_is_tried_again_when_it_is_asked_for() -> None:
    broken = True

    def breaking(task: Task) -> Any:
        if broken and task.payload.target == "en":
            raise Unavailable("the model is gone")
        return answer(task)

    again = asyncio.Event()
    script: list[FeedItem | asyncio.Event] = [*ALL[:5], again, *ALL[5:]]
    async with session_of(*script, targets={"en": TOY, "ru": TOY}, handler=breaking) as (
        session,
        _,
    ):
        running = asyncio.create_task(session.run())
        async for event in session.subscribe():
            if isinstance(event.body, TrackFailed):
                assert event.track == "en"
                assert session.translation_failures == {"en": "the model is gone"}
                broken = False
                session.translate(Translations({"en": TOY, "ru": TOY}))
                assert session.translation_failures == {}
                again.set()
        await running
        events = await events_of(session)
    assert session.state is SessionState.STOPPED
    assert text(events, "ru") == SAID
    assert "bolyñyz." in text(events, "en")


async def test_a_feed_that_fails_leaves_no_sentence_untranslated() -> None:
    async with session_of(*ALL[:3], Unavailable("feed gone"), targets={"en": TOY}) as (session, _):
        with pytest.raises(Unavailable):
            await session.run()
        events = await events_of(session)
    assert text(events, "en") == LATIN[:3]
    assert events[-1].body == FeedChanged(SessionState.FAILED, "feed gone")


async def test_a_cancelled_session_waits_for_no_translation() -> None:
    reached, hold = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def held(task: Task) -> Any:
        loop.call_soon_threadsafe(reached.set)
        hold.wait(20)
        return answer(task)

    async with session_of(*ALL, asyncio.Event(), targets={"en": TOY}, handler=held) as (
        session,
        _,
    ):
        running = asyncio.create_task(session.run())
        await reached.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert session.state is SessionState.FAILED
        hold.set()


async def test_a_stuck_model_does_not_keep_a_session_from_ending(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streaming.tracks, "_DRAIN_SECONDS", 0.05)
    hold = threading.Event()

    def held(task: Task) -> Any:
        hold.wait(20)
        return answer(task)

    async with session_of(*ALL, FeedEvent(FeedState.ENDED), targets={"en": TOY}, handler=held) as (
        session,
        _,
    ):
        await session.run()
        events = await events_of(session)
        hold.set()
    failed = [event for event in events if isinstance(event.body, TrackFailed)]
    assert [event.track for event in failed] == ["en"]
    assert "7 words" in failed[0].body.detail  # type: ignore[union-attr]
    assert session.state is SessionState.STOPPED


async def test_lag_of_tracks_holds_back_a_file_and_is_told() -> None:
    hold, reached = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def held(task: Task) -> Any:
        loop.call_soon_threadsafe(reached.set)
        hold.wait(20)
        return answer(task)

    async with session_of(*ALL[:3], asyncio.Event(), targets={"en": TOY}, handler=held) as (
        session,
        _,
    ):
        assert session.translation_lags == {}
        running = asyncio.create_task(session.run())
        async for event in session.subscribe():
            if isinstance(event.body, CommittedText) and event.body.words[0].text == "бүгін":
                await reached.wait()
                assert session.translation_lags["en"] > 0
                hold.set()
                session.stop()
        await running
        assert session.translation_lags["en"] == 0
