"""A stand-in of the hub's HTTP API on loopback: real sockets, real range requests."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class HubState:
    """What the stand-in serves and what it saw."""

    files: dict[str, bytes] = field(default_factory=dict)
    break_after: int | None = None
    """Bytes of a body after which the connection is cut; later GETs of it get status 500."""

    gated: bool = False
    ranges: list[str | None] = field(default_factory=list)
    """The Range header of each GET of a file."""

    broken: bool = False
    url: str = ""


@contextmanager
def serve_hub(state: HubState) -> Iterator[HubState]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, body: bool) -> None:
            path = self.path.partition("?")[0]
            if re.fullmatch(r"/api/models/[^/]+/[^/]+/revision/[^/]+", path):
                return self._send(200, json.dumps({"id": "a/b", "sha": COMMIT}).encode(), body)
            found = re.fullmatch(rf"/[^/]+/[^/]+/resolve/{COMMIT}/(.+)", path)
            if state.gated:
                return self._send(403, b"", body, {"X-Error-Code": "GatedRepo"})
            if not found or found[1] not in state.files:
                return self._send(404, b"", body, {"X-Error-Code": "EntryNotFound"})
            return self._file(state.files[found[1]], body)

        def _file(self, data: bytes, body: bool) -> None:
            headers = {
                "ETag": f'"{hashlib.sha256(data).hexdigest()}"',
                "X-Repo-Commit": COMMIT,
                "Accept-Ranges": "bytes",
            }
            if not body:
                return self._send(200, data, body, headers)
            wanted = self.headers.get("Range")
            state.ranges.append(wanted)
            if state.broken:
                return self._send(500, b"", body)
            status = 200
            if wanted:
                start = int(wanted.removeprefix("bytes=").rstrip("-"))
                headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
                data, status = data[start:], 206
            if state.break_after is not None and state.break_after < len(data):
                self._send(status, data, False, headers)
                self.wfile.write(data[: state.break_after])
                self.wfile.flush()
                state.broken = True
                self.close_connection = True
                return None
            return self._send(status, data, body, headers)

        def _send(
            self, status: int, data: bytes, body: bool, headers: dict[str, str] | None = None
        ) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if body:
                self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
