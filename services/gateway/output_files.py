"""Files of sessions' outputs, for players: HLS and DASH as they stand on the disk."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from services.gateway.access import Access
from services.gateway.errors import Refused

_TYPES: Final = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mpd": "application/dash+xml",
    ".vtt": "text/vtt; charset=utf-8",
    ".ts": "video/mp2t",
    ".mp4": "video/mp4",
    ".m4s": "video/iso.segment",
    ".cmfv": "video/mp4",
    ".cmfa": "audio/mp4",
    ".cmft": "application/mp4",
    ".ttml": "application/ttml+xml",
}
"""What is served, and as what; other files are not outputs."""

_CHANGING: Final = (".m3u8", ".mpd")
_CACHE: Final = {True: "max-age=1", False: "max-age=60"}
_CROSS_ORIGIN: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Range",
    "Access-Control-Expose-Headers": "Content-Length, Content-Range, Date",  # a clock for DASH
    "Cross-Origin-Resource-Policy": "cross-origin",
}
ANYBODY: Final = "open"
"""Stands for the token where none is asked for."""


class OutputFiles:
    """``/outputs/SESSION/TOKEN/…``: what the session's outputs wrote.

    The token of a viewer's link stands in the path, so that what a playlist names has it, too.

    Args:
        root: The services' folder for outputs.
        access: Who may read.
    """

    def __init__(self, root: Path, access: Access) -> None:
        self._root = root.resolve()
        self._access = access

    def route(self) -> Route:
        """For GET, HEAD and a browser's question before them."""
        methods = ["GET", "HEAD", "OPTIONS"]
        return Route("/outputs/{id}/{token}/{path:path}", self.file, methods=methods)

    async def file(self, request: Request) -> Response:
        """A file, or a part of it."""
        session_id, token = request.path_params["id"], request.path_params["token"]
        if not self._access.may_read(request, session_id, token):
            raise Refused(401, "UNAUTHENTICATED", "use the session's link")
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_CROSS_ORIGIN)
        found = await asyncio.to_thread(self._find, session_id, request.path_params["path"])
        if found is None:
            raise Refused(404, "NOT_FOUND", "no such file")
        path, status = found
        changing = path.suffix in _CHANGING
        headers = {"Cache-Control": _CACHE[changing], **_CROSS_ORIGIN}
        kind = _TYPES[path.suffix]
        if not changing:
            return FileResponse(path, headers=headers, media_type=kind, stat_result=status)
        # Another may take its place at any moment, longer or shorter than was just told.
        try:
            content = await asyncio.to_thread(path.read_bytes)
        except OSError:
            raise Refused(404, "NOT_FOUND", "no such file") from None
        return Response(content, headers=headers, media_type=kind)

    def _find(self, session_id: str, rest: str) -> tuple[Path, os.stat_result] | None:
        parts = [session_id, *rest.split("/")]
        if any(not part or part.startswith(".") or not part.isprintable() for part in parts):
            return None
        if "\\" in rest or "\\" in session_id:
            return None
        try:
            path = self._root.joinpath(*parts).resolve(strict=True)
            status = path.stat()
        except (OSError, ValueError):
            return None
        inside = path.is_relative_to(self._root / session_id)
        if not inside or path.suffix not in _TYPES or not path.is_file():
            return None
        return path, status

    def address(self, session_id: str, path: str) -> str:
        """Where players find a file; ``path`` is below the root, the session's id first."""
        token = ANYBODY if self._access.open else self._access.viewer_token(session_id)
        return f"/outputs/{session_id}/{token}/{path.removeprefix(f'{session_id}/')}"
