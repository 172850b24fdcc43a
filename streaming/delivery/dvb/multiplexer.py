"""Adds subtitle streams to a transport stream that is passed through untouched. Pure."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from foundation.media_time import TICKS_PER_SECOND, Ticks
from streaming.delivery.dvb.config import DvbTrack
from streaming.delivery.mpeg_ts.packets import (
    PACKET,
    PAT,
    Packetiser,
    pes_packet,
    pid_of,
    section_unit,
)
from streaming.delivery.mpeg_ts.tables import (
    ElementaryStream,
    ProgramMap,
    SectionReader,
    program_map,
    program_map_pid,
)

PAGE_ID: Final = 1
"""composition_page_id; nothing is shared between languages, so it is the ancillary one, too."""

_PRIVATE_DATA: Final = 0x06
"""stream_type of PES packets with private data (ISO/IEC 13818-1 table 2-34)."""

_SUBTITLING: Final = 0x59
"""descriptor_tag of the subtitling_descriptor (ETSI EN 300 468 §6.2.41)."""


def subtitling_descriptor(track: DvbTrack, *, high_definition: bool) -> bytes:
    """Language and kind of a service (EN 300 468 §6.2.41; subtitling_type by its table 26)."""
    kind = (0x20 if track.hearing_impaired else 0x10) + (4 if high_definition else 0)
    page = PAGE_ID.to_bytes(2, "big")
    body = track.language.encode("ascii") + bytes((kind,)) + page + page
    return bytes((_SUBTITLING, len(body))) + body


@dataclass(slots=True)
class _Service:
    track: DvbTrack
    packetiser: Packetiser | None = None
    """None: it has no PID yet."""

    waiting: deque[bytes] = field(default_factory=deque)
    """PES packets."""

    sending: deque[bytes] = field(default_factory=deque)
    """What is left of the PES packet that is being sent, as packets of the stream."""

    credit: float = 0.0
    """Packets that may be sent now."""


class SubtitleMultiplexer:
    """Passes packets on, with a program map that lists the subtitles, and their packets between.

    Everything but the program map keeps its bytes: clock references, timestamps, continuity
    counters. A packet that nothing is known of before the first program map is passed on, too.

    Args:
        tracks: The services.
        kilobits: Per second and service.
        first_pid: Of the first service.
    """

    def __init__(self, tracks: Sequence[DvbTrack], kilobits: int, first_pid: int) -> None:
        self._services = {track.track: _Service(track) for track in tracks}
        self._packets_a_tick = kilobits * 1000 / 8 / PACKET / TICKS_PER_SECOND
        self._first_pid = first_pid
        self._high_definition = False
        self._changes = 0
        self._sections = {PAT: SectionReader()}
        self._map_pid: int | None = None
        self._map_packets: Packetiser | None = None

    @property
    def ready(self) -> bool:
        """The program map is known: subtitles can be sent."""
        return any(service.packetiser is not None for service in self._services.values())

    def add_track(self, track: DvbTrack) -> None:
        """One more service, from the next program map on."""
        if track.track not in self._services:
            self._services[track.track] = _Service(track)
            self._changes += 1

    def set_high_definition(self, high_definition: bool) -> None:
        """What receivers are told of the pages' kind, from the next program map on."""
        if self._high_definition != high_definition:
            self._high_definition = high_definition
            self._changes += self.ready

    def put(
        self, track: str, display_sets: Sequence[tuple[Ticks, bytes]], *, at_once: bool = False
    ) -> None:
        """Queue display sets.

        Args:
            track: Their service.
            display_sets: See ``PageWriter``; each with the time at which it is to be shown, on the
                feed's clock.
            at_once: What waits is not sent any more; what is half sent is ended. They go next.
        """
        service = self._services[track]
        if service.packetiser is None or not display_sets:
            return
        if at_once:
            service.waiting.clear()
            service.credit = math.inf
        service.waiting.extend(pes_packet(data, pts) for pts, data in display_sets)

    def take(self, data: bytes, duration: Ticks) -> bytes:
        """Whole packets of the feed, with what is to go before them.

        Args:
            data: The feed's.
            duration: Time since the packets before: so much of the subtitles goes along.
        """
        out = bytearray()
        for service in self._services.values():
            self._send(service, duration, out)
        for place in range(0, len(data), PACKET):
            packet = data[place : place + PACKET]
            pid = pid_of(packet)
            if pid in self._sections:
                section = self._sections[pid].push(packet)
                if pid == PAT:
                    self._find_map(section)
                else:
                    # One of several packets is written anew when the last has come.
                    if section is not None:
                        self._write_map(section, out)
                    continue
            out += packet
        return bytes(out)

    def _send(self, service: _Service, duration: Ticks, out: bytearray) -> None:
        service.credit += max(0, duration) * self._packets_a_tick
        while service.credit >= 1:
            if not service.sending:
                if not service.waiting:
                    service.credit = 0.0
                    return
                assert service.packetiser is not None, "nothing waits without it"
                service.sending += service.packetiser.packets(service.waiting.popleft())
            out += service.sending.popleft()
            service.credit -= 1

    def _find_map(self, section: bytes | None) -> None:
        found = program_map_pid(section) if section is not None else None
        if found is not None and found != self._map_pid:
            self._sections = {PAT: self._sections[PAT], found: SectionReader()}
            self._map_pid = found
            self._map_packets = Packetiser(found)

    def _write_map(self, section: bytes, out: bytearray) -> None:
        table = program_map(section)
        if table is None or self._map_packets is None:
            return
        self._give_pids(table)
        streams = tuple(
            ElementaryStream(
                _PRIVATE_DATA,
                service.packetiser.pid,
                subtitling_descriptor(service.track, high_definition=self._high_definition),
            )
            for service in self._services.values()
            if service.packetiser is not None
        )
        changed = replace(
            table, version=table.version + self._changes, streams=table.streams + streams
        )
        for packet in self._map_packets.packets(section_unit(changed.section())):
            out += packet

    def _give_pids(self, table: ProgramMap) -> None:
        taken = {stream.pid for stream in table.streams} | {table.pcr_pid, self._map_pid}
        taken |= {each.packetiser.pid for each in self._services.values() if each.packetiser}
        pid = self._first_pid
        for service in self._services.values():
            if service.packetiser is not None:
                continue
            while pid in taken:
                pid += 1
            service.packetiser = Packetiser(pid)
            taken.add(pid)
