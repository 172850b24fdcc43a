"""How an HLS output is laid out."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import ClassVar, Final

from streaming.delivery.segments.config import SegmentsConfig

TRANSCRIPTION: Final = "public.accessibility.transcribes-spoken-dialog"
"""What the spoken track is (RFC 8216 §4.3.4.1). It is no ``public.easy-to-read``, which says that
text was edited for ease of reading, and no ``describes-music-and-sound``."""


@dataclass(frozen=True, slots=True)
class HlsConfig(SegmentsConfig):
    """Figures of the segments and playlists.

    Raises:
        InvalidArgument: a figure out of its bounds.
    """

    output: ClassVar[str] = "hls"

    @property
    def target_duration(self) -> int:
        """EXT-X-TARGETDURATION, the same for all playlists of a live stream (RFC 8216 §6.2.4)."""
        return ceil(self.segment_seconds)
