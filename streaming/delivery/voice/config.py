"""How a track is spoken as an output."""

from __future__ import annotations

from dataclasses import dataclass, field

from foundation.errors import check_range
from streaming.delivery.voice.target import parse_voice_target
from streaming.interpretation.config import InterpretationConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceConfig(InterpretationConfig):
    """Who speaks, how, and where it goes.

    Raises:
        InvalidArgument: a figure out of its bounds, or no target.
    """

    target: str = field(repr=False)
    """``srt://``, ``udp://`` or ``rtp://`` with host and port, a ``.ts`` file or ``-`` for standard
    output: AAC in a transport stream; or a file whose ending names its encoding: .opus, .mp3,
    .flac, .wav. A file that is there already is kept, and the next one gets a number."""

    voice: str = ""
    """One of ``dauys voices``; else the language's own."""

    speaker: str = ""
    """One of the voice's speakers."""

    original_db: float | None = None
    """How loud the feed's own sound is beneath the voice, -60 to 0 dB: -18 is usual. Else it is
    not heard at all."""

    between_db: float = 0.0
    """How loud it is where the voice is silent, -60 to 0 dB."""

    def __post_init__(self) -> None:
        InterpretationConfig.__post_init__(self)
        parse_voice_target(self.target)
        if self.original_db is not None:
            check_range("original_db", self.original_db, -60.0, 0.0)
        check_range("between_db", self.between_db, -60.0, 0.0)
