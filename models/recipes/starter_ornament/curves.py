"""Outlines: smooth paths, ribbons and simple figures that every motif is made of.

A drawing is a tuple of patches: closed outlines (``float64 [points, 2]``, y upwards) painted one
over the other in an ink. Curls are involutes of a circle: the radius of curvature falls evenly
with the angle turned, so the turns of a curl lie at one distance from each other. With a pitch of
twice the stroke, figure and ground are equally wide, which S. M. Dudin names first among the marks
of Kazakh ornament ("Киргизский орнамент", 1925).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Cap = Literal["round", "flat", "point"]

_STEP_RADIANS = math.radians(4)


class Ink(IntEnum):
    """What a patch is painted with; a palette says which colour that is."""

    GROUND = 0
    FIGURE = 1
    ACCENT = 2
    LINE = 3


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A closed outline and its ink."""

    outline: Points
    ink: Ink = Ink.FIGURE


Drawing = tuple[Patch, ...]


class Path:
    """A curve drawn by a turtle; angles in radians, anticlockwise positive."""

    def __init__(self, x: float, y: float, heading: float) -> None:
        self._points = [(x, y)]
        self._heading = heading

    def line(self, length: float) -> Path:
        """Go straight on."""
        self._forward(length)
        return self

    def turn(self, angle: float) -> Path:
        """Change the heading on the spot."""
        self._heading += angle
        return self

    def curl(self, first_radius: float, last_radius: float, angle: float) -> Path:
        """Turn by ``angle`` while the radius goes evenly from the first to the last."""
        count = max(2, math.ceil(abs(angle) / _STEP_RADIANS))
        step = angle / count
        for index in range(count):
            share = (index + 0.5) / count
            radius = first_radius + (last_radius - first_radius) * share
            self._heading += step / 2
            self._forward(2 * radius * math.sin(abs(step) / 2))
            self._heading += step / 2
        return self

    @property
    def points(self) -> Points:
        """What was drawn so far."""
        return np.array(self._points)

    def _forward(self, length: float) -> None:
        x, y = self._points[-1]
        if length > 0:
            self._points.append(
                (x + length * math.cos(self._heading), y + length * math.sin(self._heading))
            )


def ribbon(
    centre: Points,
    first_width: float,
    last_width: float | None = None,
    start: Cap = "flat",
    end: Cap = "round",
    swell: float = 0.0,
) -> Points:
    """The outline of a stroke along ``centre``.

    The width goes from the first to the last along the stroke; ``swell`` adds that share of the
    width in the middle (a leaf has zero widths at the ends and swells). Where the path turns, its
    radius must be above half the width, or the outline crosses itself.
    """
    last_width = first_width if last_width is None else last_width
    lengths = np.r_[0.0, np.cumsum(np.hypot(*np.diff(centre, axis=0).T))]
    share = lengths / lengths[-1]
    width = first_width + (last_width - first_width) * share + swell * np.sin(math.pi * share)
    tangent = np.gradient(centre, lengths, axis=0)
    tangent /= np.hypot(*tangent.T)[:, None]
    normal = np.column_stack([-tangent[:, 1], tangent[:, 0]])
    left = centre + normal * width[:, None] / 2
    right = centre - normal * width[:, None] / 2
    return np.concatenate(
        [
            left,
            _cap(centre[-1], tangent[-1], width[-1], end),
            right[::-1],
            _cap(centre[0], -tangent[0], width[0], start),
        ]
    )


def _cap(point: Points, direction: Points, width: float, kind: Cap) -> Points:
    if kind == "flat" or width <= 0:
        return np.empty((0, 2))
    if kind == "point":
        return np.array([point + direction * width * 0.9])
    heading = math.atan2(direction[1], direction[0])
    angles = heading + np.linspace(math.pi / 2, -math.pi / 2, 14)[1:-1]
    return point + np.column_stack([np.cos(angles), np.sin(angles)]) * width / 2


def ellipse(x: float, y: float, across: float, up: float | None = None) -> Points:
    """An ellipse with its half axes; a circle where one is given."""
    angles = np.linspace(0, 2 * math.pi, 72, endpoint=False)
    up = across if up is None else up
    return np.column_stack([x + across * np.cos(angles), y + up * np.sin(angles)])


