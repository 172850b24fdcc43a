from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
import pytest

from foundation.errors import (
    DeadlineExceeded,
    FailedPrecondition,
    Internal,
    NotFound,
    ResourceExhausted,
)
from foundation.speech import SAMPLE_RATE, StreamStep
from streaming.events import AudioChunk, Finalize, Hypothesis
from streaming.recognition import LiveRecognizerConfig, SpeechRecognizer
from tests.unit.recognition.number_engine import CHUNK, NumberEngine
from tests.unit.recognition.test_live_recognizer_unit import (
    TICKS,
    Energy,
    LateEnergy,
    check,
    chunks,
    committed,
    pause,
    speak,
)
from workers.in_process import InProcessPool, PoolConfig
from workers.interface import Task


class Faulty:
    """A pool that asks before each task what to raise, and whether after the task instead."""

    def __init__(
        self, pool: InProcessPool, fault: Callable[[Task, int], Exception | None], after: bool
    ) -> None:
        self._pool, self._fault, self._after = pool, fault, after
        self.steps = 0

    async def call(self, task: Task) -> Any:
        self.steps += task.method == "step_stream"
        error = self._fault(task, self.steps)
        if error is not None and not self._after:
            raise error
        answer = await self._pool.call(task)
        if error is not None:
            raise error
        return answer


async def paced(
    items: list[AudioChunk | Finalize], recognizer: SpeechRecognizer
) -> AsyncIterator[Any]:
    """No faster than recognition, as real audio comes."""
    for item in items:
        yield item
        await asyncio.sleep(0)
        for _ in range(20):
            if recognizer.lag <= 0.5:
                break
            await asyncio.sleep(0.001)


Items = list[AudioChunk | Finalize]


async def recognise(
    items: Items,
    engine: NumberEngine | Callable[[], NumberEngine] = NumberEngine,
    fault: Callable[[Task, int], Exception | None] = lambda task, step: None,
    *,
    after: bool = False,
    detector: Energy | None = None,
    **config: Any,
) -> list[Hypothesis]:
    load = engine if callable(engine) else lambda: engine
    told: list[Hypothesis] = []
    async with InProcessPool(lambda model: load(), PoolConfig(workers=2)) as pool:
        faulty: Any = Faulty(pool, fault, after)
        settings = LiveRecognizerConfig("fake", ("en",), **config)
        recognizer = SpeechRecognizer(faulty, settings, "s", detector or Energy())
        await recognizer.run(paced(items, recognizer), told.append)
        assert recognizer.lag == 0
    return told


async def test_each_sample_is_decoded_once() -> None:
    engine = NumberEngine()
    told = await recognise(chunks(pause(1), speak(1, 6), pause(1), speak(7, 4), pause(1)), engine)
    check(told, list(range(1, 11)))
    assert [h.utterance for h in told if h.endpoint] == [0, 1]
    assert committed(told)[0].start == TICKS
    assert any(h.tentative for h in told)
    silence = 0.3  # at most, after each utterance
    assert 5 <= engine.heard_samples / SAMPLE_RATE <= 5 + 2 * silence
    assert engine.open_streams == 0


async def test_a_model_without_streams_is_decoded_window_by_window() -> None:
    engine = NumberEngine(streams=False)
    check(await recognise(chunks(speak(1, 6), pause(1)), engine), list(range(1, 7)))
    assert engine.batches == []


async def test_words_come_before_the_utterance_ends() -> None:
    told = await recognise(chunks(speak(1, 40)))
    check(told, list(range(1, 41)))
    assert sum(bool(h.committed) for h in told) > 5


async def test_silence_known_to_follow_is_sent_along() -> None:
    engine = NumberEngine()
    told = await recognise(chunks(speak(1, 4), pause(2)), engine, detector=LateEnergy())
    check(told, [1, 2, 3, 4])
    assert engine.heard_samples == SAMPLE_RATE * (2 + 0.2 + 0.3)


