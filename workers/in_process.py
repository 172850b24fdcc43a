"""The worker pool of one process: threads over one device's loaded models.

::

    caller (event loop) → Job → TaskQueue → worker thread → Residency → engine
           ↑                                      |
           └────────── call_soon_threadsafe ──────┘
"""

from __future__ import annotations

import asyncio
import math
import os
import threading
import traceback
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from types import TracebackType
from typing import Any, TypeAlias

import structlog
from threadpoolctl import threadpool_limits

from foundation.errors import DauysError, Internal, InvalidArgument, Unavailable
from models.engines.base import Engine
from workers.interface import PoolLoad, Priority, Task
from workers.jobs import CallJob, Job, StreamJob, queued_too_long
from workers.residency import Residency
from workers.scheduling import QueueClosed, QueueLimits, TaskQueue
from workers.utilisation import Utilisation

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PoolConfig:
    """How a pool uses its device."""

    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    """Threads that call engines. Two of one CPU thread each beat one of two."""

    reserved_for_live: int = 0
    """Workers that take no BATCH task, so that live work never waits for batch windows to end."""

    queue_limits: QueueLimits = field(default_factory=QueueLimits)
    """How many tasks of each priority may wait."""

    memory_budget_bytes: int | None = None
    """What loaded models may hold together; None: no limit."""

    idle_unload_seconds: float | None = None
    """A model unused for so long is unloaded; None: never."""

    pinned: frozenset[str] = frozenset()
    """Catalogue ids of models that stay once loaded."""

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise InvalidArgument("workers", f"{self.workers} is less than 1")
        if not 0 <= self.reserved_for_live < self.workers:
            raise InvalidArgument(
                "reserved_for_live",
                f"{self.reserved_for_live} of {self.workers} workers leaves none for batch work",
            )
        if self.memory_budget_bytes is not None and self.memory_budget_bytes < 1:
            raise InvalidArgument("memory_budget_bytes", "must be positive")
        if self.idle_unload_seconds is not None and not self.idle_unload_seconds > 0:
            raise InvalidArgument("idle_unload_seconds", "must be positive")


