"""Reduces an overlay to the few colours that DVB subtitles have."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from streaming.delivery.rendering.renderer import Overlay

_CLEAR: Final = (0, 0, 0, 0)


def reduced(overlay: Overlay, size: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The overlay's pixels as indices, and the colours that they stand for.

    Entry 0 is transparent. The others are the background, black of the picture's own opacity, then
    steps from it to each colour of the letters, and steps from it to nothing: these keep edges
    smooth. Each pixel takes the entry that is nearest where both are laid over mid grey and their
    opacity is compared too.

    Args:
        overlay: Of one or more colours.
        size: Entries: 4 or 16.

    Returns:
        Indices, uint8 [height, width], and entries, uint8 [size, 4] of red, green, blue, opacity.
    """
    entries = _entries(overlay, size)
    packed = np.ascontiguousarray(overlay.pixels).view(np.uint32)[..., 0]
    found, places = np.unique(packed, return_inverse=True)
    colours = found.view(np.uint8).reshape(-1, 4)
    distance = ((_weighed(colours)[:, None] - _weighed(entries)[None]) ** 2).sum(axis=-1)
    nearest = distance.argmin(axis=1).astype(np.uint8)
    return nearest[places.reshape(packed.shape)], entries


def _entries(overlay: Overlay, size: int) -> NDArray[np.uint8]:
    opacity = int(_usual_opacity(overlay))
    back = (0, 0, 0, opacity)
    colours = overlay.colours[: size - 2]
    entries: list[tuple[int, ...]] = [_CLEAR, back]
    entries += [(*colour, 255) for colour in colours]
    free = size - len(entries)
    # Edges of an outline fade into the picture; a box has none that do.
    fading = min(3, free // 4) if opacity == 255 else 0
    entries += [(0, 0, 0, round(255 * step / (fading + 1))) for step in range(1, fading + 1)]
    free -= fading
    for place, colour in enumerate(colours):
        steps = free // len(colours) + (place < free % len(colours))
        for step in range(1, steps + 1):
            entries.append(_between(back, (*colour, 255), step / (steps + 1)))
    return np.array(entries, np.uint8)


def _usual_opacity(overlay: Overlay) -> int:
    """Of what is behind the letters: all of it in an outline, the box's otherwise."""
    opacities = overlay.pixels[..., 3][overlay.pixels[..., :3].max(axis=-1) == 0]
    opacities = opacities[opacities > 0]
    return int(np.bincount(opacities).argmax()) if opacities.size else 255


def _between(
    back: tuple[int, int, int, int], front: tuple[int, ...], share: float
) -> tuple[int, ...]:
    """``front`` with this opacity over ``back``."""
    rest = back[3] / 255 * (1 - share)
    opacity = share + rest
    mixed = (round(front[channel] * share / opacity) for channel in range(3))
    return (*mixed, round(opacity * 255))


def _weighed(colours: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Colours over mid grey, and their opacity."""
    values = colours.astype(np.float32)
    opacity = values[:, 3:] / 255
    laid = values[:, :3] * opacity + 128 * (1 - opacity)
    return np.concatenate((laid, values[:, 3:]), axis=1)
