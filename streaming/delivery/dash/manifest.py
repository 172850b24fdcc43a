"""The manifest of a DASH presentation (ISO/IEC 23009-1, MPD) as XML. Pure."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from foundation.media_time import TICKS_PER_SECOND, Ticks
from foundation.utc import utc_text
from streaming.delivery.segments.entries import Entry

NAMESPACE: Final = "urn:mpeg:dash:schema:mpd:2011"
PROFILES: Final = "urn:mpeg:dash:profile:isoff-live:2011"
HTTP_HEAD: Final = "urn:mpeg:dash:utc:http-head:2014"
"""The time is in the Date header that every web server sends (ISO/IEC 23009-1 §5.8.4.11)."""

LIVE: Final = "live"
RECORDING: Final = "recording"
"""Identifiers of presentations: the segments of the first may go with time, also once it ended."""

_ROLE: Final = "urn:mpeg:dash:role:2011"
_CHANNELS: Final = "urn:mpeg:mpegB:cicp:ChannelConfiguration"


@dataclass(frozen=True, slots=True)
class Track:
    """What is the same in all segments of a track within a period."""

    name: str
    """Also that of its files."""

    kind: str
    """``video``, ``audio`` or ``text``."""

    codecs: str
    """RFC 6381."""

    timescale: int
    """Units a second of its segments."""

    bandwidth: int
    """Bits a second of its heaviest segment."""

    language: str = ""
    """BCP 47; empty: none."""

    label: str = ""
    """In its own language; empty: none."""

    main: bool = False
    """To be chosen where the user says nothing."""

    width: int = 0
    height: int = 0
    sample_rate: int = 0
    channels: int = 0


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of the presentation in which nothing about the tracks changes."""

    number: int
    """Counts through all runs in a folder."""

    start: Ticks
    """Since the presentation's start."""

    media_start: Ticks
    """The same moment on the time line of the segments."""

    heard_at: datetime | None
    """When that moment was heard."""

    tracks: Mapping[Track, Sequence[Entry]]
    """With their segments, in order."""

    @property
    def end(self) -> Ticks:
        """When its last segment ends, since the presentation's start."""
        last = (entry for entries in self.tracks.values() for entry in entries)
        latest = max((entry.start + entry.duration for entry in last), default=self.media_start)
        return self.start + latest - self.media_start


@dataclass(frozen=True, slots=True)
class Presentation:
    """Figures of the whole."""

    available_from: datetime
    """When its first moment was, or would have been, there for players."""

    segment_seconds: float
    presentation_delay_seconds: float
    update_seconds: float
    window_seconds: float
    """0: everything stays."""

    clock_url: str
    """Relative to the manifest: answers a HEAD request."""


def manifest(
    presentation: Presentation,
    periods: Sequence[Period],
    published: datetime,
    *,
    ended: bool,
    before: Sequence[Element] = (),
) -> bytes:
    """The manifest in UTF-8.

    Args:
        presentation: Figures of the whole.
        periods: In order; each has a track, each track a segment.
        published: Now.
        ended: No segment will follow.
        before: Periods of an earlier run, as it wrote them.
    """
    longest = max(
        (entry.duration for period in periods for each in period.tracks.values() for entry in each),
        default=0,
    )
    attributes = {
        "xmlns": NAMESPACE,
        "id": LIVE if presentation.window_seconds else RECORDING,
        "profiles": PROFILES,
        "type": "static" if ended else "dynamic",
        "availabilityStartTime": utc_text(presentation.available_from),
        "publishTime": utc_text(published),
        "minBufferTime": _duration(Fraction(presentation.segment_seconds)),
        "maxSegmentDuration": _duration(
            max(Fraction(presentation.segment_seconds), Fraction(longest, TICKS_PER_SECOND))
        ),
    }
    if ended:
        end = max((period.end for period in periods), default=0)
        attributes["mediaPresentationDuration"] = _duration(Fraction(end, TICKS_PER_SECOND))
    else:
        attributes |= {
            "minimumUpdatePeriod": _duration(Fraction(presentation.update_seconds)),
            "suggestedPresentationDelay": _duration(
                Fraction(presentation.presentation_delay_seconds)
            ),
        }
        if presentation.window_seconds:
            attributes["timeShiftBufferDepth"] = _duration(Fraction(presentation.window_seconds))
    root = Element("MPD", attributes)
    information = SubElement(root, "ProgramInformation")
    SubElement(information, "Source").text = "Dauys"
    root.extend(copy.deepcopy(each) for each in before)
    for period in periods:
        _period(root, period)
    if not ended:
        SubElement(root, "UTCTiming", {"schemeIdUri": HTTP_HEAD, "value": presentation.clock_url})
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def initialisation_name(track: str, period: int) -> str:
    """File name of a track's initialisation segment."""
    return f"{track}-{period}-init.mp4"


