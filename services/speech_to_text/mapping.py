"""Between the contract of SpeechToText and the rooms below; the only protobuf here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from dauys.v1 import audio_pb2, speech_to_text_pb2
from google.protobuf import duration_pb2

from foundation.errors import InvalidArgument
from foundation.languages import (
    LANGUAGES,
    Language,
    parse_language,
    parse_languages,
    parse_optional_language,
)
from foundation.media_time import TICKS_PER_SECOND, Ticks
from foundation.speech import Word
from services.server.settings import Settings
from streaming.events import Hypothesis
from streaming.finishing import FinishingConfig
from streaming.ingest.audio_format import AudioFormat, Encoding
from streaming.recognition.config import LiveRecognizerConfig, OfflineConfig
from streaming.recognition.offline import Utterance
from text.normalisation import NormalisationOptions, parse_number_classes
from text.profanity import ProfanityFilter, ProfanityTreatment
from text.vocabulary import Glossary, GlossaryEntry
from text.vocabulary.glossary import DEFAULT_WEIGHT, MAX_ENTRIES, normalised

MAX_PROMPT_CHARACTERS: Final = 1000
MAX_HOTWORDS: Final = 100
MAX_HOTWORD_CHARACTERS: Final = 100
MAX_CHUNK_BYTES: Final = 2**20

_ENCODINGS: Final[dict[int, Encoding]] = {
    audio_pb2.AUDIO_ENCODING_LINEAR16: "linear16",
    audio_pb2.AUDIO_ENCODING_FLOAT32: "float32",
    audio_pb2.AUDIO_ENCODING_MULAW: "mulaw",
    audio_pb2.AUDIO_ENCODING_ALAW: "alaw",
    audio_pb2.AUDIO_ENCODING_FLAC: "flac",
    audio_pb2.AUDIO_ENCODING_OGG_OPUS: "ogg-opus",
    audio_pb2.AUDIO_ENCODING_WAV: "wav",
}

_TREATMENTS: Final[dict[int, ProfanityTreatment]] = {
    speech_to_text_pb2.PROFANITY_TREATMENT_UNSPECIFIED: "off",
    speech_to_text_pb2.PROFANITY_TREATMENT_MASK: "mask",
    speech_to_text_pb2.PROFANITY_TREATMENT_REMOVE: "remove",
}


def duration(ticks: Ticks) -> duration_pb2.Duration:
    """A Duration, to the nearest nanosecond: the tick is recovered by rounding."""
    message = duration_pb2.Duration()
    message.FromNanoseconds((ticks * 1_000_000_000 + TICKS_PER_SECOND // 2) // TICKS_PER_SECOND)
    return message


def ticks(message: duration_pb2.Duration) -> Ticks:
    """The nearest tick to a Duration."""
    return round((message.seconds * 10**9 + message.nanos) * TICKS_PER_SECOND / 10**9)


def audio_format(config: audio_pb2.AudioConfig, field: str) -> AudioFormat:
    """Check and map an AudioConfig.

    Raises:
        InvalidArgument: names the field below ``field`` and its limit.
    """
    encoding = _ENCODINGS.get(config.encoding)
    if encoding is None:
        raise InvalidArgument(f"{field}.encoding", "is required and must be a known encoding")
    mapped = AudioFormat(encoding, config.sample_rate_hertz, config.channel_count, config.channel)
    mapped.validate(field)
    return mapped


def recognition_languages(
    config: speech_to_text_pb2.RecognitionConfig, field: str
) -> tuple[Language, ...]:
    """Check a RecognitionConfig; return its languages.

    Raises:
        InvalidArgument: names the field below ``field`` and its limit.
    """
    if len(config.prompt) > MAX_PROMPT_CHARACTERS:
        raise InvalidArgument(
            f"{field}.prompt", f"{len(config.prompt)} characters, limit {MAX_PROMPT_CHARACTERS}"
        )
    if len(config.hotwords) > MAX_HOTWORDS:
        raise InvalidArgument(f"{field}.hotwords", f"{len(config.hotwords)}, limit {MAX_HOTWORDS}")
    if any(not 0 < len(word) <= MAX_HOTWORD_CHARACTERS for word in config.hotwords):
        raise InvalidArgument(
            f"{field}.hotwords", f"each must have 1 to {MAX_HOTWORD_CHARACTERS} characters"
        )
    if not 0 <= config.beam_size <= 10:
        raise InvalidArgument(f"{field}.beam_size", f"{config.beam_size} is not in 0..10")
    if len(config.languages) > len(LANGUAGES):
        raise InvalidArgument(f"{field}.languages", f"more than {len(LANGUAGES)}")
    return parse_languages(config.languages, f"{field}.languages")


def offline_config(
    config: speech_to_text_pb2.RecognitionConfig,
    settings: Settings,
    finishing: FinishingConfig,
    field: str = "config",
) -> OfflineConfig:
    """Check and map the configuration of ``Recognize``."""
    languages = recognition_languages(config, field)
    return OfflineConfig(
        model=config.model or settings.default_model,
        languages=languages,
        language_models=language_models(config, settings, field),
        beam_size=config.beam_size or 5,
        hotwords=finishing.hotwords(languages, config.hotwords),
        prompt=config.prompt,
    )


def live_config(
    config: speech_to_text_pb2.RecognitionConfig,
    settings: Settings,
    finishing: FinishingConfig,
    field: str,
    tentative: bool = True,
) -> LiveRecognizerConfig:
    """Check and map the configuration of live recognition."""
    languages = recognition_languages(config, field)
    return LiveRecognizerConfig(
        model=config.model or settings.default_model,
        languages=languages,
        language_models=language_models(config, settings, field),
        prompt=config.prompt,
        hotwords=finishing.hotwords(languages, config.hotwords),
        tentative=tentative,
        mixed=config.mixed_languages,
    )


def language_models(
    config: speech_to_text_pb2.RecognitionConfig, settings: Settings, field: str
) -> dict[Language, str]:
    """Which models hear single languages: as asked, or, where no model is named, the server's.

    Raises:
        InvalidArgument: a key is no language code.
    """
    if not config.language_models:
        return {} if config.model else dict(settings.language_models)
    return {
        parse_language(code, f"{field}.language_models"): model
        for code, model in config.language_models.items()
    }


def finishing_config(config: speech_to_text_pb2.RecognitionConfig, field: str) -> FinishingConfig:
    """Check and map what is to be done to recognised text.

    Raises:
        InvalidArgument: names the field below ``field`` and its limit.
    """
    wanted = config.finishing
    treatment = _TREATMENTS.get(wanted.profanity)
    if treatment is None:
        raise InvalidArgument(f"{field}.finishing.profanity", "is no known treatment")
    if len(wanted.glossary) > MAX_ENTRIES:
        raise InvalidArgument(
            f"{field}.finishing.glossary", f"{len(wanted.glossary)} entries, limit {MAX_ENTRIES}"
        )
    entries = []
    for place, entry in enumerate(wanted.glossary):
        try:
            entries.append(_glossary_entry(entry))
        except InvalidArgument as error:
            where = f"{field}.finishing.glossary[{place}].{error.field}"
            raise InvalidArgument(where, error.description) from error
    try:
        glossary = Glossary(tuple(entries))
    except InvalidArgument as error:
        raise InvalidArgument(f"{field}.finishing.glossary", error.description) from error
    base = FinishingConfig.verbatim() if wanted.verbatim else FinishingConfig()
    return replace(
        base,
        glossary=glossary,
        profanity=ProfanityFilter(treatment),
        number_options=_number_options(wanted, f"{field}.finishing"),
    )


def _number_options(wanted: speech_to_text_pb2.TextFinishing, field: str) -> NormalisationOptions:
    least = wanted.least_number if wanted.HasField("least_number") else None
    if least is not None and least < 0:
        raise InvalidArgument(f"{field}.least_number", f"{least} is below 0")
    classes = parse_number_classes(wanted.number_classes, f"{field}.number_classes")
    return NormalisationOptions(classes=classes, least_cardinal=least)


def _glossary_entry(entry: speech_to_text_pb2.GlossaryEntry) -> GlossaryEntry:
    return GlossaryEntry(
        spelling=normalised(entry.spelling),
        language=parse_optional_language(entry.language),
        weight=entry.weight or DEFAULT_WEIGHT,
        sounds_like=tuple(normalised(alias) for alias in entry.sounds_like),
        write=normalised(entry.write) or None,
    )


def word(value: Word, origin: Ticks = 0) -> speech_to_text_pb2.Word:
    """A word, its times counted from ``origin``."""
    return speech_to_text_pb2.Word(
        text=value.text,
        start=duration(value.start - origin),
        end=duration(value.end - origin),
        confidence=value.confidence,
        spoken=value.spoken,
    )


def segment(utterance: Utterance) -> speech_to_text_pb2.Segment:
    """The message of an utterance."""
    return speech_to_text_pb2.Segment(
        text=utterance.text,
        language=utterance.language,
        words=[word(value) for value in utterance.words],
        start=duration(utterance.start),
        end=duration(utterance.end),
    )


def recognize_response(
    utterances: Sequence[Utterance], audio_ticks: Ticks, model: str
) -> speech_to_text_pb2.RecognizeResponse:
    """The answer of ``Recognize``."""
    return speech_to_text_pb2.RecognizeResponse(
        text=" ".join(utterance.text for utterance in utterances),
        segments=map(segment, utterances),
        audio_duration=duration(audio_ticks),
        model=model,
    )


def streaming_response(
    hypothesis: Hypothesis, audio_position: Ticks
) -> speech_to_text_pb2.StreamingRecognizeResponse:
    """One answer of ``StreamingRecognize``."""
    return speech_to_text_pb2.StreamingRecognizeResponse(
        committed=[word(value) for value in hypothesis.committed],
        tentative=[word(value) for value in hypothesis.tentative],
        language=hypothesis.language,
        endpoint=hypothesis.endpoint,
        utterance=hypothesis.utterance,
        committed_position=duration(hypothesis.committed_until),
        audio_position=duration(audio_position),
        finalized=hypothesis.finalized,
        unpunctuated=not hypothesis.punctuated,
    )
