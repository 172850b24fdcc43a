"""The line of generations: how many may be drawn and wait, and who comes next.

A picture takes a worker for seconds or minutes, so a server of several workers draws on all but one
of them at most: other calls find one free. A model draws one request at a time. Whoever may not
start yet waits here, not in the pool, and so can be told how many come first.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from foundation.errors import ResourceExhausted, Unavailable

_RETRY_SECONDS: Final = 10.0
_CLOSED: Final = "the server is stopping"


@dataclass(frozen=True, slots=True)
class LineLimits:
    """How many generations may be drawn and wait together."""

    server: int = 16
    tenant: int = 4


@dataclass(slots=True, eq=False)
class Place:
    """One generation's place in the line."""

    tenant: str
    model: str
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    started: bool = False
    drawn: bool = False
    """Its worker is free again; files are made of it, and it still counts against the limits."""

    before: int = 0
    """Generations that must end before this one starts."""


class Line:
    """Generations in order of arrival. For one event loop.

    Args:
        slots: How many may be drawn at once.
        limits: How many may be here.
    """

    def __init__(self, slots: int, limits: LineLimits) -> None:
        self._slots = slots
        self._limits = limits
        self._places: list[Place] = []
        self._closed = False
        self._left = asyncio.Event()

    @property
    def length(self) -> int:
        """How many are drawn, become files or wait."""
        return len(self._places)

    def join(self, tenant: str, model: str) -> Place:
        """Take a place; whoever has one must ``leave``.

        Raises:
            ResourceExhausted: as many are here, of all or of this tenant, as may be.
            Unavailable: the line is closed.
        """
        if self._closed:
            raise Unavailable(_CLOSED)
        limit = self._limits.server
        if len(self._places) >= limit:
            raise ResourceExhausted(
                "images.server",
                f"{len(self._places)} generations are drawn or wait on this server, "
                f"the limit is {limit}",
                _RETRY_SECONDS,
            )
        own, limit = sum(place.tenant == tenant for place in self._places), self._limits.tenant
        if own >= limit:
            raise ResourceExhausted(
                "images.tenant",
                f"{own} of your generations are drawn or wait, the limit is {limit}",
                _RETRY_SECONDS,
            )
        place = Place(tenant, model)
        self._places.append(place)
        self._advance()
        return place

    def drawn(self, place: Place) -> None:
        """The pictures are drawn: the next may start."""
        place.drawn = True
        self._advance()

    def leave(self, place: Place) -> None:
        """The generation is over, whether it was drawn or not."""
        if place in self._places:
            self._places.remove(place)
            self._left.set()
            self._advance()

    async def waiting(self, place: Place) -> AsyncIterator[int]:
        """How many come first, each time that changes, until the place may start.

        Raises:
            Unavailable: the line was closed meanwhile.
        """
        told: int | None = None
        while not place.started:
            if self._closed:
                raise Unavailable(_CLOSED)
            if place.before != told:
                told = place.before
                yield told
                continue
            place._changed.clear()
            await place._changed.wait()

    def close(self) -> None:
        """Take nobody in any more and let nobody start; those who have started go on."""
        self._closed = True
        for place in self._places:
            place._changed.set()

    async def emptied(self) -> None:
        """Wait until all have left."""
        while self._places:
            self._left.clear()
            await self._left.wait()

    def _advance(self) -> None:
        """Let those start that may, and count anew for the others."""
        if self._closed:
            return
        places = [place for place in self._places if not place.drawn]
        running = sum(place.started for place in places)
        drawing = {place.model for place in places if place.started}
        earlier: Counter[str] = Counter()
        for number, place in enumerate(places):
            if not place.started and running < self._slots and place.model not in drawing:
                place.started = True
                running += 1
                drawing.add(place.model)
                place._changed.set()
            if not place.started:
                before = max(earlier[place.model], number - self._slots + 1)
                if before != place.before:
                    place.before = before
                    place._changed.set()
            earlier[place.model] += 1
