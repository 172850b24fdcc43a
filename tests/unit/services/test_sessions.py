"""The registry of live sessions, over sessions that do nothing."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from foundation.errors import AlreadyExists, NotFound, ResourceExhausted
from services.subtitling.sessions import SessionParts, SessionRecord, SessionRegistry
from streaming.delivery.runner import OutputRunner
from streaming.delivery.running import SessionFacts
from streaming.session import LiveSession, SessionState


class IdleSession:
    """Runs until it is stopped."""

    def __init__(self) -> None:
        self.state = SessionState.LIVE
        self.cue_count = 0
        self.step_seconds = 0.6
        self.lag = 0.2
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        self._stopped.set()

    async def run(self) -> None:
        await self._stopped.wait()
        self.state = SessionState.STOPPED


def build(session_id: str) -> SessionParts:
    session = cast(LiveSession, IdleSession())
    return SessionParts(session, None, OutputRunner(session, lambda: cast(SessionFacts, None)))


def create(registry: SessionRegistry, request_id: str = "", request: bytes = b"") -> SessionRecord:
    return registry.create(request_id, request, build)


async def test_a_long_session_is_kept_when_it_ends_after_many_short_ones() -> None:
    registry = SessionRegistry(max_live=2, longest_step=1.8)
    long = create(registry)
    short = []
    for _ in range(101):
        short.append(create(registry))
        await registry.stop(short[-1])
    await registry.stop(long)
    assert registry.get(long.id) is long
    assert registry.get(short[-1].id) is short[-1]
    for forgotten in short[:2]:
        with pytest.raises(NotFound):
            registry.get(forgotten.id)
    assert len(registry.all()) == 100


async def test_request_ids_and_the_limit() -> None:
    registry = SessionRegistry(max_live=1, longest_step=1.8)
    record = create(registry, "a", b"1")
    assert create(registry, "a", b"1") is record
    with pytest.raises(AlreadyExists):
        create(registry, "a", b"2")
    with pytest.raises(ResourceExhausted, match="1 of 1"):
        create(registry)
    await registry.stop_all()
    assert create(registry, "a", b"1") is record
    await registry.stop(create(registry))


async def test_a_full_machine_refuses_with_figures_and_takes_sessions_again() -> None:
    registry = SessionRegistry(max_live=8, longest_step=1.8)
    first = create(registry)
    create(registry)
    for record in registry.all():
        stretch(record, step=2.4, lag=3.1)
    with pytest.raises(ResourceExhausted, match=r"2 live sessions.*2\.4 s.*1\.8 s.*3\.1 s behind"):
        create(registry)
    stretch(first, step=0.6, lag=0.1)
    create(registry)
    await registry.stop_all()


async def test_sessions_that_ended_do_not_fill_the_machine() -> None:
    registry = SessionRegistry(max_live=8, longest_step=1.8)
    record = create(registry)
    stretch(record, step=5.0, lag=9.0)
    await registry.stop(record)
    await registry.stop(create(registry))


def stretch(record: SessionRecord, step: float, lag: float) -> None:
    session = cast(IdleSession, record.session)
    session.step_seconds, session.lag = step, lag
