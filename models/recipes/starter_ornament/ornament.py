"""An ornament: what it shows, in which layout and colours, and the seed of all the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from foundation.errors import InvalidArgument
from models.recipes.starter_ornament.curves import Ink
from models.recipes.starter_ornament.layouts import LAYOUTS
from models.recipes.starter_ornament.motifs import MOTIFS
from models.recipes.starter_ornament.palette import colours, dyed, schemes
from models.recipes.starter_ornament.rendering import felted, painted, woven

TEXTURES: Final = ("plain", "felt", "weave")
LEAST_PIXELS: Final = 16
MOST_PIXELS: Final = 1024
_CORD: Final = 0.011


@dataclass(frozen=True, slots=True)
class Ornament:
    """What to draw; equal ornaments give equal pixels at one size.

    Raises ``InvalidArgument`` for a name that is not there.
    """

    motif: str
    layout: str
    ground: str
    figure: str
    accent: str
    texture: str = "plain"
    seed: int = 0

    def __post_init__(self) -> None:
        for field, value, known in (
            ("motif", self.motif, MOTIFS),
            ("layout", self.layout, LAYOUTS),
            ("ground", self.ground, colours()),
            ("figure", self.figure, colours()),
            ("accent", self.accent, colours()),
            ("texture", self.texture, TEXTURES),
        ):
            if value not in known:
                raise InvalidArgument(field, f"{value!r} is none of {', '.join(known)}")
        if self.seed < 0:
            raise InvalidArgument("seed", f"must be 0 or more, is {self.seed}")

    def draw(self, width: int, height: int | None = None) -> Image.Image:
        """The picture, RGB ``[height, width]``, square where no height is given.

        Raises ``InvalidArgument`` for a side outside 16 to 1024 pixels, or a tile
        that is no square.
        """
        height = width if height is None else height
        for field, value in (("width", width), ("height", height)):
            if not LEAST_PIXELS <= value <= MOST_PIXELS:
                raise InvalidArgument(
                    field, f"must be {LEAST_PIXELS} to {MOST_PIXELS} pixels, is {value}"
                )
        if self.layout == "tile" and width != height:
            raise InvalidArgument("height", "a tile is square: its height is its width")
        # Shapes and dyes have generators of their own: the same seed in other colours draws the
        # same lines.
        shapes, dyes, wool = (np.random.default_rng([self.seed, part]) for part in range(3))
        drawing = LAYOUTS[self.layout](self.motif, shapes, width / height)
        named = colours()
        inks = {
            Ink.GROUND: dyed(named[self.ground].rgb, dyes),
            Ink.FIGURE: dyed(named[self.figure].rgb, dyes),
            Ink.ACCENT: dyed(named[self.accent].rgb, dyes),
        }
        # The cord takes the accent's colour where felts meet.
        inks[Ink.LINE] = inks[Ink.ACCENT]
        if self.texture == "weave":
            return woven(drawing, inks, width, height)
        cord = _CORD if self.texture == "felt" else 0.0
        picture = painted(drawing, inks, width, height, cord)
        return felted(picture, wool) if self.texture == "felt" else picture


def random_ornament(
    seed: int,
    motifs: Sequence[str] = tuple(MOTIFS),
    layouts: Sequence[str] = tuple(LAYOUTS),
    textures: Sequence[str] = TEXTURES,
) -> Ornament:
    """An ornament drawn by lot; the same for the same seed and choices."""
    rng = np.random.default_rng([seed, 77])
    ground, figure, accent = schemes()[rng.integers(len(schemes()))]
    return Ornament(
        motif=motifs[int(rng.integers(len(motifs)))],
        layout=layouts[int(rng.integers(len(layouts)))],
        ground=ground,
        figure=figure,
        accent=accent,
        texture=textures[int(rng.integers(len(textures)))],
        seed=seed,
    )
