"""Boxes of ISO base media files (ISO/IEC 14496-12 §4.2), written and found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from foundation.errors import InvalidArgument

_HEADER: Final = 8


def box(kind: str, *content: bytes) -> bytes:
    """A box with its length and type."""
    data = b"".join(content)
    return (_HEADER + len(data)).to_bytes(4, "big") + kind.encode("ascii") + data


def full_box(kind: str, version: int, flags: int, *content: bytes) -> bytes:
    """A box with a version and flags."""
    return box(kind, bytes([version]), flags.to_bytes(3, "big"), *content)


def uint(*values: int, size: int = 4) -> bytes:
    """Unsigned numbers of ``size`` bytes each."""
    return b"".join(value.to_bytes(size, "big") for value in values)


@dataclass(frozen=True, slots=True)
class Found:
    """Where a box lies in some bytes."""

    kind: str
    start: int
    """Of the box; of its content: 8 bytes later."""

    end: int

    @property
    def content(self) -> int:
        """Where its content starts."""
        return self.start + _HEADER


def boxes(data: bytes | bytearray, start: int = 0, end: int | None = None) -> Iterator[Found]:
    """The boxes that follow one another in a stretch of bytes.

    Raises:
        InvalidArgument: they do not fill it, or one is longer than 32 bits can say.
    """
    end = len(data) if end is None else end
    while start < end:
        size = int.from_bytes(data[start : start + 4], "big")
        if size < _HEADER or start + size > end:
            raise InvalidArgument("data", f"no box at byte {start}")
        yield Found(data[start + 4 : start + 8].decode("latin-1"), start, start + size)
        start += size


def find(data: bytes | bytearray, *path: str) -> Found | None:
    """The first box at a path such as ``moof``, ``traf``, ``tfdt``; None: there is none.

    Raises:
        InvalidArgument: the bytes are no boxes.
    """
    start, end = 0, len(data)
    found: Found | None = None
    for kind in path:
        found = next((each for each in boxes(data, start, end) if each.kind == kind), None)
        if found is None:
            return None
        start, end = found.content, found.end
    return found
