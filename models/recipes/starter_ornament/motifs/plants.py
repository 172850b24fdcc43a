"""Motifs of plants: гүл, қызғалдақ, үш жапырақ, ағаш.

Plant ornament (өсімдік) is made of leaves, flowers, stalks and scrolls, above all on carved wood
and embroidery; үшжапырақ, шиыршықгүл and ағаш are named among its kinds (Ә. Тәжімұратов,
"Шебердің қолы ортақ", 1977; Қазақ ұлттық энциклопедиясы, "Ою-өрнек"). The tree is the world tree,
байтерек, that joins the three worlds. The tulip grows wild in the steppe and stands on bridal
embroidery.
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
    ribbon,
)

_UP = math.pi / 2


def gul(rng: np.random.Generator) -> Drawing:
    """A flower from above: rounded petals about a heart, each with a vein or an inner petal."""
    count = int(rng.choice([5, 6, 8]))
    radius = min(0.34, 0.86 * math.sin(math.pi / count) / (1 + math.sin(math.pi / count)))
    petal = [Patch(drop(0, 0.1, _UP, 0.9, radius))]
    inner = rng.uniform(0.42, 0.55)
    if rng.random() < 0.6:
        petal.append(Patch(drop(0, 0.36, _UP, 0.62 - radius * 0.45, radius * inner), Ink.ACCENT))
    else:
        petal.append(Patch(leaf(0, 0.34, _UP, 0.5, radius * 0.9), Ink.GROUND))
    parts: list[Patch] = []
    if rng.random() < 0.6:
        # Sepals show between the petals.
        length = rng.uniform(0.86, 0.96)
        for index in range(count):
            angle = 2 * math.pi * (index + 0.5) / count
            parts.append(Patch(leaf(0, 0, _UP + angle, length, 0.16, 0.72), Ink.ACCENT))
    for index in range(count):
        parts += moved(petal, turn=2 * math.pi * index / count)
    heart = rng.uniform(0.17, 0.23)
    parts.append(Patch(ellipse(0, 0, heart + 0.07), Ink.GROUND))
    parts.append(Patch(ellipse(0, 0, heart), Ink.ACCENT if rng.random() < 0.5 else Ink.FIGURE))
    return tuple(parts)


def qyzgaldaq(rng: np.random.Generator) -> Drawing:
    """A tulip in profile: a cup of three petals whose outer tips curl, a stalk, two leaves."""
    width = rng.uniform(0.12, 0.15)
    cup = rng.uniform(0.34, 0.4)
    height = rng.uniform(0.62, 0.72)
    # The outer petal: its outline runs from the foot of the cup round its belly to a pointed tip.
    belly = Path(0, 0, 0).curl(cup * 0.9, cup * 1.15, _UP).line(height * 0.35).points
    tip = belly[-1] + np.array((rng.uniform(0.06, 0.14), height * 0.42))
    notch = np.array((0.5 * cup, belly[-1][1] - 0.02))
    flare = _bow(belly[-1], tip, -0.06)
    back = _bow(tip, notch, -0.07)
    petal = np.concatenate([belly, flare, back, [(0, belly[-1][1] - 0.28)]])
    parts = [*mirrored([Patch(petal)])]
    parts.append(Patch(leaf(0, 0.12, _UP, tip[1] - 0.02, cup * 0.95, 0.5), Ink.GROUND))
    parts.append(Patch(leaf(0, 0.2, _UP, tip[1] - 0.16, cup * 0.62, 0.5), Ink.ACCENT))
    stalk = rng.uniform(0.75, 0.95)
    parts.append(Patch(box(-width * 0.4, -stalk, width * 0.4, 0.05)))
    rise = rng.uniform(0.62, 0.8)
    arm = Path(0, -stalk + 0.03, math.radians(22)).curl(rise * 1.3, rise, math.radians(52)).points
    parts += mirrored([Patch(ribbon(arm, 0.06, 0.0, swell=width * 1.3, end="flat"))])
    if rng.random() < 0.6:
        curl = Path(0, -0.06, -_UP).line(0.08).curl(0.3, width * 0.4, math.radians(330)).points
        parts += mirrored([Patch(ribbon(curl, width * 0.62, width * 0.55))])
    return tuple(parts)


def _bow(first: np.ndarray, last: np.ndarray, sag: float) -> np.ndarray:
    """A shallow curve between two points; ``sag`` to the left of the way."""
    share = np.linspace(0, 1, 16)[1:, None]
    way = last - first
    normal = np.array((-way[1], way[0])) / np.hypot(*way)
    return np.asarray(first + way * share + normal * sag * np.sin(math.pi * share))


def ush_japyraq(rng: np.random.Generator) -> Drawing:
    """A trefoil: three leaves with a lighter core, on a stalk with two small scrolls."""
    spread = math.radians(rng.uniform(62, 74))
    breadth = rng.uniform(0.46, 0.56)
    length = rng.uniform(0.95, 1.1)
    core = rng.uniform(0.4, 0.5)
    parts: list[Patch] = []
    for angle in (spread, -spread, 0.0):
        size = length if angle == 0 else length * 0.88
        blade = (
            Patch(leaf(0, 0.1, _UP, size, breadth, 0.5)),
            Patch(leaf(0, 0.1 + size * 0.24, _UP, size * 0.56, breadth * core, 0.5), Ink.ACCENT),
        )
        parts += moved(blade, turn=angle)
    width = 0.12
    parts.append(Patch(box(-width / 2, -0.75, width / 2, 0.2)))
    size = rng.uniform(0.7, 0.85)
    curl = Path(0, -0.72, _UP).curl(0.3, 0.075, -2 * math.pi * size).points
    parts += mirrored([Patch(ribbon(curl, width, width * 0.9))])
    parts.append(Patch(ellipse(0, 0.12, 0.11), Ink.ACCENT))
    return tuple(parts)


def agash(rng: np.random.Generator) -> Drawing:
    """The tree of life: a straight trunk on a mound, pairs of boughs, a leaf at the top."""
    pairs = int(rng.integers(3, 5))
    trunk = 0.09
    curled = rng.random() < 0.5
    parts = [
        Patch(np.array([(-trunk, -1), (trunk, -1), (trunk * 0.5, 0.62), (-trunk * 0.5, 0.62)]))
    ]
    step = 1.25 / pairs
    for index in range(pairs):
        foot = -0.72 + index * step
        reach = (0.78 - 0.34 * index / (pairs - 1)) * rng.uniform(0.97, 1.0)
        if curled:
            last = 0.055
            path = Path(0, foot, math.radians(52)).line(reach * 0.34)
            path.curl(reach * 0.36, last, -math.radians(330))
            parts += mirrored([Patch(ribbon(path.points, 0.095, 0.09))])
        else:
            bough = Path(0, foot, math.radians(28)).curl(1.3, 0.8, math.radians(28)).points
            bough = (bough - bough[0]) * reach / np.hypot(*(bough[-1] - bough[0])) + bough[0]
            parts += mirrored([Patch(ribbon(bough, 0.03, 0.0, swell=0.2, end="flat"))])
    parts.append(Patch(leaf(0, 0.5, _UP, 0.5, 0.28, 0.5), Ink.ACCENT))
    mound = Path(-0.5, -1.0, math.radians(52)).curl(0.62, 0.62, -math.radians(104)).points
    parts.append(Patch(mound))
    parts.append(Patch(ellipse(0, -0.93, 0.06), Ink.ACCENT))
    return tuple(parts)