def rhombus(x: float, y: float, across: float, up: float | None = None) -> Points:
    """A rhombus with its half diagonals."""
    up = across if up is None else up
    return np.array([(x + across, y), (x, y + up), (x - across, y), (x, y - up)])


def box(left: float, bottom: float, right: float, top: float) -> Points:
    """An upright rectangle."""
    return np.array([(left, bottom), (right, bottom), (right, top), (left, top)])


def leaf(
    x: float, y: float, heading: float, length: float, width: float, bulge: float = 0.5
) -> Points:
    """A pointed leaf from its foot, widest at the share ``bulge`` of its length."""
    share = np.linspace(0, 1, 40)
    power = math.log(0.5) / math.log(bulge)
    half = width / 2 * np.sin(math.pi * share**power) ** 0.9
    along = np.r_[share, share[::-1]] * length
    across = np.r_[half, -half[::-1]]
    cosine, sine = math.cos(heading), math.sin(heading)
    return np.column_stack([x + along * cosine - across * sine, y + along * sine + across * cosine])


def drop(x: float, y: float, heading: float, length: float, radius: float) -> Points:
    """A drop: a point at the foot, a round head, ``length`` in all."""
    reach = length - radius
    opening = math.acos(min(1.0, radius / reach))
    angles = np.linspace(-(math.pi - opening), math.pi - opening, 48)
    along = np.r_[reach + radius * np.cos(angles), 0.0]
    across = np.r_[radius * np.sin(angles), 0.0]
    cosine, sine = math.cos(heading), math.sin(heading)
    return np.column_stack([x + along * cosine - across * sine, y + along * sine + across * cosine])


def star(x: float, y: float, outer: float, inner: float, count: int, turn: float = 0.0) -> Points:
    """A star with ``count`` points, one of them up (turned by ``turn``)."""
    angles = math.pi / 2 + turn + np.arange(2 * count) * math.pi / count
    radii = np.where(np.arange(2 * count) % 2 == 0, outer, inner)
    return np.column_stack([x + radii * np.cos(angles), y + radii * np.sin(angles)])


def moved(
    drawing: Iterable[Patch],
    x: float = 0.0,
    y: float = 0.0,
    scale: float | tuple[float, float] = 1.0,
    turn: float = 0.0,
) -> Drawing:
    """The drawing scaled (across and up), then turned, then moved."""
    factors = np.array(scale if isinstance(scale, tuple) else (scale, scale))
    cosine, sine = math.cos(turn), math.sin(turn)
    rotation = np.array([(cosine, sine), (-sine, cosine)])
    shift = np.array((x, y))
    return tuple(Patch(p.outline * factors @ rotation + shift, p.ink) for p in drawing)


def mirrored(drawing: Iterable[Patch]) -> Drawing:
    """The drawing and its image in the vertical axis."""
    patches = tuple(drawing)
    return patches + moved(patches, scale=(-1.0, 1.0))


def swapped(drawing: Iterable[Patch]) -> Drawing:
    """Figure and ground exchanged: the counterchange of felt mosaic (сырмақ)."""
    other = {Ink.FIGURE: Ink.GROUND, Ink.GROUND: Ink.FIGURE}
    return tuple(Patch(p.outline, other.get(p.ink, p.ink)) for p in drawing)


def fitted(drawing: Drawing, across: float = 1.0, up: float = 1.0) -> Drawing:
    """The drawing centred and scaled to touch the box of these half sizes."""
    low, high = bounds(drawing)
    centre, half = (low + high) / 2, (high - low) / 2
    scale = min(across / half[0], up / half[1])
    return moved(drawing, -centre[0] * scale, -centre[1] * scale, scale)


def bounds(drawing: Drawing) -> tuple[Points, Points]:
    """The lower left and the upper right corner."""
    points = all_points(drawing)
    return points.min(axis=0), points.max(axis=0)


def all_points(drawing: Drawing) -> Points:
    """Every point of every outline."""
    return np.concatenate([p.outline for p in drawing])
