"""Speech synthesis by the starter voice, beside piper-tts called directly in the same run.

    python -m benchmarks.synthesis [VOICE] --sentences FILE [--count N] [--round-trip N]

Ours: the worker pool with one thread a worker, a sentence a task. *Direct*: ``PiperVoice`` with one
thread, as a worker has, and as it comes (a thread a core). The three ways take turns, sentence by
sentence, so that what else the machine does hits them alike.

*Service*: the SDK over gRPC on loopback, with the text front end, joins and PCM.

- *First audio*: from a complete sentence to its first samples; of the service, by how long the
  sentence is.
- *Real-time factor*: seconds of work for a second of speech, of the clock and of the processor.
- *Overhead*: a sentence's real-time factor by that of Piper with one thread, the median. The
  processor's figure stands while other work runs; that of the clock needs an idle machine.
- *Streams*: several listeners at once, each spoken to sentence by sentence. A stream is late when
  a piece comes after what was heard before it has ended.
- *Round trip*: Whisper base hears what was said; word error rates, numbers in digits. Broken off,
  it goes on where it was (``synthesis-heard.jsonl``).
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import math
import os
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from dauys.client import (
    AsyncClient,
    AudioEncoding,
    SpeechAudio,
    SpeechBytes,
    SpeechFinished,
    SpeechOptions,
)
from piper import PiperVoice
from piper.config import PiperConfig
from rich.console import Console
from rich.table import Table

from benchmarks.report import write_report
from benchmarks.scores import median
from benchmarks.synthesis_round_trip import EAR, round_trip
from foundation.synthesis import SynthesisRequest, Waveform
from models.engines.base import EngineOptions
from models.loading import make_loader
from models.store import ModelStore
from services.server.bootstrap import Server
from services.server.settings import Settings
from workers.in_process import InProcessPool, PoolConfig
from workers.interface import Priority, Task

_LENGTHS: Final = (3.0, 5.0, 8.0, 12.0)
"""Seconds of speech that part the sentences."""

_STREAMS: Final = 4
_A_STREAM: Final = 5
"""Sentences that each of several streams speaks."""


@dataclass(frozen=True, slots=True)
class Line:
    """One way of speaking."""

    way: str
    first_audio_milliseconds: float
    """Median; of ways that do not stream, the whole sentence."""

    first_audio_worst: float
    real_time_factor: float
    overhead: float
    """Share more than direct with one thread, the median of the sentences' own."""

    cpu_real_time_factor: float
    cpu_overhead: float
    """The same of the processor's time, of all threads."""


@dataclass(frozen=True, slots=True)
class Waits:
    """First audio of the service, streamed, of sentences of a length."""

    seconds: str
    """Of speech."""

    sentences: int
    median_milliseconds: float
    worst_milliseconds: float


@dataclass(frozen=True, slots=True)
class Streams:
    """Several at once."""

    streams: int
    first_audio_milliseconds: float
    first_audio_worst: float
    real_time_factor: float
    """Of each stream, the worst."""

    late: int
    """Pieces that came when there was nothing left to play."""


class Direct:
    """piper-tts as its own program uses it, with a number of threads."""

    def __init__(self, folder: Path, threads: int) -> None:
        (path,) = folder.glob("*.onnx")
        options = onnxruntime.SessionOptions()
        if threads:
            options.intra_op_num_threads = options.inter_op_num_threads = threads
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        config = json.loads(path.with_name(f"{path.name}.json").read_text(encoding="utf-8"))
        self._voice = PiperVoice(session=session, config=PiperConfig.from_dict(config))

    def speak(self, text: str) -> tuple[Waveform, int]:
        """All of a text."""
        chunks = list(self._voice.synthesize(text))
        return np.concatenate([chunk.audio_float_array for chunk in chunks]), chunks[0].sample_rate


@dataclass(frozen=True, slots=True)
class _Timed:
    first: float
    total: float
    speech: float
    processor: float = 0.0
    """All in seconds."""

    @property
    def factor(self) -> float:
        return self.total / self.speech

    @property
    def cpu_factor(self) -> float:
        return self.processor / self.speech


