"""What a feed URL may be, and how ffmpeg must open it."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import SplitResult, parse_qsl, urlsplit

from foundation.errors import InvalidArgument, NotFound, Unavailable
from streaming.addresses import IPAddress, is_listed, is_private

MAX_URL_LENGTH: Final = 2048

_UDP_OPTIONS = frozenset(
    {"localaddr", "reuse", "buffer_size", "fifo_size", "overrun_nonfatal", "pkt_size", "ttl"}
    | {"sources", "block", "timeout"}
)
_SRT_OPTIONS = frozenset(
    {"mode", "latency", "rcvlatency", "peerlatency", "passphrase", "pbkeylen", "streamid"}
    | {"srt_streamid", "connect_timeout", "listen_timeout", "timeout", "transtype", "pkt_size"}
    | {"maxbw", "tlpktdrop", "enforced_encryption", "mss", "ffs", "lossmaxttl"}
)
_HTTP_FORMATS = "hls,mpegts,aac,mp3,mov,matroska,flac,ogg,wav,flv,ac3,eac3,webvtt"


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a URL scheme is treated."""

    protocols: str
    """ffmpeg's protocol whitelist."""

    stall_seconds: float
    """Silence of the network for so long means that the feed is lost."""

    query_options: frozenset[str] | None = None
    """Query parameters that may be given: ffmpeg takes them as options. None: any."""

    needs_port: bool = False

    ends: bool = False
    """A clean end of the stream is the feed's end (a recording served over HTTP)."""

    transport_stream: bool = False
    """What it carries is MPEG-TS."""


SCHEMES: Final[dict[str, Scheme]] = {
    "srt": Scheme("srt", 4.0, _SRT_OPTIONS, needs_port=True, transport_stream=True),
    "udp": Scheme("udp", 2.0, _UDP_OPTIONS, needs_port=True, transport_stream=True),
    "rtp": Scheme("rtp,udp", 2.0, _UDP_OPTIONS, needs_port=True, transport_stream=True),
    "rtmp": Scheme("rtmp,tcp", 5.0),
    "rtmps": Scheme("rtmps,tls,tcp", 5.0),
    "http": Scheme("http,https,tcp,tls,crypto", 30.0, ends=True),
    "https": Scheme("https,http,tcp,tls,crypto", 30.0, ends=True),
}

Origin = Literal["local", "remote"]


@dataclass(frozen=True, slots=True)
class Source:
    """A checked source."""

    url: str = field(repr=False)
    """As ffmpeg must be given it; options and paths may be keys."""

    scheme: Scheme | None
    """None: a file or standard input."""

    host: str = ""
    path: Path | None = None
    """Of a file."""

    listens: bool = False
    """We wait for the sender, however long it takes."""

    @property
    def is_stdin(self) -> bool:
        """Our own standard input is read."""
        return self.scheme is None and self.path is None

    def input_options(self, realtime: bool) -> dict[str, Any]:
        """Options of ffmpeg's input, without dashes."""
        if self.scheme is None:
            options: dict[str, Any] = {"protocol_whitelist": "pipe" if self.is_stdin else "file"}
            if realtime:
                options |= {"readrate": 1, "readrate_initial_burst": 0.001}
            return options
        options = {"protocol_whitelist": self.scheme.protocols}
        if self.scheme.ends:
            return options | {"format_whitelist": _HTTP_FORMATS, "rw_timeout": 20_000_000}
        # A short look at the stream: enough for a full-rate multiplex, half a second at most.
        options |= {"fflags": "nobuffer", "probesize": 1_000_000, "analyzeduration": 500_000}
        if self.scheme.transport_stream:
            options["format"] = "mpegts"
        if self.url.startswith("udp:"):
            options |= {"overrun_nonfatal": 1, "fifo_size": 50_000}
        return options


