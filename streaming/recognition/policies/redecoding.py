"""What policies over re-decoded windows share: what is committed, what is still open."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace

from foundation.media_time import Ticks
from foundation.speech import Word
from streaming.recognition.policies.alignment import count_committed

_REMEMBERED = 300
"""Committed words kept; more than any window holds, so that an utterance may last for hours."""


class RedecodingPolicy(ABC):
    """One instance for as long as the windows overlap. Adapters say how much is certain.

    Args:
        remembered_hypotheses: How many of the latest hypotheses ``_certain`` looks at.
    """

    def __init__(self, remembered_hypotheses: int) -> None:
        self._committed: deque[Word] = deque(maxlen=_REMEMBERED)
        self._open: deque[tuple[Word, ...]] = deque(maxlen=remembered_hypotheses)

    @abstractmethod
    def _certain(self, heard_until: Ticks) -> int:
        """How many words of the newest open hypothesis are certain."""

    @property
    def committed(self) -> tuple[Word, ...]:
        """The latest words committed, in order."""
        return tuple(self._committed)

    @property
    def tentative(self) -> tuple[Word, ...]:
        """What the latest hypothesis adds after the committed words."""
        return tuple(self._ordered(self._open[-1])) if self._open else ()

    def fresh(self, hypothesis: Sequence[Word], window_start: Ticks) -> tuple[Word, ...]:
        """What a hypothesis adds after the committed words; nothing is noted."""
        return tuple(hypothesis[count_committed(self._committed, hypothesis, window_start) :])

    def update(
        self, hypothesis: Sequence[Word], window_start: Ticks, heard_until: Ticks
    ) -> tuple[Word, ...]:
        """Take a hypothesis of the window up to ``heard_until``; return new commits."""
        self._open.append(self.fresh(hypothesis, window_start))
        return self._take(self._certain(heard_until))

    def commit(
        self, hypothesis: Sequence[Word], window_start: Ticks, until: Ticks | None = None
    ) -> tuple[Word, ...]:
        """Commit a hypothesis at once, up to the words that end after ``until``."""
        self._open.append(self.fresh(hypothesis, window_start))
        return self.commit_tentative(until)

    def commit_tentative(self, until: Ticks | None = None) -> tuple[Word, ...]:
        """Commit what is tentative at once, up to the words that end after ``until``."""
        if not self._open:
            return ()
        latest = self._open[-1]
        count = len(latest) if until is None else words_before(latest, until)
        new = self._take(count)
        rest = latest[count:]
        self._open.clear()
        if rest:
            self._open.append(rest)
        return new

    def _take(self, count: int) -> tuple[Word, ...]:
        """Move the first ``count`` open words to the committed ones."""
        if not count:
            return ()
        new = tuple(self._ordered(self._open[-1][:count]))
        self._committed.extend(new)
        remaining = [hypothesis[count:] for hypothesis in self._open]
        self._open = deque(remaining, maxlen=self._open.maxlen)
        return new

    def _ordered(self, words: Iterable[Word]) -> Iterable[Word]:
        """The words with times that never run back."""
        floor = self._committed[-1].end if self._committed else None
        for word in words:
            start = word.start if floor is None else max(word.start, floor)
            floor = max(word.end, start)
            yield replace(word, start=start, end=floor)


def words_before(words: Sequence[Word], border: Ticks) -> int:
    """How many leading words end by ``border``."""
    return next((i for i, word in enumerate(words) if word.end > border), len(words))
