"""What every worker pool keeps, whatever it is made of."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from foundation.errors import (
    Cancelled,
    DauysError,
    DeadlineExceeded,
    Internal,
    InvalidArgument,
    NotFound,
    ResourceExhausted,
    Unavailable,
)
from models.engines.base import CallContext, Engine, EngineOptions
from workers.in_process import InProcessPool, PoolConfig
from workers.interface import Priority, Task, WorkerPool
from workers.scheduling import QueueLimits
from workers.testing import FakePool

PATIENCE = 20.0
"""Seconds after which a test that waits for a thread fails."""


class Bench:
    """What the tasks of a test do, and what they leave behind."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.entered = threading.Semaphore(0)
        self.ended = threading.Semaphore(0)
        self.order: list[Any] = []
        self.inside = 0
        self.most_inside = 0
        self.produced = 0
        self.contexts: list[CallContext] = []
        self.batches: list[list[Any]] = []
        self._lock = threading.Lock()

    def echo(self, payload: Any) -> Any:
        with self._lock:
            self.order.append(payload)
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        with self._lock:
            self.inside -= 1
        return payload

    def wait(self, payload: Any) -> Any:
        self.entered.release()
        assert self.gate.wait(PATIENCE)
        return self.echo(payload)

    def fail(self, payload: Any) -> Any:
        raise payload

    def count(self, payload: int) -> Iterator[int]:
        try:
            for number in range(payload):
                self.produced = number + 1
                yield number
        finally:
            self.ended.release()

    def count_and_fail(self, payload: int) -> Iterator[int]:
        yield from range(payload)
        raise ValueError("secret words")

    def run(self, method: str, payload: Any) -> Any:
        handler: Callable[[Any], Any] | None = getattr(self, method, None)
        if handler is None:
            raise NotFound(f"no method {method!r}")
        return handler(payload)

    async def has_entered(self, times: int = 1) -> None:
        for _ in range(times):
            assert await asyncio.to_thread(self.entered.acquire, timeout=PATIENCE)

    async def has_ended(self) -> None:
        assert await asyncio.to_thread(self.ended.acquire, timeout=PATIENCE)


class BenchEngine(Engine):
    concurrent: ClassVar[bool] = True

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    @classmethod
    def open(cls, folder: Path, options: EngineOptions) -> Engine:
        raise NotImplementedError

    def call(self, method: str, payload: Any, context: CallContext) -> Any:
        self.bench.contexts.append(context)
        if method == "in_steps":
            for step in range(payload):
                self.bench.wait(step)
                context.give_way()
                context.check()
            return payload
        if method == "until_told":
            self.bench.entered.release()
            try:
                while not context.cancelled.wait(0.001):
                    context.check()
                context.check()
            finally:
                self.bench.ended.release()
        return self.bench.run(method, payload)

    def stream(self, method: str, payload: Any, context: CallContext) -> Iterator[Any]:
        yield from self.bench.run(method, payload)


class SerialEngine(BenchEngine):
    concurrent: ClassVar[bool] = False


class BatchingEngine(SerialEngine):
    """Computes payloads of one type together; a negative number spoils its batch."""

    batch_methods: ClassVar[Mapping[str, str]] = {"wait": "wait_all"}
    largest_batch: ClassVar[int] = 4

    def batch_key(self, method: str, payload: Any) -> Hashable | None:
        return type(payload).__name__

    def wait_all(self, payloads: Sequence[Any], contexts: Sequence[CallContext]) -> list[Any]:
        self.bench.batches.append(list(payloads))
        if any(payload < 0 for payload in payloads):
            raise InvalidArgument("payload", "is negative")
        return [payload * 10 for payload in payloads]


