"""How a transport stream with DVB subtitles is laid out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from foundation.errors import InvalidArgument
from foundation.languages import ISO_639_2
from foundation.media_time import Ticks, from_seconds
from streaming.delivery.rendering import Look
from streaming.delivery.renditions import Rendition

"""ISO 639-2, terminologic, as DVB has it."""

Display = Literal["auto", "720x576", "1280x720", "1920x1080"]
DISPLAYS: Final[tuple[Display, ...]] = ("auto", "720x576", "1280x720", "1920x1080")


@dataclass(frozen=True, slots=True, kw_only=True)
class DvbConfig(Look):
    """Figures of the output.

    Raises:
        InvalidArgument: a figure out of its bounds.
    """

    delay_seconds: float = 10.0
    """How much later than it came the feed goes out, 0 to 60: what recognition, cue building and
    translation take, and the length of a cue, so that text and picture meet."""

    colours: Literal[4, 16] = 16
    """Some old receivers know 4 only."""

    display: Display = "auto"
    """The plane that subtitles are placed on. ``auto``: as large as the picture."""

    repeat_seconds: float = 2.0
    """A page that stands is sent again so often, for receivers that have just tuned in: 0.5 to 10.
    """

    kilobits: int = 400
    """Per second and language, at most: 64 to 2000. EN 300 743 lets a decoder of standard
    definition pages read 192 kbit/s."""

    first_pid: int = 0x0300
    """Of the subtitles: 16 to 8190; those that the feed has are passed over."""

    def __post_init__(self) -> None:
        Look.__post_init__(self)
        if not 0 <= self.delay_seconds <= 60:
            raise InvalidArgument("delay_seconds", "must be 0 to 60 seconds")
        if self.colours not in (4, 16):
            raise InvalidArgument("colours", "must be 4 or 16")
        if self.display not in DISPLAYS:
            raise InvalidArgument("display", f"{self.display!r}: use {', '.join(DISPLAYS)}")
        if not 0.5 <= self.repeat_seconds <= 10:
            raise InvalidArgument("repeat_seconds", "must be 0.5 to 10 seconds")
        if not 64 <= self.kilobits <= 2000:
            raise InvalidArgument("kilobits", "must be 64 to 2000 kbit/s")
        if not 16 <= self.first_pid <= 8190:
            raise InvalidArgument("first_pid", "must be 16 to 8190")

    @property
    def delay(self) -> Ticks:
        """How much later the feed goes out."""
        return from_seconds(self.delay_seconds)

    @property
    def repeat(self) -> Ticks:
        """How often a page that stands is sent."""
        return from_seconds(self.repeat_seconds)


@dataclass(frozen=True, slots=True)
class DvbTrack:
    """A subtitle service as receivers list it."""

    track: str
    """The session's name of the track."""

    language: str
    """ISO 639-2: three letters."""

    hearing_impaired: bool
    """It writes what is spoken, in the same language."""

    def __post_init__(self) -> None:
        if len(self.language) != 3 or not self.language.isascii() or not self.language.isalpha():
            raise InvalidArgument("track", f"{self.language!r} is no code of ISO 639-2")


def dvb_track(rendition: Rendition) -> DvbTrack:
    """The service of a track; ``mul`` where several languages are spoken."""
    languages = rendition.languages
    code = ISO_639_2[languages[0]] if len(languages) == 1 else "mul"
    return DvbTrack(rendition.track, code, hearing_impaired=not rendition.translated)
