"""Subtitles in fMP4, read back by libavformat; boxes that break nothing when they are none."""

from __future__ import annotations

import io

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import InvalidArgument
from foundation.media_time import from_seconds
from streaming.cues.model import Cue
from streaming.formats.mp4.boxes import box, boxes, find
from streaming.formats.mp4.subtitle_track import fragment, initialisation
from streaming.formats.ttml import TtmlConfig
from streaming.formats.ttml.writer import TtmlWriter

AFTER_A_DAY = from_seconds(95_443)
"""Shortly before MPEG-TS timestamps wrap."""


def read(data: bytes) -> list[tuple[int, int, str]]:
    """Start, duration and document of each sample."""
    with av.open(io.BytesIO(data)) as container:
        (stream,) = container.streams
        assert stream.type == "subtitle"
        return [
            (int(packet.pts), int(packet.duration), bytes(packet).decode())
            for packet in container.demux(stream)
            if packet.pts is not None
        ]


def test_exact_boxes_of_a_segment() -> None:
    data = fragment(b"<tt/>", 0x1_2345_6789, 0x2BF20, 7)
    assert data.hex(" ", 4).replace(" ", "") == (
        "0000001c" + b"stypmsdh".hex() + "00000000" + b"msdhcmfscmff".hex() + "00000060"
        + b"moof".hex()
        + "00000010" + b"mfhd".hex() + "00000000" + "00000007"
        + "00000048" + b"traf".hex()
        + "00000010" + b"tfhd".hex() + "00020000" + "00000001"
        + "00000014" + b"tfdt".hex() + "01000000" + "0000000123456789"
        + "0000001c" + b"trun".hex() + "00000301" + "00000001" + "00000068"
        + "0002bf20" + "00000005"
        + "0000000d" + b"mdat".hex() + b"<tt/>".hex()
    )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "code"), [("kk", "kaz"), ("kk-Latn", "kaz"), ("ru", "rus"), ("mul", "mul")]
)
def test_the_header_names_the_language(language: str, code: str) -> None:
    header = initialisation(language)
    assert [each.kind for each in boxes(header)] == ["ftyp", "moov"]
    extended = find(header, "moov", "trak", "mdia", "elng")
    assert extended is not None
    assert header[extended.content + 4 : extended.end] == language.encode() + b"\0"
    with av.open(io.BytesIO(header + fragment(b"<tt/>", 0, 1, 1))) as container:
        assert container.streams[0].language == code


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.text(max_size=300), st.integers(1, 1 << 31)), min_size=1, max_size=8),
    st.sampled_from([0, 1, AFTER_A_DAY, 1 << 40]),
)
def test_every_document_comes_back_at_its_time(
    documents: list[tuple[str, int]], origin: int
) -> None:
    data, start, expected = initialisation("kk"), origin, []
    for number, (text, duration) in enumerate(documents):
        document = f"<tt>{text}</tt>"
        data += fragment(document.encode(), start, duration, number)
        expected.append((start, duration, document))
        start += duration
    assert read(data) == expected


def test_a_cue_over_a_border_stands_in_both_samples_with_its_own_times() -> None:
    """Times count on the track's time line, also past 24 hours of a feed."""
    writer = TtmlWriter(TtmlConfig(language="kk"))
    cue = Cue(3, AFTER_A_DAY + 90_000, AFTER_A_DAY + 450_000, ("Әңгіме",), "kk")
    data = initialisation("kk")
    for number in range(3):
        start = AFTER_A_DAY + number * 360_000
        document = writer.segment([cue], start, start + 360_000, clip=False)
        data += fragment(document.encode(), start, 360_000, number)
    first, second, third = (document for _, _, document in read(data))
    for document in (first, second):
        assert 'xml:id="c3"' in document
        assert 'begin="26:30:44.000" end="26:30:48.000"' in document
        assert "Әңгіме" in document
    assert "<body" not in third


@pytest.mark.parametrize(("start", "duration"), [(-1, 90), (0, 0), (0, -5), (0, 1 << 32)])
def test_times_that_no_box_can_say_are_refused(start: int, duration: int) -> None:
    with pytest.raises(InvalidArgument, match="start"):
        fragment(b"<tt/>", start, duration, 1)


@given(st.binary(max_size=60))
def test_any_bytes_are_boxes_or_are_refused(data: bytes) -> None:
    try:
        found = list(boxes(data))
    except InvalidArgument:
        return
    assert sum(each.end - each.start for each in found) == len(data)


def test_boxes_are_found_by_their_path() -> None:
    data = box("free") + box("moov", box("trak", b"first"), box("trak", b"second"))
    found = find(data, "moov", "trak")
    assert found is not None
    assert data[found.content : found.end] == b"first"
    assert find(data, "moov", "mvex") is None
    with pytest.raises(InvalidArgument, match="no box at byte"):
        find(data, "moov", "trak", "mdia")
