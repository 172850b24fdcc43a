"""Between the contract of Subtitling and live sessions; the only protobuf here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from dauys.v1 import speech_to_text_pb2, subtitling_pb2, translation_pb2
from google.protobuf import field_mask_pb2, timestamp_pb2
from google.protobuf.message import Message

from foundation.errors import InvalidArgument
from foundation.languages import LANGUAGES, parse_language
from foundation.media_time import Ticks, from_seconds
from foundation.speech import Word
from services.speech_to_text.mapping import duration, word
from services.subtitling.engines import engine_message
from services.subtitling.sessions import SessionRecord
from streaming.cues.model import Cue
from streaming.cues.presets import load_preset
from streaming.delivery.renditions import session_renditions
from streaming.delivery.running import SessionFacts
from streaming.events import Pace
from streaming.session import (
    Cleared,
    CommittedText,
    CueReady,
    FeedChanged,
    PaceChanged,
    SessionEvent,
    SessionState,
    TentativeText,
    TrackFailed,
)
from streaming.session_clock import SessionClock
from streaming.session_events import (
    CaptionState,
    ControlAction,
    Controlled,
    Corrected,
    HandedOver,
    OutputChanged,
    OutputState,
)

PREFIX: Final = "liveSessions/"

_CHANGEABLE: Final = (
    "display_name",
    "config",
    "preset",
    "translations",
    "script",
    "terms",
    "outputs",
)
"""What an update may change of a session, wholly or a field of it."""

_STATES: Final = {
    SessionState.WAITING: subtitling_pb2.LIVE_SESSION_STATE_WAITING,
    SessionState.LIVE: subtitling_pb2.LIVE_SESSION_STATE_LIVE,
    SessionState.FEED_LOST: subtitling_pb2.LIVE_SESSION_STATE_FEED_LOST,
    SessionState.STOPPED: subtitling_pb2.LIVE_SESSION_STATE_STOPPED,
    SessionState.FAILED: subtitling_pb2.LIVE_SESSION_STATE_FAILED,
}

_PACES: Final = {
    Pace.FULL: subtitling_pb2.PACE_FULL,
    Pace.REDUCED: subtitling_pb2.PACE_REDUCED,
    Pace.BEHIND: subtitling_pb2.PACE_BEHIND,
}

_ACTIONS: Final = {
    ControlAction.HOLD: subtitling_pb2.ControlUpdate.ACTION_HOLD,
    ControlAction.RELEASE: subtitling_pb2.ControlUpdate.ACTION_RELEASE,
    ControlAction.CLEAR: subtitling_pb2.ControlUpdate.ACTION_CLEAR,
    ControlAction.KILL: subtitling_pb2.ControlUpdate.ACTION_KILL,
    ControlAction.RESTORE: subtitling_pb2.ControlUpdate.ACTION_RESTORE,
    ControlAction.LABEL: subtitling_pb2.ControlUpdate.ACTION_LABEL,
    ControlAction.UNLABEL: subtitling_pb2.ControlUpdate.ACTION_UNLABEL,
}

OUTPUT_STATES: Final = {
    OutputState.STARTING: subtitling_pb2.OUTPUT_STATE_STARTING,
    OutputState.LIVE: subtitling_pb2.OUTPUT_STATE_LIVE,
    OutputState.FAILING: subtitling_pb2.OUTPUT_STATE_FAILING,
    OutputState.FAILED: subtitling_pb2.OUTPUT_STATE_FAILED,
    OutputState.ENDED: subtitling_pb2.OUTPUT_STATE_ENDED,
}


def session_id(name: str, field: str = "name") -> str:
    """The id in a resource name.

    Raises:
        InvalidArgument: not ``liveSessions/ID``.
    """
    if not name.startswith(PREFIX) or len(name) == len(PREFIX):
        raise InvalidArgument(field, f"must be {PREFIX}ID")
    return name.removeprefix(PREFIX)


def live_session(record: SessionRecord) -> subtitling_pb2.LiveSession:
    """A session as the resource that was asked for, with its state."""
    message = subtitling_pb2.LiveSession.FromString(record.settings)
    session = record.session
    message.name = PREFIX + record.id
    message.state = _STATES[session.state]
    message.state_detail = session.state_detail
    message.create_time.CopyFrom(_timestamp(record.create_time))
    if record.stop_time is not None:
        message.stop_time.CopyFrom(_timestamp(record.stop_time))
    message.audio_position.CopyFrom(duration(session.audio_position))
    message.lag.CopyFrom(duration(from_seconds(session.lag)))
    message.cue_count = session.cue_count
    message.pace = _PACES[session.pace]
    for track in message.translations:
        language = parse_language(track.target_language)
        track.lag.CopyFrom(duration(from_seconds(session.translation_lags.get(language, 0.0))))
        track.failure = session.translation_failures.get(language, "")
    message.captions.CopyFrom(caption_state(session.operators.captions))
    message.last_event_id = session.operators.last_event_id
    if session.engines is not None:
        asked = {engine.name: engine for engine in message.engines}
        now = [engine_message(e, asked.get(e.name)) for e in session.engines.engines]
        del message.engines[:]
        message.engines.extend(now)
    _set_time(message.first_sample_time, session.clock.heard_at(session.first_sample))
    return message


def session_facts(record: SessionRecord) -> SessionFacts:
    """What a session's outputs are told of it."""
    message = subtitling_pb2.LiveSession.FromString(record.settings)
    languages = [parse_language(code) for code in message.config.languages] or LANGUAGES
    translations = [parse_language(track.target_language) for track in message.translations]
    latin = message.script == translation_pb2.SCRIPT_LATIN
    return SessionFacts(
        record.id,
        session_renditions(record.session.track, languages, translations, latin=latin),
        load_preset(message.preset),
        message.display_name,
    )


