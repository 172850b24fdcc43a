from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from foundation.errors import DeadlineExceeded, Unavailable
from foundation.speech import SAMPLE_RATE, RecognitionRequest, Samples, Transcription, Word
from streaming.events import AudioChunk, Finalize, Hypothesis
from streaming.recognition import LiveRecognizer, LiveRecognizerConfig
from streaming.voice_activity import SpeechEnd, SpeechStart
from workers.interface import Task

TICKS = 90_000
WORD_SAMPLES = SAMPLE_RATE // 2


class Energy:
    """A detector for made-up audio: silence is 0, word number n is the constant n / 1000."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.position = 0
        self.speaking = False

    @property
    def ending(self) -> int | None:
        return None

    def push(self, samples: Samples) -> list[SpeechStart | SpeechEnd]:
        found: list[SpeechStart | SpeechEnd] = []
        for loud, offset in ((bool(s), i) for i, s in enumerate(samples[::800])):
            sample = self.position + offset * 800
            if loud != self.speaking:
                found.append(SpeechStart(sample) if loud else SpeechEnd(sample))
                self.speaking = loud
        self.position += samples.size
        return found

    def flush(self) -> list[SpeechStart | SpeechEnd]:
        was, self.speaking = self.speaking, False
        return [SpeechEnd(self.position)] if was else []


def hear(request: RecognitionRequest) -> Transcription:
    """Read the words back from made-up audio; a word cut short is misheard."""
    numbers = np.rint(request.samples * 1000).astype(int)
    borders = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), numbers.size]
    words = [
        Word(
            f"w{numbers[a]}" if b - a > 0.6 * WORD_SAMPLES else f"cut{numbers[a]}",
            a * TICKS // SAMPLE_RATE,
            b * TICKS // SAMPLE_RATE,
            0.9,
        )
        for a, b in pairwise(borders)
        if b > a and numbers[a]
    ]
    return Transcription(" ".join(w.text for w in words), tuple(words), "en", 1.0, -0.1, 0.1, 1.0)


class ScriptedPool:
    def __init__(self, answer: Callable[[RecognitionRequest, int], Any] | None = None) -> None:
        self.answer = answer
        self.calls = 0
        self.running = 0

    async def call(self, task: Task) -> Any:
        assert self.running == 0, "one task a session at a time"
        self.running += 1
        try:
            await asyncio.sleep(0)
            self.calls += 1
            result = self.answer(task.payload, self.calls) if self.answer else None
            if isinstance(result, Exception):
                raise result
            return hear(task.payload) if result is None else result
        finally:
            self.running -= 1


def speak(first: int, count: int) -> Samples:
    return np.repeat(np.arange(first, first + count, dtype=np.float32) / 1000, WORD_SAMPLES)


def pause(seconds: float) -> Samples:
    return np.zeros(round(seconds * SAMPLE_RATE), np.float32)


def chunks(*pieces: Samples, start: int = 0) -> list[AudioChunk | Finalize]:
    audio = np.concatenate(pieces)
    return [
        AudioChunk(audio[i : i + 1600], start + i * TICKS // SAMPLE_RATE)
        for i in range(0, audio.size, 1600)
    ]


async def recognise(
    items: list[AudioChunk | Finalize], pool: ScriptedPool, **config: Any
) -> list[Hypothesis]:
    async def feed() -> AsyncIterator[AudioChunk | Finalize]:
        for item in items:
            yield item
            for _ in range(6):
                await asyncio.sleep(0)

    told: list[Hypothesis] = []
    config = {"languages": ("en",), **config}
    settings = LiveRecognizerConfig("fake", **config)
    recognizer = LiveRecognizer(pool, settings, "s", Energy())  # type: ignore[arg-type]
    await recognizer.run(feed(), told.append)
    assert recognizer.lag == 0
    return told


def committed(told: list[Hypothesis]) -> list[Word]:
    return [word for hypothesis in told for word in hypothesis.committed]


def check(told: list[Hypothesis], expected: list[int]) -> None:
    words = committed(told)
    assert [word.text for word in words] == [f"w{number}" for number in expected]
    assert told[-1].endpoint
    times = [time for word in words for time in (word.start, word.end)]
    assert times == sorted(times)


async def test_words_of_two_utterances() -> None:
    pool = ScriptedPool()
    told = await recognise(chunks(pause(1), speak(1, 6), pause(1), speak(7, 4), pause(1)), pool)
    check(told, list(range(1, 11)))
    assert [h.utterance for h in told if h.endpoint] == [0, 1]
    assert committed(told)[0].start == TICKS
    assert any(h.tentative for h in told)


async def test_nothing_is_decoded_while_nobody_speaks() -> None:
    pool = ScriptedPool()
    assert await recognise(chunks(pause(20)), pool) == []
    assert pool.calls == 0


async def test_long_speech_slides_the_window_and_forces_endpoints() -> None:
    told = await recognise(
        chunks(speak(1, 160)), ScriptedPool(), max_window_seconds=10, max_utterance_seconds=20
    )
    check(told, list(range(1, 161)))
    assert sum(h.endpoint for h in told) >= 3


async def test_finalize_commits_and_speech_goes_on() -> None:
    items = [*chunks(speak(1, 4)), Finalize(), *chunks(speak(5, 4), pause(1), start=2 * TICKS)]
    told = await recognise(items, ScriptedPool())
    check(told, list(range(1, 9)))
    assert sum(h.finalized for h in told) == 1


async def test_finalize_in_silence_is_answered() -> None:
    told = await recognise([*chunks(pause(1)), Finalize()], ScriptedPool())
    assert [h.finalized for h in told] == [True]


async def test_discontinuity_commits_and_starts_a_new_clock() -> None:
    later = chunks(speak(5, 4), start=100 * TICKS)
    first = later[0]
    assert isinstance(first, AudioChunk)
    later[0] = AudioChunk(first.samples, first.start, discontinuity=True)
    told = await recognise([*chunks(speak(1, 4)), *later], ScriptedPool())
    check(told, list(range(1, 9)))
    assert committed(told)[4].start == 100 * TICKS


async def test_what_a_decoder_passes_over_in_another_language_is_heard_anew() -> None:
    """Words from 9 on are Russian; whoever decodes English before them hears nothing there."""

    def answer(request: RecognitionRequest, call: int) -> Transcription:
        heard = hear(request)
        words = [word for word in heard.words if int(word.text.strip("cutw")) > 8]
        if len(words) == len(heard.words):
            return replace(heard, language="ru")
        words = [word for word in heard.words if word not in words]
        return replace(heard, words=tuple(words), language="en")

    audio = chunks(pause(1), speak(1, 16), pause(1))
    told = await recognise(audio, ScriptedPool(answer), languages=("ru", "en"))
    check(told, list(range(1, 17)))
    assert {w.text: h.language for h in told for w in h.committed}["w12"] == "ru"
    assert {w.text: h.language for h in told for w in h.committed}["w5"] == "en"
    alone = await recognise(audio, ScriptedPool(answer), languages=("en",))
    check(alone, list(range(1, 9)))


@pytest.mark.parametrize("after", range(1, 40, 3))
async def test_an_engine_swap_at_any_moment_loses_no_word(after: int) -> None:
    """Chunks are 0.1 s: swaps fall into pauses, into words and between them."""
    used: list[tuple[str, tuple[str, ...]]] = []

    class Models(ScriptedPool):
        async def call(self, task: Task) -> Any:
            used.append((task.model, task.payload.languages))
            return await super().call(task)

    items = chunks(pause(0.5), speak(1, 5), pause(1), speak(6, 3))
    recognizer: LiveRecognizer

    async def feed() -> AsyncIterator[AudioChunk | Finalize]:
        for place, item in enumerate(items):
            if place == after:
                recognizer.reconfigure(LiveRecognizerConfig("new", languages=("kk", "ru")))
            yield item
            for _ in range(6):
                await asyncio.sleep(0)

    told: list[Hypothesis] = []
    config = LiveRecognizerConfig("old", languages=("en", "kk"))
    recognizer = LiveRecognizer(Models(), config, "s", Energy())  # type: ignore[arg-type]
    await recognizer.run(feed(), told.append)
    check(told, list(range(1, 9)))
    models = [model for model, _ in used]
    assert models == sorted(models, reverse=True), "the old model first, then only the new one"
    assert models[-1] == "new"
    assert all(set(languages) <= {"kk", "ru"} for model, languages in used if model == "new")


class LateEnergy(Energy):
    """Tells of an end half a second late, and leaves a tail of 0.2 s, as a real detector does."""

    def reset(self) -> None:
        super().reset()
        self.pending: list[SpeechEnd] = []

    @property
    def ending(self) -> int | None:
        return self.pending[0].sample if self.pending else None

    def push(self, samples: Samples) -> list[SpeechStart | SpeechEnd]:
        told: list[SpeechStart | SpeechEnd] = []
        for boundary in super().push(samples):
            if isinstance(boundary, SpeechEnd):
                self.pending.append(SpeechEnd(boundary.sample + SAMPLE_RATE // 5))
            elif self.pending:
                self.pending.clear()
            else:
                told.append(boundary)
        while self.pending and self.pending[0].sample + 3 * SAMPLE_RATE // 10 <= self.position:
            told.append(self.pending.pop(0))
        return told


class Unforeseeing(LateEnergy):
    """Tells of an end only when it is sure."""

    @property
    def ending(self) -> int | None:
        return None


async def windows_of(
    detector: Energy, items: list[AudioChunk | Finalize], step_seconds: float = 0.3
) -> tuple[list[Hypothesis], list[tuple[bool, float]]]:
    """What is told of some audio, and the windows decoded: thoroughly?, seconds."""
    windows: list[tuple[bool, float]] = []

    def answer(request: RecognitionRequest, call: int) -> None:
        windows.append((len(request.temperatures) > 1, request.samples.size / SAMPLE_RATE))

    pool: Any = ScriptedPool(answer)
    config = LiveRecognizerConfig("fake", ("en",), step_seconds=step_seconds)
    recognizer = LiveRecognizer(pool, config, "s", detector)

    async def feed() -> AsyncIterator[AudioChunk | Finalize]:
        for item in items:
            yield item
            for _ in range(6):
                await asyncio.sleep(0)

    told: list[Hypothesis] = []
    await recognizer.run(feed(), told.append)
    return told, windows


async def test_the_last_decoding_takes_the_last_steps_window_if_only_silence_followed() -> None:
    told, windows = await windows_of(Unforeseeing(), chunks(speak(1, 4), pause(1)))
    check(told, [1, 2, 3, 4])
    assert windows[-1] == (True, windows[-2][1])
    assert not windows[-2][0]


async def test_a_pause_is_decoded_once_and_the_end_needs_no_more() -> None:
    told, windows = await windows_of(LateEnergy(), chunks(speak(1, 4), pause(1)))
    check(told, [1, 2, 3, 4])
    assert [seconds for thorough, seconds in windows if thorough] == [2.2]
    assert windows[-1] == (True, 2.2)


async def test_the_silence_after_a_finalize_is_not_decoded() -> None:
    spoken = speak(1, 4)
    items = chunks(spoken, pause(1))
    items.insert((spoken.size + SAMPLE_RATE // 10) // 1600, Finalize())
    told, windows = await windows_of(LateEnergy(), items, step_seconds=0.75)
    check(told, [1, 2, 3, 4])
    assert sum(h.finalized for h in told) == 1
    assert min(seconds for _, seconds in windows) * SAMPLE_RATE > SAMPLE_RATE // 3


async def test_windows_are_trimmed_where_pauses_follow_one_another() -> None:
    pieces = [piece for n in range(1, 25) for piece in (speak(n, 1), pause(0.3))]
    told, windows = await windows_of(LateEnergy(), chunks(*pieces, pause(1)), step_seconds=0.9)
    check(told, list(range(1, 25)))
    assert max(seconds for _, seconds in windows) < 8


async def test_speech_goes_on_after_a_short_pause() -> None:
    pieces = (speak(1, 3), pause(0.3), speak(4, 3), pause(0.1), speak(7, 2), pause(1))
    told, windows = await windows_of(LateEnergy(), chunks(*pieces))
    check(told, list(range(1, 9)))
    assert sum(h.endpoint for h in told) == 1
    assert [round(seconds, 2) for thorough, seconds in windows if thorough] == [1.7, 4.6]


def rejected() -> Transcription:
    return Transcription("", (), "en", 1.0, -1.0, 0.1, 3.0, rejected="a phrase repeats")


async def test_rejected_final_leaves_the_tentative_words() -> None:
    def answer(request: RecognitionRequest, call: int) -> Any:
        return rejected() if len(request.temperatures) > 1 else None

    told = await recognise(chunks(speak(1, 6), pause(1)), ScriptedPool(answer))
    assert [word.text for word in committed(told)][:5] == ["w1", "w2", "w3", "w4", "w5"]


async def test_rejected_and_late_steps_lose_nothing() -> None:
    def answer(request: RecognitionRequest, call: int) -> Any:
        if len(request.temperatures) > 1 or call % 3 == 0:
            return None
        return rejected() if call % 3 == 1 else DeadlineExceeded("late")

    check(await recognise(chunks(speak(1, 12), pause(1)), ScriptedPool(answer)), list(range(1, 13)))


async def test_failing_source_commits_first() -> None:
    async def feed() -> AsyncIterator[AudioChunk | Finalize]:
        for item in chunks(speak(1, 4)):
            yield item
        raise Unavailable("the feed is gone")

    told: list[Hypothesis] = []
    pool: Any = ScriptedPool()
    recognizer = LiveRecognizer(pool, LiveRecognizerConfig("fake", ("en",)), "s", Energy())
    with pytest.raises(Unavailable):
        await recognizer.run(feed(), told.append)
    check(told, [1, 2, 3, 4])


async def test_cancellation_ends_a_running_task() -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    class Stuck:
        async def call(self, task: Task) -> Any:
            started.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

    async def feed() -> AsyncIterator[AudioChunk | Finalize]:
        for item in chunks(speak(1, 8)):
            yield item

    pool: Any = Stuck()
    recognizer = LiveRecognizer(pool, LiveRecognizerConfig("fake", ("en",)), "s", Energy())
    running = asyncio.create_task(recognizer.run(feed(), lambda hypothesis: None))
    await started.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert ended.is_set()
