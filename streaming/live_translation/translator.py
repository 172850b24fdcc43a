"""Live translation into one language: committed words are never revised, open ones are replaced.

The open sentence is translated again as it grows, each time beginning with what was told of it
(Arivazhagan et al., *Re-translation versus Streaming for Simultaneous Translation*, IWSLT 2020). A
clause of committed words is told once its translation stands also at the head of the translation
of all that was heard since (``agreement.stable``); a sentence when it has ended.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import structlog

from foundation.languages import Language
from foundation.media_time import Ticks
from foundation.speech import Word
from streaming.events import Hypothesis
from streaming.live_translation.agreement import after, stable, timed, with_marks_of
from streaming.live_translation.config import LiveTranslationConfig
from streaming.live_translation.masking import Mask
from streaming.live_translation.planning import Plan, Stretch, make_plan
from streaming.live_translation.preparation import Prepared, Protectors, prepare
from streaming.live_translation.requests import Answer, Ask, Effort, Requests
from streaming.live_translation.source import Sentence, SourceQueue
from streaming.translation import TranslationModels, default_protector
from workers.interface import WorkerPool


@dataclass(frozen=True, slots=True)
class _Translation:
    """A stretch's."""

    ask: Ask
    answer: Answer
    prepared: Prepared
    refused: bool

    @property
    def doubtful(self) -> bool:
        """Is it worth another try without placeholders?"""
        protected = self.prepared.protected is not None
        return protected and (self.refused or self.prepared.loses_spans(self.answer.text))

    def after(self, told: Sequence[str]) -> tuple[str, ...]:
        """Its words after those told, as the model wrote them."""
        return after(self.answer.text, told)

    def timed(
        self, words: Sequence[str], told: Sequence[str], source: Sequence[Word]
    ) -> tuple[Word, ...]:
        """Words that follow those told, as they are shown, over the time of their source."""
        text = self.prepared.shown_after(" ".join(told), " ".join(words))
        return timed(text, source[0].start, source[-1].end, self.answer.confidence)


