"""A session's events become a folder of DASH."""

from __future__ import annotations

import asyncio
import errno
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import av
import pytest

from foundation.errors import InvalidArgument
from foundation.media_time import from_seconds
from streaming.cues.model import Cue
from streaming.delivery.dash import DashConfig, DashOutput
from streaming.delivery.dash.continuing import Inheritance, Left
from streaming.delivery.dash.manifest import Track, segment_name
from streaming.delivery.dash.tracks import TrackWriter
from streaming.delivery.renditions import Rendition
from streaming.delivery.segments import Entry
from streaming.delivery.segments.folder import Folder
from streaming.formats.ttml.reader import read
from streaming.ingest.media_tap import MediaTap
from streaming.session_events import CaptionState, ControlAction, Controlled
from tests.unit.delivery.dash.test_manifest import XML, listed
from tests.unit.delivery.hls.test_output import START, Report, Session, corrected
from tests.unit.delivery.hls.test_output import names as files

CONFIG = DashConfig(segment_seconds=2, window_seconds=6, hold_seconds=2)
SPOKEN = Rendition("source", ("ru",))
KAZAKH = Rendition("kk", ("kk",), translated=True)


def output(path: Path, session: Session, config: DashConfig = CONFIG, **more: Any) -> DashOutput:
    return DashOutput(path, session.clock, [SPOKEN, KAZAKH], config, **more)


async def begun(dash: DashOutput, session: Session) -> asyncio.Task[None]:
    task = asyncio.create_task(dash.run(session.events()))
    await asyncio.sleep(0)
    return task


def manifest(folder: Path) -> bytes:
    path = folder / "index.mpd"
    return path.read_bytes() if path.exists() else b""


async def until(folder: Path, segments: int, period: str = "0") -> ElementTree.Element:
    """The manifest, once it has listed so many segments of the spoken track and a period."""
    async with asyncio.timeout(10):
        while True:
            text = manifest(folder)
            names = [name for name, _, _ in listed(text)] if text else []
            if names.count("source") >= segments:
                root = ElementTree.fromstring(text)
                if root.find(f"{XML}Period[@id='{period}']") is not None:
                    return root
            await asyncio.sleep(0.02)  # the output looks at its clock as often


def documents(folder: Path, track: str = "source") -> list[tuple[float, float, list[Cue]]]:
    """Start and end, since the session's, and cues of each segment that is listed."""
    found = []
    for name, uri, _ in listed(manifest(folder)):
        if name != track:
            continue
        init = folder / f"{track}-{uri.split('-')[1]}-init.mp4"
        with av.open(io.BytesIO(init.read_bytes() + (folder / uri).read_bytes())) as container:
            (packet,) = [each for each in container.demux() if each.pts is not None]
            start = (packet.pts - START) / 90_000
            cues = read(bytes(packet), "ru")
            found.append((start, start + packet.duration / 90_000, cues))
    return found


def texts(folder: Path, track: str = "source") -> list[list[str]]:
    return [[cue.text for cue in cues] for _, _, cues in documents(folder, track)]


async def test_a_segment_is_published_when_its_hold_is_over(tmp_path: Path) -> None:
    session, report = Session(), Report()
    dash = output(tmp_path, session, report=report)
    task = await begun(dash, session)
    session.hear(3.9)
    session.say(1, 0.5, 3)
    session.hear(0.1)  # 2 s and the hold are over
    root = await until(tmp_path, 1)
    assert root.attrib["type"] == "dynamic"
    assert len(texts(tmp_path)) == 1
    session.hear(2)
    await until(tmp_path, 2)
    session.end()
    await task
    root = ElementTree.fromstring(manifest(tmp_path))
    assert root.attrib["type"] == "static"
    assert root.attrib["mediaPresentationDuration"] == "PT6.000000S"
    # The cue stands in both segments, alike; while nobody speaks there are empty documents.
    assert [(start, end) for start, end, _ in documents(tmp_path)] == [(0, 2), (2, 4), (4, 6)]
    assert texts(tmp_path) == [["cue 1"], ["cue 1"], []]
    times = {(cue.start, cue.end) for _, _, cues in documents(tmp_path) for cue in cues}
    assert times == {(START + from_seconds(0.5), START + from_seconds(3))}
    assert texts(tmp_path, "kk") == [[], [], []]
    assert report.told == ["shown source 1"]


