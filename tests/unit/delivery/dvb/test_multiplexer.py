from __future__ import annotations

import pytest

from foundation.errors import InvalidArgument
from foundation.media_time import TICKS_PER_SECOND as SECOND
from streaming.delivery.dvb import DvbConfig, DvbTrack, dvb_track
from streaming.delivery.dvb.multiplexer import SubtitleMultiplexer, subtitling_descriptor
from streaming.delivery.mpeg_ts.packets import PACKET, Packetiser, payload, pid_of, section_unit
from streaming.delivery.mpeg_ts.tables import (
    ElementaryStream,
    ProgramMap,
    SectionReader,
    program_map,
)
from streaming.delivery.renditions import Rendition

KAZAKH = DvbTrack("source", "kaz", hearing_impaired=True)
RUSSIAN = DvbTrack("ru", "rus", hearing_impaired=False)
# Program 1 has its map at PID 0x1000.
PAT = next(Packetiser(0).packets(section_unit(bytes.fromhex("00b00d0001c100000001f0002ab104b2"))))
STREAMS = (ElementaryStream(0x1B, 0x100), ElementaryStream(3, 0x300, b"\x0a\x04kaz\x00"))


def tables(*streams: ElementaryStream, version: int = 5) -> bytes:
    section = ProgramMap(1, version, 0x100, b"", streams).section()
    return PAT + b"".join(Packetiser(0x1000).packets(section_unit(section)))


def cut(data: bytes) -> list[bytes]:
    assert len(data) % PACKET == 0
    return [data[place : place + PACKET] for place in range(0, len(data), PACKET)]


def map_in(data: bytes) -> ProgramMap:
    reader = SectionReader()
    found = [reader.push(packet) for packet in cut(data) if pid_of(packet) == 0x1000]
    sections = [section for section in found if section is not None]
    table = program_map(sections[-1])
    assert table is not None
    return table


def unit(data: bytes, pid: int) -> bytes:
    return b"".join(payload(packet) for packet in cut(data) if pid_of(packet) == pid)


def test_the_program_map_lists_the_services_and_the_rest_stays() -> None:
    multiplexer = SubtitleMultiplexer([KAZAKH, RUSSIAN], 400, 0x300)
    assert not multiplexer.ready
    other = bytes([0x47, 0x41, 0x00, 0x10]) + bytes(184)
    out = multiplexer.take(tables(*STREAMS) + other, SECOND)
    assert multiplexer.ready
    assert cut(out)[0] == PAT
    assert cut(out)[-1] == other
    table = map_in(out)
    assert table.streams[:2] == STREAMS
    assert (table.version, table.pcr_pid) == (5, 0x100)
    # 0x300 is taken by the feed.
    assert [stream.pid for stream in table.streams[2:]] == [0x301, 0x302]
    assert [stream.stream_type for stream in table.streams[2:]] == [6, 6]
    assert table.streams[2].descriptors == b"\x59\x08kaz\x20\x00\x01\x00\x01"
    assert table.streams[3].descriptors == b"\x59\x08rus\x10\x00\x01\x00\x01"


def test_the_descriptor_says_high_definition() -> None:
    assert subtitling_descriptor(KAZAKH, high_definition=True)[5] == 0x24
    assert subtitling_descriptor(RUSSIAN, high_definition=True)[5] == 0x14


def test_what_changes_the_program_map_changes_its_version() -> None:
    multiplexer = SubtitleMultiplexer([KAZAKH], 400, 0x300)
    multiplexer.set_high_definition(True)
    versions = [map_in(multiplexer.take(tables(*STREAMS), 0)).version]
    multiplexer.add_track(RUSSIAN)
    multiplexer.add_track(RUSSIAN)
    out = multiplexer.take(tables(*STREAMS), 0)
    versions.append(map_in(out).version)
    assert len(map_in(out).streams) == 4
    multiplexer.set_high_definition(False)
    versions.append(map_in(multiplexer.take(tables(*STREAMS, version=31), 0)).version)
    assert versions == [5, 6, 1]  # 31 + 2, of five bits


def test_a_map_of_several_packets_is_written_anew() -> None:
    many = tuple(ElementaryStream(3, 0x400 + n, b"\x0a\x04kaz\x00") for n in range(40))
    multiplexer = SubtitleMultiplexer([KAZAKH], 400, 0x300)
    out = multiplexer.take(tables(*many), 0)
    assert len(map_in(out).streams) == 41


def test_subtitles_go_no_faster_than_they_may() -> None:
    multiplexer = SubtitleMultiplexer([KAZAKH, RUSSIAN], 400, 0x301)
    multiplexer.take(tables(*STREAMS), 0)
    data = bytes(range(256)) * 40
    multiplexer.put("source", [(SECOND, data)])
    sent = [len(multiplexer.take(b"", SECOND // 25)) for _ in range(25)]
    assert max(sent) <= 400_000 / 8 / 25 + PACKET
    assert sum(sent) >= len(data)
    assert sent[-1] == 0


def test_what_is_urgent_goes_at_once_and_in_place_of_what_waits() -> None:
    multiplexer = SubtitleMultiplexer([KAZAKH], 64, 0x301)
    multiplexer.take(tables(*STREAMS), 0)
    begun, waiting, urgent = b"a" * 2000, b"b" * 2000, b"c" * 30
    multiplexer.put("source", [(0, begun), (0, waiting)])
    out = multiplexer.take(b"", SECOND // 25)
    multiplexer.put("source", [(0, urgent), (1, urgent)], at_once=True)
    out += multiplexer.take(b"", 0)
    whole = unit(out, 0x301)
    assert begun in whole  # what is half sent is ended
    assert waiting[:100] not in whole
    assert whole.count(urgent) == 2
    counters = [packet[3] & 15 for packet in cut(out) if pid_of(packet) == 0x301]
    assert counters == [n % 16 for n in range(len(counters))]
    assert multiplexer.take(b"", SECOND) == b""


def test_nothing_is_sent_before_the_program_map_is_known() -> None:
    multiplexer = SubtitleMultiplexer([KAZAKH], 400, 0x300)
    multiplexer.put("source", [(0, b"x")])
    packet = bytes([0x47, 0x01, 0x00, 0x10]) + bytes(184)
    assert multiplexer.take(packet, SECOND) == packet


def test_tracks_have_codes_of_three_letters() -> None:
    assert dvb_track(Rendition("source", ("kk",))) == KAZAKH
    assert dvb_track(Rendition("ru", ("ru",), translated=True)) == RUSSIAN
    assert dvb_track(Rendition("source", ("kk", "ru"))).language == "mul"
    with pytest.raises(InvalidArgument, match="ISO 639"):
        DvbTrack("a", "kk", hearing_impaired=False)


def test_figures_are_checked() -> None:
    for wrong in (
        {"delay_seconds": -1},
        {"colours": 8},
        {"display": "4k"},
        {"repeat_seconds": 0.1},
        {"kilobits": 10},
        {"first_pid": 8191},
        {"max_lines": 9},
    ):
        with pytest.raises(InvalidArgument, match=next(iter(wrong))):
            DvbConfig(**wrong)
