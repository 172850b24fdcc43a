"""How subtitles look in a picture."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from foundation.errors import InvalidArgument

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

COLOURS: Final[dict[str, Colour]] = {
    "white": (255, 255, 255),
    "yellow": (255, 255, 0),
    "cyan": (0, 255, 255),
    "green": (0, 255, 0),
    "magenta": (255, 0, 255),
    "red": (255, 64, 64),
    "blue": (128, 128, 255),
    "black": (0, 0, 0),
}
"""The colours that viewers of teletext subtitles know, by their names; red and blue are lightened
to be read on black."""

LABEL_COLOUR: Final[Colour] = (200, 200, 200)

_HEX: Final = re.compile(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", re.IGNORECASE)


def colour(name: str, field: str = "colour") -> Colour:
    """A colour by its name, or by ``#rrggbb``.

    Raises:
        InvalidArgument: names ``field``; it is neither.
    """
    if name in COLOURS:
        return COLOURS[name]
    found = _HEX.fullmatch(name)
    if found is None:
        known = ", ".join(COLOURS)
        raise InvalidArgument(field, f"{name!r} is no #rrggbb and none of {known}")
    red, green, blue = (int(part, 16) for part in found.groups())
    return red, green, blue


@dataclass(frozen=True, slots=True)
class Look:
    """Font, size and place of subtitles; the defaults suit a 16:9 picture.

    Raises:
        InvalidArgument: a figure out of its bounds.
    """

    font: Path | None = None
    """A TrueType or OpenType file; without it the Noto Sans that is shipped, which has every letter
    of Kazakh, Russian and English."""

    size_percent: float = 5.2
    """The em square of the font, of the picture's height: 2 to 15."""

    background: Literal["outline", "box"] = "outline"
    """Letters with a black outline, or on a dark box a line."""

    box_opacity: float = 0.75
    """0 to 1."""

    place: Literal["bottom", "top"] = "bottom"
    """Where text stands."""

    margin_percent: float = 7.5
    """Kept free at each edge of the picture, 0 to 25; EBU R 95 asks for 5 % for graphics."""

    max_lines: int = 3
    """Of one track, 1 to 4; a longer text becomes smaller before anything is cut."""

    label: str = ""
    """Stands in grey above each cue until operators say that it need not: "automatic subtitles"."""

    def __post_init__(self) -> None:
        if len(self.label) > 60:
            raise InvalidArgument("label", f"has {len(self.label)} characters, limit 60")
        if not 2 <= self.size_percent <= 15:
            raise InvalidArgument("size_percent", "must be 2 to 15 per cent")
        if self.background not in ("outline", "box"):
            raise InvalidArgument("background", f"{self.background!r} is not outline or box")
        if not 0 <= self.box_opacity <= 1:
            raise InvalidArgument("box_opacity", "must be 0 to 1")
        if self.place not in ("bottom", "top"):
            raise InvalidArgument("place", f"{self.place!r} is not bottom or top")
        if not 0 <= self.margin_percent <= 25:
            raise InvalidArgument("margin_percent", "must be 0 to 25 per cent")
        if not 1 <= self.max_lines <= 4:
            raise InvalidArgument("max_lines", "must be 1 to 4")
