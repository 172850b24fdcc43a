"""A session's events as signed JSON, sent in order, at least once each (docs/PUSH.md)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import hashlib
import hmac
import json
import re
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import structlog

from foundation.errors import InvalidArgument
from foundation.utc import utc_text
from streaming.cues.model import Cue
from streaming.delivery.context import OutputContext
from streaming.delivery.push.attempts import Attempts, Outcome, judge_status
from streaming.delivery.push.config import (
    HttpConfig,
    check_count,
    check_seconds,
    parse_endpoint,
)
from streaming.delivery.push.counts import PushCounts
from streaming.delivery.push.http import HttpClient, Reply
from streaming.formats.events_jsonl import session_event
from streaming.session_events import ControlAction, Controlled, CueReady, SessionEvent

_log = structlog.get_logger(__name__)

KINDS: Final = (
    "tentative",
    "committed",
    "cue",
    "correction",
    "control",
    "feed",
    "clear",
    "pace",
    "track-failed",
)
"""Kinds of events, as in docs/EVENTS.md."""

_TEXT: Final = frozenset({"tentative", "committed", "cue", "correction"})
VERSION: Final = 1
"""Of the message; raised when a field changes its meaning or goes, not when one is added."""

_LOOK_SECONDS: Final = 0.5
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_OURS: Final = frozenset({"host", "content-length", "content-type", "transfer-encoding"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookConfig(HttpConfig):
    """Where events go, which, and how many together.

    Raises:
        InvalidArgument: a figure out of its bounds, a key that is none. It repeats no secret.
    """

    url: str = field(repr=False)
    """Where messages are posted."""

    secrets: tuple[str, ...] = field(repr=False)
    """Keys that sign, as Standard Webhooks writes them: ``whsec_`` and 24 to 64 bytes in base64.
    Two while one replaces the other: a message is signed with each."""

    kinds: tuple[str, ...] = tuple(kind for kind in KINDS if kind not in ("tentative", "pace"))
    """Which events: tentative, committed, cue, correction, control, feed, clear, pace,
    track-failed (docs/EVENTS.md)."""

    headers: tuple[str, ...] = field(default=(), repr=False)
    """Sent as well, as ``Name: value``; such as Authorization."""

    batch_events: int = 50
    """The most in one message: 1 to 1000."""

    batch_seconds: float = 0.25
    """How long the first event of a message waits for others: 0 to 10 s."""

    keep_events: int = 10_000
    """What waits while the server is away, at most; then the oldest is left out and the next
    message says how many were."""

    keep_bytes: int = 16 * 1024 * 1024
    """The same, in bytes of JSON."""

    drain_seconds: float = 15.0
    """What the last events get when the session ends: 0 to 3600 s."""

    timeout_seconds: float = 15.0

    def __post_init__(self) -> None:
        HttpConfig.__post_init__(self)
        parse_endpoint("url", self.url, self)
        if not self.secrets:
            raise InvalidArgument("secrets", "needs one at least")
        for secret in self.secrets:
            signing_key(secret)
        if not self.kinds or not set(self.kinds) <= set(KINDS):
            raise InvalidArgument("kinds", f"must be some of {', '.join(KINDS)}")
        _headers(self.headers)
        check_count("batch_events", self.batch_events, 1, 1000)
        check_seconds("batch_seconds", self.batch_seconds, 0, 10)
        check_count("keep_events", self.keep_events, 1, 1_000_000)
        check_count("keep_bytes", self.keep_bytes, 10_000, 1 << 30)
        check_seconds("drain_seconds", self.drain_seconds, 0, 3600)


def _headers(lines: Sequence[str]) -> dict[str, str]:
    """Lines of headers by their names.

    Raises:
        InvalidArgument: one cannot be sent; the message does not repeat values.
    """
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        ours = name.lower() in _OURS or name.lower().startswith("webhook-")
        if not colon or not _HEADER.fullmatch(name) or ours:
            raise InvalidArgument("headers", "must be 'Name: value' of names that are not ours")
        if not value.isascii() or not value.isprintable():
            raise InvalidArgument("headers", f"{name} must be printable ASCII")
        headers[name] = value.strip()
    return headers


def signing_key(secret: str) -> bytes:
    """The bytes of a key.

    Raises:
        InvalidArgument: it is none; the message does not repeat it.
    """
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not 24 <= len(key) <= 64:
        raise InvalidArgument("secrets", "must be whsec_ and 24 to 64 bytes in base64")
    return key


def signature(keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """Standard Webhooks 1.0, "Signature scheme": ``v1,`` and base64 for each key."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digests = (hmac.new(key, signed, hashlib.sha256).digest() for key in keys)
    return " ".join("v1," + base64.b64encode(digest).decode() for digest in digests)


@dataclass(frozen=True, slots=True)
class _Waiting:
    kind: str
    data: bytes
    """JSON."""
    track: str
    cue: Cue | None
    """What the event finishes."""


