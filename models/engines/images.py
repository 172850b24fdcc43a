"""What every engine of image generation is."""

from __future__ import annotations

import math
import time
from abc import abstractmethod
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from typing import ClassVar

from foundation.errors import InvalidArgument
from foundation.images import (
    MAX_ADAPTER_WEIGHT,
    MAX_COUNT,
    MAX_GUIDANCE,
    MAX_INPUT_SIDE,
    MAX_PROMPT_CHARACTERS,
    MAX_SEED,
    MAX_STEPS,
    GeneratedImages,
    ImageCapabilities,
    ImageProgress,
    ImageRequest,
    snapped,
)
from models.engines.base import CallContext, Engine


class ImageEngine(Engine):
    """Text to pictures. Public methods validate; adapters write ``_generate``."""

    methods: ClassVar[Mapping[str, str]] = {
        "generate": "generate",
        "stream_generation": "stream_generation",
        "capabilities": "describe",
    }

    @property
    @abstractmethod
    def capabilities(self) -> ImageCapabilities:
        """What this model can do."""

    def describe(self, payload: None, context: CallContext) -> ImageCapabilities:
        """The capabilities, for callers that have a pool and no engine."""
        return self.capabilities

    def generate(self, request: ImageRequest, context: CallContext) -> GeneratedImages:
        """Draw the pictures of a request.

        Raises:
            InvalidArgument: a value is out of its range, or the model cannot do what is asked.
            Cancelled, DeadlineExceeded: nobody waits any longer; noticed between two steps.
        """
        for item in self.stream_generation(request, context):
            if isinstance(item, GeneratedImages):
                return item
        raise AssertionError("an engine's stream ends with its pictures")

    def stream_generation(
        self, request: ImageRequest, context: CallContext
    ) -> Iterator[ImageProgress | GeneratedImages]:
        """Draw the pictures of a request and tell of the steps; the pictures come last.

        A reader who is slow misses steps, and never holds the model up.

        Raises:
            As ``generate``.
        """
        check_request(request, self.capabilities)
        context.check()
        begun = time.monotonic()
        drawing = self._generate(request, context)
        try:
            for item in drawing:
                if isinstance(item, GeneratedImages):
                    item = replace(item, seconds=time.monotonic() - begun)
                yield item
        finally:
            if isinstance(drawing, Generator):
                drawing.close()

    def size(self, request: ImageRequest) -> tuple[int, int]:
        """Width and height of the pictures that a request gives, in pixels."""
        return drawn_size(request, self.capabilities)

    @abstractmethod
    def _generate(
        self, request: ImageRequest, context: CallContext
    ) -> Iterator[ImageProgress | GeneratedImages]:
        """Draw a request that was checked.

        After each step it calls ``context.give_way()``, so that live speech never waits for more
        than a step, and ``context.check()``.
        """


def drawn_size(request: ImageRequest, can: ImageCapabilities) -> tuple[int, int]:
    """Width and height of the pictures that a request gives with such a model, in pixels."""
    width = can.width if request.width is None else request.width
    height = can.height if request.height is None else request.height
    return snapped(width, can.multiple), snapped(height, can.multiple)


def check_request(request: ImageRequest, can: ImageCapabilities) -> None:
    """Check a request, before anything is done, against what a model can do.

    Raises:
        InvalidArgument: a value is out of its range, or the model cannot do what is asked; names
            the field and the limit.
    """
    _check_texts(request, can)
    for field in ("width", "height"):
        side = getattr(request, field)
        if side is not None:
            _in_range(field, side, can.least_side, can.most_side)
    width, height = drawn_size(request, can)
    if width * height > can.most_pixels:
        raise InvalidArgument(
            "width", f"{width}x{height} pixels, limit {can.most_pixels} of one picture"
        )
    if request.steps is not None:
        _in_range("steps", request.steps, 1, MAX_STEPS)
    if request.guidance is not None:
        _in_range("guidance", request.guidance, 0.0, MAX_GUIDANCE)
    _in_range("count", request.count, 1, MAX_COUNT)
    _in_range("seed", request.seed, 0, MAX_SEED - MAX_COUNT)
    _in_range("preview_every", request.preview_every, 0, MAX_STEPS)
    if request.preview_every and not can.previews:
        raise InvalidArgument("preview_every", "this model shows no previews as it is loaded")
    if request.seamless and not can.seamless:
        raise InvalidArgument("seamless", "this model draws no pictures that tile")
    if request.scheduler and request.scheduler not in can.schedulers:
        raise InvalidArgument(
            "scheduler", f"{request.scheduler!r} is not one of {', '.join(can.schedulers)}"
        )
    _check_adapters(request, can)
    _check_input(request, can)


def _check_texts(request: ImageRequest, can: ImageCapabilities) -> None:
    if not request.prompt.strip():
        raise InvalidArgument("prompt", "is empty")
    for field in ("prompt", "negative_prompt"):
        length = len(getattr(request, field))
        if length > MAX_PROMPT_CHARACTERS:
            raise InvalidArgument(field, f"{length} characters, limit {MAX_PROMPT_CHARACTERS}")
    if request.negative_prompt and not can.negative_prompt:
        raise InvalidArgument("negative_prompt", "this model takes none")


def _check_adapters(request: ImageRequest, can: ImageCapabilities) -> None:
    names = [adapter.name for adapter in request.adapters]
    for place, adapter in enumerate(request.adapters):
        if adapter.name not in can.adapters:
            known = ", ".join(can.adapters) or "none"
            raise InvalidArgument(
                f"adapters[{place}].name", f"{adapter.name!r} is not one of the model's: {known}"
            )
        if names.index(adapter.name) != place:
            raise InvalidArgument(f"adapters[{place}].name", f"{adapter.name!r} stands twice")
        _in_range(
            f"adapters[{place}].weight", adapter.weight, -MAX_ADAPTER_WEIGHT, MAX_ADAPTER_WEIGHT
        )


def _check_input(request: ImageRequest, can: ImageCapabilities) -> None:
    image, mask = request.image, request.mask
    if image is None:
        if mask is not None:
            raise InvalidArgument("mask", "there is no image that it is the mask of")
        return
    if mask is None and not can.image_to_image:
        raise InvalidArgument("image", "this model does not start from an image")
    if mask is not None and not can.inpainting:
        raise InvalidArgument("mask", "this model does not paint parts of an image anew")
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype.name != "uint8":
        raise InvalidArgument("image", f"want uint8 [h, w, 3], got {image.dtype} {image.shape}")
    if not 1 <= min(image.shape[:2]) <= max(image.shape[:2]) <= MAX_INPUT_SIDE:
        raise InvalidArgument(
            "image", f"{image.shape[1]}x{image.shape[0]} pixels, a side is 1..{MAX_INPUT_SIDE}"
        )
    if mask is not None and (mask.shape != image.shape[:2] or mask.dtype.name != "uint8"):
        raise InvalidArgument(
            "mask", f"want uint8 {image.shape[:2]} as the image, got {mask.dtype} {mask.shape}"
        )
    if not (math.isfinite(request.strength) and 0.0 < request.strength <= 1.0):
        raise InvalidArgument("strength", f"{request.strength:g} is not above 0 and at most 1")
    steps = can.steps if request.steps is None else request.steps
    if int(steps * request.strength) < 1:
        raise InvalidArgument(
            "strength", f"{request.strength:g} of {steps} steps is no step: raise one of them"
        )


def _in_range(field: str, value: float, least: float, most: float) -> None:
    if not (math.isfinite(value) and least <= value <= most):
        raise InvalidArgument(field, f"{value} is not in {least}..{most}")
