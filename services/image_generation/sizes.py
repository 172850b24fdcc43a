"""Sizes by name: as large as a model draws well."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from foundation.errors import InvalidArgument
from foundation.images import ImageCapabilities

SHAPES: Final[Mapping[str, Fraction | float]] = MappingProxyType(
    {
        "square": Fraction(1),
        "news": Fraction(16, 9),
        "story": Fraction(9, 16),
        "poster": math.sqrt(0.5),  # ISO 216: A4 upright
        "link": Fraction(191, 100),
    }
)
"""Width by height."""


def size_of(name: str, can: ImageCapabilities) -> tuple[int, int]:
    """Width and height, in pixels, that a size gives with a model.

    Its area is that of the model's own size, for which it was trained, or the largest that keeps
    the shape within the model's limits. Both sides are multiples of the model's; of those that are
    nearly as large the one of the truest shape is taken.

    Raises:
        InvalidArgument: there is no such size.
    """
    if name not in SHAPES:
        raise InvalidArgument("size", f"{name!r} is not one of {', '.join(SHAPES)}")
    shape = float(SHAPES[name])
    least = math.ceil(can.least_side / can.multiple) * can.multiple
    most = can.most_side // can.multiple * can.multiple
    area = min(can.width * can.height, can.most_pixels)
    longer = min(math.sqrt(area * max(shape, 1 / shape)), float(most))
    # The longer side is the ideal one or a step or two less, the shorter the one that fits it.
    candidates = []
    top = max(least, int(longer) // can.multiple * can.multiple)
    for long in range(top, max(least, top - 2 * can.multiple) - 1, -can.multiple):
        ideal = long / max(shape, 1 / shape)
        short = min(max(least, round(ideal / can.multiple) * can.multiple), most)
        if long * short <= can.most_pixels:
            candidates.append((long, short))
    if not candidates:
        return can.width, can.height
    long, short = min(candidates, key=lambda pair: _fault(pair, shape, longer))
    return (long, short) if shape >= 1 else (short, long)


def sizes_of(can: ImageCapabilities) -> dict[str, tuple[int, int]]:
    """Every size and what it gives with a model."""
    return {name: size_of(name, can) for name in SHAPES}


def _fault(pair: tuple[int, int], shape: float, longer: float) -> float:
    """How untrue a shape is, and how much smaller than it might be, as logarithms."""
    long, short = pair
    return abs(math.log(long / short / max(shape, 1 / shape))) + 0.2 * math.log(longer / long)
