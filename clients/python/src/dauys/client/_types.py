"""What goes into calls and comes out of them. All times are seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dauys.client._output_types import Output, OutputState
    from dauys.client._translation_types import Script, Term


class AudioEncoding(Enum):
    """How audio bytes are coded."""

    LINEAR16 = 1
    FLOAT32 = 2
    MULAW = 3
    ALAW = 4
    FLAC = 5
    OGG_OPUS = 6
    WAV = 7
    MP3 = 8
    """For audio that is spoken to callers; not taken from them."""

    @property
    def sample_bytes(self) -> int | None:
        """Bytes a sample; None for containers, which carry their own format."""
        return {1: 2, 2: 4, 3: 1, 4: 1}.get(self.value)


class LiveSessionState(Enum):
    """Where a live session stands."""

    UNSPECIFIED = 0
    WAITING = 1
    LIVE = 2
    FEED_LOST = 3
    STOPPED = 4
    FAILED = 5


class Pace(Enum):
    """How well recognition keeps up with a feed."""

    UNSPECIFIED = 0
    FULL = 1
    REDUCED = 2
    BEHIND = 3


class ControlAction(Enum):
    """What operators do to all outputs at once."""

    UNSPECIFIED = 0
    HOLD = 1
    RELEASE = 2
    CLEAR = 3
    KILL = 4
    RESTORE = 5
    LABEL = 6
    UNLABEL = 7


class EngineState(Enum):
    """What one of a session's engines is doing."""

    UNSPECIFIED = 0
    ON_AIR = 1
    STANDBY = 2
    """It hears the feed, too, and can take over at once."""
    FAILED = 3


class ModelState(Enum):
    """Where a model is."""

    UNSPECIFIED = 0
    AVAILABLE = 1
    PULLED = 2
    LOADED = 3


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """What the sent audio is. Rate (Hz) and channels are needed for headerless encodings."""

    encoding: AudioEncoding = AudioEncoding.LINEAR16
    sample_rate: int = 0
    channels: int = 0
    channel: int = 0
    """The channel to listen to, from 1; 0 mixes all down."""


class ProfanityTreatment(Enum):
    """What becomes of obscene words."""

    KEEP = 0
    MASK = 1
    REMOVE = 2


@dataclass(frozen=True, slots=True)
class GlossaryEntry:
    """A name or term."""

    spelling: str
    """As it should be written, in the nominative."""
    language: str = ""
    """The language it is spoken in; empty: any."""
    weight: float = 1.0
    """0.1 to 10."""
    sounds_like: tuple[str, ...] = ()
    """Other ways in which it is heard."""
    write: str = ""
    """Written in the place of ``spelling``, if not empty."""


@dataclass(frozen=True, slots=True)
class RecognitionOptions:
    """What is asked of the recogniser; empty fields take the server's defaults."""

    model: str = ""
    languages: tuple[str, ...] = ()
    """Of "kk", "ru", "en"; one: given, several or none: identified."""
    prompt: str = ""
    hotwords: tuple[str, ...] = ()
    beam_size: int = 0
    mixed_languages: bool = False
    """Live: the language may change at the end of each sentence, not only at a pause."""
    language_models: Mapping[str, str] = field(default_factory=dict)
    """Models that hear single languages in the place of ``model``."""
    glossary: tuple[GlossaryEntry, ...] = ()
    """Names and terms that are written right where they are heard nearly so."""
    verbatim: bool = False
    """No numbers in digits, no punctuation added."""
    profanity: ProfanityTreatment = ProfanityTreatment.KEEP
    number_classes: tuple[str, ...] = ()
    """Which numbers are written in digits ("date", "money" …); empty: all."""
    least_number: int | None = None
    """The least bare number written in digits; None: 10."""


class Finalize:
    """Put among streamed audio: commit all that was heard so far."""


FINALIZE: Final = Finalize()


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word, times from the first sample."""

    text: str
    start: float
    end: float
    confidence: float
    spoken: str = ""
    """As it was recognised, where ``text`` is written otherwise."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech between two pauses."""

    text: str
    language: str
    words: tuple[Word, ...]
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Recognition:
    """The text of a recording."""

    text: str
    segments: tuple[Segment, ...]
    audio_duration: float
    model: str


@dataclass(frozen=True, slots=True)
class StreamingResult:
    """News of a live recognition."""

    committed: tuple[Word, ...]
    """Newly committed; never revised or repeated."""
    tentative: tuple[Word, ...]
    """All words still open, replacing the last result's."""
    language: str
    endpoint: bool
    utterance: int
    committed_position: float
    audio_position: float
    finalized: bool
    unpunctuated: bool = False
    """The words are without punctuation and capitals, as the model gave them."""


@dataclass(frozen=True, slots=True)
class TranslatedTrack:
    """A live translation; its track is named by its language."""

    target_language: str
    model: str = ""
    """Empty: the server's."""
    lag: float = 0.0
    """Seconds that the oldest whole sentence has waited for its translation; told by the server."""
    failure: str = ""
    """Why it has ended before its time; told by the server."""


