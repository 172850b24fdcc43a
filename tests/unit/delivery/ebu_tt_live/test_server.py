"""Connections that do not behave cost nobody but themselves."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import connect

from streaming.delivery.ebu_tt_live import server
from streaming.delivery.ebu_tt_live.config import Listening
from streaming.delivery.ebu_tt_live.server import DocumentServer

HANDSHAKE = (
    b"GET /a/subscribe HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@asynccontextmanager
async def serving(most: int = 20) -> AsyncIterator[DocumentServer]:
    listening = Listening("127.0.0.1", 0, most_connections=most)
    documents = DocumentServer(
        listening, lambda name: True, lambda name: [], lambda name, text: None
    )
    await documents.start()
    try:
        yield documents
    finally:
        async with asyncio.timeout(5):  # what an output gets that is cancelled
            await documents.stop()


async def unread(documents: DocumentServer) -> asyncio.StreamWriter:
    """A subscriber that reads nothing at all, not even a goodbye."""
    _, writer = await asyncio.open_connection("127.0.0.1", documents.port, limit=1)
    writer.transport.pause_reading()  # type: ignore[attr-defined]  # a transport of TCP has it
    writer.write(HANDSHAKE)
    await until(lambda: documents.subscribers == 1)
    return writer


async def gone(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - sockets tell nobody
            await asyncio.sleep(0.01)


async def test_one_that_reads_nothing_gives_its_place_to_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "_CLOSE_SECONDS", 0.2)
    async with serving(most=1) as documents:
        writer = await unread(documents)
        while not documents.dropped:
            documents.send("a", "d" * 100_000)
            await asyncio.sleep(0)
        await until(lambda: documents._connections == 0)
        async with connect(f"ws://127.0.0.1:{documents.port}/a/subscribe") as other:
            await until(lambda: documents.subscribers == 1)
            documents.send("a", "to the other")
            assert await other.recv() == "to the other"
        await gone(writer)


async def test_those_that_read_nothing_do_not_hold_up_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nor those that never say what they want."""
    monkeypatch.setattr(server, "_CLOSE_SECONDS", 0.5)
    async with serving() as documents:
        writer = await unread(documents)
        for _ in range(40):
            documents.send("a", "d" * 500_000)
        _, silent = await asyncio.open_connection("127.0.0.1", documents.port)
        await asyncio.sleep(0)
    await gone(writer)
    await gone(silent)


async def test_a_crowd_that_says_nothing_is_not_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_UNGREETED", 5)
    async with serving(most=1) as documents:
        opened = [await asyncio.open_connection("127.0.0.1", documents.port) for _ in range(40)]
        ends = [asyncio.create_task(_end(reader)) for reader, _ in opened]
        await until(lambda: sum(end.done() for end in ends) >= 34)
        for _, writer in opened:
            await gone(writer)
        await asyncio.gather(*ends)
        await until(lambda: not documents._known)
        async with connect(f"ws://127.0.0.1:{documents.port}/a/subscribe"):
            await until(lambda: documents.subscribers == 1)


async def _end(reader: asyncio.StreamReader) -> None:
    try:
        await reader.read()
    except ConnectionError:
        return


async def test_names_of_those_that_published_are_not_kept() -> None:
    async with serving() as documents:
        for name in range(20):
            async with connect(f"ws://127.0.0.1:{documents.port}/name-{name}/publish"):
                pass
        await until(lambda: documents._connections == 0)
        assert not documents._publishers
