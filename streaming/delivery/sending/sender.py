"""Sends a transport stream to a target that may come and go."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import secrets
import select
import stat
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import IO, Any, Final

import structlog

from foundation.errors import InvalidArgument
from streaming.delivery.context import NoReport, OutputReport
from streaming.delivery.mpeg_ts.packets import PACKET
from streaming.delivery.sending.targets import RTP_HEADER, SEVEN_PACKETS, Target
from streaming.ingest.child import Child

_log = structlog.get_logger(__name__)

_LIMIT_BYTES: Final = 4 << 20
"""What waits for a live target at most: two seconds and more of a broadcaster's stream."""

_FIRST_RETRY_SECONDS: Final = 0.5
_LAST_RETRY_SECONDS: Final = 10.0
_DRAIN_SECONDS: Final = 5.0
_STEADY_SECONDS: Final = 5.0
"""A connection that lasted so long was a good one: the pauses begin anew."""

_WORKS_SECONDS: Final = 4.0
"""A connection that lasts so long is there; SRT gives up after three."""

_IDLE_SECONDS: Final = 0.1
"""Packets wait for no longer to become seven."""

_PIPE_BYTES: Final = select.PIPE_BUF
"""A pipe that is ready takes so much without waiting."""

_PIPE_MILLISECONDS: Final = 200

_RTP_PAYLOAD_TYPE: Final = 33
"""MP2T (RFC 3551 §6)."""


@dataclass(slots=True)
class SenderCounts:
    """What became of what was to be sent."""

    sent_bytes: int = 0
    dropped_bytes: int = 0
    connections: int = 0


