"""Between the SDK's translations and the contract's messages."""

from __future__ import annotations

from dauys.client import _mapping
from dauys.client import _translation_types as t
from dauys.client._mapping import known, segment
from dauys.v1 import translation_pb2 as pb


def config(target: str, options: t.TranslationOptions) -> pb.TranslationConfig:
    """The message of translation options."""
    return pb.TranslationConfig(
        model=options.model,
        source_language=options.source_language,
        target_language=target,
        terms=_mapping.term_messages(options.terms),
        without_memory=options.without_memory,
        beam_size=options.beam_size,
        script=pb.Script.ValueType(options.script.value),
    )


def text_translation(message: pb.TextTranslation) -> t.TextTranslation:
    """A text's translation of its message."""
    return t.TextTranslation(
        text=message.text,
        source_language=message.source_language,
        sentences=tuple(
            t.TranslatedSentence(
                source=s.source,
                text=s.text,
                origin=known(t.TranslationOrigin, s.origin),
                score=s.score,
                alternatives=tuple(s.alternatives),
                warnings=tuple(known(t.TranslationWarning, w) for w in s.warnings),
            )
            for s in message.sentences
        ),
        models=tuple(message.models),
        pivot_language=message.pivot_language,
    )


def language_pair(message: pb.LanguagePair) -> t.LanguagePair:
    """A pair of its message."""
    return t.LanguagePair(
        source_language=message.source_language,
        target_language=message.target_language,
        models=tuple(message.models),
        pivot_language=message.pivot_language,
        licenses=tuple(message.licenses),
        commercial_use=message.commercial_use,
        available=message.available,
    )


def speech_translation(message: pb.SpeechTranslation) -> t.SpeechTranslation:
    """A stretch of speech and its translation of their message."""
    return t.SpeechTranslation(segment(message.segment), text_translation(message.translation))


def live_translation(message: pb.StreamingTranslateResponse) -> t.LiveTranslation:
    """A live translation of its message."""
    return t.LiveTranslation(
        message.committed, message.tentative, message.source_position, message.finalized
    )


def document(message: pb.DocumentResult, data: bytes) -> t.TranslatedDocument:
    """A document of its message and its bytes."""
    return t.TranslatedDocument(
        data=data,
        file_name=message.file_name,
        media_type=message.media_type,
        source_language=message.source_language,
        models=tuple(message.models),
        pivot_language=message.pivot_language,
        warnings={
            known(t.TranslationWarning, entry.warning): entry.count for entry in message.warnings
        },
    )


def memory_entry(message: pb.MemoryEntry) -> t.MemoryEntry:
    """An entry of its message."""
    return t.MemoryEntry(
        message.source_language,
        message.target_language,
        message.source,
        message.target,
        message.name,
    )


def memory_message(entry: t.MemoryEntry) -> pb.MemoryEntry:
    """The message of an entry."""
    return pb.MemoryEntry(
        name=entry.name,
        source_language=entry.source_language,
        target_language=entry.target_language,
        source=entry.source,
        target=entry.target,
    )
