"""An image engine that needs no torch: checkable pictures, and steps that a test can hold."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np

from foundation.errors import NotFound
from foundation.images import (
    GeneratedImages,
    ImageCapabilities,
    ImageProgress,
    ImageRequest,
    Picture,
)
from models.engines.base import CallContext, Engine, EngineOptions
from models.engines.images import ImageEngine
from tests.toy_translator import CAPABILITIES as TRANSLATOR_CAPABILITIES
from tests.toy_translator import translate
from workers.in_process import InProcessPool, PoolConfig

MODEL: Final = "scripted-images"
"""Reads English only, as most text encoders."""

KAZAKH_MODEL: Final = "scripted-kazakh-images"
"""Reads Kazakh and English."""

PATIENCE: Final = 20.0
"""Seconds after which what waits for a test fails."""

CAN: Final = ImageCapabilities(
    languages=("en",),
    width=128,
    height=128,
    multiple=8,
    least_side=64,
    most_side=512,
    most_pixels=256 * 256,
    steps=4,
    guidance=3.0,
    scheduler="euler",
    schedulers=("euler", "heun"),
    adapters=("felt",),
    negative_prompt=True,
    image_to_image=True,
    inpainting=True,
    previews=True,
)

CATALOGUE: Final = f"""
[[models]]
id = "{MODEL}"
display_name = "Scripted images"
task = "image-generation"
languages = ["en"]
engine = "diffusers"
license = "CC0-1.0"
commercial_use = true
starter = true
size_bytes = 1
notes = "For tests."
[models.files]
"model.bin" = {{}}

[[models]]
id = "{KAZAKH_MODEL}"
task = "image-generation"
languages = ["kk", "en"]
engine = "diffusers"
license = "CC0-1.0"
commercial_use = true
starter = true
size_bytes = 1
[models.files]
"model.bin" = {{}}

[[models]]
id = "toy"
task = "translation"
languages = ["kk", "ru", "en"]
engine = "ctranslate2-translation"
license = "CC0-1.0"
commercial_use = true
starter = true
size_bytes = 1
[models.files]
"model.bin" = {{}}
"""
"""A file for ``DAUYS_CATALOGUE``: the two image models and a translator of all pairs."""


def picture_of(request: ImageRequest, number: int, width: int, height: int) -> Picture:
    """What the engine draws: stripes of the prompt's colour on a ground of the seed's."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = _colour(str(request.seed + number))
    stripes = np.arange(width) // 8 % 2 == 1
    picture[:, stripes] = _colour(request.prompt)
    return picture


def _colour(text: str) -> tuple[int, int, int]:
    number = zlib.crc32(text.encode())
    return number & 255, number >> 8 & 255, number >> 16 & 255


@dataclass
class Studio:
    """What the engines of one test share: what they were asked, and who lets steps go on."""

    requests: list[ImageRequest] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    """Steps that were begun, of all requests."""

    finished: int = 0
    stopped: int = 0
    """Requests that ended before their pictures were drawn."""

    fault: Exception | None = None
    """Raised after the first step."""

    changes: dict[str, Any] = field(default_factory=dict)
    """Of the capabilities."""

    _changed: threading.Condition = field(default_factory=threading.Condition)
    _allowed: float = float("inf")

    def hold(self, steps: int = 0) -> None:
        """Let so many steps more be done, and no other."""
        with self._changed:
            self._allowed = len(self.steps) + steps
            self._changed.notify_all()

    def release(self) -> None:
        """Let all steps be done."""
        with self._changed:
            self._allowed = float("inf")
            self._changed.notify_all()

    def wait_for(self, condition: Callable[[Studio], bool]) -> None:
        """Wait until it is so; call it in a thread (``asyncio.to_thread``)."""
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self), PATIENCE)

    def begin(self, request: ImageRequest) -> None:
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()

    def step(self, number: int) -> None:
        """Do a step, when it may be done; it then counts as begun."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.steps) < self._allowed, PATIENCE)
            self.steps.append(number)
            self._changed.notify_all()

    def end(self, finished: bool) -> None:
        with self._changed:
            if finished:
                self.finished += 1
            else:
                self.stopped += 1
            self._changed.notify_all()


class ScriptedImageEngine(ImageEngine):
    """Draws ``picture_of`` each request, step by step."""

    concurrent: ClassVar[bool] = False

    def __init__(self, studio: Studio, model: str = MODEL) -> None:
        self._studio = studio
        self._model = model

    @classmethod
    def open(cls, folder: Path, options: EngineOptions) -> Engine:
        raise NotImplementedError("it is made with its studio")

    @property
    def capabilities(self) -> ImageCapabilities:
        languages = ("kk", "en") if self._model == KAZAKH_MODEL else CAN.languages
        return replace(CAN, **{"languages": languages, **self._studio.changes})

    def _generate(
        self, request: ImageRequest, context: CallContext
    ) -> Iterator[ImageProgress | GeneratedImages]:
        width, height = self.size(request)
        steps = request.steps or CAN.steps
        self._studio.begin(request)
        finished = False
        try:
            for step in range(1, steps + 1):
                self._studio.step(step)
                context.give_way()
                context.check()
                if self._studio.fault is not None:
                    raise self._studio.fault
                shown = request.preview_every and step % request.preview_every == 0
                preview = picture_of(request, 0, 64, 64) if shown and step < steps else None
                yield ImageProgress(step, steps, preview)
            finished = True
        finally:
            self._studio.end(finished)
        yield GeneratedImages(
            pictures=tuple(picture_of(request, n, width, height) for n in range(request.count)),
            seeds=tuple(request.seed + n for n in range(request.count)),
            model=self._model,
            width=width,
            height=height,
            asked_width=CAN.width if request.width is None else request.width,
            asked_height=CAN.height if request.height is None else request.height,
            steps=steps,
            guidance=CAN.guidance if request.guidance is None else request.guidance,
            scheduler=request.scheduler or CAN.scheduler,
            prompt_cut=len(request.prompt) > 300,
        )


class _Translator(Engine):
    """The toy translator as an engine."""

    concurrent: ClassVar[bool] = True

    @classmethod
    def open(cls, folder: Path, options: EngineOptions) -> Engine:
        raise NotImplementedError("it is made")

    def call(self, method: str, payload: Any, context: CallContext) -> Any:
        return TRANSLATOR_CAPABILITIES if method == "capabilities" else translate(payload)


def scripted_pool(
    studio: Studio,
    workers: int = 2,
    others: Callable[[str], Engine] | None = None,
) -> InProcessPool:
    """A real pool over the scripted engines and the toy translator.

    Args:
        studio: Of the image engines.
        workers: Threads.
        others: Loads models of other names.
    """

    def load(model: str) -> Engine:
        if model in (MODEL, KAZAKH_MODEL):
            return ScriptedImageEngine(studio, model)
        if model == "toy":
            return _Translator()
        if others is not None:
            return others(model)
        raise NotFound(f"no model {model!r}")

    return InProcessPool(load, PoolConfig(workers=workers))
