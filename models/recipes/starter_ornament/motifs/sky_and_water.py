"""Motifs of the sky and of water: күн, ай, жұлдыз, су.

Cosmogonic ornament (дөңгелек, ирек, шимай, жұлдыз, айшық) shows the order of the world: discs
with rays, crescents, stars with eight points, running waves (К. Ибраева, "Казахский орнамент",
1994; Қазақстан ұлттық энциклопедиясы, "Ою-өрнек").
"""

from __future__ import annotations

import math

import numpy as np

from models.recipes.starter_ornament.curves import (
    Drawing,
    Ink,
    Patch,
    Path,
    box,
    drop,
    ellipse,
    moved,
    rhombus,
    ribbon,
    star,
)

_UP = math.pi / 2


def kun(rng: np.random.Generator) -> Drawing:
    """The sun: a disc with rings and many rays, straight, waved or whirling."""
    count = int(rng.choice([12, 14, 16, 20]))
    disc = rng.uniform(0.42, 0.5)
    kind = rng.integers(3)
    spread = 2 * math.pi / count
    parts: list[Patch] = []
    for index in range(count):
        angle = index * spread
        root = disc + 0.08
        if kind == 0:
            half = root * math.tan(spread / 2) * 0.82
            ray = [Patch(np.array([(-half, root), (half, root), (0, 1.0)]))]
        elif kind == 1:
            width = root * spread * 0.55
            ray = [Patch(drop(0, root - 0.02, _UP, 1.0 - root, width * 0.72))]
        else:
            path = Path(0, root, _UP + 0.35).curl(0.5, 0.7, -0.9).points
            ray = [Patch(ribbon(path, root * spread * 0.72, 0.0, end="flat"))]
        parts += moved(ray, turn=angle)
    parts.append(Patch(ellipse(0, 0, disc)))
    parts.append(Patch(ellipse(0, 0, disc * 0.76), Ink.GROUND))
    parts.append(Patch(ellipse(0, 0, disc * 0.58), Ink.ACCENT))
    if rng.random() < 0.5:
        parts.append(Patch(star(0, 0, disc * 0.42, disc * 0.2, 8), Ink.FIGURE))
    return tuple(parts)


def ai(rng: np.random.Generator) -> Drawing:
    """The moon: a crescent with its horns up, often a star or beads between or below them."""
    thickness = rng.uniform(0.3, 0.42)
    opening = math.radians(rng.uniform(30, 48))
    angle = np.linspace(_UP + opening, _UP + 2 * math.pi - opening, 90)
    outer = np.column_stack([np.cos(angle), np.sin(angle)])
    inner = _inner_arc(outer[-1], outer[0], -1 + thickness)
    parts = [Patch(np.concatenate([outer, inner]))]
    depth = np.linspace(math.pi * 1.12, math.pi * 1.88, 40)
    line = np.column_stack([np.cos(depth), np.sin(depth)]) * (1 - thickness * 0.45)
    parts.append(Patch(ribbon(line, 0.0, 0.0, end="flat", swell=thickness * 0.34), Ink.ACCENT))
    match rng.integers(3):
        case 0:
            parts.append(Patch(star(0, 0.25, 0.34, 0.17, 8), Ink.ACCENT))
        case 1:
            parts.append(Patch(rhombus(0, 0.25, 0.2, 0.34), Ink.ACCENT))
            parts.append(Patch(rhombus(0, 0.25, 0.09, 0.16), Ink.GROUND))
        case _:
            parts.append(Patch(ellipse(0, 0.25, 0.2), Ink.ACCENT))
    for turn in (-0.62, 0.0, 0.62) if rng.random() < 0.5 else ():
        parts += moved([Patch(drop(0, -1.02, -_UP, 0.3, 0.09), Ink.FIGURE)], turn=turn)
    return tuple(parts)


