"""What engines share whose models give words and nothing else: no language, no silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from foundation.errors import FailedPrecondition
from foundation.languages import LANGUAGES, Language
from foundation.speech import SAMPLE_RATE, Samples, Word
from models.engines.written_language import written_language
from text.letters import fold_look_alikes

_SHORTEST: Final = SAMPLE_RATE // 10
"""Samples; less has too few frames to normalise."""

_SILENCE_PEAK: Final = 1e-4
"""Under -80 dBFS nothing is heard."""


def card_languages(codes: Sequence[str], model: str) -> tuple[Language, ...]:
    """What a model speaks, of the suite's languages, by its card.

    Raises:
        FailedPrecondition: none of them; ``model`` says in the message what does not tell.
    """
    languages = tuple(code for code in LANGUAGES if code in codes)
    if not languages:
        raise FailedPrecondition(
            f"the card's languages {list(codes)} have none of {', '.join(LANGUAGES)}; "
            f"{model} does not say what it speaks"
        )
    return languages


def is_audible(samples: Samples) -> bool:
    """Is there enough sound to be recognised?"""
    return samples.size >= _SHORTEST and float(np.abs(samples).max()) >= _SILENCE_PEAK


def language_of(
    text: str,
    asked: Sequence[Language],
    weights: Sequence[float],
    spoken: Sequence[Language],
) -> tuple[Language, float]:
    """The text tells the language where there is a choice; also its probability.

    Args:
        text: What was recognised.
        asked: A request's languages.
        weights: How likely each of them is beforehand; empty: all alike.
        spoken: What the model speaks.
    """
    chances = dict(zip(asked, weights, strict=False))
    among = [code for code in asked if code in spoken]
    return written_language(text, among, [chances[code] for code in among] if chances else [])


def spelt(words: Sequence[Word], language: Language) -> tuple[Word, ...]:
    """The words in the letters of their language."""
    if language != "kk":
        return tuple(words)
    return tuple(replace(word, text=fold_look_alikes(word.text)) for word in words)
