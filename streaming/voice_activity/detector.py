"""Speech spans from frame probabilities, with hysteresis and padding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from foundation.errors import InvalidArgument
from foundation.speech import SAMPLE_RATE, Samples
from streaming.voice_activity.silero import FRAME_SAMPLES, SileroModel


@dataclass(frozen=True, slots=True)
class VoiceActivityConfig:
    """What counts as speech.

    Raises:
        InvalidArgument: a probability outside 0 to 1 or out of order, or a negative duration.
    """

    threshold: float = 0.5
    """Speech starts at this probability."""

    negative_threshold: float = 0.35
    """Silence starts below this probability."""

    min_speech_seconds: float = 0.1
    """Shorter sounds are no speech."""

    min_silence_seconds: float = 0.5
    """Shorter pauses do not end speech."""

    pre_roll_seconds: float = 0.3
    """Audio before the first speech frame that belongs to the speech."""

    tail_seconds: float = 0.2
    """Audio after the last speech frame that belongs to the speech; at most the pause itself."""

    def __post_init__(self) -> None:
        if not 0 < self.negative_threshold <= self.threshold < 1:
            raise InvalidArgument(
                "voice_activity.threshold", "need 0 < negative_threshold <= threshold < 1"
            )
        for name in (
            "min_speech_seconds",
            "min_silence_seconds",
            "pre_roll_seconds",
            "tail_seconds",
        ):
            if not 0 <= getattr(self, name) <= 60:
                raise InvalidArgument(f"voice_activity.{name}", "must be 0 to 60 seconds")


@dataclass(frozen=True, slots=True)
class SpeechStart:
    """Speech starts at ``sample``, counted from the detector's creation or reset."""

    sample: int


@dataclass(frozen=True, slots=True)
class SpeechEnd:
    """Speech ended before ``sample``, counted from the detector's creation or reset."""

    sample: int


SpeechBoundary: TypeAlias = SpeechStart | SpeechEnd


class VoiceActivityDetector:
    """Finds speech in a stream. The answer does not depend on how the stream is cut into chunks.

    Starts and ends alternate, never overlap, and lie within the audio pushed so far. A start is
    known ``min_speech_seconds`` after the first speech frame, an end ``min_silence_seconds`` after
    the last.
    """

    def __init__(self, config: VoiceActivityConfig | None = None) -> None:
        config = config or VoiceActivityConfig()
        self._threshold = config.threshold
        self._negative_threshold = config.negative_threshold
        self._min_speech = round(config.min_speech_seconds * SAMPLE_RATE)
        self._min_silence = round(config.min_silence_seconds * SAMPLE_RATE)
        self._pre_roll = round(config.pre_roll_seconds * SAMPLE_RATE)
        self._tail = round(config.tail_seconds * SAMPLE_RATE)
        self._model = SileroModel()
        self._pending: Samples = np.zeros(0, np.float32)
        self.reset()

    def reset(self) -> None:
        """Start again at sample 0, with no speech open."""
        self._position = 0
        self._last_end = 0
        self._begin_stretch()

    @property
    def speaking(self) -> bool:
        """A start was given, its end was not."""
        return self._speaking

    @property
    def ending(self) -> int | None:
        """Where open speech ends if the pause that goes on lasts; may lie ahead of the audio."""
        return None if self._silence_from is None else self._silence_from + self._tail

    def push(self, samples: Samples) -> list[SpeechBoundary]:
        """Hear the next samples (float32 [n], any n) and give what became known."""
        boundaries: list[SpeechBoundary] = []
        pending = np.concatenate((self._pending, samples)) if self._pending.size else samples
        whole = pending.size - pending.size % FRAME_SAMPLES
        for offset in range(0, whole, FRAME_SAMPLES):
            self._hear(pending[offset : offset + FRAME_SAMPLES], boundaries)
        self._pending = pending[whole:].copy()
        return boundaries

    def flush(self) -> list[SpeechBoundary]:
        """End what is open. Sample numbers go on from here; nothing heard so far is remembered."""
        boundaries: list[SpeechBoundary] = []
        total = self._position + self._pending.size
        if self._pending.size:
            padded = np.pad(self._pending, (0, FRAME_SAMPLES - self._pending.size))
            self._hear(padded, boundaries)
        if self._speaking:
            self._end(total, boundaries)
        boundaries = [type(b)(min(b.sample, total)) for b in boundaries]
        self._last_end = min(self._last_end, total)
        self._position = total
        self._begin_stretch()
        return boundaries

    def _begin_stretch(self) -> None:
        self._model.reset()
        self._pending = np.zeros(0, np.float32)
        self._speaking = False
        self._speech_from: int | None = None
        self._silence_from: int | None = None

    def _hear(self, frame: Samples, boundaries: list[SpeechBoundary]) -> None:
        probability = self._model.probability(frame)
        frame_start = self._position
        self._position += FRAME_SAMPLES
        if self._speaking:
            self._look_for_end(probability, frame_start, boundaries)
        else:
            self._look_for_start(probability, frame_start, boundaries)

    def _look_for_start(
        self, probability: float, frame_start: int, boundaries: list[SpeechBoundary]
    ) -> None:
        if probability < self._negative_threshold:
            self._speech_from = None
        elif probability >= self._threshold and self._speech_from is None:
            self._speech_from = frame_start
        if self._speech_from is not None and self._position - self._speech_from >= self._min_speech:
            start = max(self._speech_from - self._pre_roll, self._last_end)
            boundaries.append(SpeechStart(start))
            self._speaking = True
            self._speech_from = self._silence_from = None

    def _look_for_end(
        self, probability: float, frame_start: int, boundaries: list[SpeechBoundary]
    ) -> None:
        if probability >= self._threshold:
            self._silence_from = None
        elif probability < self._negative_threshold and self._silence_from is None:
            self._silence_from = frame_start
        if self._silence_from is not None and (
            self._position - self._silence_from >= self._min_silence
        ):
            self._end(self._position, boundaries)

    def _end(self, limit: int, boundaries: list[SpeechBoundary]) -> None:
        silence_from = limit if self._silence_from is None else self._silence_from
        self._last_end = min(silence_from + self._tail, limit)
        boundaries.append(SpeechEnd(self._last_end))
        self._speaking = False
        self._silence_from = None


def find_speech(
    samples: Samples, config: VoiceActivityConfig | None = None
) -> list[tuple[int, int]]:
    """Speech spans (first sample, sample after the last) of a whole recording, in order."""
    detector = VoiceActivityDetector(config)
    boundaries = [*detector.push(samples), *detector.flush()]
    starts = [boundary.sample for boundary in boundaries if isinstance(boundary, SpeechStart)]
    ends = [boundary.sample for boundary in boundaries if isinstance(boundary, SpeechEnd)]
    return list(zip(starts, ends, strict=True))