def updated(
    settings: bytes, request: subtitling_pb2.UpdateLiveSessionRequest
) -> subtitling_pb2.LiveSession:
    """A session's settings with what an update changes.

    Raises:
        InvalidArgument: the mask is empty, or names what does not exist or cannot be changed.
    """
    mask = request.update_mask
    if not mask.paths:
        raise InvalidArgument("update_mask", "is empty")
    for path in mask.paths:
        head, _, _ = path.partition(".")
        if head not in _CHANGEABLE or not field_mask_pb2.FieldMask(
            paths=[path]
        ).IsValidForDescriptor(subtitling_pb2.LiveSession.DESCRIPTOR):
            raise InvalidArgument(
                "update_mask", f"{path!r} cannot be changed; want {' or '.join(_CHANGEABLE)}"
            )
    message = subtitling_pb2.LiveSession.FromString(settings)
    wanted = subtitling_pb2.LiveSession()
    wanted.CopyFrom(request.live_session)
    # MergeMessage leaves fields alone whose message is absent; what is absent is to be reset.
    for path in mask.paths:
        parent: Message = wanted
        for name in path.split(".")[:-1]:
            parent = getattr(parent, name)
            parent.SetInParent()
    mask.MergeMessage(wanted, message, replace_message_field=True, replace_repeated_field=True)
    return message


def tracks_change(request: subtitling_pb2.UpdateLiveSessionRequest) -> bool:
    """Does an update name anything of the translated tracks?"""
    return any(path in ("translations", "script", "terms") for path in request.update_mask.paths)


def _timestamp(time: datetime) -> timestamp_pb2.Timestamp:
    message = timestamp_pb2.Timestamp()
    message.FromDatetime(time)
    return message


def _set_time(field: timestamp_pb2.Timestamp, time: datetime | None) -> None:
    if time is not None:
        field.FromDatetime(time)


