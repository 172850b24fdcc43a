"""Which motif a picture shows, without a trained classifier: the nearest procedural picture.

A picture is described by where its edges lie and how they run, not by its colours: histograms of
oriented gradients (N. Dalal, B. Triggs, CVPR 2005) over a coarse and a fine grid, and, because
bands and tiles may begin anywhere, the size of the edges' Fourier components, which no shift
changes. Pictures are compared by the cosine of what is left when differences within a motif are
damped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from models.recipes.starter_ornament.motifs import MOTIFS
from models.recipes.starter_ornament.ornament import random_ornament

_SIDE: Final = 96
_BINS: Final = 9
_GRIDS: Final = (4, 8, 12)
_COMPONENTS: Final = 14
_NEAREST: Final = 3
_SHRINKAGE: Final = 0.1

Features = NDArray[np.float32]


def features(image: Image.Image) -> Features:
    """What the distance compares, ``float32 [parts]``, each part of unit length."""
    small = image.convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    picture = np.asarray(small.filter(ImageFilter.GaussianBlur(0.7)), dtype=np.float64) / 255
    down, across = np.gradient(picture, axis=(0, 1))
    strongest = np.hypot(down, across).argmax(axis=2)[..., None]
    down = np.take_along_axis(down, strongest, 2)[..., 0]
    across = np.take_along_axis(across, strongest, 2)[..., 0]
    # The root evens out strong and weak contrasts: a motif in pale colours has the same outline.
    size = np.sqrt(np.hypot(down, across))
    size[size < 0.12] = 0
    angle = np.arctan2(down, across) % np.pi / np.pi * _BINS
    # Each edge counts for the two directions nearest to its own, round the half circle.
    apart = np.abs(angle - np.arange(_BINS)[:, None, None])
    planes = size * np.maximum(0.0, 1 - np.minimum(apart, _BINS - apart))
    parts = []
    for grid in _GRIDS:
        cell = _SIDE // grid
        cells = planes.reshape(_BINS, grid, cell, grid, cell).sum(axis=(2, 4))
        parts.append(_unit(np.sqrt(cells).ravel()))
    spectrum = np.abs(np.fft.fft2(planes[:: _BINS // 4]))[:, :, :_COMPONENTS]
    spectrum = np.concatenate([spectrum[:, :_COMPONENTS], spectrum[:, -_COMPONENTS:]], axis=1)
    parts.append(_unit(np.sqrt(spectrum).ravel()))
    return np.concatenate(parts).astype(np.float32)


def _unit(values: NDArray[np.float64]) -> NDArray[np.float64]:
    # Against the mean, so that what all pictures share counts for nothing.
    centred = values - values.mean()
    return np.asarray(centred / (np.linalg.norm(centred) + 1e-9))


@dataclass(frozen=True, slots=True)
class Bank:
    """Known pictures, and which differences between pictures do not matter.

    ``vectors`` is float32 [pictures, parts] after ``mean``, ``directions`` and ``damping`` are
    applied; ``motifs`` names each picture.
    """

    vectors: Features
    motifs: tuple[str, ...]
    mean: Features
    directions: Features
    damping: Features

    def nearest(self, image: Image.Image) -> str:
        """The motif whose three nearest pictures are nearest in all."""
        query = _evened(features(image)[None], self.mean, self.directions, self.damping)[0]
        by_motif: dict[str, list[float]] = defaultdict(list)
        for motif, likeness in zip(self.motifs, (self.vectors @ query).tolist(), strict=True):
            by_motif[motif].append(likeness)
        return max(by_motif, key=lambda name: sum(sorted(by_motif[name])[-_NEAREST:]))


def _evened(vectors: Features, mean: Features, directions: Features, damping: Features) -> Features:
    """Damp what varies among pictures of one motif (medallions, edges), then scale to length 1."""
    centred = vectors - mean
    centred = centred - ((centred @ directions.T) * damping) @ directions
    return np.asarray(centred / np.linalg.norm(centred, axis=1, keepdims=True), dtype=np.float32)


def procedural_bank(
    layouts: Sequence[str], per_motif: int, seed: int = 0, pixels: int = _SIDE
) -> Bank:
    """Pictures of every motif, ``per_motif`` in each layout; colours, shapes, textures by lot."""
    return bank_of(
        (motif, random_ornament(seed + index, (motif,), (layout,)).draw(pixels))
        for motif in MOTIFS
        for layout in layouts
        for index in range(per_motif)
    )


def bank_of(pictures: Iterable[tuple[str, Image.Image]]) -> Bank:
    """A bank of pictures whose motifs are known, at least two of one motif.

    The directions in which pictures of one motif differ are damped to the variance of the rest: the
    Mahalanobis distance with the within-class covariance, shrunk (K. Fukunaga, "Introduction to
    Statistical Pattern Recognition", 1990).
    """
    named = [(motif, features(image)) for motif, image in pictures]
    motifs = tuple(motif for motif, _ in named)
    vectors = np.stack([vector for _, vector in named])
    labels = np.array(motifs)
    within = np.concatenate(
        [vectors[labels == motif] - vectors[labels == motif].mean(axis=0) for motif in set(motifs)]
    )
    _, sizes, directions = np.linalg.svd(within, full_matrices=False)
    variance = sizes**2 / len(within)
    damping = 1 - 1 / np.sqrt(1 + variance / (_SHRINKAGE * variance.mean()))
    mean = vectors.mean(axis=0)
    return Bank(_evened(vectors, mean, directions, damping), motifs, mean, directions, damping)
