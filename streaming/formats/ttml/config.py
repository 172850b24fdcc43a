"""How TTML documents look."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from foundation.errors import InvalidArgument
from foundation.languages import Language


class Profile(StrEnum):
    """Which profile of TTML a document declares."""

    IMSC = "imsc"
    """IMSC 1.1 Text Profile (W3C Recommendation of 8 November 2018): DASH, CMAF, HLS."""

    EBU_TT_D = "ebu-tt-d"
    """EBU-TT-D (EBU Tech 3380): HbbTV, DVB-DASH."""


class Place(StrEnum):
    """Where cues stand."""

    BOTTOM = "bottom"
    TOP = "top"


@dataclass(frozen=True, slots=True)
class TtmlConfig:
    """Profile and looks of a document.

    The defaults let two lines of 42 letters stand in the safe area of a 16:9 picture.
    """

    profile: Profile = Profile.IMSC

    language: Language | None = None
    """Of the document; cues in another say theirs. None: every cue says its own."""

    place: Place = Place.BOTTOM

    safe_margin_percent: int = 10
    """Kept free at each edge of the picture: 0 to 40."""

    font_percent: int = 80
    """Of a fifteenth of the picture's height."""

    fraction_digits: Literal[3, 5] = 3
    """Of seconds. Three are what players expect; five give every 90 kHz tick back exactly."""

    title: str = ""
    originating_system: str = "Dauys"
    automatic: bool = True
    """Say in the metadata that nobody has checked the text."""

    def __post_init__(self) -> None:
        if not 0 <= self.safe_margin_percent <= 40:
            raise InvalidArgument("safe_margin_percent", "must be from 0 to 40")
        if not 10 <= self.font_percent <= 400:
            raise InvalidArgument("font_percent", "must be from 10 to 400")
        if self.fraction_digits not in (3, 5):
            raise InvalidArgument("fraction_digits", "must be 3 or 5")
