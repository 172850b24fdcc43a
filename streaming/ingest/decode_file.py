"""Whole recordings, for offline transcription."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import numpy as np

from foundation.errors import InvalidArgument
from foundation.speech import SAMPLE_RATE, Samples
from streaming.events import AudioChunk
from streaming.ingest.audio_format import AudioFormat
from streaming.ingest.child import Child
from streaming.ingest.ffmpeg import raw_pcm_command
from streaming.ingest.push_feed import PushFeed
from streaming.ingest.source import check_reachable, parse_source
from streaming.ingest.timed_reader import pcm_to_samples

_READ_BYTES: Final = 1 << 16


async def decode_file(path: Path, max_seconds: float) -> Samples:
    """The first audio stream of a file: float32 [n], 16 kHz mono.

    A damaged file gives what there is.

    Raises:
        NotFound: no such file.
        InvalidArgument: ``url``: a folder; ``source``: no audio, or longer than ``max_seconds``.
    """
    source = parse_source(f"file:{path}", "local", ())
    check_reachable(source, "local", ())
    command = raw_pcm_command(source.url, source.input_options(False), 0, max_seconds + 1)
    child = Child(command)
    parts: list[bytes] = []
    try:
        while data := await child.read(_READ_BYTES):
            parts.append(data)
        status = await child.wait()
        detail = child.detail or f"ffmpeg ended with status {status}"
    finally:
        await child.close()
    pcm = b"".join(parts)
    if not pcm:
        raise InvalidArgument("source", f"{path.name} holds no audio: {detail}")
    _check_length(len(pcm) // 2, max_seconds, "source")
    return pcm_to_samples(pcm[: len(pcm) & ~1])


async def decode_bytes(data: bytes, audio_format: AudioFormat, max_seconds: float) -> Samples:
    """A recording in memory: float32 [n], 16 kHz mono.

    Raises:
        InvalidArgument: ``audio``: empty, not what the format says, or longer than
            ``max_seconds``; ``audio_config.…``: the format is wrong.
    """
    audio_format.validate("audio_config")
    if not data:
        raise InvalidArgument("audio", "is empty")
    parts: list[Samples] = []
    total = 0
    async with PushFeed(audio_format) as feed:
        pushing = asyncio.create_task(_push(feed, data))
        try:
            async for item in feed:
                if isinstance(item, AudioChunk):
                    parts.append(item.samples)
                    total += item.samples.size
                    _check_length(total, max_seconds, "audio")
        finally:
            await feed.aclose()
            await asyncio.wait({pushing})
            if not pushing.cancelled():
                pushing.exception()  # the iteration has raised it, or nobody waits for it
    if not total:
        raise InvalidArgument("audio", "holds no audio")
    return np.concatenate(parts)


async def _push(feed: PushFeed, data: bytes) -> None:
    await feed.write(data)
    await feed.finish()


def _check_length(samples: int, max_seconds: float, field: str) -> None:
    if samples > max_seconds * SAMPLE_RATE:
        raise InvalidArgument(field, f"is longer than {max_seconds:g} seconds")
