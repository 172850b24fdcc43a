"""What translation is asked and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from foundation.languages import LANGUAGES, Language

Pair: TypeAlias = tuple[Language, Language]
"""From which language into which."""

ALL_PAIRS: Final[tuple[Pair, ...]] = tuple(
    (source, target) for source in LANGUAGES for target in LANGUAGES if source != target
)


@dataclass(frozen=True, slots=True)
class TranslationRequest:
    """Sentences of one pair: payload of ``translate`` of a translation engine."""

    sentences: tuple[str, ...]
    """Each one sentence or less, no line breaks."""

    source: Language
    target: Language

    beam_size: int = 4

    alternatives: int = 1
    """Hypotheses a sentence, at most ``beam_size``."""

    prefixes: tuple[str, ...] = ()
    """What each translation must begin with, whole words, one a sentence ("" for none); empty: no
    sentence has one."""

    alignment: bool = False
    """Say from which source word each word came."""


@dataclass(frozen=True, slots=True)
class TranslationHypothesis:
    """One translation of one sentence."""

    text: str
    """The prefix included."""

    score: float
    """Mean natural log probability of its tokens, 0 at best."""

    alignment: tuple[int, ...] = ()
    """For each word of ``text`` the word of the sentence that it came from most (both as
    ``str.split`` counts); empty where none was asked for."""


@dataclass(frozen=True, slots=True)
class SentenceTranslation:
    """What became of one sentence."""

    hypotheses: tuple[TranslationHypothesis, ...]
    """The likeliest first; at least one."""

    cut: bool = False
    """The sentence is longer than the model can read, or its translation than it may write: the
    end is missing."""

    @property
    def best(self) -> TranslationHypothesis:
        """The likeliest hypothesis."""
        return self.hypotheses[0]


@dataclass(frozen=True, slots=True)
class TranslationCapabilities:
    """What a translation engine can do: result of the method ``capabilities``."""

    pairs: tuple[Pair, ...]

    max_sentence_tokens: int
    """Longer sentences are cut by the model."""

    placeholders: str | None = None
    """The style of placeholders that the model is known to copy (``text.protection``); None: none,
    text is translated around protected spans."""
