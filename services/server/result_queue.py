"""Results on their way to a client that may read slowly."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Final, Generic, TypeVar

_UNREAD_RESULTS: Final = 200

T = TypeVar("T")


class ResultQueue(Generic[T]):
    """A tentative result gives way to the next; others are kept.

    While it is full no more input should be read (``wait_for_room``), so it stays bounded.
    """

    def __init__(self, limit: int = _UNREAD_RESULTS) -> None:
        self._items: deque[tuple[T, bool]] = deque()
        self._limit = limit
        self._changed = asyncio.Event()
        self._closed = False

    def offer(self, result: T, *, tentative: bool) -> None:
        """Add a result; a tentative one may never be read."""
        if self._items and self._items[-1][1]:
            self._items.pop()
        self._items.append((result, tentative))
        self._changed.set()

    def close(self) -> None:
        """No more results come."""
        self._closed = True
        self._changed.set()

    async def wait_for_room(self) -> None:
        """Wait while the client is too far behind."""
        while len(self._items) >= self._limit and not self._closed:
            self._changed.clear()
            await self._changed.wait()

    def __aiter__(self) -> AsyncIterator[T]:
        return self

    async def __anext__(self) -> T:
        while not self._items:
            if self._closed:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        result, _ = self._items.popleft()
        self._changed.set()
        return result
