"""A batch of sentences until each may be shown: protected, translated, checked, tried again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from foundation.translation import (
    SentenceTranslation,
    TranslationCapabilities,
    TranslationHypothesis,
)
from streaming.translation.checks import REFUSED, Fault, faults_of
from streaming.translation.guard import Protector, Stretch, stretches
from streaming.translation.off_loop import computed
from streaming.translation.pieces import Piece, halves_of
from streaming.translation.routing import Route
from streaming.translation.sentences import Search, translate_sentences
from text.letters import fold_look_alikes
from text.protection import PlaceholderStyle, Protected, restore
from workers.interface import WorkerPool

SENTENCES_A_TASK: Final = 32
"""Enough to fill a batch; a live request waits for one task at most."""

_SECOND_TRY: Final = 4
"""Hypotheses among which a better one is looked for."""

_SHORTEST_HALVED: Final = 40
"""Characters: what a model cannot read even then is left cut."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The translation of one sentence."""

    text: str
    score: float
    faults: frozenset[Fault]
    alternatives: tuple[str, ...] = ()
    alignment: tuple[int, ...] = ()


class SentenceTranslator:
    """Translates batches of sentences of one route.

    A sentence whose first hypothesis has a fault is searched again with several, of which the one
    with the least faults is taken. If its protected spans are lost in all, the text around them is
    translated; one that was cut is translated in halves.
    """

    def __init__(
        self,
        pool: WorkerPool,
        route: Route,
        search: Search,
        protector: Protector,
        capabilities: TranslationCapabilities,
    ) -> None:
        self._pool = pool
        self._route = route
        self._search = search
        self._protector = protector
        style = capabilities.placeholders
        self._style = PlaceholderStyle(style) if style else None

    async def translate(self, sentences: Sequence[str]) -> list[Outcome]:
        """One outcome a sentence, in order.

        Raises:
            DauysError: whatever the pool raises.
        """
        style = self._style or PlaceholderStyle.PERCENT
        protected = await computed(
            lambda: [self._protector(sentence, style) for sentence in sentences],
            sum(map(len, sentences)),
        )
        outcomes: list[Outcome | None] = [None] * len(sentences)
        # A model that copies no placeholder is never shown one, no model a sentence of nothing
        # else.
        whole = [n for n, p in enumerate(protected) if not p.spans or (self._style and _between(p))]
        await self._fill(outcomes, protected, sentences, whole, self._search)
        doubtful = [n for n in whole if (o := outcomes[n]) is not None and _retries(o.faults)]
        await self._fill(outcomes, protected, sentences, doubtful, self._wider())
        lost = [n for n, o in enumerate(outcomes) if o is None or Fault.SPANS in o.faults]
        around = await self._around([sentences[n] for n in lost], [protected[n] for n in lost])
        for number, joined in zip(lost, around, strict=True):
            outcomes[number] = joined
        finished: list[Outcome] = []
        for sentence, outcome in zip(sentences, outcomes, strict=True):
            assert outcome is not None, "what was not translated whole was translated around"
            if Fault.CUT in outcome.faults and len(sentence) >= _SHORTEST_HALVED:
                outcome = await self._halved(sentence)
            finished.append(outcome)
        return finished

    def _wider(self) -> Search:
        beam = max(self._search.beam_size, _SECOND_TRY)
        return replace(self._search, beam_size=beam, alternatives=beam)

    async def _fill(
        self,
        outcomes: list[Outcome | None],
        protected: Sequence[Protected],
        sentences: Sequence[str],
        numbers: Sequence[int],
        search: Search,
    ) -> None:
        if not numbers:
            return
        results = await self._call([protected[n].text for n in numbers], search)
        best = await computed(
            lambda: [
                self._best(sentences[number], protected[number], result)
                for number, result in zip(numbers, results, strict=True)
            ],
            sum(len(sentences[number]) for number in numbers),
        )
        for number, outcome in zip(numbers, best, strict=True):
            outcomes[number] = outcome

    async def _call(self, texts: Sequence[str], search: Search) -> list[SentenceTranslation]:
        """A task for each ``SENTENCES_A_TASK``, one after the other."""
        results: list[SentenceTranslation] = []
        for first in range(0, len(texts), SENTENCES_A_TASK):
            part = texts[first : first + SENTENCES_A_TASK]
            results += await translate_sentences(self._pool, self._route, part, search)
        return results

    def _best(self, sentence: str, protected: Protected, result: SentenceTranslation) -> Outcome:
        outcomes = [
            self._outcome(sentence, protected, hypothesis, cut=result.cut)
            for hypothesis in result.hypotheses
        ]
        best = min(outcomes, key=lambda outcome: _badness(outcome.faults))
        others = dict.fromkeys(
            other.text
            for other in outcomes
            if other is not best and other.text != best.text and not other.faults & REFUSED
        )
        return replace(best, alternatives=tuple(others)[: max(0, self._search.alternatives - 1)])

    def _outcome(
        self, sentence: str, protected: Protected, hypothesis: TranslationHypothesis, *, cut: bool
    ) -> Outcome:
        restored = restore(hypothesis.text, protected)
        text = restored.text
        if self._route.target != "en":
            text = fold_look_alikes(text)
        faults = faults_of(sentence, text, self._route.target)
        if restored.lost or restored.repeated:
            faults.add(Fault.SPANS)
        if cut:
            faults.add(Fault.CUT)
        return Outcome(
            text,
            hypothesis.score,
            frozenset(faults),
            alignment=_realigned(sentence, text, protected, hypothesis),
        )

    async def _around(
        self, sentences: Sequence[str], protected: Sequence[Protected]
    ) -> list[Outcome]:
        """Translate what stands between the protected spans of sentences."""
        asked = [part for one in protected for part in _between(one)]
        results = iter(await self._call(asked, replace(self._search, alternatives=1)))
        return [
            self._joined(sentence, one, list(islice(results, len(_between(one)))))
            for sentence, one in zip(sentences, protected, strict=True)
        ]

    def _joined(
        self, sentence: str, protected: Protected, results: Sequence[SentenceTranslation]
    ) -> Outcome:
        """A sentence of its spans and the translations between them."""
        texts, following = [], iter(results)
        for part in stretches(protected):
            text = part.text
            if _says_something(part):
                start = len(text) - len(text.lstrip())
                text = text[:start] + next(following).best.text + text[len(text.rstrip()) :]
            texts.append(text)
        joined = restore("".join(texts), protected).text
        faults = faults_of(sentence, joined, self._route.target)
        if any(result.cut for result in results):
            faults.add(Fault.CUT)
        scores = [result.best.score for result in results]
        return Outcome(joined, min(scores, default=0.0), frozenset(faults))

    async def _halved(self, sentence: str) -> Outcome:
        """Translate a sentence that is too long for the model part by part."""
        halves = halves_of(Piece(sentence, ""))
        outcomes = await self.translate([half.text for half in halves])
        text = "".join(
            outcome.text + half.separator for outcome, half in zip(outcomes, halves, strict=True)
        )
        faults = frozenset().union(*(outcome.faults for outcome in outcomes))
        return Outcome(text, min(outcome.score for outcome in outcomes), faults)


