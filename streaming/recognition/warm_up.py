"""Loads a model before the first word is spoken."""

from __future__ import annotations

import numpy as np
import structlog

from foundation.errors import DauysError
from foundation.speech import SAMPLE_RATE, RecognitionRequest
from workers.interface import Priority, Task, WorkerPool

_log = structlog.get_logger(__name__)

_NOISE = 1e-3
"""-60 dBFS."""


async def load(pool: WorkerPool, model: str) -> None:
    """Have a speech model loaded and run once.

    Raises:
        DauysError: it could not be loaded.
    """
    # Engines answer silence without computing: this is just loud enough to be listened to.
    noise = np.random.default_rng(0).normal(0, _NOISE, SAMPLE_RATE).astype(np.float32)
    await pool.call(Task(model, "recognize", RecognitionRequest(noise), Priority.INTERACTIVE))


async def warm_up(pool: WorkerPool, model: str) -> None:
    """As ``load``; a failure is logged, not raised."""
    try:
        await load(pool, model)
    except DauysError as error:
        _log.warning("model.warm_up_failed", model=model, reason=error.message)
