"""How often a session is decoded: as often as wanted, or as often as the machine can."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from foundation.speech import SAMPLE_RATE
from streaming.events import Pace
from streaming.recognition.config import LiveRecognizerConfig

_MEMORY = 0.7
"""Weight of the past in the running mean of a decoding's duration."""

_SLACK = 1.25
"""A step waits for this many times the audio that passes while one is decoded."""

_LONGEST_STEP = 5.0
_STRETCH_LIMIT = 8.0

_FIRST_HOLD = 20.0
_LONGEST_HOLD = 320.0
"""Seconds at a reduced pace until the full one is tried again; doubled each time it fails soon."""

_RELAPSE_SECONDS = 60.0


class StepPace:
    """One session's pace.

    First steps stretch with the time that they take. Where that is not enough the pace is
    *reduced*: steps are few and far apart and show no tentative text. The full pace is tried again
    after a while that grows each time it proves too much.

    Args:
        config: See ``LiveRecognizerConfig``.
        session: For the log.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        config: LiveRecognizerConfig,
        session: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config = config
        self._clock = clock
        self._log = structlog.get_logger(__name__).bind(session=session)
        self._duration = 0.0
        self._stretch = 1.0
        self._reduced_at: float | None = None
        self._full_since = clock() - _RELAPSE_SECONDS
        self._hold = _FIRST_HOLD
        self._behind = False

    @property
    def reduced(self) -> bool:
        """Is tentative text withheld?"""
        return self._reduced_at is not None

    @property
    def pace(self) -> Pace:
        """What watchers are to know."""
        if self._behind:
            return Pace.BEHIND
        return Pace.REDUCED if self.reduced else Pace.FULL

    @property
    def step_samples(self) -> int:
        """New audio that makes the next step worth while."""
        wanted = max(self._config.step_seconds, self._duration * _SLACK)
        if self.reduced:
            wanted = max(wanted, self._config.reduced_step_seconds)
        return round(min(wanted * self._stretch, _LONGEST_STEP) * SAMPLE_RATE)

    def took(self, seconds: float) -> None:
        """A window was decoded; queueing counts."""
        self._stretch = 1.0
        self._duration = self._duration * _MEMORY + seconds * (1 - _MEMORY)
        now = self._clock()
        if self._reduced_at is None:
            if self._duration * _SLACK > self._config.reduce_from_seconds:
                self._reduce(now)
        elif now - self._reduced_at >= self._hold:
            self._reduced_at = None
            self._full_since = now
            self._duration = min(self._duration, self._config.step_seconds / _SLACK)
            self._log.info("recognition.full_pace")

    def refused(self) -> None:
        """A decoding was refused, or its time ran out."""
        self._stretch = min(self._stretch * 2, _STRETCH_LIMIT)

    def lags(self, seconds: float) -> None:
        """So much audio waits to be decoded."""
        limit = self._config.behind_seconds
        behind = seconds > (limit / 2 if self._behind else limit)
        if behind != self._behind:
            self._behind = behind
            if behind and not self.reduced:
                self._reduce(self._clock())
            self._log.warning("recognition.behind" if behind else "recognition.caught_up")

    def _reduce(self, now: float) -> None:
        relapsed = now - self._full_since < _RELAPSE_SECONDS
        self._hold = min(self._hold * 2, _LONGEST_HOLD) if relapsed else _FIRST_HOLD
        self._reduced_at = now
        self._log.warning(
            "recognition.reduced_pace", decode_seconds=self._duration, hold_seconds=self._hold
        )
