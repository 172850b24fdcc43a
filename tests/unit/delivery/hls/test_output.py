"""A session's events become a folder of HLS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import m3u8
import numpy as np
import pytest
import webvtt

from foundation.media_time import from_seconds
from streaming.cues.model import Cue
from streaming.delivery.context import NoReport
from streaming.delivery.hls import HlsConfig, HlsOutput, Rendition
from streaming.events import AudioChunk
from streaming.session_clock import SessionClock
from streaming.session_events import (
    CaptionState,
    ControlAction,
    Controlled,
    Corrected,
    CueReady,
    SessionEvent,
    SessionEventBody,
)

START = from_seconds(95_400)
CONFIG = HlsConfig(segment_seconds=2, window_seconds=6, hold_seconds=2)


class Session:
    """A clock that is moved by hand, and the events of a session."""

    def __init__(self) -> None:
        self.clock = SessionClock()
        self._events: asyncio.Queue[SessionEvent | None] = asyncio.Queue()
        self._at = START

    def hear(self, seconds: float, jump: float = 0, again: bool = False) -> None:
        self._at += from_seconds(jump)
        samples = np.zeros(round(seconds * 16_000), np.float32)
        chunk = AudioChunk(samples, self._at)
        self.clock.place(chunk, 0.0, follows_wall=False, again=again)
        self._at += from_seconds(seconds)

    def say(self, index: int, start: float, end: float, track: str = "source") -> None:
        cue = Cue(
            index, START + from_seconds(start), START + from_seconds(end), (f"cue {index}",), "ru"
        )
        self._events.put_nowait(SessionEvent(index, 0.0, track, CueReady(cue)))

    def tell(self, body: SessionEventBody, track: str = "source") -> None:
        self._events.put_nowait(SessionEvent(0, 0.0, track, body))

    def end(self) -> None:
        self._events.put_nowait(None)

    async def events(self) -> AsyncIterator[SessionEvent]:
        while (event := await self._events.get()) is not None:
            yield event


def names(folder: Path, pattern: str = "*") -> list[str]:
    return sorted(path.name for path in folder.glob(pattern))


def content(path: Path) -> str:
    return path.read_text() if path.exists() else ""


async def until(path: Path, text: str) -> str:
    """A file's text, once it holds ``text``."""
    async with asyncio.timeout(10):
        while True:
            found = content(path)
            if text in found:
                return found
            await asyncio.sleep(0.02)  # the output looks at its clock as often


def output(path: Path, session: Session, config: HlsConfig = CONFIG) -> HlsOutput:
    return HlsOutput(path, session.clock, [Rendition("source", ("ru",))], config)


async def begun(hls: HlsOutput, session: Session) -> asyncio.Task[None]:
    task = asyncio.create_task(hls.run(session.events()))
    await asyncio.sleep(0)
    return task


async def test_a_segment_is_published_when_its_hold_is_over(tmp_path: Path) -> None:
    session = Session()
    hls = output(tmp_path, session)
    task = await begun(hls, session)
    session.hear(3.9)
    session.say(1, 0.5, 3)
    session.hear(0.1)  # 2 s and the hold are over
    text = await until(tmp_path / "source.m3u8", "source-0.vtt")
    assert "source-1.vtt" not in text
    await until(tmp_path / "index.m3u8", "source.m3u8")
    session.hear(2)
    await until(tmp_path / "source.m3u8", "source-1.vtt")
    session.end()
    await task
    read = m3u8.load(str(tmp_path / "source.m3u8"))
    assert read.is_endlist
    assert [s.duration for s in read.segments] == [2, 2, 2]
    for number, texts in enumerate([["cue 1"], ["cue 1"], []]):
        captions = webvtt.read(tmp_path / f"source-{number}.vtt")
        assert [caption.text for caption in captions] == texts
    assert hls.counts["source"].on_time == 1


async def test_a_track_that_comes_while_on_air_is_listed(tmp_path: Path) -> None:
    session = Session()
    task = await begun(output(tmp_path, session), session)
    session.hear(5)
    await until(tmp_path / "index.m3u8", "source.m3u8")
    session.say(1, 4, 5, "en")
    session.hear(4)
    index = await until(tmp_path / "index.m3u8", 'NAME="English"')
    session.end()
    await task
    assert [media.uri for media in m3u8.loads(index).media] == ["source.m3u8", "en.m3u8"]
    texts = [
        caption.text
        for name in names(tmp_path, "en-*.vtt")
        for caption in webvtt.read(tmp_path / name)
    ]
    assert texts == ["cue 1"]