Make = Callable[..., WorkerPool]


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture(params=["in_process", "fake"])
async def make(request: pytest.FixtureRequest, bench: Bench) -> AsyncIterator[Make]:
    pools: list[WorkerPool] = []

    def load(model: str) -> Engine:
        if model == "unknown":
            raise NotFound(f"no model {model!r}")
        if model == "broken":
            raise OSError("the disk is gone")
        if model == "batching":
            return BatchingEngine(bench)
        return SerialEngine(bench) if model.startswith("serial") else BenchEngine(bench)

    def handle(task: Task) -> Any:
        if task.model == "unknown":
            raise NotFound(f"no model {task.model!r}")
        return bench.run(task.method, task.payload)

    def build(**settings: Any) -> WorkerPool:
        config = PoolConfig(**{"workers": 1, **settings})
        pool: WorkerPool = (
            InProcessPool(load, config)
            if request.param == "in_process"
            else FakePool(handle, config)
        )
        pools.append(pool)
        return pool

    yield build
    bench.gate.set()
    for pool in pools:
        await pool.aclose()


engines_only = pytest.mark.parametrize("make", ["in_process"], indirect=True)


def task(method: str = "echo", payload: Any = None, **rest: Any) -> Task:
    return Task(rest.pop("model", "m"), method, payload, **rest)


async def queued(pool: WorkerPool, count: int) -> None:
    """Let tasks that were just made reach the queue."""
    await asyncio.sleep(0)
    assert pool.load().queued == count


async def test_result_comes_back(make: Make) -> None:
    assert await make().call(task(payload="сәлем")) == "сәлем"


async def test_unknown_model_and_method(make: Make) -> None:
    pool = make()
    with pytest.raises(NotFound):
        await pool.call(task(model="unknown"))
    with pytest.raises(NotFound):
        await pool.call(task("nothing"))
    assert await pool.call(task(payload=1)) == 1


@pytest.mark.parametrize(
    "error", [InvalidArgument("samples", "too long"), ResourceExhausted("x", "y"), Cancelled("no")]
)
async def test_typed_errors_pass(make: Make, error: DauysError) -> None:
    with pytest.raises(type(error)) as caught:
        await make().call(task("fail", error))
    assert caught.value is error


@pytest.mark.parametrize(
    "error",
    [ValueError("secret"), SystemExit(3), KeyboardInterrupt(), StopIteration(), GeneratorExit()],
)
async def test_other_errors_become_internal_and_the_worker_lives(
    make: Make, error: BaseException
) -> None:
    pool = make()
    with pytest.raises(Internal) as caught:
        await pool.call(task("fail", error))
    assert caught.value.__cause__ is error
    assert "secret" not in str(caught.value)
    assert await pool.call(task(payload=1)) == 1


@engines_only
async def test_model_that_cannot_be_had(make: Make) -> None:
    with pytest.raises(Unavailable) as caught:
        await make().call(task(model="broken"))
    assert isinstance(caught.value.__cause__, OSError)


async def test_priorities_then_order_of_submission(make: Make, bench: Bench) -> None:
    pool = make()
    async with asyncio.TaskGroup() as group:
        group.create_task(pool.call(task("wait", "first")))
        await bench.has_entered()
        wanted = []
        for priority in (Priority.BATCH, Priority.INTERACTIVE, Priority.LIVE):
            for number in range(3):
                wanted.append((priority, number))
                group.create_task(pool.call(task(payload=(priority, number), priority=priority)))
        await queued(pool, 9)
        bench.gate.set()
    assert bench.order == ["first", *sorted(wanted)]


async def test_session_runs_in_order_never_two_at_once(make: Make, bench: Bench) -> None:
    pool = make(workers=4)
    bench.gate.set()
    async with asyncio.TaskGroup() as group:
        for number in range(90):
            urgent = Priority.LIVE if number % 3 else Priority.BATCH
            group.create_task(pool.call(task("wait", number, session="s", priority=urgent)))
    assert bench.order == list(range(90))
    assert bench.most_inside == 1


async def test_sessions_do_not_wait_for_each_other(make: Make, bench: Bench) -> None:
    pool = make(workers=2)
    async with asyncio.TaskGroup() as group:
        group.create_task(pool.call(task("wait", "a1", session="a")))
        await bench.has_entered()
        group.create_task(pool.call(task(payload="a2", session="a")))
        assert await pool.call(task(payload="b", session="b")) == "b"
        bench.gate.set()
    assert bench.order == ["b", "a1", "a2"]


