"""Reads what the header of a WAV, FLAC or Ogg Opus stream announces, before anything decodes it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from foundation.errors import InvalidArgument
from streaming.ingest.audio_format import (
    AudioFormat,
    check_channel,
    check_channel_count,
    check_sample_rate,
)

MAX_HEADER_BYTES: Final = 65_536
MAX_DATA_BYTES: Final = 1 << 30
"""A WAV may announce so much audio."""

_UNKNOWN_SIZE_MARGIN: Final = 0x1000
_OPUS_RATE: Final = 48_000


@dataclass(frozen=True, slots=True)
class ContainerHeader:
    """What a stream says of itself."""

    sample_rate: int
    channel_count: int
    data_bytes: int | None = None
    """Announced length of a WAV; None: unknown."""


def check_header(audio_format: AudioFormat, head: bytes, ended: bool) -> bool:
    """Check the header at the start of a stream; False: more bytes are needed to tell.

    Args:
        audio_format: What the caller said.
        head: The stream so far.
        ended: Nothing follows.

    Raises:
        InvalidArgument: ``audio``: not such a stream, or out of bounds; ``audio_config.…``: the
            caller said something else than the header.
    """
    name = {"flac": "FLAC", "ogg-opus": "Ogg Opus", "wav": "WAV"}[audio_format.encoding]
    parse = {"flac": _parse_flac, "ogg-opus": _parse_ogg_opus, "wav": _parse_wav}
    try:
        header = parse[audio_format.encoding](head)
    except ValueError as error:
        raise InvalidArgument("audio", f"not a {name} stream: {error}") from error
    if header is None:
        if ended or len(head) > MAX_HEADER_BYTES:
            raise InvalidArgument("audio", f"not a {name} stream: its header is not complete")
        return False
    check_sample_rate(header.sample_rate, "audio")
    check_channel_count(header.channel_count, "audio")
    if header.data_bytes is not None and header.data_bytes > MAX_DATA_BYTES:
        raise InvalidArgument(
            "audio", f"announces {header.data_bytes} bytes, at most {MAX_DATA_BYTES} are taken"
        )
    check_channel(audio_format.channel, header.channel_count, "audio_config.channel")
    if audio_format.sample_rate not in (0, header.sample_rate) and name != "Ogg Opus":
        raise InvalidArgument(
            "audio_config.sample_rate_hertz", f"the stream itself says {header.sample_rate}"
        )
    if audio_format.channel_count not in (0, header.channel_count):
        raise InvalidArgument(
            "audio_config.channel_count", f"the stream itself says {header.channel_count}"
        )
    return True


def _expect(head: bytes, offset: int, mark: bytes) -> None:
    found = head[offset : offset + len(mark)]
    if found != mark[: len(found)]:
        raise ValueError(f"no {mark.decode()!r} at byte {offset}")


def _parse_flac(head: bytes) -> ContainerHeader | None:
    """RFC 9639 §8: the marker, then the block STREAMINFO."""
    _expect(head, 0, b"fLaC")
    if len(head) < 42:
        return None
    if head[4] & 0x7F:
        raise ValueError("its first block is not STREAMINFO")
    bits = int.from_bytes(head[18:26], "big")
    return ContainerHeader(bits >> 44, (bits >> 41 & 7) + 1)


def _parse_ogg_opus(head: bytes) -> ContainerHeader | None:
    """RFC 3533 §6, RFC 7845 §5.1: the first page holds ``OpusHead`` alone."""
    _expect(head, 0, b"OggS")
    _expect(head, 28, b"OpusHead")
    if len(head) < 47:
        return None
    return ContainerHeader(_OPUS_RATE, head[37])


def _parse_wav(head: bytes) -> ContainerHeader | None:
    """RIFF chunks up to ``data``."""
    _expect(head, 0, b"RIFF")
    _expect(head, 8, b"WAVE")
    position = 12
    rate = channels = None
    while len(head) >= position + 8:
        name, size = struct.unpack_from("<4sI", head, position)
        if name == b"data":
            if rate is None or channels is None:
                raise ValueError("'data' comes before 'fmt '")
            return ContainerHeader(rate, channels, _known_size(size))
        if name == b"fmt ":
            if len(head) < position + 16:
                return None
            channels, rate = struct.unpack_from("<HI", head, position + 10)
        position += 8 + size + size % 2
    return None


def _known_size(size: int) -> int | None:
    """Writers that cannot seek back leave 0, 2^31 or 2^32, less a header, in the size."""
    for mark in (1 << 31, 1 << 32):
        if mark - _UNKNOWN_SIZE_MARGIN <= size < mark:
            return None
    return size or None
