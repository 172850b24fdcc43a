"""A server that does what a test tells it, and a session whose words a test says."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np

from foundation.languages import Language
from foundation.media_time import TICKS_PER_SECOND, Ticks, from_seconds
from foundation.speech import Word
from streaming.cues.model import Cue
from streaming.cues.presets import load_preset
from streaming.delivery.context import NoReport, OutputContext
from streaming.delivery.renditions import Rendition
from streaming.events import AudioChunk
from streaming.session_clock import SessionClock
from streaming.session_events import (
    CaptionState,
    CommittedText,
    CueReady,
    SessionEvent,
    SessionEventBody,
)


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {key: values[0] for key, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def seq(self) -> int:
        return int(self.query["seq"])

    @property
    def text(self) -> str:
        return self.body.decode()


Act = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


def answer(status: int = 200, body: str = "", **headers: str) -> Act:
    async def act(request: Request, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body.encode())}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())

    return act


def reset_in_the_body() -> Act:
    """The server has read all, answers half and is gone: the client cannot know."""

    async def act(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()
        _reset(writer)

    return act


def reset() -> Act:
    async def act(request: Request, writer: asyncio.StreamWriter) -> None:
        _reset(writer)

    return act


def hang() -> Act:
    async def act(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    return act


def trickle() -> Act:
    """Bytes come, but never an end."""

    async def act(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    return act


def garbage() -> Act:
    async def act(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x00\xff not HTTP at all\r\n\r\n")

    return act


def _reset(writer: asyncio.StreamWriter) -> None:
    raw: socket.socket = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@dataclass
class Server:
    """Answers 200 with ``usually`` unless ``acts`` says otherwise."""

    acts: deque[Act] = field(default_factory=deque)
    usually: Act = field(default_factory=answer)
    requests: list[Request] = field(default_factory=list)
    port: int = 0
    tls: ssl.SSLContext | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    async def __aenter__(self) -> Server:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def posts(self) -> list[Request]:
        """Without heartbeats."""
        return [request for request in self.requests if request.body]

    async def until(self, count: int, seconds: float = 10) -> None:
        """So many requests with a body have come."""
        async with asyncio.timeout(seconds):
            while len(self.posts) < count:
                self._changed.clear()
                await self._changed.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._request(head, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            return  # the client has gone, or the test is over
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _request(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        first, *lines = head.decode("latin-1").strip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        request = Request(method, target, headers, body)
        self.requests.append(request)
        self._changed.set()
        act = self.acts.popleft() if self.acts and (body or method == "GET") else self.usually
        await act(request, writer)
        await writer.drain()


START = from_seconds(95_400)
"""Media time begins high."""

BEGAN = datetime(2026, 3, 22, 23, 59, 50, tzinfo=UTC)
"""When the first sample was heard: ten seconds to midnight."""


class Report(NoReport):
    """What an output reported."""

    def __init__(self) -> None:
        self.sent: list[int] = []
        self.given_up: list[tuple[int, str]] = []
        self.failures: list[str] = []
        self.works = 0

    def shown(self, track: str, cue: Cue, at: datetime | None = None) -> None:
        self.sent.append(cue.index)

    def lost(self, track: str, cue: Cue, reason: str) -> None:
        self.given_up.append((cue.index, reason))

    def failing(self, reason: str) -> None:
        self.failures.append(reason)

    def working(self) -> None:
        self.works += 1


class Session:
    """A clock that is moved by hand, and the events of a session."""

    def __init__(self, began: datetime = BEGAN) -> None:
        self.now = began
        self.clock = SessionClock(lambda: self.now)
        self.report = Report()
        self._events: asyncio.Queue[SessionEvent | None] = asyncio.Queue()
        self._at = START
        self._id = 0
        self._cues = 0
        self.hear(0.1)

    def hear(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        samples = np.zeros(round(seconds * 16_000), np.float32)
        self.clock.place(AudioChunk(samples, self._at), 0.0, follows_wall=True, again=False)
        self._at += from_seconds(seconds)

    def publish(self, body: SessionEventBody, track: str = "source") -> None:
        self._id += 1
        self._events.put_nowait(SessionEvent(self._id, 1.0, track, body))

    def say(
        self, text: str, start: float, language: Language = "ru", track: str = "source"
    ) -> tuple[Word, ...]:
        """Committed words, half a second each."""
        words = tuple(
            Word(part, self.time(start + n / 2), self.time(start + n / 2 + 0.4), 0.9)
            for n, part in enumerate(text.split(" "))
        )
        self.publish(CommittedText(words, language), track)
        return words

    def cue(
        self,
        lines: tuple[str, ...],
        start: float,
        end: float,
        language: Language = "ru",
        track: str = "source",
    ) -> Cue:
        self._cues += 1
        spoken = " ".join(lines).split()
        length = (end - start) / max(1, len(spoken))
        words = tuple(
            Word(text, self.time(start + n * length), self.time(start + (n + 1) * length), 0.9)
            for n, text in enumerate(spoken)
        )
        cue = Cue(self._cues, self.time(start), self.time(end), lines, language, words)
        self.publish(CueReady(cue), track)
        return cue

    @staticmethod
    def time(seconds: float) -> Ticks:
        return START + round(seconds * TICKS_PER_SECOND)

    def end(self) -> None:
        self._events.put_nowait(None)

    async def events(self) -> AsyncIterator[SessionEvent]:
        while (event := await self._events.get()) is not None:
            yield event

    def context(
        self, *tracks: str, captions: CaptionState | None = None, language: Language = "ru"
    ) -> OutputContext:
        return OutputContext(
            "session-1",
            self.clock,
            [Rendition(track, (language,)) for track in tracks or ("source",)],
            load_preset("overlay-live"),
            captions=captions or CaptionState(),
            report=self.report,
        )


async def until(condition: Callable[[], object]) -> None:
    """Look until it holds; for what an output has no event for."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
