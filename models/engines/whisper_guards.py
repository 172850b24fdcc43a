"""Guards against text that nobody spoke.

Whisper loops on audio that it does not understand and writes subtitle credits over silence.
Thresholds of compression, log probability and no-speech probability are those of openai/whisper
(``transcribe.py``); the others were measured on silence, white noise and sine tones.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

_NOT_LETTERS: Final = re.compile(r"[^\w']+")


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """Where a text stops being believable."""

    compression_ratio: float = 2.4
    """UTF-8 bytes over zlib bytes; more is a loop."""

    average_log_probability: float = -1.0
    """Less, together with the no-speech limit, is silence; less alone asks for another try."""

    no_speech_probability: float = 0.6

    word_repeats: int = 5
    """The same word this many times in a row is speech (digits); more is a loop."""

    phrase_repeats: int = 3
    """The same for phrases of two to four words."""

    hurried_words_a_second: float = 5.0
    """Nobody says a phrase of five words or more twice in a row faster than this: it is a loop."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """One attempt of the decoder."""

    text: str
    tokens: tuple[int, ...]
    average_log_probability: float
    no_speech_probability: float
    hit_bound: bool
    """It stopped because of the bound on tokens, not because the text ended."""

    seconds: float = float("inf")
    """Of audio in which all this was said."""

    @property
    def compression_ratio(self) -> float:
        """UTF-8 bytes over zlib bytes."""
        data = self.text.encode()
        return len(data) / len(zlib.compress(data)) if data else 0.0


def normalise(text: str) -> list[str]:
    """Words without case and punctuation."""
    return [word for word in _NOT_LETTERS.split(text.casefold()) if word]


def longest_repeat(words: list[str], size: int) -> int:
    """How often the most repeated phrase of ``size`` words stands in a row (1: never twice)."""
    best = 1 if len(words) >= size else 0
    for start in range(min(size, len(words))):
        run = 1
        for place in range(start + size, len(words) - size + 1, size):
            run = run + 1 if words[place : place + size] == words[place - size : place] else 1
            best = max(best, run)
    return best


def is_known_hallucination(text: str) -> bool:
    """Is the whole text one of the credits that Whisper writes over silence?"""
    line = " ".join(normalise(text))
    whole, prefixes = _known_lines()
    return line in whole or line.startswith(prefixes)


@cache
def _known_lines() -> tuple[frozenset[str], tuple[str, ...]]:
    data = resources.files("models.engines").joinpath("hallucinations.txt").read_text("utf-8")
    lines = [line.strip() for line in data.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    prefixes = [line.removeprefix("prefix:") for line in lines if line.startswith("prefix:")]
    whole = [line for line in lines if not line.startswith("prefix:")]
    return (
        frozenset(" ".join(normalise(line)) for line in whole),
        tuple(" ".join(normalise(line)) for line in prefixes),
    )


def find_fault(decoded: Decoded, limits: GuardLimits) -> str | None:
    """Why this text must not be shown, or None."""
    if not decoded.text:
        return None
    if decoded.hit_bound:
        return "more tokens than the audio can hold"
    if decoded.compression_ratio > limits.compression_ratio:
        return f"compression ratio {decoded.compression_ratio:.1f}"
    words = normalise(decoded.text)
    if not words:
        return "no letters"
    if "\ufffd" in decoded.text:
        return "a broken letter"
    if longest_repeat(words, 1) > limits.word_repeats:
        return "a word repeats"
    if any(longest_repeat(words, size) > limits.phrase_repeats for size in (2, 3, 4)):
        return "a phrase repeats"
    hurried = len(words) > limits.hurried_words_a_second * decoded.seconds
    if hurried and any(longest_repeat(words, size) > 1 for size in range(5, len(words) // 2 + 1)):
        return "a phrase repeats faster than anyone speaks"
    silent = decoded.no_speech_probability > limits.no_speech_probability
    if silent and decoded.average_log_probability < limits.average_log_probability:
        return "no speech"
    if silent and decoded.text.isupper():
        return "a sound caption over no speech"
    doubtful = (
        decoded.no_speech_probability > limits.no_speech_probability / 2
        or decoded.average_log_probability < limits.average_log_probability * 0.7
    )
    if doubtful and is_known_hallucination(decoded.text):
        return "a known line over no speech"
    return None
