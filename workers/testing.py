"""A worker pool for the tests of other rooms: functions in place of models."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Final

from foundation.languages import LANGUAGES
from foundation.speech import SpeechCapabilities
from models.engines.base import CallContext, Engine, EngineOptions
from workers.in_process import InProcessPool, PoolConfig
from workers.interface import PoolLoad, Task

WINDOWS_ONLY: Final = SpeechCapabilities(
    languages=LANGUAGES,
    window_seconds=30.0,
    word_times=True,
    prompt=True,
    hotwords=True,
    punctuation=True,
)
"""What a ``FakePool``'s model says it can do, if not told otherwise."""


class _HandlerEngine(Engine):
    """Calls the handler with the whole task, which ``FakePool`` sends as the payload."""

    concurrent: ClassVar[bool] = True

    def __init__(self, handler: Callable[[Task], Any], capabilities: Any) -> None:
        self._handler = handler
        self._capabilities = capabilities

    @classmethod
    def open(cls, folder: Path, options: EngineOptions) -> Engine:
        raise NotImplementedError("a handler is not opened from a folder")

    def call(self, method: str, payload: Any, context: CallContext) -> Any:
        if payload.method != "capabilities":
            return self._handler(payload)
        known = self._capabilities
        return known(payload.model) if callable(known) else known

    def stream(self, method: str, payload: Any, context: CallContext) -> Iterator[Any]:
        yield from self._handler(payload)


class FakePool:
    """A pool that answers each task with ``handler(task)``, under the real pool's rules.

    The handler runs on a worker thread. What it returns is the result of ``call``; for ``stream``
    it returns an iterable. What it raises reaches the caller as an engine's error would. Asked for
    its ``capabilities`` the pool answers those given, or, if they are a function, what they return
    for the model's id; the handler is not called.

    Attributes:
        tasks: every task that was submitted, in order, payloads included.
    """

    def __init__(
        self,
        handler: Callable[[Task], Any],
        config: PoolConfig | None = None,
        capabilities: Any = WINDOWS_ONLY,
    ) -> None:
        self.tasks: list[Task] = []
        self._pool = InProcessPool(
            lambda model: _HandlerEngine(handler, capabilities), config or PoolConfig(workers=1)
        )

    async def call(self, task: Task) -> Any:
        """``handler(task)``."""
        self.tasks.append(task)
        return await self._pool.call(replace(task, payload=task))

    async def stream(self, task: Task) -> AsyncGenerator[Any, None]:
        """The items of ``handler(task)``."""
        self.tasks.append(task)
        async with aclosing(self._pool.stream(replace(task, payload=task))) as items:
            async for item in items:
                yield item

    def load(self) -> PoolLoad:
        """How busy the pool is now."""
        return self._pool.load()

    async def aclose(self) -> None:
        """As the real pool's."""
        await self._pool.aclose()