async def test_the_presentation_is_placed_in_utc(tmp_path: Path) -> None:
    session = Session()
    task = await begun(output(tmp_path, session), session)
    before = datetime.now(UTC)
    session.hear(4)
    after = datetime.now(UTC)
    root = await until(tmp_path, 1)
    session.end()
    await task
    # What was heard first was heard four seconds ago; it could be there a hold later.
    reference = next(root.iter(f"{XML}ProducerReferenceTime")).attrib
    heard = datetime.fromisoformat(reference["wallClockTime"])
    millisecond = timedelta(milliseconds=1)
    assert before - millisecond <= heard + timedelta(seconds=4) <= after
    assert int(reference["presentationTime"]) == START
    available = datetime.fromisoformat(root.attrib["availabilityStartTime"])
    assert abs(available - heard - timedelta(seconds=2)) <= millisecond


async def test_tracks_say_what_they_are(tmp_path: Path) -> None:
    session = Session()
    task = await begun(output(tmp_path, session), session)
    session.hear(5)
    session.end()
    await task
    found = []
    for element in ElementTree.fromstring(manifest(tmp_path)).iter(f"{XML}AdaptationSet"):
        roles = [role.attrib["value"] for role in element.iter(f"{XML}Role")]
        representation = element.find(f"{XML}Representation")
        assert representation is not None
        codecs = representation.attrib["codecs"]
        found.append((element.get("lang"), element.findtext(f"{XML}Label"), roles, codecs))
    assert found == [
        ("ru", "Русский", ["subtitle", "main"], "stpp.ttml.im1t"),
        ("kk", "Қазақша", ["subtitle"], "stpp.ttml.im1t"),
    ]


async def test_labels_and_documents_say_that_they_are_automatic(tmp_path: Path) -> None:
    session = Session()
    automatic = True
    dash = output(tmp_path, session, labelled=lambda: automatic)
    task = await begun(dash, session)
    session.hear(5)
    root = await until(tmp_path, 1)
    labels = [each.findtext(f"{XML}Label") for each in root.iter(f"{XML}AdaptationSet")]
    assert labels == ["Русский · авто", "Қазақша · авто"]
    automatic = False
    session.hear(2)
    session.end()
    await task
    root = ElementTree.fromstring(manifest(tmp_path))
    labels = [each.findtext(f"{XML}Label") for each in root.iter(f"{XML}AdaptationSet")]
    assert labels == ["Русский", "Қазақша"]
    said = [b"<ttm:desc>" in segment(tmp_path, uri) for _, uri, _ in listed(manifest(tmp_path))]
    assert said[0] is True
    assert said[-1] is False


def segment(folder: Path, uri: str) -> bytes:
    return (folder / uri).read_bytes()


async def test_a_track_that_comes_while_on_air_is_listed(tmp_path: Path) -> None:
    session = Session()
    task = await begun(output(tmp_path, session), session)
    session.hear(5)
    await until(tmp_path, 1)
    session.say(1, 4, 5, "en")
    session.hear(4)
    session.end()
    await task
    root = ElementTree.fromstring(manifest(tmp_path))
    labels = [each.findtext(f"{XML}Label") for each in root.iter(f"{XML}AdaptationSet")]
    assert labels == ["Русский", "Қазақша", "English"]
    assert [text for cues in texts(tmp_path, "en") for text in cues] == ["cue 1"]


