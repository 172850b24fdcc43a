"""Watching a session while the services come and go."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from dauys.client import (
    AsyncClient,
    CaptionState,
    CaughtUp,
    CommittedText,
    CueEvent,
    CueView,
    FeedChanged,
    LiveSession,
    LiveSessionState,
    NotFoundError,
    Pace,
    RecognitionOptions,
    Script,
    ServerError,
    UnavailableError,
)

from services.gateway import view_stream
from services.gateway.channel import Viewer
from services.gateway.hub import Hubs

HOW: dict[str, Any] = {"operator": False, "after": 0, "last": None, "tracks": None}


def session(last_event_id: int = 0) -> LiveSession:
    return LiveSession(
        name="liveSessions/a",
        display_name="",
        url="",
        options=RecognitionOptions(),
        preset="overlay-live",
        state=LiveSessionState.LIVE,
        state_detail="",
        create_time=None,
        stop_time=None,
        audio_position=0.0,
        lag=0.0,
        cue_count=0,
        pace=Pace.FULL,
        translations=(),
        script=Script.CYRILLIC,
        terms=(),
        captions=CaptionState(),
        last_event_id=last_event_id,
    )


def said(event_id: int) -> CueEvent:
    return CommittedText(event_id, "source", 0.0, 0, f"сөз{event_id}", "kk", (), 0.0, 1.0)


Item = CueEvent | Exception | asyncio.Event
"""What comes, what breaks the stream, what is waited for."""

CAUGHT_UP = CaughtUp(0, "", 0.0, 0)


@dataclass
class Services:
    """Answers calls of WatchCues one after another, each with events and perhaps an error.

    Operators are told the same as outputs, for which services say when they were told the past.
    """

    streams: list[list[Item]]
    past: int = 0
    asked_after: list[int] = field(default_factory=list)
    sessions: int = 0
    operators: list[list[Item]] = field(init=False)

    def __post_init__(self) -> None:
        self.operators = [
            [item for item in stream if item is not CAUGHT_UP] for stream in self.streams
        ]

    async def get_live_session(self, name: str) -> LiveSession:
        self.sessions += 1
        return session(self.past)

    async def watch_cues(
        self, name: str, after_event: int = 0, *, view: CueView = CueView.ALL
    ) -> AsyncIterator[CueEvent]:
        if view is CueView.OUTPUTS:
            self.asked_after.append(after_event)
        streams = self.streams if view is CueView.OUTPUTS else self.operators
        for item in streams.pop(0):
            if isinstance(item, asyncio.Event):
                await item.wait()
                continue
            if isinstance(item, Exception):
                raise item
            yield item


def hubs_of(services: Services) -> Hubs:
    return Hubs(cast(AsyncClient, services), viewer_queue=100)


async def kinds(viewer: Viewer) -> list[str]:
    told: list[str] = []
    while lines := await viewer.read():
        for line in lines:
            event = json.loads(line.text)
            told.append(f"{event['kind']} {event.get('text', '')}".strip())
    return told


STOPPED = FeedChanged(9, "source", 0.0, 0, LiveSessionState.STOPPED, "")


async def test_lost_services_are_watched_on_from_the_last_event(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(view_stream, "_RETRY", (0.0,))
    gone = UnavailableError("gone", code="UNAVAILABLE")
    joined = asyncio.Event()
    services = Services(
        [[said(1), said(2), CAUGHT_UP, joined, gone], [gone], [CAUGHT_UP, said(3), STOPPED]]
    )
    async with hubs_of(services) as hubs, hubs.looking_on("a", **HOW) as (_, viewer):
        joined.set()
        assert await kinds(viewer) == [
            "hello",
            "committed сөз1",
            "committed сөз2",
            "gateway services-unreachable",
            "gateway connected",
            "committed сөз3",
            "feed stopped",
        ]
    assert services.asked_after == [0, 2, 2]


async def test_a_late_viewer_waits_for_the_past() -> None:
    services = Services([[said(1), said(2), said(3), STOPPED, CAUGHT_UP]], past=3)
    async with hubs_of(services) as hubs:
        how = HOW | {"last": 1}
        async with hubs.looking_on("a", **how) as (_, viewer):
            assert (await kinds(viewer))[-1] == "feed stopped"
        async with hubs.looking_on("a", **how) as (_, viewer):
            assert await kinds(viewer) == ["hello", "feed stopped"]
    assert services.sessions == 1


async def test_a_watch_that_broke_is_begun_anew_for_the_next_viewer() -> None:
    broken = ServerError("internal error", code="INTERNAL")
    services = Services([[said(1), CAUGHT_UP, broken], [said(1), said(2), STOPPED, CAUGHT_UP]])
    async with hubs_of(services) as hubs:
        async with hubs.looking_on("a", **HOW) as (_, viewer):
            assert await kinds(viewer) == ["hello", "committed сөз1", "gateway failed"]
        async with hubs.looking_on("a", **HOW) as (_, viewer):
            assert (await kinds(viewer))[-2:] == ["committed сөз2", "feed stopped"]


async def test_a_session_that_is_no_longer_known() -> None:
    services = Services([[said(1), NotFoundError("no", code="NOT_FOUND")]])
    async with (
        hubs_of(services) as hubs,
        hubs.looking_on("a", **HOW) as (hub, viewer),
    ):
        await kinds(viewer)
        assert hub.gone


async def test_a_session_is_let_go_some_time_after_its_last_viewer() -> None:
    services = Services([[said(1), STOPPED, CAUGHT_UP]])
    async with Hubs(cast(AsyncClient, services), viewer_queue=100, linger=0.0) as hubs:
        async with hubs.looking_on("a", **HOW) as (_, viewer):
            await kinds(viewer)
            assert hubs.known("a") is not None
        later = asyncio.Event()
        asyncio.get_running_loop().call_later(0.0, later.set)
        await later.wait()
        assert hubs.known("a") is None


async def test_services_that_know_no_views_tell_outputs_nothing() -> None:
    services = Services([[said(1), said(2), STOPPED]], past=2)
    async with hubs_of(services) as hubs:
        async with hubs.looking_on("a", **HOW) as (_, viewer):
            assert await kinds(viewer) == ["hello"]
        async with hubs.looking_on("a", **HOW | {"operator": True}) as (_, viewer):
            assert (await kinds(viewer))[-1] == "feed stopped"