async def test_finalize_commits_and_speech_goes_on() -> None:
    items = [*chunks(speak(1, 4)), Finalize(), *chunks(speak(5, 4), pause(1), start=2 * TICKS)]
    told = await recognise(items)
    check(told, list(range(1, 9)))
    assert sum(h.finalized for h in told) == 1
    silent = await recognise([*chunks(pause(1)), Finalize()])
    assert [h.finalized for h in silent] == [True]


async def test_discontinuity_commits_and_starts_a_new_clock() -> None:
    later = chunks(speak(5, 4), start=100 * TICKS)
    first = later[0]
    assert isinstance(first, AudioChunk)
    later[0] = AudioChunk(first.samples, first.start, discontinuity=True)
    told = await recognise([*chunks(speak(1, 4)), *later])
    check(told, list(range(1, 9)))
    assert committed(told)[4].start == 100 * TICKS


async def test_long_speech_has_forced_endpoints_in_one_stream() -> None:
    engine = NumberEngine()
    told = await recognise(chunks(speak(1, 160)), engine, max_utterance_seconds=20)
    check(told, list(range(1, 161)))
    assert 3 <= sum(h.endpoint for h in told) <= 5
    assert engine.heard_samples == 80 * SAMPLE_RATE


async def test_a_long_chunk_is_cut_into_pieces() -> None:
    sizes: list[int] = []
    engine = NumberEngine(lambda step: sizes.append(step.samples.size))
    told = await recognise([AudioChunk(speak(1, 100), 0)], engine)
    check(told, list(range(1, 101)))
    assert max(sizes) <= 10 * SAMPLE_RATE


@pytest.mark.parametrize("kind", [NotFound, Internal])
@pytest.mark.parametrize("after", [False, True])
async def test_a_lost_stream_loses_no_word(kind: type[Exception], after: bool) -> None:
    """Every sixth step fails, before or after the engine took it."""
    engine = NumberEngine()

    def fault(task: Task, step: int) -> Exception | None:
        failing = task.method == "step_stream" and step % 6 == 5
        return kind("the stream is gone") if failing else None

    words = list(range(1, 61))
    told = await recognise(
        chunks(speak(1, 30), pause(1), speak(31, 30), pause(1)), engine, fault, after=after
    )
    check(told, words)
    assert engine.heard_samples > 30 * SAMPLE_RATE, "some audio was heard again"


async def test_only_the_last_words_are_heard_again() -> None:
    engine = NumberEngine()

    def fault(task: Task, step: int) -> Exception | None:
        return NotFound("gone") if task.method == "step_stream" and step == 80 else None

    check(await recognise(chunks(speak(1, 60), pause(1)), engine, fault), list(range(1, 61)))
    assert engine.heard_samples < 36 * SAMPLE_RATE


async def test_words_said_again_and_again_survive_a_lost_stream() -> None:
    """The same word many times: text alone cannot tell which were committed."""
    said = np.concatenate([piece for n in range(24) for piece in (speak(7, 1), speak(8, 1))])

    def fault(task: Task, step: int) -> Exception | None:
        return NotFound("gone") if task.method == "step_stream" and step % 25 == 24 else None

    told = await recognise(chunks(said, pause(1)), fault=fault)
    check(told, [7, 8] * 24)


async def test_an_evicted_model_is_loaded_again_and_loses_no_word() -> None:
    """The engine is another one each few steps: as after an eviction or a worker's restart."""
    engines: list[NumberEngine] = []

    def load() -> NumberEngine:
        engines.append(NumberEngine())
        return engines[-1]

    loop = asyncio.get_running_loop()
    told: list[Hypothesis] = []
    async with InProcessPool(lambda model: load(), PoolConfig(workers=1)) as pool:
        settings = LiveRecognizerConfig("fake", ("en",))
        recognizer = SpeechRecognizer(pool, settings, "s", Energy())

        async def feed() -> AsyncIterator[AudioChunk | Finalize]:
            count = 0
            async for item in paced(chunks(speak(1, 40), pause(1)), recognizer):
                yield item
                count += 1
                if count in (60, 130):
                    pool._residency._residents.clear()

        await recognizer.run(feed(), told.append)
    check(told, list(range(1, 41)))
    assert len(engines) == 3
    assert loop is asyncio.get_running_loop()


