"""Between the SDK's speech synthesis and the contract's messages."""

from __future__ import annotations

from dauys.client import _synthesis_types as t
from dauys.client._mapping import known, seconds, segment
from dauys.client._translation_mapping import text_translation
from dauys.client._types import AudioEncoding
from dauys.v1 import audio_pb2, translation_pb2
from dauys.v1 import text_to_speech_pb2 as pb


def config(options: t.SpeechOptions) -> pb.SpeechConfig:
    """The message of who speaks and how."""
    return pb.SpeechConfig(
        voice=options.voice,
        language=options.language,
        speaker=options.speaker,
        rate=options.rate,
        pitch=options.pitch,
        volume=options.volume,
        lexicon=[
            pb.Pronunciation(
                word=entry.word,
                respelling=entry.respelling,
                ipa=entry.ipa,
                language=entry.language,
            )
            for entry in options.lexicon
        ],
        voices=dict(options.voices),
    )


def audio_config(audio: t.SpeechAudio) -> pb.SpeechAudioConfig:
    """The message of what the audio is to be."""
    return pb.SpeechAudioConfig(
        encoding=audio_pb2.AudioEncoding.ValueType(audio.encoding.value),
        sample_rate_hertz=audio.sample_rate,
        bit_rate=audio.bit_rate,
        loudness_lufs=audio.loudness,
        spoken_notice=audio.spoken_notice,
        audible_tag=audio.audible_tag,
    )


def request_piece(
    item: str | t.Ssml | t.FlushSpeech,
) -> pb.StreamingSynthesizeRequest:
    """The message of a piece of a stream's input."""
    match item:
        case str():
            return pb.StreamingSynthesizeRequest(text=item)
        case t.Ssml():
            return pb.StreamingSynthesizeRequest(ssml=item.document)
    return pb.StreamingSynthesizeRequest(flush=pb.FlushSpeech())


def voice(message: pb.Voice) -> t.Voice:
    """A voice of its message."""
    return t.Voice(
        voice=message.voice,
        display_name=message.display_name,
        languages=tuple(message.languages),
        speakers=tuple(
            t.Speaker(one.speaker, one.display_name, one.gender) for one in message.speakers
        ),
        sample_rate=message.sample_rate_hertz,
        license=message.license,
        commercial_use=message.commercial_use,
        available=message.available,
        default_languages=tuple(message.default_languages),
        engine=message.engine,
        notes=message.notes,
    )


def speech(message: pb.SynthesizeResponse) -> t.Speech:
    """A spoken text of its message."""
    return t.Speech(
        audio=message.audio,
        info=info(message.info),
        marks=tuple(map(mark, message.marks)),
        seconds=seconds(message.audio_duration),
        loudness=message.loudness_lufs if message.HasField("loudness_lufs") else None,
        notes=tuple(map(note, message.notes)),
    )


def info(message: pb.SynthesisInfo) -> t.SynthesisInfo:
    """What audio is, of its message."""
    return t.SynthesisInfo(
        synthetic=message.synthetic,
        voices=tuple(message.voices),
        speaker=message.speaker,
        encoding=AudioEncoding(message.encoding),
        sample_rate=message.sample_rate_hertz,
        media_type=message.media_type,
    )


def mark(message: pb.SpeechMark) -> t.SpeechMark:
    """A mark of its message."""
    return t.SpeechMark(
        kind=known(t.SpeechMarkKind, message.kind),
        text=message.text,
        start=seconds(message.start),
        end=seconds(message.end),
        voice=message.voice,
        language=message.language,
        source_start=message.source_start,
        source_end=message.source_end,
    )


def note(message: pb.SpeechNote) -> t.SpeechNote:
    """A note of its message."""
    return t.SpeechNote(message.kind, message.source, message.source_start, message.source_end)


def event(message: pb.StreamingSynthesizeResponse) -> t.SpeechEvent | None:
    """An event of a stream's message; None: of a kind that a later server sends."""
    match message.WhichOneof("response"):
        case "started":
            return t.SpeechStarted(info(message.started))
        case "audio":
            return t.SpeechBytes(message.audio)
        case "marks":
            return t.SpeechTimes(
                tuple(map(mark, message.marks.marks)), tuple(map(note, message.marks.notes))
            )
        case "flushed":
            return t.SpeechFlushed(seconds(message.flushed.audio_duration))
        case "finished":
            finished = message.finished
            return t.SpeechFinished(seconds(finished.audio_duration), info(finished.info))
    return None


def interpreted(message: translation_pb2.TranslateSpeechResponse) -> t.InterpretedSpeech:
    """A recording's spoken translation of its message."""
    return t.InterpretedSpeech(
        audio=message.audio,
        info=info(message.audio_info) if message.HasField("audio_info") else None,
        segments=tuple(
            t.SpokenTranslation(
                segment(one.segment),
                text_translation(one.translation),
                seconds(one.spoken_start) if one.HasField("spoken_start") else None,
                seconds(one.spoken_end) if one.HasField("spoken_end") else None,
            )
            for one in message.segments
        ),
    )
