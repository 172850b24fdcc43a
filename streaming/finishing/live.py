"""Live hypotheses, finished: committed words stay append-only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from foundation.languages import Language
from foundation.media_time import Ticks, from_seconds
from foundation.speech import Word
from streaming.events import Hypothesis
from streaming.finishing.pipeline import Pipeline
from text.punctuation import ends_sentence

_LONGEST_HOLD = from_seconds(4)
"""Of audio: a number that goes on for longer is written as far as it goes."""

_SENTENCE_WORDS = 20
"""Of a sentence, what punctuation looks back at."""


class LiveFinisher:
    """One stream's finishing; feed it every hypothesis, in order.

    What is committed can never be changed, so a committed word whose written form depends on what
    comes next ("жиырма" may become "жиырма бес") is held back as tentative until that is heard or
    the utterance ends. Open words that follow count as heard for punctuation: a mark comes a word
    later, not an utterance later.
    """

    def __init__(self, pipeline: Pipeline, *, tentative: bool = True) -> None:
        """What is held back is told as tentative, unless tentative words are not wanted."""
        self._pipeline = pipeline
        self._tentative = tentative
        self._told_until: Ticks = 0
        self._held: tuple[Word, ...] = ()
        self._language: Language | None = None
        self._punctuated = True
        self._sentence: tuple[Word, ...] = ()
        """What was committed of the open sentence, at most the last words of it."""

    def reconfigure(self, pipeline: Pipeline) -> None:
        """Finish otherwise from the next hypothesis on; what is committed stands."""
        self._pipeline = pipeline

    def finish(self, hypothesis: Hypothesis) -> list[Hypothesis]:
        """What is to be told in the place of a hypothesis.

        Two where held words are in another language than it, or by a model that punctuates and the
        other does not; otherwise one.
        """
        told = []
        before = self._language, self._punctuated
        now = hypothesis.language, hypothesis.punctuated
        changed = self._language is not None and now != before
        if self._held and changed:
            told.append(self._flush(hypothesis))
        if changed:
            self._sentence = ()
        self._language = hypothesis.language
        self._punctuated = hypothesis.punctuated
        told.append(self._finish(hypothesis))
        return told

    def _flush(self, hypothesis: Hypothesis) -> Hypothesis:
        """What was held, in the language it was held in."""
        committed = self._take(len(self._held), (), ended=False)
        return replace(
            hypothesis,
            committed=committed,
            tentative=(),
            language=self._language or hypothesis.language,
            endpoint=False,
            finalized=False,
            committed_until=self._until(committed[-1].end if committed else 0),
        )

    def _finish(self, hypothesis: Hypothesis) -> Hypothesis:
        self._held += hypothesis.committed
        final = hypothesis.endpoint or hypothesis.finalized
        count = len(self._held) if final else self._ready(hypothesis)
        committed = self._take(count, hypothesis.tentative, ended=final)
        if final:
            self._sentence = ()
        held = self._held if self._tentative else ()
        until = hypothesis.committed_until
        if self._held:
            until = min(until, self._held[0].start)
        return replace(
            hypothesis,
            committed=committed,
            tentative=self._shown((*held, *hypothesis.tentative), hypothesis.language),
            committed_until=self._until(until),
        )

    def _until(self, time: Ticks) -> Ticks:
        """What was told to be final stays so."""
        self._told_until = max(self._told_until, time)
        return self._told_until

    def _shown(self, words: Sequence[Word], language: Language) -> tuple[Word, ...]:
        """Open words as they look now."""
        pipeline = self._pipeline
        written = pipeline.written(words, language)
        if not self._punctuated:
            written = self._punctuate(written, language, ended=False)
        return pipeline.clean(written, language)

    def _ready(self, hypothesis: Hypothesis) -> int:
        """How many held words may be committed now."""
        held = self._held
        if not held:
            return 0
        count = self._pipeline.settled(
            held, hypothesis.tentative, hypothesis.language, punctuated=self._punctuated
        )
        if count < len(held) and hypothesis.committed_until - held[count].end > _LONGEST_HOLD:
            return len(held)
        return count

    def _take(self, count: int, following: Sequence[Word], *, ended: bool) -> tuple[Word, ...]:
        """Finish and let go of the first held words."""
        language = self._language
        if not count or language is None:
            return ()
        words, self._held = self._held[:count], self._held[count:]
        pipeline = self._pipeline
        written = pipeline.written(words, language)
        if not self._punctuated:
            # What follows decides the last word's mark, but is not committed itself.
            seen = () if ended else (*self._held, *following)
            after = pipeline.written(seen, language)
            restored = self._punctuate((*written, *after), language, ended=ended)
            written = restored[: len(written)]
            ends = [place for place, word in enumerate(written) if ends_sentence(word.text)]
            open_from = ends[-1] + 1 if ends else 0
            before = () if ends else self._sentence
            self._sentence = (*before, *written[open_from:])[-_SENTENCE_WORDS:]
        return pipeline.clean(written, language)

    def _punctuate(
        self, words: Sequence[Word], language: Language, *, ended: bool
    ) -> tuple[Word, ...]:
        """The words punctuated as what goes on with the open sentence."""
        begun = self._sentence
        restored = self._pipeline.punctuate(
            (*begun, *words), language, ended=ended, continues=len(begun) >= _SENTENCE_WORDS
        )
        return restored[len(begun) :]
