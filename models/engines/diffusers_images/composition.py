"""From a small square to a picture of any size: repeated, in a row, in a ring, alone, as a frame.

A model with ``native_side`` in its card draws one motif on its ground, a square of that side. How
the picture is filled with it follows from the layout that the prompt names, by the card's
``layouts``. What is laid out is the square's inks (``enlarging``): in every second square of a
tile and in a frame's corners ground and figure change places, as in felt mosaic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias, get_args

import numpy as np

from foundation.images import Picture
from models.engines.diffusers_images.enlarging import (
    Flat,
    Labels,
    dyed,
    flat,
    painted,
    sampled,
)

Layout: TypeAlias = Literal["tile", "band", "single", "rosette", "frame"]
LAYOUTS: Final[tuple[Layout, ...]] = get_args(Layout)

_GROUND, _FIGURE, _ACCENT = 0, 1, 2

# Shares of a square, a band's height or the picture's shorter side.
_JOINT: Final = 0.11
_FRAME_DEPTH: Final = 0.2
_MARGIN: Final = 0.02
_RIM: Final = 0.012
_FILLS: Final = 0.2
"""With more figure and accent than this on its edge, a square is a pattern by itself (water)."""


def named_layout(prompt: str, words: Mapping[str, Sequence[str]]) -> Layout:
    """The layout whose word stands in the prompt, the longest first; ``tile`` where none does."""
    text = prompt.casefold()
    known = [(word.casefold(), layout) for layout in LAYOUTS for word in words.get(layout, ())]
    for word, layout in sorted(known, key=lambda pair: -len(pair[0])):
        if word in text:
            return layout
    return "tile"


def composed(
    square: Picture,
    width: int,
    height: int,
    layout: Layout,
    palette: Sequence[tuple[int, int, int]] = (),
) -> Picture:
    """The square as a picture of the given size, ``uint8 [height, width, 3]``.

    With a palette each ink becomes the nearest of its colours that no ink of more area took.
    """
    small = flat(square)
    across, down = sampled(width), sampled(height)
    draw = {
        "tile": _tiled,
        "band": _banded,
        "single": _alone,
        "rosette": _ringed,
        "frame": _framed,
    }[layout]
    return painted(draw(small, across, down), dyed(small.inks, palette) if palette else small.inks)


def _tiled(small: Flat, across: int, down: int) -> Labels:
    """Squares by turns as they are and exchanged; rhombs where four meet. Opposite edges fit."""
    short = min(across, down)
    columns, rows = (2 * max(1, round(side / short)) for side in (across, down))
    wide, high = -(-across // columns), -(-down // rows)
    one = small.labels(wide, high, wrap=_fills(small))
    if _fills(small):
        return _cut(np.tile(one, (rows, columns)), across, down)
    other = _exchanged(small)[one]
    pair = np.concatenate([np.concatenate([other, one], 1), np.concatenate([one, other], 1)], 0)
    size = _JOINT * min(wide, high)
    y, x = np.ogrid[0 : 2 * high, 0 : 2 * wide]
    apart = np.minimum(x % wide, wide - x % wide) + np.minimum(y % high, high - y % high)
    pair[apart < size] = _ink(small, _ACCENT)
    return _cut(np.tile(pair, (rows // 2, columns // 2)), across, down)


def _cut(labels: Labels, across: int, down: int) -> Labels:
    """Leave out a few rows and columns evenly, where whole squares do not fit."""
    rows, columns = labels.shape
    at_y, at_x = np.arange(down) * rows // down, np.arange(across) * columns // across
    return np.asarray(labels[at_y[:, None], at_x[None, :]])


def _banded(small: Flat, across: int, down: int) -> Labels:
    """A border across the picture between teeth and lines; more than one in upright pictures."""
    rows = max(1, round(down / across * 1.2))
    high = -(-down // rows)
    figure, accent = _ink(small, _FIGURE), _ink(small, _ACCENT)
    band = np.full((high, across), _GROUND, np.uint8)
    # From the outside: a line of accent, teeth, a line of figure; then the motifs.
    count = 2 * max(2, round(across / (high * 0.14) / 2))
    teeth = (np.arange(across) * count // across) % 2
    for first, last, ink in (
        (0.0, 0.035, np.full(across, accent)),
        (0.06, 0.11, np.where(teeth == 0, figure, accent)),
        (0.11, 0.15, np.where(teeth == 0, _GROUND, accent)),
        (0.15, 0.175, np.full(across, figure)),
    ):
        band[round(first * high) : round(last * high)] = ink.astype(np.uint8)
    band = np.maximum(band, 0)
    top, side = round(0.2 * high), round(0.6 * high)
    motifs = max(1, round(across / (side * 1.1)))
    period = across / motifs
    if _fills(small):
        one = small.labels(round(period), side, wrap=True)
        band[top : top + side] = _cut(np.tile(one, (1, motifs)), across, side)
    else:
        one = small.labels(side, side, wrap=False)
        side_x = np.arange(side)
        for index in range(motifs):
            at = (round(period * (index + 0.5) - side / 2) + side_x) % across
            band[top : top + side, at] = np.where(one != _GROUND, one, band[top : top + side, at])
        _rhombs(band, period, motifs, 0.07 * high, figure, accent)
    half = high // 2
    band[high - half :] = np.where(
        np.arange(high - half, high)[:, None] >= round(0.8 * high),
        band[:half][::-1],
        band[high - half :],
    )
    return _cut(np.tile(band, (rows, 1)), across, down)


def _rhombs(band: Labels, period: float, count: int, size: float, figure: int, accent: int) -> None:
    """A rhomb between each two motifs; the first lies on the seam."""
    high, across = band.shape
    y, x = np.ogrid[0:high, 0:across]
    from_x = np.abs((x + period / 2) % period - period / 2)
    apart = from_x * 1.6 + np.abs(y - high / 2)
    band[(apart < size) & (band == _GROUND)] = figure
    band[(apart < size * 0.45) & (band == figure)] = accent


def _alone(small: Flat, across: int, down: int) -> Labels:
    """The motif in the middle, within a double line along the picture's edge."""
    short = min(across, down)
    labels = np.full((down, across), _GROUND, np.uint8)
    _lines(
        labels,
        short,
        (
            (0.03, _ink(small, _FIGURE)),
            (0.052, _GROUND),
            (0.07, _ink(small, _ACCENT)),
            (0.082, _GROUND),
        ),
    )
    side = round(0.74 * short)
    left, top = (across - side) // 2, (down - side) // 2
    labels[top : top + side, left : left + side] = small.labels(side, side, wrap=False)
    return labels


