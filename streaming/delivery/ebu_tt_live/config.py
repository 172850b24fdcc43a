"""Where EBU-TT Live goes, and how it is timed."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from foundation.errors import InvalidArgument
from streaming.delivery.push.config import (
    Endpoint,
    HttpConfig,
    check_count,
    check_seconds,
    parse_endpoint,
)
from streaming.formats.ttml.config import Place
from streaming.formats.ttml.live_writer import LiveSequence

Timing: TypeAlias = Literal["implicit", "clock", "media"]


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a node takes connections, and from whom."""

    host: str
    port: int
    token: str = field(default="", repr=False)
    certificate: Path | None = None
    key: Path | None = None
    most_connections: int = 20


def parse_listen(
    listen: str,
    *,
    token: str,
    certificate: Path | None,
    key: Path | None,
    insecure: bool,
    most_connections: int,
) -> Listening:
    """Check where a node should listen.

    Args:
        listen: ``host:port``; an IPv6 address in brackets; port 0: any that is free.
        token: That connections must bring; empty: none.
        certificate: PEM file, chain included; None: no TLS.
        key: PEM file of its key.
        insecure: Off loopback, too, no token and no TLS are needed.
        most_connections: At a time.

    Raises:
        InvalidArgument: it is no such place, or others could look on.
    """
    host, colon, port = listen.rpartition(":")
    host = host.strip("[]")
    if not colon or not host or not re.fullmatch("[0-9]{1,5}", port) or int(port) > 65535:
        raise InvalidArgument("listen", "must be host:port")
    if (certificate is None) != (key is None):
        raise InvalidArgument("certificate", "certificate and key go together")
    for path in (certificate, key):
        if path is not None and not path.is_file():
            raise InvalidArgument("certificate", f"no such file: {path}")
    if not _is_loopback(host) and not insecure and not (token and certificate):
        raise InvalidArgument(
            "listen", "off loopback a token and a certificate are needed, or insecure"
        )
    if token and (not token.isascii() or not token.isprintable() or " " in token):
        raise InvalidArgument("token", "must be ASCII without spaces")
    check_count("most_connections", most_connections, 1, 1000)
    return Listening(host, int(port), token, certificate, key, most_connections)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class EbuTtLiveConfig(HttpConfig):
    """An EBU-TT Live output: a server that subscribers connect to, nodes that it sends to, or both.

    Raises:
        InvalidArgument: a figure out of its bounds, or nowhere to go.
    """

    listen: str = ""
    """``host:port``: subscribers connect to ``ws://host:port/<sequence>/subscribe``."""

    publish: tuple[str, ...] = ()
    """``wss://`` addresses of nodes; documents go to ``<address>/<sequence>/publish``."""

    sequence: str = ""
    """Sequences are named ``<sequence>-<track>``; empty: the session's id."""

    timing: Timing = "clock"
    """``clock``: documents begin at a UTC time; ``media``: at a time of the feed; ``implicit``: as
    soon as they are there. Text that is late begins when it is there in any case; give the output
    an offset to have it in time."""

    authors_group: str = ""
    """Of this engine and its backups, for a handover manager."""

    control_token: int = 1
    """Of this engine; the greatest of the group is selected."""

    place: Literal["bottom", "top"] = "bottom"
    """Where text stands."""

    least_seconds: float = 1.0
    """A document is not replaced by the next cue sooner: 0 to 5 s."""

    token: str = field(default="", repr=False)
    """Taken from subscribers and given to nodes, as ``Authorization: Bearer``."""

    certificate: Path | None = None
    """PEM file for ``wss`` subscribers."""

    key: Path | None = None
    """PEM file of its key."""

    insecure: bool = False
    """Let anybody on the network subscribe, and look on."""

    most_connections: int = 20
    """Subscribers at a time."""

    def __post_init__(self) -> None:
        HttpConfig.__post_init__(self)
        if not self.listen and not self.publish:
            raise InvalidArgument("listen", "says nowhere to go; nor does publish")
        if self.listen:
            self.listening()
        self.endpoints()
        if self.timing not in ("implicit", "clock", "media"):
            raise InvalidArgument("timing", f"{self.timing!r} is not implicit, clock or media")
        if self.place not in ("bottom", "top"):
            raise InvalidArgument("place", f"{self.place!r} is not bottom or top")
        LiveSequence(self.sequence or "any", "", "clock", self.authors_group, self.control_token)
        check_seconds("least_seconds", self.least_seconds, 0, 5)

    def listening(self) -> Listening:
        """Where subscribers connect.

        Raises:
            InvalidArgument: see ``parse_listen``.
        """
        return parse_listen(
            self.listen,
            token=self.token,
            certificate=self.certificate,
            key=self.key,
            insecure=self.insecure,
            most_connections=self.most_connections,
        )

    def endpoints(self) -> list[Endpoint]:
        """Nodes that documents go to.

        Raises:
            InvalidArgument: an address is none.
        """
        endpoints = [parse_endpoint("publish", url, self, web=False) for url in self.publish]
        if any(endpoint.query for endpoint in endpoints):
            raise InvalidArgument("publish", "must have no query")
        return endpoints

    @property
    def screen_place(self) -> Place:
        """Where cues stand."""
        return Place(self.place)
