"""Draws lines of text as one small picture, to be laid over a larger one."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from foundation.errors import InvalidArgument
from streaming.delivery.rendering.config import Colour, Look
from streaming.delivery.rendering.letters import Letters, font_path

_log = structlog.get_logger(__name__)

_LINE_HEIGHT: Final = 1.28
"""Of the em square."""

_OUTLINE: Final = 0.075
_PADDING: Final = 0.28
"""Of a box, left and right of its line."""

_SMALLEST: Final = 0.55
"""A text that is too long is drawn no smaller than this part of its size."""

_STEP: Final = 0.9
_BLACK: Final[Colour] = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Canvas:
    """The picture that is drawn on."""

    width: int
    height: int
    pixel_aspect: Fraction = Fraction(1)
    """Width of a pixel by its height: 64/45 for 16:9 in 720 x 576."""

    def __post_init__(self) -> None:
        if not (16 <= self.width <= 8192 and 16 <= self.height <= 8192):
            raise InvalidArgument("canvas", f"{self.width}x{self.height}: 16 to 8192 pixels a side")
        if not Fraction(1, 4) <= self.pixel_aspect <= 4:
            raise InvalidArgument(
                "canvas", f"pixels of {self.pixel_aspect} are too far from square"
            )


@dataclass(frozen=True, slots=True)
class TextBlock:
    """The lines of one track, and their colour."""

    lines: tuple[str, ...]
    colour: Colour = (255, 255, 255)


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """A picture and where its upper left corner lies; all even, as 4:2:0 and fields want it."""

    x: int
    y: int
    pixels: NDArray[np.uint8]
    """[height, width, 4]: red, green, blue, opacity; colours are not multiplied by opacity."""

    colours: tuple[Colour, ...]
    """Of its letters, as they were asked for."""

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.pixels.shape[0])


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    colour: Colour


class Renderer:
    """Draws on one canvas in one look.

    Args:
        canvas: The picture.
        look: See ``Look``.

    Raises:
        InvalidArgument: the look's font is none.
    """

    def __init__(self, canvas: Canvas, look: Look | None = None) -> None:
        self._canvas = canvas
        self._look = look or Look()
        self._path = font_path(self._look.font)
        self._letters = Letters(self._path)
        self._font = functools.lru_cache(maxsize=32)(self._load)
        margin = self._look.margin_percent / 100
        # Widths are counted in square pixels and made narrower at the end.
        self._room = int(canvas.width * float(canvas.pixel_aspect) * (1 - 2 * margin))
        self._tall = canvas.height * (1 - 2 * margin)

    def draw(self, blocks: Sequence[TextBlock]) -> Overlay | None:
        """All blocks as one picture, the first lowest; None: there is nothing to draw."""
        written = [
            TextBlock(lines, block.colour) for block in blocks if (lines := self._printable(block))
        ]
        if not written:
            return None
        scale = 1.0
        while True:
            size = max(8, round(self._canvas.height * self._look.size_percent / 100 * scale))
            stacked, fits = self._lay_out(written, size)
            if fits or scale * _STEP < _SMALLEST:
                break
            scale *= _STEP
        if not fits:
            _log.warning("picture.text_cut", letters=sum(len(t) for b in written for t in b.lines))
        return self._paint(stacked, size)

    def _printable(self, block: TextBlock) -> tuple[str, ...]:
        lines = (self._letters.printable(line) for line in block.lines)
        return tuple(line for line in lines if line)

    def _load(self, size: int) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(self._path, size)

    def _lay_out(self, blocks: Sequence[TextBlock], size: int) -> tuple[list[_Line], bool]:
        """Lines from top to bottom at this size, cut to their room, and whether nothing was cut."""
        fits = True
        stacked: list[_Line] = []
        most = max(1, int(self._tall / len(blocks) / (size * _LINE_HEIGHT)))
        for block in reversed(blocks):
            lines = self._broken(block.lines, size)
            room = min(self._look.max_lines, most)
            if len(lines) > room:
                fits, lines = False, [*lines[: room - 1], self._cut(lines[room - 1], size)]
            for line in lines:
                whole = self._width(line, size) <= self._room
                fits &= whole
                stacked.append(_Line(line if whole else self._cut(line, size), block.colour))
        return stacked, fits

    def _broken(self, lines: Sequence[str], size: int) -> list[str]:
        """The lines as they are if they fit, else broken anew at spaces."""
        if all(self._width(line, size) <= self._room for line in lines):
            return list(lines)
        broken = [""]
        for word in " ".join(lines).split():
            longer = f"{broken[-1]} {word}".strip()
            if broken[-1] and self._width(longer, size) > self._room:
                broken.append(word)
            else:
                broken[-1] = longer
        return broken

    def _cut(self, line: str, size: int) -> str:
        while line and self._width(line + "…", size) > self._room:
            line = line[: -max(1, len(line) // 20)]
        return line.rstrip() + "…"

    def _width(self, line: str, size: int) -> float:
        return self._font(size).getlength(line) + 2 * round(size * _PADDING)

    def _paint(self, lines: Sequence[_Line], size: int) -> Overlay:
        height = round(size * _LINE_HEIGHT)
        height += height % 2
        strips = [self._strip(line, size, height) for line in lines]
        width = max(strip.shape[1] for strip in strips)
        width += width % 2
        pixels = np.zeros((height * len(strips), width, 4), np.uint8)
        for place, strip in enumerate(strips):
            left = (width - strip.shape[1]) // 2
            pixels[place * height : (place + 1) * height, left : left + strip.shape[1]] = strip
        margin = self._canvas.height * self._look.margin_percent / 100
        top = self._look.place == "top"
        y = margin if top else self._canvas.height - margin - pixels.shape[0]
        pixels = pixels[: self._canvas.height // 2 * 2, : self._canvas.width // 2 * 2]
        x = (self._canvas.width - pixels.shape[1]) / 2
        colours = tuple(dict.fromkeys(line.colour for line in lines))
        return Overlay(int(max(x, 0)) // 2 * 2, int(max(y, 0)) // 2 * 2, pixels, colours)

    def _strip(self, line: _Line, size: int, height: int) -> NDArray[np.uint8]:
        """One line on its background, in the canvas's pixels."""
        font = self._font(size)
        padding = round(size * _PADDING)
        width = max(2, int(np.ceil(font.getlength(line.text))) + 2 * padding)
        ascent, descent = font.getmetrics()
        # Half a line's room above and below the letters, descenders and accents included.
        at = (padding, (height - ascent - descent) / 2)
        letters = Image.new("L", (width, height), 0)
        ImageDraw.Draw(letters).text(at, line.text, fill=255, font=font)
        behind = Image.new("L", (width, height), 0)
        if self._look.background == "box":
            behind.paste(round(255 * self._look.box_opacity), (0, 0, width, height))
        else:
            stroke = max(1, round(size * _OUTLINE))
            ImageDraw.Draw(behind).text(at, line.text, fill=255, font=font, stroke_width=stroke)
        if self._canvas.pixel_aspect != 1:
            narrow = max(2, round(width / self._canvas.pixel_aspect)), height
            letters = letters.resize(narrow, Image.Resampling.LANCZOS)
            behind = behind.resize(narrow, Image.Resampling.LANCZOS)
        return _composed(np.asarray(letters), np.asarray(behind), line.colour)


def _composed(
    letters: NDArray[np.uint8], behind: NDArray[np.uint8], colour: Colour
) -> NDArray[np.uint8]:
    """Letters over black: the opacity of each, then one colour and one opacity a pixel."""
    front = letters.astype(np.float32) / 255
    back = behind.astype(np.float32) / 255 * (1 - front)
    opacity = front + back
    share = np.divide(front, opacity, out=np.zeros_like(front), where=opacity > 0)
    pixels = np.empty((*letters.shape, 4), np.uint8)
    for channel in range(3):
        mixed = colour[channel] * share + _BLACK[channel] * (1 - share)
        pixels[..., channel] = np.rint(mixed)
    pixels[..., 3] = np.rint(opacity * 255)
    return pixels
