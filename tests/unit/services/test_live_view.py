"""What a terminal, a pipe and a folder get of a session's tracks."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from dauys import client
from rich.console import Console
from structlog.testing import capture_logs

from foundation.errors import InvalidArgument
from foundation.speech import Word
from services.command_line.live_view import LiveView
from services.command_line.track_files import TrackFiles
from streaming.cues.model import Cue
from streaming.cues.presets import load_preset
from streaming.events import FeedItem
from streaming.session import (
    Cleared,
    CommittedText,
    CueReady,
    LiveSession,
    SessionEvent,
    TentativeText,
    TrackFailed,
)
from tests.unit.streaming.test_session import EchoRecognizer


def words(text: str) -> tuple[Word, ...]:
    return tuple(
        Word(word, place * 90_000, place * 90_000 + 90_000, 1.0)
        for place, word in enumerate(text.split())
    )


def cue(text: str) -> CueReady:
    return CueReady(Cue(1, 0, 180_000, (text,), "kk", words(text)))


EVENTS = [
    SessionEvent(1, 1.0, "source", CommittedText(words("добрый вечер"), "ru")),
    SessionEvent(0, 1.5, "kk", TentativeText(words("қайырлы"), "kk")),
    SessionEvent(2, 2.0, "kk", CommittedText(words("кеш жарық"), "kk")),
    SessionEvent(3, 3.0, "kk", cue("кеш жарық")),
    SessionEvent(4, 4.0, "en", TrackFailed("the model is gone")),
]


@dataclass
class Picture:
    """What a view shows, drawn."""

    view: LiveView

    def lines(self) -> str:
        console = Console(width=60, file=io.StringIO(), record=True)
        console.print(self.view.picture())
        return console.export_text()


def test_each_track_has_a_panel_of_its_own() -> None:
    view = LiveView("studio", Console(file=io.StringIO()), ("kk", "en"))
    for event in EVENTS:
        view.show(event)
    _, source, kazakh, english = Picture(view).lines().split("╭")
    assert "studio" in source
    assert "добрый вечер" in source
    assert "кеш" not in source
    assert kazakh.startswith("─ kk ─")
    assert "кеш жарық қайырлы" in kazakh
    assert english.startswith("─ en ─")
    assert "[the model is gone]" in english
    view.show(SessionEvent(5, 5.0, "source", Cleared()))
    assert "кеш" not in Picture(view).lines()
    assert "вечер" not in Picture(view).lines()


def test_a_pipe_gets_cues_with_their_tracks() -> None:
    output = io.StringIO()
    view = LiveView("studio", Console(file=output, width=80), ("kk", "en"))
    with view:
        for event in EVENTS:
            view.show(event)
    assert output.getvalue().splitlines() == [
        "    3.0  kk      кеш жарық",
        "[en failed] the model is gone",
    ]


def test_events_of_a_server_are_shown_alike() -> None:
    view = LiveView("studio", Console(file=io.StringIO()), ("kk",))
    view.show_remote(
        client.CommittedText(1, "kk", 2.0, 0, "кеш", "kk", (client.Word("кеш", 0, 1, 1.0),), 0, 1)
    )
    view.show_remote(client.TentativeText(0, "kk", 2.0, 0, "жарық", "kk", 1, 2))
    view.show_remote(client.TrackFailed(2, "kk", 2.0, 0, "gone"))
    assert "кеш жарық [gone]" in Picture(view).lines()


class NoFeed:
    async def __aiter__(self) -> AsyncIterator[FeedItem]:
        return
        yield

    async def aclose(self) -> None:
        """Nothing to free."""


def test_each_track_has_files_of_its_own_from_the_start(tmp_path: Path) -> None:
    session = LiveSession(NoFeed(), EchoRecognizer(), load_preset("vod"))
    with TrackFiles(tmp_path, session, ("kk", "en")) as files:
        for event in EVENTS:
            files.write(event)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [
        "en.srt",
        "en.vtt",
        "events.jsonl",
        "kk.srt",
        "kk.vtt",
        "source.srt",
        "source.vtt",
    ]
    assert "кеш жарық" in (tmp_path / "kk.vtt").read_text(encoding="utf-8")
    assert (tmp_path / "en.vtt").read_text(encoding="utf-8").strip() == "WEBVTT"
    lines = (tmp_path / "events.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[-1]) == {
        "wall": 4.0,
        "kind": "track-failed",
        "track": "en",
        "language": "",
        "text": "the model is gone",
        "start": None,
        "end": None,
    }


def test_a_full_disk_under_one_file_costs_neither_the_others_nor_the_session(
    tmp_path: Path,
) -> None:
    (tmp_path / "events.jsonl").symlink_to("/dev/full")
    session = LiveSession(NoFeed(), EchoRecognizer(), load_preset("vod"))
    with capture_logs() as logged, TrackFiles(tmp_path, session, ("kk", "en")) as files:
        for event in EVENTS:
            files.write(event)
    assert "кеш жарық" in (tmp_path / "kk.vtt").read_text(encoding="utf-8")
    told = [(each["event"], each["reason"]) for each in logged]
    assert told[0] == ("files.write_failed", "No space left on device")
    assert len(told) <= 2  # once on air, once as it is closed


def test_a_folder_that_cannot_be_made_is_refused_by_its_option(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file stands in the way")
    session = LiveSession(NoFeed(), EchoRecognizer(), load_preset("vod"))
    with pytest.raises(InvalidArgument, match=r"--out: cannot write to .*taken: File exists"):
        TrackFiles(tmp_path / "taken", session).__enter__()
