"""Computing that would hold up the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

_AT_ONCE: Final = 2_000
"""Characters: with a shorter text it takes a few milliseconds, and need not wait for a thread that
is busy with a longer one."""

T = TypeVar("T")


async def computed(work: Callable[[], T], characters: int) -> T:
    """``work()``, in a thread if it is about a long text."""
    return await asyncio.to_thread(work) if characters > _AT_ONCE else work()
