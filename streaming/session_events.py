"""What happens in a live session, as its watchers see it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TypeAlias

from foundation.languages import Language
from foundation.media_time import Ticks
from foundation.speech import Word
from streaming.cues.model import Cue
from streaming.events import Pace


class SessionState(enum.StrEnum):
    """The life of a session."""

    WAITING = "waiting"
    LIVE = "live"
    FEED_LOST = "feed-lost"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """No further event comes."""
        return self in (SessionState.STOPPED, SessionState.FAILED)


@dataclass(frozen=True, slots=True)
class TentativeText:
    """All words still open; replaces the last one. Empty: nothing is open."""

    words: tuple[Word, ...]
    language: Language


@dataclass(frozen=True, slots=True)
class CommittedText:
    """New words that will never change."""

    words: tuple[Word, ...]
    language: Language


@dataclass(frozen=True, slots=True)
class CueReady:
    """A finished cue."""

    cue: Cue


@dataclass(frozen=True, slots=True)
class FeedChanged:
    """The session's state changed with its feed."""

    state: SessionState
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PaceChanged:
    """Recognition keeps up less well, or better, than before."""

    pace: Pace
    lag: float
    """Seconds of audio that wait to be recognised."""

    step_seconds: float
    """Audio between two looks at the open words."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """The feed has been gone so long that the screen must be empty."""


@dataclass(frozen=True, slots=True)
class TrackFailed:
    """A translated track ended before its time; the session goes on without it."""

    detail: str


@dataclass(frozen=True, slots=True)
class CorrectedText:
    """What a committed event says now."""

    event_id: int
    words: tuple[Word, ...]
    """Within the times of the event's own words; none: nothing was said."""

    @property
    def text(self) -> str:
        """The words joined by a space."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Corrected:
    """An operator's correction: what was committed stands, this says how it should have read."""

    texts: tuple[CorrectedText, ...]
    cues: tuple[Cue, ...]
    """Finished cues as they read now; one without lines is to be taken away."""

    operator: str = ""


@dataclass(frozen=True, slots=True)
class CaptionState:
    """What operators let outputs show."""

    held: bool = False
    """Nothing new goes out."""

    killed: bool = False
    """Nothing is shown."""

    unlabelled: bool = False
    """Outputs need not mark the subtitles as automatic."""


class ControlAction(enum.StrEnum):
    """What an operator can do to all outputs at once."""

    HOLD = "hold"
    RELEASE = "release"
    CLEAR = "clear"
    KILL = "kill"
    RESTORE = "restore"
    LABEL = "label"
    UNLABEL = "unlabel"


@dataclass(frozen=True, slots=True)
class Controlled:
    """An operator acted on what outputs show."""

    action: ControlAction
    captions: CaptionState
    """As it is after the action."""

    operator: str = ""
    at: Ticks = 0
    """Media time that had been heard by then."""


class OutputState(enum.StrEnum):
    """How an output of a session is."""

    STARTING = "starting"
    LIVE = "live"
    FAILING = "failing"
    """Something went wrong that may pass; it is tried again."""

    FAILED = "failed"
    """It ended before its time."""

    ENDED = "ended"

    @property
    def over(self) -> bool:
        """Nothing more comes of it."""
        return self in (OutputState.FAILED, OutputState.ENDED)


@dataclass(frozen=True, slots=True)
class OutputChanged:
    """An output of the session started, failed, recovered or ended."""

    output: str
    """Its name in the session."""

    kind: str
    state: OutputState
    detail: str = ""
    """What failed."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Another engine recognises the session from now on."""

    engine: str
    before: str
    """The engine that was on air."""

    reason: str
    operator: str = ""
    """Who chose it; empty: the engines' supervisor."""


SessionEventBody: TypeAlias = (
    TentativeText
    | CommittedText
    | CueReady
    | FeedChanged
    | PaceChanged
    | Cleared
    | TrackFailed
    | Corrected
    | Controlled
    | HandedOver
    | OutputChanged
)


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """Something that happened in a session."""

    event_id: int
    """Rises by one; 0 for tentative text, which is not kept."""

    wall: float
    """Seconds since the first audio sample was due; 0 before that."""

    track: str
    """Feed, pace, clear, output, control and hand-over events are the whole session's and carry the
    spoken track's name."""

    body: SessionEventBody
