"""A short recording from a call's bytes to finished utterances."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dauys.v1 import audio_pb2, speech_to_text_pb2

from foundation.errors import InvalidArgument
from foundation.media_time import Ticks, from_samples
from foundation.speech import SAMPLE_RATE
from services.speech_to_text import mapping
from services.speech_to_text.checks import check_config
from streaming.finishing import Pipeline, finish_utterances
from streaming.ingest.decode_file import decode_bytes
from streaming.recognition.offline import Utterance, transcribe
from workers.interface import Priority

if TYPE_CHECKING:
    from services.server.registry import ServiceContext


async def recognise_recording(
    context: ServiceContext,
    audio: bytes,
    audio_config: audio_pb2.AudioConfig,
    config: speech_to_text_pb2.RecognitionConfig,
    field: str = "config",
) -> tuple[list[Utterance], Ticks, str]:
    """Recognise one recording.

    Args:
        context: Of the service that was called.
        audio: All of it.
        audio_config: How it is coded.
        config: What is asked.
        field: The path of ``config`` in the request, for errors.

    Returns:
        The utterances, how long the audio is, and the model asked.

    Raises:
        InvalidArgument: names the field and its limit.
        DauysError: whatever the pool raises.
    """
    settings = context.settings
    if not audio:
        raise InvalidArgument("audio", "is empty")
    if len(audio) > settings.max_audio_bytes:
        raise InvalidArgument("audio", f"{len(audio)} bytes, limit {settings.max_audio_bytes}")
    audio_format = mapping.audio_format(audio_config, "audio_config")
    finishing = mapping.finishing_config(config, field)
    offline = mapping.offline_config(config, settings, finishing, field)
    check_config(context.store.catalogue, offline, field)
    samples = await decode_bytes(audio, audio_format, settings.max_audio_seconds)
    utterances = await transcribe(context.pool, samples, offline, priority=Priority.INTERACTIVE)
    finished = await asyncio.to_thread(lambda: finish_utterances(utterances, Pipeline(finishing)))
    return finished, from_samples(samples.size, SAMPLE_RATE), offline.model
