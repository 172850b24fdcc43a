"""What flows through the streaming layer."""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from foundation.languages import Language
from foundation.media_time import Ticks
from foundation.speech import Samples, Word


@dataclass(frozen=True, slots=True, eq=False)
class AudioChunk:
    """A stretch of audio."""

    samples: Samples
    """float32 [n], mono, 16 kHz."""

    start: Ticks
    """Media time of the first sample, unwrapped; the feed's own clock."""

    discontinuity: bool = False
    """This chunk does not follow the one before it: what is open must be finished first."""


class FeedState(enum.StrEnum):
    """What a feed is doing."""

    CONNECTED = "connected"
    LOST = "lost"
    ENDED = "ended"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """A feed came, went or ended."""

    state: FeedState
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Finalize:
    """Commit all that was heard so far."""


FeedItem: TypeAlias = AudioChunk | FeedEvent | Finalize


class Feed(Protocol):
    """A source of audio. Iterate once; ``aclose`` frees its process and sockets.

    A feed that cannot be opened at all, or holds no audio, raises a DauysError from the iteration.
    A live feed that drops yields FeedEvent(LOST), retries with back-off, yields CONNECTED and a
    chunk with ``discontinuity``. The last item of a finished feed is FeedEvent(ENDED).
    """

    def __aiter__(self) -> AsyncIterator[FeedItem]: ...

    async def aclose(self) -> None:
        """Free what the feed holds; may be called more than once."""
        ...


class Pace(enum.StrEnum):
    """How well recognition keeps up with the feed."""

    FULL = "full"
    REDUCED = "reduced"
    """The machine is full: no tentative text, committed text in larger pieces."""

    BEHIND = "behind"
    """Even so, audio waits: committed text comes late."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What recognition believes now."""

    committed: tuple[Word, ...]
    """New since the last hypothesis; never revised, never repeated; media time."""

    tentative: tuple[Word, ...]
    """Everything still open; replaces the last hypothesis's tentative words."""

    language: Language

    utterance: int
    """Counts from 0."""

    endpoint: bool = False
    """The utterance ended; ``tentative`` is empty."""

    committed_until: Ticks = 0
    """Media time before which nothing will change."""

    finalized: bool = False
    """Answers a Finalize."""

    punctuated: bool = True
    """The model that heard it writes punctuation and capitals itself."""
