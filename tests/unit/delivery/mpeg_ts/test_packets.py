from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streaming.delivery.mpeg_ts.packets import (
    PACKET,
    Packetiser,
    crc32,
    payload,
    pes_packet,
    pes_times,
    pid_of,
    section_unit,
)
from streaming.delivery.mpeg_ts.tables import (
    ElementaryStream,
    ProgramMap,
    SectionReader,
    program_map,
)


def test_the_checksum_is_that_of_the_standard() -> None:
    # A program association section as ffmpeg writes it.
    section = bytes.fromhex("00b00d0001c100000001f0002ab104b2")
    assert crc32(section) == 0
    assert crc32(section[:-4]) == 0x2AB104B2
    assert crc32(b"123456789") == 0x0376E6E7  # CRC-32/MPEG-2's check value


@given(st.binary(min_size=1, max_size=2000))
def test_a_unit_is_cut_into_whole_packets_and_found_again(unit: bytes) -> None:
    packetiser = Packetiser(0x123)
    for first in (0, -(-len(unit) // 184)):
        packets = list(packetiser.packets(unit))
        assert {len(packet) for packet in packets} == {PACKET}
        assert {pid_of(packet) for packet in packets} == {0x123}
        assert [packet[3] & 15 for packet in packets] == [
            (first + n) % 16 for n in range(len(packets))
        ]
        assert [bool(packet[1] & 0x40) for packet in packets] == [True] + [False] * (
            len(packets) - 1
        )
        assert b"".join(payload(packet) for packet in packets) == unit


@given(st.integers(0, (1 << 35)), st.binary(max_size=300))
def test_a_timestamp_is_read_as_it_was_written(time: int, data: bytes) -> None:
    packet = pes_packet(data, time)
    assert pes_times(packet) == (time % (1 << 33),) * 2
    assert int.from_bytes(packet[4:6], "big") == len(packet) - 6
    assert packet[14:] == data


streams = st.builds(
    ElementaryStream, st.integers(1, 127), st.integers(16, 8190), st.binary(max_size=60)
)


@given(st.lists(streams, max_size=9), st.binary(max_size=40), st.integers(0, 31))
def test_a_program_map_is_read_as_it_was_written(
    listed: list[ElementaryStream], info: bytes, version: int
) -> None:
    table = ProgramMap(1, version, 0x100, info, tuple(listed))
    reader = SectionReader()
    found = [
        reader.push(packet) for packet in Packetiser(0x1000).packets(section_unit(table.section()))
    ]
    assert found[:-1] == [None] * (len(found) - 1)
    assert found[-1] is not None
    assert program_map(found[-1]) == table


def test_a_section_that_was_damaged_is_none() -> None:
    section = bytearray(ProgramMap(1, 0, 256, b"", (ElementaryStream(2, 256),)).section())
    section[12] ^= 1
    (packet,) = Packetiser(16).packets(section_unit(bytes(section)))
    assert SectionReader().push(packet) is None
