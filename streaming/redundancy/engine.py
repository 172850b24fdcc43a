"""One engine of a session at work: it hears what it is given, and what it said is kept."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

import structlog

from foundation.errors import DauysError, Internal
from foundation.media_time import TICKS_PER_SECOND, Ticks
from foundation.speech import SAMPLE_RATE, Word
from streaming.events import AudioChunk, Finalize, Hypothesis, Pace
from streaming.recognition import LiveRecognizerConfig
from streaming.redundancy.config import EngineSpec

_log = structlog.get_logger(__name__)

_KEPT: Final = 30 * TICKS_PER_SECOND
"""What an engine said of the last so much audio can still go on air when it takes over."""

_STOP_SECONDS: Final = 3.0


class RunningEngine:
    """A recogniser with a queue of audio of its own: one that hangs holds up no other.

    Args:
        spec: Makes the recogniser.
        config: The session's settings.
        backlog: Audio that it hears first.
        tell: Gets its hypotheses as they come.
        session: For the log.
    """

    def __init__(
        self,
        spec: EngineSpec,
        config: LiveRecognizerConfig,
        backlog: Sequence[AudioChunk],
        tell: Callable[[RunningEngine, Hypothesis], None],
        session: str,
    ) -> None:
        self.name = spec.name
        self._spec = spec
        self._recognizer = spec.make(spec.adapt(config))
        self._tell = tell
        self._queue: deque[AudioChunk | Finalize] = deque(backlog)
        self._waiting = sum(chunk.samples.size for chunk in backlog)
        self._more = asyncio.Event()
        self._closed = False
        self.said: deque[Hypothesis] = deque()
        """Its hypotheses of the last 30 s of speech, oldest first."""
        self.failure: DauysError | None = None
        """Why it ended before its time."""
        self.took_room = asyncio.Event()
        """Set whenever it takes audio from its queue."""
        self._log = _log.bind(session=session, engine=spec.name)
        self.task = asyncio.create_task(self._run(), name=f"engine-{spec.name}")

    @property
    def step_seconds(self) -> float:
        """New audio between two decodings now."""
        return self._recognizer.step_seconds

    @property
    def pace(self) -> Pace:
        """How well it keeps up."""
        return self._recognizer.pace

    @property
    def alive(self) -> bool:
        """Does it hear what it is given?"""
        return not self.task.done()

    @property
    def waiting_seconds(self) -> float:
        """Audio in its queue."""
        return self._waiting / SAMPLE_RATE

    @property
    def lag(self) -> float:
        """Seconds of audio given to it and not recognised, or known to be silent."""
        return self.waiting_seconds + self._recognizer.lag

    @property
    def heard_until(self) -> Ticks:
        """End of the last word that it heard, certain or not; 0: it has heard none."""
        words = self._committed + (self.said[-1].tentative if self.said else ())
        return words[-1].end if words else 0

    def words_after(self, time: Ticks) -> int:
        """How many words it heard that start at ``time`` or later."""
        words = self._committed + (self.said[-1].tentative if self.said else ())
        return sum(word.start >= time for word in words)

    @property
    def _committed(self) -> tuple[Word, ...]:
        return tuple(word for each in self.said for word in each.committed)

    def push(self, item: AudioChunk | Finalize) -> None:
        """Let it hear this, too; never waits."""
        self._queue.append(item)
        if isinstance(item, AudioChunk):
            self._waiting += item.samples.size
        self._more.set()

    def close(self) -> None:
        """No more comes: it commits what it heard and ends."""
        self._closed = True
        self._more.set()

    def reconfigure(self, config: LiveRecognizerConfig) -> None:
        """Go on with other settings of the session."""
        self._recognizer.reconfigure(self._spec.adapt(config))

    async def stop(self) -> None:
        """End it at once; one that does not end in 3 s is left to itself."""
        self.task.cancel()
        _, late = await asyncio.wait({self.task}, timeout=_STOP_SECONDS)
        if late:
            self._log.warning("engine.does_not_stop")

    async def _run(self) -> None:
        try:
            await self._recognizer.run(self._audio(), self._note)
            if not self._closed:
                self.failure = Internal("it ended before the feed did")
        except DauysError as error:
            self.failure = error
        except Exception:  # noqa: BLE001 - whatever it is, the others go on
            self.failure = Internal("internal error")
            self._log.exception("engine.crashed")
        finally:
            self.took_room.set()

    async def _audio(self) -> AsyncIterator[AudioChunk | Finalize]:
        while True:
            while not self._queue:
                if self._closed:
                    return
                self._more.clear()
                await self._more.wait()
            item = self._queue.popleft()
            if isinstance(item, AudioChunk):
                self._waiting -= item.samples.size
            self.took_room.set()
            yield item

    def _note(self, hypothesis: Hypothesis) -> None:
        self.said.append(hypothesis)
        oldest = hypothesis.committed_until - _KEPT
        while len(self.said) > 1 and self.said[0].committed_until < oldest:
            self.said.popleft()
        self._tell(self, hypothesis)
