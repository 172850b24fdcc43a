"""A WebVTT segment as text (RFC 8216 §3.5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from foundation.media_time import Ticks
from streaming.cues.model import Cue
from streaming.delivery.segments.segmenter import Segment
from streaming.formats.webvtt.writer import WebVttWriter

WRAP: Final[Ticks] = 1 << 33
"""MPEG-TS timestamps count modulo 2^33 (ISO/IEC 13818-1 §2.4.3.7)."""

_TICKS_PER_MILLISECOND: Final = 90


def webvtt_segment(segment: Segment, track: str) -> bytes:
    """A track's part of a segment: UTF-8, also without a cue.

    ``X-TIMESTAMP-MAP`` maps local time 0 to the feed's timestamp, modulo 2^33, of the segment's
    start or of its first cue, whichever is earlier. All segments of a stretch round to the same
    milliseconds, so that a cue has the same times in each of them: players know by these, and by
    its identifier, that it is one.
    """
    cues = segment.cues.get(track, ())
    base = _base(segment, cues)
    writer = WebVttWriter()
    timestamp = (base - segment.offset) % WRAP
    head = f"WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:{timestamp},LOCAL:00:00:00.000\n\n"
    return (head + "".join(writer.cue(cue.shifted(-base)) for cue in cues)).encode()


def _base(segment: Segment, cues: Sequence[Cue]) -> Ticks:
    first = min([segment.start, *(cue.start for cue in cues)])
    return first - (first - segment.anchor) % _TICKS_PER_MILLISECOND
