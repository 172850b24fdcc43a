"""What a file says of where its speech came from, in the words that its container has.

Wherever a container has free fields (ID3, Vorbis comments) each fact stands in a field of its own;
in all containers, and alone in WAV's INFO list and bext chunk (EBU Tech 3285), one sentence says
it. ``digital_source_type`` is IPTC's term for media that a trained model made, the one that C2PA
manifests carry. Headerless encodings hold no metadata: there the API's answer is the only mark.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

DIGITAL_SOURCE_TYPE: Final = (
    "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
)
SOFTWARE: Final = "Dauys"

_BEXT_ORIGINATOR_CHARACTERS: Final = 32
_BEXT_DESCRIPTION_CHARACTERS: Final = 256


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where speech came from."""

    voices: tuple[str, ...]
    """Catalogue ids, the first one first heard. A stream's head knows those that it begins with."""

    speaker: str = ""
    language: str = ""
    made: datetime | None = None
    """None: now."""

    def metadata(self, encoding: str, sample_rate: int) -> dict[str, str]:
        """The container's fields, as ffmpeg's muxers name them."""
        made = self.made or datetime.now(UTC)
        software = f"{SOFTWARE} {_own_version()}"
        voices = ", ".join(self.voices)
        spoken_by = voices + (f" (speaker {self.speaker})" if self.speaker else "")
        sentence = f"Synthetic speech, spoken by no person. Voice: {spoken_by}. By {software}."
        common = {
            "artist": f"Synthetic voice {voices}",
            "comment": sentence,
            "date": made.date().isoformat(),
            "encoder": software,
        }
        if encoding == "wav":
            return common | _broadcast_extension(sentence, sample_rate, made)
        return common | {
            "synthetic": "true",
            "model": voices,
            "voice": spoken_by,
            "software": software,
            "created": made.isoformat(timespec="seconds"),
            "digital_source_type": DIGITAL_SOURCE_TYPE,
            **({"language": self.language} if self.language else {}),
        }


def _broadcast_extension(sentence: str, sample_rate: int, made: datetime) -> dict[str, str]:
    """Fields of the bext chunk, whose texts are ASCII."""
    description = sentence.encode("ascii", "replace").decode()
    return {
        "description": description[:_BEXT_DESCRIPTION_CHARACTERS],
        "originator": f"{SOFTWARE} synthetic speech"[:_BEXT_ORIGINATOR_CHARACTERS],
        "origination_date": made.date().isoformat(),
        "origination_time": made.strftime("%H:%M:%S"),
        "coding_history": f"A=PCM,F={sample_rate},W=16,M=mono,T=synthetic speech\r\n",
    }


def _own_version() -> str:
    return version("dauys-client")
