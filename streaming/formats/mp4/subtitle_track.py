"""A track of TTML documents in fragments: ``stpp`` (ISO/IEC 14496-30), as CMAF has it.

A segment holds one sample, and the sample one whole document, whose times count on the track's own
time line, not from the sample's start (ISO/IEC 14496-30 §5.2): what a document shows outside its
sample's time is not presented. Brands and codecs are CMAF's for IMSC 1 Text (ISO/IEC 23000-19).
"""

from __future__ import annotations

from typing import Final

from foundation.errors import InvalidArgument
from foundation.languages import ISO_639_2
from foundation.media_time import TICKS_PER_SECOND, Ticks
from streaming.formats.mp4.boxes import box, full_box, uint

CODEC: Final = "stpp.ttml.im1t"
"""RFC 6381, with the processor profile of the W3C's registry: IMSC 1 Text."""

_TTML: Final = "http://www.w3.org/ns/ttml"
_MEDIA_TYPE: Final = "application/ttml+xml;codecs=im1t"
_UNITY: Final = uint(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_CODES: Final = {**ISO_639_2, "mul": "mul"}
"""ISO 639-2/T, which the media header has room for."""

_TRACK: Final = 1


def initialisation(language: str) -> bytes:
    """The segment that a player needs before all others: a track in ticks of 90 kHz.

    Args:
        language: BCP 47, one that a track of ours has.
    """
    track = box("trak", _track_header(), box("mdia", *_media(language)))
    extends = box("mvex", full_box("trex", 0, 0, uint(_TRACK, 1, 0, 0, 0)))
    return box("ftyp", b"cmfc", uint(0), b"iso6cmfcim1t") + box(
        "moov", _movie_header(), track, extends
    )


def fragment(document: bytes, start: Ticks, duration: Ticks, number: int) -> bytes:
    """A media segment with one document.

    Args:
        document: TTML in UTF-8.
        start: On the track's time line, in ticks; not below 0.
        duration: In ticks, above 0.
        number: Counts the fragments; modulo 2^32.

    Raises:
        InvalidArgument: a time that a box cannot say.
    """
    if start < 0 or not 0 < duration < 1 << 32:
        raise InvalidArgument("start", f"no segment starts at {start} and lasts {duration} ticks")
    # trun's data offset counts from the moof, whose own length does not depend on it.
    length = len(_movie_fragment(number, start, duration, len(document), 0))
    moof = _movie_fragment(number, start, duration, len(document), length + 8)
    return box("styp", b"msdh", uint(0), b"msdhcmfscmff") + moof + box("mdat", document)


def _movie_fragment(number: int, start: Ticks, duration: Ticks, size: int, offset: int) -> bytes:
    default_base_is_moof, data_offset, has_duration, has_size = 0x20000, 0x1, 0x100, 0x200
    return box(
        "moof",
        full_box("mfhd", 0, 0, uint(number % (1 << 32))),
        box(
            "traf",
            full_box("tfhd", 0, default_base_is_moof, uint(_TRACK)),
            full_box("tfdt", 1, 0, uint(start, size=8)),
            full_box(
                "trun", 0, data_offset | has_duration | has_size, uint(1, offset, duration, size)
            ),
        ),
    )


def _movie_header() -> bytes:
    next_track = 0xFFFFFFFF
    times = uint(0, 0, TICKS_PER_SECOND, 0)
    rest = uint(0x10000) + uint(0, size=2) + bytes(10) + _UNITY + bytes(24)
    return full_box("mvhd", 0, 0, times, rest, uint(next_track))


def _track_header() -> bytes:
    enabled_and_in_movie = 0x3
    times = uint(0, 0, _TRACK, 0, 0)
    return full_box("tkhd", 0, enabled_and_in_movie, times, bytes(16), _UNITY, uint(0, 0))


def _media(language: str) -> list[bytes]:
    first, second, third = (ord(letter) - 0x60 for letter in _CODES[language.partition("-")[0]])
    packed = first << 10 | second << 5 | third
    header = full_box("mdhd", 0, 0, uint(0, 0, TICKS_PER_SECOND, 0), uint(packed, 0, size=2))
    extended = full_box("elng", 0, 0, _text(language))
    handler = full_box("hdlr", 0, 0, uint(0), b"subt", bytes(12), _text("Dauys"))
    reference = full_box("dref", 0, 0, uint(1), full_box("url ", 0, 1))
    samples = box(
        "stbl",
        full_box("stsd", 0, 0, uint(1), _sample_entry()),
        full_box("stts", 0, 0, uint(0)),
        full_box("stsc", 0, 0, uint(0)),
        full_box("stsz", 0, 0, uint(0, 0)),
        full_box("stco", 0, 0, uint(0)),
    )
    information = box("minf", full_box("sthd", 0, 0), box("dinf", reference), samples)
    return [header, extended, handler, information]


def _sample_entry() -> bytes:
    no_schema = no_auxiliary_types = _text("")
    return box(
        "stpp",
        bytes(6),
        uint(1, size=2),
        _text(_TTML) + no_schema + no_auxiliary_types,
        full_box("mime", 0, 0, _text(_MEDIA_TYPE)),
    )


def _text(value: str) -> bytes:
    return value.encode() + b"\x00"
