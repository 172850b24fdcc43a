from __future__ import annotations

import json

from streaming.events import Pace
from streaming.formats.events_jsonl import dump, session_event
from streaming.session import PaceChanged, SessionEvent


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