@pytest.mark.parametrize("action", [ControlAction.CLEAR, ControlAction.KILL])
async def test_operators_change_what_is_not_published_yet(
    tmp_path: Path, action: ControlAction
) -> None:
    session = Session()
    config = DashConfig(segment_seconds=2, window_seconds=0, hold_seconds=2)
    task = await begun(output(tmp_path, session, config), session)
    session.hear(4.5)
    session.say(1, 0.5, 1.5)
    session.say(2, 2.5, 3.5)
    session.tell(corrected(2, "put right", 2.5, 3.5))
    session.say(3, 4.5, 5.5)
    session.hear(2)
    await until(tmp_path, 2)
    session.tell(Controlled(action, CaptionState()))
    session.hear(2)
    session.end()
    await task
    assert texts(tmp_path) == [["cue 1"], ["put right"], [], [], []]


async def test_a_clock_set_anew_changes_nothing_for_subtitles_alone(tmp_path: Path) -> None:
    session = Session()
    task = await begun(output(tmp_path, session), session)
    session.hear(3)
    session.hear(5, jump=-50_000)
    session.hear(3, jump=20_000)
    session.say(1, 8.5, 9)
    session.end()
    await task
    root = ElementTree.fromstring(manifest(tmp_path))
    assert len(root.findall(f"{XML}Period")) == 1
    assert documents(tmp_path)[-1][1] == pytest.approx(11)
    assert texts(tmp_path)[-2] == ["cue 1"]


async def test_the_wrap_of_the_feeds_timestamps_changes_nothing(tmp_path: Path) -> None:
    """The session's clock is unwrapped already: 95 443.7 s lie within."""
    session = Session()
    config = DashConfig(segment_seconds=4, window_seconds=0, hold_seconds=1)
    task = await begun(output(tmp_path, session, config), session)
    session.hear(48)
    session.say(1, 43, 45)
    session.end()
    await task
    spans = [(start, end) for start, end, _ in documents(tmp_path)]
    assert spans == [(at, at + 4) for at in range(0, 48, 4)]
    assert [number for number, cues in enumerate(texts(tmp_path)) if cues] == [10, 11]


async def test_old_segments_leave_the_manifest(tmp_path: Path) -> None:
    session = Session()
    task = await begun(output(tmp_path, session), session)
    for _ in range(6):
        session.hear(2)
    root = await until(tmp_path, 3)
    session.end()
    await task
    assert root.attrib["timeShiftBufferDepth"] == "PT6.000000S"
    assert [start for start, _, _ in documents(tmp_path)] == [6, 8, 10]


def test_what_left_the_manifest_is_deleted_once_nobody_loads_it(tmp_path: Path) -> None:
    now = [0.0]
    writer = TrackWriter(Folder(tmp_path), "kk", CONFIG, lambda: now[0])
    track = Track("kk", "text", "stpp", 90_000, 0)
    for number in range(7):
        period = number // 3
        uri = segment_name("kk", period, number)
        entry = Entry(number, period, from_seconds(2), uri, start=number * from_seconds(2))
        writer.add(track, b"init", entry, b"data")
        assert writer.write()
        writer.remove_old()
    assert len(files(tmp_path)) == 7 + 3
    assert writer.periods == {1, 2}
    now[0] = 8.0
    writer.remove_old()
    # With the last segment of a period goes its initialisation.
    assert files(tmp_path) == [
        "kk-1-4.m4s",
        "kk-1-5.m4s",
        "kk-1-init.mp4",
        "kk-2-6.m4s",
        "kk-2-init.mp4",
    ]


def starts(root: ElementTree.Element) -> dict[str, float]:
    """Seconds from the presentation's start to that of each period."""
    return {
        period.attrib["id"]: float(period.attrib["start"].strip("PTS"))
        for period in root.findall(f"{XML}Period")
    }


