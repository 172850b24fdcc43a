"""Motifs of things: тұмар, шаңырақ, балта.

Тұмар (тұмарша) is a triangle, the amulet case worn at the breast with pendants, drawn on clothes
and felt against the evil eye. Шаңырақ is the crown of the yurt, a ring with bundles of crossing
bows, the sign of home and kin. Балта, the axe, is counted with the motifs of tools and arms (Ә.
Марғұлан, 1986; Т. К. Басенов, 1957; the emblem of state for the form of the crown).
"""

from __future__ import annotations

import math

import numpy as np

from models.recipes.starter_ornament.curves import (
    Drawing,
    Ink,
    Patch,
    Path,
    Points,
    box,
    drop,
    ellipse,
    mirrored,
    moved,
    rhombus,
    ribbon,
)

_UP = math.pi / 2


def tumar(rng: np.random.Generator) -> Drawing:
    """The triangular amulet: triangles in each other, a loop at the top, pendants below."""
    height = rng.uniform(1.25, 1.5)
    parts: list[Patch] = []
    pendants = int(rng.integers(3, 6))
    length = rng.uniform(0.26, 0.36)
    for index in range(pendants):
        x = (index - (pendants - 1) / 2) * 1.7 / pendants
        parts.append(Patch(box(x - 0.02, -0.12, x + 0.02, 0.02)))
        parts.append(Patch(drop(x, -0.08, -_UP, length, 0.1), Ink.ACCENT))
    parts.append(Patch(_triangle(1.0, 0.0, height)))
    parts.append(Patch(_triangle(0.76, 0.09, height * 0.76), Ink.GROUND))
    if rng.random() < 0.5:
        parts.append(Patch(_triangle(0.54, 0.17, height * 0.54)))
        parts.append(Patch(_triangle(0.27, 0.25, height * 0.27), Ink.ACCENT))
    else:
        width = 0.085
        curl = Path(width * 0.45, 0.14, _UP).line(0.02)
        curl.curl(0.6 * width + 0.165, 0.6 * width, -2 * math.pi * 0.95)
        parts += mirrored([Patch(ribbon(curl.points, width, width * 0.9))])
        parts.append(Patch(rhombus(0, height * 0.56, 0.08, 0.12), Ink.ACCENT))
    ring = height + 0.1
    parts.append(Patch(ellipse(0, ring, 0.13)))
    parts.append(Patch(ellipse(0, ring, 0.06), Ink.GROUND))
    return tuple(parts)


def _triangle(half: float, foot: float, height: float) -> Points:
    return np.array([(-half, foot), (half, foot), (0.0, foot + height)])


def shanyraq(rng: np.random.Generator) -> Drawing:
    """The crown of the yurt: a ring, bundles of bows crossing in it, rafters' ends around it."""
    ring = rng.uniform(0.64, 0.7)
    thickness = rng.uniform(0.13, 0.17)
    rafters = int(rng.choice([24, 28, 32]))
    parts: list[Patch] = []
    for index in range(rafters):
        half = ring * math.pi / rafters * 0.36
        peg = Patch(np.array([(-half, ring), (half, ring), (half * 0.7, 1.0), (-half * 0.7, 1.0)]))
        parts += moved([peg], turn=2 * math.pi * index / rafters)
    parts.append(Patch(ellipse(0, 0, ring + thickness / 2)))
    parts.append(Patch(ellipse(0, 0, ring - thickness / 2), Ink.GROUND))
    gap = rng.uniform(0.16, 0.19)
    inner = ring - thickness / 2 + 0.02
    ways = (0, _UP) if rng.random() < 0.6 else (0, math.pi / 3, 2 * math.pi / 3)
    bars = 2 if len(ways) == 3 else int(rng.integers(2, 4))
    sag = rng.uniform(0.0, 0.14)
    for way in ways:
        for index in range(bars):
            offset = (index - (bars - 1) / 2) * gap
            reach = math.sqrt(inner**2 - offset**2)
            x = np.linspace(-reach, reach, 30)
            # The bows stand apart in the middle and draw together at the ring.
            y = offset * (1 + sag * 3 * np.cos(math.pi * x / (2 * reach)))
            bar = Patch(ribbon(np.column_stack([x, y]), 0.085, end="flat"))
            parts += moved([bar], turn=way)
    parts.append(Patch(ellipse(0, 0, 0.12), Ink.ACCENT))
    return tuple(parts)


def balta(rng: np.random.Generator) -> Drawing:
    """The double axe: two broad blades with curved edges back to back on a haft."""
    reach = rng.uniform(0.72, 0.85)
    span = rng.uniform(0.48, 0.58)
    neck = rng.uniform(0.13, 0.17)
    heart = 0.38
    edge = np.linspace(-1, 1, 40)
    rim = np.column_stack([reach + 0.16 * (1 - edge**2), heart + span * edge])
    share = np.linspace(0, 1, 24)
    upper = np.column_stack(
        [reach * (1 - share), heart + neck + (span - neck) * (1 - share) ** 2.2]
    )
    lower = np.column_stack([upper[::-1, 0], 2 * heart - upper[::-1, 1]])
    blade = Patch(np.concatenate([rim, upper, lower]))
    inner = (blade.outline - np.array((reach * 0.62, heart))) * 0.5 + np.array((reach * 0.7, heart))
    parts = [*mirrored([blade, Patch(inner, Ink.ACCENT if rng.random() < 0.5 else Ink.GROUND)])]
    haft = rng.uniform(0.07, 0.09)
    parts.append(Patch(box(-haft, -1.0, haft, 1.0)))
    parts.append(Patch(rhombus(0, heart, 0.15, 0.2), Ink.GROUND))
    parts.append(Patch(rhombus(0, heart, 0.08, 0.11), Ink.ACCENT))
    if rng.random() < 0.6:
        width = 0.1
        curl = Path(haft * 0.4, -0.92, _UP).curl(0.27, 0.065, -math.radians(390)).points
        parts += mirrored([Patch(ribbon(curl, width, width))])
    else:
        parts.append(Patch(rhombus(0, -0.9, 0.2, 0.16)))
    return tuple(parts)
