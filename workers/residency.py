"""Which models are loaded: on first use, once, and no longer than memory and use allow."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from foundation.errors import DauysError, FailedPrecondition, Unavailable
from models.engines.base import Engine

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Resident:
    engine: Engine
    size: int
    users: int
    last_used: float


class Residency:
    """Loaded engines, counted by their users; a model in use is never closed.

    The budget counts what engines say of themselves (``Engine.memory_bytes``). It may be passed
    only for as long as models in use or pinned need it: room is made before a model of known size
    is loaded, after a load, and whenever a user leaves.

    Args:
        load_engine: opens a model by its catalogue id; called outside the lock, so that other
            models go on meanwhile.
        memory_budget_bytes: None: no limit.
        idle_unload_seconds: ``sweep`` unloads a model unused for so long; None: never.
        pinned: models that stay once loaded.
        on_loaded: called after a model was loaded, outside the lock.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        load_engine: Callable[[str], Engine],
        *,
        memory_budget_bytes: int | None = None,
        idle_unload_seconds: float | None = None,
        pinned: Iterable[str] = (),
        on_loaded: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load_engine = load_engine
        self._budget = memory_budget_bytes
        self._idle_seconds = idle_unload_seconds
        self._pinned = frozenset(pinned)
        self._on_loaded = on_loaded
        self._clock = clock
        self._lock = threading.Lock()
        self._closed = False
        self._residents: dict[str, _Resident] = {}
        self._loading: dict[str, Future[None]] = {}
        self._known_sizes: dict[str, int] = {}

    @contextmanager
    def use(self, model: str) -> Iterator[Engine]:
        """Hold a model, loading it if need be (the calling thread waits).

        Raises:
            FailedPrecondition: the model alone is larger than the budget.
            Unavailable: closed, or the load failed with something else than a DauysError.
            DauysError: whatever the load raised. A failed load is tried again at the next use.
        """
        engine = self._acquire(model)
        try:
            yield engine
        finally:
            self._release(model)

    def threads_of(self, model: str) -> int | None:
        """How many threads may call a model at once: one until it is loaded; None: any number."""
        with self._lock:
            resident = self._residents.get(model)
            return None if resident is not None and resident.engine.concurrent else 1

    def sweep(self) -> float | None:
        """Unload what was idle too long; seconds until the next model's time is up, or None."""
        if self._idle_seconds is None:
            return None
        with self._lock:
            now = self._clock()
            idle = self._idle()
            spent = [m for m in idle if now - self._residents[m].last_used >= self._idle_seconds]
            removed = [(m, self._residents.pop(m).engine) for m in spent]
            waits = [
                self._residents[m].last_used + self._idle_seconds - now
                for m in idle
                if m in self._residents
            ]
        self._unload(removed, "idle")
        return min(waits, default=None)

    def close(self) -> None:
        """Refuse further use and unload all; a model in use is unloaded when its users leave."""
        with self._lock:
            self._closed = True
            removed = [
                (m, self._residents.pop(m).engine)
                for m, resident in list(self._residents.items())
                if resident.users == 0
            ]
        self._unload(removed, "closing")

    @property
    def loaded(self) -> tuple[str, ...]:
        """Ids of the loaded models, the least recently used first."""
        with self._lock:
            return tuple(sorted(self._residents, key=lambda m: self._residents[m].last_used))

    @property
    def memory_bytes(self) -> int:
        """What the loaded models hold."""
        with self._lock:
            return self._total()

    def _acquire(self, model: str) -> Engine:
        while True:
            with self._lock:
                if self._closed:
                    raise Unavailable("the worker pool is closed")
                if (resident := self._residents.get(model)) is not None:
                    resident.users += 1
                    return resident.engine
                loading = self._loading.get(model)
                if loading is None:
                    future = self._loading[model] = Future()
                    break
            loading.result()  # another thread loads it; its failure is ours as well
        try:
            engine = self._load(model)
        except BaseException as error:
            with self._lock:
                self._loading.pop(model, None)
            future.set_exception(error)
            raise
        future.set_result(None)
        self._on_loaded()
        return engine

    def _load(self, model: str) -> Engine:
        self._check_fits(model)
        self._make_room(self._known_sizes.get(model, 0))
        began = time.monotonic()
        try:
            engine = self._load_engine(model)
        except DauysError:
            raise
        except BaseException as error:
            log.error("model_load_failed", model=model, error=type(error).__name__)
            raise Unavailable(f"the model {model!r} could not be loaded") from error
        size = engine.memory_bytes()
        with self._lock:
            self._known_sizes[model] = size
            refused = self._closed or (self._budget is not None and size > self._budget)
            if not refused:
                self._residents[model] = _Resident(engine, size, 1, self._clock())
                del self._loading[model]
        if refused:
            self._unload([(model, engine)], "refused")
            self._check_fits(model)
            raise Unavailable("the worker pool is closed")
        log.info("model_loaded", model=model, bytes=size, seconds=time.monotonic() - began)
        self._make_room(0)
        return engine

    def _release(self, model: str) -> None:
        with self._lock:
            resident = self._residents[model]
            resident.users -= 1
            resident.last_used = self._clock()
            gone = self._closed and resident.users == 0
            if gone:
                del self._residents[model]
        if gone:
            self._unload([(model, resident.engine)], "closing")
        else:
            self._make_room(0)

    def _check_fits(self, model: str) -> None:
        size = self._known_sizes.get(model, 0)
        if self._budget is not None and size > self._budget:
            raise FailedPrecondition(
                f"the model {model!r} takes {size} bytes; the workers' memory budget is "
                f"{self._budget}"
            )

    def _make_room(self, coming: int) -> None:
        if self._budget is None:
            return
        removed = []
        with self._lock:
            excess = self._total() + coming - self._budget
            for model in self._idle() if excess > 0 else ():
                resident = self._residents.pop(model)
                removed.append((model, resident.engine))
                excess -= resident.size
                if excess <= 0:
                    break
        self._unload(removed, "evicted")

    def _idle(self) -> list[str]:
        """Models that may go, the least recently used first. Under the lock."""
        idle = [m for m, r in self._residents.items() if r.users == 0 and m not in self._pinned]
        return sorted(idle, key=lambda m: self._residents[m].last_used)

    def _total(self) -> int:
        return sum(resident.size for resident in self._residents.values())

    def _unload(self, engines: list[tuple[str, Engine]], reason: str) -> None:
        for model, engine in engines:
            try:
                engine.close()
            except BaseException as error:  # noqa: BLE001 - no engine may end a worker
                log.error("model_close_failed", model=model, error=type(error).__name__)
            else:
                log.info("model_unloaded", model=model, reason=reason)
