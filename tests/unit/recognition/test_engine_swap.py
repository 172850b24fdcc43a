"""Another model takes over on air, also where it decodes in another way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from typing import Any

import pytest

from foundation.errors import NotFound
from streaming.events import AudioChunk, Finalize, Hypothesis
from streaming.recognition import LiveRecognizerConfig, SpeechRecognizer
from tests.unit.recognition.number_engine import NumberEngine
from tests.unit.recognition.test_live_recognizer_unit import Energy, check, chunks, pause, speak
from tests.unit.recognition.test_stream_recognizer import paced
from workers.in_process import InProcessPool, PoolConfig

ENGINES: dict[str, Callable[[], NumberEngine]] = {
    "windows": lambda: NumberEngine(streams=False),
    "other windows": lambda: NumberEngine(streams=False),
    "stream": NumberEngine,
    "other stream": NumberEngine,
}


async def swap(
    items: list[AudioChunk | Finalize], after: int, models: tuple[str, str]
) -> tuple[list[Hypothesis], list[str]]:
    """Recognise; after so many items the second model is wanted. Also, which models were asked."""
    used: list[str] = []

    def load(model: str) -> NumberEngine:
        if model not in ENGINES:
            raise NotFound(f"no model {model!r}")
        engine = ENGINES[model]()
        original = engine.call

        def call(method: str, payload: Any, context: Any) -> Any:
            if method != "capabilities":
                used.append(model)
            return original(method, payload, context)

        engine.call = call  # type: ignore[method-assign]
        return engine

    told: list[Hypothesis] = []
    async with InProcessPool(load, PoolConfig(workers=2)) as pool:
        first, second = (LiveRecognizerConfig(model, ("en",)) for model in models)
        recognizer = SpeechRecognizer(pool, first, "s", Energy())

        async def feed() -> AsyncIterator[Any]:
            place = 0
            async for item in paced(items, recognizer):
                if place == after:
                    recognizer.reconfigure(second)
                place += 1
                yield item

        await recognizer.run(feed(), told.append)
        assert recognizer.lag == 0
    return told, used


@pytest.mark.parametrize(
    "models",
    [
        ("windows", "stream"),
        ("stream", "windows"),
        ("stream", "other stream"),
        ("windows", "other windows"),
    ],
)
@pytest.mark.parametrize("after", [0, 2, 7, 12, 17, 26, 33, 38, 44])
async def test_no_word_is_lost_or_heard_twice(models: tuple[str, str], after: int) -> None:
    items = chunks(pause(0.5), speak(1, 5), pause(1), speak(6, 3), pause(1), speak(9, 2), pause(1))
    told, used = await swap(items, after, models)
    check(told, list(range(1, 11)))
    assert used[-1] == models[1]
    switches = sum(one != other for one, other in pairwise(used))
    assert switches <= 1, "the new one never gives back"
    assert [h.utterance for h in told if h.endpoint] == [0, 1, 2]
    untils = [h.committed_until for h in told]
    assert untils == sorted(untils)


async def test_it_takes_over_after_30_s_of_unbroken_speech() -> None:
    told, used = await swap(chunks(speak(1, 140), pause(1)), 100, ("windows", "stream"))
    assert used[0] == "windows"
    assert used[-1] == "stream"
    words = [word.text for hypothesis in told for word in hypothesis.committed]
    whole = [f"w{number}" for number in range(1, 141)]
    # The word in which it happens may be heard as two halves; every other is whole.
    assert len([word for word in words if word in whole]) >= 139
    assert words[0] == "w1"
    assert words[-1] == "w140"


async def test_a_model_that_cannot_be_had_changes_nothing() -> None:
    items = chunks(pause(0.5), speak(1, 5), pause(1), speak(6, 3), pause(1))
    told, used = await swap(items, 10, ("windows", "missing"))
    check(told, list(range(1, 9)))
    assert set(used) == {"windows"}
