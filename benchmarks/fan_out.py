"""Live text to many browsers: how long from a word's commit to the last viewer.

    python -m benchmarks.fan_out [--viewers 200] [--overlays 20] [--seconds 30] [--out DIR]

The services run in this process, the gateway in one of its own, the viewers in a third. A session
of four tracks says ten events a second, the mixture of a live one: mostly tentative text. The
figures are from the publishing of an event to its arrival at each viewer, all JSON parsed;
corrections are timed from the operator's HTTP request to each overlay. All processes read one
monotonic clock.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import httpx2
import psutil
from dauys.client import AsyncClient
from rich.console import Console
from rich.table import Table
from websockets.asyncio.client import connect

from benchmarks.report import write_report
from foundation.languages import Language
from foundation.speech import Transcription, Word
from models.store import ModelStore
from services.server.bootstrap import Server
from services.server.settings import Settings
from services.subtitling.service import SubtitlingService
from streaming.session import LiveSession
from streaming.session_events import CommittedText, TentativeText
from workers.interface import Task
from workers.testing import FakePool

EVENTS_A_SECOND: Final = 10
CORRECTIONS_EVERY: Final = 20
"""Events."""

_TEXT: Final = "Бүгін Астанада үкіметтің кеңейтілген отырысы өтті деп хабарлады баспасөз қызметі"
_TRACKS: Final[tuple[tuple[str, Language], ...]] = (
    ("source", "kk"),
    ("kk", "kk"),
    ("ru", "ru"),
    ("en", "en"),
)


async def look_on(address: str, overlay: bool, seen: list[tuple[bool, str, float]]) -> None:
    """One viewer: notes when each marked event arrived."""
    query = "tracks=source&last=40" if overlay else "last=600"
    async with connect(f"{address}?{query}", compression=None, max_queue=None) as stream:
        async for message in stream:
            now = time.monotonic()
            for line in str(message).split("\n"):
                event = json.loads(line)
                if event["kind"] in ("tentative", "committed"):
                    seen.append((overlay, event["text"].rpartition(" ")[2], now))
                elif event["kind"] == "correction":
                    for text in event["texts"]:
                        seen.append((overlay, text["text"].rpartition(" ")[2], now))


def viewers(address: str, count: int, overlays: int, control: Connection) -> None:
    """All viewers, in a process of their own, until told to stop."""

    async def run() -> None:
        seen: list[tuple[bool, str, float]] = []
        tasks = []
        for number in range(count + overlays):
            tasks.append(asyncio.create_task(look_on(address, number >= count, seen)))
            await asyncio.sleep(0.005)
        control.send("here")
        await asyncio.to_thread(control.recv)
        for task in tasks:
            task.cancel()
        control.send(seen)

    asyncio.run(run())


def hear_nothing(task: Task) -> Transcription:
    """No model is needed."""
    return Transcription("", (), "en", 1.0, 0.0, 1.0, 1.0)


async def speak(
    session: LiveSession, seconds: float, correct: Any, sent: dict[str, float]
) -> list[float]:
    """Publish events at their pace; returns how late each was published (the load's own lag)."""
    late = []
    begin = time.monotonic()
    for number in range(round(seconds * EVENTS_A_SECOND)):
        due = begin + number / EVENTS_A_SECOND
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        track, language = _TRACKS[number % len(_TRACKS)]
        mark = f"e{number}"
        words = tuple(
            Word(text, number * 9000 + n, number * 9000 + n + 1, 0.9)
            for n, text in enumerate([*_TEXT.split(), mark])
        )
        body: CommittedText | TentativeText = TentativeText(words, language)
        committed = number % 5 == 0 or number % CORRECTIONS_EVERY == 0
        if committed:
            body = CommittedText(words, language)
        late.append(time.monotonic() - due)
        sent[mark] = time.monotonic()
        event_id = session.operators.publish(track, body)
        if committed and number % CORRECTIONS_EVERY == 0 and track == "source":
            await correct(event_id, f"{_TEXT} {mark}", number)
    return late


async def measure(arguments: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Start everything, speak, collect."""
    pool = FakePool(hear_nothing)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(port=0, database_url=f"sqlite:///{folder}/dauys.sqlite3")
        async with Server(settings, pool, ModelStore()) as server:
            target = f"127.0.0.1:{server.port}"
            gateway, address = await start_gateway(target)
            try:
                async with AsyncClient(target) as client:
                    created = await client.create_live_session(languages=["kk"])
                    session_id = created.name.removeprefix("liveSessions/")
                    service = next(s for s in server._services if isinstance(s, SubtitlingService))
                    session = service._sessions.get(session_id).session
                    return await with_viewers(
                        arguments, console, session, session_id, address, gateway
                    )
            finally:
                gateway.terminate()
                await gateway.wait()
    await pool.aclose()
    raise AssertionError("it has returned")


async def start_gateway(target: str) -> tuple[asyncio.subprocess.Process, str]:
    """``dauys gateway`` in a process of its own, once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    gateway = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.command_line.main", "gateway"),
        *("--server", target, "--port", str(port)),
        stderr=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    give_up = time.monotonic() + 60
    async with httpx2.AsyncClient(base_url=address) as http:
        while time.monotonic() < give_up:
            try:
                (await http.get("/health")).raise_for_status()
            except httpx2.TransportError:
                await asyncio.sleep(0.1)
                continue
            return gateway, address
    gateway.kill()
    raise RuntimeError("the gateway has not started")


async def with_viewers(
    arguments: argparse.Namespace,
    console: Console,
    session: LiveSession,
    session_id: str,
    address: str,
    gateway: asyncio.subprocess.Process,
) -> dict[str, Any]:
    """Speak to all viewers and work out the figures."""
    events = f"{address.replace('http', 'ws', 1)}/v1/sessions/{session_id}/events"
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    crowd = multiprocessing.get_context("spawn").Process(
        target=viewers, args=(events, arguments.viewers, arguments.overlays, theirs)
    )
    crowd.start()
    await asyncio.to_thread(ours.recv)
    sent: dict[str, float] = {}
    asked: dict[str, float] = {}
    async with httpx2.AsyncClient(base_url=address) as http:
        csrf = (await http.get("/v1/me")).json()["csrf"]

        async def correct(event_id: int, text: str, number: int) -> None:
            body = {
                "track": "source",
                "event_id": event_id,
                "expected_text": text,
                "text": f"{_TEXT} c{number}",
            }
            asked[f"c{number}"] = time.monotonic()
            answer = await http.post(
                f"/v1/sessions/{session_id}/corrections",
                json=body,
                headers={"X-CSRF-Token": csrf},
            )
            answer.raise_for_status()

        process = psutil.Process(gateway.pid)
        cpu = sum(process.cpu_times()[:2])
        begin = time.monotonic()
        late = await speak(session, arguments.seconds, correct, sent)
        await asyncio.sleep(2)
        share = (sum(process.cpu_times()[:2]) - cpu) / (time.monotonic() - begin)
        memory = process.memory_info().rss
    ours.send("stop")
    seen = await asyncio.to_thread(ours.recv)
    crowd.join()
    taken = {
        "all viewers": [now - sent[mark] for _, mark, now in seen if mark in sent],
        "overlays": [now - sent[mark] for overlay, mark, now in seen if overlay and mark in sent],
        "corrections, overlays": [
            now - asked[mark] for overlay, mark, now in seen if overlay and mark in asked
        ],
    }
    figures = {name: summary(times) for name, times in taken.items()}
    table = Table("", "deliveries", "median ms", "p95 ms", "p99 ms", "longest ms")
    for name, row in figures.items():
        table.add_row(name, str(row["count"]), *(f"{row[k]:.0f}" for k in row if k != "count"))
    console.print(table)
    console.print(
        f"{arguments.viewers} viewers and {arguments.overlays} overlays; gateway {share:.0%} of a "
        f"core, {memory / 2**20:.0f} MiB; events published up to {max(late) * 1000:.0f} ms late"
    )
    return {
        "viewers": arguments.viewers,
        "overlays": arguments.overlays,
        "events_a_second": EVENTS_A_SECOND,
        "figures": figures,
        "gateway_cores": round(share, 3),
        "gateway_bytes": memory,
    }


def summary(times: Sequence[float]) -> dict[str, float]:
    """Milliseconds."""
    ordered = sorted(time * 1000 for time in times)
    cut = statistics.quantiles(ordered, n=100)
    return {
        "count": len(ordered),
        "median": round(cut[49], 1),
        "p95": round(cut[94], 1),
        "p99": round(cut[98], 1),
        "longest": round(ordered[-1], 1),
    }


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--overlays", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    arguments = parser.parse_args()
    console = Console()
    write_report(console, arguments.out, "fan_out", asyncio.run(measure(arguments, console)))


if __name__ == "__main__":
    main()
