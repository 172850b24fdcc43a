"""An output's offset: all its texts later, or earlier."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import replace

from foundation.media_time import Ticks
from foundation.speech import Word
from streaming.cues.model import Cue
from streaming.delivery.gate import as_it_reads_now
from streaming.session_events import (
    CommittedText,
    ControlAction,
    Controlled,
    Corrected,
    CueReady,
    SessionEvent,
    TentativeText,
)


def shifted(event: SessionEvent, offset: Ticks, first: Ticks) -> SessionEvent | None:
    """An event with all its media times ``offset`` later, none before ``first``.

    None: it is a cue that would end before.
    """
    if not offset:
        return event
    match event.body:
        case TentativeText(words, language):
            body = TentativeText(_words(words, offset, first), language)
            return replace(event, body=body)
        case CommittedText(words, language):
            return replace(event, body=CommittedText(_words(words, offset, first), language))
        case CueReady(cue):
            moved = _cue(cue, offset, first)
            return None if moved is None else replace(event, body=CueReady(moved))
        case Corrected(texts, cues):
            moved_texts = tuple(
                replace(text, words=_words(text.words, offset, first)) for text in texts
            )
            moved_cues = tuple(
                moved for cue in cues if (moved := _cue(cue, offset, first)) is not None
            )
            return replace(event, body=replace(event.body, texts=moved_texts, cues=moved_cues))
        case _:
            return event


def _words(words: tuple[Word, ...], offset: Ticks, first: Ticks) -> tuple[Word, ...]:
    return tuple(
        replace(word, start=max(first, word.start + offset), end=max(first, word.end + offset))
        for word in words
    )


def _cue(cue: Cue, offset: Ticks, first: Ticks) -> Cue | None:
    if cue.end + offset <= first:
        return None
    return replace(
        cue,
        start=max(first, cue.start + offset),
        end=cue.end + offset,
        words=_words(cue.words, offset, first),
    )


async def delayed(
    events: AsyncIterator[SessionEvent], wait: Callable[[SessionEvent], float]
) -> AsyncGenerator[SessionEvent, None]:
    """Events when they are due; what clears the screen at once, and without the text that waits.

    Text that waits goes out as corrected by then.

    Args:
        events: As they come.
        wait: Tells how many seconds are left until an event is due.
    """
    waiting: deque[SessionEvent] = deque()
    following: asyncio.Future[SessionEvent] | None = asyncio.ensure_future(_next(events))
    try:
        while waiting or following is not None:
            timeout = max(0.0, wait(waiting[0])) if waiting else None
            if following is None:
                await asyncio.sleep(timeout or 0.0)
            else:
                await asyncio.wait({following}, timeout=timeout)
            if following is not None and following.done():
                try:
                    event = following.result()
                    following = asyncio.ensure_future(_next(events))
                except StopAsyncIteration:
                    following = None
                else:
                    if _empties(event):
                        waiting = deque(kept for kept in waiting if not _is_text(kept))
                        yield event
                    else:
                        waiting.append(event)
                        if isinstance(event.body, Corrected):
                            waiting = deque(as_it_reads_now(waiting))
            while waiting and wait(waiting[0]) <= 0:
                yield waiting.popleft()
    finally:
        if following is not None:
            following.cancel()


async def _next(events: AsyncIterator[SessionEvent]) -> SessionEvent:
    return await anext(events)


def _empties(event: SessionEvent) -> bool:
    return isinstance(event.body, Controlled) and event.body.action in (
        ControlAction.CLEAR,
        ControlAction.KILL,
    )


def _is_text(event: SessionEvent) -> bool:
    return isinstance(event.body, TentativeText | CommittedText | CueReady | Corrected)
