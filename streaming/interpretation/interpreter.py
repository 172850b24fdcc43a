"""Speaks a translated track in time with the feed."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import Final

import structlog

from foundation.errors import DauysError, DeadlineExceeded, InvalidArgument
from foundation.languages import Language
from foundation.media_time import Ticks, to_seconds
from streaming.interpretation.booth import check_speaker
from streaming.interpretation.config import InterpretationConfig
from streaming.interpretation.phrases import Phrase, PhraseBuilder
from streaming.interpretation.sink import VoiceSink
from streaming.interpretation.timeline import Passage, VoiceTimeline
from streaming.session_events import (
    CommittedText,
    ControlAction,
    Controlled,
    Corrected,
    FeedChanged,
    SessionEvent,
)
from streaming.synthesis.config import Flush, Manner, SynthesisConfig
from streaming.synthesis.levels import LevelBook
from streaming.synthesis.synthesizer import Synthesizer
from streaming.synthesis.voices import CapabilityBook, Casting, VoicePlan
from text.spoken import SpeechText, SpeechTextOptions, SpokenSentence
from workers.interface import Priority, WorkerPool

_log = structlog.get_logger(__name__)

_TICK_SECONDS: Final = 0.04
_AHEAD_SECONDS: Final = 1.0
"""Speech that may wait before the next phrase is begun: how fast it must be is decided late."""

_FIRST_GUESS: Final = 14.0
"""Characters a second that a voice speaks, until its own are known."""

_TAIL_SECONDS: Final = 1.0
"""Of silence after the last phrase of a live track: SRT loses what is sent right before the end."""

_MEMORY: Final = 0.8
_OF_A_PHRASE: Final = (DeadlineExceeded, InvalidArgument)
_SILENCES: Final = (ControlAction.CLEAR, ControlAction.KILL)
_SYNTHESIS_TIMEOUT: Final = 20.0


@dataclass(frozen=True, slots=True)
class SpokenPhrase:
    """A phrase and when it was heard. All times are seconds from the session's first sample."""

    text: str
    source_start: float
    """Of the words that it translates."""

    source_end: float
    start: float
    end: float
    rate: float
    """How fast it was spoken; 0: it was left out, ``start`` and ``end`` say when."""

    source: Ticks = 0
    """Media time of the first word that it translates."""

    reason: str = ""
    """Why it was left out."""

    @property
    def lag(self) -> float:
        """Ear-voice span: seconds from the source's first word to the interpreter's."""
        return self.start - self.source_start

    @property
    def left_out(self) -> bool:
        """Too much waited to be spoken, or it could not be spoken."""
        return self.rate == 0.0


