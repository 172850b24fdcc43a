"""Live events to browsers: WebSocket, and server-sent events where that does not pass."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, Final

from dauys.client import DauysClientError, NotFoundError
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response, StreamingResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from services.gateway.access import Access, Role
from services.gateway.channel import Viewer
from services.gateway.errors import Refused
from services.gateway.hub import Hub, Hubs
from services.gateway.lines import Line, notice

BEAT_SECONDS: Final = 10.0
"""A viewer hears at least this often from the gateway, so that it notices a dead connection."""

_SEND_SECONDS: Final = 10.0
"""A viewer whose connection takes nothing for so long has stopped reading."""

_CLOSE_SECONDS: Final = 30.0
"""What a viewer that is dropped gets to read why."""


CLOSE_NO_ACCESS: Final = 4401
CLOSE_NO_SESSION: Final = 4404
CLOSE_TOO_SLOW: Final = 4408
CLOSE_UNAVAILABLE: Final = 4503
CLOSE_WRONG: Final = 4400
CLOSE_ENDED: Final = 1000

_BEAT: Final = notice("beat")


class LiveEndpoints:
    """``/v1/sessions/{id}/events``.

    Args:
        hubs: The sessions.
        access: Who may look on.
        beat: Seconds between signs of life.
    """

    def __init__(self, hubs: Hubs, access: Access, beat: float = BEAT_SECONDS) -> None:
        self._hubs = hubs
        self._access = access
        self._beat = beat

    async def websocket(self, socket: WebSocket) -> None:
        """One text message holds one or more lines of JSON, parted by line ends."""
        session_id = socket.path_params["id"]
        if not self._access.host_allowed(socket) or not self._access.same_origin(socket):
            await socket.close()  # before it is accepted: HTTP 403
            return
        await socket.accept()
        try:
            how = self._how(socket, session_id)
            async with self._hubs.looking_on(session_id, **how) as (hub, viewer):
                await self._send(socket, hub, viewer)
        except Refused as refused:
            code = CLOSE_NO_ACCESS if refused.status in (401, 403) else CLOSE_WRONG
            await _close(socket, code, refused.message)
        except NotFoundError:
            await _close(socket, CLOSE_NO_SESSION, "no such session")
        except DauysClientError as error:
            await _close(socket, CLOSE_UNAVAILABLE, error.code)

    async def _send(self, socket: WebSocket, hub: Hub, viewer: Viewer) -> None:
        """Send until the session ends or the viewer goes, is dropped or breaks off."""
        async with asyncio.TaskGroup() as group:
            gone = group.create_task(_until_gone(socket, viewer))
            try:
                async for lines in self._portions(viewer):
                    async with asyncio.timeout(_SEND_SECONDS):
                        await socket.send_text("\n".join(line.text for line in lines))
                if not gone.done():
                    await _close(socket, *_reason(hub, viewer))
            except TimeoutError:
                viewer.dropped = True
                await _close(socket, *_reason(hub, viewer))
            except (WebSocketDisconnect, RuntimeError):
                pass  # It broke off while something was being sent.
            finally:
                gone.cancel()

    async def server_sent(self, request: Request) -> Response:
        """The same lines as server-sent events; ``Last-Event-ID`` resumes."""
        session_id = request.path_params["id"]
        how = self._how(request, session_id)
        await self._hubs.open(session_id)  # What is wrong is said before the stream begins.

        async def body() -> AsyncIterator[str]:
            async with self._hubs.looking_on(session_id, **how) as (hub, viewer):
                async for lines in self._portions(viewer):
                    yield "".join(map(_server_sent, lines))
                code, reason = _reason(hub, viewer)
                end = notice("end", code=code, text=reason, resume_after=viewer.resume_after)
                yield _server_sent(end)

        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(body(), media_type="text/event-stream", headers=headers)

    async def _portions(self, viewer: Viewer) -> AsyncIterator[list[Line]]:
        while True:
            try:
                async with asyncio.timeout(self._beat):
                    lines = await viewer.read()
            except TimeoutError:
                lines = [_BEAT]
            if not lines:
                return
            yield lines

    def _how(self, connection: HTTPConnection, session_id: str) -> dict[str, Any]:
        """How a caller wants to look on.

        Raises:
            Refused: may not, or asks for what there is not.
        """
        role = self._access.role(connection, session_id)
        query = connection.query_params
        operator = query.get("view") == "operator"
        if role is Role.NOBODY or (operator and role is not Role.OPERATOR):
            raise Refused(401, "UNAUTHENTICATED", "log in, or use the session's link")
        tracks = [track for track in query.get("tracks", "").split(",") if track]
        after = connection.headers.get("last-event-id") or query.get("after", "0")
        last = query.get("last", "")
        if not _is_number(after) or not (_is_number(last) or not last):
            raise Refused(400, "INVALID_ARGUMENT", "after and last are whole numbers", "after")
        return {
            "operator": operator,
            "after": int(after),
            "last": int(last) if last else None,
            "tracks": tracks or None,
        }


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 20


async def _until_gone(socket: WebSocket, viewer: Viewer) -> None:
    """Read what a viewer sends, which nobody wants, until it goes."""
    try:
        while True:
            await socket.receive_text()
    except (WebSocketDisconnect, KeyError, RuntimeError):
        viewer.close()


def _reason(hub: Hub, viewer: Viewer) -> tuple[int, str]:
    if viewer.dropped:
        return CLOSE_TOO_SLOW, f"too slow; resume with after={viewer.resume_after}"
    if hub.gone:
        return CLOSE_NO_SESSION, "no such session"
    if hub.state in ("stopped", "failed"):
        return CLOSE_ENDED, "the session has ended"
    return CLOSE_UNAVAILABLE, "the services failed"


async def _close(socket: WebSocket, code: int, reason: str) -> None:
    with contextlib.suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
        async with asyncio.timeout(_CLOSE_SECONDS):
            await socket.close(code, reason)


def _server_sent(line: Line) -> str:
    head = f"id: {line.event_id}\n" if line.event_id else ""
    return f"{head}data: {line.text}\n\n"
