"""An output that is cancelled half-way leaves no process and nothing half-written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from streaming.delivery.kinds import output_kind
from streaming.session_events import SessionEvent
from tests.integration.picture_outputs.feeds import encode, heard


@pytest.mark.parametrize("name", ["dvb", "burn-in"])
async def test_cancelled_half_way(tmp_path: Path, name: str) -> None:
    source = encode(tmp_path / "a.ts", 6)
    feed = heard(source, 6, 0, ((1.0, 5.0),))
    kind, out = output_kind(name), tmp_path / "out.ts"
    before = _children()
    output = kind.open(kind.config(target=str(out), delay_seconds=0), feed.context())

    async def events() -> AsyncIterator[SessionEvent]:
        async for event in feed.events():
            yield event
        await asyncio.Event().wait()  # the session goes on

    running = asyncio.create_task(output.run(events()))
    async with asyncio.timeout(30):
        while not out.exists() or out.stat().st_size < 20_000:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.02)
    if name == "burn-in":
        assert _children() > before
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert _children() == before
    data = out.read_bytes()
    assert {data[place] for place in range(0, len(data), 188)} == {0x47}


def _children() -> int:
    return len(psutil.Process().children(recursive=True))
