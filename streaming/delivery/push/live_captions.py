"""What services that show live captions have in common: text goes soon, in order, or not at all."""

from __future__ import annotations

import abc
import asyncio
import contextlib
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog

from foundation.errors import InvalidArgument
from foundation.languages import Language
from streaming.delivery.context import OutputContext
from streaming.delivery.push.attempts import Attempts, Judgement, Outcome, judge_status
from streaming.delivery.push.config import Endpoint, HttpConfig, check_count, check_seconds
from streaming.delivery.push.counts import PushCounts
from streaming.delivery.push.fates import CueFates
from streaming.delivery.push.http import HttpClient, Reply
from streaming.delivery.push.lines import LineFlow, Piece, TextUnit
from streaming.session_events import Cleared, ControlAction, Controlled, CueReady, SessionEvent

_log = structlog.get_logger(__name__)

_LONGEST_LOOK_SECONDS: Final = 0.5
_MOST_BYTES: Final = 8_000
"""Of text in one request."""

_WITHDRAWN: Final = frozenset({ControlAction.CLEAR, ControlAction.KILL})

LABELS: Final[dict[Language, str]] = {
    "kk": "[автоматты субтитр]",
    "ru": "[автоматические субтитры]",
    "en": "[automatic captions]",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCaptionsConfig(HttpConfig):
    """Which text goes, how often, and until when.

    Raises:
        InvalidArgument: a figure out of its bounds.
    """

    unit: TextUnit = "words"
    """What is sent."""

    line_characters: int = 42
    """The longest line: 16 to 200."""

    label: bool = True
    """Begin with a line that says that the captions are automatic, unless operators say that they
    need no label."""

    interval_seconds: float = 1.0
    """Between two requests: 0.2 to 10 s. What comes meanwhile goes together."""

    stale_seconds: float = 20.0
    """Text that could not be sent for so long is left out: 1 to 50 s."""

    most_waiting: int = 500
    """Pieces of text that wait at most; the oldest are left out first."""

    drain_seconds: float = 5.0
    """What the last text gets when the session ends: 0 to 60 s."""

    def __post_init__(self) -> None:
        HttpConfig.__post_init__(self)
        if self.unit not in ("words", "cues"):
            raise InvalidArgument("unit", f"{self.unit!r} is not words or cues")
        check_count("line_characters", self.line_characters, 16, 200)
        check_seconds("interval_seconds", self.interval_seconds, 0.2, 10)
        check_seconds("stale_seconds", self.stale_seconds, 1, 50)
        check_count("most_waiting", self.most_waiting, 10, 100_000)
        check_seconds("drain_seconds", self.drain_seconds, 0, 60)


class LiveCaptionsOutput(abc.ABC):
    """Sends a track's text to one server, one request at a time.

    A request is tried again until the text in it is stale, always the same bytes under the same
    number. What is late is left out and counted, never shown as if it were said now. Corrections
    change nothing: what was sent cannot be taken back. What operators clear or kill before it was
    sent is not sent.

    Args:
        endpoint: Where to.
        config: See ``LiveCaptionsConfig``.
        context: The session.

    Raises:
        InvalidArgument: there is no such track, or the server may not be reached.
    """

    name = "captions"

    def __init__(
        self, endpoint: Endpoint, config: LiveCaptionsConfig, context: OutputContext
    ) -> None:
        self.counts = PushCounts()
        self._config = config
        self._clock = context.clock
        if not context.renditions:
            raise InvalidArgument("tracks", "the session has none of them")
        self._track = track = context.renditions[0].track
        self._client = HttpClient(endpoint, config)
        self._attempts = Attempts(self.name, endpoint.label, config, self.counts, context.report)
        self._fates = CueFates(track, context.report)
        self._flow = LineFlow(track, config.unit, config.line_characters)
        self._to_label = config.label and not context.captions.unlabelled
        self._waiting: deque[Piece] = deque()
        self._wake = asyncio.Event()
        self._end_at: float | None = None
        self._cleared = 0
        """How often operators cleared or killed."""
        self._sequence = 1
        self._last_request = -math.inf
        self._beats = True
        """The server takes empty requests."""

    @property
    def last_error(self) -> str:
        """Why the last attempt failed; empty after a success."""
        return self._attempts.last_error

    @property
    def sequence(self) -> int:
        """The number of the next request that carries text."""
        return self._sequence

    async def run(self, events: AsyncIterator[SessionEvent]) -> None:
        """Send until the session ends and what was said has gone out.

        Raises:
            DauysError: the server will take nothing any more.
        """
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._send_all(), name=f"{self.name}-send")
                async for event in events:
                    self._take(event)
                self._end_at = time.monotonic() + self._config.drain_seconds
                self._wake.set()
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        finally:
            with contextlib.suppress(RuntimeError):  # a cancelled request may hold a connection
                await self._client.aclose()
            fields = self.counts.log_fields(len(self._waiting))
            _log.info("push.ended", output=self.name, **fields)

    # What a service is.

    async def _begin(self) -> bool:
        """What must be known before the first text is sent; False: it could not be learnt yet."""
        return True

    @abc.abstractmethod
    def _body(self, pieces: Sequence[Piece]) -> bytes:
        """Of a request."""

    def _query(self, pieces: Sequence[Piece]) -> str:
        """What is added to the URL."""
        return f"seq={self._sequence}"

    def _judge(self, status: int) -> Judgement:
        return judge_status(status)

    def _taken(self, reply: Reply) -> None:
        """The server took a request."""
        return

    async def _numbered(self) -> None:
        """The number of the next request has changed."""
        return

    def _batch(self) -> list[Piece]:
        """What goes together next."""
        pieces: list[Piece] = []
        size = 0
        for piece in self._waiting:
            size += len(piece.text.encode()) + 40
            if pieces and size > _MOST_BYTES:
                break
            pieces.append(piece)
        return pieces

    @property
    def _heartbeat_seconds(self) -> float:
        """Silence after which an empty request is sent; 0: none is."""
        return 0

    # What is common.

    def _take(self, event: SessionEvent) -> None:
        match event.body:
            case Controlled(action, captions):
                self._to_label &= not captions.unlabelled
                if action in _WITHDRAWN:
                    self._withdraw()
            case Cleared():
                self._flow.new_line()
            case CueReady(cue) if event.track == self._track:
                self._fates.finished(cue)
        pieces = self._flow.take(event, time.monotonic())
        if not pieces:
            return
        if self._to_label:
            self._to_label = False
            first = pieces[0]
            pieces[0] = replace(first, new_line=True)
            pieces.insert(0, replace(first, text=LABELS[first.language], new_line=True))
        self._waiting += pieces
        over = len(self._waiting) - self._config.most_waiting
        if over > 0:
            self.counts.overflowed += over
            lost = [self._waiting.popleft() for _ in range(over)]
            self._fates.lost(lost, "too much text waited")
        self._wake.set()

    def _withdraw(self) -> None:
        self.counts.withdrawn += len(self._waiting)
        self._fates.lost(list(self._waiting), "cleared before it was sent")
        self._waiting.clear()
        self._flow.new_line()
        self._cleared += 1

    async def _send_all(self) -> None:
        begun = False
        while True:
            self._drop_stale()
            if not self._waiting:
                if self._end_at is not None:
                    return
                await self._idle()
                continue
            # Nothing is gained by waiting for more text once the session has ended.
            wait = self._last_request + self._config.interval_seconds - time.monotonic()
            if wait > 0 and self._end_at is None:
                await asyncio.sleep(min(wait, _LONGEST_LOOK_SECONDS))
                continue
            if not begun:
                begun = await self._begin()
                continue
            await self._send_text()

    async def _idle(self) -> None:
        heartbeat = self._heartbeat_seconds
        if heartbeat and self._beats and time.monotonic() - self._last_request >= heartbeat:
            beat = await self._send(
                b"", self._query(()), lambda: not self._waiting and self._end_at is None
            )
            self._beats = beat is not Outcome.REFUSED
            return
        self._wake.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_LOOK_SECONDS):
                await self._wake.wait()

    async def _send_text(self) -> None:
        pieces = self._batch()
        for _ in pieces:
            self._waiting.popleft()
        cleared = self._cleared

        def wanted() -> bool:
            return self._cleared == cleared and self._fresh(pieces[-1])

        outcome = await self._send(self._body(pieces), self._query(pieces), wanted)
        if outcome in (Outcome.TAKEN, Outcome.UNKNOWN):
            # Unknown: the server may have seen this number, so it never stands for other text.
            self._sequence += 1
            await self._numbered()
        if outcome is Outcome.TAKEN:
            self.counts.delivered += len(pieces)
            self._fates.delivered(pieces)
            return
        self._flow.new_line()
        if outcome is Outcome.REFUSED:
            self.counts.refused += len(pieces)
            self._fates.lost(pieces, self.last_error)
        elif self._cleared != cleared:
            self.counts.withdrawn += len(pieces)
            self._fates.lost(pieces, "cleared before it was sent")
        else:
            self._stale(pieces)

    async def _send(self, body: bytes, query: str, wanted: Callable[[], bool]) -> Outcome:
        headers = {"Content-Type": "text/plain"}
        outcome, reply = await self._attempts.send(
            lambda: self._client.post(body, headers, query), self._judge, wanted
        )
        self._last_request = time.monotonic()
        if reply is not None and outcome is Outcome.TAKEN:
            self._taken(reply)
        return outcome

    def _fresh(self, piece: Piece) -> bool:
        """It may still be sent."""
        now = time.monotonic()
        ended = self._end_at is not None and now >= self._end_at
        return not ended and now < piece.known_at + self._config.stale_seconds

    def _drop_stale(self) -> None:
        dropped = []
        while self._waiting and not self._fresh(self._waiting[0]):
            dropped.append(self._waiting.popleft())
        if dropped:
            self._stale(dropped)

    def _stale(self, pieces: list[Piece]) -> None:
        self.counts.stale += len(pieces)
        self._flow.new_line()
        self._fates.lost(pieces, self.last_error or "it could not be sent in time")
        _log.warning("push.stale", output=self.name, pieces=len(pieces))
