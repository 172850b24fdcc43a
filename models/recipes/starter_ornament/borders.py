"""Narrow bands: rows of teeth, beads, rhombs and lines that edge a border (жиек)."""

from __future__ import annotations

import math

import numpy as np

from models.recipes.starter_ornament.curves import (
    Drawing,
    Ink,
    Patch,
    Path,
    box,
    ellipse,
    mirrored,
    moved,
    rhombus,
    ribbon,
)


def narrow_band(
    rng: np.random.Generator, left: float, right: float, foot: float, height: float
) -> Drawing:
    """A band from ``foot`` upwards: a whole number of teeth (тұмарша), beads, rhombs or steps."""
    count = max(2, 2 * round((right - left) / (height * 1.25) / 2))
    width = (right - left) / count
    kind = rng.integers(4)
    parts: list[Patch] = []
    for index in range(count):
        x = left + index * width
        middle = x + width / 2
        centre = foot + height / 2
        ink = Ink.ACCENT if index % 2 else Ink.FIGURE
        if kind == 0:
            parts.append(Patch(np.array([(x, foot), (x + width, foot), (middle, foot + height)])))
        elif kind == 1:
            parts.append(Patch(ellipse(middle, centre, min(width, height) * 0.32), ink))
        elif kind == 2:
            parts.append(Patch(rhombus(middle, centre, width * 0.46, height * 0.46), ink))
        else:
            parts.append(Patch(box(x, foot, middle, foot + height), ink))
            parts.append(Patch(box(middle, centre, x + width, foot + height), Ink.FIGURE))
    return tuple(parts)


def line(left: float, right: float, y: float, width: float, ink: Ink = Ink.FIGURE) -> Patch:
    """A level line of the given width about ``y``."""
    return Patch(box(left, y - width / 2, right, y + width / 2), ink)


def period_by_height(turns: float) -> float:
    """How long a period of interlocked horns is by the height of their band."""
    first = 0.62 + 2 * turns
    return (4 * (0.5 + first)) / (2 * (first + 1))


def interlocked_horns(turns: float, count: int, left: float, right: float, half: float) -> Drawing:
    """A band of ram's horns whose ground is the same horns upside down.

    Each curl of figure and the curl of ground in it are one double spiral: half a turn about its
    centre changes the two. The stroke is the unit here; the involute's base circle has the radius
    stroke / pi, and the curl's centre follows from its evolute. The band fills ``left`` to
    ``right`` and is ``half`` high to either side; ``count`` periods fit exactly.
    """
    last = 0.62
    first = last + 2 * turns
    path = Path(0.5, 0, math.pi / 2).curl(first, last, -2 * math.pi * turns)
    # At the start the centre of curvature lies ``first`` to the right; from there the centre of
    # the curl lies a base radius along the stroke.
    base = 1 / math.pi
    centre = np.array((0.5 + first, base))
    reach = first
    period = 4 * centre[0]
    low, high = centre[1] - reach - 1.0, centre[1] + reach + 1.0
    stem = np.concatenate([[(0.5, low)], path.points])
    # The outer edge of half a turn of ground, and all that lies beneath it, is figure.
    edge = Path(0, 0, math.pi / 2).curl(first + 0.5, first - 0.5, -math.pi).points
    below = np.concatenate([2 * centre - edge, [(0.5, low), (period / 2, low)]])
    pair = [*mirrored([Patch(ribbon(stem, 1.0, 1.0)), Patch(below)])]
    pair.append(Patch(box(-period / 2, low, period / 2, low + 1.0)))
    scale = ((right - left) / (count * period), 2 * half / (high - low))
    parts: list[Patch] = []
    for index in range(count):
        middle = left + (right - left) * (index + 0.5) / count
        parts += moved(pair, middle, -(low + high) / 2 * scale[1], scale)
    return tuple(parts)
