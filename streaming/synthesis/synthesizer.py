"""Sentences into joined speech, through a worker pool.

::

    sentences → Planner → utterances, pauses, marks → pool (a few ahead, in parallel)
              → resampled, trimmed, at their volume, faded → joined, in order
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from foundation.synthesis import SynthesizedSpeech
from streaming.synthesis.breath import parted
from streaming.synthesis.config import (
    NO_SOUND,
    Flush,
    Sound,
    SpeechMark,
    SpeechNote,
    SynthesisConfig,
)
from streaming.synthesis.levels import LevelBook
from streaming.synthesis.loudness import brought_to, gain_to, integrated_loudness
from streaming.synthesis.notice import notice
from streaming.synthesis.planning import MarkHere, Pause, Planner, Step, Utterance
from streaming.synthesis.shaping import (
    PieceShaper,
    ShapedSpeech,
    finished,
    resampled,
    silence,
    trimmed,
)
from streaming.synthesis.tag import AudibleTag
from streaming.synthesis.voices import Casting
from text.spoken import SpokenSentence
from workers.interface import Task, WorkerPool

SpeechInput: TypeAlias = AsyncIterator[SpokenSentence | Flush]

_SILENT_RATE: Final = 24_000
"""Hz: what a text of breaks alone is taken to be spoken at."""

_EARLY_STEPS: Final = 50
"""Breaks and marks before the first word, which settles the sample rate."""


@dataclass(frozen=True, slots=True, eq=False)
class _Rendering:
    utterance: Utterance
    pieces: asyncio.Queue[SynthesizedSpeech | BaseException]
    """Never full: one sentence is bounded."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """The input is at its end, by a fault if there is one."""

    fault: BaseException | None = None


_Item: TypeAlias = _Rendering | Pause | MarkHere | Flush | _Ended


class Synthesizer:
    """Speaks one text or stream; use ``speak`` once.

    Args:
        pool: Where the voices run.
        casting: Who speaks.
        config: How.
        rate_for: The sample rate that a voice of this rate is sent at (``SpeechFormat.rate_for``);
            asked once, of the first voice. Others are resampled to it.
        levels: What is known of voices' loudness, shared by calls.
    """

    def __init__(
        self,
        pool: WorkerPool,
        casting: Casting,
        config: SynthesisConfig,
        rate_for: Callable[[int], int],
        levels: LevelBook | None = None,
    ) -> None:
        self._pool = pool
        self._planner = Planner(casting, config)
        self._config = config
        self._rate_for = rate_for
        self._levels = levels or LevelBook()
        self._rate = 0
        self._position = 0
        self._sentence_start = 0
        self._gains: dict[tuple[str, str], float] = {}
        self._tag: AudibleTag | None = None
        self._renderings: set[asyncio.Task[None]] = set()
        self._starved = False
        self._voices: dict[str, None] = {}
        self._early: list[Step] = []

    @property
    def voices(self) -> tuple[str, ...]:
        """The catalogue ids of who was asked to speak so far, in order."""
        return tuple(self._voices)

    @property
    def position(self) -> int:
        """Samples given so far."""
        return self._position

    @property
    def sample_rate(self) -> int:
        """Hz; 0: nothing was spoken yet."""
        return self._rate

    async def speak(self, sentences: SpeechInput) -> AsyncGenerator[Sound | Flush, None]:
        """Speak sentences as they come.

        ``config.ahead`` of them are spoken before the reader takes what came before, no more: the
        reader's pace bounds memory and work. Closing the iterator withdraws what is queued in the
        pool at once and stops what runs at its next check.

        Raises:
            DauysError: whatever planning or the pool raises, after the audio before it.
        """
        items: asyncio.Queue[_Item] = asyncio.Queue(maxsize=self._config.ahead)
        planning = asyncio.create_task(self._plan(sentences, items))
        try:
            while not isinstance(item := await self._next(items), _Ended):
                match item:
                    case Flush():
                        yield item
                    case Pause():
                        for samples in silence(item.seconds, self._rate):
                            yield self._sound(ShapedSpeech(samples, ()))
                    case MarkHere():
                        yield self._mark(item)
                    case _Rendering():
                        async for sound in self._joined(item):
                            yield sound
            if item.fault is not None:
                raise item.fault
        finally:
            planning.cancel()
            for task in self._renderings:
                task.cancel()
            await asyncio.gather(planning, *self._renderings, return_exceptions=True)

    async def _next(self, items: asyncio.Queue[_Item]) -> _Item:
        self._starved = items.empty()
        item = await items.get()
        self._starved = False
        return item

    async def _plan(self, sentences: SpeechInput, items: asyncio.Queue[_Item]) -> None:
        fault: BaseException | None = None
        try:
            begun = not self._config.spoken_notice
            async for sentence in sentences:
                if isinstance(sentence, Flush):
                    await items.put(sentence)
                    continue
                if not begun and (spoken := notice(sentence)) is not None:
                    begun = True
                    await self._put(spoken, items)
                await self._put(sentence, items)
            await self._put_early(items)
        except Exception as error:  # noqa: BLE001 - told to the reader, after the audio before it
            fault = error
        await items.put(_Ended(fault))

    async def _put(self, sentence: SpokenSentence, items: asyncio.Queue[_Item]) -> None:
        for step in await self._planner.steps(sentence):
            if isinstance(step, Utterance):
                self._settle(step.cast.capabilities.sample_rate)
                self._voices.setdefault(step.cast.voice)
            elif not self._rate and len(self._early) < _EARLY_STEPS:
                self._early.append(step)
                continue
            await self._put_early(items)
            for part in self._parted(step):
                await items.put(self._begun(part))

    async def _put_early(self, items: asyncio.Queue[_Item]) -> None:
        """What came before the first word."""
        self._settle(_SILENT_RATE)
        early, self._early = self._early, []
        for step in early:
            await items.put(self._begun(step))

    def _parted(self, step: Step) -> tuple[Step, ...]:
        """A reader who waits hears the beginning of a long sentence before its end is read."""
        if isinstance(step, Utterance) and self._starved and self._may_come_in_pieces(step):
            return parted(step)
        return (step,)

    def _begun(self, step: Step) -> _Item:
        if not isinstance(step, Utterance):
            return step
        in_pieces = self._starved and self._may_come_in_pieces(step)
        self._starved = False
        task = Task(
            step.cast.voice,
            "stream_synthesis" if in_pieces else "synthesize",
            step.request,
            priority=self._config.priority,
            timeout=self._config.timeout,
        )
        rendering = _Rendering(step, asyncio.Queue())
        rendered = asyncio.create_task(self._render(task, rendering.pieces, in_pieces=in_pieces))
        self._renderings.add(rendered)
        rendered.add_done_callback(self._renderings.discard)
        return rendering

    def _may_come_in_pieces(self, utterance: Utterance) -> bool:
        """The reader waits, and no piece has to know what follows: none is limited."""
        config = self._config
        return (
            config.pieces
            and utterance.cast.capabilities.streaming
            and config.loudness is None
            and utterance.volume <= 0
        )

    async def _render(
        self,
        task: Task,
        pieces: asyncio.Queue[SynthesizedSpeech | BaseException],
        *,
        in_pieces: bool,
    ) -> None:
        """Let the pool speak; a worker never waits for whoever listens."""
        try:
            if in_pieces:
                async for piece in self._pool.stream(task):
                    pieces.put_nowait(piece)
            else:
                pieces.put_nowait(await self._pool.call(task))
        except Exception as error:  # noqa: BLE001 - told to the reader in its turn
            pieces.put_nowait(error)

    def _settle(self, native: int) -> None:
        if not self._rate:
            self._rate = self._rate_for(native)
            if self._config.audible_tag:
                self._tag = AudibleTag(self._rate)

    async def _joined(self, rendering: _Rendering) -> AsyncGenerator[Sound, None]:
        utterance, rate = rendering.utterance, self._rate
        speech = await _taken(rendering)
        if speech.last:
            shaped = await asyncio.to_thread(self._shaped, utterance, speech, rate)
            yield self._sound(shaped, utterance, notes=_passed_over(utterance, speech))
            return
        shaper = PieceShaper(
            speech.sample_rate,
            rate,
            utterance.volume,
            trim_start=utterance.joins_before,
            trim_end=utterance.joins_after,
        )
        begins = self._position
        notes = _passed_over(utterance, speech)
        yield self._sound(shaper.add(speech), utterance, begins, last=False, notes=notes)
        while not speech.last:
            speech = await _taken(rendering)
            yield self._sound(shaper.add(speech), utterance, begins, last=speech.last)

    def _shaped(self, utterance: Utterance, speech: SynthesizedSpeech, rate: int) -> ShapedSpeech:
        """The computing, in a thread."""
        whole = resampled(speech, rate)
        shaped = trimmed(whole, rate, start=utterance.joins_before, end=utterance.joins_after)
        target = self._config.loudness
        gain = 0.0 if target is None else self._gain(utterance, shaped, rate, target)
        return finished(shaped, rate, gain + utterance.volume, limit=target is not None)

    def _gain(self, utterance: Utterance, shaped: ShapedSpeech, rate: int, target: float) -> float:
        """Of this stream and voice; it does not change once it is known."""
        who = (utterance.cast.voice, utterance.cast.speaker)
        if not self._levels.settled(*who):
            self._levels.hear(*who, shaped.samples, rate)
        if who not in self._gains:
            level = self._levels.known(*who)
            if level is None:
                return 0.0
            self._gains[who] = self._settled_gain(target, level, shaped, rate)
        return self._gains[who]

    @staticmethod
    def _settled_gain(target: float, level: float, shaped: ShapedSpeech, rate: int) -> float:
        """With what limiting takes from this utterance given back."""
        gain = gain_to(target, level)
        own = integrated_loudness(shaped.samples, rate)
        if own is None:
            return gain
        _, enough = brought_to(own + gain, shaped.samples, rate, own)
        return enough

    def _sound(
        self,
        shaped: ShapedSpeech,
        utterance: Utterance | None = None,
        begins: int | None = None,
        *,
        last: bool = True,
        notes: tuple[SpeechNote, ...] = (),
    ) -> Sound:
        """The next samples; ``begins``: where the utterance began, if not with them."""
        start = self._position if begins is None else begins
        self._position += shaped.samples.size
        samples = shaped.samples if self._tag is None else self._tag.mixed(shaped.samples)
        if utterance is None:
            return Sound(samples, self._rate)
        if utterance.first:
            self._sentence_start = start
        ends_sentence = utterance.last and last
        marks = _word_marks(utterance, shaped, start)
        sentence = utterance.sentence
        if ends_sentence:
            marks.append(
                SpeechMark(
                    "sentence",
                    sentence.text,
                    self._sentence_start,
                    self._position,
                    utterance.cast.voice,
                    utterance.spans[0].language,
                    sentence.start,
                    sentence.end,
                )
            )
        return Sound(
            samples,
            self._rate,
            tuple(marks),
            notes + (_notes(sentence) if ends_sentence else ()),
            utterance.cast.voice,
            utterance.cast.speaker,
        )

    def _mark(self, here: MarkHere) -> Sound:
        place = here.mark.source
        mark = SpeechMark(
            "mark",
            here.mark.name,
            self._position,
            self._position,
            source_start=place,
            source_end=place,
        )
        return Sound(np.zeros(0, np.float32), self._rate, (mark,))


def _notes(sentence: SpokenSentence) -> tuple[SpeechNote, ...]:
    return tuple(
        SpeechNote(note.kind.value, note.source, note.start, note.end) for note in sentence.notes
    )


def _passed_over(utterance: Utterance, speech: SynthesizedSpeech) -> tuple[SpeechNote, ...]:
    sentence = utterance.sentence
    return tuple(
        SpeechNote(NO_SOUND, letters, sentence.start, sentence.end)
        for letters in speech.passed_over
    )


async def _taken(rendering: _Rendering) -> SynthesizedSpeech:
    piece = await rendering.pieces.get()
    if isinstance(piece, BaseException):
        raise piece
    return piece


def _word_marks(utterance: Utterance, shaped: ShapedSpeech, start: int) -> list[SpeechMark]:
    marks = []
    for word in shaped.words:
        span = utterance.spans[word.span]
        source = next(
            (
                (token.source_start, token.source_end)
                for token in span.tokens
                if token.start <= word.position < token.end
            ),
            (utterance.sentence.start, utterance.sentence.end),
        )
        marks.append(
            SpeechMark(
                "word",
                word.text,
                start + word.start,
                start + word.end,
                utterance.cast.voice,
                span.language,
                *source,
            )
        )
    return marks
