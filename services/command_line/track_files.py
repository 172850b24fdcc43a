"""Writes a session's tracks and events to a folder as they come."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from foundation.media_time import Ticks
from streaming.cues.model import Cue
from streaming.formats import open_writer
from streaming.formats.events_jsonl import dump, session_event
from streaming.session import CueReady, LiveSession, SessionEvent

_FORMATS = ("webvtt", "srt")


class TrackFiles:
    """``<track>.vtt``, ``<track>.srt`` and ``events.jsonl``; each is whole after every event.

    Times count from the session's first sample.

    Args:
        folder: Made if need be.
        session: Whose events they are.
        translations: Names of translated tracks, which have files also where nothing is said.
    """

    def __init__(
        self, folder: Path, session: LiveSession, translations: Sequence[str] = ()
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._session = session
        self._translations = translations
        self._stack = contextlib.ExitStack()
        self._events: TextIO | None = None
        self._tracks: dict[str, list[tuple[object, TextIO]]] = {}

    def __enter__(self) -> TrackFiles:
        self._events = self._open("events.jsonl")
        for track in (self._session.track, *self._translations):
            self._open_track(track)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stack.close()

    def write(self, event: SessionEvent) -> None:
        """Append an event, and its cue if it is one."""
        first: Ticks = self._session.first_sample
        assert self._events is not None
        line = dump(session_event(event, first, self._session.clock.heard_at))
        self._events.write(line + "\n")
        self._events.flush()
        if isinstance(event.body, CueReady):
            self._write_cue(event.track, event.body.cue.shifted(-first))

    def _write_cue(self, track: str, cue: Cue) -> None:
        for writer, file in self._tracks.get(track) or self._open_track(track):
            file.write(writer.cue(cue))  # type: ignore[attr-defined]
            file.flush()

    def _open_track(self, track: str) -> list[tuple[object, TextIO]]:
        opened: list[tuple[object, TextIO]] = []
        for name in _FORMATS:
            writer = open_writer(name)
            file = self._open(f"{track}{writer.extension}")
            file.write(writer.header())
            file.flush()
            opened.append((writer, file))
        self._tracks[track] = opened
        return opened

    def _open(self, name: str) -> TextIO:
        return self._stack.enter_context((self._folder / name).open("w", encoding="utf-8"))
