"""Loads translators before the first sentence is spoken."""

from __future__ import annotations

from typing import Final

import structlog

from foundation.errors import DauysError
from streaming.translation import Route, Search, translate_sentences
from workers.interface import WorkerPool

_log = structlog.get_logger(__name__)

_WORDS: Final = {"kk": "Сәлем.", "ru": "Привет.", "en": "Hello."}


async def load_route(pool: WorkerPool, route: Route) -> None:
    """Have the models of a route loaded and run once.

    Raises:
        DauysError: one could not be loaded.
    """
    await translate_sentences(pool, route, [_WORDS[route.source]], Search(beam_size=1))


async def warm_up_route(pool: WorkerPool, route: Route) -> None:
    """As ``load_route``; a failure is logged, not raised."""
    try:
        await load_route(pool, route)
    except DauysError as error:
        _log.warning("model.warm_up_failed", models=route.models, reason=error.message)
