"""One engine of the list, running or not, and when it is started again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from streaming.redundancy.config import EngineSpec, EngineState, EngineStatus
from streaming.redundancy.engine import RunningEngine

_BACK_OFF_SECONDS: Final = (1.0, 2.0, 5.0, 10.0, 30.0)


@dataclass(slots=True, eq=False)
class Place:
    """What is known of one engine over all its starts."""

    spec: EngineSpec
    engine: RunningEngine | None = None
    """None: it failed, and is not started again yet."""

    started: float = 0.0
    again_at: float = 0.0
    detail: str = ""
    """Why it failed last."""

    failures: int = 0
    _in_a_row: int = 0

    @property
    def alive(self) -> bool:
        """Does it hear what it is given?"""
        return self.engine is not None and self.engine.alive

    @property
    def ended_well(self) -> bool:
        """Has it committed all it heard?"""
        engine = self.engine
        return engine is not None and not engine.alive and engine.failure is None

    def begin(self, engine: RunningEngine, now: float) -> None:
        """It runs from now on."""
        self.engine, self.started = engine, now

    def fail(self, detail: str, now: float) -> float:
        """It does not run any more; returns the seconds until it should be started again."""
        lasted = now - self.started
        self._in_a_row = 1 if lasted > _BACK_OFF_SECONDS[-1] else self._in_a_row + 1
        self.failures += 1
        self.detail, self.engine = detail, None
        delay = _BACK_OFF_SECONDS[min(self._in_a_row, len(_BACK_OFF_SECONDS)) - 1]
        self.again_at = now + delay
        return delay

    def status(self, *, on_air: bool) -> EngineStatus:
        """As operators see it."""
        state, lag = EngineState.FAILED, 0.0
        if self.engine is not None and self.engine.alive:
            state, lag = EngineState.STANDBY, self.engine.lag
            if on_air:
                state = EngineState.ON_AIR
        return EngineStatus(self.spec.name, state, lag, self.detail, self.failures)
