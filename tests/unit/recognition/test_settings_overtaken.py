"""Settings that are overtaken by others, and a stream's model that is named for a language."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from foundation.errors import NotFound
from streaming.events import Hypothesis
from streaming.recognition import LiveRecognizerConfig, SpeechRecognizer, choice
from tests.unit.recognition.number_engine import NumberEngine
from tests.unit.recognition.test_live_recognizer_unit import Energy, check, chunks, pause, speak
from tests.unit.recognition.test_stream_recognizer import paced
from workers.in_process import InProcessPool, PoolConfig


@pytest.mark.parametrize("second", ["slow", "missing"])
async def test_newer_settings_survive_while_a_model_is_asked(
    second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[str] = []

    def load(model: str) -> NumberEngine:
        engine = NumberEngine(streams=False)
        original = engine.call

        def call(method: str, payload: Any, context: Any) -> Any:
            if method != "capabilities":
                used.append(model)
            return original(method, payload, context)

        engine.call = call  # type: ignore[method-assign]
        return engine

    told: list[Hypothesis] = []
    items = chunks(pause(0.5), speak(1, 5), pause(1), speak(6, 3), pause(1))
    async with InProcessPool(load, PoolConfig(workers=2)) as pool:
        recognizer = SpeechRecognizer(pool, LiveRecognizerConfig("first", ("en",)), "s", Energy())
        ask = choice.ask_capabilities

        async def overtaken(pool: Any, model: str, session: str | None = None) -> Any:
            if model == second:
                recognizer.reconfigure(LiveRecognizerConfig("third", ("en",)))
                await asyncio.sleep(0)
                if model == "missing":
                    raise NotFound("no model")
            return await ask(pool, model, session)

        monkeypatch.setattr(choice, "ask_capabilities", overtaken)

        async def feed() -> AsyncIterator[Any]:
            place = 0
            async for item in paced(items, recognizer):
                if place == 12:
                    recognizer.reconfigure(LiveRecognizerConfig(second, ("en",)))
                place += 1
                yield item

        await recognizer.run(feed(), told.append)
    check(told, list(range(1, 9)))
    assert used[-1] == "third"


async def test_a_stream_goes_to_the_model_that_is_named_for_its_language() -> None:
    used: set[str] = set()

    def load(model: str) -> NumberEngine:
        used.add(model)
        return NumberEngine(streams=model != "windows")

    told: list[Hypothesis] = []
    items = chunks(pause(0.5), speak(1, 5), pause(1), speak(6, 3), pause(1))
    async with InProcessPool(load, PoolConfig(workers=2)) as pool:
        first = LiveRecognizerConfig("windows", ("en",), language_models={"en": "stream"})
        second = LiveRecognizerConfig("windows", ("en",), language_models={"en": "other stream"})
        recognizer = SpeechRecognizer(pool, first, "s", Energy())

        async def feed() -> AsyncIterator[Any]:
            place = 0
            async for item in paced(items, recognizer):
                if place == 12:
                    recognizer.reconfigure(second)
                place += 1
                yield item

        await recognizer.run(feed(), told.append)
    check(told, list(range(1, 9)))
    assert used == {"stream", "other stream"}
