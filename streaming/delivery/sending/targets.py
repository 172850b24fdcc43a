"""Where a transport stream may be sent, and how."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from foundation.errors import InvalidArgument
from streaming.ingest.ffmpeg import find_ffmpeg
from streaming.ingest.source import Source, parse_source

SEVEN_PACKETS: Final = 7 * 188
"""What a datagram of Ethernet's size holds; receivers expect it."""

RTP_HEADER: Final = 12

TRANSPORT_STREAM_SCHEMES: Final = ("srt", "udp", "rtp")
FLV_SCHEMES: Final = ("rtmp", "rtmps")

Kind = Literal["file", "stdout", "stream", "rtp", "flv"]


@dataclass(frozen=True, slots=True)
class Target:
    """A checked target."""

    kind: Kind
    url: str
    """For logs and people: without options, and where a path is a key without that."""

    source: Source
    """The same as the checks of feeds see it."""

    @property
    def is_live(self) -> bool:
        """What is late for it is of no use; a file takes everything."""
        return self.kind not in ("file", "stdout")

    @property
    def path(self) -> Path:
        """Of a file."""
        assert self.source.path is not None, "a file"
        return self.source.path

    @property
    def unit(self) -> int:
        """Bytes that are written to the child at once: a datagram."""
        return SEVEN_PACKETS + (RTP_HEADER if self.kind == "rtp" else 0)

    def hidden(self, text: str) -> str:
        """What ffmpeg said, with ``url`` for the target as it was given."""
        given = self.source.url
        for secret in (self.command()[-1], given, given.partition("?")[0]):
            text = text.replace(secret, self.url)
        return text

    def command(self) -> list[str]:
        """The ffmpeg that sends what it reads on its standard input.

        Except for FLV it knows nothing of what it sends: each unit is a datagram, unchanged.
        """
        head = [find_ffmpeg(), "-hide_banner", "-nostdin", "-loglevel", "error"]
        if self.kind == "flv":
            read = ["-fflags", "nobuffer", "-probesize", "1000000", "-analyzeduration", "1000000"]
            read += ["-f", "mpegts", "-protocol_whitelist", "pipe", "-i", "pipe:0"]
            write = ["-map", "0:v", "-map", "0:a?", "-c", "copy", "-f", "flv"]
            return [*head, *read, *write, "-flvflags", "no_duration_filesize", self.source.url]
        url, unit = self.source.url, str(self.unit)
        if self.kind == "rtp":
            url = f"udp{url.removeprefix('rtp')}"
        if url.startswith("udp:") and "pkt_size=" not in url:
            url += ("&" if "?" in url else "?") + f"pkt_size={unit}"
        read = ["-f", "data", "-raw_packet_size", unit, "-blocksize", unit]
        read += ["-fflags", "nobuffer", "-protocol_whitelist", "pipe", "-i", "pipe:0"]
        return [*head, *read, "-map", "0", "-c", "copy", "-f", "data", "-flush_packets", "1", url]


def parse_target(text: str, *, flv: bool = False) -> Target:
    """Check a target without touching disk or network, by the rules that feeds' URLs have.

    Whoever configures outputs names it: remote callers choose among profiles.

    Args:
        text: ``srt://``, ``udp://`` or ``rtp://`` with a port, a file, or ``-`` for standard
            output.
        flv: ``rtmp(s)://`` too.

    Raises:
        InvalidArgument: field ``target``.
    """
    try:
        source = parse_source(text, "local", ())
    except InvalidArgument as error:
        raise InvalidArgument("target", error.description) from None
    if source.scheme is None:
        if source.is_stdin:
            return Target("stdout", "-", source)
        if not str(source.path):
            raise InvalidArgument("target", "names no file")
        return Target("file", str(source.path), source)
    parts = urlsplit(source.url)
    name = parts.scheme
    allowed = (*TRANSPORT_STREAM_SCHEMES, *(FLV_SCHEMES if flv else ()))
    if name not in allowed:
        raise InvalidArgument("target", f"{name} cannot be sent to; use {', '.join(allowed)}")
    if name in ("udp", "rtp") and not source.host:
        raise InvalidArgument("target", "names no host to send to")
    kind: Kind = "flv" if name in FLV_SCHEMES else "rtp" if name == "rtp" else "stream"
    port = f":{parts.port}" if parts.port else ""
    return Target(kind, f"{name}://{source.host}{port}", source)
