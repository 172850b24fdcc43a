"""What the worker pool costs: ``python -m benchmarks.workers [--calls N] [--json FILE]``.

Each row calls an engine that does nothing, so that only the way there and back is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from benchmarks.report import machine
from models.engines.base import CallContext, Engine, EngineOptions
from workers.in_process import InProcessPool, PoolConfig
from workers.interface import Task
from workers.scheduling import QueueLimits

WARM_UP = 200
TOGETHER = 64
"""Calls under way at once in the last rows."""


@dataclass(frozen=True, slots=True)
class Row:
    """Times of one way of calling, in microseconds."""

    name: str
    calls: int
    median: float
    p95: float
    calls_per_second: float


class EchoEngine(Engine):
    """Returns its payload."""

    concurrent: ClassVar[bool] = True
    methods: ClassVar[dict[str, str]] = {"echo": "echo", "repeat": "repeat"}

    @classmethod
    def open(cls, folder: Path, options: EngineOptions) -> Engine:
        """Nothing to load."""
        return cls()

    def echo(self, payload: Any, context: CallContext) -> Any:
        """The payload."""
        return payload

    def repeat(self, payload: int, context: CallContext) -> range:
        """So many items."""
        return range(payload)


def summarise(name: str, seconds: list[float], elapsed: float) -> Row:
    """Median, 95th percentile and rate."""
    cuts = statistics.quantiles(seconds, n=20)
    return Row(
        name,
        len(seconds),
        statistics.median(seconds) * 1e6,
        cuts[18] * 1e6,
        len(seconds) / elapsed,
    )


def measure_direct(calls: int) -> Row:
    """The engine without a pool."""
    engine, context, seconds = EchoEngine(), CallContext(), []
    begin = time.perf_counter()
    for _ in range(calls):
        start = time.perf_counter()
        engine.call("echo", None, context)
        seconds.append(time.perf_counter() - start)
    return summarise("engine, directly", seconds, time.perf_counter() - begin)


async def measure(name: str, calls: int, together: int, call: Callable[[], Awaitable[Any]]) -> Row:
    """``calls`` calls, ``together`` at a time."""
    seconds: list[float] = []

    async def caller(count: int) -> None:
        for _ in range(count):
            start = time.perf_counter()
            await call()
            seconds.append(time.perf_counter() - start)

    begin = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(together):
            group.create_task(caller(calls // together))
    return summarise(name, seconds, time.perf_counter() - begin)


async def measure_pool(calls: int, workers: int) -> list[Row]:
    """Calls one by one and many at once, and the items of a stream."""
    config = PoolConfig(workers=workers, queue_limits=QueueLimits(interactive=TOGETHER))
    plain = Task("echo", "echo", None)
    limited = Task("echo", "echo", None, timeout=30.0, session="s")
    rows = []
    async with InProcessPool(lambda model: EchoEngine(), config) as pool:
        for _ in range(WARM_UP):
            await pool.call(plain)
        label = f"pool of {workers}"
        rows.append(await measure(f"{label}, call", calls, 1, lambda: pool.call(plain)))
        rows.append(
            await measure(
                f"{label}, call, session and timeout", calls, 1, lambda: pool.call(limited)
            )
        )
        rows.append(
            await measure(f"{label}, {TOGETHER} calls", calls, TOGETHER, lambda: pool.call(plain))
        )
        stream = pool.stream(Task("echo", "repeat", calls))
        rows.append(await measure(f"{label}, stream item", calls, 1, lambda: anext(stream)))
        await stream.aclose()
    return rows


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=5000)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    rows = [measure_direct(options.calls)]
    for workers in (1, 2):
        rows += asyncio.run(measure_pool(options.calls, workers))
    print(", ".join(f"{name} {value}" for name, value in machine().items()))
    print(f"{'':44}{'median µs':>12}{'p95 µs':>12}{'calls/s':>12}")
    for row in rows:
        print(f"{row.name:44}{row.median:12.1f}{row.p95:12.1f}{row.calls_per_second:12.0f}")
    if options.json is not None:
        figures = {"machine": machine(), "rows": [asdict(row) for row in rows]}
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
