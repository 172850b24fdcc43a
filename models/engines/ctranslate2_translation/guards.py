"""Translations that loop, and where they begin to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LONGEST_PERIOD: Final = 16
"""Tokens of the longest phrase that is watched for."""

FEWEST_REPEATS: Final = 4
"""So often in a row is a loop, unless the sentence itself repeats something."""

SLACK_TOKENS: Final = 16
"""What short sentences may grow by."""


@dataclass(frozen=True, slots=True)
class Run:
    """A phrase that stands several times in a row."""

    start: int
    """Its first token."""

    period: int
    """Tokens of the phrase."""

    repeats: int


def longest_run(tokens: Sequence[str]) -> Run:
    """The phrase of at most LONGEST_PERIOD tokens that is repeated most often in a row."""
    best = Run(0, 1, min(1, len(tokens)))
    for period in range(1, min(LONGEST_PERIOD, len(tokens) // 2) + 1):
        alike = 0
        for place in range(period, len(tokens)):
            alike = alike + 1 if tokens[place] == tokens[place - period] else 0
            repeats = alike // period + 1
            if repeats > best.repeats:
                best = Run(place + 1 - period * repeats, period, repeats)
    return best


def find_loop(tokens: Sequence[str], source: Sequence[str]) -> Run | None:
    """The loop in a translation, or None.

    A sentence that repeats a phrase ("ha ha ha ha", "1 000 000 000") may be translated likewise.
    """
    run = longest_run(tokens)
    allowed = max(FEWEST_REPEATS, 2 * longest_run(source).repeats)
    return run if run.repeats >= allowed else None


def bound_for(source_tokens: int, expansion: float) -> int:
    """Tokens that a translation of so many may have."""
    return int(source_tokens * expansion) + SLACK_TOKENS