class Sender:
    """A queue of bounded size in front of a target. ``put`` never waits and never raises.

    A live target that is gone, or that takes too little, misses what was meant for it; it is
    connected to again for ever, with a pause that grows to ten seconds. A file or standard output
    that does not take it is waited for, by ``room``; a full disk is tried again.

    Args:
        target: Checked.
        name: Of the output, for logs.
        report: Is told when the target goes and comes.
        first_retry_seconds: The first pause.
        limit_bytes: What waits at most, for a live target beside about as much in its pipe: of a
            stream of few bits less, lest what it gets is long past.
    """

    def __init__(
        self,
        target: Target,
        name: str,
        report: OutputReport | None = None,
        *,
        first_retry_seconds: float = _FIRST_RETRY_SECONDS,
        limit_bytes: int = _LIMIT_BYTES,
    ) -> None:
        self.counts = SenderCounts()
        self._target = target
        self._first_retry = first_retry_seconds
        self._limit = limit_bytes
        self._log = _log.bind(output=name, target=target.url)
        self._queue: deque[bytes] = deque()
        self._queued = 0
        self._rest = b""
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._closing = False
        self._overflowing = False
        self._task: asyncio.Task[None] | None = None
        self._child: Child | None = None
        self._rtp = _RtpPackets()
        self._report = report or NoReport()
        self.works = True
        """What is put reaches the target, as far as that is known."""

    def start(self) -> None:
        """Begin to send."""
        self._task = asyncio.create_task(self._run(), name="sender")

    def put(self, data: bytes) -> None:
        """Take whole packets."""
        if not data:
            return
        if self._target.is_live and self._queued > self._limit:
            if not self._overflowing:
                self._log.warning("sender.dropping", waiting_bytes=self._queued)
            self._overflowing = True
            self._drop()
        self._queue.append(data)
        self._queued += len(data)
        if self._queued > self._limit:
            self._room.clear()
        self._wake.set()

    def _drop(self) -> None:
        self.counts.dropped_bytes += self._queued
        self._queue.clear()
        self._queued = 0

    async def room(self) -> None:
        """Wait until a file has taken most of what it was given; never where it is live."""
        if not self._target.is_live:
            await self._room.wait()

    async def close(self) -> None:
        """Send what waits, for five seconds at most, and end.

        Raises:
            DauysError: a fault that does not pass ended the sending.
        """
        self._closing = True
        self._wake.set()
        if self._task is None:
            return
        await asyncio.wait({self._task}, timeout=_DRAIN_SECONDS)
        await self.abort()

    async def abort(self) -> None:
        """End at once."""
        if self._task is None:
            return
        if not self._task.done():
            self.counts.dropped_bytes += self._queued
            self._task.cancel()
            if self._child is not None:  # a writing thread returns when its pipe breaks
                await self._child.close()
        await asyncio.wait({self._task})
        if not self._task.cancelled() and (error := self._task.exception()) is not None:
            raise error

    @property
    def failure(self) -> BaseException | None:
        """What ended the sending before its time."""
        if self._task is None or not self._task.done() or self._task.cancelled():
            return None
        return self._task.exception()

    async def _run(self) -> None:
        retry = self._first_retry
        while True:
            began = time.monotonic()
            try:
                if self._target.is_live:
                    await self._send_by_child()
                else:
                    await self._write()
                return
            except _Lost as lost:
                if time.monotonic() - began >= _STEADY_SECONDS:
                    retry = self._first_retry
                self._log.warning("sender.lost", reason=lost.reason, retry_seconds=retry)
                self.works = False
                self._report.failing(f"{self._target.url}: {lost.reason}")
                if self._closing:
                    return
                await asyncio.sleep(retry)
                if self._target.is_live:
                    self._drop()  # what was meant for it meanwhile
                    self._rest = b""
                retry = min(2 * retry, _LAST_RETRY_SECONDS)

    async def _send_by_child(self) -> None:
        began = time.monotonic()
        child = self._child = Child(self._target.command(), input_pipe=True, pipe_bytes=self._limit)
        self.counts.connections += 1
        ended = asyncio.ensure_future(child.wait())
        try:
            while (data := await self._next(ended)) is not None:
                if not await child.write(data, self._target.unit):
                    break
                self._sent(data, began)
            if data is None and not ended.done():
                await child.close_input()
            # It goes once it has sent what its pipe holds.
            await asyncio.wait({ended}, timeout=_DRAIN_SECONDS)
            if data is not None or (ended.done() and ended.result()):
                raise _Lost(self._target.hidden(child.detail) or "ffmpeg ended")
        finally:
            await child.close()
            await asyncio.gather(ended, return_exceptions=True)  # it cannot join what is closed
            self._child = None

    def _sent(self, data: bytes, began: float | None) -> None:
        self.counts.sent_bytes += len(data)
        # A child takes a little before it knows that nobody is there.
        if not self.works and (began is None or time.monotonic() - began >= _WORKS_SECONDS):
            self.works = True
            self._report.working()
            self._log.info("sender.working")

    async def _write(self) -> None:
        opening = asyncio.ensure_future(asyncio.to_thread(self._open))
        try:
            pipe = _File(await asyncio.shield(opening))
        except asyncio.CancelledError:
            with contextlib.suppress(OSError, _Lost):
                (await opening).close()  # the thread goes on, and nobody would have its file
            raise
        except OSError as error:
            if isinstance(error, FileNotFoundError | IsADirectoryError | PermissionError):
                raise InvalidArgument("target", f"cannot be written: {error}") from error
            raise _Lost(str(error)) from error
        try:
            while (data := await self._next(None)) is not None:
                await asyncio.to_thread(pipe.write, data)
                self._sent(data, None)
        except OSError as error:
            self.counts.dropped_bytes += len(data or b"")
            if isinstance(error, BrokenPipeError) and self._target.kind == "stdout":
                raise InvalidArgument("target", "standard output was closed") from error
            raise _Lost(str(error)) from error
        finally:
            await asyncio.to_thread(pipe.close)

    def _open(self) -> IO[bytes]:
        self.counts.connections += 1
        if self._target.kind == "stdout":
            return os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
        path = self._target.path
        if path.is_fifo():  # opened while somebody reads it: else the thread waits, maybe for ever
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno == errno.ENXIO:
                    raise _Lost("nobody reads the pipe") from error
                raise
            os.set_blocking(descriptor, True)
            return os.fdopen(descriptor, "wb", buffering=0)
        return path.open("wb" if self.counts.connections == 1 else "ab", buffering=0)

    async def _next(self, ended: asyncio.Future[int] | None) -> bytes | None:
        """All that waits, in whole units; None: everything was sent.

        Raises:
            _Lost: the child has ended.
        """
        while True:
            if ended is not None and ended.done():
                detail = self._child.detail if self._child is not None else ""
                raise _Lost(self._target.hidden(detail) or "ffmpeg ended")
            if self._queue:
                data = self._rest + b"".join(self._queue)
                self._queue.clear()
                self._queued, self._overflowing = 0, False
                self._room.set()
                whole = len(data) if self._closing else len(data) - len(data) % SEVEN_PACKETS
                data, self._rest = data[:whole], data[whole:]
                if data:
                    return self._framed(data)
            if self._closing:
                rest, self._rest = self._rest, b""
                return self._framed(rest) if rest else None
            self._wake.clear()
            waiting = asyncio.ensure_future(self._wake.wait())
            others: set[asyncio.Future[Any]] = {ended} if ended is not None else set()
            try:
                done, _ = await asyncio.wait(
                    {waiting, *others},
                    timeout=_IDLE_SECONDS if self._rest else None,
                    return_when=asyncio.FIRST_COMPLETED,
                )
            finally:
                waiting.cancel()
            if not done:  # nothing follows: a datagram may be a short one
                data, self._rest = self._rest, b""
                return self._framed(data)

    def _framed(self, data: bytes) -> bytes:
        return self._rtp.wrap(data) if self._target.kind == "rtp" else data