@dataclass(frozen=True, slots=True)
class SessionEngine:
    """One of several engines that hear a session's feed."""

    name: str = ""
    """Another one for each; empty: the server names it."""
    server: str = ""
    """One that the server's operator has named; empty: the server itself."""
    model: str = ""
    """Hears all languages; empty: as the session's options say."""
    state: EngineState = EngineState.UNSPECIFIED
    """Told by the server, as what follows."""
    lag: float = 0.0
    """Seconds of audio that it has received and not recognised."""
    failure: str = ""
    """Why it failed last; empty: it never has."""
    failure_count: int = 0


@dataclass(frozen=True, slots=True)
class CaptionState:
    """What operators let outputs show."""

    held: bool = False
    """Nothing new goes out."""
    killed: bool = False
    """Nothing is shown."""
    unlabelled: bool = False
    """Outputs need not mark the subtitles as automatic."""


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A live subtitling session."""

    name: str
    display_name: str
    url: str
    options: RecognitionOptions
    preset: str
    state: LiveSessionState
    state_detail: str
    create_time: datetime | None
    stop_time: datetime | None
    audio_position: float
    lag: float
    cue_count: int
    pace: Pace
    translations: tuple[TranslatedTrack, ...]
    script: Script
    terms: tuple[Term, ...]
    captions: CaptionState
    last_event_id: int
    """Of the newest event: a watcher that has got it has caught up."""
    engines: tuple[SessionEngine, ...] = ()
    """In the order of preference; empty: the server alone."""
    outputs: tuple[Output, ...] = ()
    first_sample_time: datetime | None = None
    """When the first sample was heard: media time 0."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A finished subtitle; `index` counts from 1 within its track."""

    index: int
    start: float
    end: float
    lines: tuple[str, ...]
    language: str
    heard_at: datetime | None = None
    """When `start` was heard."""


@dataclass(frozen=True, slots=True)
class _Event:
    event_id: int
    """Rises by one; 0 for tentative text, which is not kept, and for what comes before its turn."""
    track: str
    """"source", or a translation's language; feed, clear, pace, control and output events are the
    whole session's."""
    wall: float
    """Seconds since the first audio sample was due."""
    dropped_events: int
    """Events that this watcher missed because it read too slowly."""


@dataclass(frozen=True, slots=True)
class TentativeText(_Event):
    """Text that the next event may replace."""

    text: str
    language: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class CommittedText(_Event):
    """Text that is never revised."""

    text: str
    language: str
    words: tuple[Word, ...]
    start: float
    end: float
    heard_at: datetime | None = None
    """When `start` was heard."""


@dataclass(frozen=True, slots=True)
class CueFinished(_Event):
    """A subtitle is finished."""

    cue: Cue


@dataclass(frozen=True, slots=True)
class FeedChanged(_Event):
    """The feed came, was lost or ended."""

    state: LiveSessionState
    detail: str


@dataclass(frozen=True, slots=True)
class PaceChanged(_Event):
    """Recognition keeps up less well, or better; `lag` and `step` in seconds of audio."""

    pace: Pace
    lag: float
    step: float


@dataclass(frozen=True, slots=True)
class Cleared(_Event):
    """The picture should show no text now."""


@dataclass(frozen=True, slots=True)
class TrackFailed(_Event):
    """A translated track has ended before its time; the session goes on without it."""

    detail: str


@dataclass(frozen=True, slots=True)
class CorrectedText:
    """What a committed event says now."""

    event_id: int
    text: str
    """May be empty: nothing was said."""
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Corrected(_Event):
    """An operator's correction; committed events that are not named stay as they are."""

    texts: tuple[CorrectedText, ...]
    cues: tuple[Cue, ...]
    """Finished cues as they read now; one without lines is taken away."""
    operator: str


@dataclass(frozen=True, slots=True)
class Controlled(_Event):
    """An operator acted on what outputs show."""

    action: ControlAction
    captions: CaptionState
    """As it is after the action."""
    operator: str


@dataclass(frozen=True, slots=True)
class HandedOver(_Event):
    """Another engine recognises the session from now on."""

    engine: str
    before: str
    reason: str
    operator: str
    """Who chose it; empty: the server."""


@dataclass(frozen=True, slots=True)
class OutputChanged(_Event):
    """An output of the session started, failed, recovered or ended."""

    output: str
    """Its name."""
    kind: str
    state: OutputState
    detail: str
    """What failed."""


@dataclass(frozen=True, slots=True)
class CaughtUp(_Event):
    """All was told of the time before the call; only with ``CueView.OUTPUTS``."""


CueEvent = (
    TentativeText
    | CommittedText
    | CueFinished
    | FeedChanged
    | PaceChanged
    | Cleared
    | TrackFailed
    | Corrected
    | Controlled
    | HandedOver
    | OutputChanged
    | CaughtUp
)


@dataclass(frozen=True, slots=True)
class Model:
    """A model that the server knows."""

    name: str
    display_name: str
    task: str
    languages: tuple[str, ...]
    engine: str
    license: str
    commercial_use: bool
    size_bytes: int
    state: ModelState
