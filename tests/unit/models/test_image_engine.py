"""What every image engine refuses, before any model is asked."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foundation.errors import Cancelled, InvalidArgument, NotFound
from foundation.images import (
    GeneratedImages,
    ImageAdapter,
    ImageCapabilities,
    ImageProgress,
    ImageRequest,
    snapped,
)
from models.catalogue import load_catalogue
from models.engines.base import CallContext, EngineOptions
from models.engines.images import ImageEngine

CAN = ImageCapabilities(
    languages=("en",),
    width=512,
    height=512,
    multiple=16,
    least_side=64,
    most_side=2048,
    most_pixels=1024 * 1024,
    steps=4,
    guidance=1.0,
    scheduler="flow-euler",
    schedulers=("flow-euler",),
    adapters=("felt",),
    negative_prompt=True,
    image_to_image=True,
    inpainting=True,
    previews=True,
)
PLAIN = ImageRequest("a yurt")
IMAGE = np.zeros((8, 12, 3), np.uint8)


class Blank(ImageEngine):
    """Draws nothing, quickly."""

    def __init__(self, can: ImageCapabilities = CAN) -> None:
        self._can = can

    @classmethod
    def open(cls, folder: Path, options: EngineOptions) -> Blank:
        return cls()

    @property
    def capabilities(self) -> ImageCapabilities:
        return self._can

    def _generate(
        self, request: ImageRequest, context: CallContext
    ) -> Iterator[ImageProgress | GeneratedImages]:
        width, height = self.size(request)
        yield ImageProgress(1, 1)
        context.check()
        yield GeneratedImages(
            pictures=(np.zeros((height, width, 3), np.uint8),) * request.count,
            seeds=tuple(range(request.seed, request.seed + request.count)),
            model="blank",
            width=width,
            height=height,
            asked_width=request.width or width,
            asked_height=request.height or height,
            steps=1,
            guidance=1.0,
            scheduler="flow-euler",
        )


@pytest.mark.parametrize(
    ("change", "field", "limit"),
    [
        ({"prompt": " "}, "prompt", "is empty"),
        ({"prompt": "ж" * 10_000}, "prompt", "10000 characters, limit 4000"),
        ({"negative_prompt": "ж" * 10_000}, "negative_prompt", "limit 4000"),
        ({"width": 0, "height": 0}, "width", "0 is not in 64..2048"),
        ({"height": 0}, "height", "0 is not in 64..2048"),
        ({"width": 20_000}, "width", "20000 is not in 64..2048"),
        ({"height": -64}, "height", "-64 is not in"),
        ({"width": 2048, "height": 2048}, "width", "2048x2048 pixels, limit 1048576"),
        ({"steps": 0}, "steps", "not in 1..150"),
        ({"steps": 100_000}, "steps", "not in 1..150"),
        ({"guidance": math.nan}, "guidance", "nan is not in 0.0..30.0"),
        ({"guidance": math.inf}, "guidance", "not in 0.0..30.0"),
        ({"seed": -1}, "seed", "-1 is not in"),
        ({"seed": 2**64}, "seed", "is not in"),
        ({"count": 0}, "count", "0 is not in 1..4"),
        ({"count": 5}, "count", "5 is not in 1..4"),
        ({"preview_every": -1}, "preview_every", "not in"),
        ({"scheduler": "../x"}, "scheduler", "not one of flow-euler"),
        ({"adapters": (ImageAdapter("../../etc/passwd"),)}, "adapters[0].name", "model's: felt"),
        ({"adapters": (ImageAdapter("felt"),) * 2}, "adapters[1].name", "stands twice"),
        ({"adapters": (ImageAdapter("felt", math.nan),)}, "adapters[0].weight", "nan is not in"),
        ({"mask": IMAGE[..., 0]}, "mask", "no image"),
        ({"image": IMAGE[..., :2]}, "image", "want uint8 [h, w, 3]"),
        ({"image": IMAGE.astype(np.float32)}, "image", "want uint8"),
        ({"image": np.zeros((1, 9000, 3), np.uint8)}, "image", "a side is 1..8192"),
        ({"image": np.zeros((0, 9, 3), np.uint8)}, "image", "9x0 pixels"),
        ({"image": IMAGE, "mask": IMAGE[:4, :, 0]}, "mask", "want uint8 (8, 12)"),
        ({"image": IMAGE, "strength": math.nan}, "strength", "nan is not above 0"),
        ({"image": IMAGE, "strength": 0.0}, "strength", "not above 0"),
        ({"image": IMAGE, "strength": 0.1}, "strength", "0.1 of 4 steps is no step"),
    ],
)
def test_bad_requests_name_field_and_limit(change: dict[str, Any], field: str, limit: str) -> None:
    with pytest.raises(InvalidArgument) as raised:
        Blank().generate(replace(PLAIN, **change), CallContext())
    assert raised.value.field == field
    assert limit in raised.value.description


@pytest.mark.parametrize(
    ("change", "lack", "field"),
    [
        ({"negative_prompt": "fog"}, "negative_prompt", "negative_prompt"),
        ({"image": IMAGE}, "image_to_image", "image"),
        ({"image": IMAGE, "mask": IMAGE[..., 0]}, "inpainting", "mask"),
        ({"preview_every": 1}, "previews", "preview_every"),
    ],
)
def test_what_a_model_cannot_do_is_refused(change: dict[str, Any], lack: str, field: str) -> None:
    request = replace(PLAIN, **change)
    assert Blank().generate(request, CallContext()).model == "blank"
    unable: dict[str, Any] = {lack: False}
    with pytest.raises(InvalidArgument) as raised:
        Blank(replace(CAN, **unable)).generate(request, CallContext())
    assert raised.value.field == field


def test_sizes_are_snapped_and_it_is_said() -> None:
    assert [snapped(size, 16) for size in (1, 7, 8, 23, 24, 31, 32)] == [16, 16, 16, 16, 32, 32, 32]
    asked = replace(PLAIN, width=1000, height=523)
    drawn = Blank().generate(asked, CallContext())
    assert (drawn.width, drawn.height) == (1008, 528)
    assert (drawn.asked_width, drawn.asked_height) == (1000, 523)
    assert drawn.snapped
    assert not Blank().generate(PLAIN, CallContext()).snapped


def test_who_gave_up_gets_nothing() -> None:
    context = CallContext()
    stream = Blank().stream_generation(PLAIN, context)
    assert isinstance(next(stream), ImageProgress)
    context.cancelled.set()
    with pytest.raises(Cancelled):
        next(stream)
    with pytest.raises(Cancelled):
        Blank().generate(PLAIN, context)


@pytest.mark.parametrize("name", ["../../etc", "/tmp/model", "a/b", "C:\\model", ""])
def test_a_path_is_no_models_name(name: str) -> None:
    with pytest.raises(NotFound, match="no model"):
        load_catalogue().get(name)
