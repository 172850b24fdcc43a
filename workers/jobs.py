"""One task inside the in-process pool: what the worker thread does and how the caller hears of it.

A job is made on the caller's event loop and run on a worker thread. The thread hands results over
with ``call_soon_threadsafe``; if the loop is closed by then no one waits, and they are dropped.
"""

from __future__ import annotations

import asyncio
import threading
import time
from abc import abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from functools import partial
from typing import Any, Final, TypeAlias

from foundation.errors import Cancelled, DauysError, DeadlineExceeded
from models.engines.base import CallContext, Engine
from workers.interface import Priority, Task
from workers.scheduling import Entry

HANDOVER: Final = 4
"""Results of a stream that may wait for the reader; then the engine waits."""

LOOP_CHECK: Final = 1.0
"""Seconds between looks whether the loop of a reader that takes nothing still lives."""


GiveWay: TypeAlias = Callable[[Priority, threading.Event], None]
"""Runs what waits and is more urgent, unless the event says that the caller has left."""


class Job(Entry):
    """What calls and streams share."""

    __slots__ = ("_loop", "context", "entered")

    def __init__(self, task: Task, loop: asyncio.AbstractEventLoop, give_way: GiveWay) -> None:
        super().__init__(task)
        self._loop = loop
        deadline = None if task.timeout is None else time.monotonic() + task.timeout
        cancelled = threading.Event()
        # It holds no job: a circle would keep payloads in memory until one is looked for.
        self.context = CallContext(deadline, cancelled, partial(give_way, task.priority, cancelled))
        self.entered = False
        """The engine has been called: from now on it looks at the deadline itself."""

    @abstractmethod
    def run(self, engine: Engine) -> Any:
        """On a worker thread: do the work and return what ``deliver`` is to hand over."""

    @abstractmethod
    def deliver(self, result: Any, error: DauysError | None) -> None:
        """From any thread, once: the task is over."""

    @abstractmethod
    def fail(self, error: DauysError) -> None:
        """On the loop's thread: the task is over for the caller; a later delivery is dropped."""

    def abandon(self) -> None:
        """The caller waits no longer."""
        self.context.cancelled.set()

    def _post(self, callback: Callable[..., None], *arguments: Any) -> bool:
        try:
            self._loop.call_soon_threadsafe(callback, *arguments)
        except RuntimeError:  # the loop is closed
            return False
        return True


class CallJob(Job):
    """A task with one result."""

    __slots__ = ("future",)

    def __init__(self, task: Task, loop: asyncio.AbstractEventLoop, give_way: GiveWay) -> None:
        super().__init__(task, loop, give_way)
        self.future: asyncio.Future[Any] = loop.create_future()

    def run(self, engine: Engine) -> Any:
        """Call the engine; a result that comes too late counts as none."""
        self.enter()
        return self.conclude(engine.call(self.task.method, self.task.payload, self.context))

    def enter(self) -> None:
        """The engine is about to be called; raise if nobody waits any more."""
        self.context.check()
        self.entered = True

    def conclude(self, result: Any) -> Any:
        """The engine's result, unless it came too late."""
        self.context.check()
        return result

    def deliver(self, result: Any, error: DauysError | None) -> None:
        """Settle the future on its loop."""
        self._post(self._settle, result, error)

    def fail(self, error: DauysError) -> None:
        """Raise ``error`` where the caller waits."""
        self._settle(None, error)

    def _settle(self, result: Any, error: DauysError | None) -> None:
        if self.future.done():
            return
        if error is not None:
            self.future.set_exception(error)
        else:
            self.future.set_result(result)


class StreamJob(Job):
    """A task with many results, handed over ``HANDOVER`` at most ahead of the reader."""

    __slots__ = ("_changed", "_error", "_items", "_over", "_wakeup")

    def __init__(self, task: Task, loop: asyncio.AbstractEventLoop, give_way: GiveWay) -> None:
        super().__init__(task, loop, give_way)
        self._changed = threading.Condition()
        self._items: deque[Any] = deque()
        self._over = False
        self._error: DauysError | None = None
        self._wakeup = asyncio.Event()

    def run(self, engine: Engine) -> None:
        """Hand over each result, no faster than the reader takes them."""
        self.context.check()
        self.entered = True
        iterator = engine.stream(self.task.method, self.task.payload, self.context)
        close = getattr(iterator, "close", None)
        if close is None:
            for item in iterator:
                self._hand_over(item)
            return
        with closing(iterator):  # type: ignore[type-var]  # it has close(), seen above
            for item in iterator:
                self._hand_over(item)

    def deliver(self, result: Any, error: DauysError | None) -> None:
        """End the stream after the results handed over so far."""
        with self._changed:
            if not self._over:
                self._over, self._error = True, error
        self._post(self._wakeup.set)

    def fail(self, error: DauysError) -> None:
        """End the stream with ``error`` and stop the engine."""
        self.abandon()
        with self._changed:
            if not self._over:
                self._over, self._error = True, error
        self._wakeup.set()

    def abandon(self) -> None:
        """The reader has left: wake the engine if it waits for it."""
        super().abandon()
        with self._changed:
            self._changed.notify_all()

    async def items(self) -> AsyncIterator[Any]:
        """The results as they come. On the loop."""
        while True:
            self._wakeup.clear()
            with self._changed:
                over = self._over  # before the items: none comes after the end
                item = self._items.popleft() if self._items else self
                self._changed.notify()
            if item is not self:
                yield item
            elif not over:
                await self._wakeup.wait()
            elif self._error is not None:
                raise self._error
            else:
                return

    def _hand_over(self, item: Any) -> None:
        with self._changed:
            while len(self._items) >= HANDOVER:
                self.context.check()
                self._changed.wait(self._patience())
                if self._loop.is_closed():
                    self.context.cancelled.set()
            self.context.check()
            self._items.append(item)
        if not self._post(self._wakeup.set):
            self.context.cancelled.set()
            raise Cancelled("the caller's event loop is closed")

    def _patience(self) -> float:
        if self.context.deadline is None:
            return LOOP_CHECK
        return max(0.0, min(LOOP_CHECK, self.context.deadline - time.monotonic()))


def queued_too_long(job: Job) -> DeadlineExceeded:
    """What a caller hears whose time ran out before the engine was called."""
    return DeadlineExceeded(
        f"the task's {job.task.timeout:g} s ran out before the model {job.task.model!r} was free"
    )
