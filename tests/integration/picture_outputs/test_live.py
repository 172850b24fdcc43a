"""A live feed that is lost and returns on another clock, through both outputs at once."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest

from foundation.media_time import TICKS_PER_SECOND as SECOND
from streaming.cues.presets import load_preset
from streaming.delivery.burn_in import BurnInOutput
from streaming.delivery.context import OutputContext
from streaming.delivery.dvb import DvbOutput
from streaming.delivery.kinds import output_kind
from streaming.delivery.renditions import session_renditions
from streaming.ingest.ffmpeg import find_ffmpeg
from streaming.ingest.media_tap import MediaTaps
from streaming.ingest.unwrap import WRAP, unwrap
from streaming.ingest.url_feed import UrlFeed
from streaming.session import LiveSession
from tests.end_to_end.live_players.feed import BeepRecognizer, sender
from tests.integration.picture_outputs.feeds import pages

MARKS = (2.0, 4.6)
"""Seconds at which the programme beeps and flashes; so far apart that no gap is closed."""

SECONDS = 6
DELAY = 4.0
BEFORE_WRAP = WRAP / SECOND - 4.5


def programme(path: Path) -> Path:
    on = "+".join(f"between(t,{mark},{mark + 0.4})" for mark in MARKS)
    command = [find_ffmpeg(), "-loglevel", "error", "-nostdin", "-y", "-f", "lavfi", "-i"]
    command += [f"color=black:size=320x180:rate=25,drawbox=color=0x404040:t=fill:enable='{on}'"]
    command += ["-f", "lavfi", "-i", f"aevalsrc='0.5*sin(2*PI*1000*t)*({on})':s=48000"]
    command += ["-t", str(SECONDS), "-c:v", "libx264", "-preset", "ultrafast", "-g", "25"]
    subprocess.run([*command, "-c:a", "aac", str(path)], check=True)
    return path


@dataclass
class Receiver:
    """Writes the datagrams of a socket to a file."""

    path: Path
    first_at: float = 0.0

    def __post_init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._socket.setblocking(False)
        asyncio.get_running_loop().add_reader(self._socket, self._read)
        self._file = self.path.open("wb")

    def _read(self) -> None:
        data = self._socket.recv(4096)
        self.first_at = self.first_at or time.monotonic()
        self._file.write(data)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()
        self._file.close()


@pytest.fixture
def free_port() -> Iterator[int]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]


@pytest.mark.slow
@pytest.mark.alone
async def test_text_meets_picture_before_and_after_a_break(
    tmp_path: Path, free_port: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    source = programme(tmp_path / "programme.ts")
    taps = MediaTaps()
    url = f"udp://127.0.0.1:{free_port + 1}"
    recognizer = BeepRecognizer()
    session = LiveSession(UrlFeed(url, media=taps), recognizer, load_preset("hls-live"))
    receivers = {name: Receiver(tmp_path / f"{name}.ts") for name in ("dvb", "burn-in")}
    outputs: list[DvbOutput | BurnInOutput] = []
    for name, receiver in receivers.items():
        kind = output_kind(name)
        options = {"preset": "ultrafast", "threads": 1} if name == "burn-in" else {}
        target = f"udp://127.0.0.1:{receiver.port}"
        config = kind.config(target=target, delay_seconds=DELAY, **options)
        context = OutputContext(
            "s",
            session.clock,
            session_renditions(session.track, ("en",), (), latin=False),
            load_preset("hls-live"),
            media=taps.open(kind.sound),
        )
        output = kind.open(config, context)
        assert isinstance(output, DvbOutput | BurnInOutput)
        outputs.append(output)
    running = asyncio.create_task(session.run())
    sending = [asyncio.create_task(each.run(session.subscribe())) for each in outputs]
    first_heard = await _play(source, url, BEFORE_WRAP, session)
    async with asyncio.timeout(20):
        while session.state.value != "feed-lost":  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await _play(source, url, 20.0, session)
    await asyncio.sleep(1.0)
    session.stop()
    await running
    await asyncio.gather(*sending)
    for receiver in receivers.values():
        receiver.close()
    assert DELAY - 0.3 < receivers["dvb"].first_at - first_heard < DELAY + 5  # a busy machine
    assert [each.counts["source"].late for each in outputs] == [0, 0]
    assert [each.counts["source"].on_time for each in outputs] == [4, 4]
    # DVB: a page begins when its beep does, with the picture's flash.
    shown = [page.time for page in pages(tmp_path / "dvb.ts", "eng") if page.indices.size]
    begun = [at for at, _ in _flashes(tmp_path / "dvb.ts")]
    assert len(begun) >= 3  # a connection may begin with frames that cannot be decoded
    for at in begun:
        assert min(abs(unwrap(time, at) - at) for time in shown) < 0.1 * SECOND, (begun, shown)
    # Burnt in: white letters stand where the picture flashes grey.
    flashes = [share for _, share in _flashes(tmp_path / "burn-in.ts")]
    assert len(flashes) >= 3
    assert all(share > 0.8 for share in flashes), flashes


async def _play(source: Path, url: str, first_timestamp: float, session: LiveSession) -> float:
    """Send the programme; return when the session first heard it."""
    heard = session.clock.heard_until
    with sender(source, url, first_timestamp):
        async with asyncio.timeout(20):
            while session.clock.heard_until == heard:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            at = time.monotonic()
            await asyncio.sleep(SECONDS)
    return at


def _flashes(path: Path) -> list[tuple[int, float]]:
    """Each flash's timestamp, and the share of its frames that have white letters."""
    flashes: list[tuple[int, list[bool]]] = []
    lit = False
    with av.open(str(path), container_options={"correct_ts_overflow": "0"}) as container:
        for frame in container.decode(video=0):
            luma = frame.to_ndarray(format="gray").astype(int)
            grey = bool(np.median(luma[:90]) > 40)
            if grey and not lit:
                flashes.append((frame.pts, []))
            if grey:
                flashes[-1][1].append(bool(luma[90:].max() > 200))
            lit = grey
    return [(at, sum(frames) / len(frames)) for at, frames in flashes]
