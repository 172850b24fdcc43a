"""The events file: one JSON object a line, a stable format described in docs/EVENTS.md."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from foundation.media_time import Ticks, to_seconds
from foundation.speech import Word
from foundation.utc import utc_text
from streaming.cues.model import Cue
from streaming.session import (
    Cleared,
    CommittedText,
    CueReady,
    FeedChanged,
    PaceChanged,
    SessionEvent,
    TentativeText,
    TrackFailed,
)
from streaming.session_events import Controlled, Corrected, HandedOver, OutputChanged


def session_event(
    event: SessionEvent,
    first_sample: Ticks,
    heard_at: Callable[[Ticks], datetime | None] = lambda time: None,
) -> dict[str, Any]:
    """An event as a JSON object.

    Args:
        event: Of a session.
        first_sample: Where media times count from.
        heard_at: When a media time was heard: ``SessionClock.heard_at``.
    """
    body = event.body
    common: dict[str, Any] = {"wall": round(event.wall, 3)}

    def spoken(kind: str, language: str, words: tuple[Word, ...]) -> dict[str, Any]:
        return common | {
            "kind": kind,
            "track": event.track,
            "language": language,
            "text": " ".join(word.text for word in words),
            "start": _seconds(words[0].start - first_sample) if words else None,
            "end": _seconds(words[-1].end - first_sample) if words else None,
        }

    match body:
        case TentativeText(words, language):
            return spoken("tentative", language, words)
        case CommittedText(words, language):
            heard = heard_at(words[0].start) if words else None
            return (
                spoken("committed", language, words)
                | _utc(heard)
                | {"words": _words(words, first_sample)}
            )
        case CueReady(cue):
            heard = heard_at(cue.start)
            place = {"kind": "cue", "track": event.track}
            return common | place | _cue(cue, first_sample) | _utc(heard)
        case FeedChanged(state, detail):
            return (
                common | _without_text("feed", event.track) | {"text": f"{state} {detail}".strip()}
            )
        case PaceChanged(pace, lag, step_seconds):
            return (
                common
                | _without_text("pace", event.track)
                | {"text": pace.value, "lag": round(lag, 3), "step": round(step_seconds, 3)}
            )
        case Cleared():
            return common | _without_text("clear", event.track)
        case TrackFailed(detail):
            return common | _without_text("track-failed", event.track) | {"text": detail}
        case Corrected(texts, cues, operator):
            return (
                common
                | _without_text("correction", event.track)
                | {
                    "operator": operator,
                    "texts": [
                        {
                            "id": text.event_id,
                            "text": text.text,
                            "words": _words(text.words, first_sample),
                        }
                        for text in texts
                    ],
                    "cues": [{"index": cue.index} | _cue(cue, first_sample) for cue in cues],
                }
            )
        case HandedOver(engine, before, reason, operator):
            return (
                common
                | _without_text("hand-over", event.track)
                | {"text": engine, "before": before, "reason": reason, "operator": operator}
            )
        case Controlled(action, captions, operator):
            return (
                common
                | _without_text("control", event.track)
                | {
                    "text": action.value,
                    "held": captions.held,
                    "killed": captions.killed,
                    "unlabelled": captions.unlabelled,
                    "operator": operator,
                }
            )
        case OutputChanged(output, kind, state, detail):
            return (
                common
                | _without_text("output", event.track)
                | {"text": state.value, "output": output, "output_kind": kind, "detail": detail}
            )


def dump(event: dict[str, Any]) -> str:
    """One line, without its line end."""
    return json.dumps(event, ensure_ascii=False)


def _words(words: tuple[Word, ...], first_sample: Ticks) -> list[dict[str, Any]]:
    return [
        {
            "text": word.text,
            "start": _seconds(word.start - first_sample),
            "end": _seconds(word.end - first_sample),
            "confidence": round(word.confidence, 3),
        }
        | ({"spoken": word.spoken} if word.spoken else {})
        for word in words
    ]


def _cue(cue: Cue, first_sample: Ticks) -> dict[str, Any]:
    return {
        "language": cue.language,
        "text": "\n".join(cue.lines),
        "start": _seconds(cue.start - first_sample),
        "end": _seconds(cue.end - first_sample),
    }


def _utc(heard: datetime | None) -> dict[str, Any]:
    return {} if heard is None else {"heard_at": utc_text(heard)}


def _without_text(kind: str, track: str) -> dict[str, Any]:
    return {"kind": kind, "track": track, "language": "", "text": "", "start": None, "end": None}


def _seconds(time: Ticks) -> float:
    return round(to_seconds(time), 3)
