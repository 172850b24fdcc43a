"""Writes a session's tracks and events to a folder as they come."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import structlog

from foundation.errors import InvalidArgument
from foundation.media_time import Ticks
from streaming.cues.model import Cue
from streaming.formats import open_writer
from streaming.formats.events_jsonl import dump, session_event
from streaming.session import CueReady, LiveSession, SessionEvent

_log = structlog.get_logger(__name__)

_FORMATS = ("webvtt", "srt")


class TrackFiles:
    """``<track>.vtt``, ``<track>.srt`` and ``events.jsonl``; each is whole after every event.

    Times count from the session's first sample. What cannot be written while on air, as on a full
    disk, is a log event and nothing more: outputs go on.

    Args:
        folder: Made if need be.
        session: Whose events they are.
        translations: Names of translated tracks, which have files also where nothing is said.

    Raises:
        InvalidArgument: names ``--out``: its folder or a file in it cannot be made.
    """

    def __init__(
        self, folder: Path, session: LiveSession, translations: Sequence[str] = ()
    ) -> None:
        self._folder = folder
        self._session = session
        self._translations = translations
        self._stack = contextlib.ExitStack()
        self._events: TextIO | None = None
        self._failing = False
        self._tracks: dict[str, list[tuple[object, TextIO]]] = {}

    def __enter__(self) -> TrackFiles:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._events = self._open("events.jsonl")
            for track in (self._session.track, *self._translations):
                self._open_track(track)
        except OSError as error:
            self._stack.close()
            reason = f"cannot write to {self._folder}: {_reason(error)}"
            raise InvalidArgument("--out", reason) from None
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stack.close()

    def write(self, event: SessionEvent) -> None:
        """Append an event, and its cue if it is one."""
        first: Ticks = self._session.first_sample
        assert self._events is not None
        line = dump(session_event(event, first, self._session.clock.heard_at))
        failures = [self._append(self._events, line + "\n")]
        if isinstance(event.body, CueReady):
            failures += self._write_cue(event.track, event.body.cue.shifted(-first))
        failure = next(filter(None, failures), "")
        if failure and not self._failing:
            _log.error("files.write_failed", folder=str(self._folder), reason=failure)
        self._failing = bool(failure)

    def _write_cue(self, track: str, cue: Cue) -> list[str]:
        try:
            files = self._tracks.get(track) or self._open_track(track)
        except OSError as error:
            return [_reason(error)]
        return [self._append(file, writer.cue(cue)) for writer, file in files]  # type: ignore[attr-defined]

    @staticmethod
    def _append(file: TextIO, text: str) -> str:
        """Why it could not be written; empty: it was. The next write tries again what waits."""
        try:
            file.write(text)
            file.flush()
        except OSError as error:
            return _reason(error)
        return ""

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
        file = (self._folder / name).open("w", encoding="utf-8")
        self._stack.callback(_close, file)
        return file


def _close(file: TextIO) -> None:
    try:
        file.close()
    except OSError as error:  # what was not written yet
        _log.error("files.write_failed", file=file.name, reason=_reason(error))


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