class InProcessPool:
    """A ``WorkerPool`` of threads. Make it and use it on any event loop; close it with ``aclose``.

    It limits NumPy's BLAS to one thread, for the whole process.

    Args:
        load_engine: opens a model by its catalogue id, on a worker thread. It raises NotFound for
            an unknown one; an error that is no DauysError reaches the caller as Unavailable.
        config: see ``PoolConfig``.
    """

    def __init__(
        self, load_engine: Callable[[str], Engine], config: PoolConfig | None = None
    ) -> None:
        self.config = config = config or PoolConfig()
        # Workers are the parallelism here. NumPy's BLAS would start threads of its own, and these
        # spin after every product: a quarter of the CPU time of live recognition was theirs.
        threadpool_limits(limits=1, user_api="blas")
        self._residency = Residency(
            load_engine,
            memory_budget_bytes=config.memory_budget_bytes,
            idle_unload_seconds=config.idle_unload_seconds,
            pinned=config.pinned,
            on_loaded=lambda: self._queue.wake(),
        )
        self._queue: TaskQueue[Job] = TaskQueue(
            config.queue_limits, self._residency.threads_of, picky=config.reserved_for_live > 0
        )
        self._utilisation = Utilisation(config.workers)
        self._threads = [
            threading.Thread(
                target=self._work,
                args=(Priority.INTERACTIVE if n < config.reserved_for_live else Priority.BATCH,),
                name=f"dauys-worker-{n}",
                daemon=True,  # a process that forgets aclose() can still end
            )
            for n in range(config.workers)
        ]
        for thread in self._threads:
            thread.start()

    async def __aenter__(self) -> InProcessPool:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def call(self, task: Task) -> Any:
        """Run a task and return its result; see ``WorkerPool.call``."""
        job = CallJob(_checked(task), asyncio.get_running_loop(), self._give_way)
        timer = self._submit(job)
        try:
            return await job.future
        finally:
            self._leave(job, timer)

    async def stream(self, task: Task) -> AsyncGenerator[Any, None]:
        """Run a task that yields; see ``WorkerPool.stream``.

        The task is submitted when the first result is asked for. At most four results wait for
        the reader, then the engine (and its worker) waits. Closing the iterator cancels the task.
        """
        job = StreamJob(_checked(task), asyncio.get_running_loop(), self._give_way)
        timer = self._submit(job)
        try:
            async for item in job.items():
                yield item
        finally:
            self._leave(job, timer)

    def load(self) -> PoolLoad:
        """How busy the pool is now."""
        return PoolLoad(
            workers=self.config.workers,
            # A job that gave way and the one it gave way to share a worker.
            busy=min(self._queue.running, self.config.workers),
            queued=self._queue.queued,
            utilisation=self._utilisation.value(),
        )

    @property
    def loaded_models(self) -> tuple[str, ...]:
        """Catalogue ids of the models now in memory, the least recently used first."""
        return self._residency.loaded

    async def aclose(self) -> None:
        """Refuse new tasks, fail queued ones with Unavailable, wait for running ones, unload."""
        for job in self._queue.close():
            job.deliver(None, Unavailable("the worker pool is closing"))
        await asyncio.to_thread(self._join)

    def _join(self) -> None:
        for thread in self._threads:
            thread.join()
        self._residency.close()

    def _submit(self, job: Job) -> asyncio.TimerHandle | None:
        self._queue.put(job)
        if job.task.timeout is None:
            return None
        loop = asyncio.get_running_loop()
        return loop.call_later(job.task.timeout, self._expire, job)

    def _expire(self, job: Job) -> None:
        if self._queue.withdraw(job) or not job.entered:
            job.fail(queued_too_long(job))

    def _leave(self, job: Job, timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()
        job.abandon()
        self._queue.withdraw(job)

    def _work(self, least: Priority) -> None:
        while True:
            wait = self._residency.sweep()
            if wait is None:
                # A model that another worker uses now will be idle later.
                wait = self.config.idle_unload_seconds
            try:
                job = self._queue.take(least, wait)
            except QueueClosed:
                return
            if job is not None:
                self._run(job, self._utilisation.working())
                del job  # its payload is not to stay while the worker waits

    def _give_way(self, priority: Priority, cancelled: threading.Event) -> None:
        """Between two steps of a long job: run more urgent ones that wait, in its worker's place.

        A job whose caller has left ends at its next check, and is not held up before it.
        """
        while not cancelled.is_set():
            urgent = self._queue.take_waiting(priority)
            if urgent is None:
                return
            # The long job's worker is counted as working already.
            self._run(urgent, nullcontext())

    def _run(self, job: Job, working: AbstractContextManager[None]) -> None:
        jobs = [job]
        try:
            with working, self._residency.use(job.task.model) as engine:
                jobs += self._partners(job, engine)
                outcomes = _compute(engine, jobs)
        except DauysError as raised:  # the model could not be had
            outcomes = [(None, raised)] * len(jobs)
        except BaseException as raised:  # noqa: BLE001 - a worker outlives whatever a load does
            outcomes = [(None, _internal(job.task, raised))] * len(jobs)
        # Results first, so that a session hears them in order.
        for one, (result, error) in zip(jobs, outcomes, strict=True):
            one.deliver(result, error)
        for one in jobs:
            self._queue.finish(one)
        del outcomes  # an error holds this frame, through its traceback

    def _partners(self, job: Job, engine: Engine) -> list[Job]:
        """Queued jobs that the engine can compute together with this one."""
        method = job.task.method
        if method not in engine.batch_methods or not isinstance(job, CallJob):
            return []
        key = engine.batch_key(method, job.task.payload)
        if key is None:
            return []

        def fits(other: Job) -> bool:
            return (
                isinstance(other, CallJob)
                and other.task.method == method
                and engine.batch_key(method, other.task.payload) == key
            )

        return self._queue.take_partners(job, fits, engine.largest_batch - 1, self.config.workers)


_Outcome: TypeAlias = tuple[Any, DauysError | None]


def _compute(engine: Engine, jobs: list[Job]) -> list[_Outcome]:
    """Run jobs together if the engine can, else, or if that fails, one by one."""
    if len(jobs) > 1:
        outcomes = _compute_batch(engine, [job for job in jobs if isinstance(job, CallJob)])
        if outcomes is not None:
            return outcomes
    return [_outcome(job.task, partial(job.run, engine)) for job in jobs]


def _compute_batch(engine: Engine, jobs: list[CallJob]) -> list[_Outcome] | None:
    """None: the batch failed. One that nobody waits for any more is computed and dropped."""
    method = jobs[0].task.method
    for job in jobs:
        job.entered = True
    try:
        results = engine.call_batch(
            method, [job.task.payload for job in jobs], [job.context for job in jobs]
        )
    except BaseException as raised:  # noqa: BLE001 - whose fault it is, running alone will show
        log.warning(
            "batch_failed",
            model=jobs[0].task.model,
            method=method,
            size=len(jobs),
            error=type(raised).__name__,
        )
        return None
    return [
        _outcome(job.task, partial(job.conclude, result))
        for job, result in zip(jobs, results, strict=True)
    ]


def _outcome(task: Task, work: Callable[[], Any]) -> _Outcome:
    try:
        return work(), None
    except DauysError as raised:
        return None, raised
    except BaseException as raised:  # noqa: BLE001 - a worker outlives whatever an engine does
        return None, _internal(task, raised)


def _checked(task: Task) -> Task:
    if task.timeout is None:
        return task
    if math.isnan(task.timeout):
        raise InvalidArgument("timeout", "is not a number")
    if math.isinf(task.timeout) and task.timeout > 0:
        return replace(task, timeout=None)
    return replace(task, timeout=max(task.timeout, 0.0))


def _internal(task: Task, cause: BaseException) -> Internal:
    # Messages and local variables may hold what was said: only places are logged.
    frames = traceback.extract_tb(cause.__traceback__)[-5:]
    log.error(
        "engine_failed",
        model=task.model,
        method=task.method,
        error=type(cause).__name__,
        where=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    )
    error = Internal(f"the model {task.model!r} failed in {task.method!r}")
    error.__cause__ = cause
    return error
