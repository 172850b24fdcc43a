"""Runs the gateway: beside the gRPC services, or on another machine."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Iterator

import structlog
import uvicorn
from dauys.client import AsyncClient, Tls

from foundation.errors import InvalidArgument, Unavailable
from services.gateway.app import make_app
from services.gateway.settings import GatewaySettings

_log = structlog.get_logger(__name__)

_DRAIN_SECONDS = 3


class _Server(uvicorn.Server):
    """Tells when it listens, and leaves signals to its owner."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@contextlib.asynccontextmanager
async def running_gateway(settings: GatewaySettings) -> AsyncIterator[str]:
    """Serve the pages meanwhile; yields their address.

    Raises:
        FailedPrecondition: off loopback without a token or TLS.
        InvalidArgument: a setting is wrong.
        Unavailable: the port is taken.
    """
    settings.check()
    listener = _listen(settings)
    secure = settings.tls_certificate is not None
    async with AsyncClient(
        settings.server, api_key=settings.server_api_key or None, tls=_tls(settings)
    ) as client:
        server = _Server(
            uvicorn.Config(
                make_app(settings, client),
                ws="websockets-sansio",
                # Lines are short: compressing each for each viewer costs more than it saves.
                ws_per_message_deflate=False,
                ws_max_size=16 * 1024,
                log_config=None,
                log_level="warning",
                access_log=False,  # Addresses hold the links' tokens.
                server_header=False,
                timeout_graceful_shutdown=_DRAIN_SECONDS,
                ssl_certfile=settings.tls_certificate,
                ssl_keyfile=settings.tls_key,
            )
        )
        serving = asyncio.create_task(server.serve([listener]), name="gateway")
        listening = asyncio.create_task(server.listening.wait())
        try:
            await asyncio.wait({serving, listening}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                serving.result()
                raise Unavailable("the gateway could not start")
            scheme = "https" if secure else "http"
            host = f"[{settings.host}]" if ":" in settings.host else settings.host
            address = f"{scheme}://{host}:{listener.getsockname()[1]}"
            _log.info("gateway.started", address=address, services=settings.server)
            yield address
        finally:
            listening.cancel()
            server.should_exit = True
            await asyncio.wait({serving})
            listener.close()
            _log.info("gateway.stopped")


async def serve(settings: GatewaySettings) -> None:
    """Run the gateway until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running_gateway(settings):
        await stop.wait()


def _listen(settings: GatewaySettings) -> socket.socket:
    try:
        return socket.create_server(
            (settings.host, settings.port),
            family=socket.AF_INET6 if ":" in settings.host else socket.AF_INET,
            backlog=512,
        )
    except OSError as error:
        raise Unavailable(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}"
        ) from error


def _tls(settings: GatewaySettings) -> Tls | None:
    if not settings.server_tls and settings.server_tls_root is None:
        return None
    if settings.server_tls_root is None:
        return Tls()
    try:
        return Tls(settings.server_tls_root.read_bytes())
    except OSError as error:
        raise InvalidArgument("DAUYS_GATEWAY_SERVER_TLS_ROOT", str(error)) from error
