"""Files on a real disk that is full, or gone, for a while."""

from __future__ import annotations

from pathlib import Path

import m3u8
import pytest

from foundation.media_time import from_seconds
from streaming.delivery.hls.rendition import RenditionWriter
from streaming.delivery.segments import Entry
from streaming.delivery.segments.folder import Folder


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def entry(number: int) -> Entry:
    return Entry(number, 0, from_seconds(4), f"ru-{number}.vtt")


def writer(path: Path, window: float = 12) -> tuple[RenditionWriter, Clock]:
    clock = Clock()
    return RenditionWriter(Folder(path), "ru", 4, from_seconds(window), clock), clock


def playlist(path: Path) -> m3u8.M3U8:
    return m3u8.loads((path / "ru.m3u8").read_text())


def test_segments_are_deleted_a_while_after_they_left_the_playlist(tmp_path: Path) -> None:
    rendition, clock = writer(tmp_path)
    for number in range(12):
        rendition.add(entry(number), b"WEBVTT\n")
        rendition.flush()
        clock.time += 4
    rendition.flush()
    listed = {segment.uri for segment in playlist(tmp_path).segments}
    there = {path.name for path in tmp_path.iterdir()}
    assert listed == {f"ru-{n}.vtt" for n in (9, 10, 11)}
    # 12 s of playlist and two target durations: five segments more.
    assert there == {f"ru-{n}.vtt" for n in range(5, 12)} | {"ru.m3u8"}


def test_a_segment_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    folder = tmp_path / "hls"
    folder.write_text("a file stands in the way")
    rendition, clock = writer(folder)
    rendition.add(entry(0), b"WEBVTT\n")
    rendition.flush()
    assert not rendition.done
    folder.unlink()
    clock.time += 1
    rendition.flush()
    assert rendition.done
    assert [segment.uri for segment in playlist(folder).segments] == ["ru-0.vtt"]
    assert rendition.gaps == 0


def test_a_segment_that_stays_unwritten_is_a_gap_and_holds_nothing_up(tmp_path: Path) -> None:
    folder = tmp_path / "hls"
    folder.write_text("a file stands in the way")
    rendition, clock = writer(folder, window=60)
    for number in range(4):
        rendition.add(entry(number), b"WEBVTT\n")
        rendition.flush()
        clock.time += 4
    folder.unlink()
    rendition.end()
    rendition.flush()
    assert rendition.done
    read = playlist(folder)
    assert [bool(s.gap_tag) for s in read.segments] == [True, True, True, False]
    assert read.version == 8
    assert read.is_endlist
    assert rendition.gaps == 3
    assert {path.name for path in folder.iterdir()} == {"ru.m3u8", "ru-3.vtt"}


def test_a_full_disk_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk takes some bytes, then no more."""
    full = True
    write_bytes = Path.write_bytes

    def write(path: Path, data: bytes) -> int:
        if full:
            write_bytes(path, data[:3])
            raise OSError(28, "No space left on device")
        return write_bytes(path, data)

    monkeypatch.setattr(Path, "write_bytes", write)
    rendition, _ = writer(tmp_path)
    rendition.add(entry(0), b"WEBVTT\n")
    rendition.flush()
    assert list(tmp_path.iterdir()) == []
    full = False
    rendition.flush()
    assert (tmp_path / "ru-0.vtt").read_bytes() == b"WEBVTT\n"
    assert rendition.done


def test_a_reader_never_sees_a_playlist_that_names_what_is_not_there(tmp_path: Path) -> None:
    rendition, clock = writer(tmp_path)
    for number in range(30):
        rendition.add(entry(number), b"WEBVTT\n")
        rendition.flush()
        for segment in playlist(tmp_path).segments:
            assert (tmp_path / str(segment.uri)).is_file()
        clock.time += 4