def watch_response(
    event: SessionEvent, clock: SessionClock, dropped: int
) -> subtitling_pb2.WatchCuesResponse:
    """An event; media times count from the session's first sample."""
    first_sample = clock.first_sample
    response = subtitling_pb2.WatchCuesResponse(
        event_id=event.event_id,
        track=event.track,
        wall=duration(from_seconds(event.wall)),
        dropped_events=dropped,
    )
    match event.body:
        case TentativeText(words, language):
            response.tentative.CopyFrom(_text(words, language, first_sample))
        case CommittedText(words, language):
            text = _text(words, language, first_sample)
            text.words.extend(word(value, first_sample) for value in words)
            if words:
                _set_time(text.heard_at, clock.heard_at(words[0].start))
            response.committed.CopyFrom(text)
        case CueReady(cue):
            response.cue.CopyFrom(_cue(cue, first_sample))
            _set_time(response.cue.heard_at, clock.heard_at(cue.start))
        case FeedChanged(state, detail):
            response.feed.CopyFrom(subtitling_pb2.FeedUpdate(state=_STATES[state], detail=detail))
        case PaceChanged(pace, lag, step_seconds):
            response.pace.CopyFrom(
                subtitling_pb2.PaceUpdate(
                    pace=_PACES[pace],
                    lag=duration(from_seconds(lag)),
                    step=duration(from_seconds(step_seconds)),
                )
            )
        case Cleared():
            response.clear.SetInParent()
        case TrackFailed(detail):
            response.track_failure.CopyFrom(subtitling_pb2.TrackFailure(detail=detail))
        case Corrected():
            response.correction.CopyFrom(correction(event.body, first_sample))
        case HandedOver(engine, before, reason, operator):
            response.hand_over.CopyFrom(
                subtitling_pb2.HandOverUpdate(
                    engine=engine, before=before, reason=reason, operator=operator
                )
            )
        case Controlled(action, captions, operator, _):
            response.control.CopyFrom(
                subtitling_pb2.ControlUpdate(
                    action=_ACTIONS[action], captions=caption_state(captions), operator=operator
                )
            )
        case OutputChanged(output, kind, state, detail):
            response.output.CopyFrom(
                subtitling_pb2.OutputUpdate(
                    output=output, kind=kind, state=OUTPUT_STATES[state], detail=detail
                )
            )
    return response


def caught_up() -> subtitling_pb2.WatchCuesResponse:
    """All was told of the time before a watcher came."""
    return subtitling_pb2.WatchCuesResponse(caught_up=subtitling_pb2.CaughtUp())


def caption_state(captions: CaptionState) -> subtitling_pb2.CaptionState:
    """What outputs may show."""
    return subtitling_pb2.CaptionState(
        held=captions.held, killed=captions.killed, unlabelled=captions.unlabelled
    )


def correction(corrected: Corrected, first_sample: Ticks) -> subtitling_pb2.CorrectionUpdate:
    """A correction; media times count from ``first_sample``."""
    return subtitling_pb2.CorrectionUpdate(
        texts=[
            subtitling_pb2.CorrectedText(
                event_id=text.event_id,
                text=text.text,
                words=[word(value, first_sample) for value in text.words],
            )
            for text in corrected.texts
        ],
        cues=[_cue(cue, first_sample) for cue in corrected.cues],
        operator=corrected.operator,
    )


def with_outputs(settings: bytes, outputs: Iterable[subtitling_pb2.Output]) -> bytes:
    """A session's settings with other outputs."""
    message = subtitling_pb2.LiveSession.FromString(settings)
    del message.outputs[:]
    message.outputs.extend(outputs)
    return message.SerializeToString(deterministic=True)


def with_names(
    settings: bytes, names: Sequence[speech_to_text_pb2.GlossaryEntry]
) -> subtitling_pb2.LiveSession:
    """A session's settings with names added to its glossary.

    A name that stands in it already learns other ways in which it is heard.
    """
    message = subtitling_pb2.LiveSession.FromString(settings)
    glossary = message.config.finishing.glossary
    for name in names:
        known = next(
            (e for e in glossary if (e.spelling, e.language) == (name.spelling, name.language)),
            None,
        )
        if known is None:
            glossary.append(name)
            continue
        known.sounds_like.extend(
            heard for heard in name.sounds_like if heard not in known.sounds_like
        )
    return message


def _cue(cue: Cue, first_sample: Ticks) -> subtitling_pb2.Cue:
    return subtitling_pb2.Cue(
        index=cue.index,
        start=duration(cue.start - first_sample),
        end=duration(cue.end - first_sample),
        lines=cue.lines,
        language=cue.language,
    )


def _text(words: Sequence[Word], language: str, first_sample: Ticks) -> subtitling_pb2.TextUpdate:
    update = subtitling_pb2.TextUpdate(
        text=" ".join(value.text for value in words), language=language
    )
    if words:
        update.start.CopyFrom(duration(words[0].start - first_sample))
        update.end.CopyFrom(duration(words[-1].end - first_sample))
    return update
