"""When each pair of bytes is sent: one a frame, so that captions appear and go on time.

A pop-on caption is loaded unseen and shown by END OF CAPTION: loading is sent just before. It takes
a frame for two letters, and the caption before may have to be erased meanwhile, which the screen
obeys at once and the loading does not mind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from streaming.formats.scc.codes import END_OF_CAPTION, ERASE_DISPLAYED_MEMORY, Pair

Unit = tuple[Pair, ...]
"""Pairs that must follow each other: an order and its repetition, or two letters."""

ERASE: Unit = (ERASE_DISPLAYED_MEMORY, ERASE_DISPLAYED_MEMORY)
SHOW: Unit = (END_OF_CAPTION, END_OF_CAPTION)


@dataclass(frozen=True, slots=True)
class Loading:
    """One caption before it is placed in time."""

    index: int
    """Of its cue."""

    start: int
    """The frame in which it should appear."""

    end: int
    """The frame in which it should go."""

    units: tuple[Unit, ...]
    """What loads it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A run of pairs, one a frame."""

    frame: int
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """When a caption appears in truth."""

    index: int
    wanted: int
    """Frames."""

    start: int
    """Frames."""


def schedule(loadings: Sequence[Loading]) -> tuple[list[Sent], list[Shown]]:
    """Every pair with its frame, and when captions appear.

    A caption whose loading takes longer than there is time appears late, as soon as it is loaded;
    one that begins where the last ends replaces it without an erasure.

    Args:
        loadings: in order; frames are not negative and do not overlap.
    """
    pairs: dict[int, Pair] = {}
    shown: list[Shown] = []
    free = 0
    erase_at: int | None = None
    for loading in loadings:
        length = sum(map(len, loading.units))
        start = max(loading.start, free + length)
        if erase_at is not None and erase_at + len(ERASE) <= start:
            erase_at = max(erase_at, free)
            if start - length < erase_at + len(ERASE):
                # Erasing falls into the loading, which begins so much earlier.
                start = max(start, free + length + len(ERASE))
                frame = _place(pairs, loading.units, start - length - len(ERASE), erase_at)
            else:
                _put(pairs, ERASE, erase_at)
                frame = _place(pairs, loading.units, start - length, None)
        else:
            frame = _place(pairs, loading.units, start - length, None)
        assert frame == start
        free = _put(pairs, SHOW, start)
        shown.append(Shown(loading.index, loading.start, start))
        erase_at = max(loading.end, free)
    if erase_at is not None:
        _put(pairs, ERASE, erase_at)
    return _runs(pairs), shown


def _place(pairs: dict[int, Pair], units: Sequence[Unit], frame: int, erase_at: int | None) -> int:
    """Put units one after another, the erasure between them when it is due; the frame after."""
    due = erase_at is not None
    for unit in units:
        if due and erase_at is not None and frame >= erase_at:
            frame = _put(pairs, ERASE, frame)
            due = False
        frame = _put(pairs, unit, frame)
    return _put(pairs, ERASE, frame) if due else frame


def _put(pairs: dict[int, Pair], unit: Unit, frame: int) -> int:
    for pair in unit:
        assert frame not in pairs
        pairs[frame] = pair
        frame += 1
    return frame


def _runs(pairs: dict[int, Pair]) -> list[Sent]:
    runs: list[Sent] = []
    run: list[Pair] = []
    begun = 0
    for frame in sorted(pairs):
        if run and frame != begun + len(run):
            runs.append(Sent(begun, tuple(run)))
            run = []
        if not run:
            begun = frame
        run.append(pairs[frame])
    if run:
        runs.append(Sent(begun, tuple(run)))
    return runs
