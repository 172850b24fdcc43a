"""Flat pictures made large: each ink's edges are enlarged, and the inks stay what they are.

Enlarging a picture's colours smears its edges over many pixels. Here a picture of few flat colours
is read as shares of inks, the shares are enlarged smoothly, and where one ink leads it covers the
place whole; edges are then as sharp as at the first size, and lie between its pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from foundation.images import Picture

_MOST_INKS: Final = 3
_APART: Final = 48.0
"""Levels of 0..255, Euclidean in RGB: nearer colours are one ink."""

_LEVELLING: Final = 24
"""A pixel whose neighbours differ by less than this in every channel lies within an area."""

_LEAST_AREA: Final = 0.0015
"""Of the picture: less of a colour is no ink."""

_SAMPLES: Final = 2

Labels = NDArray[np.uint8]
Shares = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Flat:
    """A picture of few inks. ``inks``: float32 [n, 3], the ground first, then by area.

    ``shares``: float32 [n, height, width], how much of each pixel an ink covers.
    """

    inks: NDArray[np.float32]
    shares: Shares

    def labels(self, width: int, height: int, wrap: bool) -> Labels:
        """Which ink leads at each place of a larger picture, ``uint8 [height, width]``.

        ``wrap``: the picture goes on at its opposite edge.
        """
        rows, columns = self.shares.shape[1:]
        edge = 3
        padded = np.pad(
            self.shares, ((0, 0), (edge, edge), (edge, edge)), mode="wrap" if wrap else "edge"
        )
        place = (edge, edge, edge + columns, edge + rows)
        fields = [
            np.asarray(
                Image.fromarray(share).resize((width, height), Image.Resampling.BICUBIC, box=place)
            )
            for share in padded
        ]
        return np.asarray(np.argmax(np.stack(fields), axis=0), np.uint8)


def flat(picture: Picture) -> Flat:
    """Read a picture as inks and their shares.

    An ink that is seen nowhere near a pixel has no share in it: the edge of white on blue is no
    light blue.
    """
    values = picture.astype(np.float32)
    inks, level = _inks(values)
    distance = np.linalg.norm(values[None] - inks[:, None, None], axis=3)
    nearest = distance.argmin(axis=0)
    pure = (distance.min(axis=0) < _APART / 2) | level
    near = np.stack([_spread((nearest == ink) & pure, 2) for ink in range(len(inks))])
    best = np.full(picture.shape[:2], np.inf, np.float32)
    shares = np.zeros((len(inks), *picture.shape[:2]), np.float32)
    for first in range(len(inks)):
        for second in range(first + 1, len(inks)):
            line = inks[second] - inks[first]
            share = np.clip((values - inks[first]) @ line / (line @ line), 0, 1)
            rest = np.linalg.norm(values - inks[first] - share[..., None] * line, axis=2)
            rest += 60.0 * (~near[first] & (share < 1)) + 60.0 * (~near[second] & (share > 0))
            better = rest < best
            best = np.where(better, rest, best)
            shares[:, better] = 0
            shares[first, better] = 1 - share[better]
            shares[second, better] = share[better]
    if len(inks) == 1:
        shares[0] = 1
    return Flat(inks, shares)


def dyed(inks: NDArray[np.float32], palette: Sequence[tuple[int, int, int]]) -> NDArray[np.float32]:
    """Each ink as the nearest colour of the palette that none before it took."""
    left = np.array(palette, np.float32)
    found = []
    for ink in inks:
        nearest = int(np.linalg.norm(left - ink, axis=1).argmin())
        found.append(left[nearest])
        if len(left) > 1:
            left = np.delete(left, nearest, axis=0)
    return np.stack(found)


def painted(labels: Labels, inks: NDArray[np.float32]) -> Picture:
    """Labels at twice the size as a picture with soft edges, ``uint8 [height, width, 3]``."""
    image = Image.fromarray(inks.round().astype(np.uint8)[labels])
    return np.asarray(image.reduce(_SAMPLES))


def sampled(pixels: int) -> int:
    """How many labels a length of pixels has."""
    return pixels * _SAMPLES


def _inks(values: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The colours of even areas, the ground (most of the edge) first; where it is even."""
    steps = [
        np.abs(values - np.roll(values, shift, axis)).max(axis=2)
        for axis in (0, 1)
        for shift in (1, -1)
    ]
    level = np.max(steps, axis=0) < _LEVELLING
    if not level.any():
        level[:] = True
    pixels = values[level]
    found: list[NDArray[np.float32]] = []
    left = pixels
    least = _LEAST_AREA * values.shape[0] * values.shape[1]
    while len(left) >= least and len(found) < _MOST_INKS:
        bins = (left // 20).astype(int) @ np.array([1, 16, 256])
        common = np.bincount(bins).argmax()
        centre = np.median(left[bins == common], axis=0)
        for _ in range(3):
            centre = np.median(left[np.linalg.norm(left - centre, axis=1) < _APART], axis=0)
        found.append(centre)
        left = left[np.linalg.norm(left - centre, axis=1) >= _APART]
    inks = np.stack(found).astype(np.float32)
    if len(inks) == 2:
        inks = _with_small_ink(values, inks)
    edge = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
    owner = np.linalg.norm(edge[:, None] - inks[None], axis=2).argmin(axis=1)
    ground = np.bincount(owner, minlength=len(inks)).argmax()
    order = [int(ground), *(ink for ink in range(len(inks)) if ink != ground)]
    return inks[order], level


def _with_small_ink(values: NDArray[np.float32], inks: NDArray[np.float32]) -> NDArray[np.float32]:
    """A third ink that fills no even area anywhere: what no mixture of the two is."""
    line = inks[1] - inks[0]
    share = np.clip((values - inks[0]) @ line / (line @ line), 0, 1)
    rest = np.linalg.norm(values - inks[0] - share[..., None] * line, axis=2)
    apart = rest > _APART
    if apart.sum() < _LEAST_AREA * rest.size:
        return inks
    # The purest are the farthest.
    third = np.median(values[rest >= np.quantile(rest[apart], 0.7)], axis=0)
    return np.concatenate([inks, third[None].astype(np.float32)])


def _spread(mask: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """The mask and all within ``reach`` of it, round the edges."""
    wide = mask.copy()
    for axis in (0, 1):
        once = wide.copy()
        for shift in range(-reach, reach + 1):
            wide |= np.roll(once, shift, axis)
    return wide
