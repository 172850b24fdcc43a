"""LocalAgreement-n: a word is certain once n hypotheses in a row agree on it and all before it.

Liu, Spanakis, Niehues: Low-Latency Sequence-to-Sequence Speech Recognition and Translation by
Partial Hypothesis Selection (Interspeech 2020); for Whisper: Macháček, Dabre, Bojar (2023).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace

from foundation.media_time import Ticks
from foundation.speech import Word
from streaming.recognition.policies.alignment import count_committed, normalise


class LocalAgreement:
    """The policy; one instance for as long as the windows overlap."""

    def __init__(self, agreement: int = 2) -> None:
        self._agreement = agreement
        self._committed: list[Word] = []
        self._open: deque[tuple[Word, ...]] = deque(maxlen=agreement)

    @property
    def committed(self) -> tuple[Word, ...]:
        """All words committed so far, in order."""
        return tuple(self._committed)

    @property
    def tentative(self) -> tuple[Word, ...]:
        """What the latest hypothesis adds after the committed words."""
        return tuple(self._ordered(self._open[-1])) if self._open else ()

    def update(self, hypothesis: Sequence[Word], window_start: Ticks) -> tuple[Word, ...]:
        """Commit the longest head that the last n hypotheses share."""
        self._open.append(self._fresh(hypothesis, window_start))
        if len(self._open) < self._agreement:
            return ()
        return self._take(_shared_head(self._open))

    def commit(
        self, hypothesis: Sequence[Word], window_start: Ticks, until: Ticks | None = None
    ) -> tuple[Word, ...]:
        """Commit a hypothesis at once, up to the words that end after ``until``."""
        self._open.append(self._fresh(hypothesis, window_start))
        return self.commit_tentative(until)

    def commit_tentative(self, until: Ticks | None = None) -> tuple[Word, ...]:
        """Commit what is tentative at once, up to the words that end after ``until``."""
        if not self._open:
            return ()
        latest = self._open[-1]
        if until is None:
            count = len(latest)
        else:
            count = next((i for i, word in enumerate(latest) if word.end > until), len(latest))
        new = self._take(count)
        rest = latest[count:]
        self._open.clear()
        if rest:
            self._open.append(rest)
        return new

    def _fresh(self, hypothesis: Sequence[Word], window_start: Ticks) -> tuple[Word, ...]:
        return tuple(hypothesis[count_committed(self._committed, hypothesis, window_start) :])

    def _take(self, count: int) -> tuple[Word, ...]:
        """Move the first ``count`` open words to the committed ones."""
        new = tuple(self._ordered(self._open[-1][:count]))
        self._committed.extend(new)
        remaining = [hypothesis[count:] for hypothesis in self._open]
        self._open = deque(remaining, maxlen=self._agreement)
        return new

    def _ordered(self, words: Iterable[Word]) -> Iterable[Word]:
        """The words with times that never run back."""
        floor = self._committed[-1].end if self._committed else None
        for word in words:
            start = word.start if floor is None else max(word.start, floor)
            floor = max(word.end, start)
            yield replace(word, start=start, end=floor)


def _shared_head(hypotheses: Sequence[tuple[Word, ...]]) -> int:
    count = 0
    for column in zip(*hypotheses, strict=False):
        if len({normalise(word.text) for word in column}) > 1:
            break
        count += 1
    return count
