"""Scores of a live recogniser, from what it showed and when; the same for every system.

Words are compared as normalised tokens (lower case, no punctuation). Word times come from one
offline recognition of the same audio, so that no system is measured by its own clock. Normalised
erasure: tokens taken back from the screen over tokens of the final text (Arivazhagan et al.,
Re-translation versus Streaming for Simultaneous Translation, IWSLT 2020).
"""

from __future__ import annotations

import statistics
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import jiwer
import numpy as np

from services.command_line.scoring import normalise
from text.letters import fold_look_alikes

_SMALL_NUMBERS = {
    word: str(number)
    for words in (
        "zero one two three four five six seven eight nine ten",
        "ноль один два три четыре пять шесть семь восемь девять десять",
    )
    for number, word in enumerate(words.split())
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What stood on the screen from ``wall`` on (seconds since the first sample was due)."""

    wall: float
    committed: tuple[str, ...]
    tentative: tuple[str, ...]

    @property
    def shown(self) -> tuple[str, ...]:
        """All tokens on the screen."""
        return self.committed + self.tentative


@dataclass(frozen=True, slots=True)
class TimedToken:
    """A token of the offline text; seconds since the first sample."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Scores:
    """Of one stream. Rates from 0; lags in seconds behind the end of the spoken word."""

    word_error_rate: float
    character_error_rate: float
    folded_character_error_rate: float
    """Latin look-alikes of Kazakh letters counted as right."""

    offline_word_error_rate: float
    first_text: float
    """From the end of the first word to the first text on the screen.

    Not from its start: the aligner gives leading silence to the first word.
    """

    display_lags: list[float]
    commit_lags: list[float]
    normalised_erasure: float
    erased_a_minute: float
    committed_revised: int
    """Committed tokens that were changed afterwards."""


def tokens_of(text: str) -> tuple[str, ...]:
    """Normalised tokens."""
    return tuple(normalise(text).split())


def digit_by_digit(text: str) -> str:
    """Normalised text with numbers as single digits: ``500``, ``5 0 0`` and ``five 00`` are alike.

    Only English and Russian words up to ten are read as numbers: what a recogniser writes now in
    words, now in digits.
    """
    tokens = (_SMALL_NUMBERS.get(token, token) for token in text.split())
    return " ".join(
        " ".join(token) if token.isascii() and token.isdigit() else token for token in tokens
    )


def common_head(first: Sequence[str], second: Sequence[str]) -> int:
    """How many leading tokens are the same."""
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        count += 1
    return count


def erased_tokens(snapshots: Sequence[Snapshot]) -> int:
    """Tokens that were taken back from the screen."""
    return sum(
        len(before.shown) - common_head(before.shown, after.shown)
        for before, after in pairwise(snapshots)
    )


def score(
    snapshots: Sequence[Snapshot],
    reference: str,
    offline: Sequence[TimedToken],
    seconds: float,
) -> Scores:
    """Score one stream of ``seconds`` of audio."""
    final = snapshots[-1].committed if snapshots else ()
    wanted, text = normalise(reference), " ".join(final)
    erased = erased_tokens(snapshots)
    revised = sum(
        len(before.committed) - common_head(before.committed, after.committed)
        for before, after in pairwise(snapshots)
    )
    display, commit = _lags(snapshots, final, offline)
    first = next((snapshot.wall for snapshot in snapshots if snapshot.shown), float("nan"))
    nothing = float("nan")
    return Scores(
        word_error_rate=jiwer.wer(wanted, text) if wanted else nothing,
        character_error_rate=jiwer.cer(wanted, text) if wanted else nothing,
        folded_character_error_rate=(
            jiwer.cer(fold_look_alikes(wanted), fold_look_alikes(text)) if wanted else nothing
        ),
        offline_word_error_rate=(
            jiwer.wer(wanted, " ".join(token.text for token in offline)) if wanted else nothing
        ),
        first_text=first - (offline[0].end if offline else 0.0),
        display_lags=display,
        commit_lags=commit,
        normalised_erasure=erased / max(1, len(final)),
        erased_a_minute=erased / seconds * 60,
        committed_revised=revised,
    )


def lost_at_ends(offline: Sequence[str], live: Sequence[str]) -> tuple[int, int]:
    """Tokens that offline recognition finds at the start and at the end, and live does not."""
    if not offline or not live:
        return len(offline), 0
    chunks = jiwer.process_words(" ".join(offline), " ".join(live)).alignments[0]
    first, last = chunks[0], chunks[-1]
    start = first.ref_end_idx - first.ref_start_idx if first.type == "delete" else 0
    end = last.ref_end_idx - last.ref_start_idx if last.type == "delete" else 0
    return start, end


def median(values: Sequence[float]) -> float:
    """The median, NaN of nothing."""
    return statistics.median(values) if values else float("nan")


def percentile(values: Sequence[float], share: float) -> float:
    """A percentile (0 to 100), NaN of nothing."""
    return float(np.percentile(values, share)) if values else float("nan")


def _lags(
    snapshots: Sequence[Snapshot], final: Sequence[str], offline: Sequence[TimedToken]
) -> tuple[list[float], list[float]]:
    """Display and commit lags of the final tokens that the offline text has too."""
    if not final or not offline:
        return [], []
    counts = [len(snapshot.committed) for snapshot in snapshots]
    reference = " ".join(token.text for token in offline)
    display: list[float] = []
    commit: list[float] = []
    at = 0
    for chunk in jiwer.process_words(reference, " ".join(final)).alignments[0]:
        if chunk.type != "equal":
            continue
        for offset in range(chunk.ref_end_idx - chunk.ref_start_idx):
            place = chunk.hyp_start_idx + offset
            end = offline[chunk.ref_start_idx + offset].end
            committed_at = bisect_left(counts, place + 1)
            while at < committed_at and not _shows(snapshots[at], place, final[place]):
                at += 1
            commit.append(snapshots[committed_at].wall - end)
            display.append(snapshots[min(at, committed_at)].wall - end)
    return display, commit


def _shows(snapshot: Snapshot, place: int, token: str) -> bool:
    """Is a token on the screen about where it will end up?"""
    return token in snapshot.shown[max(0, place - 1) : place + 2]
