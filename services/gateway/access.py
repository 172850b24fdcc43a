"""Who may do what: operators by token and cookie, viewers by a session's own link."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections import OrderedDict, deque
from enum import Enum
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from services.gateway.errors import Refused
from services.server.auth import is_loopback

COOKIE: Final = "dauys_gateway"
CSRF_HEADER: Final = "x-csrf-token"
_LIFE: Final = 12 * 3600
"""Seconds that a login lasts."""

_TRIES: Final = 10
_TRIES_WITHIN: Final = 60.0
"""Seconds: so many wrong tokens within this time, then no more are looked at."""

_ADDRESSES: Final = 1000
"""Callers whose wrong tokens are counted."""


class Role(Enum):
    """What a caller may do."""

    NOBODY = 0
    VIEWER = 1
    """Look on at one session, as its outputs do."""

    OPERATOR = 2


class Access:
    """Signs and checks cookies, links and CSRF tokens; it keeps no list of them.

    Args:
        token: What operators log in with. Empty: whoever reaches this machine is an operator, and
            only pages of this machine are answered (a foreign name that resolves to loopback is
            refused).
    """

    def __init__(self, token: str) -> None:
        self._token = token
        self._key = hashlib.sha256(b"dauys-gateway\0" + (token.encode() or secrets.token_bytes(32)))
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    @property
    def open(self) -> bool:
        """No token is asked for."""
        return not self._token

    def login(self, token: str, address: str = "") -> str | None:
        """A cookie's value for the right token, else None; ``address`` is the caller's."""
        right = _same(token, self._token)
        if right and not self.open and not self.throttled(address):
            return self._fresh_cookie()
        self._failures.setdefault(address, deque(maxlen=_TRIES)).append(time.monotonic())
        self._failures.move_to_end(address)
        if len(self._failures) > _ADDRESSES:
            self._failures.popitem(last=False)
        return None

    def throttled(self, address: str = "") -> bool:
        """Too many wrong tokens came from this address of late."""
        failures = self._failures.get(address)
        if failures is None or len(failures) < _TRIES:
            return False
        return time.monotonic() - failures[0] < _TRIES_WITHIN

    def role(self, connection: HTTPConnection, session_id: str = "") -> Role:
        """What this caller may do, with one session or at all."""
        given = connection.query_params.get("token", "")
        if session_id and given:
            # An operator who opens a viewer's link sees what viewers see.
            right = _same(given, self.viewer_token(session_id))
            return Role.VIEWER if right else Role.NOBODY
        if self.open or self._bearer(connection) or self._logged_in(connection):
            return Role.OPERATOR
        return Role.NOBODY

    def may_read(self, connection: HTTPConnection, session_id: str, token: str) -> bool:
        """May this caller read a session's files, with a token of the path or as an operator?"""
        return (
            self.open
            or _same(token, self.viewer_token(session_id))
            or self.role(connection) is Role.OPERATOR
        )

    def viewer_token(self, session_id: str) -> str:
        """Lets its holder look on at this session, and nothing else."""
        return self._sign(f"view:{session_id}")

    def csrf_token(self, connection: HTTPConnection) -> str:
        """What a page of this cookie sends with writes; another site cannot read it."""
        return self._sign(f"csrf:{connection.cookies.get(COOKIE, '')}")

    def may_write(self, connection: HTTPConnection) -> bool:
        """Does this write come from a page of ours, or from a program with the token?"""
        if self.role(connection) is not Role.OPERATOR:
            return False
        if self._bearer(connection):
            return True
        given = connection.headers.get(CSRF_HEADER, "")
        return self.same_origin(connection) and _same(given, self.csrf_token(connection))

    def check_operator(self, connection: HTTPConnection) -> None:
        """Refuse whoever is no operator.

        Raises:
            Refused: 401.
        """
        if self.role(connection) is not Role.OPERATOR:
            raise Refused(401, "UNAUTHENTICATED", "log in")

    def check_write(self, connection: HTTPConnection) -> None:
        """Refuse a write that is no operator's, or comes from elsewhere; see ``may_write``.

        Raises:
            Refused: 401 or 403.
        """
        self.check_operator(connection)
        if not self.may_write(connection):
            raise Refused(403, "PERMISSION_DENIED", "the page is too old, or another site's")

    def same_origin(self, connection: HTTPConnection) -> bool:
        """Is there no Origin, or is it this gateway's own?

        Programs send none; browsers send it with every WebSocket and every write.
        """
        origin = connection.headers.get("origin")
        if origin is None:
            return True
        try:
            return urlsplit(origin).netloc == connection.headers.get("host", "")
        except ValueError:  # "http://[" is of nobody
            return False

    def host_allowed(self, connection: HTTPConnection) -> bool:
        """Without a token, only names of this machine are answered (DNS rebinding)."""
        if not self.open:
            return True
        try:
            host = urlsplit(f"//{connection.headers.get('host', '')}").hostname
        except ValueError:  # "[" is no name at all
            return False
        return is_loopback(host or "")

    def _bearer(self, connection: HTTPConnection) -> bool:
        scheme, _, given = connection.headers.get("authorization", "").partition(" ")
        if self.open or scheme.lower() != "bearer":
            return False
        return _same(given, self._token)

    def _logged_in(self, connection: HTTPConnection) -> bool:
        until, _, rest = connection.cookies.get(COOKIE, "").partition(".")
        nonce, _, signature = rest.partition(".")
        if not _same(signature, self._sign(f"cookie:{until}.{nonce}")):
            return False
        return until.isdigit() and int(until) > time.time()

    def _fresh_cookie(self) -> str:
        head = f"{int(time.time()) + _LIFE}.{secrets.token_urlsafe(12)}"
        return f"{head}.{self._sign(f'cookie:{head}')}"

    def _sign(self, what: str) -> str:
        mac = hmac.digest(self._key.digest(), what.encode(), "sha256")
        return base64.urlsafe_b64encode(mac[:18]).decode()


def _same(given: str, right: str) -> bool:
    """Are they equal? How long it takes tells nothing, not even the length."""
    return hmac.compare_digest(_digest(given), _digest(right))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="surrogateescape")).digest()
