"""Which task runs next: priorities, order inside a session, and one thread at a time a model.

The queue is pure of engines and of asyncio: threads put, take and finish entries.

A task is *ready* when it is the oldest of its session and none of its session runs. Of the ready
ones whose model may take another thread, the most urgent priority goes first, and the oldest
inside it. A session's order outranks priority: an urgent task waits for its session's earlier ones.
"""

from __future__ import annotations

import enum
import heapq
import math
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from foundation.errors import InvalidArgument, ResourceExhausted, Unavailable
from workers.interface import Priority, Task

RETRY_AFTER: Final = 1.0
"""Seconds that a refused caller is told to wait."""


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """How many tasks of each priority may wait."""

    live: int = 64
    interactive: int = 256
    batch: int = 1024

    def __post_init__(self) -> None:
        for field in ("live", "interactive", "batch"):
            if getattr(self, field) < 1:
                raise InvalidArgument(f"queue_limits.{field}", "must be at least 1")

    def of(self, priority: Priority) -> int:
        """The limit of one priority."""
        return (self.live, self.interactive, self.batch)[priority]


class _State(enum.Enum):
    NEW = enum.auto()
    QUEUED = enum.auto()
    TAKEN = enum.auto()
    OUT = enum.auto()


class Entry:
    """A task on its way through the queue; pools subclass it to carry their own things."""

    __slots__ = ("_sequence", "_state", "task")

    def __init__(self, task: Task) -> None:
        self.task = task
        self._sequence = -1
        self._state = _State.NEW


E = TypeVar("E", bound=Entry)


class QueueClosed(Exception):  # noqa: N818 - a signal to worker threads, not an error
    """No entry will come any more."""


