"""A session's events as a watcher is told them."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from dauys.v1 import subtitling_pb2

from services.subtitling import mapping
from streaming.delivery.gated import GatedEvents
from streaming.session import LiveSession


async def everything(
    session: LiveSession, after_event: int
) -> AsyncGenerator[subtitling_pb2.WatchCuesResponse, None]:
    """As it happens."""
    subscription = session.subscribe(after_event)
    told = 0
    try:
        async for event in subscription:
            dropped, told = subscription.dropped - told, subscription.dropped
            yield mapping.watch_response(event, session.clock, dropped)
    finally:
        session.unsubscribe(subscription)


async def as_outputs(
    session: LiveSession, after_event: int
) -> AsyncGenerator[subtitling_pb2.WatchCuesResponse, None]:
    """What outputs may show, and when the past was told."""
    gated = GatedEvents(session, after_event, session.operators.captions)
    told = 0
    try:
        for event in gated.past():
            dropped, told = gated.dropped - told, gated.dropped
            yield mapping.watch_response(event, session.clock, dropped)
        yield mapping.caught_up()
        async for event in gated:
            dropped, told = gated.dropped - told, gated.dropped
            yield mapping.watch_response(event, session.clock, dropped)
    finally:
        gated.close()
