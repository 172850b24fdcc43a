"""One track as a sequence of documents: what is shown, what replaces it, what is taken away."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from foundation.media_time import TICKS_PER_SECOND, Ticks, from_seconds
from streaming.cues.model import Cue
from streaming.delivery.ebu_tt_live.config import Timing
from streaming.formats.ttml.live_writer import LiveSequence, clock_time, media_begin
from streaming.session_clock import SessionClock

_LONGEST_DEBT: Final = 3.0
"""Seconds that a cue is put off at most, so that the one before it can be read."""

_LOOK_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Document:
    """A document, and when it is shown."""

    sequence: str
    number: int
    text: str
    begin: float
    """Unix seconds: the resolved begin time as far as we know it."""

    end: float
    """Unix seconds, unless another document replaces it before."""

    cue: Cue | None


class TrackSequence:
    """Turns cues into documents, each at its time.

    Cues that are known later than they were spoken are shown when they are there. Two that come at
    once do not replace one another at once: the second waits until the first could be read, three
    seconds at most.

    Args:
        sequence: What the documents are part of.
        timing: See ``EbuTtLiveConfig``.
        least_seconds: See there.
        clock: Of the session.
        emit: Takes each document as soon as it should be sent.
        now: Unix seconds.
    """

    def __init__(
        self,
        sequence: LiveSequence,
        timing: Timing,
        least_seconds: float,
        clock: SessionClock,
        emit: Callable[[Document], None],
        now: Callable[[], float] = time.time,
    ) -> None:
        self.sequence = sequence
        self._timing = timing
        self._least = least_seconds
        self._clock = clock
        self._emit = emit
        self._now = now
        # Numbers of a sequence are unique even if it is begun again by another process.
        self._number = int(now() * 1000)
        self._shown: list[Document] = []
        """That are, or will be, on the screen."""
        self._waiting: deque[Cue] = deque()
        """Sent when they are due: implicit timing has no other way, and times of a day cannot say
        that they are tomorrow's."""
        self._free_at = 0.0
        """When the last document may be replaced by a cue."""
        self._wake = asyncio.Event()
        self._ended = False

    @property
    def relevant(self) -> list[Document]:
        """What a late joiner needs: the document on the screen and those that will be."""
        now = self._now()
        self._shown = [document for document in self._shown if document.end > now]
        return list(self._shown)

    def label(self, *, automatic: bool) -> None:
        """Say from now on that nobody has checked the text, or not."""
        looks = replace(self.sequence.looks, automatic=automatic)
        self.sequence = replace(self.sequence, looks=looks)

    def add(self, cue: Cue) -> None:
        """Show a cue."""
        if self._timing == "implicit" or self._waiting or self._beyond_midnight(cue):
            self._waiting.append(cue)
            self._wake.set()
        else:
            self._show(cue)

    def correct(self, cue: Cue) -> None:
        """A cue reads otherwise, or, without lines, is taken away; nothing if it is over."""
        self._waiting = deque(
            cue if waiting.index == cue.index else waiting for waiting in self._waiting
        )
        relevant = self.relevant
        place = next(
            (n for n, each in enumerate(relevant) if each.cue and each.cue.index == cue.index),
            None,
        )
        if place is None:
            return
        # A later document ends those before it, also such as are yet to begin: they come again.
        self._shown = relevant[:place]
        for document in relevant[place:]:
            known = document.cue
            assert known is not None, "what is shown has a cue"
            text = cue if known.index == cue.index else known
            self._emit_cue(text, max(document.begin, self._now()), document.end, known.start)

    def clear(self) -> None:
        """Show nothing: not what is on the screen, not what was to come."""
        waited = bool(self._waiting)
        self._waiting.clear()
        if self.relevant or waited:
            self._number += 1
            text = self.sequence.document(self._number, None)
            now = self._now()
            self._emit(Document(self.sequence.identifier, self._number, text, now, now, None))
        self._shown = []
        self._free_at = 0.0

    def end(self) -> None:
        """Nothing more comes; ``run`` returns when what waits was shown."""
        self._ended = True
        self._wake.set()

    async def run(self) -> None:
        """Emit what is due."""
        while True:
            if not self._waiting:
                if self._ended:
                    return
                self._wake.clear()
                await self._wake.wait()
                continue
            wait = self._due(self._waiting[0]) - self._now()
            if wait <= 0:
                self._show(self._waiting.popleft())
                continue
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(wait, _LOOK_SECONDS)):
                    await self._wake.wait()

    def _due(self, cue: Cue) -> float:
        """When a cue should begin: not before it is spoken, nor while the last one is read."""
        now = self._now()
        free_at = min(self._free_at, now + _LONGEST_DEBT)
        return max(self._heard(cue.start), free_at)

    def _beyond_midnight(self, cue: Cue) -> bool:
        return self._timing == "clock" and _day(self._due(cue)) > _day(self._now())

    def _heard(self, time: Ticks) -> float:
        heard = self._clock.heard_at(time)
        return self._now() if heard is None else heard.timestamp()

    def _show(self, cue: Cue) -> None:
        begin = max(self._due(cue), self._now())
        length = max(cue.end - cue.start, 1) / TICKS_PER_SECOND
        self._emit_cue(cue, begin, begin + length, cue.start)

    def _emit_cue(self, cue: Cue, begin: float, end: float, start: Ticks) -> None:
        now = self._now()
        late = begin <= now + 0.001
        # The true time, although it is over: who delays the picture, or archives, needs it.
        written = self._heard(start) if late else begin
        self._number += 1
        text = self.sequence.document(
            self._number,
            cue,
            begin=self._begin_text(written, start),
            duration=from_seconds(max(0.001, end - max(begin, now))),
            authoring_delay=self._delay(start) if self._timing == "implicit" else None,
        )
        document = Document(
            self.sequence.identifier, self._number, text, begin, end, cue if cue.lines else None
        )
        # What is on the screen ends when this begins.
        self._shown = [
            replace(each, end=min(each.end, begin)) for each in self.relevant if each.begin < begin
        ]
        if document.cue is not None:
            self._shown.append(document)
            self._free_at = begin + min(self._least, end - begin)
        self._emit(document)

    def _begin_text(self, begin: float, start: Ticks) -> str | None:
        if self._timing == "implicit":
            return None
        if self._timing == "clock":
            # Yesterday's times would be taken for tonight's.
            today = _day(begin) == _day(self._now())
            return clock_time(datetime.fromtimestamp(begin, UTC)) if today else None
        put_off = from_seconds(begin - self._heard(start))
        return media_begin(self._feed_time(start) + put_off)

    def _feed_time(self, time: Ticks) -> Ticks:
        """On the feed's own clock, which may have been set anew."""
        for stretch in reversed(self._clock.stretches):
            if stretch.start <= time:
                return time - stretch.offset
        return time

    def _delay(self, start: Ticks) -> float:
        return min(max(0.0, self._now() - self._heard(start)), 3600.0)


def _day(unix: float) -> int:
    """Days in UTC, by the millisecond that is written."""
    return round(unix * 1000) // 86_400_000
