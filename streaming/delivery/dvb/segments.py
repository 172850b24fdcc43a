"""Segments of DVB subtitles (ETSI EN 300 743 §7.2), and the display sets that they make. Pure."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from streaming.delivery.dvb.run_lengths import field_block
from streaming.delivery.rendering import Overlay, reduced

_SYNC: Final = 0x0F
_DATA_IDENTIFIER: Final = b"\x20\x00"
"""data_identifier and subtitle_stream_id of a PES packet's data field (§7.1)."""

_END_MARKER: Final = b"\xff"

_PAGE: Final = 0x10
_REGION: Final = 0x11
_CLUT: Final = 0x12
_OBJECT: Final = 0x13
_DISPLAY: Final = 0x14
_END: Final = 0x80
"""segment_type (§7.2.1, table 7)."""

_REGION_ID: Final = 0
_CLUT_ID: Final = 0
_LARGEST: Final = 60_000
"""Bytes of an object's pixels; segment_length has 16 bits."""

_LONGEST_TIMEOUT: Final = 255


class PageState(enum.IntEnum):
    """page_state (§7.2.2, table 9)."""

    NORMAL = 0
    ACQUISITION = 1
    """The whole page again, for receivers that have just tuned in."""

    MODE_CHANGE = 2
    """A new epoch: what regions there were is forgotten."""


@dataclass(frozen=True, slots=True)
class DisplaySize:
    """Of the plane that pages are placed on; receivers lay it over the whole picture."""

    width: int
    height: int

    @property
    def is_default(self) -> bool:
        """720 x 576 is what a page without a display definition means (§7.2.1)."""
        return (self.width, self.height) == (720, 576)


@dataclass(frozen=True, slots=True, eq=False)
class PagePicture:
    """An overlay as segments carry it; made once, sent several times."""

    x: int
    y: int
    width: int
    height: int
    colours: int
    entries: bytes
    """The CLUT's entries."""

    objects: tuple[tuple[int, bytes, bytes], ...]
    """Of each object: its top row within the region, its top and bottom field."""


def page_picture(overlay: Overlay, colours: int) -> PagePicture:
    """Reduce an overlay to 4 or 16 colours and code its pixels.

    What does not fit one object is cut into several, one below the other.
    """
    indices, entries = reduced(overlay, colours)
    clut = b"".join(_clut_entry(place, entry, colours) for place, entry in enumerate(entries))
    return PagePicture(
        overlay.x,
        overlay.y,
        overlay.width,
        overlay.height,
        colours,
        clut,
        tuple(_objects(indices, colours, 0)),
    )


def _objects(indices: NDArray[np.uint8], colours: int, row: int) -> list[tuple[int, bytes, bytes]]:
    top, bottom = field_block(indices[0::2], colours), field_block(indices[1::2], colours)
    if len(top) + len(bottom) <= _LARGEST or indices.shape[0] < 4:
        return [(row, top, bottom)]
    half = indices.shape[0] // 4 * 2
    return [
        *_objects(indices[:half], colours, row),
        *_objects(indices[half:], colours, row + half),
    ]


def _clut_entry(place: int, entry: NDArray[np.uint8], colours: int) -> bytes:
    """One entry with its full range (§7.2.4): Y, Cr, Cb by ITU-R BT.601, and transparency."""
    red, green, blue, opacity = (int(value) for value in entry)
    depth = 0x40 if colours == 16 else 0x80
    head = bytes((place, depth | 0x1F))  # full_range_flag, reserved bits set
    if opacity == 0:
        return head + b"\x00\x80\x80\xff"  # Y of 0 is full transparency
    luma = 16 + (65.481 * red + 128.553 * green + 24.966 * blue) / 255
    blue_part = 128 + (-37.797 * red - 74.203 * green + 112 * blue) / 255
    red_part = 128 + (112 * red - 93.786 * green - 18.214 * blue) / 255
    return head + bytes((round(luma), round(red_part), round(blue_part), 255 - opacity))


