"""What the cards of image models say, ``[models.settings]``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal, TypeAlias, get_args

from foundation.errors import FailedPrecondition
from foundation.images import MAX_GUIDANCE, MAX_STEPS
from models.catalogue import safe_name
from models.engines.diffusers_images.composition import LAYOUTS

MemoryPlan: TypeAlias = Literal["resident", "offload", "sequential"]
"""All components stay on the device; only the one that computes; only the layer that computes."""

PLANS: Final[tuple[str, ...]] = get_args(MemoryPlan)


@dataclass(frozen=True, slots=True)
class ImageSettings:
    """How an image model is to be used; what a card leaves out has these defaults."""

    steps: int = 30
    guidance: float = 5.0

    side: int = 1024
    """Width and height of a request that names none; pixels."""

    least_side: int = 64
    most_side: int = 2048
    most_pixels: int = 2048 * 2048

    tile_above: int = 1536 * 1536
    """The VAE decodes larger pictures in tiles, pixels; tiles differ a little at their seams."""

    memory: MemoryPlan | None = None
    """None: by the device's free memory."""

    prompt_tokens: int | None = None
    """How many tokens the text encoder reads, where the model takes fewer than its pipeline."""

    variant: str | None = None
    """Which of several sets of weights is loaded, as their file names say (``fp16``)."""

    adapters: Mapping[str, str] = field(default_factory=dict)
    """Name → safetensors file in the model's folder."""

    native_side: int | None = None
    """The model draws one motif in a square of this side, pixels, and ``composition`` makes the
    picture of it. None: the model draws pictures as they were asked for."""

    layouts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """With ``native_side``: layout → the words in a prompt that ask for it."""

    palette: Sequence[str] = ()
    """With ``native_side``: the colours that the model was taught, ``#rrggbb``; what it draws is
    set to the nearest."""

    @property
    def palette_levels(self) -> tuple[tuple[int, int, int], ...]:
        """The palette's colours, 0 to 255."""
        return tuple(
            (int(one[1:3], 16), int(one[3:5], 16), int(one[5:7], 16)) for one in self.palette
        )


def read_settings(values: Mapping[str, Any]) -> ImageSettings:
    """Read a card's settings.

    Raises:
        FailedPrecondition: one is unknown, of a wrong type or out of its range.
    """
    known = [one.name for one in fields(ImageSettings)]
    for name in values:
        if name not in known:
            raise FailedPrecondition(f"settings.{name} is not one of {', '.join(known)}")
    settings = ImageSettings(**values)
    _whole("steps", settings.steps, 1, MAX_STEPS)
    for name in ("side", "least_side", "most_side"):
        _whole(name, getattr(settings, name), 8, 16_384)
    for name in ("most_pixels", "tile_above"):
        _whole(name, getattr(settings, name), 64, 16_384**2)
    if settings.prompt_tokens is not None:
        _whole("prompt_tokens", settings.prompt_tokens, 1, 4_096)
    _layouts(settings)
    if settings.variant is not None and not str(settings.variant).isalnum():
        raise FailedPrecondition(f"settings.variant: {settings.variant!r} is no plain name")
    guidance = settings.guidance
    if not isinstance(guidance, int | float) or not 0 <= guidance <= MAX_GUIDANCE:
        raise FailedPrecondition(f"settings.guidance: {guidance!r} is not in 0..{MAX_GUIDANCE}")
    if settings.memory not in (None, *PLANS):
        raise FailedPrecondition(
            f"settings.memory: {settings.memory!r} is not one of {', '.join(PLANS)}"
        )
    if not isinstance(settings.adapters, Mapping):
        raise FailedPrecondition("settings.adapters: want a table, name = file")
    for name, file in settings.adapters.items():
        safe_name(str(file), f"settings.adapters.{name}")
        if not str(file).endswith(".safetensors"):
            raise FailedPrecondition(f"settings.adapters.{name}: {file} is not .safetensors")
    return settings


def _layouts(settings: ImageSettings) -> None:
    if settings.native_side is not None:
        _whole("native_side", settings.native_side, 8, 1_024)
    if not isinstance(settings.layouts, Mapping) or (
        settings.layouts and settings.native_side is None
    ):
        raise FailedPrecondition("settings.layouts: want a table beside native_side")
    for one in settings.palette:
        if not isinstance(one, str) or not re.fullmatch("#[0-9a-fA-F]{6}", one):
            raise FailedPrecondition(f"settings.palette: {one!r} is not as #1f4f9e")
    for name, words in settings.layouts.items():
        if name not in LAYOUTS:
            raise FailedPrecondition(f"settings.layouts.{name} is not one of {', '.join(LAYOUTS)}")
        if not isinstance(words, list) or not all(isinstance(word, str) and word for word in words):
            raise FailedPrecondition(f"settings.layouts.{name}: want a list of words")


def _whole(name: str, value: Any, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise FailedPrecondition(f"settings.{name}: {value!r} is not in {least}..{most}")