async def test_a_clock_set_anew_is_a_discontinuity(tmp_path: Path) -> None:
    session = Session()
    hls = output(tmp_path, session)
    task = await begun(hls, session)
    session.hear(5)
    await until(tmp_path / "source.m3u8", "source-0.vtt")
    session.hear(5, jump=-90_000)
    session.end()
    await task
    text = (tmp_path / "source.m3u8").read_text()
    assert text.count("#EXT-X-DISCONTINUITY\n") == 1
    read = m3u8.loads(text)
    assert [s.duration for s in read.segments] == [2, 2, 1, 2, 2, 1][-len(read.segments) :]
    maps = [
        int(content(tmp_path / name).partition("MPEGTS:")[2].partition(",")[0]) / 90_000
        for name in names(tmp_path, "source-*.vtt")
    ]
    assert maps[:3] == [95_400, 95_402, 95_404]
    assert maps[3:] == [5405, 5407, 5409]


async def test_a_lost_feed_on_the_same_clock_is_no_discontinuity(tmp_path: Path) -> None:
    """Another packager's video goes on meanwhile, or has the same gap."""
    session = Session()
    task = await begun(output(tmp_path, session), session)
    session.hear(5)
    await until(tmp_path / "source.m3u8", "source-0.vtt")
    session.hear(5, jump=7, again=True)
    session.end()
    await task
    text = (tmp_path / "source.m3u8").read_text()
    assert "DISCONTINUITY" not in text
    assert [s.duration for s in m3u8.loads(text).segments][-1] == 1


async def test_another_run_in_the_folder_goes_on_with_the_numbers(tmp_path: Path) -> None:
    for first in (0, 3):
        session = Session()
        task = await begun(output(tmp_path, session), session)
        session.hear(6)
        session.end()
        await task
        read = m3u8.load(str(tmp_path / "source.m3u8"))
        assert read.media_sequence == first
        assert names(tmp_path, "*.vtt") == [f"source-{first + n}.vtt" for n in range(3)]
    assert read.discontinuity_sequence == 1


async def test_cancelling_leaves_nothing_half_written(tmp_path: Path) -> None:
    session = Session()
    task = await begun(output(tmp_path, session), session)
    session.hear(9)
    await until(tmp_path / "source.m3u8", "source-2.vtt")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert {name.rpartition(".")[2] for name in names(tmp_path)} == {"m3u8", "vtt"}
    assert not m3u8.load(str(tmp_path / "source.m3u8")).is_endlist


async def test_an_output_that_comes_later_begins_where_the_session_is(tmp_path: Path) -> None:
    session = Session()
    session.hear(100)
    session.say(1, 3, 5)
    hls = output(tmp_path, session)
    task = await begun(hls, session)
    session.hear(4)
    session.say(2, 100.5, 101)
    session.end()
    await task
    texts = [content(tmp_path / name) for name in names(tmp_path, "*.vtt")]
    assert len(texts) == 2
    assert ["cue 2" in text for text in texts] == [True, False]
    assert f"MPEGTS:{(START + from_seconds(100)) % (1 << 33)}," in texts[0]
    assert not hls.counts["source"].lost


async def test_one_that_was_asked_for_at_the_start_publishes_all_of_it(tmp_path: Path) -> None:
    session = Session()
    session.hear(3)
    renditions = [Rendition("source", ("ru",))]
    hls = HlsOutput(tmp_path, session.clock, renditions, CONFIG, from_start=True)
    task = await begun(hls, session)
    session.say(1, 0.5, 1)
    session.hear(1)
    session.end()
    await task
    texts = [content(tmp_path / name) for name in names(tmp_path, "*.vtt")]
    assert ["cue 1" in text for text in texts] == [True, False]
    assert f"MPEGTS:{START % (1 << 33)}," in texts[0]


async def test_a_feed_that_never_comes_leaves_no_file(tmp_path: Path) -> None:
    session = Session()
    task = await begun(output(tmp_path, session), session)
    session.end()
    await task
    assert names(tmp_path) == []


def corrected(index: int, text: str, start: float, end: float) -> Corrected:
    lines = (text,) if text else ()
    times = START + from_seconds(start), START + from_seconds(end)
    return Corrected((), (Cue(index, *times, lines, "ru"),))


