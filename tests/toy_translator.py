"""A translator for tests that need no model: it changes the alphabet and nothing else."""

from __future__ import annotations

from typing import Any

from foundation.languages import Language
from foundation.translation import (
    ALL_PAIRS,
    SentenceTranslation,
    TranslationCapabilities,
    TranslationHypothesis,
    TranslationRequest,
)
from text.transliteration import to_cyrillic, to_latin
from workers.interface import Task


def toy_translation(sentence: str, target: Language) -> str:
    """Into Latin letters for English, Cyrillic ones for Kazakh and Russian; spaces as one."""
    change = to_latin if target == "en" else to_cyrillic
    return " ".join(change(word) for word in sentence.split())


def translate(request: TranslationRequest) -> tuple[SentenceTranslation, ...]:
    """What a translation engine would answer; each word comes from the one at its place."""
    results = []
    for number, sentence in enumerate(request.sentences):
        text = toy_translation(sentence, request.target)
        prefix = request.prefixes[number] if request.prefixes else ""
        kept = len(prefix.split())
        text = " ".join([*prefix.split(), *text.split()[kept:]])
        words = tuple(range(len(text.split()))) if request.alignment else ()
        results.append(SentenceTranslation((TranslationHypothesis(text, -0.1, words),)))
    return tuple(results)


def answer(task: Task) -> Any:
    """A handler for ``workers.testing.FakePool(answer, capabilities=CAPABILITIES)``."""
    return translate(task.payload)


CAPABILITIES = TranslationCapabilities(ALL_PAIRS, max_sentence_tokens=512, placeholders="percent")
