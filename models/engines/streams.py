"""Engines that keep state between calls: a stream is opened, fed piece by piece, and ends.

The table of streams stands here, once for all adapters: how many may be open, which are given up,
what a step that comes twice is answered. Adapters write what a stream's state is and how several
streams advance together.
"""

from __future__ import annotations

import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from foundation.errors import (
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    ResourceExhausted,
)
from foundation.speech import StreamHypothesis, StreamOpening, StreamStep
from models.engines.base import CallContext, SpeechEngine, check_samples

_LONGEST_STEP_SECONDS: Final = 30.0
_RETRY_AFTER: Final = 1.0


@dataclass(slots=True)
class _Stream:
    state: Any
    used_at: float
    position: int = 0
    """Samples taken."""

    ended: bool = False
    latest: tuple[int, int, bool] | None = None
    """Position, samples and ``last`` of the latest step."""

    answer: StreamHypothesis | None = None

    def follows(self, step: StreamStep) -> bool:
        """Is it the next step?"""
        return not self.ended and step.position == self.position

    def repeats(self, step: StreamStep) -> bool:
        """Is it the latest step again?"""
        return self.latest == (step.position, step.samples.size, step.last)


class StreamingSpeechEngine(SpeechEngine):
    """A speech engine whose models may also decode streams of audio, chunk by chunk.

    Whether the loaded model does is in ``capabilities.streaming``. All streams live in this
    object: a model that is unloaded, or a worker that starts anew, loses them, and their steps get
    NotFound; the caller then opens another stream and sends again what it needs.
    """

    methods: ClassVar[Mapping[str, str]] = {
        **SpeechEngine.methods,
        "open_stream": "open_stream",
        "step_stream": "step_stream",
        "close_stream": "close_stream",
    }
    batch_methods: ClassVar[Mapping[str, str]] = {"step_stream": "step_streams"}
    largest_batch: ClassVar[int] = 16

    idle_stream_seconds: ClassVar[float] = 60.0
    """A stream unused for so long is given up when room is needed, or its answer forgotten."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._streams: dict[str, _Stream] = {}
        self._streams_lock = threading.Lock()

    @property
    def open_streams(self) -> int:
        """How many streams hold state."""
        with self._streams_lock:
            return sum(not stream.ended for stream in self._streams.values())

    def open_stream(self, opening: StreamOpening, context: CallContext) -> None:
        """Start a stream at its first sample.

        Raises:
            FailedPrecondition: the model decodes no streams.
            InvalidArgument: the name is empty or taken, or no language of it is spoken.
            ResourceExhausted: as many streams are open as may be.
        """
        means = self.capabilities.streaming
        if means is None:
            raise FailedPrecondition("this model decodes whole windows only, not streams")
        if not opening.stream:
            raise InvalidArgument("stream", "is empty")
        if not set(opening.languages) & set(self.capabilities.languages):
            raise InvalidArgument("languages", f"the model speaks {self.capabilities.languages}")
        context.check()
        with self._streams_lock:
            self._give_up_idle()
            if opening.stream in self._streams:
                raise InvalidArgument("stream", f"{opening.stream!r} is open already")
            count = sum(not stream.ended for stream in self._streams.values())
            if count >= means.max_streams:
                raise ResourceExhausted(
                    "speech.streams",
                    f"{count} of {means.max_streams} streams of this model are open",
                    _RETRY_AFTER,
                )
            self._streams[opening.stream] = _Stream(self._open(opening), self._clock())

    def step_stream(self, step: StreamStep, context: CallContext) -> StreamHypothesis:
        """Decode a stream's next piece; a piece sent again is answered again.

        Raises:
            NotFound: the stream is not here (any more).
            InvalidArgument: the piece does not follow the one before, or is no audio.
        """
        context.check()
        return self._step_all([step])[0]

    def step_streams(
        self, steps: Sequence[StreamStep], contexts: Sequence[CallContext]
    ) -> list[StreamHypothesis]:
        """The next pieces of several streams, decoded together."""
        return self._step_all(steps)

    def close_stream(self, stream: str, context: CallContext) -> None:
        """Drop a stream before its end. One that is not here is closed already."""
        with self._streams_lock:
            self._streams.pop(stream, None)

    def batch_key(self, method: str, payload: Any) -> Hashable | None:
        """All streams can step together."""
        return method if method == "step_stream" else super().batch_key(method, payload)

    @abstractmethod
    def _open(self, opening: StreamOpening) -> Any:
        """The state of a stream that has heard nothing yet."""

    @abstractmethod
    def _advance(
        self, states: Sequence[Any], steps: Sequence[StreamStep]
    ) -> list[tuple[Any, StreamHypothesis]]:
        """New states and answers. The states given stay as they are: a fault changes nothing."""

    def _step_all(self, steps: Sequence[StreamStep]) -> list[StreamHypothesis]:
        if len({step.stream for step in steps}) < len(steps):
            raise InvalidArgument("stream", "stands twice in one batch")
        streams = [self._find(step) for step in steps]
        fresh = [
            (stream, step)
            for stream, step in zip(streams, steps, strict=True)
            if not stream.repeats(step)
        ]
        if fresh:
            advanced = self._advance(
                [stream.state for stream, _ in fresh], [step for _, step in fresh]
            )
            for (stream, step), (state, answer) in zip(fresh, advanced, strict=True):
                stream.state = None if step.last else state
                stream.ended = step.last
                stream.position += step.samples.size
                stream.latest = (step.position, step.samples.size, step.last)
                stream.answer = answer
        answers: list[StreamHypothesis] = []
        for stream in streams:
            stream.used_at = self._clock()
            assert stream.answer is not None, "each was answered now or before"
            answers.append(stream.answer)
        return answers

    def _find(self, step: StreamStep) -> _Stream:
        with self._streams_lock:
            stream = self._streams.get(step.stream)
        if stream is None:
            raise NotFound(
                f"no stream {step.stream!r}: it was not opened, or its model was unloaded since"
            )
        check_samples(step.samples, _LONGEST_STEP_SECONDS)
        if not stream.repeats(step) and not stream.follows(step):
            raise InvalidArgument(
                "position",
                f"{step.position} does not follow: {stream.position} samples were taken"
                + (" and the stream has ended" if stream.ended else ""),
            )
        return stream

    def _give_up_idle(self) -> None:
        """Forget what nobody asks for any more. Under the lock."""
        oldest = self._clock() - self.idle_stream_seconds
        for name in [n for n, stream in self._streams.items() if stream.used_at < oldest]:
            del self._streams[name]
