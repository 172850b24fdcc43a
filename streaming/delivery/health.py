"""How an output fares: its state, its counts, its log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import structlog

from foundation.media_time import Ticks, to_seconds
from foundation.utc import utc_text
from streaming.cues.model import Cue
from streaming.delivery.context import HeardPhrase, VoiceHealth
from streaming.delivery.log import DeliveryLog
from streaming.session_clock import SessionClock
from streaming.session_events import OutputChanged, OutputState

_log = structlog.get_logger(__name__)

_REMEMBERED: Final = 10_000
"""Cues that may be on their way."""


@dataclass(frozen=True, slots=True)
class OutputStatus:
    """How an output is now."""

    name: str
    kind: str
    state: OutputState
    detail: str
    """What failed; empty while it works."""

    since: datetime
    """UTC: since when it is in this state."""

    cues: int
    """That went out; phrases of an output that speaks."""

    lost: int
    """Cues that were given up, phrases that were left out."""

    retries: int
    """How often something was tried again."""

    last_success: datetime | None
    offset_seconds: float
    voice: VoiceHealth | None = None
    """How a voice keeps up; None: it is no voice, or has not spoken yet."""


class OutputHealth:
    """Takes an output's report; tells and logs every change of its state.

    Args:
        name: Of the output.
        kind: Of the output.
        clock: Of the session.
        changed: Is told each change.
        log: Takes each cue; None: nobody keeps them.
    """

    def __init__(
        self,
        name: str,
        kind: str,
        clock: SessionClock,
        changed: Callable[[OutputChanged], object],
        log: DeliveryLog | None = None,
    ) -> None:
        self._name = name
        self._kind = kind
        self._clock = clock
        self._changed = changed
        self._log = log
        self._spoken: dict[tuple[str, int], Ticks] = {}
        self.state = OutputState.STARTING
        self.detail = ""
        self.since = datetime.now(UTC)
        self.cues = 0
        self.lost_cues = 0
        self.retries = 0
        self.last_success: datetime | None = None
        self.voice: VoiceHealth | None = None

    def become(self, state: OutputState, detail: str = "") -> None:
        """The output is in another state, or in the same for another reason."""
        known, self.state, self.detail = self.state, state, detail
        if state is known and state is not OutputState.STARTING:
            return
        self.since = datetime.now(UTC)
        tell = _log.warning if detail else _log.info
        tell("output.state", output=self._name, kind=self._kind, state=state.value, detail=detail)
        self._changed(OutputChanged(self._name, self._kind, state, detail))

    def given(self, track: str, cue: Cue) -> None:
        """The output is about to get a cue; ``cue`` as it was spoken."""
        self._spoken[track, cue.index] = cue.start
        if len(self._spoken) > _REMEMBERED:
            del self._spoken[next(iter(self._spoken))]

    def shown(self, track: str, cue: Cue, at: datetime | None = None) -> None:
        """See ``OutputReport.shown``."""
        now = datetime.now(UTC)
        self.cues += 1
        self.last_success = now
        self._note(track, cue, at or now)
        self.working()

    def lost(self, track: str, cue: Cue, reason: str) -> None:
        """See ``OutputReport.lost``."""
        self.lost_cues += 1
        self._note(track, cue, None, reason)

    def spoken(self, track: str, phrase: HeardPhrase) -> None:
        """See ``OutputReport.spoken``."""
        entry: dict[str, Any] = {}
        if phrase.health is None:
            self.lost_cues += 1
        else:
            self.cues += 1
            self.last_success = datetime.now(UTC)
            self.voice = phrase.health
            entry["rate"] = round(phrase.health.rate, 3)
        self._write(track, phrase.number, phrase.source, phrase.at, entry | _lost(phrase.lost))

    def failing(self, reason: str) -> None:
        """See ``OutputReport.failing``."""
        self.retries += 1
        if not self.state.over:
            self.become(OutputState.FAILING, reason)

    def working(self) -> None:
        """See ``OutputReport.working``."""
        if self.state is OutputState.FAILING:
            self.become(OutputState.LIVE)

    def _note(self, track: str, cue: Cue, shown_at: datetime | None, lost: str = "") -> None:
        start = self._spoken.pop((track, cue.index), cue.start)
        moved = {"moved": round(to_seconds(cue.start - start), 3)}
        self._write(track, cue.index, start, shown_at, moved | _lost(lost))

    def _write(
        self,
        track: str,
        index: int,
        start: Ticks,
        shown_at: datetime | None,
        more: dict[str, Any],
    ) -> None:
        if self._log is None:
            return
        heard_at = self._clock.heard_at(start)
        delay = (shown_at - heard_at).total_seconds() if shown_at and heard_at else None
        entry: dict[str, Any] = {
            "output": self._name,
            "kind": self._kind,
            "track": track,
            "index": index,
            "start": round(to_seconds(start - self._clock.first_sample), 3),
            "heard_at": utc_text(heard_at) if heard_at else None,
            "shown_at": utc_text(shown_at) if shown_at else None,
            "delay": None if delay is None else round(delay, 3),
        }
        self._log.write(entry | more)

    def close(self) -> None:
        """Nothing more comes."""
        if self._log is not None:
            self._log.close()


def _lost(reason: str) -> dict[str, Any]:
    return {"lost": reason} if reason else {}
