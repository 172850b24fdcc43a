"""Pictures for the scripted image server: ornaments by rule, finished and unfinished."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import numpy as np
from PIL import Image

from models.recipes.starter_ornament.captions import wording
from models.recipes.starter_ornament.motifs import MOTIFS
from models.recipes.starter_ornament.ornament import random_ornament
from models.recipes.starter_ornament.palette import colours

THUMBNAIL: Final = 256
"""Pixels of a side at most."""

_WIDE: Final = 1.3


def draw(
    prompt: str, styles: Iterable[str], seed: int, width: int, height: int, *, seamless: bool
) -> Image.Image:
    """An ornament of the first motif that the styles or the prompt name, in its Kazakh colours."""
    told = prompt.casefold()
    motifs = [style for style in styles if style in MOTIFS] + [
        name
        for name, words in wording()["motifs"].items()
        if any(word in told for language in words.values() for word in language)
    ]
    if seamless:
        layout = "tile"
    elif width == height:
        layout = "rosette"
    else:
        layout = "band" if width > height * _WIDE else "frame"
    texture = "felt" if seamless else "plain"
    ornament = random_ornament(seed, motifs[:1] or tuple(MOTIFS), [layout], [texture])
    places = {name: told.find(colour.kk.split()[0]) for name, colour in colours().items()}
    named = sorted((place, name) for name, place in places.items() if place >= 0)
    if len(named) > 1:
        ornament = replace(ornament, figure=named[0][1], ground=named[1][1], accent="aq")
    if seamless:
        return ornament.draw(min(width, height))
    return ornament.draw(width, height)


def thumbnail(picture: Image.Image) -> bytes:
    """A WebP of at most THUMBNAIL pixels a side."""
    return file_of(_small(picture), "webp")


def unfinished(picture: Image.Image, share: float) -> bytes:
    """A preview: so much of the picture as the share says, the rest is noise."""
    there = np.asarray(_small(picture), np.float32)
    noise = np.random.default_rng(0).normal(128, 60, there.shape)
    mixed = share * there + (1 - share) * noise
    return file_of(Image.fromarray(mixed.clip(0, 255).astype(np.uint8)), "webp")


def file_of(picture: Image.Image, kind: str) -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


def _small(picture: Image.Image) -> Image.Image:
    small = picture.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    return small
