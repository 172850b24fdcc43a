"""How one live session asks the pool, and gives way when the pool is busy."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import structlog

from foundation.errors import DeadlineExceeded, ResourceExhausted
from foundation.speech import SAMPLE_RATE
from streaming.recognition.config import LiveRecognizerConfig
from streaming.recognition.pace import StepPace
from workers.interface import Priority, Task

_LONGEST_WAIT: Final = 5.0
"""Seconds between two attempts."""


class PoolAccess:
    """Makes a session's tasks; ``config`` may be replaced while it is on air."""

    def __init__(self, config: LiveRecognizerConfig, session: str, pace: StepPace) -> None:
        self.config = config
        self._session = session
        self._pace = pace
        self._log = structlog.get_logger(__name__).bind(session=session)

    def task(self, model: str, method: str, payload: Any, *, final: bool) -> Task:
        """A live task; one that will not be repeated may take longer."""
        config = self.config
        return Task(
            model=model,
            method=method,
            payload=payload,
            priority=Priority.LIVE,
            timeout=config.final_timeout_seconds if final else config.step_timeout_seconds,
            session=self._session,
        )

    async def yield_to_load(
        self, error: DeadlineExceeded | ResourceExhausted, *, final: bool, **details: Any
    ) -> None:
        """Slow down, say so with ``details``, and wait where the pool asks for it."""
        self._pace.refused()
        self._log.warning(
            "recognition.pool_busy",
            error=type(error).__name__,
            final=final,
            **details,
            step_seconds=self._pace.step_samples / SAMPLE_RATE,
        )
        if isinstance(error, ResourceExhausted):
            wait = error.retry_after
            await asyncio.sleep(
                min(self.config.step_seconds if wait is None else wait, _LONGEST_WAIT)
            )
