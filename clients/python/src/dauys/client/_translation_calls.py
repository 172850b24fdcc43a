"""Each unary call of Translation as a value, which both clients carry out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from dauys.client import _translation_mapping as mapping
from dauys.client._calls import Page, UnaryCall, detected_format
from dauys.client._mapping import audio_config, recognition_config
from dauys.client._translation_types import (
    DetectedLanguage,
    LanguagePair,
    MemoryEntry,
    SpeechTranslation,
    TextTranslation,
    TranslationOptions,
)
from dauys.client._types import AudioFormat, RecognitionOptions
from dauys.v1 import translation_pb2 as pb

_SERVICE: Final = "Translation"
_TEXTS_A_CALL: Final = 500
_CHARACTERS_A_CALL: Final = 50_000


def translate_text(
    texts: Sequence[str], target: str, options: TranslationOptions, alternatives: int
) -> UnaryCall[tuple[TextTranslation, ...]]:
    """Translation.TranslateText."""

    def decode(message: pb.TranslateTextResponse) -> tuple[TextTranslation, ...]:
        return tuple(map(mapping.text_translation, message.translations))

    request = pb.TranslateTextRequest(
        config=mapping.config(target, options), texts=texts, alternatives=alternatives
    )
    return UnaryCall(_SERVICE, "TranslateText", request, decode, slow=True)


def portions(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Texts in portions that one call may hold; a text too long for any is left to the server."""
    start, characters = 0, 0
    for number, text in enumerate(texts):
        full = number - start >= _TEXTS_A_CALL or characters + len(text) > _CHARACTERS_A_CALL
        if number > start and full:
            yield texts[start:number]
            start, characters = number, 0
        characters += len(text)
    yield texts[start:]


def detect_language(texts: Sequence[str]) -> UnaryCall[tuple[DetectedLanguage, ...]]:
    """Translation.DetectLanguage."""

    def decode(message: pb.DetectLanguageResponse) -> tuple[DetectedLanguage, ...]:
        return tuple(DetectedLanguage(m.language, m.confidence) for m in message.languages)

    request = pb.DetectLanguageRequest(texts=texts)
    return UnaryCall(_SERVICE, "DetectLanguage", request, decode)


def list_language_pairs() -> UnaryCall[tuple[LanguagePair, ...]]:
    """Translation.ListLanguagePairs."""

    def decode(message: pb.ListLanguagePairsResponse) -> tuple[LanguagePair, ...]:
        return tuple(map(mapping.language_pair, message.pairs))

    return UnaryCall(_SERVICE, "ListLanguagePairs", pb.ListLanguagePairsRequest(), decode)


def translate_speech(
    audio: bytes,
    audio_format: AudioFormat | None,
    target: str,
    recognition: RecognitionOptions,
    options: TranslationOptions,
) -> UnaryCall[tuple[SpeechTranslation, ...]]:
    """Translation.TranslateSpeech.

    Raises:
        InvalidArgumentError: No format was given and the bytes are not WAV, FLAC or Ogg.
    """

    def decode(message: pb.TranslateSpeechResponse) -> tuple[SpeechTranslation, ...]:
        return tuple(map(mapping.speech_translation, message.segments))

    request = pb.TranslateSpeechRequest(
        audio_config=audio_config(detected_format(audio, audio_format)),
        recognition=recognition_config(recognition),
        translation=mapping.config(target, options),
        audio=audio,
    )
    return UnaryCall(_SERVICE, "TranslateSpeech", request, decode, slow=True)


def add_to_memory(entries: Sequence[MemoryEntry]) -> UnaryCall[tuple[MemoryEntry, ...]]:
    """Translation.AddToMemory."""

    def decode(message: pb.AddToMemoryResponse) -> tuple[MemoryEntry, ...]:
        return tuple(map(mapping.memory_entry, message.entries))

    request = pb.AddToMemoryRequest(entries=map(mapping.memory_message, entries))
    return UnaryCall(_SERVICE, "AddToMemory", request, decode)


def list_memory(
    source: str, target: str, contains: str, page_size: int, page_token: str
) -> UnaryCall[Page[MemoryEntry]]:
    """Translation.ListMemory."""

    def decode(message: pb.ListMemoryResponse) -> Page[MemoryEntry]:
        return tuple(map(mapping.memory_entry, message.entries)), message.next_page_token

    request = pb.ListMemoryRequest(
        source_language=source,
        target_language=target,
        contains=contains,
        page_size=page_size,
        page_token=page_token,
    )
    return UnaryCall(_SERVICE, "ListMemory", request, decode)


def delete_from_memory(names: Sequence[str]) -> UnaryCall[int]:
    """Translation.DeleteFromMemory."""

    def decode(message: pb.DeleteFromMemoryResponse) -> int:
        return message.deleted

    request = pb.DeleteFromMemoryRequest(names=names)
    return UnaryCall(_SERVICE, "DeleteFromMemory", request, decode)
