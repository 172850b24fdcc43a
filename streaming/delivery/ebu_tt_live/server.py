"""Takes WebSocket connections: subscribers that get documents, publishers that bring them.

Paths are those of EBU Tech 3370 supplement 1: ``/<sequence>/subscribe`` and
``/<sequence>/publish``, the identifier percent-encoded once.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import http
import ssl
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import structlog
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from foundation.errors import InvalidArgument, Unavailable
from streaming.delivery.ebu_tt_live.config import Listening
from streaming.delivery.ebu_tt_live.quiet import QUIET

_log = structlog.get_logger(__name__)

MOST_BYTES: Final = 1 << 20
"""Of a document; ours have some thousand."""

_QUEUE: Final = 50
"""Documents that a subscriber may be behind."""

_CLOSE_SECONDS: Final = 2.0
"""What a connection gets to take what is queued, and to say goodbye; then it is broken off."""

_HANDSHAKE_SECONDS: Final = 5.0

_UNGREETED: Final = 50
"""Connections beside those that are taken, which have not said yet what they want: each costs a
file descriptor, and sessions in the same process need theirs."""


@dataclass(eq=False, slots=True)
class _Subscriber:
    connection: ServerConnection
    queue: asyncio.Queue[str | None] = field(default_factory=lambda: asyncio.Queue(_QUEUE))


Receiver = Callable[[str, str], None]
"""Takes a sequence identifier and a document; raises InvalidArgument if it is none."""


class DocumentServer:
    """Sends documents to all who subscribe, and takes those that are published.

    Args:
        listening: Where, and from whom.
        offers: Sequences that may be subscribed to.
        relevant: What a late joiner of a sequence is sent first.
        receive: Takes published documents; None: nobody may publish.
        accepts: Sequences that may be published; None: all.
    """

    def __init__(
        self,
        listening: Listening,
        offers: Callable[[str], bool],
        relevant: Callable[[str], Sequence[str]],
        receive: Receiver | None = None,
        accepts: Callable[[str], bool] = lambda sequence: True,
    ) -> None:
        self._listening = listening
        self._offers = offers
        self._relevant = relevant
        self._receive = receive
        self._accepts = accepts
        self._gone: Callable[[str], None] = lambda sequence: None
        self._server: Server | None = None
        self._subscribers: dict[str, set[_Subscriber]] = defaultdict(set)
        self._publishers: Counter[str] = Counter()
        self._connections = 0
        self._known: set[ServerConnection] = set()
        """All, also those that have not said yet what they want."""
        self.dropped = 0
        """Subscribers that were too slow."""

    def on_gone(self, gone: Callable[[str], None]) -> None:
        """Tell when the publisher of a sequence has left."""
        self._gone = gone

    @property
    def port(self) -> int:
        """Where it listens; 0: it does not."""
        if self._server is None:
            return 0
        port: int = next(iter(self._server.sockets)).getsockname()[1]
        return port

    @property
    def subscribers(self) -> int:
        """Of all sequences."""
        return sum(map(len, self._subscribers.values()))

    def publishes(self, sequence: str) -> bool:
        """Somebody is connected who does."""
        return self._publishers[sequence] > 0

    async def start(self) -> None:
        """Listen.

        Raises:
            Unavailable: the port is taken.
            InvalidArgument: the certificate is none.
        """
        listening = self._listening
        tls = _tls(listening)
        counted = partial(_Counted, self._known, listening.most_connections + _UNGREETED)
        options: dict[str, Any] = (
            {} if tls is None else {"ssl_handshake_timeout": _HANDSHAKE_SECONDS}
        )
        try:
            self._server = await serve(
                self._connection,
                listening.host,
                listening.port,
                process_request=self._check,
                ssl=tls,
                max_size=MOST_BYTES,
                max_queue=4,
                compression=None,
                server_header=None,
                logger=QUIET,
                open_timeout=_HANDSHAKE_SECONDS,
                create_connection=counted,  # type: ignore[arg-type]  # it is called only
                **options,
            )
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise Unavailable(f"cannot listen on port {listening.port}: {reason}") from error
        _log.info("ebu_tt_live.listening", host=listening.host, port=self.port)

    async def stop(self) -> None:
        """Let what is queued go out, then close all connections."""
        server, self._server = self._server, None
        if server is None:
            return
        for subscribers in self._subscribers.values():
            for subscriber in subscribers:
                with contextlib.suppress(asyncio.QueueFull):
                    subscriber.queue.put_nowait(None)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                while self.subscribers:  # noqa: ASYNC110 - they leave by themselves
                    await asyncio.sleep(0.01)
        server.close()
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await server.wait_closed()
        except TimeoutError:  # some do not read, or never said what they want
            for connection in list(self._known):
                connection.transport.abort()
            await server.wait_closed()

    def send(self, sequence: str, document: str) -> None:
        """To all subscribers of a sequence; never blocks."""
        for subscriber in list(self._subscribers.get(sequence, ())):
            try:
                subscriber.queue.put_nowait(document)
            except asyncio.QueueFull:
                self._subscribers[sequence].discard(subscriber)  # its connection is closed alone
                # One that reads nothing takes no goodbye, and its place is another's.
                abort = subscriber.connection.transport.abort
                asyncio.get_running_loop().call_later(_CLOSE_SECONDS, abort)
                self.dropped += 1
                _log.warning("ebu_tt_live.subscriber_too_slow", sequence=sequence)

    def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer a handshake that is not for us."""
        if self._listening.token:
            given = request.headers.get("Authorization", "")
            wanted = f"Bearer {self._listening.token}"
            if not hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode()):
                response = connection.respond(http.HTTPStatus.UNAUTHORIZED, "a token is needed\n")
                response.headers["WWW-Authenticate"] = "Bearer"
                return response
        asked = _path(request.path)
        if asked is None:
            return connection.respond(
                http.HTTPStatus.NOT_FOUND, "use /<sequence>/subscribe or /<sequence>/publish\n"
            )
        sequence, action = asked
        if action == "publish" and self._receive is None:
            return connection.respond(http.HTTPStatus.FORBIDDEN, "nothing is taken here\n")
        known = self._offers if action == "subscribe" else self._accepts
        if not known(sequence):
            return connection.respond(http.HTTPStatus.NOT_FOUND, "no such sequence\n")
        if self._connections >= self._listening.most_connections:
            return connection.respond(http.HTTPStatus.SERVICE_UNAVAILABLE, "too many\n")
        return None

    async def _connection(self, connection: ServerConnection) -> None:
        request = connection.request
        asked = _path(request.path) if request is not None else None
        assert asked is not None, "checked at the handshake"
        sequence, action = asked
        self._connections += 1
        try:
            if action == "subscribe":
                await self._serve_subscriber(connection, sequence)
            else:
                await self._serve_publisher(connection, sequence)
        except ConnectionClosed:
            return
        finally:
            self._connections -= 1

    async def _serve_subscriber(self, connection: ServerConnection, sequence: str) -> None:
        subscriber = _Subscriber(connection)
        for document in self._relevant(sequence)[-_QUEUE:]:
            subscriber.queue.put_nowait(document)
        subscribers = self._subscribers[sequence]
        subscribers.add(subscriber)
        sender = asyncio.create_task(self._send_all(subscriber, subscribers))
        try:
            async for _ in connection:
                await connection.close(1003, "a subscriber sends nothing")
        finally:
            subscribers.discard(subscriber)
            sender.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionClosed):
                await sender

    async def _send_all(self, subscriber: _Subscriber, subscribers: set[_Subscriber]) -> None:
        connection = subscriber.connection
        while (document := await subscriber.queue.get()) is not None:
            if subscriber not in subscribers:
                await connection.close(1008, "too slow")
                return
            await connection.send(document)
        subscribers.discard(subscriber)
        await connection.close(1001, "the sequence ends")

    async def _serve_publisher(self, connection: ServerConnection, sequence: str) -> None:
        assert self._receive is not None, "checked at the handshake"
        _log.info("ebu_tt_live.publisher_came", sequence=sequence)
        self._publishers[sequence] += 1
        try:
            async for message in connection:
                if isinstance(message, bytes):
                    await connection.close(1003, "documents are text")
                    return
                try:
                    self._receive(sequence, message)
                except InvalidArgument as error:
                    _log.warning("ebu_tt_live.refused", sequence=sequence, reason=str(error))
                    await connection.close(1007, str(error)[:120])
                    return
        finally:
            _log.info("ebu_tt_live.publisher_left", sequence=sequence)
            self._publishers[sequence] -= 1
            if not self._publishers[sequence]:
                del self._publishers[sequence]  # any name may be published to
            self._gone(sequence)


class _Counted(ServerConnection):
    """A connection that is known before it has said a word; broken off where there are too many.

    Args:
        known: Of the server; it is put there while it lasts.
        most: That there may be.
    """

    def __init__(
        self, known: set[ServerConnection], most: int, *arguments: Any, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self._known = known
        self._most = most

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._known.add(self)
        if len(self._known) > self._most:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._known.discard(self)
        super().connection_lost(exc)


def _path(path: str) -> tuple[str, str] | None:
    parts = urlsplit(path).path.split("/")
    if len(parts) != 3 or parts[0] or parts[2] not in ("subscribe", "publish"):
        return None
    sequence = unquote(parts[1], errors="replace")
    return (sequence, parts[2]) if sequence else None


def _tls(listening: Listening) -> ssl.SSLContext | None:
    if listening.certificate is None or listening.key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(listening.certificate, listening.key)
    except (OSError, ssl.SSLError) as error:
        raise InvalidArgument("certificate", "certificate and key do not fit") from error
    return context
