"""The turns of an output that sends the feed's picture on after a delay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from streaming.cues.model import Cue
from streaming.delivery.delayed_media import DelayedMedia, DuePiece
from streaming.delivery.screen import Screen
from streaming.session_clock import SessionClock
from streaming.session_events import Corrected, CueReady, SessionEvent

_TURN_SECONDS: Final = 0.02
"""Half a frame: what leaves keeps nearly the rhythm in which it came."""


async def run_turns(
    events: AsyncIterator[SessionEvent],
    screen: Screen,
    clock: SessionClock,
    media: DelayedMedia,
    turn: Callable[[list[DuePiece]], Awaitable[None]],
    coming: Callable[[str, Cue], None],
    *,
    paced: bool,
) -> None:
    """Hand out what is due, turn by turn, until the session has ended and nothing is held.

    Args:
        events: Of the session; the screen takes them.
        screen: What stands on it.
        clock: Of the session.
        media: What is handed out.
        turn: Takes what is due; also where nothing is.
        coming: Told of each cue and its track before the screen is.
        paced: After the session's end, too, what is held leaves no sooner than it is due.
    """

    async def read() -> None:
        async for event in events:
            match event.body:
                case CueReady(cue):
                    coming(event.track, cue)
                case Corrected(_, cues):
                    for cue in cues:
                        coming(event.track, cue)
                case _:
                    pass
            screen.take(event, clock.heard_until)

    reading = asyncio.create_task(read(), name="picture-events")
    try:
        while not reading.done():
            await asyncio.wait({reading}, timeout=_TURN_SECONDS)
            await turn(media.due())
        reading.result()
        while True:
            await turn(media.due(ended=True, at_once=not paced))
            if media.empty:
                return
            await asyncio.sleep(_TURN_SECONDS)
    finally:
        reading.cancel()
        await asyncio.wait({reading})


def log_fields(screen: Screen, track: str) -> dict[str, int]:
    """What became of a track's cues, for a log event."""
    counts = screen.counts[track]
    return {"on_time": counts.on_time, "late": counts.late, "lost": counts.lost}
