"""Continuous runs of audio with the marks that speech detection and clients set in them."""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from foundation.media_time import Ticks, from_samples
from foundation.speech import SAMPLE_RATE, Samples
from streaming.recognition.sample_buffer import SampleBuffer
from streaming.voice_activity import SpeechEnd, SpeechStart

_IDLE_SECONDS = 5
"""Audio kept while nobody speaks; a start is announced late and lies before its announcement."""


class Detector(Protocol):
    """What finds speech; ``streaming.voice_activity.VoiceActivityDetector`` is one."""

    @property
    def ending(self) -> int | None:
        """The sample at which open speech ends if the pause that goes on lasts; None: no pause."""
        ...

    def push(self, samples: Samples) -> Sequence[SpeechStart | SpeechEnd]:
        """Boundaries found, as sample numbers since the last reset."""
        ...

    def flush(self) -> Sequence[SpeechStart | SpeechEnd]:
        """Close what is open."""
        ...

    def reset(self) -> None:
        """Start anew at sample 0."""
        ...


class MarkKind(enum.Enum):
    """What happens at a sample."""

    START = enum.auto()
    END = enum.auto()
    FINALIZE = enum.auto()


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happens at a sample of a run."""

    kind: MarkKind
    sample: int


class AudioRun:
    """One continuous run: its first sample's media time fixes all others."""

    def __init__(self, start: Ticks) -> None:
        self.start = start
        self.buffer = SampleBuffer()
        self.marks: deque[Mark] = deque()
        self.closed = False
        """No more audio will come."""
        self.ending: int | None = None
        """Sample at which the speech ends if the pause that goes on lasts; None: no pause."""
        self.decoded_until = 0
        """Samples before this one are done with."""
        self.committed_until = start
        """Media time before which nothing will change."""

    def time_of(self, sample: int) -> Ticks:
        """Media time of a sample."""
        return self.start + from_samples(sample, SAMPLE_RATE)

    def append(self, samples: Samples, detector: Detector) -> None:
        """Add audio, and the speech boundaries it reveals."""
        self.buffer.append(samples)
        self._mark(detector.push(samples))
        self.ending = detector.ending

    def close(self, detector: Detector) -> None:
        """End the run."""
        self._mark(detector.flush())
        detector.reset()
        self.closed = True

    def finalize(self) -> None:
        """A client wants all that was heard so far."""
        self.marks.append(Mark(MarkKind.FINALIZE, self.buffer.end))

    def forget(self, keep_from: int | None) -> None:
        """Drop audio before ``keep_from``, or, with None, what no utterance can need."""
        idle = self.buffer.end - _IDLE_SECONDS * SAMPLE_RATE
        oldest_mark = self.marks[0].sample if self.marks else idle
        self.buffer.drop_before(min(idle, oldest_mark) if keep_from is None else keep_from)

    def _mark(self, boundaries: Sequence[SpeechStart | SpeechEnd]) -> None:
        for boundary in boundaries:
            kind = MarkKind.START if isinstance(boundary, SpeechStart) else MarkKind.END
            self.marks.append(Mark(kind, min(boundary.sample, self.buffer.end)))
