from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from foundation.errors import FailedPrecondition, NotFound, Unavailable
from models.engines.base import Engine, EngineOptions
from workers.in_process import InProcessPool, PoolConfig
from workers.interface import Task
from workers.residency import Residency

PATIENCE = 20.0


class SizedEngine(Engine):
    concurrent: ClassVar[bool] = True
    methods: ClassVar[dict[str, str]] = {"echo": "echo"}

    def __init__(self, size: int = 0, on_close: Callable[[], None] = lambda: None) -> None:
        self.size = size
        self.closed = 0
        self.on_close = on_close

    @classmethod
    def open(cls, folder: Path, options: EngineOptions) -> Engine:
        raise NotImplementedError

    def echo(self, payload: Any, context: Any) -> Any:
        return payload

    def memory_bytes(self) -> int:
        return self.size

    def close(self) -> None:
        self.closed += 1
        self.on_close()


class ResidencyMachine(RuleBasedStateMachine):
    """Random use of models with sizes 1 to 5 in a budget of 8; ``e`` is pinned."""

    BUDGET = 8
    SIZES: ClassVar[dict[str, int]] = {"a": 1, "b": 2, "c": 3, "d": 5, "e": 4}

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.opened: list[tuple[str, SizedEngine]] = []
        self.held: list[tuple[str, Engine, ExitStack]] = []
        self.residency = Residency(
            self.load,
            memory_budget_bytes=self.BUDGET,
            idle_unload_seconds=10,
            pinned=["e"],
            clock=lambda: self.now,
        )

    def load(self, model: str) -> Engine:
        engine = SizedEngine(self.SIZES[model])
        self.opened.append((model, engine))
        return engine

    @rule(model=st.sampled_from("abcde"))
    def use(self, model: str) -> None:
        stack = ExitStack()
        self.held.append((model, stack.enter_context(self.residency.use(model)), stack))

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, len(self.held) - 1))
        self.held.pop(index)[2].close()

    @rule(seconds=st.integers(1, 6))
    def pass_time(self, seconds: int) -> None:
        self.now += seconds
        self.residency.sweep()

    @invariant()
    def none_in_use_is_closed_and_each_model_is_loaded_once(self) -> None:
        alive = [m for m, e in self.opened if not e.closed]
        assert sorted(alive) == sorted(self.residency.loaded)
        assert len(alive) == len(set(alive))
        assert all(e.closed <= 1 for _, e in self.opened)
        for model, engine, _ in self.held:
            assert isinstance(engine, SizedEngine)
            assert not engine.closed, model

    @invariant()
    def memory_stays_in_the_budget(self) -> None:
        needed = {m for m, _, _ in self.held} | ({"e"} & set(self.residency.loaded))
        if sum(self.SIZES[m] for m in needed) <= self.BUDGET:
            assert self.residency.memory_bytes <= self.BUDGET
        else:
            assert set(self.residency.loaded) == needed

    @invariant()
    def a_pinned_model_stays(self) -> None:
        assert all(not e.closed for m, e in self.opened if m == "e")

    def teardown(self) -> None:
        self.residency.close()
        for _, _, stack in self.held:
            stack.close()
        assert all(e.closed == 1 for _, e in self.opened)


ResidencyMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
TestResidencyMachine = ResidencyMachine.TestCase


def test_the_least_recently_used_goes_first() -> None:
    now = iter(range(100))
    residency = Residency(
        lambda model: SizedEngine(1), memory_budget_bytes=2, clock=lambda: next(now)
    )
    for model in ("a", "b", "a", "c"):
        with residency.use(model):
            pass
    assert residency.loaded == ("a", "c")


def test_concurrent_first_uses_load_once_and_do_not_hold_up_others() -> None:
    gate, loading = threading.Event(), threading.Event()
    loads: list[str] = []

    def load(model: str) -> Engine:
        loads.append(model)
        if model == "slow":
            loading.set()
            assert gate.wait(PATIENCE)
        return SizedEngine()

    residency = Residency(load)
    engines: list[Engine] = []

    def use() -> None:
        with residency.use("slow") as engine:
            engines.append(engine)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert loading.wait(PATIENCE)
    with residency.use("quick"):
        assert residency.threads_of("slow") == 1
        assert residency.threads_of("quick") is None
    gate.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(engines) == 8
    assert len(set(map(id, engines))) == 1
    assert sorted(loads) == ["quick", "slow"]


@pytest.mark.parametrize(("raised", "seen"), [(NotFound("no"), NotFound), (OSError(), Unavailable)])
def test_a_failed_load_is_not_remembered(raised: Exception, seen: type[Exception]) -> None:
    outcomes: list[Exception | None] = [raised, None]

    def load(model: str) -> Engine:
        if (outcome := outcomes.pop(0)) is not None:
            raise outcome
        return SizedEngine()

    residency = Residency(load)
    with pytest.raises(seen), residency.use("m"):
        pass
    with residency.use("m"):
        assert residency.loaded == ("m",)


def test_a_model_over_the_budget_is_refused_and_loaded_only_once() -> None:
    engines: list[SizedEngine] = []

    def load(model: str) -> Engine:
        engines.append(SizedEngine(9))
        return engines[-1]

    residency = Residency(load, memory_budget_bytes=8)
    for _ in range(2):
        with pytest.raises(FailedPrecondition, match="takes 9 bytes"), residency.use("m"):
            pass
    assert [e.closed for e in engines] == [1]


def test_room_is_made_before_a_model_of_known_size_is_loaded() -> None:
    order: list[str] = []

    def load(model: str) -> Engine:
        order.append(f"load {model}")
        return SizedEngine(3, lambda: order.append(f"close {model}"))

    residency = Residency(load, memory_budget_bytes=4)
    for model in ("a", "b", "a"):
        with residency.use(model):
            pass
    assert order == ["load a", "load b", "close a", "close b", "load a"]


def test_an_engine_that_cannot_close_harms_no_one() -> None:
    def fail() -> None:
        raise RuntimeError("stuck")

    residency = Residency(lambda model: SizedEngine(1, fail), memory_budget_bytes=1)
    for model in ("a", "b"):
        with residency.use(model):
            pass
    assert residency.loaded == ("b",)
    residency.close()
    with pytest.raises(Unavailable), residency.use("a"):
        pass


def test_closing_during_a_load_closes_what_was_loaded() -> None:
    engine = SizedEngine()
    residency: Residency

    def load(model: str) -> Engine:
        residency.close()
        return engine

    residency = Residency(load)
    with pytest.raises(Unavailable), residency.use("m"):
        pass
    assert engine.closed == 1


async def test_an_idle_pool_unloads() -> None:
    closed = threading.Event()
    config = PoolConfig(workers=2, idle_unload_seconds=0.01)
    async with InProcessPool(lambda model: SizedEngine(1, closed.set), config) as pool:
        assert await pool.call(Task("m", "echo", 5)) == 5
        assert closed.wait(PATIENCE)
        assert pool.loaded_models == ()
        assert await pool.call(Task("m", "echo", 6)) == 6
