"""The voice as a live transport stream."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import av
import numpy as np
import pytest

from foundation.errors import InvalidArgument
from streaming.delivery.sending import parse_target
from streaming.delivery.voice.sinks import TransportSink
from streaming.synthesis.encoding import Provenance

RATE = 24_000
PROVENANCE = Provenance(("piper-kk-issai",), "", "kk")


async def speak(sink: TransportSink, seconds: float, pause: float = 0.0) -> None:
    times = np.arange(round(seconds * RATE)) / RATE
    samples = (0.5 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)
    for start in range(0, samples.size, RATE // 25):
        await sink.write(samples[start : start + RATE // 25])
        await asyncio.sleep(pause)
    await sink.close()
    await sink.close()


async def test_a_file_has_the_voice_its_language_and_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "voice.ts"
    await speak(TransportSink(parse_target(str(path)), RATE, "kk", PROVENANCE), 3.0)
    with av.open(str(path)) as container:
        (stream,) = container.streams.audio
        assert stream.codec_context.name == "aac"
        assert stream.metadata["language"] == "kaz"
        frames = list(container.decode(stream))
    heard = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])
    assert heard.size / RATE == pytest.approx(3.0, abs=0.15)
    assert np.sqrt(np.mean(heard[RATE : 2 * RATE] ** 2)) == pytest.approx(0.354, abs=0.03)
    assert b"Synthetic voice piper-kk-issai" in path.read_bytes()


async def test_a_receiver_gets_whole_packets_as_they_come() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.setblocking(False)
        port = receiver.getsockname()[1]
        sink = TransportSink(parse_target(f"udp://127.0.0.1:{port}"), RATE, "ru", PROVENANCE)
        loop = asyncio.get_running_loop()
        speaking = asyncio.create_task(speak(sink, 2.0, pause=0.04))
        async with asyncio.timeout(20):
            first = await loop.sock_recv(receiver, 2000)
        assert not speaking.done(), "it comes while it is spoken"
        assert len(first) % 188 == 0
        assert first[0] == 0x47
        await speaking


def test_a_target_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="target"):
        parse_target("http://example.kz/voice.ts")


async def test_nothing_was_said(tmp_path: Path) -> None:
    sink = TransportSink(parse_target(str(tmp_path / "x.ts")), RATE, "en", PROVENANCE)
    await sink.close()
    assert not (tmp_path / "x.ts").exists()
