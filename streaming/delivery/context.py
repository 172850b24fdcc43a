"""What an output is given when it is opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from foundation.media_time import Ticks
from streaming.cues.model import Cue
from streaming.cues.presets import CuePreset
from streaming.delivery.renditions import Rendition
from streaming.ingest.audio_tap import AudioTaps
from streaming.ingest.media_tap import MediaTap
from streaming.session_clock import SessionClock
from streaming.session_events import CaptionState

if TYPE_CHECKING:
    from streaming.interpretation.booth import Booth


@dataclass(frozen=True, slots=True)
class VoiceHealth:
    """How a voice keeps up with what it interprets."""

    lag_seconds: float
    """From the first word of the phrase that was heard last to the voice's first: the ear-voice
    span."""

    waiting_seconds: float
    """Speech that waits to be heard."""

    rate: float
    """How fast that phrase was spoken, as a factor on the voice's own speed."""


@dataclass(frozen=True, slots=True)
class HeardPhrase:
    """What an output spoke in one breath, or left out."""

    number: int
    """Counts from 1."""

    source: Ticks
    """Media time of the first word that it translates."""

    at: datetime | None
    """When it began to be heard, with a time zone; None: never."""

    health: VoiceHealth | None = None
    """Of one that was heard."""

    lost: str = ""
    """Why it was left out."""


class OutputReport(Protocol):
    """How an output tells what becomes of what it is given; cheap, never raises, never blocks.

    Call it on the event loop.
    """

    def shown(self, track: str, cue: Cue, at: datetime | None = None) -> None:
        """A cue went out: published, sent and accepted, or drawn; the output works.

        Args:
            track: The cue's.
            cue: As the output was given it.
            at: With a time zone; None: now.
        """
        ...

    def lost(self, track: str, cue: Cue, reason: str) -> None:
        """A cue was given up."""
        ...

    def spoken(self, track: str, phrase: HeardPhrase) -> None:
        """An output that speaks has spoken a phrase, or left it out."""
        ...

    def failing(self, reason: str) -> None:
        """Something went wrong and is tried again, by the output itself."""
        ...

    def working(self) -> None:
        """What was failing works again; ``shown`` says so, too."""
        ...


class NoReport:
    """For outputs that nobody watches."""

    def shown(self, track: str, cue: Cue, at: datetime | None = None) -> None:
        """Nobody is told."""

    def lost(self, track: str, cue: Cue, reason: str) -> None:
        """Nobody is told."""

    def spoken(self, track: str, phrase: HeardPhrase) -> None:
        """Nobody is told."""

    def failing(self, reason: str) -> None:
        """Nobody is told."""

    def working(self) -> None:
        """Nobody is told."""


@dataclass(frozen=True, slots=True, eq=False)
class OutputContext:
    """A session as an output sees it.

    The output's ``run`` gets the session's events through the gate (``OutputGate``) and moved by
    the output's offset: it need not look at ``held`` or ``killed``. It should empty what it shows
    on ``Controlled`` with ``CLEAR`` or ``KILL`` and on ``Cleared``, apply ``Corrected`` to what it
    can still change and pass over the rest (an append-only output: all), and mark its text as
    automatic until ``Controlled`` with ``captions.unlabelled`` comes. Some of these come twice.
    """

    session: str
    """Id of the session; ASCII letters, digits and hyphens, fit for the name of a file."""

    clock: SessionClock
    """``clock.first_sample`` is where the session began, ``clock.heard_until`` where it is,
    ``clock.heard_at`` says at which UTC instant a media time was heard."""

    renditions: Sequence[Rendition]
    """The tracks that go to this output, the spoken one first if it does. Events of translated
    tracks that are added on air may come, too: see ``rendition_of``."""

    preset: CuePreset
    """How cues are built, and so how they should be shown."""

    display_name: str = ""
    """The session's, for people."""

    from_start: bool = False
    """It was asked for before the session heard anything, and is opened for the first time: what
    was heard while it was being opened is its to publish, too."""

    media: MediaTap | None = None
    """The feed's picture and sound, this output's own; None: it did not ask for them."""

    captions: CaptionState = field(default_factory=CaptionState)
    """What outputs may show, as the output is opened."""

    labelled: Callable[[], bool] = lambda: True
    """Must the text be marked as automatic now? For outputs that do not follow ``Controlled``."""

    report: OutputReport = field(default_factory=NoReport)

    wall: Callable[[], float] | None = None
    """Seconds since the session's first sample was due; None: the feed does not come as fast as it
    plays."""

    audio: AudioTaps | None = None
    """What the session hears; None: nobody hands it on."""

    booth: Booth | None = None
    """For outputs that speak; None: there is none."""
