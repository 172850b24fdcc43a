"""Tries a request until it is taken, refused, or not wanted any more."""

from __future__ import annotations

import asyncio
import enum
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import structlog

from foundation.errors import (
    DauysError,
    FailedPrecondition,
    NotFound,
    PermissionDenied,
    Unavailable,
)
from streaming.delivery.context import OutputReport
from streaming.delivery.push.config import HttpConfig
from streaming.delivery.push.counts import PushCounts
from streaming.delivery.push.http import NotReached, Reply

_LOOK_SECONDS: Final = 0.25
"""How often a wait looks whether the request is still wanted."""


class Verdict(enum.Enum):
    """What an answer means."""

    TAKEN = "taken"
    AGAIN = "again"
    """It may pass: try again."""

    REFUSED = "refused"
    """This request will never be taken, others may."""

    OVER = "over"
    """None will be taken any more."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and why."""

    verdict: Verdict
    reason: str = ""
    """For operators; holds no secret."""

    tries: int = 1
    """So many answers like this in a row make the verdict; until then it is ``AGAIN``."""


class Outcome(enum.Enum):
    """What became of a request."""

    TAKEN = "taken"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """It is not wanted any more; the server may have taken it or not."""

    NEVER_SENT = "never sent"
    """It is not wanted any more and no attempt got as far as the server."""


_OVER: Final[dict[int, str]] = {
    401: "does not know the key",
    403: "refuses the key",
    404: "does not know the address",
    410: "has closed the address",
}


def judge_status(status: int) -> Judgement:
    """What a status means in general (RFC 9110 §15, Standard Webhooks "Delivery success")."""
    if 200 <= status < 300:
        return Judgement(Verdict.TAKEN)
    if status in _OVER:
        # A server that is being restarted may say so for a moment.
        return Judgement(
            Verdict.OVER, f"{_OVER[status]} ({status})", tries=1 if status == 410 else 3
        )
    if status in (301, 308):
        return Judgement(Verdict.OVER, f"has moved ({status}): redirects are not followed")
    if status in (408, 425, 429) or status >= 500 or status < 400:
        return Judgement(Verdict.AGAIN, f"answered {status}")
    return Judgement(Verdict.REFUSED, f"refused a request ({status})", tries=3)


class Attempts:
    """Sends requests one after the other, with back-off between failures.

    A wait grows with each failure in a row, whatever request it was, has a random part (so that
    many senders do not come back at once) and is never shorter than the server asked for.

    Args:
        name: Of the output, for logs.
        label: Of the server, for logs and errors.
        config: See ``HttpConfig``.
        counts: Where attempts are counted.
        report: Is told of failures and of their end.
    """

    def __init__(
        self,
        name: str,
        label: str,
        config: HttpConfig,
        counts: PushCounts,
        report: OutputReport,
    ) -> None:
        self._log = structlog.get_logger(__name__).bind(output=name, server=label)
        self._label = label
        self._config = config
        self._counts = counts
        self._report = report
        self._failures = 0
        self._not_before = 0.0
        self.last_error = ""
        """Why the last attempt failed; empty after a success."""

    async def send(
        self,
        send: Callable[[], Awaitable[Reply]],
        judge: Callable[[int], Judgement],
        wanted: Callable[[], bool],
    ) -> tuple[Outcome, Reply | None]:
        """Try until there is an outcome.

        Args:
            send: One attempt; raises ``Unavailable`` if there was no answer.
            judge: What a status means.
            wanted: Whether it should still be tried; asked all the time.

        Raises:
            DauysError: none will be taken any more.
        """
        reached = False
        alike: dict[int, int] = {}
        while True:
            if not await self._wait(wanted):
                return (Outcome.UNKNOWN if reached else Outcome.NEVER_SENT), None
            self._counts.requests += 1
            try:
                reply = await self._attempt(send, wanted)
            except Unavailable as error:
                # A connection may have broken after the server read the request.
                reached |= not isinstance(error, NotReached)
                self._failed(error.message.removeprefix(f"{self._label}: "), None)
                continue
            if reply is None:
                return Outcome.UNKNOWN, None
            judgement = judge(reply.status)
            alike[reply.status] = alike.get(reply.status, 0) + 1
            verdict = judgement.verdict
            if verdict is Verdict.TAKEN:
                self._succeeded()
                return Outcome.TAKEN, reply
            reached |= not 400 <= reply.status < 500
            if verdict is Verdict.AGAIN or alike[reply.status] < judgement.tries:
                self._failed(judgement.reason, reply.retry_after)
            elif verdict is Verdict.REFUSED:
                self._counts.failures += 1
                self.last_error = judgement.reason
                self._report.failing(f"{self._label} {judgement.reason}")
                self._log.warning("push.refused", reason=judgement.reason)
                return Outcome.REFUSED, reply
            else:
                self._counts.failures += 1
                self.last_error = judgement.reason
                raise _error(reply.status, f"{self._label} {judgement.reason}")

    async def _attempt(
        self, send: Callable[[], Awaitable[Reply]], wanted: Callable[[], bool]
    ) -> Reply | None:
        """The answer; None: nobody wants it any more, and the attempt was broken off."""
        attempt = asyncio.ensure_future(send())
        try:
            while not attempt.done():
                await asyncio.wait({attempt}, timeout=_LOOK_SECONDS)
                if not attempt.done() and not wanted():
                    return None
            return attempt.result()
        finally:
            attempt.cancel()
            await asyncio.wait({attempt})
            if not attempt.cancelled():
                attempt.exception()  # of one that was broken off nobody asks

    async def _wait(self, wanted: Callable[[], bool]) -> bool:
        while (left := self._not_before - time.monotonic()) > 0:
            if not wanted():
                return False
            await asyncio.sleep(min(left, _LOOK_SECONDS))
        return wanted()

    def _failed(self, reason: str, retry_after: float | None) -> None:
        self._failures += 1
        self._counts.failures += 1
        self.last_error = reason
        self._report.failing(f"{self._label}: {reason}")
        wait = max(self._config.wait_after(self._failures), retry_after or 0.0)
        self._not_before = time.monotonic() + wait
        if self._failures & (self._failures - 1) == 0:  # the 1st, 2nd, 4th, 8th … in a row
            self._log.warning(
                "push.failed", reason=reason, in_a_row=self._failures, again_in=round(wait, 1)
            )

    def _succeeded(self) -> None:
        self._report.working()
        if self._failures:
            self._log.info("push.recovered", failures=self._failures)
        self._failures = 0
        self._not_before = 0.0
        self.last_error = ""


_Maker = Callable[[str], DauysError]
_ERRORS: Final[dict[int, _Maker]] = {
    401: PermissionDenied,
    403: PermissionDenied,
    404: NotFound,
    410: NotFound,
}


def _error(status: int, message: str) -> DauysError:
    maker: Any = _ERRORS.get(status, FailedPrecondition)
    error: DauysError = maker(message)
    return error
