"""What of the source to translate now."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from foundation.languages import Language
from foundation.media_time import from_seconds
from foundation.speech import Word
from streaming.live_translation.clauses import clause_end, sentence_ends
from streaming.live_translation.config import LiveTranslationConfig
from streaming.live_translation.requests import Effort
from streaming.live_translation.source import Sentence, SourceQueue


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words to translate at once."""

    words: tuple[Word, ...]
    language: Language
    sentence: Sentence | None = None
    """Whose head they are; its translation so far begins theirs. None: open words only."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the newest state of the source asks for."""

    whole: tuple[Stretch, ...] = ()
    """Complete sentences, from the head of the queue."""

    clause: Stretch | None = None
    """The open sentence, up to the end of a clause of committed words. ``heard`` stands beside."""

    heard: Stretch | None = None
    """The open sentence as far as it was heard."""

    ahead: tuple[Stretch, ...] = ()
    """Sentences of open words after it."""

    patient: bool = True
    """The clause can wait until all of its translation is stable."""

    shows_open: bool = False
    """What is not committed is to be shown."""

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """All, in order."""
        single = [stretch for stretch in (self.clause, self.heard) if stretch is not None]
        return (*self.whole, *single, *self.ahead)


def make_plan(
    queue: SourceQueue, target: Language, effort: Effort, most: int, config: LiveTranslationConfig
) -> Plan:
    """Plan one request.

    Args:
        queue: The source; what is in the target language is passed over.
        target: The language to translate into.
        effort: How much to ask for.
        most: So many whole sentences at once.
        config: See ``LiveTranslationConfig``.
    """
    complete = [
        sentence
        for sentence in queue.sentences
        if sentence.complete and sentence.waiting and not sentence.as_said(target)
    ]
    whole = tuple(
        Stretch(tuple(sentence.words), sentence.language, sentence) for sentence in complete[:most]
    )
    if effort is Effort.SENTENCES or len(complete) > most:
        return Plan(whole)
    last = queue.sentences[-1] if queue.sentences else None
    return _plan_open(
        whole,
        last if last is not None and not last.complete else None,
        queue,
        target,
        effort,
        config,
    )


def _plan_open(
    whole: tuple[Stretch, ...],
    sentence: Sentence | None,
    queue: SourceQueue,
    target: Language,
    effort: Effort,
    config: LiveTranslationConfig,
) -> Plan:
    shows_open = effort is Effort.ALL and config.tentative
    committed = tuple(sentence.words) if sentence is not None else ()
    language = sentence.language if sentence is not None and committed else queue.language
    if language is None or language == target:
        return Plan(whole)
    follows = queue.tentative if effort is Effort.ALL and queue.language == language else ()
    own, *later = _parts((*committed, *follows), language, len(committed))
    ahead = tuple(Stretch(part, language) for part in later if shows_open)
    if sentence is None or not committed:
        first = (Stretch(own, language),) if own and shows_open else ()
        return Plan(whole, ahead=(*first, *ahead), shows_open=shows_open)
    heard = Stretch(own, language, sentence)
    patient = sentence.waiting < config.patient_words and sentence.span < from_seconds(
        config.patient_seconds
    )
    least = config.least_clause_words
    end = clause_end(own, language, sentence.done, len(committed), least)
    if end is None and not patient:
        end = len(committed)
    if end is not None and end < len(own):
        return Plan(
            whole, Stretch(own[:end], language, sentence), heard, ahead, patient, shows_open
        )
    return Plan(whole, heard=heard if shows_open else None, ahead=ahead, shows_open=shows_open)


def _parts(
    words: tuple[Word, ...], language: Language, committed: int
) -> Iterator[tuple[Word, ...]]:
    """The words sentence by sentence; committed ones, which are of one, stay together."""
    ends = [end for end in sentence_ends(words, language) if end > committed]
    for start, end in itertools.pairwise((0, *ends, len(words))):
        yield words[start:end]
