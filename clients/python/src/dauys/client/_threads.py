"""Between blocking iterators and asynchronous ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

T = TypeVar("T")

_END = object()


async def from_thread(items: Iterable[T]) -> AsyncIterator[T]:
    """An iterable whose ``next`` may block, as an async iterator."""
    iterator = iter(items)
    while (item := await asyncio.to_thread(next, iterator, _END)) is not _END:
        yield item  # type: ignore[misc]
