"""Loads a voice before the first text comes."""

from __future__ import annotations

import structlog

from foundation.errors import DauysError
from workers.interface import Task, WorkerPool

_log = structlog.get_logger(__name__)


async def warm_up(pool: WorkerPool, voice: str) -> None:
    """Have a voice loaded; a failure is logged, not raised."""
    try:
        await pool.call(Task(voice, "capabilities", None))
    except DauysError as error:
        _log.warning("voice.warm_up_failed", voice=voice, reason=error.message)