async def test_reserved_worker_takes_no_batch(make: Make, bench: Bench) -> None:
    pool = make(workers=2, reserved_for_live=1)
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(pool.call(task("wait", "batch", priority=Priority.BATCH)))
        await bench.has_entered()
        assert await pool.call(task(payload="live", priority=Priority.LIVE)) == "live"
        assert pool.load().queued == 2
        bench.gate.set()


@engines_only
async def test_a_long_task_gives_way_between_its_steps(make: Make, bench: Bench) -> None:
    pool = make(workers=1)
    async with asyncio.TaskGroup() as group:
        long = group.create_task(pool.call(task("in_steps", 2, priority=Priority.BATCH)))
        await bench.has_entered()
        group.create_task(pool.call(task(payload="batch", priority=Priority.BATCH)))
        urgent = [Priority.INTERACTIVE, Priority.LIVE]
        others = [
            group.create_task(pool.call(task(payload=one.name, priority=one))) for one in urgent
        ]
        broken = asyncio.create_task(
            pool.call(task("fail", ValueError(), model="serial", priority=Priority.LIVE))
        )
        await queued(pool, 4)
        assert pool.load().busy == 1
        bench.gate.set()
        await asyncio.gather(*others)
        with pytest.raises(Internal):
            await broken
        assert await long == 2
    # What is as urgent as the long task comes after it; a fault of another is none of its.
    assert bench.order == [0, "LIVE", "INTERACTIVE", 1, "batch"]


@engines_only
async def test_a_task_of_the_same_serial_model_is_not_let_in(make: Make, bench: Bench) -> None:
    pool = make(workers=1)
    long = asyncio.create_task(
        pool.call(task("in_steps", 1, model="serial", priority=Priority.BATCH))
    )
    await bench.has_entered()
    other = asyncio.create_task(
        pool.call(task(payload="other", model="serial", priority=Priority.LIVE))
    )
    await queued(pool, 1)
    bench.gate.set()
    assert [await long, await other] == [1, "other"]
    assert bench.order == [0, "other"]
    assert bench.most_inside == 1


@engines_only
async def test_who_left_gives_way_to_nobody(make: Make, bench: Bench) -> None:
    pool = make(workers=1)
    long = asyncio.create_task(pool.call(task("in_steps", 5, priority=Priority.BATCH)))
    await bench.has_entered()
    urgent = asyncio.create_task(pool.call(task(payload="live", priority=Priority.LIVE)))
    await queued(pool, 1)
    long.cancel()
    with pytest.raises(asyncio.CancelledError):
        await long
    bench.gate.set()
    assert await urgent == "live"
    assert bench.order == [0, "live"]


async def test_deadline_in_the_queue_comes_at_once(make: Make, bench: Bench) -> None:
    pool = make()
    async with asyncio.TaskGroup() as group:
        group.create_task(pool.call(task("wait", "first")))
        await bench.has_entered()
        with pytest.raises(DeadlineExceeded):
            await pool.call(task(payload="late", timeout=0.01))
        with pytest.raises(DeadlineExceeded):
            await pool.call(task(payload="late", timeout=-1))
        with pytest.raises(DeadlineExceeded):
            await anext(pool.stream(task("count", 1, timeout=0.01)))
        assert not bench.gate.is_set()
        assert pool.load().queued == 0
        bench.gate.set()
    assert bench.order == ["first"]


@engines_only
async def test_deadline_while_running(make: Make, bench: Bench) -> None:
    pool = make()
    with pytest.raises(DeadlineExceeded):
        await pool.call(task("until_told", timeout=0.02))
    assert await pool.call(task(payload=1, timeout=float("inf"))) == 1


async def test_result_after_the_deadline_is_no_result(make: Make, bench: Bench) -> None:
    pool = make()
    late = asyncio.create_task(pool.call(task("wait", timeout=0.05)))
    await bench.has_entered()
    asyncio.get_running_loop().call_later(0.1, bench.gate.set)
    with pytest.raises(DeadlineExceeded):
        await late


