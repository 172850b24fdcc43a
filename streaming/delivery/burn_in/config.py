"""How video with burnt-in subtitles is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from foundation.errors import InvalidArgument
from foundation.media_time import Ticks, from_seconds
from streaming.delivery.rendering import Look, colour

MOST_TRACKS: Final = 3

CODECS: Final = ("libx264", "libx265", "h264_nvenc", "hevc_nvenc")

_PRESETS: Final = (
    *("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower"),
    *(f"p{number}" for number in range(1, 8)),  # as NVENC calls them
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnInConfig(Look):
    """Figures of the output.

    Raises:
        InvalidArgument: a figure out of its bounds.
    """

    colours: tuple[str, ...] = ("white", "yellow")
    """Of the first track, which stands lowest, and those above it: names, or #rrggbb. So many of
    an output's tracks are drawn as there are colours, 1 to 3."""

    delay_seconds: float = 10.0
    """How much later than it came the feed goes out, 0 to 60: what recognition, cue building and
    translation take, and the length of a cue, so that text and picture meet. Encoding adds up to a
    second."""

    codec: str = "libx264"
    """Of the picture, as ffmpeg calls encoders. Not MPEG-2: its encoder takes no timestamps of
    90 kHz."""

    preset: str = "veryfast"
    """Of the encoder; p1 to p7 for NVENC."""

    bitrate_kbits: int = 0
    """Of the picture, 100 to 100000; 0: by its size, 8000 for 1920 x 1080."""

    gop_seconds: float = 2.0
    """From one key frame to the next, 0.2 to 10."""

    b_frames: int = 2
    """Between two others, 0 to 4."""

    threads: int = 0
    """Of the encoder, 0 to 64; 0: as many as it likes."""

    def __post_init__(self) -> None:
        Look.__post_init__(self)
        if not 1 <= len(self.colours) <= MOST_TRACKS:
            raise InvalidArgument("colours", f"must be 1 to {MOST_TRACKS}")
        for place, name in enumerate(self.colours):
            colour(name, f"colours[{place}]")
        if not 0 <= self.delay_seconds <= 60:
            raise InvalidArgument("delay_seconds", "must be 0 to 60 seconds")
        if self.codec not in CODECS:
            raise InvalidArgument("codec", f"{self.codec!r} is not one of {', '.join(CODECS)}")
        if self.preset not in _PRESETS:
            raise InvalidArgument("preset", f"{self.preset!r} is not one of {', '.join(_PRESETS)}")
        if self.bitrate_kbits != 0 and not 100 <= self.bitrate_kbits <= 100_000:
            raise InvalidArgument("bitrate_kbits", "must be 0 or 100 to 100000 kbit/s")
        if not 0.2 <= self.gop_seconds <= 10:
            raise InvalidArgument("gop_seconds", "must be 0.2 to 10 seconds")
        if not 0 <= self.b_frames <= 4:
            raise InvalidArgument("b_frames", "must be 0 to 4")
        if not 0 <= self.threads <= 64:
            raise InvalidArgument("threads", "must be 0 to 64")

    @property
    def delay(self) -> Ticks:
        """How much later the feed goes out."""
        return from_seconds(self.delay_seconds)