class TaskQueue(Generic[E]):
    """A thread-safe queue of entries.

    Args:
        limits: how many may wait.
        threads_of: how many threads may run a model at once; None: any number. It is asked under
            the queue's lock and must not call the queue.
        picky: some takers leave priorities out (``take(least=...)``), so that waking any one
            waiting taker is not enough.
    """

    def __init__(
        self,
        limits: QueueLimits,
        threads_of: Callable[[str], int | None] = lambda model: None,
        *,
        picky: bool = False,
    ) -> None:
        self._limits = limits
        self._threads_of = threads_of
        self._picky = picky
        self._changed = threading.Condition()
        self._closed = False
        self._sequence = 0
        self._ready: dict[Priority, dict[str, list[tuple[int, E]]]] = {p: {} for p in Priority}
        self._queued: dict[Priority, int] = dict.fromkeys(Priority, 0)
        self._sessions: dict[str, deque[E]] = {}
        """Unfinished tasks of each session, the oldest first; the first is ready or runs."""
        self._running: dict[str, int] = {}
        """Threads now in each model."""

    def put(self, entry: E) -> None:
        """Queue an entry.

        Raises:
            ResourceExhausted: as many tasks of its priority wait as may.
            Unavailable: the queue is closed.
        """
        priority, session = entry.task.priority, entry.task.session
        with self._changed:
            if self._closed:
                raise Unavailable("the worker pool is closed")
            waiting, limit = self._queued[priority], self._limits.of(priority)
            if waiting >= limit:
                name = priority.name.lower()
                raise ResourceExhausted(
                    f"workers.queue.{name}",
                    f"{waiting} {name} tasks wait already, the limit is {limit}; "
                    f"{sum(self._running.values())} tasks run",
                    RETRY_AFTER,
                )
            entry._sequence = self._sequence
            self._sequence += 1
            entry._state = _State.QUEUED
            self._queued[priority] += 1
            if session is None:
                self._make_ready(entry)
                return
            line = self._sessions.setdefault(session, deque())
            line.append(entry)
            if len(line) == 1:
                self._make_ready(entry)

    def take(self, least: Priority = Priority.BATCH, timeout: float | None = None) -> E | None:
        """Wait for the next entry; the taker must call ``finish`` when it has run.

        Args:
            least: the least urgent priority to take.
            timeout: seconds to wait; None: for ever.

        Returns:
            An entry, or None after ``timeout``.

        Raises:
            QueueClosed: the queue is closed and nothing is left.
        """
        with self._changed:
            while True:
                if (entry := self._next(least)) is not None:
                    return entry
                if self._closed:
                    raise QueueClosed
                if not self._changed.wait(timeout):
                    return self._next(least)

    def take_waiting(self, above: Priority) -> E | None:
        """An entry that is more urgent than ``above`` and waits now, or None; see ``take``."""
        with self._changed:
            return self._next(Priority(above - 1)) if above > min(Priority) else None

    def take_partners(self, entry: E, fits: Callable[[E], bool], most: int, takers: int) -> list[E]:
        """Ready entries that can be computed together with a taken one; each is taken, too.

        They are of its model and priority, the oldest first, and no more than ``entry``'s taker's
        share among all ``takers``.

        Args:
            entry: taken before.
            fits: may this one join? It is asked under the queue's lock and must not call the queue.
            most: how many partners at most.
            takers: how many threads take entries.
        """
        priority, model = entry.task.priority, entry.task.model
        with self._changed:
            ready = self._ready[priority].get(model, [])
            fitting = [one for _, one in sorted(ready, key=lambda pair: pair[0]) if fits(one)]
            partners = fitting[: min(most, math.ceil((1 + len(fitting)) / takers) - 1)]
            for partner in partners:
                self._forget_ready(partner)
                self._note_taken(partner)
            return partners

    def finish(self, entry: E) -> None:
        """Say that a taken entry has run: its session and its model are free."""
        with self._changed:
            if entry._state is not _State.TAKEN:
                raise RuntimeError("only a taken entry can be finished")
            entry._state = _State.OUT
            left = self._running[entry.task.model] - 1
            if left:
                self._running[entry.task.model] = left
            else:
                del self._running[entry.task.model]
            self._leave_session(entry)
            self._notify()

    def withdraw(self, entry: E) -> bool:
        """Take a waiting entry back; False if it was taken or withdrawn before."""
        with self._changed:
            if entry._state is not _State.QUEUED:
                return False
            entry._state = _State.OUT
            self._queued[entry.task.priority] -= 1
            self._forget_ready(entry)
            self._leave_session(entry)
            return True

    def close(self) -> list[E]:
        """Refuse new entries and hand back those that waited, the oldest first."""
        with self._changed:
            self._closed = True
            left = {e for heaps in self._ready.values() for heap in heaps.values() for _, e in heap}
            for line in self._sessions.values():
                left.update(line)
            waiting = sorted(
                (e for e in left if e._state is _State.QUEUED), key=lambda e: e._sequence
            )
            for entry in waiting:
                entry._state = _State.OUT
                self._queued[entry.task.priority] -= 1
                self._leave_session(entry)
            for heaps in self._ready.values():
                heaps.clear()
            self._changed.notify_all()
            return waiting

    def wake(self) -> None:
        """Look again: ``threads_of`` answers differently now."""
        with self._changed:
            self._changed.notify_all()

    @property
    def queued(self) -> int:
        """How many entries wait."""
        with self._changed:
            return sum(self._queued.values())

    @property
    def running(self) -> int:
        """How many entries are taken and not finished."""
        with self._changed:
            return sum(self._running.values())

    def _next(self, least: Priority) -> E | None:
        for priority, heaps in self._ready.items():
            if priority > least:
                break
            open_heaps = [heap for model, heap in heaps.items() if self._may_enter(model)]
            if not open_heaps:
                continue
            heap = min(open_heaps, key=lambda heap: heap[0][0])
            _, entry = heapq.heappop(heap)
            if not heap:
                del heaps[entry.task.model]
            self._note_taken(entry)
            return entry
        return None

    def _note_taken(self, entry: E) -> None:
        entry._state = _State.TAKEN
        self._queued[entry.task.priority] -= 1
        self._running[entry.task.model] = self._running.get(entry.task.model, 0) + 1

    def _may_enter(self, model: str) -> bool:
        running = self._running.get(model, 0)
        if running == 0:
            return True
        limit = self._threads_of(model)
        return limit is None or running < limit

    def _make_ready(self, entry: E) -> None:
        heap = self._ready[entry.task.priority].setdefault(entry.task.model, [])
        heapq.heappush(heap, (entry._sequence, entry))
        self._notify()

    def _forget_ready(self, entry: E) -> None:
        heaps = self._ready[entry.task.priority]
        heap = heaps.get(entry.task.model, [])
        kept = [pair for pair in heap if pair[1] is not entry]
        if len(kept) == len(heap):
            return  # it stood behind another of its session
        if kept:
            heapq.heapify(kept)
            heaps[entry.task.model] = kept
        else:
            del heaps[entry.task.model]

    def _leave_session(self, entry: E) -> None:
        session = entry.task.session
        if session is None:
            return
        line = self._sessions[session]
        was_first = line[0] is entry
        line.remove(entry)
        if not line:
            del self._sessions[session]
        elif was_first and not self._closed:
            self._make_ready(line[0])

    def _notify(self) -> None:
        if self._picky:
            self._changed.notify_all()
        else:
            self._changed.notify()
