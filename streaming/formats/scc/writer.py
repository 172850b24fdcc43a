"""Writes Scenarist SCC files: CEA-608 pop-on captions, channel 1.

A caption appears in the frame nearest to the cue's start, halves later, and goes in the one nearest
to its end; both may be later where loading takes longer (two letters a frame), which is reported
from two frames on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from foundation.errors import InvalidArgument
from streaming.cues.model import Cue
from streaming.formats.carrying import Repertoire, carry
from streaming.formats.interface import EncodedTrack, TrackOptions
from streaming.formats.losses import Loss, LossKind, LossReport
from streaming.formats.rows import fit
from streaming.formats.scc import codes
from streaming.formats.scc.config import SccConfig
from streaming.formats.scc.schedule import Loading, Unit, schedule
from streaming.formats.scc.timecode import frames_of_hours, nearest_frame, timecode

MEDIA_TYPE: Final = "text/x-scc"
REPERTOIRE: Final = Repertoire("CEA-608 (SCC)", codes.has)
_MAX_ROWS: Final = 4
"""CEA-608 lets a caption have four of the grid's fifteen rows."""

_LATE_FRAMES: Final = 2


def encode(cues: Sequence[Cue], options: TrackOptions) -> EncodedTrack:
    """The file with drop-frame timecode."""
    return write_scc(cues, SccConfig(transliterate=options.transliterate))


def write_scc(cues: Sequence[Cue], config: SccConfig) -> EncodedTrack:
    """The file, and what it lost.

    Args:
        cues: of one track, in order, not overlapping.
        config: timecode and text.

    Raises:
        NotCarried: CEA-608 lacks letters; the message names them and their cues.
        InvalidArgument: a cue has too many rows, or the timecode passes 24 hours.
    """
    losses: list[Loss] = []
    loadings: list[Loading] = []
    offset = frames_of_hours(config.programme_start, config.drop_frame)
    for text in carry(cues, REPERTOIRE, config.transliterate):
        rows, layout = fit(text.cue.index, text.lines, codes.COLUMNS, _MAX_ROWS)
        losses += [*text.losses, *layout]
        start = max(0, nearest_frame(text.cue.start))
        end = max(nearest_frame(text.cue.end), start + 1)
        units = _units(rows, config.last_row)
        loadings.append(Loading(text.cue.index, offset + start, offset + end, units))
    runs, shown = schedule(loadings)
    for caption in shown:
        if caption.start - caption.wanted >= _LATE_FRAMES:
            wanted, shown_at = (
                timecode(frame, config.drop_frame) for frame in (caption.wanted, caption.start)
            )
            losses.append(Loss(caption.index, LossKind.TIME, wanted, shown_at))
    day = frames_of_hours(24, config.drop_frame)
    if runs and runs[-1].frame + len(runs[-1].pairs) > day:
        raise InvalidArgument("cues", "the last cue ends after 24 hours of timecode")
    lines = ["Scenarist_SCC V1.0"]
    for run in runs:
        words = " ".join(
            f"{codes.with_parity(high):02x}{codes.with_parity(low):02x}" for high, low in run.pairs
        )
        lines.append(f"{timecode(run.frame, config.drop_frame)}\t{words}")
    losses.sort(key=lambda loss: loss.cue)
    data = ("\n\n".join(lines) + "\n").encode("ascii")
    return EncodedTrack(data, MEDIA_TYPE, ".scc", LossReport(tuple(losses)))


def _units(rows: Sequence[str], last_row: int) -> tuple[Unit, ...]:
    """What loads a caption: orders twice over, then each row in the middle of the grid."""
    orders = [codes.RESUME_CAPTION_LOADING, codes.ERASE_NON_DISPLAYED_MEMORY]
    units: list[Unit] = [(order, order) for order in orders]
    for number, row in enumerate(rows, start=last_row - len(rows) + 1):
        column = (codes.COLUMNS - len(row)) // 2
        units += [(order, order) for order in codes.preamble(number, column)]
        units += _letters(row)
    return tuple(units)


def _letters(row: str) -> list[Unit]:
    units: list[Unit] = []
    waiting: int | None = None
    """The first letter of a pair that is not full."""

    def put(byte: int) -> None:
        nonlocal waiting
        if waiting is None:
            waiting = byte
        else:
            units.append(((waiting, byte),))
            waiting = None

    for letter in row:
        if letter in codes.BASIC:
            put(codes.BASIC[letter])
            continue
        if letter in codes.EXTENDED:
            put(codes.BASIC[codes.stand_in(letter)])
        if waiting is not None:
            put(0)
        pair = codes.EXTENDED.get(letter) or codes.SPECIAL[letter]
        # Repeated as orders are: a decoder takes the second of two equal ones for a repetition.
        units.append((pair, pair))
    if waiting is not None:
        put(0)
    return units
