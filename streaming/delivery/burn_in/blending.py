"""Lays an overlay over frames of Y'CbCr 4:2:0."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from streaming.delivery.rendering import Overlay

_BT709: Final = 1
"""AVCOL_SPC_BT709."""

_UNKNOWN: Final = 2
_FULL_RANGE: Final = 2
"""AVCOL_RANGE_JPEG."""

_WEIGHTS: Final = {True: (0.2126, 0.0722), False: (0.299, 0.114)}
"""Of red and blue in luma: ITU-R BT.709, BT.601."""


class Stamp:
    """An overlay made ready for frames of one kind: colours converted, multiplied by opacity.

    Args:
        overlay: At even coordinates and of even size.
        bt709: The frames' matrix; otherwise BT.601.
        full_range: Of the frames' values.
    """

    def __init__(self, overlay: Overlay, *, bt709: bool, full_range: bool) -> None:
        self._x, self._y = overlay.x, overlay.y
        self._width, self._height = overlay.width, overlay.height
        pixels = overlay.pixels.astype(np.float32)
        opacity = pixels[..., 3] / 255
        red_weight, blue_weight = _WEIGHTS[bt709]
        red, green, blue = (pixels[..., channel] for channel in range(3))
        luma = red_weight * red + (1 - red_weight - blue_weight) * green + blue_weight * blue
        luma_scale, chroma_scale = (1.0, 1.0) if full_range else (219 / 255, 224 / 255)
        low = 0 if full_range else 16
        cb = 128 + chroma_scale * (blue - luma) / (2 * (1 - blue_weight))
        cr = 128 + chroma_scale * (red - luma) / (2 * (1 - red_weight))
        self._planes = [
            _scaled(low + luma_scale * luma, opacity),
            _scaled(_halved(cb * opacity), _halved(opacity), multiplied=True),
            _scaled(_halved(cr * opacity), _halved(opacity), multiplied=True),
        ]

    def lay_over(self, frame: Any) -> None:
        """Draw on an ``av.VideoFrame`` of yuv420p that may be written to."""
        for number, (colour, rest) in enumerate(self._planes):
            shift = 1 if number else 0
            plane = frame.planes[number]
            rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
            x, y = self._x >> shift, self._y >> shift
            # The frame may be smaller than what was drawn for it: a picture that changed its size.
            height = max(0, min(self._height >> shift, plane.height - y))
            width = max(0, min(self._width >> shift, plane.width - x))
            part = rows[y : y + height, x : x + width]
            mixed = part * rest[:height, :width] + colour[:height, :width]
            part[...] = mixed >> 8


def is_bt709(frame: Any) -> bool:
    """The matrix of a frame; where it is not said, as receivers assume it by the height."""
    space = int(frame.colorspace)
    return space == _BT709 or (space == _UNKNOWN and frame.height > 576)


def is_full_range(frame: Any) -> bool:
    """Values from 0 to 255 rather than 16 to 235."""
    return int(frame.color_range) == _FULL_RANGE


def _halved(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """The mean of each two by two."""
    rows, columns = values.shape
    halved: NDArray[np.floating] = values.reshape(rows // 2, 2, columns // 2, 2).mean(axis=(1, 3))
    return halved


def _scaled(
    values: NDArray[np.floating], opacity: NDArray[np.floating], *, multiplied: bool = False
) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """Values times opacity, and what is left of what lies beneath, both of 256."""
    over = values if multiplied else values * opacity
    rest = np.rint(256 * (1 - opacity)).astype(np.uint16)
    # Half of the last bit, so that what is not covered comes out as it went in.
    return np.rint(over * 256 + 0.5).astype(np.uint16).clip(max=0xFFFF), rest
