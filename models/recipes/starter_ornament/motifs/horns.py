"""Motifs of horns: қошқар мүйіз, қос мүйіз, сыңар мүйіз.

The horn is the oldest and commonest base of Kazakh ornament. Қошқар мүйіз is two spirals from one
stem, the curls of a ram seen from the front ("Традиционные ремесла казахов",
artandcrafts.cultural.kz; Ә. Марғұлан, "Казахское народное прикладное искусство", 1986). Қос мүйіз
sets such pairs against each other, cross-wise, in a rhomb or an oval (ICHCAP archive, "Tekemet").
Сыңар мүйіз, one of the pair, is a single scroll that runs in borders and turns about a centre (Т.
К. Басенов, "Орнамент Казахстана в архитектуре", 1957).
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
    leaf,
    mirrored,
    moved,
    rhombus,
    ribbon,
)


def horn(width: float, turns: float, stem: float, taper: float, overlap: float = 0.5) -> Patch:
    """The right horn of a pair that shares the stem x = 0 and grows from y = 0.

    ``overlap`` is how far the stroke lies from the axis, in widths: at 0.5 the pair touches, at
    less the stem is narrower.
    """
    last = width * 0.62
    first = last + 2 * width * turns
    path = Path(width * overlap, 0, math.pi / 2).line(stem)
    path.curl(first, last, -2 * math.pi * turns)
    return Patch(ribbon(path.points, width, width * taper))


def qoshqar_muiz(rng: np.random.Generator) -> Drawing:
    """Ram's horns: two curls from one stem, on a foot, often with a bud between them."""
    width = rng.uniform(0.16, 0.195)
    turns = rng.uniform(1.1, 1.42)
    stem = rng.uniform(0.3, 0.7)
    overlap = rng.uniform(0.4, 0.5)
    taper = rng.uniform(0.8, 1.0)
    parts = [*mirrored([horn(width, turns, stem, taper, overlap)])]
    parts += _foot(rng, width, overlap)
    parts += _bud(rng, width, stem)
    return tuple(parts)


def _foot(rng: np.random.Generator, width: float, overlap: float) -> Drawing:
    half = width * (overlap + 0.5)
    match rng.integers(4):
        case 0:
            size = rng.uniform(2.0, 2.6) * width
            return (
                Patch(rhombus(0, -size * 0.55, size, size)),
                Patch(rhombus(0, -size * 0.55, size * 0.45, size * 0.45), Ink.ACCENT),
            )
        case 1:
            foot = rng.uniform(2.2, 3.2) * width
            return (Patch(np.array([(-half, 0.02), (half, 0.02), (foot, -foot), (-foot, -foot)])),)
        case 2:
            small = horn(width * 0.85, 0.75, 0.04, 0.9, overlap)
            return moved(mirrored([small]), scale=(1, -1))
        case _:
            bar = rng.uniform(3.2, 4.2) * width
            return (
                Patch(box(-half, -width, half, 0.02)),
                Patch(box(-bar, -2 * width, bar, -width)),
            )


def _bud(rng: np.random.Generator, width: float, stem: float) -> Drawing:
    # The strokes part above the stem; what stands there must keep a stroke's distance from both.
    cleft = stem + 2.4 * width
    match rng.integers(4):
        case 0:
            size = width * rng.uniform(0.8, 1.1)
            return (Patch(rhombus(0, cleft + 2.2 * size, size, size * 1.6), Ink.ACCENT),)
        case 1:
            return (
                Patch(drop(0, cleft + 0.3 * width, math.pi / 2, 2.8 * width, width), Ink.ACCENT),
            )
        case 2:
            return (Patch(leaf(0, cleft, math.pi / 2, 4 * width, 1.7 * width, 0.55)),)
        case _:
            return ()


def qos_muiz(rng: np.random.Generator) -> Drawing:
    """Paired horns: one pair up and one down from a common middle, often with side leaves."""
    width = rng.uniform(0.13, 0.16)
    turns = rng.uniform(1.05, 1.35)
    stem = rng.uniform(0.18, 0.4)
    upper = mirrored([horn(width, turns, stem, rng.uniform(0.85, 1.0), 0.45)])
    parts = [*upper, *moved(upper, scale=(1, -1))]
    size = rng.uniform(1.9, 2.4) * width
    if rng.random() < 0.6:
        parts.append(Patch(rhombus(0, 0, size, size)))
        parts.append(Patch(rhombus(0, 0, size * 0.5, size * 0.5), Ink.ACCENT))
    else:
        parts.append(Patch(ellipse(0, 0, size * 0.85)))
        parts.append(Patch(ellipse(0, 0, size * 0.42), ink=Ink.ACCENT))
    return tuple(parts)


def synar_muiz(rng: np.random.Generator) -> Drawing:
    """A single horn: one large scroll whose root turns back in a small one, a leaf between."""
    width = rng.uniform(0.14, 0.17)
    turns = rng.uniform(1.15, 1.45)
    stem = rng.uniform(0.1, 0.4)
    taper = rng.uniform(0.8, 1.0)
    large = horn(width, turns, stem, taper, 0.0)
    root = horn(width, rng.uniform(0.75, 0.95), 0.0, taper, 0.0)
    parts = [large, *moved([root], turn=math.pi)]
    # The thorn of the felt pattern leaves the outer side of the stem where the scroll begins.
    thorn = rng.uniform(0.42, 0.58)
    parts.append(
        Patch(leaf(0.0, stem * 0.5, math.radians(128), thorn, width * 1.7, 0.45), Ink.ACCENT)
    )
    return moved(parts, turn=math.radians(rng.uniform(-12, 12)))
