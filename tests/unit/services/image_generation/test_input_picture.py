"""Pictures from callers, hostile ones among them."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from foundation.errors import InvalidArgument
from services.image_generation.input_picture import MAX_BYTES, read_mask, read_picture


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is of this size."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    body = b"IDAT" + zlib.compress(b"\0" * 64)
    data = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return b"\x89PNG\r\n\x1a\n" + chunk + data


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_three_formats_are_read(kind: str) -> None:
    picture = read_picture(encoded(Image.new("RGB", (30, 20), (200, 40, 90)), kind))
    assert picture.shape == (20, 30, 3)
    assert np.abs(picture.astype(int) - (200, 40, 90)).max() < 8


def test_it_is_turned_as_the_camera_says_and_has_no_transparency() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    turned = read_picture(encoded(Image.new("RGB", (30, 20)), "JPEG", exif=exif))
    assert turned.shape == (30, 20, 3)
    clear = read_picture(encoded(Image.new("RGBA", (4, 4), (255, 0, 0, 0)), "PNG"))
    assert (clear == 255).all()


def test_a_mask_is_black_or_white() -> None:
    grey = Image.fromarray(np.array([[0, 127, 128, 255]], np.uint8))
    assert read_mask(encoded(grey, "PNG")).tolist() == [[0, 0, 255, 255]]


def test_greys_of_16_bits_are_not_white() -> None:
    deep = Image.fromarray(np.array([[0, 255, 0x4000, 0x7FFF, 0x8000, 0xFFFF]], np.uint16))
    file = encoded(deep, "PNG")
    assert read_picture(file)[0, :, 0].tolist() == [0, 0, 0x40, 0x7F, 0x80, 0xFF]
    assert read_mask(file).tolist() == [[0, 0, 0, 0, 255, 255]]
    clear = encoded(deep, "PNG", transparency=0x4000)
    assert read_picture(clear)[0, :, 0].tolist() == [0, 0, 255, 0x7F, 0x80, 0xFF]


def broken_exif() -> bytes:
    """A PNG whose camera says in words of its own which way it was held."""
    entries = struct.pack("<HHHII", 2, 0x0112, 3, 1, 6) + struct.pack("<HHII", 0x0128, 2, 1, 0x41)
    exif = b"II*\0\x08\0\0\0" + entries + bytes(4)
    return encoded(Image.new("RGB", (40, 30)), "PNG", exif=exif)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no PNG, JPEG or WebP"),
        (b"no picture", "is no PNG, JPEG or WebP"),
        (bytes(MAX_BYTES + 1), f"{MAX_BYTES + 1} bytes, limit {MAX_BYTES}"),
        (claiming(20_000, 20_000), "of a usual size|20000x20000 pixels"),
        (claiming(8_000, 8_000), "8000x8000 pixels, limits"),
        (claiming(9_000, 10), "9000x10 pixels, limits 8192 a side"),
        (claiming(500, 500), "cannot be decoded"),
        (broken_exif(), "cannot be decoded"),
        (encoded(Image.new("RGB", (9, 9)), "GIF"), "is no PNG, JPEG or WebP"),
        (encoded(Image.new("RGB", (90, 90)), "JPEG")[:200], "is no PNG|cannot be decoded"),
    ],
)
def test_what_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(InvalidArgument, match=said) as raised:
        read_picture(content, "config.image")
    assert raised.value.field == "config.image"
