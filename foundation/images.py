"""What image generation is asked and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

MAX_PROMPT_CHARACTERS: Final = 4_000
"""Of the prompt, likewise of the negative one; models read a few hundred words at most."""

MAX_COUNT: Final = 4
MAX_STEPS: Final = 150
MAX_GUIDANCE: Final = 30.0
MAX_ADAPTER_WEIGHT: Final = 4.0
MAX_SEED: Final = 2**53 - 1
"""The largest whole number that a page's JavaScript keeps exact."""

MAX_INPUT_SIDE: Final = 8_192
"""Pixels, of an input image."""

Picture: TypeAlias = NDArray[np.uint8]
"""uint8 [height, width, 3]: red, green, blue (sRGB), rows from the top."""

Mask: TypeAlias = NDArray[np.uint8]
"""uint8 [height, width]: 255 is painted anew, 0 is kept."""


@dataclass(frozen=True, slots=True)
class ImageAdapter:
    """A LoRA adapter of the model and how strongly it acts."""

    name: str
    """As the model's card calls it."""

    weight: float = 1.0
    """0 does nothing; -4 to 4."""


@dataclass(frozen=True, slots=True, eq=False)
class ImageRequest:
    """Payload of ``generate`` and ``stream_generation`` of an image engine."""

    prompt: str
    """In a language of the model's text encoder."""

    negative_prompt: str = ""
    """What is not to be seen; only for models that take one."""

    width: int | None = None
    """Pixels; snapped to the model's multiple. None: the model's own."""

    height: int | None = None

    steps: int | None = None
    """None: the model's own."""

    guidance: float | None = None
    """How closely the prompt is followed (classifier-free guidance); None: the model's own."""

    seed: int = 0
    """Picture ``n`` of a request is drawn from ``seed + n``."""

    count: int = 1

    scheduler: str = ""
    """One of the model's; empty: its own."""

    adapters: tuple[ImageAdapter, ...] = ()

    image: Picture | None = None
    """What to start from (image to image); scaled to the size of the result."""

    mask: Mask | None = None
    """Which part of ``image`` is painted anew (inpainting); of the same height and width."""

    strength: float = 0.6
    """How far the result may depart from ``image``: above 0, at most 1."""

    seamless: bool = False
    """The picture tiles: its left edge goes on at its right one, its upper at its lower."""

    preview_every: int = 0
    """After how many steps a stream shows the unfinished picture; 0: never."""


@dataclass(frozen=True, slots=True, eq=False)
class ImageProgress:
    """How far a generation is."""

    step: int
    """Steps done; 1 is the first."""

    steps: int
    """With an input image the model takes fewer than were asked for."""

    preview: Picture | None = None
    """The first picture as it is now, its longer side 256 pixels or less."""


@dataclass(frozen=True, slots=True, eq=False)
class GeneratedImages:
    """What was drawn, and all that it takes to draw it again."""

    pictures: tuple[Picture, ...]

    seeds: tuple[int, ...]
    """Of each picture."""

    model: str
    """The name of the model's folder: its catalogue id in the model store."""

    width: int
    height: int

    asked_width: int
    """What was asked for; another than ``width`` where it was snapped."""

    asked_height: int

    steps: int
    guidance: float
    scheduler: str

    prompt_cut: bool = False
    """The prompt is longer than every text encoder of the model reads: its end was not seen."""

    seconds: float = 0.0
    """What it took, without waiting for a worker."""

    @property
    def snapped(self) -> bool:
        """Are the pictures of another size than was asked for?"""
        return (self.width, self.height) != (self.asked_width, self.asked_height)


@dataclass(frozen=True, slots=True)
class ImageCapabilities:
    """What an image engine can do: result of the method ``capabilities``."""

    languages: tuple[str, ...]
    """That the text encoder reads, by the model's card (BCP-47)."""

    width: int
    """Of a request that names none; pixels."""

    height: int

    multiple: int
    """Widths and heights are whole multiples of this."""

    least_side: int
    most_side: int
    most_pixels: int
    """Of one picture."""

    steps: int
    """Of a request that names none."""

    guidance: float

    scheduler: str
    schedulers: tuple[str, ...]
    adapters: tuple[str, ...]
    negative_prompt: bool
    image_to_image: bool
    inpainting: bool
    previews: bool

    seamless: bool = False
    """Can it draw pictures that tile?"""


def snapped(size: int, multiple: int) -> int:
    """The multiple nearest to ``size``, the smallest one at least; halves go up."""
    return max(multiple, (2 * size + multiple) // (2 * multiple) * multiple)
