"""What every output of a session is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from streaming.session_events import SessionEvent


class Output(Protocol):
    """Brings a session's events to a screen, a file or a service.

    Each output has a subscription and a task of its own: one that is slow or fails never touches
    the session or another output. The events have passed the gate and the output's offset
    (``OutputContext``); ``OutputContext.report`` takes what becomes of cues. Cues carry the feed's
    media time; ``SessionEvent.wall`` says when they were known.
    """

    name: str
    """For logs and operators: ``hls``, ``youtube`` …"""

    async def run(self, events: AsyncIterator[SessionEvent]) -> None:
        """Consume events until the session ends, then finish what is open.

        A fault that may pass is tried again inside, with back-off and a log event, or raised as a
        retryable DauysError: then the output is opened anew after a while. Cancelling ends the
        output at once and leaves nothing half-written.

        Raises:
            DauysError: a fault that does not pass, such as a refused key; or a retryable one.
        """
        ...