class PageWriter:
    """Writes the display sets of one service, one after the other, and counts their versions.

    Args:
        page_id: composition_page_id of the subtitling_descriptor.
        size: Of the plane; receivers are told unless it is the default.
    """

    def __init__(self, page_id: int, size: DisplaySize) -> None:
        self._page_id = page_id
        self._size = size
        self._page_version = 15
        self._content_version = 15
        self._shown: PagePicture | None = None

    def show(self, picture: PagePicture, seconds: int) -> bytes:
        """A page in place of what there was; receivers take it away after so many seconds."""
        self._shown = picture
        self._content_version = (self._content_version + 1) % 16
        return self._set(PageState.MODE_CHANGE, picture, seconds)

    def again(self, seconds: int) -> bytes:
        """The page that is shown, whole, as an acquisition point (§5.1.2); empty if there is none.

        The versions of its regions and objects stay: those who have them need not decode again.
        """
        if self._shown is None:
            return b""
        return self._set(PageState.ACQUISITION, self._shown, seconds)

    def erase(self) -> bytes:
        """An empty page: what was shown goes."""
        self._shown = None
        return self._set(PageState.NORMAL, None, 1)

    def _set(self, state: PageState, picture: PagePicture | None, seconds: int) -> bytes:
        """A display set as the data field of a PES packet (§7.1)."""
        self._page_version = (self._page_version + 1) % 16
        segments = [] if self._size.is_default else [self._display()]
        segments.append(self._page(state, picture, seconds))
        if picture is not None:
            segments += [self._region(picture), self._clut(picture), *self._objects(picture)]
        segments.append(self._segment(_END, b""))
        return _DATA_IDENTIFIER + b"".join(segments) + _END_MARKER

    def _segment(self, kind: int, data: bytes) -> bytes:
        head = bytes((_SYNC, kind)) + self._page_id.to_bytes(2, "big")
        return head + len(data).to_bytes(2, "big") + data

    def _display(self) -> bytes:
        """Display definition (§7.2.1 of V1.3.1 and later): the plane's size, no window in it."""
        data = b"\x07" + _sixteen((self._size.width - 1, self._size.height - 1))
        return self._segment(_DISPLAY, data)

    def _page(self, state: PageState, picture: PagePicture | None, seconds: int) -> bytes:
        data = bytes(
            (max(1, min(seconds, _LONGEST_TIMEOUT)), self._page_version << 4 | state << 2 | 3)
        )
        if picture is not None:
            data += bytes((_REGION_ID, 0xFF)) + _sixteen((picture.x, picture.y))
        return self._segment(_PAGE, data)

    def _region(self, picture: PagePicture) -> bytes:
        depth = 2 if picture.colours == 16 else 1  # 4 or 2 bits a pixel, needed and present
        data = bytes((_REGION_ID, self._content_version << 4 | 0x0F))  # region_fill_flag set
        data += _sixteen((picture.width, picture.height))
        data += bytes((depth << 5 | depth << 2 | 3, _CLUT_ID, 0, 3))  # filled with entry 0
        for number, (row, _, _) in enumerate(picture.objects):
            data += _sixteen((number, 0, 0xF000 | row))  # a basic object, in the stream
        return self._segment(_REGION, data)

    def _clut(self, picture: PagePicture) -> bytes:
        head = bytes((_CLUT_ID, self._content_version << 4 | 0x0F))
        return self._segment(_CLUT, head + picture.entries)

    def _objects(self, picture: PagePicture) -> list[bytes]:
        return [
            self._segment(
                _OBJECT,
                _sixteen((number,))
                + bytes((self._content_version << 4 | 1,))  # coded as pixels
                + _sixteen((len(top), len(bottom)))
                + top
                + bottom,
            )
            for number, (_, top, bottom) in enumerate(picture.objects)
        ]


def _sixteen(values: Sequence[int]) -> bytes:
    return b"".join(value.to_bytes(2, "big") for value in values)
