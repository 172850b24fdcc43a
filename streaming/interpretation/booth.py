"""Where interpreters speak from: the workers, and who there is to speak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from foundation.errors import InvalidArgument
from foundation.languages import Language
from streaming.synthesis.voices import CapabilityBook, VoicePlan
from workers.interface import WorkerPool


class VoiceChooser(Protocol):
    """Finds out who speaks."""

    def __call__(self, language: Language | None, voice: str, speaker: str) -> VoicePlan:
        """Who speaks; may read the disk, loads nothing.

        Args:
            language: To be spoken; None: whatever is said.
            voice: A catalogue id; empty: the language's own voice.
            speaker: Of the voice; empty: its first.

        Raises:
            NotFound: no such voice, or none here for the language.
            InvalidArgument: names ``voice``, ``language`` or ``speaker``.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Booth:
    """What a machine has for interpreters."""

    pool: WorkerPool
    """Where the voices run."""

    choose: VoiceChooser


async def check_speaker(book: CapabilityBook, plan: VoicePlan) -> None:
    """Load the voice that speaks first, so that its first phrase need not wait for it.

    Raises:
        InvalidArgument: names ``speaker``; the voice has no such one.
        DauysError: the voice cannot be loaded.
    """
    if not plan.voice:
        return
    names = [speaker.id for speaker in (await book.of(plan.voice)).speakers]
    if plan.speaker and plan.speaker not in names:
        raise InvalidArgument("speaker", f"{plan.speaker!r} is not one of {', '.join(names)}")
