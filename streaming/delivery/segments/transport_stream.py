"""Cuts an MPEG transport stream (ISO/IEC 13818-1) into segments at key frames. Pure."""

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
from streaming.ingest.unwrap import unwrap

_JUMP: Final = 2 * TICKS_PER_SECOND
"""Timestamps that go back, or ahead by more, begin another run."""

_SLACK: Final = TICKS_PER_SECOND * 3 // 10
"""A segment may be so much longer than wanted: its rounded duration stays the same."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A segment of a transport stream; begins with its tables."""

    run: int
    """Pieces of one run follow one another; a break in the timestamps begins another."""

    start: Ticks
    """Timestamp of its first access unit, on the feed's clock; unwrapped within a run."""

    end: Ticks
    data: bytes
    key: bool
    """It begins with a key frame, or holds no picture."""


class TransportSplitter:
    """Cuts before the key frame with which a segment would become too long.

    A group of pictures that is itself too long is cut where it must be: HLS allows a segment that
    does not begin with a key frame, but not one that is longer than the target duration.

    Args:
        length: Of a segment, in ticks.
    """

    def __init__(self, length: Ticks) -> None:
        self._length = length
        self._rest = b""
        self._run = 0
        self._reset()

    def push(self, data: bytes) -> list[Piece]:
        """Take more of the stream; return the segments that it finishes."""
        data = self._rest + data
        done: list[Piece] = []
        at = 0
        while at + PACKET <= len(data):
            if data[at] != SYNC:
                found = data.find(bytes([SYNC]), at + 1)
                at = len(data) if found < 0 else found
                continue
            self._packet(data[at : at + PACKET], done)
            at += PACKET
        self._rest = data[at:]
        return done

    def restart(self) -> list[Piece]:
        """The stream ends, or another follows: return what is open."""
        done: list[Piece] = []
        self._close(done)
        self._rest = b""
        self._run += 1
        self._reset()
        return done

    def _reset(self) -> None:
        self._tables: dict[int, bytes] = {}
        self._table_count: dict[int, int] = {}
        self._pmt_pid = -1
        self._lead_pid = -1
        self._has_video = False
        self._begin_run()

    def _begin_run(self) -> None:
        self._open = bytearray()
        self._start: Ticks | None = None
        self._start_is_key = False
        self._keys: list[tuple[Ticks, int]] = []
        """Key frames within the open segment: time, and where they begin in it."""
        self._last: Ticks | None = None
        """Decoding time of the access unit before."""
        self._step: Ticks = 0
        self._delay: Ticks = 0
        """From decoding to showing a key frame: what reordering takes."""
        self._shown_until: Ticks = 0

    def _packet(self, packet: bytes, done: list[Piece]) -> None:
        pid, begins = pid_of(packet), begins_unit(packet)
        if pid == PAT or pid == self._pmt_pid:
            if begins:
                self._read_table(pid, packet)
            packet = self._counted(pid, packet)
        elif pid == self._lead_pid and begins:
            self._access_unit(packet, done)
        if self._start is not None:
            self._open += packet

    def _read_table(self, pid: int, packet: bytes) -> None:
        content = payload(packet)
        section = content[1 + content[0] :]
        length = (section[1] & 0x0F) << 8 | section[2]
        body = section[8 : 3 + length - 4]
        if pid == PAT:
            for place in range(0, len(body) - 3, 4):
                if body[place] << 8 | body[place + 1]:  # program 0 is the network's
                    self._pmt_pid = (body[place + 2] & 0x1F) << 8 | body[place + 3]
                    break
        elif self._lead_pid < 0:
            self._find_lead(body)
        self._tables[pid] = packet

    def _find_lead(self, body: bytes) -> None:
        """The stream whose access units decide where to cut: video if there is any."""
        place = 4 + ((body[2] & 0x0F) << 8 | body[3])
        streams: list[tuple[bool, int]] = []
        while place + 5 <= len(body):
            pid = (body[place + 1] & 0x1F) << 8 | body[place + 2]
            streams.append((body[place] in VIDEO_TYPES, pid))
            place += 5 + ((body[place + 3] & 0x0F) << 8 | body[place + 4])
        if streams:
            self._has_video, self._lead_pid = max(streams, key=lambda stream: stream[0])

    def _counted(self, pid: int, packet: bytes) -> bytes:
        """A table's packet with a continuity counter of ours: tables are written more often."""
        count = self._table_count[pid] = (self._table_count.get(pid, -1) + 1) % 16
        return packet[:3] + bytes([packet[3] & 0xF0 | count]) + packet[4:]

    def _access_unit(self, packet: bytes, done: list[Piece]) -> None:
        times = pes_times(payload(packet))
        if times is None:
            return
        key = not self._has_video or _is_random_access(packet)
        if self._last is None:
            decoded = times[1]
        else:
            decoded = unwrap(times[1], self._last)
            if not 0 <= decoded - self._last <= _JUMP:
                self._close(done)
                self._run += 1
                self._begin_run()
                decoded = times[1]
            else:
                self._step = decoded - self._last
        shown = unwrap(times[0], decoded)
        self._last = decoded
        if self._start is None:
            self._delay, self._shown_until = shown - decoded, shown
            self._begin_piece(shown, key)
            return
        smooth = decoded + self._delay  # presentation times as they would be without reordering
        if key:
            self._cut_before_key(shown, done)
        elif smooth - self._start >= self._length + _SLACK:
            if self._keys:
                self._cut(*self._keys[-1], True, done)
            else:
                self._cut(smooth, len(self._open), False, done)
        self._shown_until = max(self._shown_until, shown)

    def _cut_before_key(self, time: Ticks, done: list[Piece]) -> None:
        """A key frame comes: end the segment here, or at the key frame before, or let it grow."""
        assert self._start is not None, "within a segment"
        longest = self._length + _SLACK
        if time - self._start > longest and self._keys:
            self._cut(*self._keys[-1], True, done)
        group = time - (self._keys[-1][0] if self._keys else self._start)
        if time > self._start and time - self._start + group > longest:
            self._cut(time, len(self._open), True, done)
        elif time > self._start:
            self._keys.append((time, len(self._open)))

    def _cut(self, time: Ticks, place: int, key: bool, done: list[Piece]) -> None:
        assert self._start is not None, "within a segment"
        data = bytes(self._open[:place])
        rest = bytes(self._open[place:])
        done.append(Piece(self._run, self._start, time, data, self._start_is_key))
        self._keys = [(at, where - place) for at, where in self._keys if where > place]
        self._begin_piece(time, key)
        tables = len(self._open)
        self._keys = [(at, where + tables) for at, where in self._keys]
        self._open += rest

    def _begin_piece(self, time: Ticks, key: bool) -> None:
        self._start, self._start_is_key = time, key
        self._open = bytearray(
            b"".join(self._counted(pid, table) for pid, table in sorted(self._tables.items()))
        )

    def _close(self, done: list[Piece]) -> None:
        """End the open segment where its stream stopped."""
        if self._start is None or self._last is None:
            return
        end = max(self._shown_until, self._start) + max(self._step, 1)
        done.append(Piece(self._run, self._start, end, bytes(self._open), self._start_is_key))


def _is_random_access(packet: bytes) -> bool:
    return bool(packet[3] & 0x20 and packet[4] and packet[5] & 0x40)
