"""The events file: one JSON object a line, a stable format described in docs/EVENTS.md."""

from __future__ import annotations

import json
from typing import Any

from foundation.media_time import Ticks, to_seconds
from foundation.speech import Word
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
from streaming.session_events import Controlled, Corrected, HandedOver


def session_event(event: SessionEvent, first_sample: Ticks) -> dict[str, Any]:
    """An event as a JSON object; media times count from ``first_sample``."""
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
            return spoken("committed", language, words) | {"words": _words(words, first_sample)}
        case CueReady(cue):
            return common | {"kind": "cue", "track": event.track} | _cue(cue, first_sample)
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


def _without_text(kind: str, track: str) -> dict[str, Any]:
    return {"kind": kind, "track": track, "language": "", "text": "", "start": None, "end": None}


def _seconds(time: Ticks) -> float:
    return round(to_seconds(time), 3)
