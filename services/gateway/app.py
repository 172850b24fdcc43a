"""The gateway as an ASGI application."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path
from typing import Final
from urllib.parse import quote

from dauys.client import AsyncClient, DauysClientError
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway import errors
from services.gateway.access import Access, Role
from services.gateway.api import Api
from services.gateway.hub import Hubs
from services.gateway.images import ImageEndpoints
from services.gateway.live import LiveEndpoints
from services.gateway.output_files import OutputFiles
from services.gateway.settings import GatewaySettings
from services.gateway.speech import SpeechEndpoints

_STATIC: Final = Path(str(files("services.gateway") / "static"))
_FRAMED: Final = ("/view/", "/overlay/")
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors "
)


def make_app(settings: GatewaySettings, client: AsyncClient) -> Starlette:
    """The application over a client of the services.

    Args:
        settings: Checked by ``GatewaySettings.check``.
        client: Stays the caller's, to be closed after the application's end.
    """
    access = Access(settings.token)
    hubs = Hubs(client, settings.viewer_queue)
    live = LiveEndpoints(hubs, access)
    pages = Pages(access)
    root = settings.outputs_root
    output_files = OutputFiles(root, access) if root is not None else None

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with hubs:
            yield

    return Starlette(
        routes=[
            Route("/", pages.sessions),
            Route("/login", pages.login),
            Route("/speak", pages.speak),
            Route("/images", pages.images),
            Route("/operate/{id}", pages.operate),
            Route("/view/{id}", pages.view),
            Route("/overlay/{id}", pages.overlay),
            Route("/health", _health),
            Route("/v1/sessions/{id}/events", live.server_sent, methods=["GET"]),
            WebSocketRoute("/v1/sessions/{id}/events", live.websocket),
            *Api(client, access, hubs, output_files).routes(),
            *([output_files.route()] if output_files is not None else []),
            *SpeechEndpoints(client, access).routes(),
            *ImageEndpoints(client, access).routes(),
            Mount("/static", StaticFiles(directory=_STATIC), name="static"),
        ],
        middleware=[Middleware(Protection, access=access, settings=settings)],
        exception_handlers={
            DauysClientError: errors.of_services,
            errors.Refused: errors.of_gateway,
        },
        lifespan=lifespan,
    )


class Pages:
    """HTML that holds no data: scripts fetch it, with the caller's rights."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def sessions(self, request: Request) -> Response:
        """All sessions."""
        return self._for_operators(request, "sessions.html")

    async def speak(self, request: Request) -> Response:
        """Voices to try."""
        return self._for_operators(request, "speak.html")

    async def images(self, request: Request) -> Response:
        """Pictures to draw, and the gallery."""
        return self._for_operators(request, "images.html")

    async def operate(self, request: Request) -> Response:
        """The operator's console."""
        return self._for_operators(request, "operator.html")

    async def login(self, request: Request) -> Response:
        """Where the token is asked for."""
        return _page("login.html")

    async def view(self, request: Request) -> Response:
        """A session to read along."""
        return _page("viewer.html")

    async def overlay(self, request: Request) -> Response:
        """A session's text on a live picture."""
        return _page("overlay.html")

    def _for_operators(self, request: Request, name: str) -> Response:
        if self._access.role(request) is not Role.OPERATOR:
            return RedirectResponse(f"/login?next={quote(request.url.path)}", 303)
        return _page(name)


def _page(name: str) -> Response:
    return FileResponse(_STATIC / name, headers={"Cache-Control": "no-cache"})


async def _health(request: Request) -> Response:
    return PlainTextResponse("ok")


class Protection:
    """Refuses foreign host names and sends what tells browsers to be strict."""

    def __init__(self, app: ASGIApp, access: Access, settings: GatewaySettings) -> None:
        self._app = app
        self._access = access
        self._framed_by = " ".join(settings.frame_ancestors) or "'none'"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if not self._access.host_allowed(HTTPConnection(scope)):
            refusal = PlainTextResponse(
                "Open this page as localhost, or set DAUYS_GATEWAY_TOKEN.\n", 421
            )
            await refusal(scope, receive, send)
            return
        framed = self._framed_by if scope["path"].startswith(_FRAMED) else "'none'"

        async def strict(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = _POLICY + framed
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
                headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
                headers.setdefault("Cache-Control", "no-store")
                if scope["path"].startswith("/static/"):
                    headers["Cache-Control"] = "no-cache"
            await send(message)

        await self._app(scope, receive, strict)
