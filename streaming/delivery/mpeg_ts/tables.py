"""Program association and program map tables (ISO/IEC 13818-1 §2.4.4). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from streaming.delivery.mpeg_ts.packets import crc32, payload

PMT_TABLE: Final = 2
_CRC_BYTES: Final = 4
_HEAD: Final = 12
"""Of a program map section, up to program_info_length and with it."""


@dataclass(frozen=True, slots=True)
class ElementaryStream:
    """One stream of a program."""

    stream_type: int
    pid: int
    descriptors: bytes = b""


@dataclass(frozen=True, slots=True)
class ProgramMap:
    """A program map section."""

    program: int
    version: int
    pcr_pid: int
    info: bytes
    streams: tuple[ElementaryStream, ...]

    def section(self) -> bytes:
        """As it is sent, with its CRC."""
        streams = b"".join(
            bytes((stream.stream_type,))
            + (0xE000 | stream.pid).to_bytes(2, "big")
            + (0xF000 | len(stream.descriptors)).to_bytes(2, "big")
            + stream.descriptors
            for stream in self.streams
        )
        body = (
            self.program.to_bytes(2, "big")
            + bytes((0xC1 | (self.version % 32) << 1, 0, 0))
            + (0xE000 | self.pcr_pid).to_bytes(2, "big")
            + (0xF000 | len(self.info)).to_bytes(2, "big")
            + self.info
            + streams
        )
        head = bytes((PMT_TABLE,)) + (0xB000 | len(body) + _CRC_BYTES).to_bytes(2, "big")
        section = head + body
        return section + crc32(section).to_bytes(_CRC_BYTES, "big")


class SectionReader:
    """Puts the sections of one PID together again."""

    def __init__(self) -> None:
        self._held = b""

    def push(self, packet: bytes) -> bytes | None:
        """The section that this packet completes, if its CRC is right."""
        data = payload(packet)
        if packet[1] & 0x40:
            self._held = data[1 + data[0] :] if data else b""
        elif self._held:
            self._held += data
        if len(self._held) < 3:
            return None
        length = 3 + ((self._held[1] & 0x0F) << 8 | self._held[2])
        if len(self._held) < length:
            return None
        section, self._held = self._held[:length], b""
        return section if crc32(section) == 0 else None


def program_map_pid(section: bytes) -> int | None:
    """Where a program association section says that the first program's map is."""
    body = section[8:-_CRC_BYTES]
    for place in range(0, len(body) - 3, 4):
        if body[place] << 8 | body[place + 1]:  # program 0 is the network's
            return (body[place + 2] & 0x1F) << 8 | body[place + 3]
    return None


def program_map(section: bytes) -> ProgramMap | None:
    """Read a program map section; None where it is another table, or broken."""
    if len(section) < _HEAD + _CRC_BYTES or section[0] != PMT_TABLE:
        return None
    place = _HEAD + ((section[10] & 0x0F) << 8 | section[11])
    info = section[_HEAD:place]
    streams: list[ElementaryStream] = []
    while place + 5 <= len(section) - _CRC_BYTES:
        pid = (section[place + 1] & 0x1F) << 8 | section[place + 2]
        length = (section[place + 3] & 0x0F) << 8 | section[place + 4]
        descriptors = section[place + 5 : place + 5 + length]
        streams.append(ElementaryStream(section[place], pid, descriptors))
        place += 5 + length
    return ProgramMap(
        section[3] << 8 | section[4],
        section[5] >> 1 & 0x1F,
        (section[8] & 0x1F) << 8 | section[9],
        info,
        tuple(streams),
    )