async def test_a_correction_changes_what_is_not_published_yet(tmp_path: Path) -> None:
    session = Session()
    hls = output(tmp_path, session)
    task = await begun(hls, session)
    session.hear(4.5)
    session.say(1, 0.5, 3)
    session.say(2, 3.5, 4)
    await until(tmp_path / "source-0.vtt", "cue 1")
    # The first cue is on the air and goes on in the next segment; the others are not.
    session.say(3, 4, 5)
    session.tell(corrected(1, "put right", 0.5, 3))
    session.tell(corrected(2, "mended", 3.5, 4))
    session.tell(corrected(3, "", 4, 5))
    session.hear(3)
    session.end()
    await task
    segments = [content(tmp_path / f"source-{n}.vtt") for n in range(3)]
    assert "cue 1" in segments[0]
    assert "cue 1" in segments[1]
    assert "mended" in segments[1]
    assert "put right" not in "".join(segments)
    assert "cue 2" not in "".join(segments)
    assert "cue 3" not in "".join(segments)


@pytest.mark.parametrize("action", [ControlAction.CLEAR, ControlAction.KILL])
async def test_what_is_not_published_yet_is_taken_away_with_the_screen(
    tmp_path: Path, action: ControlAction
) -> None:
    session = Session()
    hls = output(tmp_path, session)
    task = await begun(hls, session)
    session.hear(4.5)
    session.say(1, 0.5, 1.5)
    session.say(2, 2.5, 3.5)
    await until(tmp_path / "source-0.vtt", "cue 1")
    session.tell(Controlled(action, CaptionState()))
    session.say(3, 4.5, 5.5)
    session.hear(3)
    session.end()
    await task
    text = "".join(content(tmp_path / f"source-{n}.vtt") for n in range(4))
    assert "cue 2" not in text
    assert "cue 3" in text


class Report(NoReport):
    """What an output told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.failed = asyncio.Event()

    def shown(self, track: str, cue: Cue, at: object = None) -> None:
        self.told.append(f"shown {track} {cue.index}")

    def lost(self, track: str, cue: Cue, reason: str) -> None:
        self.told.append(f"lost {track} {cue.index}: {reason}")

    def failing(self, reason: str) -> None:
        self.told.append(f"failing {reason}")
        self.failed.set()

    def working(self) -> None:
        self.told.append("working")


async def test_each_cue_is_reported_once_when_it_is_out(tmp_path: Path) -> None:
    session, report = Session(), Report()
    config = HlsConfig(segment_seconds=1, window_seconds=6, hold_seconds=1, late_seconds=0)
    hls = HlsOutput(tmp_path, session.clock, [Rendition("source", ("ru",))], config, report=report)
    task = await begun(hls, session)
    session.hear(5)
    session.say(1, 0.5, 3.5)
    await until(tmp_path / "source-2.vtt", "cue 1")
    session.say(2, 0.5, 1)
    session.hear(1)
    session.end()
    await task
    assert report.told == ["shown source 1", "lost source 2: it came too late"]


async def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    session, report = Session(), Report()
    folder = tmp_path / "hls"
    folder.write_text("a file stands in the way")
    config = HlsConfig(segment_seconds=1, window_seconds=6, hold_seconds=0)
    hls = HlsOutput(folder, session.clock, [Rendition("source", ("ru",))], config, report=report)
    task = await begun(hls, session)
    session.hear(1)
    session.say(1, 0, 0.5)
    async with asyncio.timeout(10):
        await report.failed.wait()
    folder.unlink()
    session.end()
    await task
    assert report.told == [
        "failing source-0.vtt cannot be written: File exists",
        "shown source 1",
        "working",
    ]


async def test_the_names_of_tracks_say_that_they_are_automatic_as_long_as_they_must(
    tmp_path: Path,
) -> None:
    session = Session()
    labelled = True
    hls = HlsOutput(
        tmp_path,
        session.clock,
        [Rendition("source", ("kk", "ru")), Rendition("kk", ("kk",), translated=True, latin=True)],
        CONFIG,
        labelled=lambda: labelled,
    )
    task = await begun(hls, session)
    session.hear(5)
    index = await until(tmp_path / "index.m3u8", "#EXT")
    assert [each.name for each in m3u8.loads(index).media] == [
        "Қазақша / Русский · авто",
        "Qazaqşa · avto",
    ]
    labelled = False
    session.hear(2)
    index = await until(tmp_path / "index.m3u8", 'NAME="Қазақша / Русский"')
    assert "авто" not in index
    session.end()
    await task
