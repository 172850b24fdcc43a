"""When documents are shown, what replaces them and what takes them away."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from streaming.cues.model import Cue
from streaming.delivery.ebu_tt_live.config import Timing
from streaming.delivery.ebu_tt_live.track import Document, TrackSequence
from streaming.formats.ttml.live_writer import LiveSequence
from tests.unit.delivery.push.servers import BEGAN, Session

NOON = datetime(2026, 3, 22, 12, 0, tzinfo=UTC)


@dataclass
class Screen:
    """What a decoder shows: Tech 3370, "Document resolved begin and end times"."""

    documents: list[tuple[float, Document]]

    def at(self, time: float) -> str:
        here = [(at, each) for at, each in self.documents if at <= time]
        begins = [max(at, begin_of(each, at)) for at, each in here]
        for n in reversed(range(len(here))):
            document = here[n][1]
            later = min((begin for begin in begins[n + 1 :]), default=float("inf"))
            if begins[n] <= time < min(begins[n] + duration_of(document), later):
                return " ".join(re.findall(r'<span style="text">(.*?)</span>', document.text))
        return ""


def begin_of(document: Document, at: float) -> float:
    found = re.search(r'<body[^>]* begin="(\d\d):(\d\d):([\d.]+)"', document.text)
    if found is None:
        return 0.0
    day = datetime.fromtimestamp(at, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day.timestamp() + int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3])


def duration_of(document: Document) -> float:
    found = re.search(r'<body[^>]* dur="([\d.]+)s"', document.text)
    return float(found[1]) if found else float("inf")


class Track:
    """A track whose time a test tells, in seconds since the session began."""

    def __init__(self, timing: Timing = "clock", least: float = 1.0, began: datetime = NOON):
        self.session = Session(began)
        self.began = began.timestamp()
        self.time = 0.0
        self.screen = Screen([])
        self.track = TrackSequence(
            LiveSequence("s-kk", "kk", "media" if timing == "media" else "clock"),
            timing,
            least,
            self.session.clock,
            lambda document: self.screen.documents.append((self.began + self.time, document)),
            lambda: self.began + self.time,
        )

    def add(self, index: int, start: float, end: float, at: float, text: str = "") -> Cue:
        self.time = at
        time = self.session.time
        cue = Cue(index, time(start), time(end), (text or f"cue {index}",), "kk")
        self.track.add(cue)
        return cue

    def shown(self, *times: float) -> list[str]:
        return [self.screen.at(self.began + time) for time in times]

    @property
    def last(self) -> Document:
        return self.screen.documents[-1][1]


def test_what_is_in_time_is_shown_in_its_time() -> None:
    track = Track()
    track.add(1, 5, 7, at=2)
    track.add(2, 7, 9, at=4)
    assert track.shown(4.9, 5, 6.9, 7, 8.9, 9.1) == ["", "cue 1", "cue 1", "cue 2", "cue 2", ""]
    assert '<body begin="12:00:05.000" dur="2.000s">' in track.screen.documents[0][1].text


def test_what_is_late_is_shown_when_it_is_there_for_its_whole_time() -> None:
    track = Track()
    track.add(1, 5, 7, at=8)
    assert track.shown(7.9, 8, 9.9, 10.1) == ["", "cue 1", "cue 1", ""]
    assert 'begin="12:00:05.000"' in track.last.text  # when it was said, for who delays the picture


def test_two_late_ones_can_both_be_read() -> None:
    track = Track(least=1.5)
    track.add(1, 1, 4, at=10)
    track.add(2, 4, 6, at=10.1)
    assert track.shown(10.1, 11.4, 11.6, 13.4, 13.6) == ["cue 1", "cue 1", "cue 2", "cue 2", ""]


def test_a_queue_never_grows() -> None:
    track = Track(least=5)
    for n in range(20):
        track.add(n, n / 10, n / 10 + 9, at=100)
    assert track.shown(103.01) == ["cue 19"]


def test_clear_takes_away_what_is_shown_and_what_was_to_come() -> None:
    track = Track()
    track.add(1, 5, 15, at=2)
    track.add(2, 15, 20, at=3)
    track.time = 7
    track.track.clear()
    track.track.clear()
    assert track.shown(6, 7, 10, 15, 19) == ["cue 1", "", "", "", ""]
    assert len(track.screen.documents) == 3  # nothing shown needs no clearing
    assert track.track.relevant == []
    track.add(3, 8, 9, at=9)
    assert track.shown(9) == ["cue 3"]


def test_a_correction_replaces_and_what_follows_it_stays() -> None:
    track = Track()
    cue = track.add(1, 5, 15, at=2)
    track.add(2, 15, 20, at=3)
    track.time = 10
    track.track.correct(replace(cue, lines=("better",)))
    assert track.shown(9, 10, 14.9, 15, 19.9, 20.1) == [
        "cue 1",
        "better",
        "better",
        "cue 2",
        "cue 2",
        "",
    ]
    numbers = [document.number for _, document in track.screen.documents]
    assert numbers == sorted(set(numbers))
    track.time = 12
    track.track.correct(replace(cue, lines=()))
    assert track.shown(12, 14, 15) == ["", "", "cue 2"]
    track.time = 30
    before = len(track.screen.documents)
    track.track.correct(replace(cue, lines=("too late",)))
    assert len(track.screen.documents) == before


def test_late_joiners_get_what_is_on_the_screen_and_what_will_be() -> None:
    track = Track()
    track.add(1, 5, 7, at=2)
    track.add(2, 7, 9, at=4)
    for time, texts in ((4, [1, 2]), (6, [1, 2]), (8, [2]), (9.5, [])):
        track.time = time
        assert [document.cue and document.cue.index for document in track.track.relevant] == texts


def test_over_midnight() -> None:
    """Times of a day cannot be tomorrow's: such documents wait, or say no time."""
    track = Track(began=BEGAN)
    track.add(1, 5, 12, at=2)
    assert '<body begin="23:59:55.000" dur="7.000s">' in track.last.text
    track.add(2, 9, 12, at=11)
    assert '<body dur="3.000s">' in track.last.text
    assert track.shown(6, 10.9, 11, 13.9, 14.1) == ["cue 1", "cue 1", "cue 2", "cue 2", ""]
    ahead = Track(began=BEGAN)
    ahead.add(1, 11, 12, at=2)
    assert not ahead.screen.documents


