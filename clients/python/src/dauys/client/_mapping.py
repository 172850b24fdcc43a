"""Between the SDK's dataclasses and the contracts' messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dauys.client import _output_types as o
from dauys.client import _types as t
from dauys.client._output_mapping import outputs
from dauys.client._translation_types import Script, Term
from dauys.client._values import duration, known, seconds, time
from dauys.v1 import audio_pb2, models_pb2, speech_to_text_pb2, subtitling_pb2, translation_pb2

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["duration", "known", "seconds"]


def audio_config(audio_format: t.AudioFormat) -> audio_pb2.AudioConfig:
    """The message of an audio format."""
    return audio_pb2.AudioConfig(
        encoding=audio_pb2.AudioEncoding.ValueType(audio_format.encoding.value),
        sample_rate_hertz=audio_format.sample_rate,
        channel_count=audio_format.channels,
        channel=audio_format.channel,
    )


def recognition_config(options: t.RecognitionOptions) -> speech_to_text_pb2.RecognitionConfig:
    """The message of recognition options."""
    return speech_to_text_pb2.RecognitionConfig(
        model=options.model,
        languages=options.languages,
        prompt=options.prompt,
        hotwords=options.hotwords,
        beam_size=options.beam_size,
        mixed_languages=options.mixed_languages,
        language_models=dict(options.language_models),
        finishing=_finishing(options),
    )


def glossary_entries(
    entries: Iterable[t.GlossaryEntry],
) -> list[speech_to_text_pb2.GlossaryEntry]:
    """The messages of names."""
    return [
        speech_to_text_pb2.GlossaryEntry(
            spelling=entry.spelling,
            language=entry.language,
            weight=entry.weight,
            sounds_like=entry.sounds_like,
            write=entry.write,
        )
        for entry in entries
    ]


def _finishing(options: t.RecognitionOptions) -> speech_to_text_pb2.TextFinishing:
    return speech_to_text_pb2.TextFinishing(
        verbatim=options.verbatim,
        glossary=glossary_entries(options.glossary),
        profanity=speech_to_text_pb2.ProfanityTreatment.ValueType(options.profanity.value),
        number_classes=options.number_classes,
        least_number=options.least_number,
    )


def _glossary(message: speech_to_text_pb2.TextFinishing) -> tuple[t.GlossaryEntry, ...]:
    return tuple(
        t.GlossaryEntry(e.spelling, e.language, e.weight or 1.0, tuple(e.sounds_like), e.write)
        for e in message.glossary
    )


def words(messages: Iterable[speech_to_text_pb2.Word]) -> tuple[t.Word, ...]:
    """Words of their messages."""
    return tuple(
        t.Word(m.text, seconds(m.start), seconds(m.end), m.confidence, m.spoken) for m in messages
    )


def segment(message: speech_to_text_pb2.Segment) -> t.Segment:
    """A segment of its message."""
    return t.Segment(
        message.text,
        message.language,
        words(message.words),
        seconds(message.start),
        seconds(message.end),
    )


def recognition(message: speech_to_text_pb2.RecognizeResponse) -> t.Recognition:
    """A recognition of its message."""
    return t.Recognition(
        text=message.text,
        segments=tuple(map(segment, message.segments)),
        audio_duration=seconds(message.audio_duration),
        model=message.model,
    )


def streaming_result(
    message: speech_to_text_pb2.StreamingRecognizeResponse,
) -> t.StreamingResult:
    """A streaming result of its message."""
    return t.StreamingResult(
        committed=words(message.committed),
        tentative=words(message.tentative),
        language=message.language,
        endpoint=message.endpoint,
        utterance=message.utterance,
        committed_position=seconds(message.committed_position),
        audio_position=seconds(message.audio_position),
        finalized=message.finalized,
        unpunctuated=message.unpunctuated,
    )


def live_session(message: subtitling_pb2.LiveSession) -> t.LiveSession:
    """A live session of its message."""
    config = message.config
    return t.LiveSession(
        name=message.name,
        display_name=message.display_name,
        url=message.url,
        options=t.RecognitionOptions(
            model=config.model,
            languages=tuple(config.languages),
            prompt=config.prompt,
            hotwords=tuple(config.hotwords),
            beam_size=config.beam_size,
            mixed_languages=config.mixed_languages,
            language_models=dict(config.language_models),
            glossary=_glossary(config.finishing),
            verbatim=config.finishing.verbatim,
            profanity=known(t.ProfanityTreatment, config.finishing.profanity),
            number_classes=tuple(config.finishing.number_classes),
            least_number=config.finishing.least_number
            if config.finishing.HasField("least_number")
            else None,
        ),
        preset=message.preset,
        state=known(t.LiveSessionState, message.state),
        state_detail=message.state_detail,
        create_time=time(message.create_time),
        stop_time=time(message.stop_time),
        audio_position=seconds(message.audio_position),
        lag=seconds(message.lag),
        cue_count=message.cue_count,
        pace=known(t.Pace, message.pace),
        translations=tuple(
            t.TranslatedTrack(track.target_language, track.model, seconds(track.lag), track.failure)
            for track in message.translations
        ),
        script=Script.LATIN if message.script == Script.LATIN.value else Script.CYRILLIC,
        terms=tuple(
            Term(term.source, term.target, term.source_language, term.target_language)
            for term in message.terms
        ),
        captions=caption_state(message.captions),
        last_event_id=message.last_event_id,
        engines=session_engines(message.engines),
        outputs=outputs(message.outputs),
        first_sample_time=time(message.first_sample_time),
    )


def translated_tracks(
    tracks: Iterable[t.TranslatedTrack | str],
) -> list[subtitling_pb2.TranslatedTrack]:
    """The messages of translated tracks, or of their languages."""
    chosen = (t.TranslatedTrack(track) if isinstance(track, str) else track for track in tracks)
    return [
        subtitling_pb2.TranslatedTrack(target_language=track.target_language, model=track.model)
        for track in chosen
    ]


def term_messages(terms: Iterable[Term]) -> list[translation_pb2.Term]:
    """The messages of terms."""
    return [
        translation_pb2.Term(
            source=term.source,
            target=term.target,
            source_language=term.source_language,
            target_language=term.target_language,
        )
        for term in terms
    ]


def cue_event(message: subtitling_pb2.WatchCuesResponse) -> t.CueEvent | None:
    """An event of its message; None for a kind that only a newer SDK knows."""
    head = (message.event_id, message.track, seconds(message.wall), message.dropped_events)
    match message.WhichOneof("event"):
        case "tentative":
            text = message.tentative
            span = seconds(text.start), seconds(text.end)
            return t.TentativeText(*head, text.text, text.language, *span)
        case "committed":
            text = message.committed
            span = seconds(text.start), seconds(text.end)
            heard_at = time(text.heard_at)
            said = words(text.words)
            return t.CommittedText(*head, text.text, text.language, said, *span, heard_at)
        case "cue":
            return t.CueFinished(*head, _cue(message.cue))
        case "feed":
            state = known(t.LiveSessionState, message.feed.state)
            return t.FeedChanged(*head, state, message.feed.detail)
        case "pace":
            pace = known(t.Pace, message.pace.pace)
            lag, step = seconds(message.pace.lag), seconds(message.pace.step)
            return t.PaceChanged(*head, pace, lag, step)
        case "clear":
            return t.Cleared(*head)
        case "track_failure":
            return t.TrackFailed(*head, message.track_failure.detail)
        case "correction":
            return corrected(head, message.correction)
        case "control":
            control = message.control
            action = known(t.ControlAction, control.action)
            return t.Controlled(*head, action, caption_state(control.captions), control.operator)
        case "hand_over":
            change = message.hand_over
            return t.HandedOver(*head, change.engine, change.before, change.reason, change.operator)
        case "output":
            output = message.output
            state_now = known(o.OutputState, output.state)
            return t.OutputChanged(*head, output.output, output.kind, state_now, output.detail)
        case "caught_up":
            return t.CaughtUp(*head)
        case _:
            return None


def session_engines(
    messages: Iterable[subtitling_pb2.SessionEngine],
) -> tuple[t.SessionEngine, ...]:
    """A session's engines of their messages."""
    return tuple(
        t.SessionEngine(
            engine.name,
            engine.server,
            engine.model,
            known(t.EngineState, engine.state),
            seconds(engine.lag),
            engine.failure,
            engine.failure_count,
        )
        for engine in messages
    )


def corrected(
    head: tuple[int, str, float, int], message: subtitling_pb2.CorrectionUpdate
) -> t.Corrected:
    """A correction of its message and its event's head."""
    texts = tuple(t.CorrectedText(x.event_id, x.text, words(x.words)) for x in message.texts)
    return t.Corrected(*head, texts, tuple(map(_cue, message.cues)), message.operator)


def caption_state(message: subtitling_pb2.CaptionState) -> t.CaptionState:
    """What outputs may show, of its message."""
    return t.CaptionState(message.held, message.killed, message.unlabelled)


def _cue(message: subtitling_pb2.Cue) -> t.Cue:
    return t.Cue(
        message.index,
        seconds(message.start),
        seconds(message.end),
        tuple(message.lines),
        message.language,
        time(message.heard_at),
    )


def model(message: models_pb2.Model) -> t.Model:
    """A model of its message."""
    return t.Model(
        name=message.name,
        display_name=message.display_name,
        task=message.task,
        languages=tuple(message.languages),
        engine=message.engine,
        license=message.license,
        commercial_use=message.commercial_use,
        size_bytes=message.size_bytes,
        state=known(t.ModelState, message.state),
    )
