"""The traditional colours, and which of them stand well beside each other."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from PIL import ImageColor

_FILE: Final = Path(__file__).with_name("palette.toml")

# Contrast ratios as WCAG 2.2 defines them: the figure must be read, the accent seen.
LEAST_FIGURE_CONTRAST: Final = 2.6
LEAST_ACCENT_CONTRAST: Final = 1.45

Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Colour:
    """A named colour. ``ru``: the masculine nominative and the prepositional."""

    name: str
    rgb: Rgb
    kk: str
    ru: tuple[str, str]
    en: str


@cache
def colours() -> dict[str, Colour]:
    """Every colour by name, in the order of the file."""
    document = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    found = {}
    for name, entry in document["colours"].items():
        red, green, blue = ImageColor.getrgb(entry["srgb"])[:3]
        nominative, prepositional = entry["ru"]
        found[name] = Colour(
            name, (red, green, blue), entry["kk"], (nominative, prepositional), entry["en"]
        )
    return found


def contrast(first: Rgb, second: Rgb) -> float:
    """The contrast ratio of WCAG 2.2, 1 to 21."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(rgb: Rgb) -> float:
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in rgb)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@cache
def schemes() -> tuple[tuple[str, str, str], ...]:
    """Every ground, figure and accent that can be told apart."""
    names = colours()
    return tuple(
        (ground, figure, accent)
        for ground in names
        for figure in names
        for accent in names
        if contrast(names[ground].rgb, names[figure].rgb) >= LEAST_FIGURE_CONTRAST
        and contrast(names[ground].rgb, names[accent].rgb) >= LEAST_ACCENT_CONTRAST
        and contrast(names[figure].rgb, names[accent].rgb) >= LEAST_ACCENT_CONTRAST
    )


def dyed(rgb: Rgb, rng: np.random.Generator) -> Rgb:
    """The colour as another vat gives it: a little lighter or darker, hardly another hue."""
    levels = np.array(rgb) + rng.integers(-7, 8) + rng.integers(-1, 2, 3)
    red, green, blue = np.clip(levels, 0, 255).tolist()
    return (red, green, blue)
