"""The pictures that the model learns: a few forms of each motif, large, on their ground.

A picture is kept as the share of each ink in each pixel, so that it can be coloured at will: its
colours are the shares times the inks' colours, edges included.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.recipes.starter_ornament.curves import (
    Drawing,
    Ink,
    fitted,
)
from models.recipes.starter_ornament.layouts import wrapped
from models.recipes.starter_ornament.motifs import MOTIFS
from models.recipes.starter_ornament.rendering import painted

PIXELS: Final = 64
FORMS: Final = 3
"""Forms of one motif; every layout draws each."""

_PURE: Final = {Ink.GROUND: (255, 0, 0), Ink.FIGURE: (0, 255, 0), Ink.ACCENT: (0, 0, 255)}


@dataclass(frozen=True, slots=True)
class Shape:
    """Which lines a picture has, colours apart."""

    motif: str
    layout: str
    form: int

    def shares(self, pixels: int = PIXELS) -> NDArray[np.uint8]:
        """How much of each pixel is ground, figure, accent: ``uint8 [pixels, pixels, 3]``."""
        drawing = NATIVE[self.layout](self.motif, self.form)
        return np.asarray(painted(drawing, _PURE, pixels, pixels))


def all_shapes(forms: range = range(FORMS)) -> tuple[Shape, ...]:
    """Every motif in every layout and form."""
    return tuple(
        Shape(motif, layout, form) for layout in NATIVE for motif in MOTIFS for form in forms
    )


def _motif(motif: str, form: int) -> Drawing:
    return MOTIFS[motif](np.random.default_rng([form, 4]))


def _bare(motif: str, form: int) -> Drawing:
    """The motif on its ground, as large as there is room; water fills the square."""
    drawing = _motif(motif, form)
    return wrapped(drawing) if motif == "su" else fitted(drawing, 0.86, 0.86)


NATIVE: Final[dict[str, Callable[[str, int], Drawing]]] = {"motif": _bare}