class LiveTranslator:
    """Translates one stream of hypotheses into one language. ``run`` once.

    Words carry media time; for plain text any numbers that rise do (``LiveTextTranslator``).

    Args:
        pool: Where the models run.
        models: Which model translates which pair.
        target: The language to translate into; what is said in it is told as it was said.
        session: Names the track's tasks: not recognition's name, for tasks of one session wait for
            one another.
        config: See ``LiveTranslationConfig``.
        protectors: What of a sentence must not be translated, or only in one way.
    """

    def __init__(
        self,
        pool: WorkerPool,
        models: TranslationModels,
        target: Language,
        session: str,
        config: LiveTranslationConfig | None = None,
        protectors: Protectors = default_protector,
    ) -> None:
        self.target = target
        self._config = config or LiveTranslationConfig()
        self._protectors = protectors
        self._queue = SourceQueue(self._config)
        self._requests = Requests(pool, models, target, session, self._config)
        self._emit: Callable[[Hypothesis], None] = lambda hypothesis: None
        self._changed = asyncio.Event()
        self._made_room = asyncio.Event()
        self._closed = False
        self._running = True
        self._mask = Mask(self._config.unconfirmed_rounds)
        self._shown: tuple[Word, ...] = ()
        self._told_until: Ticks = 0
        self._log = structlog.get_logger(__name__).bind(session=session, target=target)

    def push(self, hypothesis: Hypothesis) -> None:
        """Take in the newest state of the source; never waits."""
        self._queue.push(hypothesis)
        self._changed.set()

    def close(self) -> None:
        """The source ends: ``run`` returns when all that is committed of it is translated."""
        self._closed = True
        self._queue.close()
        self._changed.set()

    def protect_with(self, protectors: Protectors) -> None:
        """Protect otherwise what is translated from now on; what is committed stands."""
        self._protectors = protectors

    @property
    def lag(self) -> float:
        """Seconds that the oldest whole sentence has waited for its translation; 0: none waits."""
        since = self._queue.due_since
        return 0.0 if since is None else time.monotonic() - since

    @property
    def waiting(self) -> int:
        """Committed source words that are not translated yet."""
        return self._queue.waiting

    @property
    def effort(self) -> Effort:
        """How much is asked for now; less than all while requests are slow."""
        return self._requests.effort.level

    async def wait_for_room(self) -> None:
        """Wait while more words wait than the configuration allows and ``run`` has not ended."""
        while self._running and self.waiting > self._config.most_waiting_words:
            self._made_room.clear()
            await self._made_room.wait()

    async def run(self, emit: Callable[[Hypothesis], None]) -> None:
        """Translate until ``close`` was called and every committed word is translated.

        ``emit`` gets hypotheses in the target language, as a recogniser gives them: ``committed``
        words are new and never revised, ``tentative`` ones replace the last, an ``endpoint`` comes
        with or after the last word of its utterance, and no word is still to come whose source
        starts before ``committed_until``.

        Raises:
            DauysError: a model failed for another reason than load, or none translates the pair.
        """
        self._emit = emit
        try:
            while True:
                self._changed.clear()
                self._tell(self._ready(), self._shown)
                if self._closed and not self._queue.sentences:
                    self._tell((), ())
                    return
                if not await self._step():
                    await self._changed.wait()
        finally:
            self._running = False
            self._made_room.set()

    async def _step(self) -> bool:
        """Translate the newest state; True if more can be done at once."""
        requests = self._requests
        plan = make_plan(
            self._queue, self.target, self.effort, requests.most_sentences, self._config
        )
        translations = await self._translate(plan.stretches)
        if translations is None:
            return True
        doubtful = [
            stretch
            for stretch in plan.whole
            if translations[id(stretch)].doubtful and stretch.sentence and not stretch.sentence.told
        ]
        if doubtful:
            # Spans that the model sees as they are may come through after all.
            translations |= await self._translate(doubtful, protect=False) or {}
        before = self.waiting
        told = list(self._tell_committed(plan, translations))
        committed = sum(len(hypothesis.committed) for hypothesis in told)
        self._tell(told, self._open_words(plan, translations, committed))
        self._made_room.set()
        return self.waiting < before

    async def _translate(
        self, stretches: Sequence[Stretch], *, protect: bool = True
    ) -> dict[int, _Translation] | None:
        """Translations by ``id`` of their stretch; None: the pool was busy."""
        asked = [(stretch, *await self._ask(stretch, protect=protect)) for stretch in stretches]
        answers = await self._requests.translate([ask for _, ask, _ in asked])
        if answers is None:
            return None
        return {
            id(stretch): _Translation(
                ask, answers[ask], prepared, prepared.refused(answers[ask].text)
            )
            for stretch, ask, prepared in asked
        }

    async def _ask(self, stretch: Stretch, *, protect: bool) -> tuple[Ask, Prepared]:
        source = stretch.language
        style = await self._requests.style(source) if protect else None
        text = " ".join(word.text for word in stretch.words)
        protector = self._protectors(source, self.target)
        prepared = prepare(text, source, self.target, style, protector)
        told = stretch.sentence.told if stretch.sentence is not None else ()
        return Ask(prepared.text, source, " ".join(told)), prepared

    # Committed words

    def _tell_committed(
        self, plan: Plan, translations: dict[int, _Translation]
    ) -> Iterator[Hypothesis]:
        """What can be told for good; the queue moves on."""
        for stretch in plan.whole:
            yield from self._ready()
            assert stretch.sentence is self._queue.sentences[0], "sentences are told in order"
            yield self._tell_sentence(stretch.sentence, translations[id(stretch)])
        yield from self._ready()
        clause, heard = plan.clause, plan.heard
        if clause is not None and heard is not None:
            yield from self._tell_clause(
                clause, translations[id(clause)], translations[id(heard)], plan.patient
            )
            yield from self._ready()

    def _ready(self) -> Iterator[Hypothesis]:
        """Take from the head of the queue what needs no translation or has it."""
        sentences = self._queue.sentences
        while sentences:
            head = sentences[0]
            words: tuple[Word, ...] = ()
            if head.waiting and head.as_said(self.target):
                words = tuple(head.words[head.done :])
                head.done = len(head.words)
            if not head.complete or head.waiting:
                if words:
                    yield self._hypothesis(head, words)
                return
            sentences.popleft()
            if words or head.endpoint or head.finalized:
                yield self._hypothesis(head, words)

    def _tell_sentence(self, sentence: Sentence, translation: _Translation) -> Hypothesis:
        """Translate what is left of a complete sentence."""
        waiting = sentence.words[sentence.done :]
        raw = with_marks_of(translation.after(sentence.told), waiting[-1].text)
        if translation.refused or not (raw or sentence.told):
            # Better what was said than what was not.
            self._log.warning("live_translation.refused", words=len(waiting), empty=not raw)
            words = tuple(waiting)
        else:
            words = translation.timed(raw, sentence.told, waiting)
        sentence.done = len(sentence.words)
        self._queue.sentences.popleft()
        return self._hypothesis(sentence, words)

    def _tell_clause(
        self, clause: Stretch, translation: _Translation, heard: _Translation, patient: bool
    ) -> Iterator[Hypothesis]:
        """Commit a clause of the open sentence, or what is stable of it, if it is time."""
        sentence = clause.sentence
        assert sentence is not None, "a clause belongs to a sentence"
        if sentence is not self._queue.sentences[0] or len(sentence.words) < len(clause.words):
            return  # its sentence turned out to end before
        if translation.refused or heard.refused:
            return
        whole = translation.after(sentence.told)
        head = stable(whole, heard.after(sentence.told))
        count = len(clause.words) - sentence.done
        if not head or count < 1:
            return
        if len(head) < len(whole):
            if patient or count == 1:
                return
            # No source word is known to be its part: words are taken to be translated in order.
            count = min(max(1, count * len(head) // len(whole)), count - 1)
        source = sentence.words[sentence.done : sentence.done + count]
        words = translation.timed(head, sentence.told, source)
        sentence.done += count
        sentence.told += head
        # What was heard is not translated anew for being told in part.
        again = replace(heard.ask, prefix=" ".join(sentence.told))
        self._requests.keep(again, heard.answer)
        yield self._hypothesis(sentence, words, ends=False)

    def _hypothesis(
        self, sentence: Sentence, words: tuple[Word, ...], *, ends: bool = True
    ) -> Hypothesis:
        ends = ends and sentence.complete
        return Hypothesis(
            committed=words,
            tentative=(),
            language=self.target,
            utterance=sentence.utterance,
            endpoint=ends and sentence.endpoint,
            finalized=ends and sentence.finalized,
            committed_until=self._queue.told_until,
        )

    # Open words

    def _open_words(
        self, plan: Plan, translations: dict[int, _Translation], committed: int
    ) -> tuple[Word, ...]:
        """What the open words seem to mean, as far as that is steady."""
        words: list[Word] = []
        source: list[Word] = []
        if plan.shows_open:
            heard = [plan.heard] if plan.heard is not None else []
            for stretch in (*heard, *plan.ahead):
                translation, sentence = translations[id(stretch)], stretch.sentence
                if sentence is not None and sentence not in self._queue.sentences:
                    continue
                left = stretch.words[sentence.done if sentence is not None else 0 :]
                told = sentence.told if sentence is not None else ()
                if left and not translation.refused:
                    words += translation.timed(translation.after(told), told, left)
                    source += left
        return self._mask.shown(words, source, committed)

    def _as_said(self) -> tuple[Word, ...] | None:
        """Open words in the target language, where nothing before them waits; None: no such."""
        queue = self._queue
        if queue.language != self.target or queue.waiting or not self._config.tentative:
            return None
        return queue.tentative

    # Telling

    def _tell(
        self, told: Iterator[Hypothesis] | Sequence[Hypothesis], open_words: tuple[Word, ...]
    ) -> None:
        """Emit what is committed, with what is open now; nothing if nothing is new."""
        told = list(told)
        said = self._as_said()
        if said is not None:
            open_words = said
        queue = self._queue
        if not told or (told[-1].endpoint and open_words):
            news = open_words != self._shown or queue.told_until > self._told_until
            if news or told:
                told.append(
                    Hypothesis(
                        (), (), self.target, queue.utterance, committed_until=queue.told_until
                    )
                )
        for hypothesis in told:
            shown = () if hypothesis.endpoint else open_words
            self._told_until = max(self._told_until, hypothesis.committed_until)
            self._shown = shown
            self._emit(replace(hypothesis, tentative=shown, committed_until=self._told_until))
