"""The badge that tells people that a picture is synthetic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, TypeAlias, get_args

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from foundation.errors import InvalidArgument
from foundation.images import Picture
from foundation.languages import Language
from streaming.delivery.rendering import font_path

Corner: TypeAlias = Literal["top-left", "top-right", "bottom-left", "bottom-right"]

WORDS: Final[Mapping[Language, str]] = {
    "kk": "ЖИ жасаған",
    "ru": "Создано ИИ",
    "en": "AI-generated",
}

_LEAST_LETTERS: Final = 9
"""Pixels of the em square; smaller is not read."""

_BOX: Final = (0, 0, 0, 170)
_LETTERS: Final = (255, 255, 255, 255)


@dataclass(frozen=True, slots=True)
class Badge:
    """Where the badge stands, in which language, how large.

    Raises:
        InvalidArgument: a value is unknown or out of its range.
    """

    corner: Corner = "bottom-right"
    language: Language = "kk"
    size_percent: float = 3.0
    """The em square of the letters, of the picture's shorter side: 1.5 to 15."""

    def __post_init__(self) -> None:
        if self.corner not in get_args(Corner):
            known = ", ".join(get_args(Corner))
            raise InvalidArgument("badge.corner", f"{self.corner!r} is not one of {known}")
        if self.language not in WORDS:
            known = ", ".join(WORDS)
            raise InvalidArgument("badge.language", f"{self.language!r} is not one of {known}")
        if not 1.5 <= self.size_percent <= 15:
            raise InvalidArgument(
                "badge.size_percent", f"{self.size_percent:g} is not in 1.5..15 per cent"
            )


def with_badge(picture: Picture, badge: Badge) -> Picture:
    """A copy of the picture with the badge: white letters on a dark box in its corner.

    Letters are at least 9 pixels high, and made smaller only where the words do not fit in.
    """
    height, width = picture.shape[:2]
    box, place = _box(badge, width, height)
    drawn = Image.fromarray(picture)  # a copy, as all that has three channels
    drawn.paste(box, place, box)
    return np.asarray(drawn, np.uint8)


@lru_cache(maxsize=64)
def _box(badge: Badge, width: int, height: int) -> tuple[Image.Image, tuple[int, int]]:
    """The badge for pictures of a size, and where its upper left corner stands."""
    wanted = max(_LEAST_LETTERS, round(min(height, width) * badge.size_percent / 100))
    words = WORDS[badge.language]
    for em in range(wanted, 0, -1):
        font = ImageFont.truetype(font_path(None), em)
        left, top, right, bottom = font.getbbox(words)
        padding, margin = max(1, em // 2), max(1, em // 2)
        size = (round(right - left) + 2 * padding, round(bottom - top) + 2 * padding)
        if size[0] + 2 * margin <= width and size[1] + 2 * margin <= height:
            break
    box = Image.new("RGBA", size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(box)
    draw.rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), em // 3, fill=_BOX)
    draw.text((padding - left, padding - top), words, fill=_LETTERS, font=font)
    x = margin if badge.corner.endswith("left") else max(0, width - margin - size[0])
    y = margin if badge.corner.startswith("top") else max(0, height - margin - size[1])
    return box, (x, y)
