"""Cuts a transport stream into pieces that have a time. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from foundation.media_time import TICKS_PER_SECOND, Ticks
from streaming.delivery.mpeg_ts.packets import (
    PACKET,
    PAT,
    SYNC,
    VIDEO_TYPES,
    begins_unit,
    payload,
    pes_times,
    pid_of,
)
from streaming.delivery.mpeg_ts.tables import SectionReader, program_map, program_map_pid
from streaming.ingest.unwrap import unwrap

_JUMP: Final = 2 * TICKS_PER_SECOND
"""Timestamps that go back, or ahead by more, begin another run."""


@dataclass(frozen=True, slots=True)
class TimedPiece:
    """One access unit of picture (of sound, if there is no picture) and what lies around it."""

    run: int
    """Counts from 0; a break in the timestamps begins another."""

    time: Ticks
    """Decoding timestamp on the feed's clock, unwrapped within its run."""

    data: bytes
    """Whole packets."""

    has_picture: bool
    """The stream has video."""


class PieceCutter:
    """Cuts before each access unit of the first video stream, or of the first stream there is."""

    def __init__(self) -> None:
        self._run = -1
        self._rest = b""
        self._reset()

    def push(self, data: bytes) -> list[TimedPiece]:
        """Take more of the stream; return the pieces that it finishes."""
        data = self._rest + data
        done: list[TimedPiece] = []
        at = 0
        while at + PACKET <= len(data):
            if data[at] != SYNC:
                found = data.find(bytes((SYNC,)), at + 1)
                at = len(data) if found < 0 else found
                continue
            self._packet(data[at : at + PACKET], done)
            at += PACKET
        self._rest = data[at:]
        return done

    def restart(self) -> list[TimedPiece]:
        """The stream ends, or another follows: return what is open."""
        done: list[TimedPiece] = []
        self._close(done)
        self._rest = b""
        self._reset()
        return done

    def _reset(self) -> None:
        self._sections = {PAT: SectionReader()}
        self._map_pid: int | None = None
        self._lead: int | None = None
        self._has_picture = False
        self._open = bytearray()
        self._time: Ticks | None = None
        """Of what is open; None: no time is known yet."""

    def _packet(self, packet: bytes, done: list[TimedPiece]) -> None:
        pid = pid_of(packet)
        if pid == self._lead and begins_unit(packet):
            times = pes_times(payload(packet))
            if times is not None:
                self._unit(times[1], done)
        elif pid in self._sections:
            section = self._sections[pid].push(packet)
            if section is not None:
                self._table(pid, section)
        self._open += packet

    def _table(self, pid: int, section: bytes) -> None:
        if pid == PAT:
            found = program_map_pid(section)
            if found is not None and found != self._map_pid:
                self._sections = {PAT: self._sections[PAT], found: SectionReader()}
                self._map_pid = found
            return
        table = program_map(section)
        if table is None or not table.streams:
            return
        pictures = [each for each in table.streams if each.stream_type in VIDEO_TYPES]
        self._has_picture = bool(pictures)
        self._lead = (pictures or list(table.streams))[0].pid

    def _unit(self, timestamp: Ticks, done: list[TimedPiece]) -> None:
        if self._time is None:  # tables come before it in its piece
            self._run += 1
            self._time = timestamp
            return
        time = unwrap(timestamp, self._time)
        broken = not 0 <= time - self._time <= _JUMP
        self._close(done)
        self._run += broken
        self._time = timestamp if broken else time

    def _close(self, done: list[TimedPiece]) -> None:
        if self._time is not None and self._open:
            done.append(TimedPiece(self._run, self._time, bytes(self._open), self._has_picture))
        self._open = bytearray()