class Interpreter:
    """An output of a session: one track's words, spoken.

    Live, the voice track advances with ``wall`` and a phrase is heard as soon as it is spoken and
    those before it were heard; the track begins where the session is when ``run`` is called.
    Without ``wall`` (a file that is not played at its own speed) time
    is the feed's: a phrase is heard when its source has ended and those before it were heard.

    Args:
        pool: Where the voices run.
        voices: Who speaks.
        track: Name of the track.
        language: Of the track; None: each phrase is in its own.
        sink: Takes the voice.
        sample_rate: Hz of the voice track.
        first_sample: Tells the media time of the session's first sample.
        wall: Seconds since that sample was due; None: not live.
        config: See ``InterpretationConfig``.
        from_start: Let the track begin with the session all the same.
    """

    name = "interpretation"

    def __init__(
        self,
        pool: WorkerPool,
        voices: VoicePlan,
        track: str,
        language: Language | None,
        sink: VoiceSink,
        sample_rate: int,
        first_sample: Callable[[], Ticks],
        wall: Callable[[], float] | None,
        config: InterpretationConfig | None = None,
        *,
        from_start: bool = False,
    ) -> None:
        self._pool = pool
        self._voices = voices
        self._book = CapabilityBook(pool)
        self._track = track
        self._language = language
        self._front_ends: dict[Language, SpeechText] = {}
        self._sink = sink
        self._first_sample = first_sample
        self._wall = wall
        self._config = config or InterpretationConfig()
        self._notice = self._config.notice
        self._levels = LevelBook()
        gap = round(self._config.gap_seconds * sample_rate)
        self._timeline = VoiceTimeline(sample_rate, gap)
        self._builder = PhraseBuilder(self._config.longest_phrase)
        self._queue: deque[Phrase] = deque()
        self._news = asyncio.Event()
        self._passages: deque[tuple[Passage, Phrase, float]] = deque()
        """Begun, and not heard to their end."""
        self._ended = False
        self._from_start = from_start
        self._begins = 0.0
        """Seconds from the session's first sample to the track's."""
        self._silenced = 0
        """How often captions were cleared or killed: what was begun before is not heard."""
        self._speed = _FIRST_GUESS
        self.on_spoken: Callable[[SpokenPhrase], None] = lambda phrase: None
        """Told of each phrase once its last sample was heard, or it was left out."""

    @property
    def waiting_seconds(self) -> float:
        """Speech that waits to be heard, with what is not spoken yet as far as can be told."""
        characters = sum(len(phrase.text) for phrase in self._queue)
        return self._timeline.waiting_seconds + characters / self._speed

    @property
    def unspoken(self) -> tuple[SpokenPhrase, ...]:
        """What nobody has heard yet, and nobody will if the interpreter has failed."""
        now = self._timeline.position
        begun = [phrase for passage, phrase, _ in self._passages if passage.start is None]
        nothing = Passage(now, now)
        reason = "the voice ended before it was heard"
        return tuple(self._spoken(each, nothing, 0.0, reason) for each in (*begun, *self._queue))

    async def run(self, events: AsyncIterator[SessionEvent]) -> None:
        """Speak until the session ends and its last phrase was heard.

        Raises:
            DauysError: no voice speaks the language, or the sink failed.
        """
        if self._wall is not None and not self._from_start:
            self._begins = self._wall()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read(events))
                speaking = group.create_task(self._speak_all())
                if self._wall is not None:
                    group.create_task(self._play(speaking, self._wall))
            await self._sink.close()
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        finally:
            await self._sink.abort()

    # Reading

    async def _read(self, events: AsyncIterator[SessionEvent]) -> None:
        following = asyncio.ensure_future(anext(events))
        try:
            while True:
                timeout = self._config.pause_seconds if self._builder.open else None
                await asyncio.wait({following}, timeout=timeout)
                if not following.done():
                    self._put(self._builder.flush())
                    continue
                try:
                    self._take(following.result())
                except StopAsyncIteration:
                    break
                following = asyncio.ensure_future(anext(events))
        finally:
            following.cancel()
        self._put(self._builder.flush())
        self._ended = True
        self._news.set()

    def _take(self, event: SessionEvent) -> None:
        body = event.body
        if isinstance(body, Controlled) and body.action in _SILENCES:
            self._fall_silent()
        elif isinstance(body, FeedChanged) and body.state.ended:
            self._put(self._builder.flush())
        elif event.track != self._track:
            return
        elif isinstance(body, CommittedText):
            self._put(self._builder.push(event.event_id, body.words, body.language))
        elif isinstance(body, Corrected):
            self._correct(body)

    def _put(self, phrases: Iterable[Phrase]) -> None:
        for phrase in phrases:
            self._queue.append(phrase)
            self._news.set()

    def _correct(self, correction: Corrected) -> None:
        """What is not spoken yet is spoken as it reads now."""
        unspoken = [*self._queue, *([self._builder.open] if self._builder.open else [])]
        for text in correction.texts:
            for phrase in unspoken:
                phrase.correct(text.event_id, text.words)

    def _fall_silent(self) -> None:
        self._silenced += 1
        self._queue.clear()
        self._builder.forget()
        self._timeline.clear()

    # Speaking

    async def _speak_all(self) -> None:
        await check_speaker(self._book, self._voices)  # and have the voice loaded
        while True:
            while not self._queue:
                if self._ended:
                    return
                self._news.clear()
                await self._news.wait()
            if self._wall is not None and self._timeline.waiting_seconds > _AHEAD_SECONDS:
                await asyncio.sleep(_TICK_SECONDS)
                continue
            phrase = self._queue[0]
            if self._wall is None:
                await self._advance_to(phrase)
                if not self._queue or self._queue[0] is not phrase:
                    continue  # captions were cleared meanwhile
            self._queue.popleft()
            waiting = self._behind(phrase)
            if waiting > self._config.leave_out_from:
                self._leave_out(phrase, f"{waiting:.1f} s of speech wait")
            else:
                await self._speak(phrase, self._config.rate_at(waiting))

    def _behind(self, phrase: Phrase) -> float:
        """Seconds of speech that must be heard before ``phrase`` and what follows it is in time."""
        if self._wall is not None:
            return self.waiting_seconds
        return max(
            0.0, self._heard_seconds(self._timeline.position) - self._since_start(phrase.end)
        )

    async def _speak(self, phrase: Phrase, rate: float) -> None:
        silenced, text = self._silenced, phrase.text
        try:
            # In a thread: the first words of a language load its tables.
            front_end = self._front_end(self._language or phrase.language)
            sentences = await asyncio.to_thread(front_end.plain, text) if text else ()
        except InvalidArgument as error:
            self._leave_out(phrase, error.message)
            return
        if not sentences or silenced != self._silenced:
            return
        passage = Passage()
        self._passages.append((passage, phrase, rate))
        synthesizer = Synthesizer(
            self._pool,
            Casting(self._book, self._voices),
            SynthesisConfig(
                Manner(rate=rate),
                loudness=self._config.loudness,
                spoken_notice=self._notice,
                priority=Priority.LIVE,
                timeout=_SYNTHESIS_TIMEOUT,
            ),
            lambda native: self._timeline.rate,
            self._levels,
        )
        self._notice = False
        try:
            async with contextlib.aclosing(synthesizer.speak(_given(sentences))) as sounds:
                async for sound in sounds:
                    if silenced != self._silenced:
                        break  # captions were killed: no more of it is heard
                    if not isinstance(sound, Flush):
                        self._timeline.add(passage, sound.samples)
        except DauysError as error:
            if not (error.retryable or isinstance(error, _OF_A_PHRASE)):
                raise
            # A phrase that a full machine cannot speak in time, or that a voice cannot say (a
            # number of too many phonemes), is no reason for silence.
            if passage.start is None and not passage.waiting and silenced == self._silenced:
                self._passages.pop()
                self._leave_out(phrase, error.message)
            else:
                _log.warning("interpretation.broken_off", reason=error.message)
        passage.complete = True
        if silenced == self._silenced:
            self._learn_speed(phrase, synthesizer.position / self._timeline.rate, rate)
        if self._wall is None:
            while passage.waiting:  # silence before it counts, too
                await self._sink.write(self._timeline.take(passage.waiting))
            self._tell_heard()

    def _front_end(self, language: Language) -> SpeechText:
        if language not in self._front_ends:
            options = SpeechTextOptions(language=language, drop_unspeakable=True)
            self._front_ends[language] = SpeechText(options)
        return self._front_ends[language]

    def _learn_speed(self, phrase: Phrase, seconds: float, rate: float) -> None:
        if seconds > 0.3 and len(phrase.text) > 10:
            measured = len(phrase.text) / (seconds * rate)
            self._speed = self._speed * _MEMORY + measured * (1 - _MEMORY)

    def _leave_out(self, phrase: Phrase, reason: str) -> None:
        _log.warning("interpretation.left_out", characters=len(phrase.text), reason=reason)
        if not any(map(str.isalnum, phrase.text)):
            return  # applause is no phrase that listeners miss
        now = self._timeline.position
        self.on_spoken(self._spoken(phrase, Passage(now, now), 0.0, reason))

    async def _advance_to(self, phrase: Phrase) -> None:
        """Not live: nothing is heard before its source has ended."""
        ended = round(self._since_start(phrase.end) * self._timeline.rate)
        quiet = ended - self._timeline.position
        while quiet > 0:
            step = min(quiet, self._timeline.rate)
            await self._sink.write(self._timeline.take(step))
            quiet -= step

    # What is heard

    async def _play(self, speaking: asyncio.Task[None], wall: Callable[[], float]) -> None:
        """Live: let the voice track advance with the feed."""
        while True:
            due = round((wall() - self._begins) * self._timeline.rate) - self._timeline.position
            while due > 0:  # seconds at a time: a machine that slept has hours to write
                step = min(due, self._timeline.rate)
                await self._sink.write(self._timeline.take(step))
                self._tell_heard()
                due -= step
            ended = speaking.done() and not self._timeline.waiting_seconds
            if ended and self._timeline.quiet_seconds >= _TAIL_SECONDS:
                return
            await asyncio.sleep(_TICK_SECONDS)

    def _tell_heard(self) -> None:
        while self._passages and self._passages[0][0].heard:
            passage, phrase, rate = self._passages.popleft()
            if passage.start is not None:
                self.on_spoken(self._spoken(phrase, passage, rate))

    def _spoken(
        self, phrase: Phrase, passage: Passage, rate: float, reason: str = ""
    ) -> SpokenPhrase:
        return SpokenPhrase(
            phrase.text,
            self._since_start(phrase.start),
            self._since_start(phrase.end),
            self._heard_seconds(passage.start or 0),
            self._heard_seconds(passage.end),
            rate,
            phrase.start,
            reason,
        )

    def _heard_seconds(self, position: int) -> float:
        """From the session's first sample to a sample of the track."""
        return self._begins + position / self._timeline.rate

    def _since_start(self, time: Ticks) -> float:
        return to_seconds(time - self._first_sample())


async def _given(
    sentences: tuple[SpokenSentence, ...],
) -> AsyncIterator[SpokenSentence | Flush]:
    for sentence in sentences:
        yield sentence
