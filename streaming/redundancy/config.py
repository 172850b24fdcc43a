"""The engines of a session, and when one takes over from another."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

from foundation.errors import InvalidArgument, check_range
from streaming.recognition import LiveRecognizerConfig, SessionRecognizer


def _as_it_is(config: LiveRecognizerConfig) -> LiveRecognizerConfig:
    return config


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """One engine: how a recogniser that runs on it is made."""

    name: str
    """For operators and logs; each is another."""

    make: Callable[[LiveRecognizerConfig], SessionRecognizer]
    """A fresh recogniser; called again after each failure."""

    adapt: Callable[[LiveRecognizerConfig], LiveRecognizerConfig] = _as_it_is
    """The session's settings as they hold for this engine, which may have a model of its own."""


@dataclass(frozen=True, slots=True)
class StandbyConfig:
    """When an engine takes over.

    Raises:
        InvalidArgument: a figure is out of its range.
    """

    behind_seconds: float = 4.0
    """An engine on air that has so much audio before it gives way to one that has less than half
    as much."""

    unheard_seconds: float = 8.0
    """An engine on air gives way when another has heard words for so long where it has none."""

    unheard_words: int = 5
    """The least number of such words: a cough or some music is no reason."""

    return_seconds: float | None = 60.0
    """An engine that stands earlier in the list takes over again, in a pause, once it has run for
    so long without a fault. None: only an operator gives it back the feed."""

    give_up_seconds: float = 30.0
    """The session fails after so long without any engine."""

    look_seconds: float = 0.25
    """How often the engines are looked at."""

    def __post_init__(self) -> None:
        check_range("look_seconds", self.look_seconds, 0.001, 5.0)
        for field in ("behind_seconds", "unheard_seconds", "give_up_seconds"):
            check_range(field, getattr(self, field), 0.5, 600.0)
        if self.return_seconds is not None:
            check_range("return_seconds", self.return_seconds, 0.0, 86_400.0)
        if not 1 <= self.unheard_words <= 100:
            raise InvalidArgument("unheard_words", f"{self.unheard_words}, must be 1 to 100")


class EngineState(enum.StrEnum):
    """What an engine of a session is doing."""

    ON_AIR = "on-air"
    STANDBY = "standby"
    """It hears the feed, too, and can take over at once."""

    FAILED = "failed"
    """It is started again after a while."""


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """How an engine is."""

    name: str
    state: EngineState
    lag: float
    """Seconds of audio that it has received and not recognised; 0 for a failed one."""

    detail: str = ""
    """Why it failed last; empty: it never has."""

    failures: int = 0
