"""The words that wait to be translated, sentence by sentence."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from foundation.languages import Language
from foundation.media_time import Ticks, from_seconds
from foundation.speech import Word
from streaming.events import Hypothesis
from streaming.live_translation.clauses import clause_end, sentence_ends
from streaming.live_translation.config import LiveTranslationConfig


@dataclass(slots=True, eq=False)
class Sentence:
    """A sentence whose translation is not wholly committed."""

    language: Language
    utterance: int
    words: list[Word] = field(default_factory=list)
    """Committed."""

    complete: bool = False
    """No word will be added."""

    endpoint: bool = False
    """The utterance ends with it."""

    finalized: bool = False
    """Somebody asked for all up to here."""

    done: int = 0
    """Words of it whose translation is committed."""

    told: tuple[str, ...] = ()
    """Their translation, as the model wrote it."""

    since: float | None = None
    """When it became complete, by the queue's clock."""

    @property
    def waiting(self) -> int:
        """Committed words whose translation is not."""
        return len(self.words) - self.done

    def as_said(self, target: Language) -> bool:
        """Needs it no translation into ``target``?"""
        return self.language == target or (
            self.complete
            and not any(letter.isalpha() for word in self.words for letter in word.text)
        )

    @property
    def span(self) -> Ticks:
        """Time from the first waiting word to the last."""
        return self.words[-1].end - self.words[self.done].start if self.waiting else 0


class SourceQueue:
    """Committed words in sentences, and the open words after them.

    Every committed word is in one sentence, in order. A sentence ends where the text says so, where
    the utterance ends or the language changes, and where it grows too long.
    """

    def __init__(
        self, config: LiveTranslationConfig, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._config = config
        self._clock = clock
        self.sentences: deque[Sentence] = deque()
        self.tentative: tuple[Word, ...] = ()
        self.language: Language | None = None
        """Of the tentative words."""
        self.utterance = 0
        self.until: Ticks = 0
        """No word that is still to come starts before."""

    def push(self, hypothesis: Hypothesis) -> None:
        """Take in what recognition believes now."""
        last = self._open()
        if hypothesis.committed:
            if last is not None and last.language != hypothesis.language:
                self._complete(last)
                last = None
            if last is None:
                last = Sentence(hypothesis.language, hypothesis.utterance)
                self.sentences.append(last)
            last.words += hypothesis.committed
        self.tentative = hypothesis.tentative
        self.language = hypothesis.language
        self.utterance = hypothesis.utterance
        self.until = max(self.until, hypothesis.committed_until)
        if last is not None:
            self._split(last)
        if hypothesis.endpoint or hypothesis.finalized:
            self._end(hypothesis)

    def close(self) -> None:
        """No more words come: what is open is complete."""
        self.tentative = ()
        last = self._open()
        if last is not None:
            self._complete(last)

    @property
    def waiting(self) -> int:
        """Committed words whose translation is not."""
        return sum(sentence.waiting for sentence in self.sentences)

    @property
    def due_since(self) -> float | None:
        """When the oldest whole sentence became whole; None: none waits."""
        return self.sentences[0].since if self.sentences else None

    @property
    def told_until(self) -> Ticks:
        """No word whose translation is not committed starts before."""
        for sentence in self.sentences:
            if sentence.waiting:
                return min(self.until, sentence.words[sentence.done].start)
        return self.until

    def _open(self) -> Sentence | None:
        last = self.sentences[-1] if self.sentences else None
        return last if last is not None and not last.complete else None

    def _complete(self, sentence: Sentence) -> None:
        sentence.complete = True
        if sentence.since is None:
            sentence.since = self._clock()

    def _end(self, hypothesis: Hypothesis) -> None:
        """The utterance ends, or is cut, after all that was heard."""
        last = self._open()
        if last is None:
            # The end is told in its turn, also where no word of it waits.
            last = Sentence(hypothesis.language, hypothesis.utterance)
            self.sentences.append(last)
        last.endpoint, last.finalized = hypothesis.endpoint, hypothesis.finalized
        self._complete(last)

    def _split(self, sentence: Sentence) -> None:
        """Part the open sentence where sentences end in it, or where it is too long."""
        follows = self.tentative if self.language == sentence.language else ()
        heard = (*sentence.words, *follows)
        for end in sentence_ends(heard, sentence.language):
            if sentence.done <= end <= len(sentence.words):
                self._part(sentence, end)
                self._split(self.sentences[-1])
                return
        config = self._config
        waits_long = (
            sentence.waiting >= config.longest_wait_words
            or sentence.span >= from_seconds(config.longest_wait_seconds)
            or len(sentence.words) >= config.longest_sentence_words
        )
        if waits_long and sentence.waiting:
            end = clause_end(
                heard,
                sentence.language,
                sentence.done,
                len(sentence.words),
                config.least_clause_words,
            ) or len(sentence.words)
            self._part(sentence, end)
            self._split(self.sentences[-1])

    def _part(self, sentence: Sentence, end: int) -> None:
        """The words after ``end`` become a sentence of their own, which is open."""
        rest = Sentence(sentence.language, sentence.utterance, sentence.words[end:])
        del sentence.words[end:]
        self._complete(sentence)
        self.sentences.append(rest)
