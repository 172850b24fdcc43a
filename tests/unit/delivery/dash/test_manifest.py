"""Manifests say what was published, and keep the rules of ISO/IEC 23009-1."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import InvalidArgument
from foundation.media_time import from_seconds
from streaming.delivery.dash import DashConfig
from streaming.delivery.dash.manifest import (
    Period,
    Presentation,
    Track,
    in_units,
    manifest,
    segment_name,
)
from streaming.delivery.segments import Entry

NOW = datetime(2026, 3, 1, 4, 0, 12, 250_000, tzinfo=UTC)
PRESENTATION = Presentation(NOW - timedelta(seconds=12), 4, 12, 2, 60, "index.mpd")
TEXT = Track("source", "text", "stpp.ttml.im1t", 90_000, 9000, "kk", "Қазақша", main=True)
AUDIO = Track("audio", "audio", "mp4a.40.2", 48_000, 128_000, sample_rate=48_000, channels=2)
DAY = from_seconds(95_443)
XML = "{urn:mpeg:dash:schema:mpd:2011}"


def entries(track: Track, start: int, lengths: list[int], period: int = 3) -> list[Entry]:
    found = []
    for number, length in enumerate(lengths):
        uri = segment_name(track.name, period, in_units(start, track.timescale))
        found.append(Entry(number, period, length, uri, start=start))
        start += length
    return found


def period(tracks: dict[Track, list[Entry]], number: int = 3, start: int = 0) -> Period:
    return Period(number, start, DAY, NOW - timedelta(seconds=18), tracks)


def listed(text: bytes) -> list[tuple[str, str, float]]:
    """Track, file and duration of every segment, by the rules of the standard."""
    found = []
    for template in ElementTree.fromstring(text).iter(f"{XML}AdaptationSet"):
        representation = template.find(f"{XML}Representation")
        segments = template.find(f"{XML}SegmentTemplate")
        assert representation is not None
        assert segments is not None
        name = representation.attrib["id"]
        time: int | None = None
        for run in segments.iter(f"{XML}S"):
            time = int(run.attrib["t"]) if "t" in run.attrib else time
            assert time is not None, "the first says when it starts"
            length = int(run.attrib["d"])
            for _ in range(int(run.get("r", "0")) + 1):
                uri = segments.attrib["media"].replace("$RepresentationID$", name)
                uri = uri.replace("$Time$", str(time))
                found.append((name, uri, length / int(segments.attrib["timescale"])))
                time += length
    return found


def test_the_text_of_a_live_manifest() -> None:
    four = from_seconds(4)
    tracks = {TEXT: entries(TEXT, DAY, [four, four, four // 2])}
    text = manifest(PRESENTATION, [period(tracks, start=from_seconds(2.5))], NOW, ended=False)
    assert text.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" id="live"'
        ' profiles="urn:mpeg:dash:profile:isoff-live:2011" type="dynamic"'
        ' availabilityStartTime="2026-03-01T04:00:00.250Z"'
        ' publishTime="2026-03-01T04:00:12.250Z" minBufferTime="PT4.000000S"'
        ' maxSegmentDuration="PT4.000000S" minimumUpdatePeriod="PT2.000000S"'
        ' suggestedPresentationDelay="PT12.000000S" timeShiftBufferDepth="PT60.000000S">\n'
        "  <ProgramInformation>\n    <Source>Dauys</Source>\n  </ProgramInformation>\n"
        '  <Period id="3" start="PT2.500000S">\n'
        '    <AdaptationSet id="1" contentType="text" mimeType="application/mp4"'
        ' segmentAlignment="true" startWithSAP="1" lang="kk">\n'
        '      <Label lang="kk">Қазақша</Label>\n'
        '      <ProducerReferenceTime id="1" type="encoder"'
        ' wallClockTime="2026-03-01T03:59:54.250Z" presentationTime="8589870000" />\n'
        '      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="subtitle" />\n'
        '      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main" />\n'
        '      <SegmentTemplate timescale="90000" presentationTimeOffset="8589870000"'
        ' initialization="$RepresentationID$-3-init.mp4"'
        ' media="$RepresentationID$-3-$Time$.m4s">\n'
        "        <SegmentTimeline>\n"
        '          <S t="8589870000" d="360000" r="1" />\n'
        '          <S d="180000" />\n'
        "        </SegmentTimeline>\n"
        "      </SegmentTemplate>\n"
        '      <Representation id="source" codecs="stpp.ttml.im1t" bandwidth="9000" />\n'
        "    </AdaptationSet>\n"
        "  </Period>\n"
        '  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-head:2014" value="index.mpd" />\n'
        "</MPD>\n"
    )


def test_a_presentation_that_ended_says_how_long_it_is() -> None:
    first = period({TEXT: entries(TEXT, DAY, [from_seconds(4)])})
    second = period({TEXT: entries(TEXT, DAY, [from_seconds(3.5)])}, 4, from_seconds(10))
    root = ElementTree.fromstring(manifest(PRESENTATION, [first, second], NOW, ended=True))
    assert root.attrib["type"] == "static"
    assert root.attrib["mediaPresentationDuration"] == "PT13.500000S"
    assert not {"minimumUpdatePeriod", "timeShiftBufferDepth"} & root.attrib.keys()
    assert root.find(f"{XML}UTCTiming") is None


@given(
    st.lists(st.tuples(st.integers(1, 500_000), st.booleans()), min_size=1, max_size=20),
    st.sampled_from([TEXT, AUDIO]),
)
def test_players_find_every_segment_that_was_written(
    script: list[tuple[int, bool]], track: Track
) -> None:
    """Also past segments that are missing, and in units that ticks are no multiple of."""
    start, written = DAY, []
    for length, there in script:
        if there:
            written += entries(track, start, [length])
        start += length
    if not written:
        return
    found = listed(manifest(PRESENTATION, [period({track: written})], NOW, ended=False))
    assert [uri for _, uri, _ in found] == [entry.uri for entry in written]
    for (_, _, seconds), entry in zip(found, written, strict=True):
        assert abs(seconds * 90_000 - entry.duration) <= 90_000 / track.timescale


def test_everything_stays_listed_without_a_window() -> None:
    forever = Presentation(NOW, 4, 12, 2, 0, "index.mpd")
    tracks = {TEXT: entries(TEXT, DAY, [1])}
    root = ElementTree.fromstring(manifest(forever, [period(tracks)], NOW, ended=False))
    assert "timeShiftBufferDepth" not in root.attrib
    assert root.attrib["id"] == "recording"


def test_figures_out_of_their_bounds_are_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"dash\.window_seconds"):
        DashConfig(segment_seconds=4, window_seconds=11)
