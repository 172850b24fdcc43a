"""Audio pushed in every encoding, cut anywhere, and wrong audio."""

from __future__ import annotations

import asyncio
import struct
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest

from foundation.errors import Cancelled, FailedPrecondition, InvalidArgument, NotFound
from foundation.media_time import from_samples
from foundation.speech import Samples
from streaming.events import AudioChunk, FeedEvent, FeedState
from streaming.ingest.audio_format import AudioFormat, Encoding
from streaming.ingest.decode_file import decode_bytes, decode_file
from streaming.ingest.ffmpeg import find_ffmpeg
from streaming.ingest.push_feed import PushFeed

ORIGIN = 1 << 40


def tone(rate: int, seconds: float = 1.0, channels: int = 1) -> Samples:
    times = np.arange(round(rate * seconds)) / rate
    mono = 0.25 * np.sin(2 * np.pi * 440 * times)
    return np.repeat(mono[:, None], channels, axis=1).astype(np.float32)


def encode(encoding: Encoding, rate: int, channels: int) -> bytes:
    raw = (tone(rate, channels=channels) * 32768).astype("<i2").tobytes()
    if encoding == "linear16":
        return raw
    outputs = {
        "float32": ["-f", "f32le"],
        "mulaw": ["-f", "mulaw"],
        "alaw": ["-f", "alaw"],
        "flac": ["-f", "flac"],
        "ogg-opus": ["-c:a", "libopus", "-f", "ogg"],
        "wav": ["-f", "wav"],
    }
    source = ["-f", "s16le", "-ar", str(rate), "-ac", str(channels), "-i", "pipe:0"]
    command = [find_ffmpeg(), "-loglevel", "error", *source, *outputs[encoding], "pipe:1"]
    return subprocess.run(command, input=raw, stdout=subprocess.PIPE, check=True).stdout


async def push(feed: PushFeed, data: bytes, step: int) -> None:
    for offset in range(0, len(data), step):
        await feed.write(data[offset : offset + step])
    await feed.finish()


async def hear(audio_format: AudioFormat, data: bytes, step: int = 997) -> Samples:
    chunks: list[AudioChunk] = []
    async with asyncio.timeout(20), PushFeed(audio_format, ORIGIN) as feed:
        pushing = asyncio.create_task(push(feed, data, step))
        items = [item async for item in feed]
        await pushing
    assert items[-1] == FeedEvent(FeedState.ENDED)
    chunks = [item for item in items if isinstance(item, AudioChunk)]
    position = 0
    for chunk in chunks:
        assert chunk.start == ORIGIN + from_samples(position, 16_000)
        position += chunk.samples.size
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ffmpeg")]
    return np.concatenate([chunk.samples for chunk in chunks])


@pytest.mark.parametrize(
    "encoding", ["linear16", "float32", "mulaw", "alaw", "flac", "ogg-opus", "wav"]
)
@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (48_000, 2), (8_000, 1)])
async def test_every_encoding_gives_the_same_tone(
    encoding: Encoding, rate: int, channels: int
) -> None:
    raw = encoding in ("linear16", "float32", "mulaw", "alaw")
    audio_format = AudioFormat(encoding, rate if raw else 0, channels if raw else 0)
    heard = await hear(audio_format, encode(encoding, rate, channels))
    assert abs(heard.size - 16_000) < 400
    middle = heard[4_000:12_000]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(middle.size)))
    assert abs(float(np.argmax(spectrum)) * 2 - 440) <= 2
    assert abs(float(np.abs(middle).max()) - 0.25) < 0.02


async def test_one_channel_is_chosen() -> None:
    left, right = tone(16_000), np.zeros((16_000, 1), np.float32)
    data = np.hstack([left, right]).astype("<f4").tobytes()
    assert np.array_equal(await hear(AudioFormat("float32", 16_000, 2, 1), data), left[:, 0])
    assert not (await hear(AudioFormat("float32", 16_000, 2, 2), data)).any()
    assert np.allclose(await hear(AudioFormat("float32", 16_000, 2), data), left[:, 0] / 2)


