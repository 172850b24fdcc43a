"""From a drawing to a picture: anti-aliased, in felt, in weave or plain."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from models.recipes.starter_ornament.curves import Drawing, Ink, Patch
from models.recipes.starter_ornament.palette import Rgb

# Samples a pixel to either side; the mean of 16 gives edges without steps.
_SAMPLES: Final = 4
_STITCHES: Final = 72


def painted(
    drawing: Drawing,
    inks: Mapping[Ink, Rgb],
    width: int,
    height: int,
    cord: float = 0.0,
) -> Image.Image:
    """The drawing on its ground, RGB ``[height, width]``.

    ``cord`` is the width of a line in ``Ink.LINE`` around what is painted in one go, in halves of
    the picture's height: the cord that covers the seam of felt mosaic.
    """
    return _raster(drawing, inks, width * _SAMPLES, height * _SAMPLES, cord).reduce(_SAMPLES)


def _raster(
    drawing: Drawing, inks: Mapping[Ink, Rgb], width: int, height: int, cord: float
) -> Image.Image:
    image = Image.new("RGB", (width, height), inks[Ink.GROUND])
    pencil = ImageDraw.Draw(image)
    scale = height / 2
    stroke = max(1, round(2 * cord * scale))
    for ink, group in groupby(drawing, key=lambda patch: patch.ink):
        outlines = [_pixels(patch, width, height) for patch in group]
        if cord:
            for outline in outlines:
                # Round joints are slow, and a curve of many points shows none.
                joint: Literal["curve"] | None = "curve" if len(outline) < 12 else None
                pencil.line([*outline, *outline[:2]], inks[Ink.LINE], stroke, joint=joint)
        for outline in outlines:
            pencil.polygon(outline, fill=inks[ink])
    return image


def _pixels(patch: Patch, width: int, height: int) -> list[tuple[float, float]]:
    scale = height / 2
    points = patch.outline * (scale, -scale) + (width / 2, height / 2)
    return [(x, y) for x, y in points.tolist()]


def woven(drawing: Drawing, inks: Mapping[Ink, Rgb], width: int, height: int) -> Image.Image:
    """The drawing in stitches, as in pile weave: square steps, a shade to each thread."""
    rows = min(_STITCHES, height)
    columns = max(2, round(rows * width / height / 2) * 2)
    cloth = np.asarray(_raster(drawing, inks, columns, rows, 0.0), dtype=np.float64)
    down = (np.arange(height) + 0.5) * rows / height
    across = (np.arange(width) + 0.5) * columns / width
    picture = cloth[down.astype(int)[:, None], across.astype(int)[None, :]]
    # Each knot is lighter in its middle; threads lie level.
    shade = 1 - 0.16 * (2 * (down % 1) - 1)[:, None] ** 4 - 0.06 * (2 * (across % 1) - 1)[None] ** 4
    return Image.fromarray(np.clip(picture * shade[..., None], 0, 255).round().astype(np.uint8))


def felted(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """The picture as felt: the light and dark of matted wool, without a seam at the edges."""
    picture = np.asarray(image, dtype=np.float64)
    height, width = picture.shape[:2]
    grain = _grain(rng, height, width)
    return Image.fromarray(
        np.clip(picture * (1 + 0.03 * grain[..., None]) + 2.5 * grain[..., None], 0, 255)
        .round()
        .astype(np.uint8)
    )


def _grain(rng: np.random.Generator, height: int, width: int) -> NDArray[np.float64]:
    """Noise of mean 0 and deviation 1 that wraps around, soft at the scale of wool fibres."""
    spectrum = np.fft.rfft2(rng.standard_normal((height, width)))
    down = np.fft.fftfreq(height)[:, None] * height
    across = np.fft.rfftfreq(width)[None, :] * width
    frequency = np.hypot(down, across) / min(height, width)
    spectrum *= np.exp(-((frequency / 0.22) ** 2)) * (1 - 0.9 * np.exp(-((frequency / 0.06) ** 2)))
    spectrum[0, 0] = 0
    grain = np.fft.irfft2(spectrum, s=(height, width))
    return np.asarray(grain / grain.std())
