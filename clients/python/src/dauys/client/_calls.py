"""Each unary call as a value, which both clients carry out."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from dauys.client import _mapping
from dauys.client._exceptions import InvalidArgumentError
from dauys.client._output_mapping import output_choice, output_messages
from dauys.client._types import (
    AudioEncoding,
    AudioFormat,
    LiveSession,
    Model,
    Recognition,
    RecognitionOptions,
    SessionEngine,
)
from dauys.v1 import models_pb2, speech_to_text_pb2, subtitling_pb2, translation_pb2
from google.protobuf import field_mask_pb2

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dauys.client._output_types import Output, OutputChoice
    from dauys.client._translation_types import Script, Term
    from dauys.client._types import TranslatedTrack

T = TypeVar("T")
Page = tuple[tuple[T, ...], str]
"""Items, and the token of the next page (empty: the last)."""

_MAGIC = {b"RIFF": AudioEncoding.WAV, b"fLaC": AudioEncoding.FLAC, b"OggS": AudioEncoding.OGG_OPUS}


@dataclass(frozen=True, slots=True)
class UnaryCall(Generic[T]):
    """One unary request. All calls of the contract may be repeated, creations by request_id."""

    service: str
    method: str
    request: Any
    decode: Callable[[Any], T]
    slow: bool = False
    """Takes the long timeout."""
    idempotent: bool = True


def read_audio(audio: bytes | str | Path) -> bytes:
    """The bytes given, or those of the file named."""
    return audio if isinstance(audio, bytes) else Path(audio).read_bytes()


def detected_format(audio: bytes, audio_format: AudioFormat | None) -> AudioFormat:
    """The format given, or the one that the bytes show.

    Raises:
        InvalidArgumentError: No format was given and the bytes are not WAV, FLAC or Ogg.
    """
    if audio_format is not None:
        return audio_format
    encoding = _MAGIC.get(audio[:4])
    if encoding is None:
        raise InvalidArgumentError(
            "audio is not WAV, FLAC or Ogg: say its audio_format", code="INVALID_ARGUMENT"
        )
    return AudioFormat(encoding)


def recognize(
    audio: bytes, audio_format: AudioFormat | None, options: RecognitionOptions
) -> UnaryCall[Recognition]:
    """SpeechToText.Recognize.

    Raises:
        InvalidArgumentError: No format was given and the bytes are not WAV, FLAC or Ogg.
    """
    request = speech_to_text_pb2.RecognizeRequest(
        audio_config=_mapping.audio_config(detected_format(audio, audio_format)),
        config=_mapping.recognition_config(options),
        audio=audio,
    )
    return UnaryCall("SpeechToText", "Recognize", request, _mapping.recognition, slow=True)


def create_live_session(
    url: str,
    display_name: str,
    options: RecognitionOptions,
    preset: str,
    request_id: str | None,
    translations: Sequence[TranslatedTrack | str],
    script: Script,
    terms: Sequence[Term],
    engines: Sequence[SessionEngine],
    outputs: Sequence[Output | str],
) -> UnaryCall[LiveSession]:
    """Subtitling.CreateLiveSession."""
    request = subtitling_pb2.CreateLiveSessionRequest(
        live_session=subtitling_pb2.LiveSession(
            url=url,
            display_name=display_name,
            config=_mapping.recognition_config(options),
            preset=preset,
            translations=_mapping.translated_tracks(translations),
            script=translation_pb2.Script.ValueType(script.value),
            terms=_mapping.term_messages(terms),
            engines=[
                subtitling_pb2.SessionEngine(name=e.name, server=e.server, model=e.model)
                for e in engines
            ],
            outputs=output_messages(outputs),
        ),
        request_id=str(uuid.uuid4()) if request_id is None else request_id,
    )
    return UnaryCall(
        "Subtitling",
        "CreateLiveSession",
        request,
        _mapping.live_session,
        idempotent=bool(request.request_id),
    )


def get_live_session(name: str) -> UnaryCall[LiveSession]:
    """Subtitling.GetLiveSession."""
    request = subtitling_pb2.GetLiveSessionRequest(name=name)
    return UnaryCall("Subtitling", "GetLiveSession", request, _mapping.live_session)


def update_live_session(
    name: str,
    options: RecognitionOptions | None,
    display_name: str | None,
    translations: Sequence[TranslatedTrack | str] | None,
    script: Script | None,
    terms: Sequence[Term] | None,
    preset: str | None,
    outputs: Sequence[Output | str] | None,
) -> UnaryCall[LiveSession]:
    """Subtitling.UpdateLiveSession; None leaves a field as it is."""
    wanted = subtitling_pb2.LiveSession(name=name)
    mask = field_mask_pb2.FieldMask()
    if options is not None:
        wanted.config.CopyFrom(_mapping.recognition_config(options))
        mask.paths.append("config")
    if display_name is not None:
        wanted.display_name = display_name
        mask.paths.append("display_name")
    if translations is not None:
        wanted.translations.extend(_mapping.translated_tracks(translations))
        mask.paths.append("translations")
    if script is not None:
        wanted.script = translation_pb2.Script.ValueType(script.value)
        mask.paths.append("script")
    if terms is not None:
        wanted.terms.extend(_mapping.term_messages(terms))
        mask.paths.append("terms")
    if preset is not None:
        wanted.preset = preset
        mask.paths.append("preset")
    if outputs is not None:
        wanted.outputs.extend(output_messages(outputs))
        mask.paths.append("outputs")
    request = subtitling_pb2.UpdateLiveSessionRequest(live_session=wanted, update_mask=mask)
    return UnaryCall("Subtitling", "UpdateLiveSession", request, _mapping.live_session, slow=True)


def list_output_profiles() -> UnaryCall[OutputChoice]:
    """Subtitling.ListOutputProfiles."""
    request = subtitling_pb2.ListOutputProfilesRequest()
    return UnaryCall("Subtitling", "ListOutputProfiles", request, output_choice)


def stop_live_session(name: str) -> UnaryCall[LiveSession]:
    """Subtitling.StopLiveSession."""
    request = subtitling_pb2.StopLiveSessionRequest(name=name)
    return UnaryCall("Subtitling", "StopLiveSession", request, _mapping.live_session)


def list_live_sessions(page_size: int, page_token: str) -> UnaryCall[Page[LiveSession]]:
    """Subtitling.ListLiveSessions."""

    def decode(
        message: subtitling_pb2.ListLiveSessionsResponse,
    ) -> Page[LiveSession]:
        return tuple(map(_mapping.live_session, message.live_sessions)), message.next_page_token

    request = subtitling_pb2.ListLiveSessionsRequest(page_size=page_size, page_token=page_token)
    return UnaryCall("Subtitling", "ListLiveSessions", request, decode)


def get_model(name: str) -> UnaryCall[Model]:
    """Models.GetModel."""
    return UnaryCall("Models", "GetModel", models_pb2.GetModelRequest(name=name), _mapping.model)


def list_models(page_size: int, page_token: str) -> UnaryCall[Page[Model]]:
    """Models.ListModels."""

    def decode(message: models_pb2.ListModelsResponse) -> Page[Model]:
        return tuple(map(_mapping.model, message.models)), message.next_page_token

    request = models_pb2.ListModelsRequest(page_size=page_size, page_token=page_token)
    return UnaryCall("Models", "ListModels", request, decode)
