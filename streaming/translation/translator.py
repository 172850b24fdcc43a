"""Whole texts through the models of a route: memory, protected spans, checks, second tries."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from foundation.translation import TranslationCapabilities
from streaming.translation.checks import REFUSED, Fault
from streaming.translation.guard import Protector, default_protector
from streaming.translation.memory import MemoryLookup, MemoryMatch
from streaming.translation.off_loop import computed
from streaming.translation.pieces import Piece, for_model, pieces_of
from streaming.translation.routing import Route
from streaming.translation.sentences import Search, call_patiently
from streaming.translation.tries import SENTENCES_A_TASK, Outcome, SentenceTranslator
from workers.interface import Task, WorkerPool

_WINDOW: Final = 1024
"""Sentences that are sorted by length together, so that a batch holds little padding."""

_TASKS_A_WORKER: Final = 2

Progress: TypeAlias = Callable[[int, int], None]
"""Told how many sentences are done, and of how many."""


class Origin(enum.StrEnum):
    """Where a translation came from."""

    MODEL = "model"
    MEMORY = "memory"
    MEMORY_ADAPTED = "memory-adapted"
    COPIED = "copied"
    """Nothing to translate."""


@dataclass(frozen=True, slots=True)
class TranslatedSentence:
    """A sentence, or a part of a very long one, and its translation."""

    source: str
    text: str
    separator: str
    """Whitespace after both."""

    origin: Origin
    score: float = 0.0
    """Mean natural log probability a token; 0 where no model was asked."""

    alternatives: tuple[str, ...] = ()
    faults: frozenset[Fault] = frozenset()
    """Why a person should look; with one of ``REFUSED`` the source stands in ``text``."""

    alignment: tuple[int, ...] = ()
    """See ``TranslationHypothesis.alignment``; of source and text as they stand here."""


@dataclass(frozen=True, slots=True)
class TranslatedText:
    """A text and its translation."""

    sentences: tuple[TranslatedSentence, ...]
    route: Route

    @property
    def text(self) -> str:
        """The translation, with the whitespace of the source."""
        return "".join(sentence.text + sentence.separator for sentence in self.sentences)

    @property
    def faults(self) -> frozenset[Fault]:
        """Of all sentences."""
        return frozenset().union(*(sentence.faults for sentence in self.sentences))


@dataclass(frozen=True, slots=True)
class TranslatorConfig:
    """How texts are translated."""

    search: Search = field(default_factory=Search)
    protector: Protector | None = None
    """None: URLs, markup, variables, numbers with units; no terms."""

    memory: MemoryLookup | None = None
    line_breaks: bool = True
    """Does every line break end a sentence?"""


def _no_progress(done: int, total: int) -> None:
    """Nobody wants to know."""


class Translator:
    """Translates texts of one pair.

    Args:
        pool: Where the models run.
        route: From ``TranslationModels.route``.
        config: See ``TranslatorConfig``.
    """

    def __init__(
        self, pool: WorkerPool, route: Route, config: TranslatorConfig | None = None
    ) -> None:
        self._pool = pool
        self._route = route
        self._config = config or TranslatorConfig()
        self._protector = self._config.protector or default_protector(route.source, route.target)

    async def translate(
        self, texts: Sequence[str], progress: Progress = _no_progress
    ) -> list[TranslatedText]:
        """Translate texts; sentences that stand in several are translated once.

        Work is cut into tasks of ``SENTENCES_A_TASK``; of more than a window's sentences only as
        many tasks wait in the pool as keep its workers busy. Cancelling withdraws them.

        Raises:
            DauysError: whatever the pool raises; nothing of the texts is given back then.
        """
        characters = sum(map(len, texts))
        pieces, sentences = await computed(lambda: self._cut(texts), characters)
        total = sum(map(len, pieces))
        found = await self._recall(sentences)
        wanted = [sentence for sentence in sentences if sentence not in found]
        done = total - len(wanted)
        progress(done, total)

        def report(count: int) -> None:
            nonlocal done
            done += count
            progress(done, total)

        outcomes = await self._ask(wanted, report)
        return await computed(
            lambda: [
                TranslatedText(
                    tuple(self._sentence(piece, found, outcomes) for piece in text), self._route
                )
                for text in pieces
            ],
            characters,
        )

    def _cut(self, texts: Sequence[str]) -> tuple[list[list[Piece]], list[str]]:
        """The pieces of each text, and the different sentences that have letters."""
        source, line_breaks = self._route.source, self._config.line_breaks
        pieces = [pieces_of(text, source, line_breaks=line_breaks) for text in texts]
        sentences = dict.fromkeys(
            piece.text for text in pieces for piece in text if piece.has_letters
        )
        return pieces, list(sentences)

    def _sentence(
        self, piece: Piece, found: dict[str, MemoryMatch], outcomes: dict[str, Outcome]
    ) -> TranslatedSentence:
        text, separator = piece.text, piece.separator
        match = found.get(text)
        if match is not None:
            origin = Origin.MEMORY_ADAPTED if match.adapted else Origin.MEMORY
            return TranslatedSentence(text, match.text, separator, origin)
        outcome = outcomes.get(text)
        if outcome is None:
            return TranslatedSentence(text, text, separator, Origin.COPIED)
        refused = bool(outcome.faults & REFUSED)
        return TranslatedSentence(
            text,
            text if refused else outcome.text,
            separator,
            Origin.MODEL,
            outcome.score,
            outcome.alternatives,
            outcome.faults,
            () if refused else outcome.alignment,
        )

    async def _recall(self, sentences: Sequence[str]) -> dict[str, MemoryMatch]:
        memory = self._config.memory
        if memory is None:
            return {}
        matches = await memory.lookup(sentences, self._route.source, self._route.target)
        return {
            sentence: match
            for sentence, match in zip(sentences, matches, strict=True)
            if match is not None
        }

    async def _ask(
        self, sentences: Sequence[str], report: Callable[[int], None]
    ) -> dict[str, Outcome]:
        if not sentences:
            return {}
        asker = SentenceTranslator(
            self._pool,
            self._route,
            self._config.search,
            self._protector,
            await self._capabilities(),
        )
        room = asyncio.Semaphore(max(1, self._pool.load().workers) * _TASKS_A_WORKER)
        outcomes: dict[str, Outcome] = {}

        async def ask(batch: Sequence[str]) -> None:
            try:
                results = await asker.translate(
                    [for_model(sentence, self._route.source) for sentence in batch]
                )
                outcomes.update(zip(batch, results, strict=True))
                report(len(batch))
            finally:
                room.release()

        try:
            async with asyncio.TaskGroup() as group:
                for batch in _batches(sentences):
                    await room.acquire()
                    group.create_task(ask(batch))
        except BaseExceptionGroup as errors:
            raise _first(errors) from errors
        return outcomes

    async def _capabilities(self) -> TranslationCapabilities:
        """Of the route: what all of its models can do."""
        search = self._config.search
        answers: list[TranslationCapabilities] = [
            await call_patiently(
                self._pool,
                Task(model, "capabilities", None, search.priority, search.timeout, search.session),
            )
            for model in self._route.models
        ]
        styles = {answer.placeholders for answer in answers}
        return replace(
            answers[0],
            max_sentence_tokens=min(answer.max_sentence_tokens for answer in answers),
            placeholders=styles.pop() if len(styles) == 1 else None,
        )


def _batches(sentences: Sequence[str]) -> Iterator[list[str]]:
    """Sentences of like length together, window by window."""
    for start in range(0, len(sentences), _WINDOW):
        window = sorted(sentences[start : start + _WINDOW], key=len)
        for first in range(0, len(window), SENTENCES_A_TASK):
            yield window[first : first + SENTENCES_A_TASK]


def _first(error: BaseException) -> BaseException:
    """One of the errors that ended a group: all that a caller can act upon."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
