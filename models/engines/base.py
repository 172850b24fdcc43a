"""What every engine is: one loaded model behind a handful of methods."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any, ClassVar

from foundation.errors import Cancelled, DeadlineExceeded, InvalidArgument, NotFound
from foundation.speech import (
    SAMPLE_RATE,
    Identification,
    RecognitionRequest,
    Samples,
    SpeechCapabilities,
    Transcription,
)

__all__ = [
    "CallContext",
    "Engine",
    "EngineOptions",
    "IdentifyingSpeechEngine",
    "SpeechCapabilities",
    "SpeechEngine",
    "check_any",
    "check_samples",
]


def _nothing_waits() -> None:
    """A context that no pool made has nobody to give way to."""


@dataclass(frozen=True, slots=True)
class CallContext:
    """What a running call must look at between its steps."""

    deadline: float | None = None
    """On ``time.monotonic()``; None: no limit."""

    cancelled: Event = field(default_factory=Event)

    give_way: Callable[[], None] = _nothing_waits
    """Runs what is more urgent and waits for a worker, here and now; a long call does this between
    its steps, on any thread of its own, holding nothing that others need."""

    def check(self) -> None:
        """Raise Cancelled or DeadlineExceeded if the caller no longer waits."""
        if self.cancelled.is_set():
            raise Cancelled("the caller cancelled the task")
        if self.deadline is not None and time.monotonic() >= self.deadline:
            raise DeadlineExceeded("the task's time ran out while it ran")


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How an engine is to use its device."""

    device: str = "cpu"
    """``cpu`` or ``cuda:N``."""

    workers: int = 1
    """How many threads will call the engine at once; each computes on one CPU thread."""

    compute_type: str = "default"
    """``int8``, ``float16`` … ; ``default``: the engine's best for the device."""

    languages: tuple[str, ...] = ()
    """What the model speaks by its card, for engines that cannot tell; empty: not known."""

    pairs: tuple[tuple[str, str], ...] = ()
    """What the model translates by its card, source and target; empty: each of its languages into
    each other."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    """The card's settings for this engine (``[models.settings]``); each engine names its own."""


class Engine(ABC):
    """One loaded model.

    An engine is built by ``open(folder, options)``; it is called from worker threads.
    """

    concurrent: ClassVar[bool] = False
    """May several threads call at once? If not, the pool lets one in at a time."""

    methods: ClassVar[Mapping[str, str]] = {}
    """Public method name → attribute. Each takes ``(payload, context)``."""

    batch_methods: ClassVar[Mapping[str, str]] = {}
    """Those that can also compute several payloads together → attribute.

    Each takes ``(payloads, contexts)`` and returns one result a payload, in order. It raises only
    for all of them; the pool then calls each alone.
    """

    largest_batch: ClassVar[int] = 1
    """How many payloads one batch may hold."""

    @classmethod
    @abstractmethod
    def open(cls, folder: Path, options: EngineOptions) -> Engine:
        """Load the model in ``folder``."""

    def call(self, method: str, payload: Any, context: CallContext) -> Any:
        """Run a method that returns one result."""
        return self._method(method)(payload, context)

    def stream(self, method: str, payload: Any, context: CallContext) -> Iterator[Any]:
        """Run a method that yields results."""
        yield from self._method(method)(payload, context)

    def batch_key(self, method: str, payload: Any) -> Hashable | None:
        """Payloads with equal keys may be computed together; None: this one only alone."""
        return None

    def call_batch(
        self, method: str, payloads: Sequence[Any], contexts: Sequence[CallContext]
    ) -> list[Any]:
        """Run a method on payloads of one batch key."""
        results: list[Any] = getattr(self, self.batch_methods[method])(payloads, contexts)
        return results

    def _method(self, method: str) -> Callable[[Any, CallContext], Any]:
        attribute = self.methods.get(method)
        if attribute is None:
            known = ", ".join(sorted(self.methods)) or "none"
            raise NotFound(f"{type(self).__name__} has no method {method!r} (it has: {known})")
        bound: Callable[[Any, CallContext], Any] = getattr(self, attribute)
        return bound

    def memory_bytes(self) -> int:
        """Roughly what the model holds in its device's memory."""
        return 0

    def close(self) -> None:  # noqa: B027 - optional
        """Free the model; it is not called again."""


class SpeechEngine(Engine):
    """Speech to text. Public ``recognize`` validates; adapters write ``_recognize``."""

    methods: ClassVar[Mapping[str, str]] = {
        "recognize": "recognize",
        "capabilities": "describe",
    }

    @property
    @abstractmethod
    def capabilities(self) -> SpeechCapabilities:
        """What this model can do."""

    def describe(self, payload: None, context: CallContext) -> SpeechCapabilities:
        """The capabilities, for callers that have a pool and no engine."""
        return self.capabilities

    def recognize(self, request: RecognitionRequest, context: CallContext) -> Transcription:
        """Recognise one window.

        Raises:
            InvalidArgument: the window is too long, the wrong shape, or a language is not spoken.
        """
        self._check(request)
        context.check()
        return self._recognize(request, context)

    def _check(self, request: RecognitionRequest) -> None:
        check_samples(request.samples, self.capabilities.window_seconds)
        if not set(request.languages) & set(self.capabilities.languages):
            raise InvalidArgument("languages", f"the model speaks {self.capabilities.languages}")
        weights = request.language_weights
        if weights and (len(weights) != len(request.languages) or min(weights) <= 0):
            raise InvalidArgument("language_weights", "want one above 0 for each language")
        if not 1 <= request.beam_size <= 10:
            raise InvalidArgument("beam_size", f"{request.beam_size} is not in 1..10")

    @abstractmethod
    def _recognize(self, request: RecognitionRequest, context: CallContext) -> Transcription: ...


class IdentifyingSpeechEngine(SpeechEngine):
    """A speech engine that can tell which language is spoken without recognising it."""

    methods: ClassVar[Mapping[str, str]] = {**SpeechEngine.methods, "identify": "identify"}

    def identify(self, request: RecognitionRequest, context: CallContext) -> Identification:
        """The likeliest of the request's languages, weighed by its ``language_weights``.

        Raises:
            InvalidArgument: as of ``recognize``.
        """
        self._check(request)
        context.check()
        return self._identify(request)

    @abstractmethod
    def _identify(self, request: RecognitionRequest) -> Identification: ...


def check_any(contexts: Sequence[CallContext]) -> None:
    """Raise Cancelled or DeadlineExceeded if nobody waits for any of a batch's results."""
    for context in contexts[:-1]:
        try:
            context.check()
        except (Cancelled, DeadlineExceeded):
            continue
        return
    contexts[-1].check()


def check_samples(samples: Samples, limit_seconds: float) -> None:
    """Check the shape, type and length of a payload's audio.

    Raises:
        InvalidArgument: it is not float32 [n], or too long.
    """
    if samples.ndim != 1 or samples.dtype.name != "float32":
        raise InvalidArgument("samples", f"want float32 [n], got {samples.dtype} {samples.shape}")
    if samples.size > limit_seconds * SAMPLE_RATE:
        seconds = samples.size / SAMPLE_RATE
        raise InvalidArgument(
            "samples", f"{seconds:.1f} s is over the limit of {limit_seconds:.0f} s"
        )
