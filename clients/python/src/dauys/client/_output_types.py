"""Outputs of a live session: where its subtitles go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class CueView(Enum):
    """What a watcher is told."""

    ALL = 1
    """Everything, as it happens: for operators."""
    OUTPUTS = 2
    """Only what outputs may show: for audiences. Events that cannot wait while captions are held
    come at once with the id 0, and again in their place: apply them twice."""


class OutputState(Enum):
    """How an output is."""

    UNSPECIFIED = 0
    STARTING = 1
    LIVE = 2
    FAILING = 3
    """Something went wrong that may pass; it is tried again."""
    FAILED = 4
    """It ended before its time."""
    ENDED = 5


@dataclass(frozen=True, slots=True)
class OutputProfile:
    """An output that the server's operator has set up."""

    name: str
    kind: str
    description: str


@dataclass(frozen=True, slots=True)
class OutputChoice:
    """What sessions of a server may have for outputs."""

    profiles: tuple[OutputProfile, ...]
    files: bool
    """Files for players: ``HlsOptions``, ``DashOptions``."""


@dataclass(frozen=True, slots=True)
class HlsOptions:
    """HTTP Live Streaming; None is the server's choice. Times in seconds."""

    segment: float | None = None
    """Length of a segment, 1 to 30."""
    window: float | None = None
    """What the playlists hold; 0: everything."""
    hold: float | None = None
    """How long segments of subtitles wait for cues, 0 to 60."""
    video: bool = False
    """The feed's picture and sound, too; only as the session is created."""
    video_delay: float | None = None
    """How much later picture and sound are published, 0 to 10."""


@dataclass(frozen=True, slots=True)
class DashOptions(HlsOptions):
    """MPEG-DASH, with the same figures."""


@dataclass(frozen=True, slots=True)
class VoiceHealth:
    """How a synthetic voice keeps up with what it interprets."""

    lag: float
    """Seconds from the first word of the phrase that was heard last to the voice's first."""
    waiting: float
    """Seconds of speech that wait to be heard."""
    rate: float
    """How fast that phrase was spoken, as a factor on the voice's own speed."""


@dataclass(frozen=True, slots=True)
class OutputStatus:
    """How an output fares; told by the server."""

    kind: str
    state: OutputState
    detail: str
    """What failed."""
    since: datetime | None
    """Since when it is in this state."""
    cues: int
    """That went out; phrases that were heard of an output that speaks."""
    lost_cues: int
    """That were given up; phrases that were left out."""
    retries: int
    last_success: datetime | None
    path: str
    """Where players find it below the server's folder for outputs; empty: nowhere."""
    voice: VoiceHealth | None = None
    """Of an output that speaks, once it has spoken."""


@dataclass(frozen=True, slots=True)
class Output:
    """An output of a session: a profile of the server's operator, HLS, or DASH."""

    name: str = ""
    """Of its own in the session; empty: the profile's name, "hls" or "dash"."""
    profile: str = ""
    hls: HlsOptions | None = None
    offset: float = 0.0
    """Seconds that text is shown later, or earlier where negative."""
    tracks: tuple[str, ...] = ()
    """That it carries; empty: all."""
    status: OutputStatus | None = None
    dash: DashOptions | None = None
