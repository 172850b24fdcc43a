"""The bytes of display sets, field by field (EN 300 743 §7.2)."""

from __future__ import annotations

import numpy as np
import pytest

from streaming.delivery.dvb.segments import DisplaySize, PagePicture, PageWriter, page_picture
from streaming.delivery.rendering import Overlay


def picture(width: int = 8, height: int = 4, colours: int = 16) -> PagePicture:
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[1:3, 2:6] = (255, 255, 255, 255)
    return page_picture(Overlay(100, 200, pixels, ((255, 255, 255),)), colours)


def segments(data: bytes) -> dict[int, bytes]:
    assert data[:2] == b"\x20\x00"
    assert data[-1] == 0xFF
    found: dict[int, bytes] = {}
    at = 2
    while data[at] == 0x0F:
        assert data[at + 2 : at + 4] == b"\x00\x01"  # the page's id
        length = int.from_bytes(data[at + 4 : at + 6], "big")
        found[data[at + 1]] = found.get(data[at + 1], b"") + data[at + 6 : at + 6 + length]
        at += 6 + length
    assert at == len(data) - 1
    return found


@pytest.mark.parametrize("colours", [4, 16])
def test_a_page_holds_what_a_receiver_needs(colours: int) -> None:
    found = segments(PageWriter(1, DisplaySize(720, 576)).show(picture(colours=colours), 7))
    assert list(found) == [0x10, 0x11, 0x12, 0x13, 0x80]
    assert found[0x10] == bytes((7, 0x0B)) + bytes((0, 0xFF)) + b"\x00\x64\x00\xc8"
    depth = 0x4B if colours == 16 else 0x27
    assert found[0x11] == bytes((0, 0x0F, 0, 8, 0, 4, depth, 0, 0, 3)) + b"\x00\x00\x00\x00\xf0\x00"
    assert len(found[0x12]) == 2 + 6 * colours
    assert found[0x12][2:8] == bytes((0, 0x5F if colours == 16 else 0x9F, 0, 0x80, 0x80, 0xFF))
    # White, opaque: the last entries' steps lie between it and black.
    entries = [found[0x12][at : at + 6] for at in range(2, len(found[0x12]), 6)]
    assert any(entry[2:] == bytes((235, 128, 128, 0)) for entry in entries)
    assert found[0x13][:3] == b"\x00\x00\x01"
    top, bottom = (int.from_bytes(found[0x13][at : at + 2], "big") for at in (3, 5))
    assert len(found[0x13]) == 7 + top + bottom


def test_high_definition_says_the_size_of_its_plane() -> None:
    found = segments(PageWriter(1, DisplaySize(1920, 1080)).show(picture(), 7))
    assert found[0x14] == b"\x07" + (1919).to_bytes(2, "big") + (1079).to_bytes(2, "big")


def test_versions_rise_and_a_repetition_keeps_those_of_its_contents() -> None:
    writer = PageWriter(1, DisplaySize(720, 576))
    assert writer.again(3) == b""
    sets = [writer.show(picture(), 5), writer.again(3), writer.erase(), writer.show(picture(), 5)]
    found = [segments(each) for each in sets]
    page = [each[0x10][1] for each in found]
    assert [value >> 4 for value in page] == [0, 1, 2, 3]
    assert [value >> 2 & 3 for value in page] == [2, 1, 0, 2]  # mode change, acquisition, normal
    assert [each[0x11][1] >> 4 for each in found if 0x11 in each] == [0, 0, 1]
    assert found[0][0x13] == found[1][0x13]
    assert list(found[2]) == [0x10, 0x80]
    assert writer.again(3) != b""
    for _ in range(40):
        writer.show(picture(), 999)
    assert segments(writer.show(picture(), 999))[0x10][0] == 255


def test_a_picture_too_large_for_one_object_is_cut_into_several() -> None:
    rng = np.random.default_rng(0)
    pixels = np.zeros((300, 1600, 4), np.uint8)
    pixels[..., :3] = rng.integers(0, 2, (300, 1600, 1)) * 255
    pixels[..., 3] = 255
    page = page_picture(Overlay(0, 0, pixels, ((255, 255, 255),)), 16)
    assert len(page.objects) > 1
    assert [row % 2 for row, _, _ in page.objects] == [0] * len(page.objects)
    assert all(len(top) + len(bottom) <= 60_000 for _, top, bottom in page.objects)
    data = PageWriter(1, DisplaySize(1920, 1080)).show(page, 5)
    assert segments(data)[0x11][10:].count(b"\x00\x00\xf0\x00") == 1
