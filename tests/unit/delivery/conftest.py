"""Kinds of outputs that do as a test says, and a session that they look on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from foundation.media_time import Ticks, from_seconds
from foundation.speech import Word
from streaming.cues.model import Cue
from streaming.cues.presets import load_preset
from streaming.delivery import kinds
from streaming.delivery.renditions import session_renditions
from streaming.delivery.running import SessionFacts
from streaming.events import AudioChunk
from streaming.ingest.audio_tap import AudioTaps
from streaming.operator_desk import OperatorDesk
from streaming.session_clock import SessionClock
from streaming.session_events import (
    CommittedText,
    CueReady,
    OutputChanged,
    SessionEvent,
)
from streaming.watchers import EventLog, Subscription
from tests.unit.delivery import scripted_output

START: Ticks = from_seconds(1000)


class FakeSession:
    """A session without a feed: a test moves its clock and speaks."""

    track = "source"

    def __init__(self) -> None:
        self.log = EventLog(1000, 100)
        self.clock = SessionClock()
        self.audio = AudioTaps()
        self.at_own_speed = True
        self.wall = 0.0
        self.preset = load_preset("overlay-live")
        self.operators = OperatorDesk(
            self.log,
            lambda: self.wall,
            self.preset,
            self.track,
            lambda: self.clock.heard_until,
        )
        self._cues = 0
        self.hear(1)

    def hear(self, seconds: float) -> None:
        """So much audio comes."""
        start = self.clock.heard_until or START
        chunk = AudioChunk(np.zeros(round(seconds * 16_000), np.float32), start)
        self.clock.place(chunk, 0.0, follows_wall=False, again=False)
        self.wall += seconds

    def subscribe(self, after_event: int = 0) -> Subscription:
        """See ``LiveSession``."""
        return self.log.subscribe(after_event)

    def unsubscribe(self, subscription: Subscription) -> None:
        """See ``LiveSession``."""
        self.log.unsubscribe(subscription)

    def say(self, text: str, start: float = 0.0, track: str = "source") -> None:
        """Words of a second, and their cue."""
        at = START + from_seconds(start)
        word = Word(text, at, at + from_seconds(1), 0.9)
        self._cues += 1
        cue = Cue(self._cues, word.start, word.end, (text,), "kk", (word,))
        self.operators.publish(track, CommittedText((word,), "kk"))
        self.operators.publish(track, CueReady(cue))

    def facts(self) -> SessionFacts:
        """What its outputs are told."""
        tracks = session_renditions("source", ("kk",), ("ru",), latin=False)
        return SessionFacts("abc", tracks, self.preset, "News")

    def changes(self, name: str) -> list[str]:
        """What was told of an output."""
        return [
            f"{event.body.state} {event.body.detail}".strip()
            for event in self.log.kept
            if isinstance(event.body, OutputChanged) and event.body.output == name
        ]

    @property
    def events(self) -> list[SessionEvent]:
        """All that is kept."""
        return list(self.log.kept)


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[scripted_output.ScriptedOutput]]:
    """The scripted outputs that were opened, and their kinds made known."""
    for name in ("scripted_output", "scripted_arrivals"):
        kind = "scripted" if name == "scripted_output" else "arrivals"
        monkeypatch.setitem(kinds.KINDS, kind, f"tests.unit.delivery.{name}")
    monkeypatch.setattr(scripted_output, "SCRIPTS", dict(scripted_output.SCRIPTS))
    scripted_output.OPENED.clear()
    yield scripted_output.OPENED
    scripted_output.OPENED.clear()