async def test_another_run_goes_on_with_the_numbers(tmp_path: Path) -> None:
    """A run that ended, then some that were killed, whose players go on."""
    names = []
    roots = []
    for run in range(4):
        session = Session()
        task = await begun(output(tmp_path, session), session)
        session.hear(9)
        roots.append(await until(tmp_path, 3, period=str(run)))
        names.append(set(files(tmp_path, f"*-{run}-*.m4s")))
        assert len(names[-1]) >= 6
        if run == 0:
            session.end()
            await task
        else:
            task.cancel()
            await asyncio.wait({task})
    available = [root.attrib["availabilityStartTime"] for root in roots]
    assert available[0] != available[1]  # the first had ended: another begins
    assert available[1] == available[2] == available[3]
    assert list(starts(roots[1])) == ["1"]
    assert list(starts(roots[3])) == ["1", "2", "3"]
    # Each run was killed once it had 6 s; it heard more at once than its time on the clock.
    assert starts(roots[3])["1"] == 0
    assert 6 <= starts(roots[3])["2"] <= starts(roots[3])["3"] - 6
    # Players may be in the periods of runs that were killed.
    assert not names[0] & set(files(tmp_path))
    assert names[1] <= set(files(tmp_path))
    for name, uri, _ in listed(manifest(tmp_path)):
        assert (tmp_path / uri).exists()
        assert (tmp_path / f"{name}-{uri.split('-')[1]}-init.mp4").exists()


def test_periods_of_another_run_leave_and_then_their_files(tmp_path: Path) -> None:
    now = [100.0]
    (tmp_path / "kk-4-9.m4s").write_bytes(b"old")
    left = Left(5, periods=(ElementTree.Element("Period"),), files=("kk-4-9.m4s",))
    inheritance = Inheritance(left, 60, lambda: now[0])
    folder = Folder(tmp_path)
    for time, periods, there in ((100, 1, 1), (159, 1, 1), (160, 0, 1), (171, 0, 1), (172, 0, 0)):
        now[0] = time
        assert len(inheritance.periods) == periods
        inheritance.remove_old(folder, 12)
        assert len(files(tmp_path)) == there


async def test_a_recording_goes_on_where_the_run_before_was_killed(tmp_path: Path) -> None:
    config = DashConfig(segment_seconds=2, window_seconds=0, hold_seconds=1)
    for run in range(2):
        session = Session()
        task = await begun(output(tmp_path, session, config), session)
        session.hear(5)
        session.say(run, 1, 1.5)
        await until(tmp_path, 2 * (run + 1), period=str(run))
        if run == 0:
            task.cancel()
            await asyncio.wait({task})
        else:
            session.end()
            await task
    root = ElementTree.fromstring(manifest(tmp_path))
    assert root.attrib["type"] == "static"
    assert list(starts(root)) == ["0", "1"]
    assert [text for cues in texts(tmp_path) for text in cues] == ["cue 0", "cue 1"]


async def test_a_recording_is_not_deleted_by_the_next_run(tmp_path: Path) -> None:
    config = DashConfig(segment_seconds=2, window_seconds=0, hold_seconds=1)
    for _ in range(2):
        session = Session()
        task = await begun(output(tmp_path, session, config), session)
        session.hear(4)
        session.end()
        await task
    assert {name.split("-")[1] for name in files(tmp_path, "source-*")} == {"0", "1"}


@pytest.mark.parametrize("text", ["", "<MPD", "<MPD/>", "<a/>", "\ufffd" * 9])
async def test_a_broken_manifest_is_replaced(tmp_path: Path, text: str) -> None:
    (tmp_path / "index.mpd").write_text(text)
    (tmp_path / "source-41-900.m4s").write_bytes(b"old")
    (tmp_path / "notes.txt").write_text("not ours")
    session = Session()
    task = await begun(output(tmp_path, session), session)
    session.hear(4)
    session.end()
    await task
    names = files(tmp_path)
    assert "source-42-init.mp4" in names
    assert "source-41-900.m4s" not in names
    assert "notes.txt" in names


