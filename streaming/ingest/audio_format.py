"""What pushed audio says of itself, and the bounds of what is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from foundation.errors import InvalidArgument

RawEncoding: TypeAlias = Literal["linear16", "float32", "mulaw", "alaw"]
ContainerEncoding: TypeAlias = Literal["flac", "ogg-opus", "wav"]
Encoding: TypeAlias = Literal["linear16", "float32", "mulaw", "alaw", "flac", "ogg-opus", "wav"]

MIN_SAMPLE_RATE: Final = 8_000
MAX_SAMPLE_RATE: Final = 48_000
MAX_CHANNELS: Final = 8

BYTES_PER_SAMPLE: Final[dict[str, int]] = {"linear16": 2, "float32": 4, "mulaw": 1, "alaw": 1}
"""Of the headerless encodings."""


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """How pushed bytes are coded."""

    encoding: Encoding

    sample_rate: int = 0
    """Hz, 8000 to 48000. Containers: 0 or the true value."""

    channel_count: int = 0
    """Interleaved channels, 1 to 8. Containers: 0 or the true value."""

    channel: int = 0
    """The channel to hear, counted from 1; 0 mixes all to mono."""

    @property
    def is_raw(self) -> bool:
        """It has no header of its own."""
        return self.encoding in BYTES_PER_SAMPLE

    def validate(self, field_prefix: str = "audio_config") -> None:
        """Check every field.

        Raises:
            InvalidArgument: names the field of the contract, ``audio_config.sample_rate_hertz``
                for example, and its limits.
        """
        if self.encoding not in get_args(Encoding):
            known = ", ".join(get_args(Encoding))
            raise InvalidArgument(f"{field_prefix}.encoding", f"must be one of {known}")
        if self.is_raw or self.sample_rate:
            check_sample_rate(self.sample_rate, f"{field_prefix}.sample_rate_hertz")
        if self.is_raw or self.channel_count:
            check_channel_count(self.channel_count, f"{field_prefix}.channel_count")
        check_channel(self.channel, self.channel_count or MAX_CHANNELS, f"{field_prefix}.channel")


def check_sample_rate(rate: int, field: str) -> None:
    """Raises InvalidArgument if out of bounds."""
    if not MIN_SAMPLE_RATE <= rate <= MAX_SAMPLE_RATE:
        raise InvalidArgument(
            field, f"{rate} Hz is not within {MIN_SAMPLE_RATE} to {MAX_SAMPLE_RATE} Hz"
        )


def check_channel_count(count: int, field: str) -> None:
    """Raises InvalidArgument if out of bounds."""
    if not 1 <= count <= MAX_CHANNELS:
        raise InvalidArgument(field, f"{count} channels are not within 1 to {MAX_CHANNELS}")


def check_channel(channel: int, count: int, field: str) -> None:
    """Raises InvalidArgument if out of bounds."""
    if not 0 <= channel <= count:
        raise InvalidArgument(field, f"{channel} is not within 0 (all mixed) to {count}")