def parse_source(url: str, origin: Origin, allowed_hosts: tuple[str, ...]) -> Source:
    """Check a URL without touching disk or network.

    Raises:
        InvalidArgument: field ``url``.
    """
    if not url.strip():
        raise _refused("is empty")
    if len(url) > MAX_URL_LENGTH:
        raise _refused(f"has {len(url)} characters, at most {MAX_URL_LENGTH} are allowed")
    if any(ord(character) < 32 or 127 <= ord(character) < 160 for character in url):
        raise _refused("has a control character")
    if "://" not in url or url.lower().startswith("file:"):
        if origin == "remote":
            raise _refused(f"must be one of {', '.join(SCHEMES)}; files are not read for you")
        if url == "-":
            return Source("pipe:0", None)
        path = Path(re.sub(r"^file:(//)?", "", url, flags=re.IGNORECASE))
        # The prefix keeps ffmpeg from reading a protocol into an odd file name.
        return Source(f"file:{path}", None, path=path)
    return _parse_network(url, origin, allowed_hosts)


def _parse_network(url: str, origin: Origin, allowed_hosts: tuple[str, ...]) -> Source:
    name = url.partition("://")[0].lower()
    scheme = SCHEMES.get(name)
    if scheme is None:
        raise _refused(f"unknown scheme {name!r}; use {', '.join(SCHEMES)}, a file or -")
    if re.search(r"[\s\\|]", url):
        raise _refused("has a space, backslash or bar: write them percent-encoded")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused(str(error)) from error
    if scheme.needs_port and not port:
        raise _refused("needs a port, as in " + f"{name}://host:5000")
    _check_query(name, scheme, parts)
    host = parts.hostname or ""
    listens = name in ("udp", "rtp") or "mode=listener" in parts.query
    if not host and not listens:
        raise _refused("names no host")
    if origin == "remote":
        if listens and not is_listed(host or "0.0.0.0", allowed_hosts):
            raise _refused(f"opens a port of this machine; {host or '0.0.0.0'} is not allowed here")
        _check_host(host or "0.0.0.0", allowed_hosts)
    return Source(f"{name}://{url.partition('://')[2]}", scheme, host, listens=listens)


def _check_query(name: str, scheme: Scheme, parts: SplitResult) -> None:
    if scheme.query_options is None:
        return
    for key, _ in parse_qsl(parts.query, keep_blank_values=True):
        if key not in scheme.query_options:
            known = ", ".join(sorted(scheme.query_options))
            raise _refused(f"{key!r} is no option of {name}; known are {known}")


def _check_host(host: str, allowed_hosts: tuple[str, ...]) -> None:
    """What can be told of a remote caller's host without asking a name server."""
    if host in allowed_hosts:
        return
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if host == "localhost" or host.endswith(".localhost"):
            raise _refused(f"{host} is a private address that is not allowed here") from None
        return
    _check_address(host, address, allowed_hosts)


def _check_address(
    host: str,
    address: IPAddress,
    allowed_hosts: tuple[str, ...],
) -> None:
    if is_private(address, allowed_hosts):
        raise _refused(f"{host} is a private address that is not allowed here")


def check_reachable(source: Source, origin: Origin, allowed_hosts: tuple[str, ...]) -> None:
    """What needs the disk or a name server; blocks. To be asked before each connection.

    ffmpeg resolves the name again and follows redirects and playlists by itself: against a hostile
    name server only a firewall helps.

    Raises:
        NotFound: no such file.
        InvalidArgument: not a file that can be read, or a private address.
        Unavailable: the host's name cannot be resolved.
    """
    if source.path is not None:
        if not source.path.exists():
            raise NotFound(f"no such file: {source.path}")
        if source.path.is_dir():
            raise InvalidArgument("url", f"{source.path} is a folder")
        return
    if origin == "local" or not source.host or source.host in allowed_hosts:
        return
    try:
        found = socket.getaddrinfo(source.host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unavailable(f"{source.host}: {error}") from error
    for *_, address in found:
        text = str(address[0]).partition("%")[0]
        _check_address(source.host, ipaddress.ip_address(text), allowed_hosts)


def _refused(message: str) -> InvalidArgument:
    return InvalidArgument("url", message)