class _File:
    """A file whose writing threads may be left behind.

    Whoever cancels a write leaves its thread in it. Closed under the thread, the descriptor may be
    that of another file by the time that it is written to: so the thread itself closes it then.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._is_pipe = stat.S_ISFIFO(os.fstat(file.fileno()).st_mode)
        self._lock = threading.Lock()
        self._writing = self._left = False

    def write(self, data: bytes) -> None:
        """Write all of it, or what a pipe takes until ``close``; blocks. One call at a time."""
        with self._lock:
            if self._left:
                return
            self._writing = True
        try:
            view = memoryview(data)
            while view and self._takes_more():
                view = view[self._file.write(view[:_PIPE_BYTES] if self._is_pipe else view) :]
        finally:
            with self._lock:
                self._writing = False
                if self._left:
                    self._file.close()

    def _takes_more(self) -> bool:
        """Wait for who reads a pipe, which may be for ever: a thread in it could not be ended."""
        if not self._is_pipe:
            return True
        poll = select.poll()
        poll.register(self._file, select.POLLOUT)
        while not poll.poll(_PIPE_MILLISECONDS):
            if self._left:
                return False
        return not self._left

    def close(self) -> None:
        """Close it, or have it closed by who writes; does not wait for that."""
        with self._lock:
            self._left = True
            if not self._writing:
                self._file.close()


class _Lost(Exception):  # noqa: N818  (not an error: the target may return)
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _RtpPackets:
    """Puts RTP headers before transport stream packets (RFC 3550 §5.1, RFC 2250 §2)."""

    def __init__(self) -> None:
        self._sequence = secrets.randbelow(1 << 16)
        self._source = secrets.token_bytes(4)

    def wrap(self, data: bytes) -> bytes:
        """Each seven packets with a header of ``RTP_HEADER`` bytes before them."""
        stamp = int(time.monotonic() * 90_000) & 0xFFFFFFFF
        wrapped = bytearray()
        for place in range(0, len(data), SEVEN_PACKETS):
            self._sequence = (self._sequence + 1) & 0xFFFF
            header = bytes((0x80, _RTP_PAYLOAD_TYPE)) + self._sequence.to_bytes(2, "big")
            header += stamp.to_bytes(4, "big") + self._source
            assert len(header) == RTP_HEADER
            wrapped += header + data[place : place + SEVEN_PACKETS]
        return bytes(wrapped)


assert SEVEN_PACKETS % PACKET == 0
