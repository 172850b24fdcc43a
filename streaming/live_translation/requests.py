"""How one track asks the pool: one request at a time, nothing twice, less when it is slow."""

from __future__ import annotations

import asyncio
import enum
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from foundation.errors import DeadlineExceeded, Internal, ResourceExhausted
from foundation.languages import Language
from foundation.translation import TranslationCapabilities
from streaming.live_translation.config import LiveTranslationConfig
from streaming.translation import Route, Search, TranslationModels, translate_sentences
from workers.interface import Priority, Task, WorkerPool

_KEPT: Final = 64
_LONGEST_PAUSE: Final = 5.0
_MOST_FAULTS: Final = 4
"""In a row: then the model is broken, not the text."""

_MEMORY: Final = 0.7
"""Weight of the past in the running mean of a request's duration."""


class Effort(enum.IntEnum):
    """How much a track asks for."""

    ALL = 0
    COMMITTED = 1
    """No tentative words are translated."""

    SENTENCES = 2
    """Only whole sentences are, as many in one request as wait."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A text as the model is to read it."""

    text: str
    source: Language
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Its translation, which begins with the prefix."""

    text: str
    confidence: float
    """Mean probability of a token."""


class TrackEffort:
    """Measures how long requests take, queueing included, and asks for less while they are slow."""

    def __init__(
        self, config: LiveTranslationConfig, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._config = config
        self._clock = clock
        self._delay = 0.0
        self._until: dict[Effort, float] = {}

    @property
    def delay(self) -> float:
        """Seconds that a request takes now."""
        return self._delay

    @property
    def level(self) -> Effort:
        """What to ask for now."""
        now = self._clock()
        return max(
            (effort for effort, until in self._until.items() if now < until), default=Effort.ALL
        )

    def took(self, seconds: float) -> None:
        """A request was answered, or given up, after ``seconds``."""
        grown = seconds > self._delay
        self._delay = seconds if grown else _MEMORY * self._delay + (1 - _MEMORY) * seconds
        until = self._clock() + self._config.recovery_seconds
        if seconds > self._config.slow_seconds:
            self._until[Effort.COMMITTED] = until
        if seconds > self._config.very_slow_seconds:
            self._until[Effort.SENTENCES] = until

    def refused(self) -> None:
        """The pool had no room."""
        self.took(max(self._delay, self._config.very_slow_seconds * 1.01))


class Requests:
    """One track's requests to the models of its routes."""

    def __init__(
        self,
        pool: WorkerPool,
        models: TranslationModels,
        target: Language,
        session: str,
        config: LiveTranslationConfig,
    ) -> None:
        self._pool = pool
        self._models = models
        self._target = target
        self._session = session
        self._config = config
        self._styles: dict[Language, str | None] = {}
        self._answers: OrderedDict[Ask, Answer] = OrderedDict()
        self._timeouts = 0
        self._faults = 0
        """Texts that the model failed on since it last did all that was asked."""
        self.effort = TrackEffort(config)
        self._log = structlog.get_logger(__name__).bind(session=session)

    @property
    def most_sentences(self) -> int:
        """So many at once; fewer after requests that were not answered in time."""
        return max(1, self._config.sentences_a_request >> self._timeouts)

    async def style(self, source: Language) -> str | None:
        """The placeholders that all models from ``source`` on copy; they are loaded by this."""
        if source not in self._styles:
            styles = set()
            for step in self._route(source).steps:
                task = Task(step.model, "capabilities", None, Priority.LIVE, session=self._session)
                styles.add(await self._placeholders(task))
            self._styles[source] = styles.pop() if len(styles) == 1 else None
        return self._styles[source]

    async def translate(self, asks: Sequence[Ask]) -> Mapping[Ask, Answer] | None:
        """Translate what was not translated lately; None: the pool was busy, try the newest state.

        Raises:
            DauysError: the pool or the model failed for another reason than load.
        """
        wanted = {ask: answer for ask in asks if (answer := self._answers.get(ask)) is not None}
        for source, missing in _by_source(ask for ask in asks if ask not in wanted):
            begun = time.monotonic()
            try:
                answers = await self._ask_patiently(self._route(source), missing)
            except (DeadlineExceeded, ResourceExhausted) as error:
                await self._yield_to_load(error, time.monotonic() - begun)
                return None
            self._timeouts = 0
            self.effort.took(time.monotonic() - begun)
            wanted |= answers
        for ask, answer in wanted.items():
            self.keep(ask, answer)
        return wanted

    def keep(self, ask: Ask, answer: Answer) -> None:
        """Remember an answer; the oldest are forgotten."""
        self._answers[ask] = answer
        self._answers.move_to_end(ask)
        while len(self._answers) > _KEPT:
            self._answers.popitem(last=False)

    async def _placeholders(self, task: Task) -> str | None:
        while True:
            try:
                capabilities: TranslationCapabilities = await self._pool.call(task)
            except ResourceExhausted as error:
                await self._yield_to_load(error, 0.0)
            else:
                return capabilities.placeholders

    async def _ask_patiently(self, route: Route, asks: Sequence[Ask]) -> dict[Ask, Answer]:
        """As ``_ask``; a text that the model fails on, alone, is answered by nothing.

        Raises:
            Internal: it fails on one after the other.
        """
        try:
            answers = await self._ask(route, asks)
        except Internal:
            answers = {}
            for ask in asks:
                try:
                    answers |= await self._ask(route, [ask])
                except Internal:
                    self._faults += 1
                    if self._faults >= _MOST_FAULTS:
                        raise
                    answers[ask] = Answer("", 0.0)
        else:
            self._faults = 0
        return answers

    async def _ask(self, route: Route, asks: Sequence[Ask]) -> dict[Ask, Answer]:
        search = Search(
            beam_size=self._config.beam_size,
            priority=Priority.LIVE,
            timeout=self._config.timeout_seconds,
            session=self._session,
        )
        prefixes = [ask.prefix for ask in asks]
        results = await translate_sentences(
            self._pool,
            route,
            [ask.text for ask in asks],
            search,
            prefixes if any(prefixes) else (),
        )
        if any(result.cut for result in results):
            self._log.warning("live_translation.cut", models=route.models)
        return {
            ask: Answer(result.best.text, min(1.0, math.exp(result.best.score)))
            for ask, result in zip(asks, results, strict=True)
        }

    async def _yield_to_load(
        self, error: DeadlineExceeded | ResourceExhausted, seconds: float
    ) -> None:
        if isinstance(error, ResourceExhausted):
            self.effort.refused()
        else:
            self._timeouts += 1
            self.effort.took(seconds)
        self._log.warning("live_translation.pool_busy", error=type(error).__name__)
        wait = error.retry_after if isinstance(error, ResourceExhausted) else None
        await asyncio.sleep(min(0.5 if wait is None else wait, _LONGEST_PAUSE))

    def _route(self, source: Language) -> Route:
        return self._models.route(source, self._target)


def _by_source(asks: Iterable[Ask]) -> list[tuple[Language, list[Ask]]]:
    groups: dict[Language, list[Ask]] = {}
    for ask in asks:
        groups.setdefault(ask.source, []).append(ask)
    return list(groups.items())
