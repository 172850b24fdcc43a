"""Motifs of animals and birds other than horns: түйе табан, құс қанаты, ботагөз.

Zoomorphic ornament shows the hoof, the track, the wing, the eye (Ә. Марғұлан, 1986). Түйе табан,
the camel's foot, is a rounded print with a cleft, sewn on clothes for a long journey; құс қанаты,
the bird's wing, stands for freedom and good fortune (artandcrafts.cultural.kz, "Құсмұрын,
құсқанат"); ботагөз, the eye of a camel calf, is rhomb in rhomb, woven against the evil eye.
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
    leaf,
    mirrored,
    rhombus,
    ribbon,
)

_UP = math.pi / 2


def tuye_taban(rng: np.random.Generator) -> Drawing:
    """The camel's foot: one broad print cleft into two toes, in parallel lines."""
    breadth = rng.uniform(0.72, 0.86)
    height = rng.uniform(0.86, 0.98)
    gap = rng.uniform(0.06, 0.085)
    front = rng.uniform(0.0, 0.18)
    rim = rng.uniform(0.125, 0.15)
    toe: list[Patch] = []
    for index, ink in enumerate((Ink.FIGURE, Ink.GROUND, Ink.ACCENT)):
        inset = index * rim
        outline = _toe(breadth - 1.9 * inset, height - 1.6 * inset, front)
        toe.append(Patch(outline + np.array((gap + inset * 0.95, 0.0)), ink))
    parts = [*mirrored(toe)]
    width = 0.13
    match rng.integers(3):
        case 0:
            for foot in (-height - 0.13, height + 0.13):
                parts.append(Patch(drop(0, foot, _UP if foot > 0 else -_UP, 0.34, 0.11)))
        case 1:
            radius = height + 0.2
            angles = np.radians(np.linspace(-62, 62, 40))
            side = np.column_stack([radius * np.cos(angles), radius * np.sin(angles)])
            parts += mirrored([Patch(ribbon(side, width, start="round"))])
        case _:
            for foot in (-height - 0.1, height + 0.1):
                parts.append(Patch(rhombus(0, foot, 0.2, 0.17)))
    return tuple(parts)


def _toe(breadth: float, height: float, front: float) -> Points:
    """Half of an oval, its straight side on the axis; ``front`` draws the upper end to a point."""
    angle = np.linspace(0, math.pi, 60)
    across = breadth * np.sin(angle) ** 0.85 * (1 - front * np.cos(angle))
    return np.column_stack([across, height * np.cos(angle)])


def qus_qanaty(rng: np.random.Generator) -> Drawing:
    """Spread wings: feathers in a fan on each side of a slim body, their tips turned up."""
    feathers = int(rng.integers(4, 6))
    width = 0.78 / feathers
    quills = rng.random() < 0.6
    wing: list[Patch] = []
    for index in range(feathers):
        share = index / (feathers - 1)
        heading = math.radians(34 - 46 * share)
        length = 1.12 - 0.5 * share
        path = Path(0.05, 0.22 - 0.5 * share, heading).line(length * 0.12)
        path.curl(length * 1.0, length * 0.55, math.radians(58))
        wing.append(Patch(ribbon(path.points, width * 0.7, width * 0.8, swell=width * 0.2)))
        if quills:
            middle = path.points[len(path.points) // 3 : -1]
            wing.append(Patch(ribbon(middle, 0.0, width * 0.36), Ink.ACCENT))
    body = [
        Patch(leaf(0, -0.72, _UP, 1.32, 0.3, 0.6)),
        Patch(rhombus(0, 0.06, 0.07, 0.16), Ink.ACCENT),
        Patch(ellipse(0, 0.62, 0.11)),
    ]
    tail = Path(0, -0.42, -_UP).turn(0.35).curl(0.8, 0.5, 0.5).points
    body += mirrored([Patch(ribbon(tail, 0.1, 0.13))])
    return (*mirrored(wing), *body)


def botagoz(rng: np.random.Generator) -> Drawing:
    """The camel calf's eye: rhombs in rhombs with hooks or steps at the rim, a pupil inside."""
    upright = rng.uniform(0.85, 1.0)
    rings = int(rng.integers(2, 4))
    parts: list[Patch] = []
    hooks = rng.random() < 0.5
    count = 4
    for side in range(4):
        signs = ((1, 1), (-1, 1), (-1, -1), (1, -1))[side]
        for index in range(count):
            share = (index + 0.5) / count
            point = (0.8 * (1 - share) * signs[0], 0.8 * share * signs[1] * upright)
            if hooks:
                size = 0.085
                parts.append(Patch(rhombus(*point, size * 1.25, size * 1.25 * upright)))
            else:
                parts.append(
                    Patch(box(point[0] - 0.1, point[1] - 0.1, point[0] + 0.1, point[1] + 0.1))
                )
    inks = (Ink.FIGURE, Ink.GROUND, Ink.FIGURE, Ink.GROUND)
    step = 0.8 / (rings + 1.2)
    for index in range(rings + 1):
        size = 0.8 - index * step
        ink = inks[index % 4] if index < rings else Ink.ACCENT
        parts.append(Patch(rhombus(0, 0, size, size * upright), ink))
    parts.append(Patch(ellipse(0, 0, 0.075), Ink.GROUND))
    return tuple(parts)
