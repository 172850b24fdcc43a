"""The encodings that speech is sent in: what each can carry, and what files of it are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from foundation.errors import InvalidArgument
from streaming.ingest.audio_format import MAX_SAMPLE_RATE, MIN_SAMPLE_RATE

SpeechEncoding: TypeAlias = Literal["linear16", "mulaw", "alaw", "flac", "ogg-opus", "wav", "mp3"]

_OPUS_RATES: Final = (8_000, 12_000, 16_000, 24_000, 48_000)
"""RFC 6716, section 2."""

_MP3_RATES: Final = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
"""ISO/IEC 11172-3, 13818-3 and the customary MPEG 2.5."""

MIN_BIT_RATE: Final = 8_000
MAX_BIT_RATE: Final = 320_000


@dataclass(frozen=True, slots=True)
class EncodingTraits:
    """What an encoding is, in the words of ffmpeg's libraries."""

    codec: str
    muxer: str
    media_type: str
    """With ``{rate}`` where it names the sample rate."""

    suffixes: tuple[str, ...]
    """Endings of files, with the dot; the first is the usual one."""

    rates: tuple[int, ...] = ()
    """Hz; empty: any."""

    bit_rate: int = 0
    """Bits a second if none is asked for; 0: it has none to choose."""

    options: Mapping[str, str] | None = None
    """The muxer's."""


TRAITS: Final[Mapping[str, EncodingTraits]] = {
    "wav": EncodingTraits(
        "pcm_s16le", "wav", "audio/wav", (".wav",), options={"write_bext": "1", "rf64": "never"}
    ),
    "linear16": EncodingTraits("pcm_s16le", "s16le", "audio/L16; rate={rate}", (".raw", ".pcm")),
    "mulaw": EncodingTraits("pcm_mulaw", "mulaw", "audio/PCMU; rate={rate}", (".ulaw", ".ul")),
    "alaw": EncodingTraits("pcm_alaw", "alaw", "audio/PCMA; rate={rate}", (".alaw", ".al")),
    "flac": EncodingTraits("flac", "flac", "audio/flac", (".flac",)),
    "ogg-opus": EncodingTraits(
        "libopus",
        "ogg",
        "audio/ogg; codecs=opus",
        (".opus", ".ogg"),
        rates=_OPUS_RATES,
        bit_rate=48_000,
        # A page every 100 ms, not every second: a listener waits for whole pages.
        options={"page_duration": "100000"},
    ),
    "mp3": EncodingTraits(
        "libmp3lame",
        "mp3",
        "audio/mpeg",
        (".mp3",),
        rates=_MP3_RATES,
        bit_rate=64_000,
        options={"id3v2_version": "3"},
    ),
}


@dataclass(frozen=True, slots=True)
class SpeechFormat:
    """How speech is to be coded; mono."""

    encoding: SpeechEncoding = "wav"
    sample_rate: int = 0
    """Hz, 8000 to 48000; 0: the voice's own, or the next that the encoding knows."""

    bit_rate: int = 0
    """Bits a second, of MP3 and Opus; 0: the encoding's default."""

    def validate(self, field: str = "audio_config") -> None:
        """Check every field.

        Raises:
            InvalidArgument: names the field of the contract below ``field``, and its limits.
        """
        if self.encoding not in TRAITS:
            known = ", ".join(get_args(SpeechEncoding))
            raise InvalidArgument(f"{field}.encoding", f"must be one of {known}")
        traits = TRAITS[self.encoding]
        rate_field = f"{field}.sample_rate_hertz"
        if self.sample_rate and not MIN_SAMPLE_RATE <= self.sample_rate <= MAX_SAMPLE_RATE:
            raise InvalidArgument(
                rate_field,
                f"{self.sample_rate} Hz is not within {MIN_SAMPLE_RATE} to {MAX_SAMPLE_RATE} Hz",
            )
        if self.sample_rate and traits.rates and self.sample_rate not in traits.rates:
            rates = ", ".join(map(str, traits.rates))
            raise InvalidArgument(
                rate_field, f"{self.sample_rate} Hz: {self.encoding} knows {rates} Hz"
            )
        if not self.bit_rate:
            return
        if not traits.bit_rate:
            raise InvalidArgument(f"{field}.bit_rate", f"{self.encoding} has none to choose")
        if not MIN_BIT_RATE <= self.bit_rate <= MAX_BIT_RATE:
            raise InvalidArgument(
                f"{field}.bit_rate",
                f"{self.bit_rate} is not within {MIN_BIT_RATE} to {MAX_BIT_RATE}",
            )

    def rate_for(self, native: int) -> int:
        """Samples a second that a voice of ``native`` Hz is sent at.

        What was asked for; else the voice's own rate, else the lowest above it that the encoding
        knows, which loses nothing.
        """
        rates = TRAITS[self.encoding].rates
        if self.sample_rate:
            return self.sample_rate
        if not rates or native in rates:
            return min(max(native, MIN_SAMPLE_RATE), MAX_SAMPLE_RATE)
        return min((rate for rate in rates if rate > native), default=max(rates))

    def media_type(self, rate: int) -> str:
        """The Internet media type at ``rate`` Hz."""
        return TRAITS[self.encoding].media_type.format(rate=rate)


def encoding_of(file_name: str, field: str = "file") -> SpeechEncoding:
    """The encoding that a file's ending names.

    Raises:
        InvalidArgument: it names none; lists those that do.
    """
    for encoding in get_args(SpeechEncoding):
        if file_name.lower().endswith(TRAITS[encoding].suffixes):
            found: SpeechEncoding = encoding
            return found
    known = ", ".join(suffix for traits in TRAITS.values() for suffix in traits.suffixes)
    raise InvalidArgument(field, f"{file_name!r}: the ending must be one of {known}")