def _inner_arc(first: np.ndarray, last: np.ndarray, bottom: float) -> np.ndarray:
    """The arc from ``first`` to ``last`` (of one height) through (0, bottom)."""
    half, height = abs(first[0]), first[1] - bottom
    radius = (half * half + height * height) / (2 * height)
    centre = bottom + radius
    start = math.atan2(first[1] - centre, half)
    angle = np.linspace(start, -math.pi - start, 70)[1:-1]
    return np.column_stack([radius * np.cos(angle), centre + radius * np.sin(angle)])


def juldyz(rng: np.random.Generator) -> Drawing:
    """A star of eight (or six) points, its points halved in two inks as in felt mosaic."""
    count = int(rng.choice([6, 8, 8]))
    inner = rng.uniform(0.4, 0.52)
    outline = star(0, 0, 1.0, inner, count)
    parts = [Patch(outline)]
    for index in range(count):
        tip, valley = outline[2 * index], outline[2 * index + 1]
        parts.append(Patch(np.array([(0.0, 0.0), tip, valley]), Ink.ACCENT))
    if rng.random() < 0.6:
        parts.append(Patch(star(0, 0, inner * 0.72, inner * 0.36, count), Ink.GROUND))
        parts.append(Patch(ellipse(0, 0, inner * 0.24), Ink.FIGURE))
    if rng.random() < 0.5:
        radius = 0.5 + inner * 0.52
        for index in range(count):
            angle = (index + 0.5) * 2 * math.pi / count
            parts += moved([Patch(rhombus(0, radius, 0.06, 0.1))], turn=angle)
    return tuple(parts)


def su(rng: np.random.Generator) -> Drawing:
    """Water: rows of waves one over the other, smooth or breaking into curls at the crests."""
    rows = int(rng.integers(3, 5))
    pitch = 2.0 / rows
    parts: list[Patch] = []
    curled = rng.random() < 0.6
    waves = rows if curled else int(rng.integers(2, 4))
    for row in range(rows):
        y = -1 + pitch * (row + 0.5)
        ink = Ink.ACCENT if row % 2 and rng.random() < 0.8 else Ink.FIGURE
        if curled:
            parts += _breakers(y, pitch, waves, ink)
        else:
            x = np.linspace(-1, 1, 140)
            wave = y + pitch * 0.2 * np.sin(math.pi * waves * x)
            upper = np.column_stack([x, wave + pitch * 0.23])
            lower = np.column_stack([x, wave - pitch * 0.23])
            parts.append(Patch(np.concatenate([upper, lower[::-1]]), ink))
    return tuple(parts)


def _breakers(y: float, pitch: float, waves: int, ink: Ink) -> Drawing:
    """A row of running scrolls: each crest rises from the row's foot and curls over."""
    stroke = 0.2
    last = stroke * 0.62
    first = last + 2 * stroke * 1.05
    path = Path(0, 0, 0.0).curl(1.1, 0.8, math.radians(72))
    path.curl(first, last, -math.radians(72 + 378))
    scroll = [Patch(ribbon(path.points, stroke, stroke), ink)]
    low, high = scroll[0].outline.min(axis=0), scroll[0].outline.max(axis=0)
    length, rise = 2.0 / waves, pitch * 0.8
    scale = (length * 1.16 / (high[0] - low[0]), rise / (high[1] - low[1]))
    foot = y - pitch * 0.42
    parts: list[Patch] = []
    for index in range(waves + 1):
        left = -1 + (index - 0.62) * length
        parts += moved(scroll, left - low[0] * scale[0], foot - low[1] * scale[1], scale)
    parts.append(Patch(box(-1.6, foot - pitch * 0.02, 1.6, foot + stroke * scale[1]), ink))
    return tuple(Patch(_clipped(patch.outline), patch.ink) for patch in parts)


def _clipped(outline: np.ndarray) -> np.ndarray:
    """The part of an outline between x = -1 and x = 1 (points beyond are drawn to the edge)."""
    return np.column_stack([np.clip(outline[:, 0], -1, 1), outline[:, 1]])