def _ringed(small: Flat, across: int, down: int) -> Labels:
    """Four motifs with their heads outwards in a double ring, rhombs between them."""
    short = min(across, down)
    figure, accent = _ink(small, _FIGURE), _ink(small, _ACCENT)
    y, x = np.ogrid[0:down, 0:across]
    x, y = x - (across - 1) / 2, y - (down - 1) / 2
    far = np.hypot(x, y) / short
    labels = np.full((down, across), _GROUND, np.uint8)
    for radius, ink in ((0.49, figure), (0.468, _GROUND), (0.456, accent), (0.446, _GROUND)):
        labels[far < radius] = ink
    side = round(0.27 * short)
    one = small.labels(side, side, wrap=False)
    centre = np.array([down // 2, across // 2])
    for turn in range(4):
        off = np.array([(-1, 0), (0, -1), (1, 0), (0, 1)][turn]) * round(0.27 * short)
        top, left = centre + off - side // 2
        labels[top : top + side, left : left + side] = np.rot90(one, turn)
    for at_x, at_y, size in (
        (0, 0, 0.1),
        (1, 1, 0.06),
        (1, -1, 0.06),
        (-1, 1, 0.06),
        (-1, -1, 0.06),
    ):
        apart = np.abs(x / short - at_x * 0.235) + np.abs(y / short - at_y * 0.235)
        labels[apart < size] = figure
        labels[apart < size * 0.5] = accent
    return labels


def _framed(small: Flat, across: int, down: int) -> Labels:
    """Motifs along the sides with their heads outwards, exchanged in the corners, room between."""
    short = min(across, down)
    depth, margin, rim = (round(short * share) for share in (_FRAME_DEPTH, _MARGIN, _RIM))
    figure, accent = _ink(small, _FIGURE), _ink(small, _ACCENT)
    labels = np.full((down, across), _GROUND, np.uint8)
    for inset, ink in (
        (margin, figure),
        (margin + rim, _GROUND),
        (margin + depth - rim, figure),
        (margin + depth, _GROUND),
        (margin + depth + rim, accent),
        (margin + depth + 2 * rim, _GROUND),
    ):
        labels[inset : down - inset, inset : across - inset] = ink
    clear = depth - 4 * rim
    one = small.labels(clear, clear, wrap=False)
    corner = margin + depth
    _row(labels, one, corner, across - corner, margin + 2 * rim)
    _row(labels.T, one, corner, down - corner, margin + 2 * rim)
    block = np.full((depth, depth), figure, np.uint8)
    block[2 * rim : 2 * rim + clear, 2 * rim : 2 * rim + clear] = _exchanged(small)[one]
    labels[margin:corner, margin:corner] = block
    half_x, half_y = across // 2, down // 2
    labels[:, across - half_x :] = labels[:, :half_x][:, ::-1]
    labels[down - half_y :] = labels[:half_y][::-1]
    return labels


def _row(labels: Labels, one: Labels, first: int, last: int, top: int) -> None:
    """Squares from ``first`` to ``last``, evenly apart, the same from either end."""
    side, room = len(one), last - first
    count = max(1, int(room / (side * 1.06)))
    for index in range(count):
        left = first + round(room * (index + 0.5) / count - side / 2)
        labels[top : top + side, left : left + side] = one


def _lines(labels: Labels, short: int, insets: Sequence[tuple[float, int]]) -> None:
    down, across = labels.shape
    for share, ink in insets:
        inset = round(share * short)
        labels[inset : down - inset, inset : across - inset] = ink


def _ink(small: Flat, wanted: int) -> int:
    """The ink, or the last one of a picture that has fewer."""
    return min(wanted, len(small.inks) - 1)


def _exchanged(small: Flat) -> Labels:
    """Ground for figure and figure for ground, as a table of labels."""
    table = np.arange(3, dtype=np.uint8)
    figure = _ink(small, _FIGURE)
    table[[_GROUND, figure]] = figure, _GROUND
    return table


def _fills(small: Flat) -> bool:
    """Does what is drawn reach the square's edges?"""
    others = 1 - small.shares[_GROUND]
    return (
        float(np.concatenate([others[0], others[-1], others[:, 0], others[:, -1]]).mean()) > _FILLS
    )
