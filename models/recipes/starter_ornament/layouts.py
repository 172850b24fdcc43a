"""Layouts: one motif, a rosette, a band, a tile, a frame.

A layout gives patches in a picture that is ``2 * aspect`` wide and 2 high, centred on 0. Their
symmetries are those of the things that carry ornament: the medallion of a felt carpet has the
dihedral groups D4, D6, D8; bands repeat with mirrors (pm11) or turned in alternation (pma2), tiles
with p4m, pmm and cmm, or with two colours changing places (D. Washburn, D. Crowe, "Symmetries of
Culture", 1988, for the groups).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from models.recipes.starter_ornament.borders import (
    interlocked_horns,
    line,
    narrow_band,
    period_by_height,
)
from models.recipes.starter_ornament.curves import (
    Drawing,
    Ink,
    Patch,
    all_points,
    bounds,
    box,
    drop,
    ellipse,
    fitted,
    leaf,
    moved,
    rhombus,
    star,
    swapped,
)
from models.recipes.starter_ornament.motifs import MOTIFS
from models.recipes.starter_ornament.spacing import dense, filled_gaps, roomiest, wedge_fitted

# Motifs with a top; the others may stand on their heads in a band.
_UPRIGHT: Final = frozenset({"agash", "qus_qanaty", "tumar", "balta", "su", "ai", "qyzgaldaq"})
# Below a height in this range (of a radius of 1) a motif in a rosette counts as too small.
_LEAST_IN_ROSETTE: Final = (0.6, 0.8)
# Motifs that are rosettes themselves: they have no top.
_ROUND: Final = frozenset({"kun", "juldyz", "gul", "shanyraq", "botagoz"})


def single(motif: str, rng: np.random.Generator, aspect: float) -> Drawing:
    """One motif, bare or in a medallion: a disc, a rhomb, a double line."""
    drawing = MOTIFS[motif](rng)
    kind = rng.integers(4)
    if kind == 0:
        return fitted(drawing, min(0.88, aspect * 0.88), 0.88)
    reach = min(1.0, aspect)
    if kind == 1:
        parts: list[Patch] = [Patch(ellipse(0, 0, 0.96 * reach))]
        parts.append(Patch(ellipse(0, 0, 0.88 * reach), Ink.ACCENT))
        parts.append(Patch(ellipse(0, 0, 0.83 * reach)))
        parts += swapped(_in_disc(drawing, 0.74 * reach))
        return (*parts, *_corner_leaves(aspect, 0.2))
    if kind == 2:
        parts = [Patch(rhombus(0, 0, 1.0 * aspect, 1.0))]
        parts.append(Patch(rhombus(0, 0, 0.92 * aspect, 0.92), Ink.ACCENT))
        parts.append(Patch(rhombus(0, 0, 0.87 * aspect, 0.87)))
        parts += swapped(_in_rhomb(drawing, 0.8 * aspect, 0.8))
        return (*parts, *_corner_leaves(aspect, 0.34))
    parts = []
    for inset, ink in (
        (0.04, Ink.FIGURE),
        (0.09, Ink.GROUND),
        (0.13, Ink.ACCENT),
        (0.16, Ink.GROUND),
    ):
        parts.append(Patch(box(-aspect + inset, -1 + inset, aspect - inset, 1 - inset), ink))
    parts += fitted(drawing, aspect - 0.3, 0.7)
    return tuple(parts)


def rosette(motif: str, rng: np.random.Generator, aspect: float) -> Drawing:
    """The motif turned about the centre four, six or eight times, with a heart and fillings."""
    drawing = MOTIFS[motif](rng)
    if motif == "su":
        return moved(_ring_of_water(drawing, rng), scale=min(0.96, aspect * 0.96))
    inner = rng.uniform(0.12, 0.2)
    # As many copies as leave each of them large: slim motifs stand in eights, broad ones in fours.
    least = rng.uniform(*_LEAST_IN_ROSETTE)
    for count in (8, 6, 4):
        unit = wedge_fitted(drawing, count, inner, 0.04)
        if float(np.ptp(all_points(unit)[:, 1])) >= least:
            break
    copies = tuple(
        patch for index in range(count) for patch in moved(unit, turn=2 * math.pi * index / count)
    )
    foot = bounds(unit)[0][1]
    parts: list[Patch] = []
    if foot > 0.3:
        heart = foot - 0.06
        parts.append(Patch(star(0, 0, heart, heart * 0.55, count, math.pi / count)))
        parts.append(Patch(ellipse(0, 0, heart * 0.4), Ink.ACCENT))
    else:
        parts.append(Patch(ellipse(0, 0, max(0.1, foot - 0.04))))
        parts.append(Patch(ellipse(0, 0, max(0.1, foot - 0.04) * 0.5), Ink.ACCENT))
    parts += copies
    # A wedge's edge turned upright: what fills the gap there points outwards.
    edge = moved(parts, turn=math.pi / count)
    best = roomiest(edge, [(0.0, r) for r in np.linspace(0.3, 0.98, 24).tolist()])
    filling = filled_gaps(edge, [best], 0.03, 0.22, 0.6)
    for index in range(count):
        parts += moved(filling, turn=2 * math.pi * (index + 0.5) / count)
    largest = float(np.hypot(*all_points(tuple(parts)).T).max())
    reach = min(1.0, aspect)
    if rng.random() < 0.4:
        rim = [
            Patch(ellipse(0, 0, 0.97)),
            Patch(ellipse(0, 0, 0.915), Ink.GROUND),
            Patch(ellipse(0, 0, 0.885), Ink.ACCENT),
            Patch(ellipse(0, 0, 0.86), Ink.GROUND),
        ]
        return moved((*rim, *moved(parts, scale=0.81 / largest)), scale=reach)
    if rng.random() < 0.5:
        return (*moved(parts, scale=0.95 * reach / largest), *_corner_leaves(aspect, 0.2))
    return moved(parts, scale=0.95 * reach / largest)


def band(motif: str, rng: np.random.Generator, aspect: float) -> Drawing:
    """A border that repeats across the picture, between lines and narrow bands."""
    half = rng.uniform(0.5, 0.6)
    edge = 0.05
    if motif == "qoshqar_muiz" and rng.random() < 0.5:
        parts, half = _counterchanged_horns(rng, aspect)
    else:
        parts = list(_middle_of_band(motif, rng, aspect, half))
    parts.append(line(-aspect, aspect, half + edge / 2, edge))
    parts.append(line(-aspect, aspect, -half - edge / 2, edge))
    outer = 1 - half - edge
    upper = [*narrow_band(rng, -aspect, aspect, half + edge + outer * 0.18, outer * 0.46)]
    upper.append(line(-aspect, aspect, 1 - outer * 0.1, outer * 0.2, Ink.ACCENT))
    return (*parts, *upper, *moved(upper, scale=(1, -1)))


def _counterchanged_horns(rng: np.random.Generator, aspect: float) -> tuple[list[Patch], float]:
    """Horns that interlock with their ground, and the half height that keeps their curls round."""
    turns = rng.uniform(1.05, 1.45)
    ratio = period_by_height(turns)
    count = max(1, math.ceil(aspect / (0.66 * ratio)))
    half = min(0.66, aspect / (count * ratio))
    return list(interlocked_horns(turns, count, -aspect, aspect, half)), half


def _middle_of_band(motif: str, rng: np.random.Generator, aspect: float, half: float) -> Drawing:
    if motif == "su":
        copies = max(1, round(aspect / half * 0.8))
        width = aspect / copies
        unit = moved(MOTIFS[motif](rng), scale=(width, half * 0.92))
        return tuple(
            patch
            for index in range(copies)
            for patch in moved(unit, x=-aspect + width * (2 * index + 1))
        )
    unit = fitted(MOTIFS[motif](rng), 10.0, half * 0.86)
    room = float(bounds(unit)[1][0]) * 2.24
    count = max(2, round(2 * aspect / room))
    change = rng.random() < 0.35
    if change:
        count += count % 2
    width = 2 * aspect / count
    unit = fitted(unit, width * 0.45, half * 0.86)
    turned = motif not in _UPRIGHT and rng.random() < 0.4
    if turned:
        count += count % 2
        width = 2 * aspect / count
        unit = fitted(unit, width * 0.45, half * 0.86)
    parts: list[Patch] = []
    for index in range(count):
        middle = -aspect + width * (index + 0.5)
        stand = moved(unit, middle, turn=math.pi if turned and index % 2 else 0.0)
        if change and index % 2:
            parts.append(Patch(box(middle - width / 2, -half, middle + width / 2, half)))
            stand = swapped(stand)
        parts += stand
    if not change:
        limits = (line(-aspect, aspect, half, 0.01), line(-aspect, aspect, -half, 0.01))
        around = (*parts, *limits)
        for index in range(count + 1):
            x = -aspect + width * index
            heights = np.linspace(-half, half, 25)
            best = roomiest(around, [(x, float(y)) for y in heights])
            parts += filled_gaps(around, [best], 0.03, 0.16)
    return tuple(parts)


def tile(motif: str, rng: np.random.Generator, aspect: float) -> Drawing:
    """A square that repeats without a seam to all sides: rosettes, a net of rhombs or a chequer."""
    del aspect
    if motif == "su":
        return wrapped(MOTIFS[motif](rng))
    kind = rng.integers(3)
    if kind == 0:
        return wrapped(_tile_of_rosettes(motif, rng))
    if kind == 1:
        return wrapped(_net_of_rhombs(MOTIFS[motif](rng), rng, motif not in _UPRIGHT))
    unit = fitted(MOTIFS[motif](rng), 0.42, 0.42)
    parts: list[Patch] = []
    for x, y in ((-0.5, -0.5), (0.5, 0.5)):
        parts.append(Patch(box(x - 0.5, y - 0.5, x + 0.5, y + 0.5)))
        parts += swapped(moved(unit, x, y))
    for x, y in ((-0.5, 0.5), (0.5, -0.5)):
        parts += moved(unit, x, y, turn=0.0 if motif in _UPRIGHT else math.pi)
    for x, y in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)):
        parts.append(Patch(rhombus(x, y, 0.1, 0.1), Ink.ACCENT))
    return wrapped(tuple(parts))


def _tile_of_rosettes(motif: str, rng: np.random.Generator) -> Drawing:
    unit = wedge_fitted(MOTIFS[motif](rng), 4, rng.uniform(0.15, 0.22), 0.05)
    parts: list[Patch] = []
    for index in range(4):
        parts += moved(unit, turn=math.pi / 2 * index, scale=0.95)
    foot = max(0.1, float(bounds(unit)[0][1]) - 0.05)
    parts.append(Patch(star(0, 0, foot, foot * 0.5, 4, math.pi / 4)))
    parts.append(Patch(ellipse(0, 0, foot * 0.35), Ink.ACCENT))
    around = wrapped(tuple(parts))
    parts += filled_gaps(around, [(1.0, 1.0)], 0.05, 0.5)
    around = wrapped(tuple(parts))
    places = [(float(t), float(t)) for t in np.linspace(0.25, 0.8, 16)]
    best = roomiest(around, places)
    for x, y in ((1, 1), (-1, 1), (-1, -1), (1, -1)):
        parts += filled_gaps(around, [(best[0] * x, best[1] * y)], 0.05, 0.2)
    return tuple(parts)


def _net_of_rhombs(drawing: Drawing, rng: np.random.Generator, turns: bool) -> Drawing:
    unit = _in_rhomb(drawing, 0.82, 0.82)
    parts: list[Patch] = [Patch(rhombus(0, 0, 1, 1))]
    width = rng.uniform(0.05, 0.08)
    parts.append(Patch(rhombus(0, 0, 1 - width, 1 - width), Ink.ACCENT))
    parts.append(Patch(rhombus(0, 0, 1 - 2 * width, 1 - 2 * width)))
    parts += swapped(unit)
    turn = math.pi if turns and rng.random() < 0.5 else 0.0
    parts += moved(unit, 1, 1, turn=turn)
    return tuple(parts)


def wrapped(drawing: Drawing) -> Drawing:
    """The patches with their images a period (2) away that reach into the tile."""
    parts: list[Patch] = []
    images: list[list[Patch]] = []
    for patch in drawing:
        low, high = patch.outline.min(axis=0), patch.outline.max(axis=0)
        row = []
        for x in (-2.0, 0.0, 2.0):
            for y in (-2.0, 0.0, 2.0):
                shift = np.array((x, y))
                if np.all(low + shift < 1.02) and np.all(high + shift > -1.02):
                    row.append(Patch(patch.outline + shift, patch.ink))
        images.append(row)
    for row in images:
        parts += row
    return tuple(parts)


def frame(motif: str, rng: np.random.Generator, aspect: float) -> Drawing:
    """A frame for a title card: motifs in the corners, bands along the sides, an empty middle."""
    depth = rng.uniform(0.36, 0.46) * min(1.0, aspect)
    margin = 0.05
    rim = 0.035
    parts: list[Patch] = []
    for inset, ink in (
        (margin, Ink.FIGURE),
        (margin + rim, Ink.GROUND),
        (margin + depth - rim, Ink.FIGURE),
        (margin + depth, Ink.GROUND),
        (margin + depth + rim, Ink.ACCENT),
        (margin + depth + 1.8 * rim, Ink.GROUND),
    ):
        parts.append(Patch(box(-aspect + inset, -1 + inset, aspect - inset, 1 - inset), ink))
    drawing = MOTIFS[motif](rng)
    clear = (depth - 2 * rim) / 2
    middle = margin + depth / 2
    for turn, run, off in (
        (0.0, aspect, 1 - middle),
        (math.pi, aspect, 1 - middle),
        (math.pi / 2, 1.0, aspect - middle),
        (-math.pi / 2, 1.0, aspect - middle),
    ):
        side = _side(motif, drawing, run - margin - depth, clear)
        parts += moved(moved(side, y=off), turn=turn)
    for x, y in ((1, 1), (-1, 1), (-1, -1), (1, -1)):
        at = ((aspect - middle) * x, (1 - middle) * y)
        size = depth / 2
        parts.append(Patch(box(at[0] - size, at[1] - size, at[0] + size, at[1] + size)))
        corner = _in_disc(drawing, size * 0.92)
        turn = math.atan2(y, x) - math.pi / 2 if motif not in _UPRIGHT | _ROUND else 0.0
        parts += swapped(moved(corner, *at, turn=turn))
    return tuple(parts)


def _side(motif: str, drawing: Drawing, run: float, clear: float) -> Drawing:
    """A row of motifs from ``-run`` to ``run``, ``clear`` to either side of the line y = 0."""
    if motif == "su":
        count = max(1, round(run / clear * 0.7))
        unit = moved(drawing, scale=(run / count, clear * 0.9))
    else:
        unit = fitted(drawing, 10.0, clear * 0.82)
        count = max(1, round(run / (float(bounds(unit)[1][0]) * 1.22)))
        unit = fitted(unit, run / count * 0.92, clear * 0.82)
    parts: list[Patch] = []
    for index in range(count):
        parts += moved(unit, x=-run + run / count * (2 * index + 1))
    if motif != "su":
        places = [(-run + 2 * run / count * index, 0.0) for index in range(1, count)]
        parts += filled_gaps(tuple(parts), places, 0.02, clear * 0.4)
    return tuple(parts)


def _ring_of_water(drawing: Drawing, rng: np.random.Generator) -> Drawing:
    copies = int(rng.integers(5, 8))
    parts: list[Patch] = []
    inner = 0.38
    for index in range(copies):
        for patch in drawing:
            outline = dense(patch.outline, 0.06)
            angle = -(outline[:, 0] / 2 + index) * 2 * math.pi / copies
            radius = inner + (outline[:, 1] + 1) / 2 * (1 - inner)
            bent = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
            parts.append(Patch(bent, patch.ink))
    parts.append(Patch(ellipse(0, 0, inner - 0.04)))
    parts.append(Patch(ellipse(0, 0, inner - 0.11), Ink.GROUND))
    parts.append(Patch(ellipse(0, 0, inner - 0.18), Ink.ACCENT))
    return tuple(parts)


def _in_disc(drawing: Drawing, radius: float) -> Drawing:
    unit = fitted(drawing)
    return moved(unit, scale=radius / float(np.hypot(*all_points(unit).T).max()))


def _in_rhomb(drawing: Drawing, across: float, up: float) -> Drawing:
    unit = fitted(drawing)
    points = np.abs(all_points(unit))
    return moved(unit, scale=1 / float((points[:, 0] / across + points[:, 1] / up).max()))


def _corner_leaves(aspect: float, size: float) -> Drawing:
    """Three leaves in each corner, pointing outwards."""
    parts: list[Patch] = []
    for x, y in ((1, 1), (-1, 1), (-1, -1), (1, -1)):
        heading = math.atan2(y, x)
        left, low = aspect * x - x * size * 1.05, y - y * size * 1.05
        for turn, length, ink in (
            (0.0, 1.25, Ink.ACCENT),
            (0.8, 0.85, Ink.FIGURE),
            (-0.8, 0.85, Ink.FIGURE),
        ):
            blade = leaf(left, low, heading + turn, size * length, size * 0.4, 0.5)
            parts.append(Patch(blade, ink))
        parts.append(Patch(drop(left, low, heading + math.pi, size * 0.4, size * 0.13)))
    return tuple(parts)


LAYOUTS: Final[dict[str, Callable[[str, np.random.Generator, float], Drawing]]] = {
    "single": single,
    "rosette": rosette,
    "band": band,
    "tile": tile,
    "frame": frame,
}
