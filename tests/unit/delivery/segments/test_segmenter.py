"""Cues in segments: each exactly where it belongs, whatever the order they come in."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from io import StringIO

import webvtt
from hypothesis import given
from hypothesis import strategies as st

from foundation.media_time import TICKS_PER_SECOND, from_seconds
from streaming.cues.model import Cue
from streaming.delivery.hls.rendering import WRAP, webvtt_segment
from streaming.delivery.segments.segmenter import Segment, Segmenter

LENGTH = from_seconds(4)
LATE = from_seconds(15)


def cue(index: int, start: float, end: float, text: str = "сөз") -> Cue:
    return Cue(index, from_seconds(start), from_seconds(end), (text,), "kk")


def begun(at: float = 0.0, offset: int = 0) -> Segmenter:
    segmenter = Segmenter(["source"], LENGTH, LATE)
    assert segmenter.begin(from_seconds(at), offset, from_seconds(at)) == []
    return segmenter


def numbers(segments: list[Segment], index: int) -> list[int]:
    return [s.number for s in segments for c in s.cues["source"] if c.index == index]


def test_a_cue_stands_in_every_segment_that_it_overlaps() -> None:
    segmenter = begun()
    segmenter.add("source", cue(1, 3, 9))
    segmenter.add("source", cue(2, 9, 12))
    segments = segmenter.advance(from_seconds(16.5))
    assert [(s.start, s.end) for s in segments] == [
        (n * LENGTH, (n + 1) * LENGTH) for n in range(4)
    ]
    assert numbers(segments, 1) == [0, 1, 2]
    assert numbers(segments, 2) == [2]  # it ends where segment 3 begins


def test_nobody_speaks() -> None:
    segments = begun(100).advance(from_seconds(120))
    assert len(segments) == 5
    for segment in segments:
        lines = webvtt_segment(segment, "source").decode().splitlines()
        assert lines[0] == "WEBVTT"
        assert lines[1] == f"X-TIMESTAMP-MAP=MPEGTS:{segment.start},LOCAL:00:00:00.000"
        assert lines[2:] == [""]


def test_a_cue_that_comes_when_its_first_segment_is_out_stands_in_the_others() -> None:
    segmenter = begun()
    segmenter.advance(from_seconds(4))
    segmenter.add("source", cue(1, 2, 6))
    segments = segmenter.finish(from_seconds(8))
    assert [(c.start, c.end) for c in segments[0].cues["source"]] == [
        (from_seconds(2), from_seconds(6))
    ]
    assert segmenter.counts["source"].partly_late == 1


def test_a_cue_that_comes_after_all_its_segments_is_shown_later() -> None:
    segmenter = begun()
    segmenter.advance(from_seconds(8))
    segmenter.add("source", cue(1, 1, 3))
    segmenter.add("source", cue(2, 3, 3.2))
    segments = segmenter.finish(from_seconds(12))
    assert [(c.start, c.end) for c in segments[0].cues["source"]] == [
        (from_seconds(8), from_seconds(10)),
        (from_seconds(10), from_seconds(11)),  # a second at least
    ]
    assert segmenter.counts["source"].put_off == 2


def test_a_cue_that_comes_far_too_late_is_counted() -> None:
    segmenter = begun()
    segmenter.advance(from_seconds(40))
    segmenter.add("source", cue(1, 1, 3))
    assert not any(s.cues["source"] for s in segmenter.finish(from_seconds(60)))
    assert segmenter.counts["source"].lost == 1


def test_a_short_last_segment_holds_what_is_left() -> None:
    segmenter = begun()
    segmenter.add("source", cue(1, 5, 9.5))
    segments = segmenter.finish(from_seconds(9))
    assert segments[-1].end == from_seconds(9.5)
    assert numbers(segments, 1) == [1, 2]


def test_a_new_stretch_cuts_the_segment_short_and_maps_times_anew() -> None:
    segmenter = begun()
    segmenter.add("source", cue(1, 5, 9))
    segmenter.add("source", cue(2, 7, 8))
    segments = segmenter.begin(from_seconds(6), from_seconds(-1000), from_seconds(6))
    segments += segmenter.advance(from_seconds(14))
    assert [(s.start, s.end, s.discontinuity) for s in segments] == [
        (0, from_seconds(4), 0),
        (from_seconds(4), from_seconds(6), 0),
        (from_seconds(6), from_seconds(10), 1),
        (from_seconds(10), from_seconds(14), 1),
    ]
    head = webvtt_segment(segments[2], "source").decode().splitlines()[1]
    # The cue of 5 s began before the break: on the new clock it began at 1005 s.
    assert head == f"X-TIMESTAMP-MAP=MPEGTS:{from_seconds(1005)},LOCAL:00:00:00.000"


def test_a_long_time_between_stretches_is_left_out() -> None:
    segmenter = begun()
    segments = segmenter.begin(from_seconds(600), 0, from_seconds(6))
    segments += segmenter.advance(from_seconds(604))
    assert [(s.start, s.end) for s in segments] == [
        (0, from_seconds(4)),
        (from_seconds(4), from_seconds(6)),
        (from_seconds(600), from_seconds(604)),
    ]


def test_without_a_mark_the_time_between_stretches_has_segments() -> None:
    segmenter = begun()
    assert segmenter.begin(from_seconds(30), 0, from_seconds(6), discontinuity=False) == []
    segments = segmenter.advance(from_seconds(32))
    assert len(segments) == 8
    assert {s.discontinuity for s in segments} == {0}


@dataclass(frozen=True)
class Step:
    """Time goes on by so many ticks, or a cue comes."""

    ticks: int = 0
    cue: Cue | None = None


cues = st.builds(
    lambda start, length: Cue(0, start, start + length, ("а",), "kk"),
    st.integers(0, from_seconds(60)),
    st.integers(90, from_seconds(9)),  # WebVTT counts milliseconds
)
steps = st.lists(
    st.one_of(st.builds(Step, ticks=st.integers(1, from_seconds(12))), st.builds(Step, cue=cues)),
    max_size=40,
)
origins = st.one_of(
    st.integers(0, WRAP - 1),
    st.integers(WRAP - from_seconds(60), WRAP + from_seconds(60)),
    st.just(95_400 * TICKS_PER_SECOND),
)


@given(steps, origins, st.integers(-WRAP, WRAP), st.integers(TICKS_PER_SECOND, from_seconds(10)))
def test_each_cue_is_in_exactly_its_segments_in_any_order(
    script: list[Step], origin: int, offset: int, length: int
) -> None:
    segmenter = Segmenter(["source"], length, LATE)
    segmenter.begin(origin, offset, origin)
    segments: list[Segment] = []
    given_cues: list[tuple[Cue, int]] = []
    """With the number of the first segment that was not out."""
    now = origin
    for step in script:
        if step.cue is None:
            now += step.ticks
            segments += segmenter.advance(now)
        else:
            comes = Cue(
                len(given_cues) + 1,
                origin + step.cue.start,
                origin + step.cue.end,
                step.cue.lines,
                "kk",
            )
            segmenter.add("source", comes)
            given_cues.append((comes, len(segments)))
    segments += segmenter.finish(now)

    # Segments follow on one another.
    assert [s.number for s in segments] == list(range(len(segments)))
    assert all(0 < s.duration <= length for s in segments)
    assert all(s.duration == length for s in segments[:-1])
    ends = [origin, *(s.end for s in segments)]
    assert [s.start for s in segments] == ends[:-1]

    lost = 0
    for comes, first_open in given_cues:
        out = segments[first_open].start if first_open < len(segments) else ends[first_open]
        shown = [
            (s.number, c) for s in segments for c in s.cues["source"] if c.index == comes.index
        ]
        if not shown:
            lost += 1
            assert comes.end <= out, "only a late cue may be lost"
            continue
        (appears,) = {(c.start, c.end) for _, c in shown}
        if comes.end > out:
            assert appears == (comes.start, comes.end)
        else:
            assert out <= appears[0] <= comes.start + LATE
            assert appears[1] - appears[0] >= comes.end - comes.start
        overlapped = [
            s.number for s in segments[first_open:] if s.start < appears[1] and appears[0] < s.end
        ]
        assert [number for number, _ in shown] == overlapped
    counts = segmenter.counts["source"]
    assert counts.lost == lost
    assert counts.on_time + counts.partly_late + counts.put_off + lost == len(given_cues)
    assert_times(segments, offset)


def assert_times(segments: list[Segment], offset: int) -> None:
    """A WebVTT parser finds each cue where it is, to the millisecond, alike in all segments."""
    found: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for segment in segments:
        text = webvtt_segment(segment, "source").decode()
        mapped = re.search(r"^X-TIMESTAMP-MAP=MPEGTS:(\d+),LOCAL:00:00:00.000$", text, re.M)
        assert mapped is not None
        base = int(mapped.group(1))
        assert 0 <= base < WRAP
        captions = list(webvtt.from_buffer(StringIO(text)))
        assert len(captions) == len(segment.cues["source"])
        for caption, shown in zip(captions, segment.cues["source"], strict=True):
            times = base + _ticks(caption.start), base + _ticks(caption.end)
            for time, true in zip(times, (shown.start - offset, shown.end - offset), strict=True):
                away = (time - true + WRAP // 2) % WRAP - WRAP // 2
                assert abs(away) <= 45
            found[caption.identifier].add((times[0] % WRAP, times[1] % WRAP))
    assert all(len(times) == 1 for times in found.values())


def _ticks(text: str) -> int:
    hours, minutes, seconds = text.split(":")
    milliseconds = round(float(seconds) * 1000)
    return (int(hours) * 3600 + int(minutes) * 60) * TICKS_PER_SECOND + milliseconds * 90