def wav_header(channels: int, rate: int, size: int) -> bytes:
    layout = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate, rate * 2, 2, 16)
    return b"RIFF" + struct.pack("<I", 36) + b"WAVE" + layout + struct.pack("<4sI", b"data", size)


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("wav", wav_header(0, 16_000, 100) + bytes(100)),
        ("wav", wav_header(9, 16_000, 100) + bytes(100)),
        ("wav", wav_header(1, 1, 100) + bytes(100)),
        ("wav", wav_header(1, 16_000, 3_000_000_000) + bytes(100)),
        ("wav", "мәтін".encode() * 100),
        ("wav", b"RIFF"),
        ("wav", b""),
        ("flac", b"no music" * 100),
        ("flac", b"fLaC" + bytes(38)),
        ("ogg-opus", b"OggS" + bytes(100)),
    ],
)
async def test_a_wrong_container_is_refused(encoding: Encoding, data: bytes) -> None:
    async with asyncio.timeout(10), PushFeed(AudioFormat(encoding)) as feed:
        pushing = asyncio.create_task(push(feed, data, 30))
        with pytest.raises(InvalidArgument) as caught:
            await anext(feed)
        assert caught.value.field == "audio"
        await asyncio.gather(pushing, return_exceptions=True)


async def test_a_right_header_before_rubbish_is_refused() -> None:
    data = encode("flac", 16_000, 1)[:42] + b"\x55" * 5_000
    with pytest.raises(InvalidArgument) as caught:
        await hear(AudioFormat("flac"), data)
    assert caught.value.field == "audio"


async def test_the_header_must_agree_with_the_configuration() -> None:
    with pytest.raises(InvalidArgument, match="sample_rate_hertz"):
        await decode_bytes(encode("wav", 16_000, 1), AudioFormat("wav", 8_000), 60)


@pytest.mark.parametrize("value", [np.nan, np.inf])
async def test_a_float_that_is_no_number_is_refused(value: float) -> None:
    feed = PushFeed(AudioFormat("float32", 16_000, 1))
    with pytest.raises(InvalidArgument, match="finite"):
        await feed.write(np.array([0, value], "<f4").tobytes())
    await feed.aclose()


@pytest.mark.parametrize(
    ("audio_format", "field"),
    [
        (AudioFormat("linear16", 1, 1), "audio_config.sample_rate_hertz"),
        (AudioFormat("linear16", 16_000, 0), "audio_config.channel_count"),
        (AudioFormat("linear16", 16_000, 2, 3), "audio_config.channel"),
        (AudioFormat("flac", 96_000), "audio_config.sample_rate_hertz"),
    ],
)
def test_a_wrong_format_is_refused(audio_format: AudioFormat, field: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        PushFeed(audio_format)
    assert caught.value.field == field


@pytest.mark.parametrize("encoding", ["linear16", "wav"])
async def test_a_writer_waits_for_the_reader_and_closing_frees_it(encoding: Encoding) -> None:
    raw = encoding == "linear16"
    head = b"" if raw else wav_header(1, 16_000, 0xFFFFFFFF)
    feed = PushFeed(AudioFormat(encoding, 16_000 if raw else 0, 1 if raw else 0))
    writing = asyncio.create_task(feed.write(head + bytes(4_000_000)))
    done, _ = await asyncio.wait({writing}, timeout=0.5)
    assert not done
    await feed.aclose()
    with pytest.raises(Cancelled):
        await writing
    with pytest.raises(StopAsyncIteration):
        await anext(feed)


async def test_audio_after_the_end_is_refused() -> None:
    async with PushFeed(AudioFormat("linear16", 16_000, 1)) as feed:
        await feed.finish()
        with pytest.raises(FailedPrecondition):
            await feed.write(b"ab")


async def test_recordings_are_decoded_and_bounded(tmp_path: Path) -> None:
    path = tmp_path / "tone.flac"
    path.write_bytes(encode("flac", 48_000, 2))
    assert abs((await decode_file(path, 10)).size - 16_000) < 20
    assert abs((await decode_bytes(path.read_bytes(), AudioFormat("flac"), 10)).size - 16_000) < 20
    with pytest.raises(InvalidArgument, match="longer than"):
        await decode_file(path, 0.5)
    with pytest.raises(InvalidArgument, match="longer than"):
        await decode_bytes(path.read_bytes(), AudioFormat("flac"), 0.5)
    with pytest.raises(NotFound):
        await decode_file(tmp_path / "none.flac", 10)
    path.write_text("no audio")
    with pytest.raises(InvalidArgument):
        await decode_file(path, 10)
    with pytest.raises(InvalidArgument):
        await decode_bytes(b"", AudioFormat("flac"), 10)