async def _with_processor(way: Awaitable[_Timed]) -> _Timed:
    """A way of speaking with what the processor worked for it."""
    before = time.process_time()
    timed = await way
    return replace(timed, processor=time.process_time() - before)


async def _ours(pool: InProcessPool, voice: str, text: str, stream: bool) -> _Timed:
    request = SynthesisRequest.of_text(text, "en")
    began = time.perf_counter()
    first = speech = 0.0
    if stream:
        async for piece in pool.stream(Task(voice, "stream_synthesis", request)):
            first = first or time.perf_counter() - began
            speech += piece.samples.size / piece.sample_rate
    else:
        spoken = await pool.call(Task(voice, "synthesize", request))
        first = time.perf_counter() - began
        speech = spoken.samples.size / spoken.sample_rate
    return _Timed(first, time.perf_counter() - began, speech)


def _directly(direct: Direct, text: str) -> _Timed:
    began = time.perf_counter()
    samples, rate = direct.speak(text)
    took = time.perf_counter() - began
    return _Timed(took, took, samples.size / rate)


async def _served(client: AsyncClient, voice: str, text: str, stream: bool) -> _Timed:
    """Through the service, the SDK and loopback, as PCM: text front end and joining included."""
    options = SpeechOptions(voice, "en")
    audio = SpeechAudio(AudioEncoding.LINEAR16)
    began = time.perf_counter()
    if not stream:
        speech = await client.synthesize(text, options=options, audio=audio)
        took = time.perf_counter() - began
        return _Timed(took, took, speech.seconds)
    first = seconds = 0.0

    async def pieces() -> AsyncIterator[str]:
        yield text

    async for event in client.streaming_synthesize(pieces(), options=options, audio=audio):
        match event:
            case SpeechBytes():
                first = first or time.perf_counter() - began
            case SpeechFinished():
                seconds = event.seconds
    return _Timed(first, time.perf_counter() - began, seconds)


async def compare(
    pool: InProcessPool, client: AsyncClient, voice: str, folder: Path, texts: Sequence[str]
) -> tuple[list[Line], list[Waits]]:
    """Every sentence each way in turn."""
    one, usual = Direct(folder, 1), Direct(folder, 0)
    ways: dict[str, list[_Timed]] = {
        way: []
        for way in (
            "direct, one thread",
            "direct, as it comes",
            "ours, whole",
            "ours, streamed",
            "service, whole",
            "service, streamed",
        )
    }
    for number, text in enumerate([texts[0], *texts]):
        timed = [
            await _with_processor(way)
            for way in (
                asyncio.to_thread(_directly, one, text),
                asyncio.to_thread(_directly, usual, text),
                _ours(pool, voice, text, stream=False),
                _ours(pool, voice, text, stream=True),
                _served(client, voice, text, stream=False),
                _served(client, voice, text, stream=True),
            )
        ]
        for rows, row in zip(ways.values(), timed, strict=True):
            if number:  # the first warms up
                rows.append(row)
    base = ways["direct, one thread"]
    lines = [
        Line(
            way=way,
            first_audio_milliseconds=1000 * median([row.first for row in rows]),
            first_audio_worst=1000 * max(row.first for row in rows),
            real_time_factor=median([row.factor for row in rows]),
            overhead=_over([row.factor for row in rows], [row.factor for row in base]),
            cpu_real_time_factor=median([row.cpu_factor for row in rows]),
            cpu_overhead=_over([row.cpu_factor for row in rows], [row.cpu_factor for row in base]),
        )
        for way, rows in ways.items()
    ]
    return lines, waits(ways["service, streamed"])


def _over(values: Sequence[float], base: Sequence[float]) -> float:
    return median([value / usual - 1 for value, usual in zip(values, base, strict=True)])