def _retries(faults: frozenset[Fault]) -> bool:
    """Is there something that another hypothesis may have right?"""
    return bool(faults - {Fault.CUT})


def _badness(faults: Iterable[Fault]) -> tuple[int, ...]:
    """Sorts hypotheses: the worst fault decides; the first of equals stands."""
    return tuple(int(fault in faults) for fault in Fault)


def _between(protected: Protected) -> list[str]:
    """What a model is asked for where it is shown no placeholders."""
    return [part.text.strip() for part in stretches(protected) if _says_something(part)]


def _says_something(part: Stretch) -> bool:
    return part.translate and any(map(str.isalpha, part.text))


def _realigned(
    sentence: str, text: str, protected: Protected, hypothesis: TranslationHypothesis
) -> tuple[int, ...]:
    """The alignment between sentence and text, in which a placeholder may be several words."""
    links = hypothesis.alignment
    if not links or not protected.spans:
        return links
    source_starts, source_count = _word_starts(protected.text, protected)
    target_starts, target_count = _word_starts(hypothesis.text, protected)
    fits = source_count == len(sentence.split()) and target_count == len(text.split())
    if not fits or len(links) != len(target_starts):
        return ()
    ends = [*target_starts[1:], target_count]
    realigned: list[int] = []
    for link, start, end in zip(links, target_starts, ends, strict=True):
        realigned += [source_starts[link]] * (end - start)
    return tuple(realigned)


def _word_starts(text: str, protected: Protected) -> tuple[list[int], int]:
    """Of each word, which word it is once the spans are back; and how many there are then."""
    starts, count = [], 0
    for word in text.split():
        starts.append(count)
        count += max(1, len(restore(word, protected).text.split()))
    return starts, count
