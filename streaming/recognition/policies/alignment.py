"""Where, in a fresh hypothesis, the words begin that were not committed yet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from foundation.media_time import TICKS_PER_SECOND, Ticks
from foundation.speech import Word

_NOT_LETTERS: Final = re.compile(r"[\W_]+")
_SECONDS_PER_EDIT: Final = 0.4
"""A boundary this far from the committed end weighs as much as one wrong word."""


def normalise(text: str) -> str:
    """A word without case and punctuation; the bare text if nothing else remains."""
    return _NOT_LETTERS.sub("", text.casefold()) or text.casefold()


def count_committed(
    committed: Sequence[Word], hypothesis: Sequence[Word], window_start: Ticks
) -> int:
    """How many leading words of ``hypothesis`` are committed already.

    The split is chosen by text and by time together: the edit distance between the committed words
    inside the window and the head of the hypothesis, plus how far the split lies from the end of
    the last committed word. Text alone would fail where Whisper segments anew, time alone where
    its word times wander, and removing repeated n-grams would swallow real repetitions.
    """
    if not committed:
        return 0
    inside = [word for word in committed if word.start >= window_start - TICKS_PER_SECOND // 10]
    end = committed[-1].end
    distances = _head_distances(
        [normalise(word.text) for word in inside], [normalise(word.text) for word in hypothesis]
    )
    return min(
        range(len(hypothesis) + 1),
        key=lambda split: (distances[split] + _misfit(hypothesis, split, end), split),
    )


def _head_distances(source: Sequence[str], target: Sequence[str]) -> list[int]:
    """Levenshtein distance of all of ``source`` to each head of ``target``."""
    row = list(range(len(target) + 1))
    for place, word in enumerate(source, start=1):
        previous, row = row, [place]
        for column, other in enumerate(target, start=1):
            row.append(
                min(
                    previous[column] + 1,
                    row[column - 1] + 1,
                    previous[column - 1] + (word != other),
                )
            )
    return row


def _misfit(hypothesis: Sequence[Word], split: int, end: Ticks) -> float:
    """How badly a split suits the committed end: 0 between the middles of the words beside it."""
    late = end - _middle(hypothesis[split]) if split < len(hypothesis) else 0
    early = _middle(hypothesis[split - 1]) - end if split else 0
    return max(late, early, 0) / TICKS_PER_SECOND / _SECONDS_PER_EDIT


def _middle(word: Word) -> Ticks:
    return (word.start + word.end) // 2