async def test_cancel_in_the_queue(make: Make, bench: Bench) -> None:
    pool = make()
    async with asyncio.TaskGroup() as group:
        group.create_task(pool.call(task("wait", "first")))
        await bench.has_entered()
        withdrawn = asyncio.create_task(pool.call(task(payload="withdrawn", session="s")))
        group.create_task(pool.call(task(payload="after", session="s")))
        await queued(pool, 2)
        withdrawn.cancel()
        with pytest.raises(asyncio.CancelledError):
            await withdrawn
        assert pool.load().queued == 1
        bench.gate.set()
    assert bench.order == ["first", "after"]


@engines_only
async def test_cancel_while_running(make: Make, bench: Bench) -> None:
    pool = make()
    running = asyncio.create_task(pool.call(task("until_told")))
    await bench.has_entered()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await bench.has_ended()
    assert bench.contexts[0].cancelled.is_set()
    assert await pool.call(task(payload=1)) == 1


async def test_stream_in_order(make: Make) -> None:
    assert [n async for n in make().stream(task("count", 1000))] == list(range(1000))


async def test_stream_goes_at_the_readers_pace(make: Make, bench: Bench) -> None:
    pool = make()
    stream = pool.stream(task("count", 1000))
    for number in range(20):
        assert await anext(stream) == number
        # Other work of the loop does not let the engine run ahead.
        await asyncio.to_thread(lambda: None)
        assert bench.produced <= number + 1 + 4 + 1
    await stream.aclose()  # type: ignore[attr-defined]


async def test_stream_closed_early_ends_the_engines_generator(make: Make, bench: Bench) -> None:
    pool = make()
    stream = pool.stream(task("count", 10**9))
    assert await anext(stream) == 0
    await stream.aclose()  # type: ignore[attr-defined]
    await bench.has_ended()
    assert bench.produced <= 7
    assert await pool.call(task(payload=1)) == 1


async def test_stream_deadline_while_the_reader_is_away(make: Make, bench: Bench) -> None:
    stream = make().stream(task("count", 10**9, timeout=0.05))
    assert await anext(stream) == 0
    await bench.has_ended()
    with pytest.raises(DeadlineExceeded):
        _ = [n async for n in stream]


async def test_stream_error_comes_after_the_items(make: Make) -> None:
    seen = []
    stream = make().stream(task("count_and_fail", 3))
    for _ in range(3):
        seen.append(await anext(stream))
    with pytest.raises(Internal) as caught:
        await anext(stream)
    assert seen == [0, 1, 2]
    assert "secret" not in str(caught.value)


async def test_full_queue_says_so_with_figures(make: Make, bench: Bench) -> None:
    pool = make(queue_limits=QueueLimits(live=1, interactive=3, batch=1))
    async with asyncio.TaskGroup() as group:
        group.create_task(pool.call(task("wait")))
        await bench.has_entered()
        for _ in range(3):
            group.create_task(pool.call(task()))
        await queued(pool, 3)
        with pytest.raises(
            ResourceExhausted, match=r"3 interactive tasks wait .* limit is 3"
        ) as no:
            await pool.call(task())
        assert no.value.subject == "workers.queue.interactive"
        assert no.value.retry_after is not None
        live = group.create_task(pool.call(task(payload="live", priority=Priority.LIVE)))
        bench.gate.set()
        assert await live == "live"


async def test_load_counts(make: Make, bench: Bench) -> None:
    pool = make(workers=2)
    assert pool.load().workers == 2
    async with asyncio.TaskGroup() as group:
        for _ in range(5):
            group.create_task(pool.call(task("wait")))
        await bench.has_entered(2)
        load = pool.load()
        assert (load.busy, load.queued) == (2, 3)
        assert 0 <= load.utilisation <= 1
        bench.gate.set()
    await pool.aclose()
    assert pool.load().busy == 0
    assert pool.load().utilisation > 0


async def test_aclose_waits_for_the_running_and_fails_the_queued(make: Make, bench: Bench) -> None:
    pool = make()
    running = asyncio.create_task(pool.call(task("wait", "ran")))
    await bench.has_entered()
    waiting = [asyncio.create_task(pool.call(task(session="s"))) for _ in range(3)]
    await queued(pool, 3)
    closing = asyncio.create_task(pool.aclose())
    for call in waiting:
        with pytest.raises(Unavailable):
            await call
    with pytest.raises(Unavailable):
        await pool.call(task())
    with pytest.raises(Unavailable):
        await anext(pool.stream(task("count", 1)))
    assert not closing.done()
    bench.gate.set()
    assert await running == "ran"
    await closing
    await pool.aclose()


