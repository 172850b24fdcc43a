"""The pages of one subtitle service: drawn in time, sent again, taken away."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from math import ceil
from typing import Final

from foundation.media_time import TICKS_PER_SECOND, Ticks
from streaming.delivery.dvb.segments import PagePicture, PageWriter, page_picture
from streaming.delivery.rendering import LABEL_COLOUR, Renderer, TextBlock
from streaming.delivery.screen import Change

_KEPT: Final = 32
_SPARE_SECONDS: Final = 2
"""A page times out so much later than it should have been erased."""

_LEAST_REPEATED: Final = TICKS_PER_SECOND


class PictureStore:
    """Draws pages in a thread, before they are needed, and keeps the latest.

    Args:
        renderer: For the plane that pages are placed on.
        colours: 4 or 16.
    """

    def __init__(self, renderer: Renderer, colours: int) -> None:
        self._renderer = renderer
        self._colours = colours
        self.label = ""
        """Stands above the lines."""

        self._tasks: OrderedDict[tuple[str, ...], asyncio.Task[PagePicture | None]] = OrderedDict()

    def get(self, lines: tuple[str, ...]) -> asyncio.Task[PagePicture | None]:
        """The picture of these lines, perhaps still being drawn; None: they are empty."""
        key = (self.label, *lines)
        task = self._tasks.get(key)
        if task is None:
            drawing = asyncio.to_thread(self._draw, lines, self.label)
            task = self._tasks[key] = asyncio.create_task(drawing, name="dvb-page")
        self._tasks.move_to_end(key)
        while len(self._tasks) > _KEPT:
            self._tasks.popitem(last=False)
        return task

    async def aclose(self) -> None:
        """Wait for what is being drawn."""
        if self._tasks:
            await asyncio.wait(self._tasks.values())
        self._tasks.clear()

    def _draw(self, lines: tuple[str, ...], label: str) -> PagePicture | None:
        blocks = [TextBlock(lines)]
        if label and any(line.strip() for line in lines):
            blocks.append(TextBlock((label,), LABEL_COLOUR))
        overlay = self._renderer.draw(blocks)
        return None if overlay is None else page_picture(overlay, self._colours)


@dataclass(frozen=True, slots=True)
class TimedSet:
    """A display set to be sent."""

    time: Ticks
    """Session time at which it is shown."""

    data: bytes
    at_once: bool = False


class ServicePages:
    """Turns the changes of one track into display sets.

    Args:
        writer: Of the service.
        repeat: A page that stands is sent again so often, in ticks.
    """

    def __init__(self, writer: PageWriter, repeat: Ticks) -> None:
        self._writer = writer
        self._repeat = repeat
        self._wanted: Change | None = None
        self._until: Ticks | None = None
        """The page that stands goes then; None: none stands."""

        self._sent: Ticks = 0
        """The latest time for which there is a display set."""

        self._last: Ticks | None = None
        """Time of the last display set."""

    def change(self, change: Change) -> None:
        """This is what is to stand there; ``sets`` says how."""
        at_once = change.at_once or (self._wanted is not None and self._wanted.at_once)
        self._wanted = Change(change.track, change.time, change.cue, change.until, at_once)

    def waits_for(self, pictures: PictureStore) -> asyncio.Task[PagePicture | None] | None:
        """The picture without which the next change cannot be sent."""
        if self._wanted is None or self._wanted.cue is None:
            return None
        return pictures.get(self._wanted.cue.lines)

    def sets(self, now: Ticks, ahead: Ticks, pictures: PictureStore) -> list[TimedSet]:
        """What is to be sent.

        Args:
            now: Session time of what the feed shows.
            ahead: Session time for which pages are sent; later than ``now``.
            pictures: Of the service's plane.
        """
        wanted = self._wanted
        if wanted is None:
            return self._again(ahead)
        at = now if wanted.at_once else max(wanted.time, now)
        picture: PagePicture | None = None
        if wanted.cue is not None:
            drawing = pictures.get(wanted.cue.lines)
            if not drawing.done():
                # What stands must go in time all the same; what was corrected or cleared, now.
                return self._erased(at) if wanted.at_once else []
            picture = drawing.result()
        self._wanted = None
        if picture is None:
            return self._erased(at, at_once=wanted.at_once)
        # A page for a later time that is out already comes first: it must not cover this one.
        repeat_at = self._sent + 1 if wanted.at_once and self._sent >= at else None
        self._until = wanted.until
        sets = [self._timed(at, self._writer.show(picture, self._seconds(at)), wanted.at_once)]
        if repeat_at is not None:
            sets.append(self._timed(repeat_at, self._writer.show(picture, self._seconds(at)), True))
        return sets

    def _erased(self, at: Ticks, *, at_once: bool = True) -> list[TimedSet]:
        if self._until is None:
            return []
        self._until = None
        covers = self._sent + 1 if self._sent >= at else None
        sets = [self._timed(at, self._writer.erase(), at_once)]
        if covers is not None:
            sets.append(self._timed(covers, self._writer.erase(), at_once))
        return sets

    def _again(self, ahead: Ticks) -> list[TimedSet]:
        if self._until is None or ahead - self._sent < self._repeat:
            return []
        if self._until - ahead < _LEAST_REPEATED:
            return []
        return [self._timed(ahead, self._writer.again(self._seconds(ahead)), False)]

    def _timed(self, time: Ticks, data: bytes, at_once: bool) -> TimedSet:
        # Two sets of one time are one packet to some receivers.
        time += time == self._last
        self._last, self._sent = time, max(self._sent, time)
        return TimedSet(time, data, at_once)

    def _seconds(self, at: Ticks) -> int:
        assert self._until is not None, "a page stands"
        return ceil((self._until - at) / TICKS_PER_SECOND) + _SPARE_SECONDS