async def test_over_midnight_documents_are_sent_when_they_are_due() -> None:
    began = datetime.now(UTC).replace(hour=23, minute=59, second=59, microsecond=800_000)
    track = Track(began=began)
    start = asyncio.get_running_loop().time()
    running = asyncio.create_task(track.track.run())
    track.add(1, 0.5, 2, at=0)
    track.add(2, 2, 3, at=0)
    track.track._now = lambda: track.began + track.time  # the test's own clock goes on below
    while len(track.screen.documents) < 2:
        await asyncio.sleep(0.02)
        track.time = asyncio.get_running_loop().time() - start
    track.track.end()
    await running
    times = [at - track.began for at, _ in track.screen.documents]
    assert times[0] == pytest.approx(0.5, abs=0.4)
    assert times[1] == pytest.approx(2, abs=0.6)
    assert 'begin="00:00:00.3' in track.screen.documents[0][1].text


def test_media_times_are_the_feeds() -> None:
    track = Track("media")
    track.add(1, 5, 7, at=2)
    assert '<body begin="26:30:05.000" dur="2.000s">' in track.last.text
    assert 'ttp:timeBase="media"' in track.last.text
    assert "clockMode" not in track.last.text
    track.add(2, 5.5, 8, at=9)
    track.add(3, 8, 9, at=9)
    assert 'begin="26:30:05.500"' in track.screen.documents[1][1].text
    assert 'begin="26:30:10.000"' in track.last.text  # put off until the one before was read


async def test_implicit_documents_are_sent_when_they_are_due() -> None:
    session = Session(datetime.now(UTC) - timedelta(seconds=0.1))
    documents: list[Document] = []
    track = TrackSequence(LiveSequence("s", "ru"), "implicit", 0.3, session.clock, documents.append)
    running = asyncio.create_task(track.run())
    for index, start in enumerate((0.0, 0.1, 0.8)):
        cue = Cue(index, session.time(start), session.time(start + 1), (f"cue {index}",), "ru")
        track.add(cue)
    async with asyncio.timeout(10):
        while len(documents) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    track.end()
    await running
    assert [document.cue.index for document in documents if document.cue] == [0, 1, 2]
    assert all("begin=" not in document.text for document in documents)
    assert all(re.search(r'authoringDelay="[\d.]+s"', document.text) for document in documents)
    assert documents[1].begin - documents[0].begin >= 0.3
    assert documents[2].begin - documents[0].begin >= 0.6


def test_numbers_are_new_after_a_restart() -> None:
    first = Track()
    first.add(1, 1, 2, at=1)
    second = Track(began=NOON + timedelta(seconds=5))
    second.add(1, 1, 2, at=1)
    assert second.last.number > first.last.number