def segment_name(track: str, period: int, time: int) -> str:
    """File name of a segment that starts at ``time``, in units of its track."""
    return f"{track}-{period}-{time}.m4s"


def in_units(ticks: Ticks, timescale: int) -> int:
    """A time in units of a track, halves to even as ``round`` does it."""
    return round(Fraction(ticks * timescale, TICKS_PER_SECOND))


def _period(root: Element, period: Period) -> None:
    start = _duration(Fraction(period.start, TICKS_PER_SECOND))
    element = SubElement(root, "Period", {"id": str(period.number), "start": start})
    for number, (track, entries) in enumerate(period.tracks.items(), 1):
        _adaptation_set(element, period, number, track, entries)


def _adaptation_set(
    parent: Element, period: Period, number: int, track: Track, entries: Sequence[Entry]
) -> None:
    attributes = {
        "id": str(number),
        "contentType": track.kind,
        "mimeType": "application/mp4" if track.kind == "text" else f"{track.kind}/mp4",
        "segmentAlignment": "true",
        "startWithSAP": "1",
    }
    if track.language:
        attributes["lang"] = track.language
    element = SubElement(parent, "AdaptationSet", attributes)
    if track.label:
        SubElement(element, "Label", {"lang": track.language}).text = track.label
    if period.heard_at is not None:
        SubElement(
            element,
            "ProducerReferenceTime",
            {
                "id": str(number),
                "type": "encoder",
                "wallClockTime": utc_text(period.heard_at),
                "presentationTime": str(in_units(period.media_start, track.timescale)),
            },
        )
    roles = ["subtitle"] if track.kind == "text" else []
    for role in [*roles, *(["main"] if track.main else [])]:
        SubElement(element, "Role", {"schemeIdUri": _ROLE, "value": role})
    _segments(element, period, track, entries)
    representation = {
        "id": track.name,
        "codecs": track.codecs,
        "bandwidth": str(track.bandwidth),
    }
    if track.width and track.height:
        representation |= {"width": str(track.width), "height": str(track.height)}
    if track.sample_rate:
        representation["audioSamplingRate"] = str(track.sample_rate)
    inner = SubElement(element, "Representation", representation)
    if track.channels:
        SubElement(
            inner,
            "AudioChannelConfiguration",
            {"schemeIdUri": _CHANNELS, "value": str(track.channels)},
        )


def _segments(parent: Element, period: Period, track: Track, entries: Sequence[Entry]) -> None:
    template = SubElement(
        parent,
        "SegmentTemplate",
        {
            "timescale": str(track.timescale),
            "presentationTimeOffset": str(in_units(period.media_start, track.timescale)),
            "initialization": initialisation_name("$RepresentationID$", period.number),
            "media": f"$RepresentationID$-{period.number}-$Time$.m4s",
        },
    )
    timeline = SubElement(template, "SegmentTimeline")
    expected: int | None = None
    last: Element | None = None
    for entry in entries:
        start = in_units(entry.start, track.timescale)
        end = in_units(entry.start + entry.duration, track.timescale)
        length = end - start
        if last is not None and start == expected and int(last.get("d", "0")) == length:
            last.set("r", str(int(last.get("r", "0")) + 1))
        else:
            place = {} if start == expected else {"t": str(start)}
            last = SubElement(timeline, "S", {**place, "d": str(length)})
        expected = end


def _duration(seconds: Fraction) -> str:
    microseconds = round(seconds * 1_000_000)
    return f"PT{microseconds // 1_000_000}.{microseconds % 1_000_000:06}S"