async def test_a_thousand_at_once(make: Make) -> None:
    pool = make(workers=4, queue_limits=QueueLimits(1000, 1000, 1000))
    calls = [
        pool.call(task(payload=n, priority=Priority(n % 3), session=f"s{n % 7}" if n % 2 else None))
        for n in range(1000)
    ]
    assert await asyncio.gather(*calls) == list(range(1000))


@engines_only
async def test_serial_engine_is_entered_by_one_and_blocks_no_worker(
    make: Make, bench: Bench
) -> None:
    pool = make(workers=2)
    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(pool.call(task("wait", number, model="serial")))
        await bench.has_entered()
        assert await pool.call(task(payload="other")) == "other"
        assert pool.load().busy <= 2
        assert not bench.entered.acquire(blocking=False)
        bench.gate.set()
    assert bench.order == ["other", 0, 1, 2]


@engines_only
async def test_concurrent_engine_is_entered_by_all(make: Make, bench: Bench) -> None:
    pool = make(workers=3)
    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(pool.call(task("wait", number)))
        await bench.has_entered(3)
        bench.gate.set()


def test_closed_loop_harms_no_worker(bench: Bench) -> None:
    pool = InProcessPool(lambda model: BenchEngine(bench), PoolConfig(workers=1))
    loop = asyncio.new_event_loop()

    async def start() -> asyncio.Task[Any]:
        call = asyncio.create_task(pool.call(task("wait")))
        await bench.has_entered()
        return call

    call = loop.run_until_complete(start())
    call.cancel()
    loop.run_until_complete(asyncio.gather(call, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    bench.gate.set()

    async def again() -> Any:
        async with pool:
            return await pool.call(task(payload="alive"))

    assert asyncio.run(again()) == "alive"


async def gathered(pool: WorkerPool, bench: Bench, payloads: list[Any]) -> list[Any]:
    """One task that holds the worker, and behind it those whose results are returned."""
    first = asyncio.create_task(pool.call(task("wait", 0, model="batching")))
    await bench.has_entered()
    waiting = [
        asyncio.create_task(pool.call(task("wait", payload, model="batching")))
        for payload in payloads
    ]
    await queued(pool, len(payloads))
    bench.gate.set()
    await first
    return await asyncio.gather(*waiting, return_exceptions=True)


@engines_only
async def test_tasks_that_wait_are_computed_together(make: Make, bench: Bench) -> None:
    pool = make()
    assert await gathered(pool, bench, [1, 2, 0.5, 3, 4, 5]) == [10, 20, 0.5, 30, 40, 5]
    assert bench.batches == [[1, 2, 3, 4]], "four at most, and of one key; what is left runs alone"
    assert bench.order == [0, 0.5, 5]
    assert await pool.call(task(payload="next", model="batching")) == "next"


@engines_only
async def test_a_failed_batch_runs_one_by_one(make: Make, bench: Bench) -> None:
    results = await gathered(make(), bench, [1, -2, 3])
    assert results == [1, -2, 3], "the one that spoilt the batch is heard alone, as the others are"
    assert bench.batches == [[1, -2, 3]]


@engines_only
async def test_one_of_a_batch_that_is_cancelled_harms_no_other(make: Make, bench: Bench) -> None:
    pool = make()
    first = asyncio.create_task(pool.call(task("wait", 0, model="batching")))
    await bench.has_entered()
    waiting = [
        asyncio.create_task(pool.call(task("wait", n, model="batching", timeout=limit)))
        for n, limit in ((1, None), (2, 0.01), (3, None))
    ]
    await queued(pool, 3)
    waiting[0].cancel()
    with pytest.raises(DeadlineExceeded):
        await waiting[1]
    bench.gate.set()
    await first
    assert await waiting[2] == 3
