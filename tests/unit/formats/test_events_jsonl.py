from __future__ import annotations

import json
from datetime import UTC, datetime

from foundation.speech import Word
from streaming.cues.model import Cue
from streaming.events import Pace
from streaming.formats.events_jsonl import dump, session_event
from streaming.session import CommittedText, CueReady, PaceChanged, SessionEvent
from streaming.session_events import (
    CaptionState,
    ControlAction,
    Controlled,
    Corrected,
    CorrectedText,
    OutputChanged,
    OutputState,
)


def test_a_change_of_pace() -> None:
    event = SessionEvent(7, 12.3456, "source", PaceChanged(Pace.BEHIND, 5.25, 2.0))
    assert json.loads(dump(session_event(event, 0))) == {
        "wall": 12.346,
        "kind": "pace",
        "track": "source",
        "language": "",
        "text": "behind",
        "start": None,
        "end": None,
        "lag": 5.25,
        "step": 2.0,
    }


def test_a_correction_and_a_control() -> None:
    word = Word("Алматы", 90_000, 180_000, 1.0, "Алмаоты")
    corrected = Corrected(
        (CorrectedText(3, (word,)),), (Cue(1, 90_000, 180_000, ("Алматы",), "kk"),), "Айгерім"
    )
    told = session_event(SessionEvent(5, 2.0, "source", corrected), 90_000)
    assert told == {
        "wall": 2.0,
        "kind": "correction",
        "track": "source",
        "language": "",
        "text": "",
        "start": None,
        "end": None,
        "operator": "Айгерім",
        "texts": [
            {
                "id": 3,
                "text": "Алматы",
                "words": [
                    {
                        "text": "Алматы",
                        "start": 0.0,
                        "end": 1.0,
                        "confidence": 1.0,
                        "spoken": "Алмаоты",
                    }
                ],
            }
        ],
        "cues": [{"index": 1, "language": "kk", "text": "Алматы", "start": 0.0, "end": 1.0}],
    }
    killed = Controlled(ControlAction.KILL, CaptionState(killed=True))
    told = session_event(SessionEvent(6, 2.0, "source", killed), 0)
    assert (told["kind"], told["text"]) == ("control", "kill")
    assert (told["held"], told["killed"], told["unlabelled"]) == (False, True, False)


def test_when_text_was_heard() -> None:
    word = Word("Алматы", 90_000, 180_000, 1.0)
    heard = {90_000: datetime(2026, 3, 1, 9, 0, 0, 500_000, tzinfo=UTC)}
    for body in (
        CommittedText((word,), "kk"),
        CueReady(Cue(1, 90_000, 180_000, ("Алматы",), "kk", (word,))),
    ):
        told = session_event(SessionEvent(1, 2.0, "source", body), 0, heard.get)
        assert told["heard_at"] == "2026-03-01T09:00:00.500Z"


def test_an_output_that_fails() -> None:
    changed = OutputChanged("air", "hls", OutputState.FAILING, "disk full")
    told = session_event(SessionEvent(1, 2.0, "source", changed), 0)
    assert (told["kind"], told["text"]) == ("output", "failing")
    assert (told["output"], told["output_kind"], told["detail"]) == ("air", "hls", "disk full")
