"""What a commit policy is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from foundation.media_time import Ticks
from foundation.speech import Word


class CommitPolicy(Protocol):
    """Decides from a run of hypotheses which words will not change any more.

    Each hypothesis re-transcribes an open window of audio, in media time, and so starts again with
    words that were committed before. Committed words are never revised nor repeated.
    """

    @property
    def committed(self) -> tuple[Word, ...]:
        """The latest words committed, in order; at least those of a full window."""
        ...

    @property
    def tentative(self) -> tuple[Word, ...]:
        """What the latest hypothesis adds after the committed words."""
        ...

    def fresh(self, hypothesis: Sequence[Word], window_start: Ticks) -> tuple[Word, ...]:
        """What a hypothesis adds after the committed words; nothing is noted."""
        ...

    def update(
        self, hypothesis: Sequence[Word], window_start: Ticks, heard_until: Ticks
    ) -> tuple[Word, ...]:
        """Take a hypothesis of the window between two media times; return new commits."""
        ...

    def commit(
        self, hypothesis: Sequence[Word], window_start: Ticks, until: Ticks | None = None
    ) -> tuple[Word, ...]:
        """Commit a hypothesis without waiting for agreement, words ending after ``until`` kept.

        The kept words become tentative.
        """
        ...

    def commit_tentative(self, until: Ticks | None = None) -> tuple[Word, ...]:
        """Commit what is tentative, words ending after ``until`` kept."""
        ...
