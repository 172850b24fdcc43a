"""A handover manager as a node on the network."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import inf
from pathlib import Path
from typing import Final

from foundation.errors import InvalidArgument
from streaming.delivery.ebu_tt_live.client import NodeLink
from streaming.delivery.ebu_tt_live.config import Listening, parse_listen
from streaming.delivery.ebu_tt_live.handover import HandoverManager, Received, parse_document
from streaming.delivery.ebu_tt_live.server import DocumentServer
from streaming.delivery.push.config import Endpoint, HttpConfig, check_seconds, parse_endpoint
from streaming.formats.ttml.clock import PARAMETER, Clock

_KEPT: Final = 20
_GRACE_SECONDS: Final = 1.0
"""For a publisher that is gone to come back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverConfig(HttpConfig):
    """What a handover manager listens to and what it makes.

    Raises:
        InvalidArgument: a figure out of its bounds, or a name or place that is none.
    """

    listen: str
    """``host:port``: engines publish at ``/<their sequence>/publish``, subscribers find
    ``/<output>/subscribe``."""

    group: str
    """The authors' group."""

    output: str
    """The sequence that is made."""

    sources: tuple[str, ...] = ()
    """Engines that are connected to, as ``wss://host:port/<sequence>``: those that listen
    themselves."""

    silence_seconds: float = 10.0
    """See ``HandoverManager``: 0, or 1 to 300 s."""

    token: str = field(default="", repr=False)
    """Taken from all who connect, given to ``sources``."""

    certificate: Path | None = None
    key: Path | None = None
    insecure: bool = False
    most_connections: int = 20

    def __post_init__(self) -> None:
        HttpConfig.__post_init__(self)
        self.listening()
        self.endpoints()
        if not self.group:
            raise InvalidArgument("group", "is empty")
        if not self.output:
            raise InvalidArgument("output", "is empty")
        if self.silence_seconds != 0:
            check_seconds("silence_seconds", self.silence_seconds, 1, 300)

    def listening(self) -> Listening:
        """Where it listens."""
        return parse_listen(
            self.listen,
            token=self.token,
            certificate=self.certificate,
            key=self.key,
            insecure=self.insecure,
            most_connections=self.most_connections,
        )

    def endpoints(self) -> list[tuple[Endpoint, str]]:
        """Nodes and sequences that are connected to."""
        found = []
        for source in self.sources:
            address, _, sequence = source.rpartition("/")
            if not sequence or address.endswith("/"):
                raise InvalidArgument("sources", "must be wss://host:port/<sequence>")
            found.append((parse_endpoint("sources", address, self, web=False), sequence))
        return found


class HandoverNode:
    """Takes the sequences of a group of engines and serves one.

    Args:
        config: See ``HandoverConfig``.
        now: Unix seconds.
    """

    def __init__(self, config: HandoverConfig, now: Callable[[], float] = time.time) -> None:
        self._config = config
        self.manager = HandoverManager(config.group, config.output, config.silence_seconds, now)
        self._now = now
        self._shown: deque[tuple[float, str]] = deque(maxlen=_KEPT)
        """Documents that a late joiner may need, and until when."""
        self._leaving: set[asyncio.TimerHandle] = set()
        self._server = DocumentServer(
            config.listening(),
            lambda name: name == config.output,
            lambda name: self._relevant(),
            self._receive,
            lambda name: name != config.output,
        )
        self._server.on_gone(self._left)
        self._links = {
            sequence: NodeLink(
                endpoint,
                sequence,
                "subscribe",
                config,
                config.token,
                gone=partial(self._left, sequence),
            )
            for endpoint, sequence in config.endpoints()
        }

    @property
    def port(self) -> int:
        """Where it listens; 0: not yet."""
        return self._server.port

    async def run(self) -> None:
        """Hand over until cancelled.

        Raises:
            Unavailable: the port is taken.
            PermissionDenied: a source refuses the token.
        """
        await self._server.start()
        try:
            async with asyncio.TaskGroup() as group:
                for link in self._links.values():
                    group.create_task(link.subscribe(self._receive))
                await asyncio.Event().wait()
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        finally:
            for timer in self._leaving:
                timer.cancel()
            await self._server.stop()

    def _receive(self, sequence: str, text: str) -> None:
        emitted = self.manager.receive(text, sequence)
        if emitted is None:
            return
        document = parse_document(emitted)
        if not document.letters:
            self._shown.clear()
        else:
            self._shown.append((self._now() + shown_seconds(document, self._now()), emitted))
        self._server.send(self._config.output, emitted)

    def _relevant(self) -> Sequence[str]:
        now = self._now()
        return [text for until, text in self._shown if until > now]

    def _left(self, sequence: str) -> None:
        """A connection that only broke may come back before anything is selected anew."""

        def lose() -> None:
            self._leaving.discard(timer)
            link = self._links.get(sequence)
            if not self._server.publishes(sequence) and not (link and link.connected):
                self.manager.lose(sequence)

        timer = asyncio.get_running_loop().call_later(_GRACE_SECONDS, lose)
        self._leaving.add(timer)


def shown_seconds(document: Received, now: float) -> float:
    """How long from now a document is on the screen at most; infinite if it does not say."""
    body = document.root.find("{http://www.w3.org/ns/ttml}body")
    if body is None:
        return 0.0
    try:
        duration = body.get("dur")
        if duration is None:
            return inf
        begin = body.get("begin")
        until = 0.0
        if begin is not None and document.root.get(f"{PARAMETER}timeBase") == "clock":
            # Half a day is as far ahead as a time of day can tell.
            ahead = (float(Clock().read(begin)) - now) % 86_400
            until = ahead if ahead < 43_200 else 0.0
        return until + float(Clock().read(duration))
    except InvalidArgument:
        return inf  # of others: we write none like it
