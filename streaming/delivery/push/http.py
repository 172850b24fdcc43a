"""One request to another's server: checked addresses, verified TLS, no redirects, no secrets told.

httpcore2 is the layer beneath httpx2. It is used by itself because its client would log every
URL, key included, and because its network backend is where an address can be checked and connected
to in one step: a name server that answers otherwise the second time changes nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import math
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import unquote

import httpcore2

from foundation.errors import InvalidArgument, Unavailable
from streaming.addresses import is_private, off_loop
from streaming.delivery.push.config import Endpoint, HttpConfig, split_url

_MOST_ANSWER: Final = 4096
"""Bytes of an answer that are read."""

_MOST_ADDRESSES: Final = 4
"""Of one name that are tried."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer."""

    status: int
    body: bytes = field(repr=False)
    """Its first 4 KiB."""

    retry_after: float | None
    """Seconds that the server asks for; None: it said nothing."""

    sent_at: float
    """Unix seconds when the request was begun."""

    took: float
    """Seconds until the answer was there."""

    @property
    def text(self) -> str:
        """The beginning of the body."""
        return self.body.decode("utf-8", "replace").strip()


class NotReached(Unavailable):
    """No connection came about: the server has seen nothing of the request."""


class PrivateAddress(NotReached):
    """A name leads to an address that the operator has not allowed."""


class HttpClient:
    """Sends requests to one endpoint over connections that are kept.

    Args:
        endpoint: Where to.
        config: See ``HttpConfig``.

    Raises:
        InvalidArgument: the host is a private address that is not allowed.
    """

    def __init__(self, endpoint: Endpoint, config: HttpConfig) -> None:
        self.endpoint = endpoint
        self._config = config
        check_literal("url", endpoint.host, config)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls_context(config) if endpoint.scheme == "https" else None,
            proxy=_proxy(config),
            max_connections=2,
            keepalive_expiry=30.0,
            network_backend=None if config.proxy else _CheckedBackend(config),
        )

    async def post(
        self, body: bytes, headers: Mapping[str, str], query: str = "", path_end: str = ""
    ) -> Reply:
        """Send once.

        Raises:
            Unavailable: nobody answered, or not in time; the message holds no secret.
        """
        return await self._request("POST", body, headers, query, path_end)

    async def get(self, query: str = "", path_end: str = "") -> Reply:
        """Ask once.

        Raises:
            Unavailable: see ``post``.
        """
        return await self._request("GET", b"", {}, query, path_end)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._pool.aclose()

    async def _request(
        self, method: str, body: bytes, headers: Mapping[str, str], query: str, path_end: str
    ) -> Reply:
        endpoint = self.endpoint
        url = httpcore2.URL(
            scheme=endpoint.scheme.encode(),
            host=endpoint.host.encode("ascii"),
            port=endpoint.port,
            target=endpoint.target(query, path_end).encode("ascii"),
        )
        default_port = {"http": 80, "https": 443}[endpoint.scheme]
        host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
        sent = {
            "Host": host if endpoint.port == default_port else f"{host}:{endpoint.port}",
            "User-Agent": "Dauys",
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            **headers,
        }
        if method == "POST":
            sent["Content-Length"] = str(len(body))
        limit = self._config.timeout_seconds
        extensions: dict[str, Any] = {
            "timeout": {"connect": limit, "read": limit, "write": limit, "pool": limit}
        }
        sent_at, began = time.time(), time.monotonic()
        try:
            async with (
                asyncio.timeout(limit),
                self._pool.stream(
                    method, url, headers=list(sent.items()), content=body, extensions=extensions
                ) as response,
            ):
                answered = bytearray()
                async for part in response.aiter_stream():
                    answered += part[: _MOST_ANSWER - len(answered)]
                    if len(answered) >= _MOST_ANSWER:
                        break
        except (httpcore2.ConnectError, httpcore2.ConnectTimeout, httpcore2.ProxyError) as error:
            raise NotReached(f"{endpoint.label}: {_reason(error)}") from None
        except (TimeoutError, httpcore2.TimeoutException):
            raise Unavailable(f"{endpoint.label} did not answer within {limit:g} s") from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
            raise Unavailable(f"{endpoint.label}: {_reason(error)}") from None
        took = time.monotonic() - began
        retry_after = _header(response.headers, b"retry-after")
        return Reply(response.status, bytes(answered), read_retry_after(retry_after), sent_at, took)


class _CheckedBackend(httpcore2.AsyncNetworkBackend):
    """Connects to the very addresses that were checked."""

    def __init__(self, config: HttpConfig) -> None:
        self._config = config
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        addresses = await resolve(host, port, self._config)
        # One that never answers (IPv6 that leads nowhere) leaves time for the others.
        share = None if timeout is None else timeout / (len(addresses) + 1)
        failure: Exception | None = None
        for address in addresses:
            try:
                return await self._inner.connect_tcp(
                    address, port, share, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        assert failure is not None, "a name has an address"
        raise failure

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


async def resolve(host: str, port: int, config: HttpConfig) -> list[str]:
    """The addresses of a name, all of them allowed.

    Raises:
        PrivateAddress: one is not.
        NotReached: the name has none.
    """
    try:
        found = await off_loop(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotReached(f"{host} has no address: {_reason(error)}") from None
    addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
    if host not in config.allowed_hosts:
        for address in addresses:
            if is_private(ipaddress.ip_address(address.partition("%")[0]), config.allowed_hosts):
                raise PrivateAddress(
                    f"{host} leads to a private address that is not in allowed_hosts"
                )
    return addresses[:_MOST_ADDRESSES]


def check_literal(field_name: str, host: str, config: HttpConfig) -> None:
    """What can be told of a host without asking a name server.

    Raises:
        InvalidArgument: it is a private address that is not allowed.
    """
    try:
        refused = is_private(ipaddress.ip_address(host), config.allowed_hosts)
    except ValueError:
        local = host == "localhost" or host.endswith(".localhost")
        refused = local and host not in config.allowed_hosts
    if refused:
        raise InvalidArgument(
            field_name, f"{host} is a private address that is not in allowed_hosts"
        )


def tls_context(config: HttpConfig) -> ssl.SSLContext:
    """Verifies the server's certificate and name.

    Raises:
        InvalidArgument: ``ca_file`` holds no certificates.
    """
    if config.ca_file is None:
        return httpcore2.default_ssl_context()
    try:
        return ssl.create_default_context(cafile=config.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise InvalidArgument("ca_file", "holds no certificates in PEM") from error


def _proxy(config: HttpConfig) -> httpcore2.Proxy | None:
    if config.proxy is None:
        return None
    parts = split_url("proxy", config.proxy, ("http", "https"))
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    auth = None
    if parts.username is not None:
        auth = (unquote(parts.username), unquote(parts.password or ""))
    return httpcore2.Proxy(f"{parts.scheme}://{host}:{port}", auth=auth)


def read_retry_after(value: str | None) -> float | None:
    """Seconds of a Retry-After header (RFC 9110 §10.2.3); None if it says nothing that is one.

    An hour is the longest that is believed.
    """
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value), 3600.0)
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    wait = date.timestamp() - time.time()
    return min(max(wait, 0.0), 3600.0) if math.isfinite(wait) else None


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in headers if key.lower() == name), None)


def _reason(error: BaseException) -> str:
    """What went wrong, without anything that the request held."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({cause.verify_message})"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__
