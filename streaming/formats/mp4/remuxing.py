"""A segment of a transport stream as fragments of MP4, a track each; nothing is encoded anew.

libavformat writes the boxes (its ``cmaf`` mode: one fragment a key frame, composition offsets that
let presentation begin where decoding does); times are then set on the caller's time line.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal

import av

from foundation.errors import InvalidArgument
from foundation.media_time import TICKS_PER_SECOND, Ticks
from streaming.formats.mp4.boxes import Found, boxes, find

_OPTIONS: Final = {
    "movflags": "cmaf+delay_moov+skip_trailer",
    "use_editlist": "0",
    "avoid_negative_ts": "disabled",
    "video_track_timescale": str(TICKS_PER_SECOND),
}
_HEVC_TAG: Final = "hvc1"
"""Parameter sets in the header, which Apple's players ask for."""


@dataclass(frozen=True, slots=True)
class TrackFormat:
    """What a player must know of a track before it plays it."""

    kind: Literal["video", "audio"]
    codec: str
    """RFC 6381."""

    timescale: int
    """Units a second in its boxes."""

    width: int = 0
    """Pixels; 0 for sound."""

    height: int = 0
    sample_rate: int = 0
    """Hz; 0 for a picture."""

    channels: int = 0


@dataclass(frozen=True, slots=True)
class TrackFragments:
    """One track's part of a segment."""

    format: TrackFormat
    initialisation: bytes
    data: bytes
    start: Ticks
    """When its first frame is presented."""

    duration: Ticks


def remux(segment: bytes, end: Ticks, place: Callable[[int], Ticks]) -> list[TrackFragments]:
    """The first picture and the first sound of a segment.

    Args:
        segment: MPEG-TS that begins with its tables.
        end: When the picture's last frame goes; that of the sound is computed.
        place: From a timestamp as libav tells it to the time line's ticks.

    Raises:
        InvalidArgument: libav cannot read it, it is empty, or MP4 does not carry its codecs.
    """
    try:
        with av.open(io.BytesIO(segment), format="mpegts") as container:
            streams = [*container.streams.video[:1], *container.streams.audio[:1]]
            tracks = {stream.index: _Track(stream) for stream in streams}
            for packet in container.demux(streams):
                if packet.dts is not None and packet.pts is not None:
                    tracks[packet.stream.index].add(packet)
            found = [track.finish(end, place) for track in tracks.values() if track.any]
    except (av.FFmpegError, ValueError) as error:
        raise InvalidArgument("segment", f"no fragments can be made of it: {error}") from error
    if not found:
        raise InvalidArgument("segment", "it holds neither picture nor sound")
    return found


class _Track:
    """Writes one stream into a file of its own."""

    def __init__(self, stream: Any) -> None:
        self.any = False
        """It has a packet."""
        self._stream = stream
        self._file = io.BytesIO()
        self._output = av.open(self._file, "w", format="mp4", options=_OPTIONS)
        self._copy = self._output.add_stream_from_template(stream)
        self._filter: Any = None
        if stream.codec_context.name == "hevc":
            self._copy.codec_context.codec_tag = _HEVC_TAG
        elif stream.codec_context.name == "aac":
            # MP4 has AAC without the headers that a transport stream gives each frame.
            self._filter = av.BitStreamFilterContext("aac_adtstoasc", stream)
        self._first = self._last = 0

    def add(self, packet: Any) -> None:
        """Write a packet."""
        if not self.any:
            self._first = packet.pts
        self.any = True
        self._last = packet.pts + packet.duration
        for each in self._filter.filter(packet) if self._filter else [packet]:
            each.stream = self._copy
            self._output.mux(each)

    def finish(self, end: Ticks, place: Callable[[int], Ticks]) -> TrackFragments:
        """Close the file and set its times."""
        self._output.close()
        data = self._file.getvalue()
        head = next(each.start for each in boxes(data) if each.kind == "moof")
        track = _format(data[:head], self._stream)
        start = place(self._first)
        if track.kind == "audio":
            end = place(self._last)
        moved = _moved(data[head:], round(Fraction(start * track.timescale, TICKS_PER_SECOND)))
        return TrackFragments(track, data[:head], moved, start, end - start)


def _moved(data: bytes, start: int) -> bytes:
    """The fragments, whose times count from 0, on a time line in units of their track."""
    moved = bytearray(data)
    for fragment in boxes(data):
        if fragment.kind != "moof":
            continue
        traf = _inner(data, fragment.content, fragment.end, "traf")
        tfdt = _inner(data, traf.content, traf.end, "tfdt")
        if data[tfdt.content] != 1:  # the version whose times have 64 bits
            raise InvalidArgument("segment", "a fragment has no room for its time")
        place = tfdt.content + 4
        time = int.from_bytes(data[place : place + 8], "big") + start
        moved[place : place + 8] = time.to_bytes(8, "big")
    return bytes(moved)


def _format(initialisation: bytes, stream: Any) -> TrackFormat:
    header = find(initialisation, "moov", "trak", "mdia", "mdhd")
    samples = find(initialisation, "moov", "trak", "mdia", "minf", "stbl", "stsd")
    if header is None or samples is None:
        raise InvalidArgument("segment", "libav wrote no header of its track")
    # Version and flags, then two times before the timescale (ISO/IEC 14496-12 §8.4.2).
    place = header.content + (20 if initialisation[header.content] == 1 else 12)
    timescale = int.from_bytes(initialisation[place : place + 4], "big")
    entry = next(boxes(initialisation, samples.content + 8, samples.end))
    context = stream.codec_context
    if stream.type == "audio":
        codec = "mp4a.40.2" if entry.kind == "mp4a" else entry.kind
        return TrackFormat(
            "audio",
            codec,
            timescale,
            sample_rate=context.sample_rate,
            channels=context.layout.nb_channels,
        )
    inner = {box.kind: box for box in boxes(initialisation, entry.start + 86, entry.end)}
    codec = "mp4v.61" if context.name == "mpeg2video" else entry.kind
    if "avcC" in inner:
        codec = avc_codec(codec, initialisation[inner["avcC"].content : inner["avcC"].end])
    elif "hvcC" in inner:
        codec = hevc_codec(codec, initialisation[inner["hvcC"].content : inner["hvcC"].end])
    return TrackFormat("video", codec, timescale, context.width, context.height)


def avc_codec(entry: str, configuration: bytes) -> str:
    """``avc1.PPCCLL`` (RFC 6381 §3.3) from an AVCDecoderConfigurationRecord."""
    return f"{entry}.{configuration[1:4].hex()}"


def hevc_codec(entry: str, configuration: bytes) -> str:
    """``hvc1.…`` (ISO/IEC 14496-15 annex E.3) from an HEVCDecoderConfigurationRecord."""
    space = ("", "A", "B", "C")[configuration[1] >> 6]
    tier = "H" if configuration[1] & 0x20 else "L"
    profile = configuration[1] & 0x1F
    flags = int.from_bytes(configuration[2:6], "big")
    reversed_flags = int(f"{flags:032b}"[::-1], 2)
    constraints = configuration[6:12].rstrip(b"\x00")
    parts = [entry, f"{space}{profile}", f"{reversed_flags:X}", f"{tier}{configuration[12]}"]
    return ".".join([*parts, *(f"{byte:X}" for byte in constraints)])


def _inner(data: bytes, start: int, end: int, kind: str) -> Found:
    for each in boxes(data, start, end):
        if each.kind == kind:
            return each
    raise InvalidArgument("segment", f"libav wrote a fragment without {kind}")
