"""What an EBU STL file declares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

from foundation.errors import InvalidArgument


class Display(Enum):
    """Display standard code (Tech 3264, GSI field DSC)."""

    OPEN = b"0"
    """Open subtitles: rows of letters, no teletext codes."""

    TELETEXT = b"1"
    """Level-1 teletext: boxed rows of double height."""


@dataclass(frozen=True, slots=True)
class StlConfig:
    """Options of a file; all have defaults."""

    display: Display = Display.OPEN
    programme_start: int = 0
    """Seconds: the timecode of media time 0 (36000 for a tape that begins at 10:00:00:00)."""

    columns: int = 40
    """Letters of a row: 20 to 42, in teletext to 35, where five columns are codes."""

    title: str = ""
    created: date | None = None
    """None: today."""

    publisher: str = "Dauys"
    country: str = "KAZ"
    """ISO 3166, three letters."""

    automatic: bool = True
    """Say in the user's area that nobody has checked the text."""

    transliterate: bool = False

    def __post_init__(self) -> None:
        if not 20 <= self.columns <= 42:
            raise InvalidArgument("columns", "must be from 20 to 42")
        if not 0 <= self.programme_start < 24 * 3600:
            raise InvalidArgument("programme_start", "must be from 0 to 86399 s")
        if not (len(self.country) == 3 and self.country.isascii() and self.country.isupper()):
            raise InvalidArgument("country", "must be three capitals, such as KAZ")
