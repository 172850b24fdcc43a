"""Finding room: how large a motif may be in a wedge, and what still fits between motifs."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from models.recipes.starter_ornament.curves import (
    Drawing,
    Ink,
    Patch,
    Points,
    all_points,
    fitted,
    moved,
    rhombus,
)


def dense(outline: Points, step: float) -> Points:
    """The closed outline with no two neighbours further apart than ``step``."""
    closed = np.concatenate([outline, outline[:1]])
    lengths = np.hypot(*np.diff(closed, axis=0).T)
    counts = np.maximum(1, np.ceil(lengths / step)).astype(int)
    first = np.repeat(np.arange(len(counts)), counts)
    starts = np.cumsum(counts) - counts
    share = ((np.arange(counts.sum()) - starts[first]) / counts[first])[:, None]
    return np.asarray(closed[first] * (1 - share) + closed[first + 1] * share)


def wedge_fitted(drawing: Drawing, count: int, inner: float, gap: float) -> Drawing:
    """The drawing in a wedge of a rosette of radius 1: its top at the rim, above ``inner``.

    It gets the greatest size at which ``count`` copies about the centre keep ``gap`` between them.
    """
    unit = fitted(drawing)
    points = all_points(unit)
    half_height = points[:, 1].max()
    slope = math.tan(math.pi / count) if count > 2 else math.inf
    low, high = 0.05, (1 - inner) / (2 * half_height)
    for _ in range(20):
        size = (low + high) / 2
        height = points[:, 1] * size + 1 - half_height * size
        fits = np.all(np.abs(points[:, 0]) * size + gap / 2 <= slope * height)
        within = np.all(np.hypot(points[:, 0] * size, height) <= 1.0 + 0.12)
        low, high = (size, high) if fits and within else (low, size)
    return moved(unit, 0, 1 - half_height * low, low)


def filled_gaps(
    around: Drawing,
    places: Iterable[tuple[float, float]],
    least: float,
    greatest: float,
    slim: float = 1.0,
) -> Drawing:
    """Rhombs where the drawing leaves room: at each place as large as keeps clear of it.

    Nothing smaller than ``least`` (a half diagonal) is drawn, nothing larger than ``greatest``;
    ``slim`` is their width by their height.
    """
    points = np.concatenate([dense(patch.outline, 0.04) for patch in around])
    parts: list[Patch] = []
    for x, y in places:
        room = float(np.hypot(points[:, 0] - x, points[:, 1] - y).min()) * 0.62
        if room < least:
            continue
        size = min(room, greatest)
        parts.append(Patch(rhombus(x, y, size * slim, size)))
        if size > 0.06:
            parts.append(Patch(rhombus(x, y, size * slim * 0.5, size * 0.5), Ink.ACCENT))
    return tuple(parts)


def roomiest(around: Drawing, places: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """The place that is furthest from everything drawn."""
    points = np.concatenate([dense(patch.outline, 0.04) for patch in around])
    return max(
        places, key=lambda at: float(np.hypot(points[:, 0] - at[0], points[:, 1] - at[1]).min())
    )
