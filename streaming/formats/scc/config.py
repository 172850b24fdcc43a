"""Options of SCC files."""

from __future__ import annotations

from dataclasses import dataclass

from foundation.errors import InvalidArgument


@dataclass(frozen=True, slots=True)
class SccConfig:
    """Timecode and text of a file; captions run at 30000 / 1001 frames a second."""

    drop_frame: bool = True
    """Timecodes that keep to the clock by leaving out numbers (``;`` before the frames)."""

    programme_start: int = 0
    """Hours of timecode of media time 0: many tapes begin at 01:00:00:00."""

    last_row: int = 15
    """Grid row of the last line: 4 to 15."""

    transliterate: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.programme_start < 24:
            raise InvalidArgument("programme_start", "must be from 0 to 23 h")
        if not 4 <= self.last_row <= 15:
            raise InvalidArgument("last_row", "must be from 4 to 15")