@pytest.mark.parametrize("after", [False, True])
async def test_a_step_that_came_too_late_is_sent_again_as_it_was(after: bool) -> None:
    engine = NumberEngine()

    def fault(task: Task, step: int) -> Exception | None:
        late = task.method == "step_stream" and step % 3 == 1
        return DeadlineExceeded("late") if late else None

    told = await recognise(chunks(speak(1, 20), pause(1)), engine, fault, after=after)
    check(told, list(range(1, 21)))
    assert 10 <= engine.heard_samples / SAMPLE_RATE <= 10.3, "nothing was decoded twice"


async def test_a_full_engine_is_waited_for() -> None:
    refusals = [ResourceExhausted("streams", "full", 0.01) for _ in range(3)]

    def fault(task: Task, step: int) -> Exception | None:
        return refusals.pop() if task.method == "open_stream" and refusals else None

    check(await recognise(chunks(speak(1, 8), pause(1)), fault=fault), list(range(1, 9)))
    assert not refusals


async def test_an_engine_that_only_fails_ends_the_session() -> None:
    def fault(task: Task, step: int) -> Exception | None:
        return Internal("broken") if task.method == "step_stream" else None

    with pytest.raises(Internal):
        await recognise(chunks(speak(1, 8), pause(1)), fault=fault)


async def test_a_model_that_cannot_be_had_ends_the_session() -> None:
    def load() -> NumberEngine:
        raise FailedPrecondition("not pulled")

    with pytest.raises(FailedPrecondition, match="not pulled"):
        await recognise(chunks(speak(1, 8)), load)


async def test_two_sessions_share_the_steps_and_do_not_mix() -> None:
    """Streams of two sessions, batched while a slow task holds the only worker."""
    engine = NumberEngine()
    told: dict[str, list[Hypothesis]] = {"a": [], "b": []}
    async with InProcessPool(lambda model: engine, PoolConfig(workers=1)) as pool:

        async def session(name: str, first: int) -> None:
            async def feed() -> AsyncIterator[AudioChunk | Finalize]:
                for item in chunks(speak(first, 30), pause(1)):
                    yield item
                    await asyncio.sleep(0)

            settings = LiveRecognizerConfig("fake", ("en",))
            recognizer = SpeechRecognizer(pool, settings, name, Energy())
            await recognizer.run(feed(), told[name].append)

        async with asyncio.TaskGroup() as group:
            group.create_task(session("a", 1))
            group.create_task(session("b", 101))
    check(told["a"], list(range(1, 31)))
    check(told["b"], list(range(101, 131)))
    assert engine.open_streams == 0


async def test_cancelled_half_way_it_stops_and_its_place_is_free() -> None:
    stepped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def note(step: StreamStep) -> None:
        loop.call_soon_threadsafe(stepped.set)

    engine = NumberEngine(note, max_streams=1)
    async with InProcessPool(lambda model: engine, PoolConfig(workers=1)) as pool:

        async def feed() -> AsyncIterator[AudioChunk | Finalize]:
            for item in chunks(speak(1, 4)):
                yield item
            await asyncio.Event().wait()

        settings = LiveRecognizerConfig("fake", ("en",))
        recognizer = SpeechRecognizer(pool, settings, "s", Energy())
        running = asyncio.create_task(recognizer.run(feed(), lambda hypothesis: None))
        await stepped.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await pool.call(Task("fake", "capabilities", None))  # the only worker has come back
        assert engine.open_streams == 0
        told: list[Hypothesis] = []

        async def again() -> AsyncIterator[AudioChunk | Finalize]:
            for item in chunks(speak(5, 4), pause(1)):
                yield item

        recognizer = SpeechRecognizer(pool, settings, "t", Energy())
        await recognizer.run(again(), told.append)
        check(told, [5, 6, 7, 8])


def test_the_toys_chunk_is_a_real_ones() -> None:
    assert NumberEngine().capabilities.streaming is not None
    assert CHUNK < SAMPLE_RATE
