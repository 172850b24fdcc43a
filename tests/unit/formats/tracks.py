"""Tracks that tests of several formats write."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import Final

from hypothesis import strategies as st

from foundation.media_time import TICKS_PER_SECOND
from streaming.cues.model import Cue

KAZAKH: Final = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
"""The whole Kazakh Cyrillic alphabet: 42 letters."""

MARKS: Final = "\u200e\u200f\u202b\u202c\u2067\u2069"
"""Marks of direction."""

MARKUP: Final = "<>&{}\\\"'/=;-#!."

ALPHABET: Final = KAZAKH + KAZAKH.upper() + "az AZ 09 «»—…" + MARKUP + MARKS


def seconds(value: float) -> int:
    """Ticks of so many seconds."""
    return round(value * TICKS_PER_SECOND)


WHOLE_ALPHABET: Final = (
    Cue(1, seconds(0.5), seconds(2), (KAZAKH[:21], KAZAKH[21:]), "kk"),
    Cue(2, seconds(2.5), seconds(4), (KAZAKH[:21].upper(), KAZAKH[21:].upper()), "kk"),
)


@st.composite
def tracks(draw: st.DrawFn, tick: int = 1, alphabet: str = ALPHABET) -> list[Cue]:
    """Cues in order that do not overlap, their times multiples of ``tick``."""
    lines = st.text(alphabet, min_size=1, max_size=30).map(str.strip).filter(bool)
    now = draw(st.integers(0, 3 * 3600 * TICKS_PER_SECOND // tick)) * tick
    cues = []
    for index in range(draw(st.integers(0, 6))):
        now += draw(st.integers(0, 20 * TICKS_PER_SECOND // tick)) * tick
        end = now + draw(st.integers(1, 10 * TICKS_PER_SECOND // tick)) * tick
        text = tuple(draw(st.lists(lines, min_size=1, max_size=3)))
        cues.append(Cue(index + 1, now, end, text, draw(st.sampled_from(["kk", "ru", "en"]))))
        now = end
    return cues


@contextlib.contextmanager
def heard(logger: str) -> Iterator[list[str]]:
    """Warnings and errors that a library logs meanwhile."""
    said: list[str] = []
    ear = logging.Handler(logging.WARNING)
    ear.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger(logger).addHandler(ear)
    try:
        yield said
    finally:
        logging.getLogger(logger).removeHandler(ear)
