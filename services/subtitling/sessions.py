"""All live sessions of a server."""

from __future__ import annotations

import asyncio
import statistics
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import structlog

from foundation.errors import AlreadyExists, DauysError, NotFound, ResourceExhausted
from services.subtitling.pushed_feed import PushedFeed
from streaming.delivery.runner import OutputRunner
from streaming.session import LiveSession

_log = structlog.get_logger(__name__)

_KEPT_ENDED: Final = 100
_OUTPUTS_SECONDS: Final = 10.0
"""What a caller who ends a session waits for its outputs."""

_RETRY_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class SessionParts:
    """What a session is made of."""

    session: LiveSession
    pushed: PushedFeed | None
    """None: it reads a URL."""

    outputs: OutputRunner


@dataclass(slots=True, eq=False)
class SessionRecord:
    """One session and what was asked for it."""

    id: str
    request: bytes
    """The creation's canonical bytes: a repeated request_id must carry the same."""

    settings: bytes
    """The settings now: as created, or as updated since."""

    session: LiveSession
    pushed: PushedFeed | None
    outputs: OutputRunner
    create_time: datetime = field(default_factory=lambda: datetime.now(UTC))
    stop_time: datetime | None = None
    task: asyncio.Task[None] | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """The session has; its outputs may still finish."""
    updating: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Updates are carried out one after another: none undoes what another changed."""

    @property
    def sort_key(self) -> str:
        """Order of creation."""
        return f"{self.create_time.isoformat()} {self.id}"


class SessionRegistry:
    """Creates, finds and ends sessions; one that fails touches no other.

    Args:
        max_live: Sessions live at once.
        longest_step: Seconds; while live sessions look at their open words less often than that,
            in the median, the machine is full and a further one is refused.
        forget: Is told, in a thread, which session is not kept any more.
    """

    def __init__(
        self,
        max_live: int,
        longest_step: float,
        forget: Callable[[str], None] = lambda session_id: None,
    ) -> None:
        self._forget = forget
        self._forgetting: set[asyncio.Task[None]] = set()
        self._max_live = max_live
        self._longest_step = longest_step
        self._records: OrderedDict[str, SessionRecord] = OrderedDict()
        self._by_request: dict[str, SessionRecord] = {}

    def create(
        self,
        request_id: str,
        request: bytes,
        build: Callable[[str], SessionParts],
    ) -> SessionRecord:
        """Start a session, or return the one that this request_id made.

        Raises:
            AlreadyExists: the request_id made another session.
            ResourceExhausted: as many sessions as allowed are live, or these fill the machine.
        """
        known = self._by_request.get(request_id) if request_id else None
        if known is not None:
            if known.request != request:
                raise AlreadyExists(f"request_id {request_id!r} made another session")
            return known
        self._admit([r.session for r in self._records.values() if not r.session.state.ended])
        session_id = uuid.uuid4().hex
        parts = build(session_id)
        record = SessionRecord(
            session_id, request, request, parts.session, parts.pushed, parts.outputs
        )
        record.task = asyncio.create_task(self._run(record), name=f"session-{session_id}")
        self._records[session_id] = record
        if request_id:
            self._by_request[request_id] = record
        return record

    def _admit(self, live: list[LiveSession]) -> None:
        """Refuse one more session where it would make those on air late."""
        if len(live) >= self._max_live:
            raise ResourceExhausted(
                "live_sessions",
                f"{len(live)} of {self._max_live} live sessions run",
                _RETRY_SECONDS,
            )
        step = statistics.median([session.step_seconds for session in live]) if live else 0.0
        if step > self._longest_step:
            lag = max(session.lag for session in live)
            raise ResourceExhausted(
                "live_sessions",
                f"the machine is full: its {len(live)} live sessions are decoded every "
                f"{step:.1f} s (limit {self._longest_step:.1f} s), one is {lag:.1f} s behind",
                _RETRY_SECONDS,
            )

    async def _run(self, record: SessionRecord) -> None:
        log = _log.bind(session=record.id)
        log.info("session.created")
        try:
            await record.session.run()
        except DauysError as error:
            log.warning("session.failed", reason=error.message)
        except Exception:
            log.exception("session.crashed")
        finally:
            record.stop_time = datetime.now(UTC)
            record.ended.set()
            await record.outputs.finish()
            log.info("session.ended", cues=record.session.cue_count)
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        ended = [
            (record.stop_time, record) for record in self._records.values() if record.stop_time
        ]
        ended.sort(key=lambda pair: pair[0])
        for _, record in ended[: max(0, len(ended) - _KEPT_ENDED)]:
            del self._records[record.id]
            task = asyncio.create_task(asyncio.to_thread(self._forget, record.id))
            self._forgetting.add(task)
            task.add_done_callback(self._forgetting.discard)
            for request_id, known in list(self._by_request.items()):
                if known is record:
                    del self._by_request[request_id]

    def get(self, session_id: str) -> SessionRecord:
        """Find a session.

        Raises:
            NotFound: none of that id, or it ended long ago.
        """
        record = self._records.get(session_id)
        if record is None:
            raise NotFound(f"no live session {session_id!r}")
        return record

    def all(self) -> list[SessionRecord]:
        """In order of creation."""
        return sorted(self._records.values(), key=lambda record: record.sort_key)

    async def stop(self, record: SessionRecord) -> None:
        """End a session, its last words committed.

        Returns when it has ended and its outputs have what they were given; one that takes long
        to finish does so without the caller.
        """
        record.session.stop()
        if record.task is not None:
            await record.ended.wait()
            await asyncio.wait({record.task}, timeout=_OUTPUTS_SECONDS)

    async def stop_all(self) -> None:
        """End all sessions."""
        await asyncio.gather(*[self.stop(record) for record in self.all()])
