"""What a playlist or a manifest says of segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from foundation.media_time import Ticks


@dataclass(frozen=True, slots=True)
class Entry:
    """A segment of a rendition."""

    number: int
    """Counts through all runs in a folder."""

    discontinuity: int
    """How many discontinuities lie before it."""

    duration: Ticks
    uri: str
    date: datetime | None = None
    """When its first moment was heard; with a time zone."""

    gap: bool = False
    """It could not be written."""

    start: Ticks = 0
    """Session time."""


class Listing(Protocol):
    """Takes note of segments, and forgets those that players need no more."""

    def append(self, entry: Entry) -> list[Entry]:
        """List one more segment; return those that leave."""
        ...


class Window:
    """The latest segments of a rendition, or all of them.

    Args:
        length: Ticks that stay listed; None: all.
    """

    def __init__(self, length: Ticks | None) -> None:
        self.length = length
        self._entries: list[Entry] = []

    @property
    def entries(self) -> Sequence[Entry]:
        """What is listed now."""
        return tuple(self._entries)

    def append(self, entry: Entry) -> list[Entry]:
        """List one more segment; return those that leave the window.

        What stays lasts at least as long as the window (and at least three segments, by
        ``SegmentsConfig``), so that no player loses what it is about to play (RFC 8216 §6.2.2).
        """
        self._entries.append(entry)
        if self.length is None:
            return []
        left: list[Entry] = []
        total = sum(entry.duration for entry in self._entries)
        while total - self._entries[0].duration >= self.length:
            total -= self._entries[0].duration
            left.append(self._entries.pop(0))
        return left
