"""Several engines hear one feed: one is on air, the others stand by to take over."""

from streaming.redundancy.config import (
    EngineSpec,
    EngineState,
    EngineStatus,
    StandbyConfig,
)
from streaming.redundancy.recognizer import RedundantRecognizer

__all__ = [
    "EngineSpec",
    "EngineState",
    "EngineStatus",
    "RedundantRecognizer",
    "StandbyConfig",
]
