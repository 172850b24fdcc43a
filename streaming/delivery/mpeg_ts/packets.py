"""The parts of an MPEG transport stream (ISO/IEC 13818-1) that outputs read and write. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from foundation.media_time import Ticks

PACKET: Final = 188
SYNC: Final = 0x47
PAT: Final = 0
"""PID of the program association table."""

VIDEO_TYPES: Final = frozenset({0x01, 0x02, 0x10, 0x1B, 0x24, 0x33})
"""stream_type: MPEG-1, -2, -4 video, H.264, HEVC, VVC (table 2-34)."""

_PAYLOAD: Final = PACKET - 4


def pid_of(packet: bytes) -> int:
    """Which stream a packet belongs to."""
    return (packet[1] & 0x1F) << 8 | packet[2]


def begins_unit(packet: bytes) -> bool:
    """payload_unit_start_indicator: a PES packet or a section begins in it."""
    return bool(packet[1] & 0x40)


def payload(packet: bytes) -> bytes:
    """What a packet carries, without its adaptation field."""
    control = packet[3] >> 4 & 3
    if not control & 1:
        return b""
    return packet[5 + packet[4] :] if control & 2 else packet[4:]


def pes_times(pes: bytes) -> tuple[Ticks, Ticks] | None:
    """Presentation and decoding timestamp, 33 bits, of a PES header (§2.4.3.6)."""
    if len(pes) < 14 or pes[:3] != b"\x00\x00\x01" or not pes[7] & 0x80:
        return None
    shown = _timestamp(pes[9:14])
    return shown, _timestamp(pes[14:19]) if pes[7] & 0x40 and len(pes) >= 19 else shown


def _timestamp(field: bytes) -> Ticks:
    return (
        (field[0] >> 1 & 7) << 30
        | field[1] << 22
        | (field[2] >> 1) << 15
        | field[3] << 7
        | field[4] >> 1
    )


def pes_packet(data: bytes, pts: Ticks) -> bytes:
    """A PES packet of private_stream_1 (table 2-22) with a timestamp, data_alignment_indicator set.

    Raises:
        ValueError: more than the 16 bits of PES_packet_length can say.
    """
    pts %= 1 << 33
    field = bytes(
        (
            0x21 | (pts >> 30 & 7) << 1,
            pts >> 22 & 0xFF,
            (pts >> 15 & 0x7F) << 1 | 1,
            pts >> 7 & 0xFF,
            (pts & 0x7F) << 1 | 1,
        )
    )
    rest = b"\x84\x80\x05" + field + data
    if len(rest) > 0xFFFF:
        raise ValueError(f"{len(data)} bytes are too many for a PES packet")
    return b"\x00\x00\x01\xbd" + len(rest).to_bytes(2, "big") + rest


def section_unit(section: bytes) -> bytes:
    """A section as the payload that carries it: pointer_field first, stuffing last (§2.4.4.1)."""
    unit = b"\x00" + section
    return unit + b"\xff" * (-len(unit) % _PAYLOAD)


class Packetiser:
    """Cuts units of one PID into packets and counts them.

    Args:
        pid: The stream's.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._count = -1

    def packets(self, unit: bytes) -> Iterator[bytes]:
        """The packets of a PES packet or of a section's unit; the last is filled up (§2.4.3.5)."""
        for place in range(0, len(unit), _PAYLOAD):
            part = unit[place : place + _PAYLOAD]
            self._count = (self._count + 1) % 16
            free = _PAYLOAD - len(part)
            head = bytes(
                (
                    SYNC,
                    (0x40 if place == 0 else 0) | self.pid >> 8,
                    self.pid & 0xFF,
                    (0x30 if free else 0x10) | self._count,
                )
            )
            yield head + _stuffing(free) + part


def _stuffing(size: int) -> bytes:
    """An adaptation field of so many bytes in all that says nothing."""
    if size == 0:
        return b""
    if size == 1:
        return b"\x00"
    return bytes((size - 1, 0)) + b"\xff" * (size - 2)


def crc32(data: bytes) -> int:
    """CRC of sections (annex A): polynomial 0x04C11DB7, no reflection; 0 over a whole section."""
    value = 0xFFFFFFFF
    for byte in data:
        value = (value << 8 ^ _CRC[(value >> 24) ^ byte]) & 0xFFFFFFFF
    return value


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
        table.append(value)
    return tuple(table)


_CRC: Final = _crc_table()
