"""Events as the pages get them: the JSON of docs/EVENTS.md, with the event's id."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from dauys.client import (
    CaptionState,
    Cleared,
    CommittedText,
    Controlled,
    Corrected,
    Cue,
    CueFinished,
    FeedChanged,
    HandedOver,
    LiveSessionState,
    OutputChanged,
    PaceChanged,
    TentativeText,
    TrackFailed,
    Word,
)

from foundation.utc import utc_text

SessionCueEvent: TypeAlias = (
    TentativeText
    | CommittedText
    | CueFinished
    | FeedChanged
    | PaceChanged
    | Cleared
    | TrackFailed
    | Corrected
    | Controlled
    | HandedOver
    | OutputChanged
)
"""What happened in a session."""


@dataclass(frozen=True, slots=True)
class Line:
    """One event, ready to be sent to any number of viewers."""

    event_id: int
    """0: not kept, and no place to resume from."""

    track: str
    """Empty: the whole session's."""

    text: str
    """JSON, without a line end."""

    tentative: bool = False
    """The next of its track replaces it."""


def line(event: SessionCueEvent) -> Line:
    """An event as a line."""
    head: dict[str, Any] = {"id": event.event_id} if event.event_id else {}
    head |= {"wall": round(event.wall, 3)}
    body = _body(event)
    whole = isinstance(
        event, FeedChanged | PaceChanged | Cleared | Controlled | HandedOver | OutputChanged
    )
    return Line(
        event.event_id,
        "" if whole else event.track,
        dump(head | {"track": event.track} | body),
        isinstance(event, TentativeText),
    )


def notice(kind: str, **fields: Any) -> Line:
    """Something that the gateway itself has to say."""
    return Line(0, "", dump({"kind": kind} | fields))


def dump(value: dict[str, Any]) -> str:
    """One line of JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def state_name(state: LiveSessionState) -> str:
    """As pages are told it: ``live``, ``feed-lost`` and so on."""
    return state.name.lower().replace("_", "-")


def captions(state: CaptionState) -> dict[str, bool]:
    """What outputs may show."""
    return {"held": state.held, "killed": state.killed, "unlabelled": state.unlabelled}


def _body(event: SessionCueEvent) -> dict[str, Any]:
    match event:
        case TentativeText():
            return {"kind": "tentative"} | _span(event)
        case CommittedText():
            span = _span(event) | _utc(event.heard_at)
            return {"kind": "committed"} | span | {"words": _words(event.words)}
        case CueFinished():
            return {"kind": "cue"} | _cue(event.cue) | _utc(event.cue.heard_at)
        case FeedChanged():
            return {
                "kind": "feed",
                "state": state_name(event.state),
                "text": f"{state_name(event.state)} {event.detail}".strip(),
            }
        case PaceChanged():
            return {
                "kind": "pace",
                "text": event.pace.name.lower(),
                "lag": round(event.lag, 3),
                "step": round(event.step, 3),
            }
        case Cleared():
            return {"kind": "clear"}
        case TrackFailed():
            return {"kind": "track-failed", "text": event.detail}
        case Corrected():
            return {
                "kind": "correction",
                "operator": event.operator,
                "texts": [
                    {"id": text.event_id, "text": text.text, "words": _words(text.words)}
                    for text in event.texts
                ],
                "cues": [_cue(cue) for cue in event.cues],
            }
        case Controlled():
            return (
                {"kind": "control", "text": event.action.name.lower()}
                | captions(event.captions)
                | {"operator": event.operator}
            )
        case HandedOver():
            return {
                "kind": "hand-over",
                "text": event.engine,
                "before": event.before,
                "reason": event.reason,
                "operator": event.operator,
            }
        case OutputChanged():
            return {
                "kind": "output",
                "output": event.output,
                "output_kind": event.kind,
                "text": event.state.name.lower(),
                "detail": event.detail,
            }


def _span(event: TentativeText | CommittedText) -> dict[str, Any]:
    return {
        "language": event.language,
        "text": event.text,
        "start": round(event.start, 3) if event.text else None,
        "end": round(event.end, 3) if event.text else None,
    }


def _cue(cue: Cue) -> dict[str, Any]:
    return {
        "index": cue.index,
        "language": cue.language,
        "text": "\n".join(cue.lines),
        "start": round(cue.start, 3),
        "end": round(cue.end, 3),
    }


def _utc(heard: datetime | None) -> dict[str, Any]:
    return {} if heard is None else {"heard_at": utc_text(heard)}


def _words(words: tuple[Word, ...]) -> list[dict[str, Any]]:
    return [
        {
            "text": word.text,
            "start": round(word.start, 3),
            "end": round(word.end, 3),
            "confidence": round(word.confidence, 3),
        }
        | ({"spoken": word.spoken} if word.spoken else {})
        for word in words
    ]
