"""How a live output in segments is laid out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from foundation.errors import InvalidArgument
from foundation.media_time import Ticks, from_seconds

Video = Literal["none", "copy"]

_LEAST_SEGMENTS: Final = 3
"""A live playlist holds no less than three target durations (RFC 8216 §6.2.2)."""


@dataclass(frozen=True, slots=True)
class SegmentsConfig:
    """Figures of the segments and of what lists them.

    Raises:
        InvalidArgument: a figure out of its bounds.
    """

    output: ClassVar[str] = "segments"
    """Whose figures they are, for errors."""

    segment_seconds: float = 4.0
    """Length of a segment: 1 to 30 s."""

    window_seconds: float = 60.0
    """What a live playlist or manifest holds; 0: everything (an event, a recording)."""

    hold_seconds: float = 6.0
    """How long after its end a segment of subtitles is published: what recognition, cue building
    and translation may take for a cue to stand in every segment that it overlaps."""

    late_seconds: float = 15.0
    """A cue that comes when all its segments are out is shown later, by so much at most."""

    video: Video = "none"
    """``copy``: the feed's picture and sound as segments beside the subtitles."""

    video_delay_seconds: float | None = None
    """How much later than heard picture and sound are published: 0 to 10 s. Without it so much
    that a player that stays three segments behind the end has the text of what it plays
    (docs/HLS.md)."""

    def __post_init__(self) -> None:
        if not 1 <= self.segment_seconds <= 30:
            raise self._refusal("segment_seconds", "must be 1 to 30 seconds")
        least = _LEAST_SEGMENTS * self.segment_seconds
        if self.window_seconds != 0 and not least <= self.window_seconds <= 86_400:
            raise self._refusal(
                "window_seconds", f"must be 0 (keep all) or {least:g} to 86400 seconds"
            )
        if not 0 <= self.hold_seconds <= 60:
            raise self._refusal("hold_seconds", "must be 0 to 60 seconds")
        if not 0 <= self.late_seconds <= 60:
            raise self._refusal("late_seconds", "must be 0 to 60 seconds")
        if self.video not in ("none", "copy"):
            raise self._refusal("video", f"{self.video!r} is not none or copy")
        if self.video_delay_seconds is not None and not 0 <= self.video_delay_seconds <= 10:
            raise self._refusal("video_delay_seconds", "must be 0 to 10 seconds")

    def _refusal(self, field: str, reason: str) -> InvalidArgument:
        return InvalidArgument(f"{self.output}.{field}", reason)

    @property
    def segment(self) -> Ticks:
        """Length of a segment."""
        return from_seconds(self.segment_seconds)

    @property
    def window(self) -> Ticks | None:
        """What a live playlist or manifest holds; None: everything."""
        return from_seconds(self.window_seconds) if self.window_seconds else None

    @property
    def hold(self) -> Ticks:
        """How long after its end a segment of subtitles is published."""
        return from_seconds(self.hold_seconds)

    @property
    def video_delay(self) -> Ticks:
        """How much later than heard picture and sound are published."""
        if self.video_delay_seconds is not None:
            return from_seconds(self.video_delay_seconds)
        # A text is with the player two segments and the hold after it was spoken at the latest
        # (its segment must end, the player must look again); what is played, three segments and
        # the delay after it was heard at the earliest.
        return max(0, self.hold - self.segment)

    @property
    def late(self) -> Ticks:
        """The longest that a cue is put off."""
        return from_seconds(self.late_seconds)
