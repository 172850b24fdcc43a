"""Sentences through the models of a route."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from foundation.errors import ResourceExhausted
from foundation.translation import SentenceTranslation, TranslationRequest
from streaming.translation.routing import Route
from workers.interface import Priority, Task, WorkerPool

_PATIENCE: Final = 120.0
"""Seconds that a BATCH task tries to get into a queue that is full."""


@dataclass(frozen=True, slots=True)
class Search:
    """How translations are searched for, and how urgently."""

    beam_size: int = 4
    alternatives: int = 1
    alignment: bool = False
    """Only without a pivot; through one no words are aligned."""

    priority: Priority = Priority.INTERACTIVE
    timeout: float | None = None
    """Seconds for each model's task, queueing included."""

    session: str | None = None


async def translate_sentences(
    pool: WorkerPool,
    route: Route,
    sentences: Sequence[str],
    search: Search,
    prefixes: Sequence[str] = (),
) -> tuple[SentenceTranslation, ...]:
    """Translate a handful of sentences, as one task a model.

    Args:
        pool: Where the models run.
        route: From ``TranslationModels.route``.
        sentences: At most 256; each at most 4000 characters.
        search: See ``Search``.
        prefixes: What each translation must begin with; see ``TranslationRequest``.

    Raises:
        DauysError: whatever the pool raises.
    """
    results: tuple[SentenceTranslation, ...] = ()
    texts = tuple(sentences)
    last = len(route.steps) - 1
    cut = [False] * len(texts)
    for number, step in enumerate(route.steps):
        request = TranslationRequest(
            texts,
            step.source,
            step.target,
            beam_size=search.beam_size,
            alternatives=search.alternatives if number == last else 1,
            prefixes=tuple(prefixes) if number == last else (),
            alignment=search.alignment and last == 0,
        )
        results = await call_patiently(
            pool,
            Task(
                model=step.model,
                method="translate",
                payload=request,
                priority=search.priority,
                timeout=search.timeout,
                session=search.session,
            ),
        )
        cut = [was or result.cut for was, result in zip(cut, results, strict=True)]
        texts = tuple(result.best.text for result in results)
    return tuple(replace(result, cut=was) for result, was in zip(results, cut, strict=True))


async def call_patiently(pool: WorkerPool, task: Task) -> Any:
    """``pool.call``, again and again where a BATCH task finds its queue full.

    One task that is refused would else lose hours of work on a document. Others are refused at
    once: who waits for them had better know.

    Raises:
        ResourceExhausted: there was no room for two minutes, or as long as the task may take.
        DauysError: whatever else the pool raises.
    """
    clock = asyncio.get_running_loop().time
    started = clock()
    patience = _PATIENCE if task.timeout is None else min(_PATIENCE, task.timeout)
    patience = patience if task.priority is Priority.BATCH else 0.0
    while True:
        waited = clock() - started
        timeout = None if task.timeout is None else task.timeout - waited
        try:
            return await pool.call(replace(task, timeout=timeout))
        except ResourceExhausted as error:
            # What says no time (a full disk) will not pass by itself.
            if error.retry_after is None or waited + error.retry_after >= patience:
                raise
            delay = error.retry_after
        await asyncio.sleep(delay)
