"""How a track is spoken, and what keeps the voice in time."""

from __future__ import annotations

from dataclasses import dataclass

from foundation.errors import check_range
from foundation.synthesis import MAX_RATE
from streaming.synthesis.config import MAX_LOUDNESS, MIN_LOUDNESS


@dataclass(frozen=True, slots=True)
class InterpretationConfig:
    """How a track is spoken.

    An interpreter who falls behind speaks faster, then summarises. This voice speaks faster too; it
    cannot summarise, so beyond a bound it leaves whole phrases out and says so.

    Raises:
        InvalidArgument: a figure is out of its range.
    """

    rate: float = 1.0
    """The voice's speed where it is in time, as a factor on its own."""

    max_rate: float = 1.4
    """Its speed where it is late; beyond 1.4 listeners tire."""

    hurry_from: float = 1.0
    """Seconds of speech that wait to be heard, from which on it speaks faster."""

    hurry_until: float = 6.0
    """Seconds at which it speaks at ``max_rate``."""

    leave_out_from: float = 15.0
    """Seconds of speech that wait; beyond, phrases are left out."""

    pause_seconds: float = 1.2
    """Words that end no sentence are spoken when none has followed for so long."""

    longest_phrase: int = 240
    """Characters; a longer sentence is spoken in parts."""

    gap_seconds: float = 0.15
    """Seconds of silence between two phrases at least."""

    loudness: float | None = None
    """LUFS that the voice is brought to, -40 to -10; a phrase is then spoken whole before it is
    heard. Else the voice is as loud as it is."""

    notice: bool = False
    """Begin by saying that the voice is synthetic."""

    def __post_init__(self) -> None:
        check_range("rate", self.rate, 0.5, MAX_RATE)
        check_range("max_rate", self.max_rate, self.rate, MAX_RATE)
        check_range("hurry_from", self.hurry_from, 0.0, 60.0)
        check_range("hurry_until", self.hurry_until, self.hurry_from + 0.1, 120.0)
        check_range("leave_out_from", self.leave_out_from, self.hurry_until, 600.0)
        check_range("pause_seconds", self.pause_seconds, 0.1, 30.0)
        check_range("longest_phrase", self.longest_phrase, 40, 1000)
        check_range("gap_seconds", self.gap_seconds, 0.0, 5.0)
        if self.loudness is not None:
            check_range("loudness", self.loudness, MIN_LOUDNESS, MAX_LOUDNESS)

    def rate_at(self, waiting_seconds: float) -> float:
        """How fast to speak while so much speech waits to be heard."""
        share = (waiting_seconds - self.hurry_from) / (self.hurry_until - self.hurry_from)
        return self.rate + (self.max_rate - self.rate) * min(max(share, 0.0), 1.0)
