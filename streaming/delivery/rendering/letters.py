"""Text that a font can draw: what it lacks is replaced, and said."""

from __future__ import annotations

import functools
import unicodedata
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

import structlog
from PIL import ImageFont

from foundation.errors import InvalidArgument

_log = structlog.get_logger(__name__)

_FONT: Final = "NotoSans-SemiBold.ttf"

_PROBE_SIZE: Final = 32
_NO_LETTER: Final = "\U0010fffe"
"""A code point that is no character, so that no font draws it."""

_STAND_INS: Final = {
    "♪": "#",  # as teletext marks music
    "♫": "#",
    "\u00ad": "",
    "\u200b": "",
    "\u200c": "",
    "\u200d": "",
    "\u200e": "",
    "\u200f": "",
    "\u2060": "",
    "\ufeff": "",
}

_MISSING: Final = "\ufffd"


def font_path(path: Path | None) -> Path:
    """The file of a font, the shipped one if none is named.

    Raises:
        InvalidArgument: the file is no font.
    """
    if path is None:
        # The package lies in a folder: the path stays valid.
        with as_file(files(__package__) / "fonts" / _FONT) as shipped:
            return shipped
    try:
        ImageFont.truetype(path, _PROBE_SIZE)
    except OSError as error:
        raise InvalidArgument("font", f"{path} is no font: {error}") from error
    return path


class Letters:
    """What a font can draw.

    Args:
        path: Of the font.
    """

    def __init__(self, path: Path) -> None:
        self._font = ImageFont.truetype(path, _PROBE_SIZE)
        self._empty = self._picture(_NO_LETTER)
        self._has = functools.lru_cache(maxsize=4096)(self._look_up)
        self._told: set[str] = set()

    def has(self, letter: str) -> bool:
        """Does the font draw this character as itself? Spaces count as drawn."""
        return self._has(letter)

    def printable(self, text: str) -> str:
        """The text in NFC with what cannot be drawn replaced; each lack is logged once.

        A letter with an accent that the font lacks loses the accent; an emoji, however many code
        points it takes, and anything else becomes one replacement character.
        """
        written: list[str] = []
        for letter in unicodedata.normalize("NFC", text):
            if letter.isspace():
                written.append(" ")
            elif letter in _STAND_INS and not self.has(letter):
                written.append(_STAND_INS[letter])
            elif unicodedata.category(letter) in ("Cc", "Cs", "Co", "Cn"):
                self._tell(letter)
            elif self.has(letter):
                written.append(letter)
            else:
                self._tell(letter)
                written.append(self._stand_in(letter, written[-1:] == [_MISSING]))
            if written[-1:] == [""]:
                written.pop()
        return " ".join("".join(written).split())

    def _stand_in(self, letter: str, follows_missing: bool) -> str:
        plain = unicodedata.normalize("NFKD", letter)
        drawn = "".join(part for part in plain if part != letter and self.has(part))
        if drawn:
            return drawn
        # What only changes the emoji before it: variation selectors, skin colours, marks.
        if follows_missing or unicodedata.category(letter) in ("Mn", "Me", "Cf"):
            return ""
        return _MISSING if self.has(_MISSING) else "?"

    def _tell(self, letter: str) -> None:
        if letter not in self._told and len(self._told) < 1000:
            self._told.add(letter)
            name = unicodedata.name(letter, "no character")
            _log.warning("picture.letter_replaced", code_point=f"U+{ord(letter):04X}", name=name)

    def _look_up(self, letter: str) -> bool:
        if letter.isspace():
            return True
        picture = self._picture(letter)
        return picture != self._empty and any(picture[1])

    def _picture(self, letter: str) -> tuple[tuple[int, int], bytes]:
        mask = self._font.getmask(letter)
        return mask.size, bytes(mask)
