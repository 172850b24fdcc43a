"""Loads a model before the first word is spoken."""

from __future__ import annotations

import numpy as np
import structlog

from foundation.errors import DauysError
from foundation.speech import SAMPLE_RATE, RecognitionRequest
from workers.interface import Priority, Task, WorkerPool

_log = structlog.get_logger(__name__)


async def warm_up(pool: WorkerPool, model: str) -> None:
    """Have a speech model loaded and run once on silence; a failure is logged, not raised."""
    silence = RecognitionRequest(np.zeros(SAMPLE_RATE, np.float32), languages=("en",))
    try:
        await pool.call(Task(model, "recognize", silence, Priority.INTERACTIVE))
    except DauysError as error:
        _log.warning("model.warm_up_failed", model=model, reason=error.message)