def waits(rows: Sequence[_Timed]) -> list[Waits]:
    """First audio by the length of the sentence."""
    found = []
    for low, high in itertools.pairwise((0.0, *_LENGTHS, math.inf)):
        firsts = [1000 * row.first for row in rows if low <= row.speech < high]
        name = f"from {low:g}" if math.isinf(high) else f"{low:g} to {high:g}"
        if firsts:
            found.append(Waits(name, len(firsts), median(firsts), max(firsts)))
    return found


async def at_once(pool: InProcessPool, voice: str, texts: Sequence[str]) -> Streams:
    """Several streams, each of several sentences."""
    firsts: list[float] = []
    late = 0

    async def listen(number: int) -> float:
        nonlocal late
        began = time.perf_counter()
        speech, playing_until = 0.0, 0.0
        for place in range(_A_STREAM):
            request = SynthesisRequest.of_text(texts[(number + place) % len(texts)], "en")
            asked, heard = time.perf_counter(), False
            async for piece in pool.stream(
                Task(voice, "stream_synthesis", request, Priority.INTERACTIVE, session=str(number))
            ):
                now = time.perf_counter()
                if not heard:
                    firsts.append(now - asked)
                elif now > playing_until:
                    late += 1
                heard = True
                seconds = piece.samples.size / piece.sample_rate
                playing_until = max(playing_until, now) + seconds
                speech += seconds
        return (time.perf_counter() - began) / speech

    factors = await asyncio.gather(*(listen(number) for number in range(_STREAMS)))
    return Streams(_STREAMS, 1000 * median(firsts), 1000 * max(firsts), max(factors), late)


def _show(console: Console, title: str, rows: Sequence[Any]) -> None:
    table = Table(title=title, title_justify="left")
    for name in asdict(rows[0]):
        table.add_column(name.replace("_", " "))
    for row in rows:
        table.add_row(
            *(
                f"{cell:.3f}" if isinstance(cell, float) else str(cell)
                for cell in asdict(row).values()
            )
        )
    console.print(table)


async def _run(arguments: argparse.Namespace) -> None:
    store = ModelStore()
    console = Console(width=120)
    folder = store.ensure(arguments.voice)
    lines = arguments.sentences.read_text(encoding="utf-8").splitlines()
    workers = os.cpu_count() or 1
    loader = make_loader(store, EngineOptions(workers=workers))
    async with (
        InProcessPool(loader, PoolConfig(workers=workers)) as pool,
        Server(Settings(port=0), pool, store, ["text_to_speech"]) as server,
        AsyncClient(f"127.0.0.1:{server.port}") as client,
    ):
        ways, first = await compare(pool, client, arguments.voice, folder, lines[: arguments.count])
        _show(console, "A sentence at a time", ways)
        _show(console, "First audio of the service by seconds of speech", first)
        streams = await at_once(pool, arguments.voice, lines)
        _show(console, "Streams at once", [streams])
        heard = []
        if arguments.round_trip:
            store.ensure(EAR)
            heard = await round_trip(
                pool,
                arguments.voice,
                Direct(folder, 1).speak,
                lines[: arguments.round_trip],
                arguments.out / "synthesis-heard.jsonl",
                console,
            )
            _show(console, "Round trip through Whisper base", heard)
    content = {
        "voice": arguments.voice,
        "ways": [asdict(line) for line in ways],
        "first_audio": [asdict(line) for line in first],
        "streams": asdict(streams),
        "round_trip": [asdict(line) for line in heard],
    }
    write_report(console, arguments.out, "synthesis", content, packages=("piper-tts",))


def main() -> None:
    """Measure, print, write ``synthesis.json``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("voice", nargs="?", default="piper-en-us-joe")
    parser.add_argument("--sentences", type=Path, required=True, help="English, one a line")
    parser.add_argument("--count", type=int, default=30, help="sentences of the comparison")
    parser.add_argument("--round-trip", type=int, default=100, help="sentences; 0: none")
    parser.add_argument("--out", type=Path, default=Path("out/benchmarks"))
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
