"""How much silence the encoder must hear: text and time by the context that is encoded.

    python -m benchmarks.encoder_context [--language en] [--windows 100] [--contexts 30,15,10,8]

Windows of 1 to 8 s are cut at random (a fixed seed) from ../shared/data/speech, padded with silence
to each context, encoded and decoded greedily. *Differing*: words against the same window at 30 s
with a beam of 5, over the words of that text. *Seen*: with ``--seen`` the decoder is shown only so
many seconds past the audio of what was encoded in 10 s.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import ctranslate2
import jiwer
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from rich.console import Console
from rich.table import Table

from benchmarks.replay import load_recordings
from benchmarks.report import write_report
from benchmarks.scores import median
from foundation.speech import SAMPLE_RATE, Samples
from models.store import ModelStore
from services.command_line import runtime
from services.command_line.scoring import normalise

_HOP = 160
_FULL_SECONDS = 30.0
_MARGIN_SECONDS = 1.8
_SEEN_IN_SECONDS = 10.0
_TOKENS_A_SECOND = 12


@dataclass(frozen=True, slots=True)
class Line:
    """One way of encoding."""

    context: str
    differing_words: float
    encode_seconds: float
    """Median."""


class Decoder:
    """Whisper on one thread, a window at a time."""

    def __init__(self, language: str) -> None:
        folder = ModelStore().ensure(runtime.DEFAULT_MODEL)
        self._model = WhisperModel(str(folder), compute_type="int8", cpu_threads=1)
        self._tokenizer = Tokenizer(
            self._model.hf_tokenizer, True, task="transcribe", language=language
        )
        self._prompt = self._model.get_prompt(self._tokenizer, [], without_timestamps=True)

    def encode(self, samples: Samples, seconds: float) -> Any:
        """Encoder output, float32 [1, context / 2, d], of at least ``seconds`` of context."""
        wanted = max(seconds, samples.size / SAMPLE_RATE + _MARGIN_SECONDS)
        frames = math.ceil(min(wanted, _FULL_SECONDS) * SAMPLE_RATE / _HOP)
        padded = np.zeros(frames * _HOP, np.float32)
        padded[: samples.size] = samples
        features = self._model.feature_extractor(padded, padding=0)[:, :frames]
        return self._model.encode(features)

    def decode(self, encoded: Any, seconds: float, beam_size: int) -> str:
        """Normalised text."""
        bound = 10 + math.ceil(_TOKENS_A_SECOND * seconds)
        result = self._model.model.generate(
            encoded, [self._prompt], beam_size=beam_size, max_length=len(self._prompt) + bound
        )[0]
        return normalise(self._tokenizer.decode(result.sequences_ids[0]))


def cut(recordings: list[Samples], count: int) -> list[Samples]:
    """Random windows, the same in every run."""
    chance = np.random.default_rng(3)
    windows: list[Samples] = []
    while len(windows) < count:
        samples = recordings[int(chance.integers(len(recordings)))]
        length = round(chance.uniform(1, 8) * SAMPLE_RATE)
        first = int(chance.integers(max(1, samples.size - length)))
        windows.append(samples[first : first + length])
    return windows


def measure(
    decoder: Decoder, windows: list[Samples], contexts: list[float], seen: list[float]
) -> list[Line]:
    """One line a way of encoding."""
    ways = [(f"{seconds:g} s", seconds, math.inf) for seconds in contexts]
    ways += [
        (f"{_SEEN_IN_SECONDS:g} s, {s:g} s past the audio seen", _SEEN_IN_SECONDS, s) for s in seen
    ]
    errors = dict.fromkeys((way[0] for way in ways), 0)
    times: dict[str, list[float]] = {way[0]: [] for way in ways}
    words = 0
    for samples in windows:
        length = samples.size / SAMPLE_RATE
        wanted = decoder.decode(decoder.encode(samples, _FULL_SECONDS), length, beam_size=5)
        if not wanted:
            continue
        words += len(wanted.split())
        for name, seconds, past in ways:
            begun = time.perf_counter()
            encoded = decoder.encode(samples, seconds)
            times[name].append(time.perf_counter() - begun)
            if past < math.inf:
                last = math.ceil((length + past) * SAMPLE_RATE / _HOP / 2)
                shown = np.ascontiguousarray(np.asarray(encoded)[:, :last])
                encoded = ctranslate2.StorageView.from_array(shown)
            found = jiwer.process_words(wanted, decoder.decode(encoded, length, beam_size=1))
            errors[name] += found.substitutions + found.deletions + found.insertions
    return [Line(name, errors[name] / max(1, words), median(times[name])) for name, _, _ in ways]


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",") if part]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--language", default="en")
    parser.add_argument("--windows", type=int, default=100)
    parser.add_argument("--contexts", type=_numbers, default=[30.0, 15.0, 10.0, 8.0])
    parser.add_argument("--seen", type=_numbers, default=[])
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    arguments = parser.parse_args()
    console = Console()
    runtime.ensure_model(runtime.DEFAULT_MODEL)
    recordings = asyncio.run(load_recordings([], arguments.language, 36_000))
    windows = cut([recording.samples for recording in recordings], arguments.windows)
    lines = measure(Decoder(arguments.language), windows, arguments.contexts, arguments.seen)
    table = Table("context encoded", "differing words", "encoding, s")
    for line in lines:
        table.add_row(line.context, f"{line.differing_words:.1%}", f"{line.encode_seconds:.3f}")
    console.print(table)
    content = {"lines": [asdict(line) for line in lines]}
    write_report(console, arguments.out, f"encoder-context-{arguments.language}", content)


if __name__ == "__main__":
    main()
