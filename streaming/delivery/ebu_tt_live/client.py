"""Connects to other nodes: to bring them documents, or to have theirs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Final
from urllib.parse import quote

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from foundation.errors import InvalidArgument, PermissionDenied, Unavailable
from streaming.delivery.context import NoReport, OutputReport
from streaming.delivery.ebu_tt_live.quiet import QUIET
from streaming.delivery.ebu_tt_live.server import MOST_BYTES, Receiver
from streaming.delivery.push.config import Endpoint, HttpConfig
from streaming.delivery.push.http import check_literal, resolve, tls_context

_log = structlog.get_logger(__name__)

_QUEUE: Final = 50


class NodeLink:
    """A connection to one node for one sequence, made anew when it breaks.

    Args:
        endpoint: The node.
        sequence: Identifier.
        action: ``publish`` or ``subscribe``.
        config: Time limits, patience, trust.
        token: Brought as ``Authorization: Bearer``; empty: none.
        report: Is told of failures and their end.
        gone: Told when a connection that had come about is over.

    Raises:
        InvalidArgument: the node is a private address that is not allowed.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        sequence: str,
        action: str,
        config: HttpConfig,
        token: str = "",
        report: OutputReport | None = None,
        gone: Callable[[], None] = lambda: None,
    ) -> None:
        check_literal("publish" if action == "publish" else "sources", endpoint.host, config)
        self._endpoint = endpoint
        self._sequence = sequence
        self._config = config
        self._token = token
        self._report = report or NoReport()
        self._gone = gone
        path = endpoint.target(path_end=f"/{quote(sequence, safe='')}/{action}")
        self._url = endpoint.label + path
        self._log = _log.bind(node=endpoint.label, sequence=sequence)
        self._connection: ClientConnection | None = None
        self._queue: asyncio.Queue[str | None] = asyncio.Queue(_QUEUE)
        self._relevant: Callable[[], Sequence[str]] = tuple
        self._end = asyncio.Event()
        self.dropped = 0
        """Documents that a slow node did not get."""

    @property
    def connected(self) -> bool:
        """It works now."""
        return self._connection is not None

    def send(self, document: str) -> None:
        """Queue a document; nothing while the node is away, for it gets what matters later."""
        if self._connection is None:
            return
        try:
            self._queue.put_nowait(document)
        except asyncio.QueueFull:
            self.dropped += 1

    def end(self) -> None:
        """Close when what is queued was sent."""
        self._end.set()
        with contextlib.suppress(asyncio.QueueFull):
            self._queue.put_nowait(None)

    async def publish(self, relevant: Callable[[], Sequence[str]]) -> None:
        """Send what is queued until ``end``.

        Args:
            relevant: What a node that was away is sent first.

        Raises:
            PermissionDenied: the node refuses the token.
        """
        self._relevant = relevant
        await self._keep(self._publish)

    async def subscribe(self, receive: Receiver) -> None:
        """Hand on what comes until ``end``.

        Raises:
            PermissionDenied: the node refuses the token.
        """

        async def read(connection: ClientConnection) -> bool:
            async for message in connection:
                if isinstance(message, bytes):
                    await connection.close(1003, "documents are text")
                    return False
                try:
                    receive(self._sequence, message)
                except InvalidArgument as error:
                    self._log.warning("ebu_tt_live.refused", reason=str(error))
                    await connection.close(1007, str(error)[:120])
                    return False
            return False

        await self._keep(read)

    async def _publish(self, connection: ClientConnection) -> bool:
        while not self._queue.empty():
            self._queue.get_nowait()  # of before: what still matters of it is in ``relevant``
        for relevant in self._relevant():
            await connection.send(relevant)
        watching = asyncio.create_task(connection.wait_closed())
        taking: asyncio.Task[str | None] | None = None
        try:
            while not (self._end.is_set() and self._queue.empty()):
                taking = asyncio.create_task(self._queue.get())
                await asyncio.wait({taking, watching}, return_when=asyncio.FIRST_COMPLETED)
                if not taking.done():
                    return False
                document = taking.result()
                if document is not None:
                    await connection.send(document)
            return True
        finally:
            for task in (watching, taking):
                if task is not None:
                    task.cancel()

    async def _keep(self, use: Callable[[ClientConnection], Awaitable[bool]]) -> None:
        failures = 0
        while True:
            try:
                async with self._connect(failures) as connection:
                    self._connection = connection
                    self._log.info("ebu_tt_live.connected")
                    self._report.working()
                    failures = 0
                    if await use(connection):
                        return
                    reason = "the connection was closed"
            except InvalidStatus as error:
                status = error.response.status_code
                if status in (401, 403):
                    raise PermissionDenied(
                        f"{self._endpoint.label} refuses the token ({status})"
                    ) from None
                reason = f"answered {status}"
            except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed, EOFError) as error:
                reason = _reason(error)
            except Unavailable as error:
                reason = error.message
            except ValueError:  # how the library refuses redirects to elsewhere
                reason = "redirects to elsewhere, which is not followed"
            finally:
                if self._connection is not None:
                    self._connection = None
                    self._gone()
            failures += 1
            self._report.failing(f"{self._endpoint.label}: {reason}")
            if failures & (failures - 1) == 0:
                self._log.warning("ebu_tt_live.disconnected", reason=reason, in_a_row=failures)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._config.wait_after(failures)):
                    await self._end.wait()
            if self._end.is_set():
                return

    @contextlib.asynccontextmanager
    async def _connect(self, attempt: int) -> AsyncIterator[ClientConnection]:
        config, endpoint = self._config, self._endpoint
        options: dict[str, Any] = {}
        if config.proxy is None:
            # The very address that was checked is connected to.
            addresses = await resolve(endpoint.host, endpoint.port, config)
            options |= {"host": addresses[attempt % len(addresses)], "port": endpoint.port}
        if endpoint.scheme == "wss":
            options |= {"ssl": tls_context(config), "server_hostname": endpoint.host}
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        async with connect(
            self._url,
            additional_headers=headers,
            proxy=config.proxy,
            open_timeout=config.timeout_seconds,
            close_timeout=2,
            max_size=MOST_BYTES,
            compression=None,
            user_agent_header="Dauys",
            logger=QUIET,
            **options,
        ) as connection:
            yield connection


def _reason(error: BaseException) -> str:
    if isinstance(error, ConnectionClosed):
        return "the connection broke"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
