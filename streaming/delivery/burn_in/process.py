"""An encoder in a child process, its input and output."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from streaming.delivery.burn_in.messages import Settings, settings_message
from streaming.ingest.child import Child

_READ_BYTES: Final = 65_536
_LIMIT_BYTES: Final = 24 << 20
"""What may wait for the encoder."""


class EncoderProcess:
    """Runs ``worker``: takes messages, gives back a transport stream.

    Args:
        settings: How to encode.
        output: Takes what it wrote.
    """

    def __init__(self, settings: Settings, output: Callable[[bytes], Awaitable[None]]) -> None:
        command = [sys.executable, "-P", "-m", "streaming.delivery.burn_in.worker"]
        self._child = Child(command, input_pipe=True)
        self._output = output
        self._messages: deque[bytes] = deque((settings_message(settings),))
        self._waiting = 0
        self._wake = asyncio.Event()
        self._taken = asyncio.Event()
        self._ending = False
        self._tasks = (
            asyncio.create_task(self._write(), name="burn-in-write"),
            asyncio.create_task(self._read(), name="burn-in-read"),
        )

    @property
    def ended(self) -> bool:
        """It has ended and all that it wrote was taken."""
        return self._tasks[1].done()

    @property
    def overloaded(self) -> bool:
        """It is slower than what comes."""
        return self._waiting > _LIMIT_BYTES

    @property
    def detail(self) -> str:
        """What it complained about."""
        return self._child.detail

    def put(self, message: bytes) -> None:
        """Queue a message; never waits."""
        self._messages.append(message)
        self._waiting += len(message)
        self._wake.set()

    async def room(self) -> None:
        """Wait until it has taken what it was given."""
        while self._waiting and not self._tasks[0].done():
            self._taken.clear()
            taking = asyncio.ensure_future(self._taken.wait())
            try:
                await asyncio.wait({taking, self._tasks[0]}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                taking.cancel()

    async def finish(self) -> int:
        """Let it encode what it has; return its exit status."""
        self._ending = True
        self._wake.set()
        await asyncio.wait(self._tasks)
        for task in self._tasks:
            task.result()
        return await self._child.wait()

    async def aclose(self) -> None:
        """End it at once."""
        for task in self._tasks:
            task.cancel()
        await self._child.close()
        await asyncio.wait(self._tasks)

    async def _write(self) -> None:
        while True:
            while self._messages:
                data = b"".join(self._messages)
                self._messages.clear()
                if not await self._child.write(data):
                    return  # it has ended: the reader sees that, too
                self._waiting = sum(map(len, self._messages))
                self._taken.set()
            if self._ending:
                await self._child.close_input()
                return
            self._wake.clear()
            await self._wake.wait()

    async def _read(self) -> None:
        while data := await self._child.read(_READ_BYTES):
            await self._output(data)
