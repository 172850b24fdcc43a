"""Loads a voice, and what its languages are read with, before the first text comes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import structlog

from foundation.errors import DauysError
from foundation.languages import Language
from foundation.synthesis import SynthesisCapabilities
from text.spoken import SpeechText, SpeechTextOptions
from workers.interface import Task, WorkerPool

_log = structlog.get_logger(__name__)

_FIRST_WORDS: Final[Mapping[Language, str]] = {
    "kk": "Сағат 21-де жаңалықтар.",
    "ru": "В 21 час новости.",
    "en": "The news at 21 hours.",
}
"""Reading them loads a language's tables, which takes a second."""


async def warm_up(pool: WorkerPool, voice: str) -> None:
    """Have a voice loaded; a failure is logged, not raised."""
    try:
        known: SynthesisCapabilities = await pool.call(Task(voice, "capabilities", None))
        for language in known.languages:
            front_end = SpeechText(SpeechTextOptions(language))
            await asyncio.to_thread(front_end.plain, _FIRST_WORDS[language])
    except DauysError as error:
        _log.warning("voice.warm_up_failed", voice=voice, reason=error.message)