class WebhookOutput:
    """Sends events to a webhook.

    One message at a time, the next when the one before was taken. A message that is tried again has
    the same id and the same bytes, and the time and signature of the attempt.

    Args:
        config: See ``WebhookConfig``.
        context: The session.

    Raises:
        InvalidArgument: the server may not be reached.
    """

    name = "webhook"

    def __init__(self, config: WebhookConfig, context: OutputContext) -> None:
        endpoint = parse_endpoint("url", config.url, config)
        self.counts = PushCounts()
        self._config = config
        self._clock = context.clock
        self._session = context.session
        self._labelled = not context.captions.unlabelled
        self._headers = _headers(config.headers)
        self._report = context.report
        self._keys = [signing_key(secret) for secret in config.secrets]
        self._client = HttpClient(endpoint, config)
        self._attempts = Attempts(self.name, endpoint.label, config, self.counts, context.report)
        self._waiting: deque[_Waiting] = deque()
        self._bytes = 0
        self._missed = 0
        self._wake = asyncio.Event()
        self._end_at: float | None = None
        self._killed = 0
        self._run = secrets.token_hex(8)
        self._sequence = 0

    @property
    def last_error(self) -> str:
        """Why the last attempt failed; empty after a success."""
        return self._attempts.last_error

    async def run(self, events: AsyncIterator[SessionEvent]) -> None:
        """Send until the session ends and what happened has gone out.

        Raises:
            DauysError: the server will take nothing any more.
        """
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._send_all(), name="webhook-send")
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

    def _take(self, event: SessionEvent) -> None:
        if isinstance(event.body, Controlled):
            self._labelled = not event.body.captions.unlabelled
            if event.body.action is ControlAction.KILL:
                self._killed += 1
                self._withdraw(self._waiting)
        shown = session_event(event, self._clock.first_sample, self._clock.heard_at)
        kind = shown["kind"]
        config = self._config
        if kind not in config.kinds:
            return
        message: dict[str, Any] = {"id": event.event_id} | shown
        data = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "replace"
        )
        cue = event.body.cue if isinstance(event.body, CueReady) else None
        self._waiting.append(_Waiting(kind, data, event.track, cue))
        self._bytes += len(data)
        while len(self._waiting) > config.keep_events or (
            self._bytes > config.keep_bytes and len(self._waiting) > 1
        ):
            oldest = self._waiting.popleft()
            self._bytes -= len(oldest.data)
            self._missed += 1
            self._tell([oldest], "too many events waited")
            if self.counts.overflowed == 0:
                _log.warning("webhook.overflowed", kept=len(self._waiting))
            self.counts.overflowed += 1
        self._wake.set()

    def _withdraw(self, events: Sequence[_Waiting] | deque[_Waiting]) -> None:
        """What was said before a kill, and has not gone out, does not."""
        kept = [event for event in events if event.kind not in _TEXT]
        self.counts.withdrawn += len(events) - len(kept)
        self._tell([event for event in events if event.kind in _TEXT], "killed before it was sent")
        if events is self._waiting:
            self._waiting = deque(kept)
        else:
            self._waiting.extendleft(reversed(kept))
        self._bytes = sum(len(event.data) for event in self._waiting)

    def _tell(self, events: Sequence[_Waiting], lost: str = "") -> None:
        """Report the cues among events: sent, or why they are lost."""
        for event in events:
            if event.cue is not None and lost:
                self._report.lost(event.track, event.cue, lost)
            elif event.cue is not None:
                self._report.shown(event.track, event.cue)

    async def _send_all(self) -> None:
        while True:
            if not self._waiting:
                if self._end_at is not None:
                    return
                self._wake.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_SECONDS):
                        await self._wake.wait()
                continue
            if self._end_at is not None and time.monotonic() >= self._end_at:
                self.counts.overflowed += len(self._waiting)
                _log.error("webhook.not_delivered", events=len(self._waiting))
                self._tell(list(self._waiting), "the session ended before it could be sent")
                self._waiting.clear()
                return
            full = len(self._waiting) >= self._config.batch_events
            if not full and self._end_at is None:
                await asyncio.sleep(self._config.batch_seconds)
            await self._send_batch()

    async def _send_batch(self) -> None:
        batch = [
            self._waiting.popleft()
            for _ in range(min(len(self._waiting), self._config.batch_events))
        ]
        if not batch:
            return  # withdrawn meanwhile
        self._bytes -= sum(len(event.data) for event in batch)
        self._sequence += 1
        missed, self._missed = self._missed, 0
        message_id = f"msg_{self._run}_{self._sequence}"
        body = self._body(batch, missed)
        killed = self._killed

        def wanted() -> bool:
            ended = self._end_at is not None and time.monotonic() >= self._end_at
            return self._killed == killed and not ended

        async def post() -> Reply:
            now = int(time.time())
            headers = {
                **self._headers,
                "Content-Type": "application/json",
                "webhook-id": message_id,
                "webhook-timestamp": str(now),
                "webhook-signature": signature(self._keys, message_id, now, body),
            }
            return await self._client.post(body, headers)

        outcome, _ = await self._attempts.send(post, judge_status, wanted)
        if outcome is Outcome.TAKEN:
            self.counts.delivered += len(batch)
            self._tell(batch)
            return
        if outcome is Outcome.REFUSED:
            self.counts.refused += len(batch)
            self._missed += missed + len(batch)
            self._tell(batch, self.last_error)
            return
        self._missed += missed
        if self._killed != killed:
            self._withdraw(batch)  # what was no text goes in a message of its own
        else:
            self._waiting.extendleft(reversed(batch))

    def _body(self, batch: Sequence[_Waiting], missed: int) -> bytes:
        head: dict[str, Any] = {
            "type": "captions.events",
            "version": VERSION,
            "timestamp": utc_text(datetime.now(UTC)),
            "session": self._session,
            "run": self._run,
            "sequence": self._sequence,
            "missed": missed,
            "automatic": self._labelled,
        }
        began = self._clock.heard_at(self._clock.first_sample)
        if began is not None:
            head["epoch"] = utc_text(began)
        start = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "replace"
        )
        events = b",".join(event.data for event in batch)
        return start[:-1] + b',"events":[' + events + b"]}"
