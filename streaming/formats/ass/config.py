"""How burned-in subtitles look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from foundation.errors import InvalidArgument


@dataclass(frozen=True, slots=True)
class AssConfig:
    """Looks of a script, for a picture of 1920 × 1080 that libass scales to the real one.

    The defaults let two lines of 42 letters stand in the safe area of a 16:9 picture.
    """

    font: str = "DejaVu Sans"
    """It must have every letter of the track. DejaVu Sans and Noto Sans have all Kazakh ones; where
    the font is missing libass takes another."""

    font_size: int = 58
    """Of 1080: the height of a line."""

    place: Literal["bottom", "top"] = "bottom"
    background: Literal["outline", "box"] = "outline"
    safe_margin_percent: int = 10
    """Kept free at each edge of the picture: 0 to 40."""

    title: str = ""
    automatic: bool = True
    """Say in the script's head that nobody has checked the text."""

    def __post_init__(self) -> None:
        if not 0 <= self.safe_margin_percent <= 40:
            raise InvalidArgument("safe_margin_percent", "must be from 0 to 40")
        if not 8 <= self.font_size <= 300:
            raise InvalidArgument("font_size", "must be from 8 to 300")
        if not self.font.strip() or any(sign in self.font for sign in ",\r\n"):
            raise InvalidArgument("font", "must be the name of a font, without a comma")
