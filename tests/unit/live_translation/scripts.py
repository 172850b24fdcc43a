"""Scripted sources for live translation, and what came of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

from foundation.languages import Language
from foundation.media_time import TICKS_PER_SECOND, Ticks
from foundation.speech import Word
from foundation.translation import ALL_PAIRS, TranslationRequest
from streaming.events import Hypothesis
from streaming.live_translation import LiveTranslationConfig, LiveTranslator
from streaming.translation import TranslationModels
from tests.toy_translator import CAPABILITIES, answer
from workers.interface import Task
from workers.testing import FakePool

MODELS = TranslationModels(dict.fromkeys(ALL_PAIRS, "toy"))
WORD_TICKS = TICKS_PER_SECOND // 4


def words(text: str, first: int = 0) -> tuple[Word, ...]:
    """A quarter of a second each, the first at place ``first``."""
    return tuple(
        Word(word, place * WORD_TICKS, (place + 1) * WORD_TICKS, 0.9)
        for place, word in enumerate(text.split(), first)
    )


class Speaker:
    """Makes the hypotheses of a recogniser that commits what it is told to."""

    def __init__(self, language: Language = "ru") -> None:
        self.language: Language = language
        self.count = 0
        self.utterance = 0

    def says(
        self,
        committed: str = "",
        tentative: str = "",
        *,
        language: Language | None = None,
        endpoint: bool = False,
        finalized: bool = False,
    ) -> Hypothesis:
        """One hypothesis; words follow one another without a pause."""
        self.language = language or self.language
        new = words(committed, self.count)
        self.count += len(new)
        said = Hypothesis(
            new,
            words(tentative, self.count),
            self.language,
            self.utterance,
            endpoint,
            self.count * WORD_TICKS,
            finalized,
        )
        self.utterance += endpoint
        return said


class Screen:
    """What a translator told, checked as it comes."""

    def __init__(self) -> None:
        self.told: list[Hypothesis] = []
        self._news = asyncio.Event()

    def show(self, hypothesis: Hypothesis) -> None:
        self.told.append(hypothesis)
        self._news.set()

    @property
    def committed(self) -> tuple[Word, ...]:
        return tuple(word for told in self.told for word in told.committed)

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.committed)

    @property
    def tentative(self) -> str:
        return " ".join(word.text for word in self.told[-1].tentative) if self.told else ""

    @property
    def endpoints(self) -> int:
        return sum(told.endpoint for told in self.told)

    async def until(self, seen: Callable[[Screen], bool]) -> None:
        """Wait until it shows something."""
        async with asyncio.timeout(10):
            while not seen(self):
                self._news.clear()
                await self._news.wait()

    def check(self) -> None:
        """What holds whatever was said: time goes forward, an endpoint leaves nothing open."""
        until: Ticks = 0
        for told in self.told:
            assert all(word.start >= until for word in told.committed)
            assert told.committed_until >= until
            assert not (told.endpoint and told.tentative)
            until = told.committed_until
        for one, other in pairwise(self.committed):
            assert one.start <= one.end <= other.start


class Gate:
    """The toy translator, kept at work until the gate is opened. Make it inside the event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._open = threading.Event()
        self.reached = asyncio.Event()

    def __call__(self, task: Task) -> Any:
        self._loop.call_soon_threadsafe(self.reached.set)
        assert self._open.wait(20), "the gate was not opened"
        return answer(task)

    def open(self) -> None:
        self._open.set()


@asynccontextmanager
async def translating(
    handler: Callable[[Task], Any] = answer,
    *,
    target: Language = "kk",
    models: TranslationModels = MODELS,
    config: LiveTranslationConfig | None = None,
    pool: FakePool | None = None,
) -> AsyncIterator[tuple[LiveTranslator, Screen, FakePool]]:
    """A translator at work; at the end it is closed and must have told everything."""
    pool = pool or FakePool(handler, capabilities=CAPABILITIES)
    translator, screen = LiveTranslator(pool, models, target, "test", config), Screen()
    try:
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            group.create_task(translator.run(screen.show))
            yield translator, screen, pool
            translator.close()
        screen.check()
        assert translator.waiting == 0
    finally:
        await pool.aclose()


def requests(pool: FakePool) -> list[TranslationRequest]:
    """What models were asked to translate."""
    return [task.payload for task in pool.tasks if task.method == "translate"]


def asked(pool: FakePool) -> list[Sequence[str]]:
    """The sentences of each request."""
    return [request.sentences for request in requests(pool)]
