"""How a live translation behaves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LiveTranslationConfig:
    """Settings of one track."""

    beam_size: int = 2

    tentative: bool = True
    """Tell what open words may mean."""

    unconfirmed_rounds: int = 2
    """Translations for which open words stay on the screen that the newest one lacks
    (``masking.Mask``)."""

    least_clause_words: int = 4
    """Of source between two commits inside a sentence."""

    patient_words: int = 12
    """So many committed source words may wait for a clause whose translation is stable; then what
    is stable of theirs is committed by itself."""

    patient_seconds: float = 5.0
    """The same in time, from the first word that waits to the last."""

    longest_wait_words: int = 28
    """So many, and they are translated as if the sentence ended."""

    longest_wait_seconds: float = 10.0

    longest_sentence_words: int = 60
    """A sentence is ended in its middle before it grows longer: what a model reads well."""

    sentences_a_request: int = 16

    most_waiting_words: int = 2_000
    """Committed source words that wait to be translated before the source should pause."""

    timeout_seconds: float = 5.0
    """For one request, queueing included."""

    slow_seconds: float = 1.0
    """While requests take longer no tentative words are translated."""

    very_slow_seconds: float = 2.5
    """While requests take longer only whole sentences are translated."""

    recovery_seconds: float = 10.0
    """After so long more is tried again."""