async def test_cancelling_leaves_nothing_half_written(tmp_path: Path) -> None:
    session = Session()
    task = await begun(output(tmp_path, session), session)
    session.hear(9)
    await until(tmp_path, 2)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert files(tmp_path, ".*") == []
    assert b'type="dynamic"' in manifest(tmp_path)
    assert all(cues == [] for _, _, cues in documents(tmp_path))


async def test_a_full_disk_holds_nothing_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes half of every file; a segment is missing, those after it are there."""
    full = False
    write_bytes = Path.write_bytes

    def write(path: Path, data: bytes) -> int:
        if full:
            write_bytes(path, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_bytes(path, data)

    monkeypatch.setattr(Path, "write_bytes", write)
    session, report = Session(), Report()
    config = DashConfig(segment_seconds=1, window_seconds=0, hold_seconds=0)
    dash = output(tmp_path, session, config, report=report)
    task = await begun(dash, session)
    session.hear(1)
    await until(tmp_path, 1)
    full = True
    session.say(1, 1, 1.5)
    session.hear(1)
    async with asyncio.timeout(10):
        await report.failed.wait()
        assert len(texts(tmp_path)) == 1
        assert files(tmp_path, ".*") == []
        while dash.gaps < 2:  # noqa: ASYNC110  (after a second: one of each track)
            await asyncio.sleep(0.02)
    full = False
    session.say(2, 2, 2.5)
    session.hear(1)
    session.end()
    await task
    assert [start for start, _, _ in documents(tmp_path)] == [0, 2]
    assert texts(tmp_path) == [[], ["cue 2"]]
    assert ElementTree.fromstring(manifest(tmp_path)).attrib["type"] == "static"
    assert report.told[0].endswith("cannot be written: No space left on device")
    assert sorted(told for told in report.told if not told.startswith("failing")) == [
        "lost source 1: its segment could not be written",
        "shown source 2",
        "working",
    ]


async def test_a_folder_that_is_a_file_is_reported_and_given_up_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streaming.delivery.segments.output._LAST_TRIES_SECONDS", 0.2)
    folder = tmp_path / "dash"
    folder.write_text("in the way")
    session, report = Session(), Report()
    task = await begun(output(folder, session, report=report), session)
    session.hear(5)
    async with asyncio.timeout(10):
        await report.failed.wait()
    session.end()
    await task
    assert folder.read_text() == "in the way"


async def test_a_feed_that_never_comes_leaves_no_file(tmp_path: Path) -> None:
    session = Session()
    task = await begun(output(tmp_path / "dash", session), session)
    session.end()
    await task
    assert not (tmp_path / "dash").exists()


async def test_media_that_no_mp4_holds_leaves_the_subtitles(tmp_path: Path) -> None:
    session, tap = Session(), MediaTap()
    config = DashConfig(segment_seconds=2, window_seconds=6, hold_seconds=1, video="copy")
    task = await begun(output(tmp_path, session, config, media=tap), session)
    tap.connect()
    session.hear(5)
    tap.put(b"\x47" + bytes(187))
    session.say(1, 0.5, 1)
    session.end()
    await task
    assert texts(tmp_path)[0] == ["cue 1"]


def test_a_track_cannot_have_the_name_of_the_picture(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="video"):
        DashOutput(tmp_path, Session().clock, [Rendition("video", ("kk",))])


async def test_an_output_that_comes_later_begins_where_the_session_is(tmp_path: Path) -> None:
    session = Session()
    session.hear(20)
    session.say(1, 3, 4)
    task = await begun(output(tmp_path, session), session)
    session.hear(4)
    session.say(2, 21, 22)
    session.end()
    await task
    assert [(start, end) for start, end, _ in documents(tmp_path)] == [(20, 22), (22, 24)]
    assert texts(tmp_path) == [["cue 2"], []]
