"""One utterance that the engine hears as a stream: what was sent, what is certain, what is kept."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from foundation.languages import Language
from foundation.media_time import Ticks, from_seconds, to_samples
from foundation.speech import SAMPLE_RATE, StreamHypothesis, StreamStep, Word
from streaming.recognition.audio_runs import AudioRun
from streaming.recognition.config import LiveRecognizerConfig
from streaming.recognition.policies.alignment import count_committed

_REMEMBERED = 300
"""Committed words kept: more than can stand in audio that is sent again."""

_REPLAYED_WORDS = 3
"""Committed words that are heard again after a stream was lost: the new words are found by them."""

_REPLAYED_SECONDS = 3.0
"""At least so much of them: a model that starts amid speech mishears the first words."""

_ALIGN_SAMPLES = SAMPLE_RATE
"""A stream that was opened anew must have heard so much beyond the committed words."""

_IDLE_SAMPLES = 5 * SAMPLE_RATE
"""Audio kept where speech goes on for long without a word."""


class StreamedUtterance:
    """From a start of speech to its endpoint. Words are in media time.

    What an engine commits in a stream it never revises. A stream may be lost, though: then audio
    from a few committed words back is sent again to another one, and its words are aligned with the
    committed ones, so that none is lost and none told twice.
    """

    def __init__(self, run: AudioRun, start: int, config: LiveRecognizerConfig) -> None:
        self.start = start
        """Sample at which it, or its part since a forced endpoint, starts."""
        self.window_start = start
        """First sample that would be sent again."""
        self.told = False
        self.last_told: tuple[Word, ...] = ()
        self.guess: Language | None = None
        self.language: Language | None = config.languages[0] if len(config.languages) == 1 else None
        self.punctuated = True
        self.stream: str | None = None
        """Its name while one is open."""
        self.sent_until = start
        """Sample up to which audio was sent and answered."""
        self._run = run
        self._stream_start = start
        self._pending: StreamStep | None = None
        self._committed: deque[Word] = deque(maxlen=_REMEMBERED)
        self._tentative: tuple[Word, ...] = ()
        self._align_at: int | None = None
        """Sample to be heard before a stream opened anew is aligned; None: it is."""
        self._unaligned: list[Word] = []
        self._known = 0
        """Words of the stream still to come that were committed before."""

    @property
    def tentative(self) -> tuple[Word, ...]:
        """Words that may still change."""
        return self._tentative

    def next_step(self, until: int, last: bool) -> StreamStep:
        """The audio up to ``until``; or a step that was sent and not answered, once more."""
        if self._pending is None:
            assert self.stream is not None, "a stream is opened before it is fed"
            self._pending = StreamStep(
                stream=self.stream,
                position=self.sent_until - self._stream_start,
                samples=self._run.buffer.window(self.sent_until, max(until, self.sent_until)),
                last=last,
            )
        return self._pending

    def lose_stream(self) -> None:
        """The engine has it no more: go back to the first sample that is needed."""
        self.stream = None
        self._pending = None
        self._stream_start = self.sent_until = self.window_start
        self._unaligned = []
        self._known = 0
        self._align_at = None
        if self._committed:
            self._align_at = self._sample(self._committed[-1].end) + _ALIGN_SAMPLES

    def take(self, answer: StreamHypothesis) -> tuple[Word, ...]:
        """The answer to the latest step; returns new commits."""
        step, self._pending = self._pending, None
        assert step is not None, "an answer follows a step"
        self.sent_until += step.samples.size
        self.guess = answer.language
        self.punctuated = answer.punctuated
        if step.last:
            self.stream = None
        offset = self._run.time_of(self._stream_start)
        committed = [word.shifted(offset) for word in answer.committed]
        tentative = [word.shifted(offset) for word in answer.tentative]
        if self._align_at is not None:
            self._unaligned += committed
            heard = self._stream_start + to_samples(answer.heard_until, SAMPLE_RATE)
            if heard < self._align_at and not step.last:
                return ()
            committed, self._unaligned = self._unaligned, []
            self._align_at = None
            self._known = count_committed(self._committed, [*committed, *tentative], offset)
        passed = min(self._known, len(committed))
        self._known -= passed
        new = self._ordered(committed[passed:])
        self._committed.extend(new)
        self._tentative = self._ordered(tentative[self._known :])
        if new:
            self._move_window()
        return new

    def commit_tentative(self) -> tuple[Word, ...]:
        """Commit what is tentative, where the engine cannot be asked any more."""
        new, self._tentative = self._tentative, ()
        self._committed.extend(new)
        return new

    def go_on(self, at: int) -> None:
        """Begin a next utterance in the same speech; stream and open words go along."""
        self.start = at
        self.told = False
        if not self._tentative:
            self.window_start = max(self.window_start, at - _IDLE_SAMPLES)

    def _move_window(self) -> None:
        """Audio before the last few committed words will not be needed again."""
        latest = self._committed[-1].end - from_seconds(_REPLAYED_SECONDS)
        before = [word.end for word in list(self._committed)[:-_REPLAYED_WORDS]]
        border = max((end for end in before if end <= latest), default=None)
        if border is not None:
            self.window_start = max(self.window_start, self._sample(border))

    def _sample(self, time: Ticks) -> int:
        return to_samples(time - self._run.start, SAMPLE_RATE)

    def _ordered(self, words: list[Word]) -> tuple[Word, ...]:
        """The words with times that never run back, none after what was sent."""
        ceiling = self._run.time_of(self.sent_until)
        floor = self._committed[-1].end if self._committed else self._run.start
        ordered = []
        for word in words:
            start = min(max(word.start, floor), max(ceiling, floor))
            floor = max(start, min(word.end, ceiling))
            ordered.append(replace(word, start=start, end=floor))
        return tuple(ordered)
