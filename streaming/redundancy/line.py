"""What goes on air, whichever engine says it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from foundation.languages import Language
from foundation.media_time import TICKS_PER_SECOND, Ticks
from foundation.speech import Word
from streaming.events import Hypothesis
from streaming.redundancy.seam import Seam

_REMEMBERED: Final = 300
"""Told words kept for the seam: more than are spoken in the time that it looks back."""

_SLACK: Final = TICKS_PER_SECOND // 2
"""Two engines place the end of one utterance so far apart."""


class AirLine:
    """Tells each word once, numbers utterances, and never lets time run back.

    Args:
        emit: Gets what goes on air.
        language: Until something is heard.
    """

    def __init__(self, emit: Callable[[Hypothesis], None], language: Language) -> None:
        self._emit = emit
        self._language = language
        self._seam = Seam(())
        self._told: deque[Word] = deque(maxlen=_REMEMBERED)
        self._tentative: tuple[Word, ...] = ()
        self._utterance = 0
        self._open = False
        self._until: Ticks = 0

    @property
    def open(self) -> bool:
        """Has an utterance begun that has not ended?"""
        return self._open

    @property
    def until(self) -> Ticks:
        """Media time before which nothing changes any more."""
        return self._until

    def tell(self, hypothesis: Hypothesis) -> None:
        """Pass on what the engine on air says."""
        committed, tentative = self._seam.take(hypothesis.committed, hypothesis.tentative)
        self._pass_on(hypothesis, committed, () if hypothesis.endpoint else tentative)

    def take_over(self, said: Iterable[Hypothesis]) -> None:
        """Another engine is on air: pass on what it said and the one before it did not.

        Args:
            said: Its latest hypotheses, oldest first, as far back as the words told last.
        """
        self._seam = Seam(self._told)
        latest: Hypothesis | None = None
        for hypothesis in said:
            latest = hypothesis
            committed, _ = self._seam.take(hypothesis.committed, ())
            # An end that lies before the told words ended another utterance than the open one.
            ends = hypothesis.endpoint and hypothesis.committed_until >= self._until - _SLACK
            if committed or (ends and self._open):
                self._pass_on(replace(hypothesis, finalized=False), committed, ())
        if latest is not None and latest.tentative:
            _, tentative = self._seam.take((), latest.tentative)
            self._pass_on(replace(latest, endpoint=False, finalized=False), (), tentative)
        elif self._tentative:
            self._pass_on(Hypothesis((), (), self._language, self._utterance), (), ())

    def _pass_on(
        self, hypothesis: Hypothesis, committed: tuple[Word, ...], tentative: tuple[Word, ...]
    ) -> None:
        endpoint = hypothesis.endpoint and (self._open or bool(committed))
        news = committed or tentative != self._tentative or endpoint or hypothesis.finalized
        if not news:
            return
        self._told.extend(committed)
        self._tentative = tentative
        self._until = max(self._until, hypothesis.committed_until)
        if committed:
            self._until = max(self._until, committed[-1].end)
        if committed or tentative:
            self._language = hypothesis.language
            self._open = True
        utterance = self._utterance
        if endpoint:
            self._utterance += 1
            self._open = False
        self._emit(
            replace(
                hypothesis,
                committed=committed,
                tentative=tentative,
                utterance=utterance,
                endpoint=endpoint,
                committed_until=self._until,
            )
        )
