"""What of a translation is new, what is stable, and when its words are shown."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from foundation.media_time import Ticks
from foundation.speech import Word
from streaming.live_translation.clauses import CLAUSE_MARKS, CLOSERS, SENTENCE_MARKS, ends_with_mark

_MARKS = "".join((*CLAUSE_MARKS, *SENTENCE_MARKS))


def after(text: str, told: Sequence[str]) -> tuple[str, ...]:
    """The words of a translation that follow those told, which it was made to begin with.

    Counted, not compared: a mark that now clings to the last word told, or an ending that a model
    gave it, cannot be told any more.
    """
    return tuple(text.split()[len(told) :])


def stable(clause: Sequence[str], whole: Sequence[str]) -> tuple[str, ...]:
    """The words at the head of a clause's translation that it shares with one of more text.

    LocalAgreement (Liu et al., *Low-Latency Sequence-to-Sequence Speech Recognition and Translation
    by Partial Hypothesis Selection*, Interspeech 2020), between a clause's translation and that of
    all that was heard instead of between two moments. Marks are taken from the latter, which knows
    what follows.
    """
    head = list(whole[: agreed(clause, whole)])
    if head and len(head) == len(whole):
        head[-1] = head[-1].rstrip(_MARKS)
    return tuple(filter(None, head))


def agreed(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words two texts have in common at their heads, whatever their marks."""
    return next(
        (
            place
            for place, (first, second) in enumerate(zip(one, other, strict=False))
            if _bare(first) != _bare(second)
        ),
        min(len(one), len(other)),
    )


def with_marks_of(words: Sequence[str], source: str) -> tuple[str, ...]:
    """The words, without a full stop at the end if the source has no sentence end there.

    Models put one after whatever they are given.
    """
    if not words or ends_with_mark(source):
        return tuple(words)
    return tuple(filter(None, (*words[:-1], words[-1].rstrip("."))))


def timed(text: str, start: Ticks, end: Ticks, confidence: float) -> tuple[Word, ...]:
    """A translation's words: its source's time, divided by characters."""
    words = text.split()
    marks = [0, *itertools.accumulate(len(word) for word in words)]
    span = end - start
    return tuple(
        Word(word, start + span * first // marks[-1], start + span * last // marks[-1], confidence)
        for word, (first, last) in zip(words, itertools.pairwise(marks), strict=True)
    )


def _bare(word: str) -> str:
    return word.rstrip(_MARKS + CLOSERS) or word
