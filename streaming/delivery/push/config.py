"""How others' servers are reached."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from foundation.errors import InvalidArgument

_MOST_CHARACTERS = 4096
"""Of a URL."""


def check_seconds(field_name: str, value: float, least: float, most: float) -> None:
    """A number of seconds within its bounds; NaN is in none.

    Raises:
        InvalidArgument: it is not.
    """
    if not (isinstance(value, int | float) and math.isfinite(value) and least <= value <= most):
        raise InvalidArgument(field_name, f"must be {least:g} to {most:g} seconds")


def check_count(field_name: str, value: int, least: int, most: int) -> None:
    """A whole number within its bounds.

    Raises:
        InvalidArgument: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidArgument(field_name, f"must be a whole number from {least} to {most}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpConfig:
    """Time limits, patience, proxy and trust of requests.

    Raises:
        InvalidArgument: a figure out of its bounds, or a proxy that is none.
    """

    timeout_seconds: float = 10.0
    """For one attempt, from connecting to the end of the answer: 0.1 to 120 s."""

    first_wait_seconds: float = 0.5
    """Before the second attempt; doubles with each further one: 0.01 to 60 s."""

    longest_wait_seconds: float = 30.0
    """No wait of ours is longer (a server's Retry-After may be): up to 3600 s."""

    allowed_hosts: tuple[str, ...] = ()
    """Names, addresses and networks that may be reached although they are private."""

    plain_http: bool = False
    """Take ``http`` addresses: whoever sits between reads text and key."""

    proxy: str | None = field(default=None, repr=False)
    """``http://host:port``, perhaps with ``user:password@``, through which all is sent; where it
    goes is its own affair. No environment variable is read."""

    ca_file: Path | None = None
    """Certificates that are trusted instead of the system's."""

    def __post_init__(self) -> None:
        check_seconds("timeout_seconds", self.timeout_seconds, 0.1, 120)
        check_seconds("first_wait_seconds", self.first_wait_seconds, 0.01, 60)
        check_seconds(
            "longest_wait_seconds", self.longest_wait_seconds, self.first_wait_seconds, 3600
        )
        if self.proxy is not None:
            parts = split_url("proxy", self.proxy, ("http", "https"))
            if parts.path not in ("", "/") or parts.query:
                raise InvalidArgument("proxy", "must be a host and a port only")
        if self.ca_file is not None and not self.ca_file.is_file():
            raise InvalidArgument("ca_file", f"no such file: {self.ca_file}")

    def wait_after(self, failures: int) -> float:
        """Seconds until the next attempt after so many failures in a row, one at least.

        A random part keeps many senders from coming back at once.
        """
        doubled = self.first_wait_seconds * 2.0 ** min(failures - 1, 30)
        return min(doubled, self.longest_wait_seconds) * random.uniform(0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A checked URL. Its path and query may be keys: only ``label`` is for logs and errors."""

    scheme: str
    host: str
    port: int
    path: str = field(repr=False)
    """As it was written, percent-encoded."""
    query: str = field(default="", repr=False)

    @property
    def label(self) -> str:
        """Scheme, host and port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    def target(self, added: str = "", path_end: str = "") -> str:
        """Path and query of a request.

        Args:
            added: More of the query, encoded.
            path_end: More of the path.
        """
        query = "&".join(part for part in (self.query, added) if part)
        return self.path.rstrip("/" if path_end else "") + path_end + (f"?{query}" if query else "")


_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def parse_endpoint(field_name: str, url: str, config: HttpConfig, *, web: bool = True) -> Endpoint:
    """Check a URL without touching the network; errors never repeat it, for it may hold a key.

    Args:
        field_name: For errors.
        url: What the operator wrote.
        config: Says whether a scheme without TLS is wanted.
        web: ``https`` or ``http``; else ``wss`` or ``ws``.

    Raises:
        InvalidArgument: it is none that can be used.
    """
    safe, plain = ("https", "http") if web else ("wss", "ws")
    parts = split_url(field_name, url, (safe, plain))
    if parts.username is not None or parts.password is not None:
        raise InvalidArgument(field_name, "must hold no user name or password")
    if parts.scheme == plain and not config.plain_http:
        raise InvalidArgument(
            field_name, f"is not encrypted: use {safe}, or set plain_http if text may be read"
        )
    port = parts.port or _PORTS[parts.scheme]
    return Endpoint(parts.scheme, parts.hostname or "", port, parts.path or "/", parts.query)


def split_url(field_name: str, url: str, schemes: tuple[str, ...]) -> SplitResult:
    """The parts of a URL of one of these schemes.

    Raises:
        InvalidArgument: it is none; the message does not repeat it.
    """
    if not isinstance(url, str) or not url.strip():
        raise InvalidArgument(field_name, "is empty")
    if len(url) > _MOST_CHARACTERS:
        raise InvalidArgument(field_name, f"must have at most {_MOST_CHARACTERS} characters")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidArgument(field_name, "must be ASCII without spaces (percent-encoded)")
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError as error:
        raise InvalidArgument(field_name, "is no URL") from error
    if parts.scheme not in schemes:
        raise InvalidArgument(field_name, f"must begin with {' or '.join(schemes)}")
    if not parts.hostname:
        raise InvalidArgument(field_name, "names no host")
    if parts.fragment:
        raise InvalidArgument(field_name, "must have no fragment (#)")
    return parts
