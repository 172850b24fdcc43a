"""The contract of every worker pool. ``tests/contract/test_worker_pool.py`` holds each to it."""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Protocol


class Priority(enum.IntEnum):
    """Lower runs first."""

    LIVE = 0
    INTERACTIVE = 1
    BATCH = 2


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work for a model."""

    model: str
    """Catalogue id."""

    method: str
    """What the engine is asked to do, ``recognize`` for example."""

    payload: Any
    """The method's request."""

    priority: Priority = Priority.INTERACTIVE

    timeout: float | None = None
    """Seconds left, queueing included; never wall clock. None: no limit."""

    session: str | None = None
    """Tasks of one session are run by one worker group, in order of submission."""


@dataclass(frozen=True, slots=True)
class PoolLoad:
    """How busy a pool is."""

    workers: int
    busy: int
    queued: int
    utilisation: float
    """Share of worker time spent working over the last ten seconds, 0 to 1."""


class WorkerPool(Protocol):
    """Runs tasks on models."""

    async def call(self, task: Task) -> Any:
        """Run a task and return its result.

        Cancelling the caller withdraws a queued task and stops a running one at its next check.

        Raises:
            NotFound: no such model, or the model has no such method.
            DeadlineExceeded: ``timeout`` passed, queued or running.
            ResourceExhausted: the queue of this priority is full.
            Unavailable: the pool is closed or the model could not be had.
            DauysError: whatever the engine raised. Anything else becomes Internal.
        """
        ...

    def stream(self, task: Task) -> AsyncIterator[Any]:
        """Run a task that yields results as they come; the reader's pace bounds the engine's."""
        ...

    def load(self) -> PoolLoad:
        """How busy the pool is now."""
        ...

    async def aclose(self) -> None:
        """Refuse new tasks, cancel queued ones, wait for running ones, unload all models."""
        ...
