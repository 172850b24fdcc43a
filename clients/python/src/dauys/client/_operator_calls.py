"""The operators' unary calls as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dauys.client import _mapping
from dauys.client._calls import UnaryCall
from dauys.v1 import subtitling_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dauys.client._types import CaptionState, Corrected, GlossaryEntry, SessionEngine


@dataclass(frozen=True, slots=True)
class Target:
    """What is corrected: committed events, or a cue."""

    event_id: int
    last_event_id: int
    cue_index: int


def correct_text(
    name: str,
    track: str,
    target: Target,
    expected_text: str,
    text: str,
    glossary: Sequence[GlossaryEntry],
    operator: str,
) -> UnaryCall[Corrected | None]:
    """Subtitling.CorrectText."""
    request = pb.CorrectTextRequest(
        name=name,
        track=track,
        last_event_id=target.last_event_id,
        expected_text=expected_text,
        text=text,
        glossary=_mapping.glossary_entries(glossary),
        operator=operator,
    )
    if target.cue_index:
        request.cue_index = target.cue_index
    else:
        request.event_id = target.event_id

    def decode(message: pb.CorrectTextResponse) -> Corrected | None:
        if not message.event_id:
            return None
        return _mapping.corrected((message.event_id, track, 0.0, 0), message.correction)

    return UnaryCall("Subtitling", "CorrectText", request, decode)


def _captions(
    message: pb.HoldCaptionsResponse
    | pb.ClearCaptionsResponse
    | pb.KillCaptionsResponse
    | pb.LabelCaptionsResponse,
) -> CaptionState:
    return _mapping.caption_state(message.captions)


def hold_captions(name: str, hold: bool, operator: str) -> UnaryCall[CaptionState]:
    """Subtitling.HoldCaptions."""
    request = pb.HoldCaptionsRequest(name=name, hold=hold, operator=operator)
    return UnaryCall("Subtitling", "HoldCaptions", request, _captions)


def clear_captions(name: str, operator: str) -> UnaryCall[CaptionState]:
    """Subtitling.ClearCaptions."""
    request = pb.ClearCaptionsRequest(name=name, operator=operator)
    return UnaryCall("Subtitling", "ClearCaptions", request, _captions)


def kill_captions(name: str, kill: bool, operator: str) -> UnaryCall[CaptionState]:
    """Subtitling.KillCaptions."""
    request = pb.KillCaptionsRequest(name=name, kill=kill, operator=operator)
    return UnaryCall("Subtitling", "KillCaptions", request, _captions)


def label_captions(name: str, label: bool, operator: str) -> UnaryCall[CaptionState]:
    """Subtitling.LabelCaptions."""
    request = pb.LabelCaptionsRequest(name=name, label=label, operator=operator)
    return UnaryCall("Subtitling", "LabelCaptions", request, _captions)


def hand_over(name: str, engine: str, operator: str) -> UnaryCall[tuple[SessionEngine, ...]]:
    """Subtitling.HandOver."""
    request = pb.HandOverRequest(name=name, engine=engine, operator=operator)

    def decode(message: pb.HandOverResponse) -> tuple[SessionEngine, ...]:
        return _mapping.session_engines(message.engines)

    return UnaryCall("Subtitling", "HandOver", request, decode)
