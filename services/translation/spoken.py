"""Translations of speech, spoken: one recording of all segments in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from dauys.v1 import translation_pb2 as pb

from foundation.languages import Language
from services.text_to_speech import mapping
from services.text_to_speech.speaking import Speaking, Speech, SpeechChoice
from streaming.synthesis import SpeechMark, recording, sentences_of, whole

if TYPE_CHECKING:
    from services.server.registry import ServiceContext

_BETWEEN: Final = "\n\n"
"""A segment is a paragraph: what two of them say is never read as one sentence."""


class SpokenTranslations:
    """Speaks what calls of one service have translated."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._speech = Speech(context.pool, context.store, context.settings)

    async def prepare(
        self, request: pb.TranslateSpeechRequest, target: Language, timeout: float | None
    ) -> tuple[SpeechChoice, Speaking] | None:
        """Check what is asked, before anything is heard; None: nothing is to be spoken.

        Raises:
            InvalidArgument, NotFound: names the field.
            FailedPrecondition: the voice is not on this machine.
        """
        if not request.HasField("speech_audio_config"):
            return None
        choice = mapping.speech_choice(
            request.speech, request.speech_audio_config, "speech", "speech_audio_config"
        )
        choice = replace(choice, language=target)
        speaking = await self._speech.prepare(choice, whole=True, timeout=timeout, field="speech")
        return choice, speaking

    async def speak(
        self,
        choice: SpeechChoice,
        speaking: Speaking,
        response: pb.TranslateSpeechResponse,
    ) -> None:
        """Speak a response's translations into it.

        Raises:
            InvalidArgument: it takes longer than is answered at once.
            ResourceExhausted: as many texts as the settings allow are being spoken.
            DauysError: whatever the pool raises.
        """
        texts = [segment.translation.text.strip() for segment in response.segments]
        if not any(map(str.strip, texts)):
            return
        with self._speech.admitted():
            spoken = await recording(
                speaking.synthesizer,
                sentences_of(speaking.front_end, whole(_BETWEEN.join(texts))),
                choice.speech_format,
                speaking.provenance,
                loudness=choice.synthesis.loudness,
                max_seconds=self._context.settings.max_audio_seconds,
                field="speech_audio_config",
            )
        rate = spoken.sample_rate
        response.audio = spoken.data
        response.audio_info.CopyFrom(
            mapping.info(spoken.voices, choice.speaker, choice.speech_format, rate)
        )
        for segment, marks in zip(response.segments, _by_text(texts, spoken.marks), strict=True):
            if marks:
                segment.spoken_start.CopyFrom(mapping.duration(marks[0].start, rate))
                segment.spoken_end.CopyFrom(mapping.duration(marks[-1].end, rate))


def _by_text(texts: Sequence[str], marks: Sequence[SpeechMark]) -> list[list[SpeechMark]]:
    """The sentences of each text, by where they stand in all of them joined."""
    sentences = [mark for mark in marks if mark.kind == "sentence"]
    found: list[list[SpeechMark]] = []
    start = 0
    for text in texts:
        end = start + len(text)
        found.append([one for one in sentences if start <= one.source_start < end])
        start = end + len(_BETWEEN)
    return found
