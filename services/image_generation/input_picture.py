"""Pictures that callers send: looked at before they are decoded, for a small file can be huge."""

from __future__ import annotations

import io
import struct
import warnings
from typing import Final

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from foundation.errors import InvalidArgument
from foundation.images import MAX_INPUT_SIDE, Mask, Picture

MAX_BYTES: Final = 32 << 20
MAX_PIXELS: Final = 32_000_000
"""Decoded, 96 MB."""

_FORMATS: Final = ("PNG", "JPEG", "WEBP")


def read_picture(content: bytes, field: str = "image") -> Picture:
    """A PNG, JPEG or WebP file as it is to be looked at: turned as it says, transparency on white.

    Raises:
        InvalidArgument: it is too large, in bytes or in pixels, or it is no such file.
    """
    image = _opened(content, field)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("RGB"), np.uint8)


def read_mask(content: bytes, field: str = "mask") -> Mask:
    """A mask from such a file: what is brighter than middle grey is painted anew.

    Raises:
        InvalidArgument: as of ``read_picture``.
    """
    grey = np.asarray(_opened(content, field).convert("L"), np.uint8)
    return np.where(grey > 127, np.uint8(255), np.uint8(0))


def _opened(content: bytes, field: str) -> Image.Image:
    if len(content) > MAX_BYTES:
        raise InvalidArgument(field, f"{len(content)} bytes, limit {MAX_BYTES}")
    try:
        with warnings.catch_warnings():
            # Pillow warns of many pixels; the limit below is ours and lower.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content), formats=_FORMATS)
        width, height = image.size
        if max(width, height) > MAX_INPUT_SIDE or width * height > MAX_PIXELS:
            raise InvalidArgument(
                field,
                f"{width}x{height} pixels, limits {MAX_INPUT_SIDE} a side and {MAX_PIXELS} in all",
            )
        return _eight_bits(ImageOps.exif_transpose(image))
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise InvalidArgument(field, f"is no PNG, JPEG or WebP of a usual size: {error}") from error
    except (OSError, ValueError, SyntaxError, struct.error) as error:
        # What Pillow's readers raise of files that are cut short or broken.
        raise InvalidArgument(field, f"cannot be decoded: {error}") from error


def _eight_bits(image: Image.Image) -> Image.Image:
    """Greys of 16 bits as greys of 8. Pillow's own ``convert`` makes all but the darkest white."""
    if not image.mode.startswith("I"):
        return image
    grey = Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8))
    clear = image.info.get("transparency")
    if not isinstance(clear, int):
        return grey
    # Which of the greys of 16 bits is transparent no longer stands out among those of 8.
    seen = np.where(np.asarray(image) == clear, np.uint8(0), np.uint8(255))
    return Image.merge("LA", (grey, Image.fromarray(seen)))
