"""An image server for the pages: it draws ornaments by rule, as fast as a test wants."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc.aio
import numpy as np
from dauys.v1 import image_generation_pb2 as pb
from dauys.v1 import image_generation_pb2_grpc
from google.protobuf.empty_pb2 import Empty
from PIL import Image

from foundation.errors import FailedPrecondition, InvalidArgument, NotFound
from models.styles import load_styles
from services.gateway.running import running_gateway
from services.gateway.settings import GatewaySettings
from services.server.errors import ErrorInterceptor
from tests.integration.gateway.scripted_pictures import draw, file_of, thumbnail, unfinished

if TYPE_CHECKING:
    from services.image_generation.signing import SigningIdentity

SIGNS = find_spec("c2pa") is not None
"""Without the extra `images` files are drawn, but not signed."""

MODEL = "starter-ornament"
SIZES = {
    "square": (512, 512),
    "news": (680, 384),
    "story": (384, 680),
    "poster": (432, 608),
    "link": (704, 368),
}
_SIDE = 512
_LEAST_SIDE = 16
_MOST_SIDE = 1024
_MESSAGE = 64 << 20


@dataclass(frozen=True)
class Kept:
    """An image of the gallery."""

    image: pb.Image
    content: bytes
    thumbnail: bytes


class ScriptedImages(image_generation_pb2_grpc.ImageGenerationServicer):
    """The contract over pictures that are drawn by rule.

    Args:
        side: Of the model's own pictures, pixels; small ones are drawn in no time.
        identity: Signs the files; None: they are not signed.

    Attributes:
        requests: What came, the newest last.
        before: Generations that come first, told one by one; a test lets each go by ``step()``.
        held: Each step waits for ``step()``.
        fault: Raised after the second step.
        asked: A request came.
        cancelled: A caller left.
        without: Fields of the capabilities that the model lacks.
    """

    def __init__(self, side: int = _SIDE, identity: SigningIdentity | None = None) -> None:
        self.side = side
        self.identity = identity
        self.requests: list[pb.GenerateImageRequest] = []
        self.gallery: dict[str, Kept] = {}
        self.before = 0
        self.held = False
        self.fault: Exception | None = None
        self.asked = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.without: tuple[str, ...] = ()
        self._steps = asyncio.Semaphore(0)

    def step(self, count: int = 1) -> None:
        """Let so many steps, or generations that come first, pass."""
        for _ in range(count):
            self._steps.release()

    async def GenerateImage(
        self, request: pb.GenerateImageRequest, context: Any
    ) -> AsyncIterator[pb.GenerateImageResponse]:
        self.requests.append(request)
        self.asked.set()
        try:
            for left in range(self.before, 0, -1):
                yield pb.GenerateImageResponse(queued=pb.ImageQueued(before=left))
                await self._steps.acquire()
            begun = time.monotonic()
            width, height = self._size(request)
            self._check(request)
            count, steps = request.count or 1, request.steps or 12
            seed = request.seed if request.HasField("seed") else secrets.randbelow(2**31)
            pictures = [_drawn(request, seed + n, width, height) for n in range(count)]
            for step in range(1, steps + 1):
                if self.held:
                    await self._steps.acquire()
                if step > 2 and self.fault is not None:
                    raise self.fault
                every = request.preview_every
                preview = unfinished(pictures[0], step / steps) if every else b""
                yield pb.GenerateImageResponse(
                    step=pb.ImageStep(
                        step=step,
                        steps=steps,
                        preview=preview if every and step % every == 0 else b"",
                    )
                )
            for n, picture in enumerate(pictures):
                image = self._described(request, picture, seed + n, steps)
                image.elapsed.FromSeconds(round(time.monotonic() - begun))
                yield pb.GenerateImageResponse(image=self._kept(request, image, picture))
        except asyncio.CancelledError:
            self.cancelled.set()
            raise

    def put(self, prompt: str, seed: int = 0, **fields: Any) -> str:
        """Put an image into the gallery; returns its id."""
        request = pb.GenerateImageRequest(prompt=prompt, **fields)
        width, height = self._size(request)
        picture = _drawn(request, seed, width, height)
        image = self._described(request, picture, seed, request.steps or 12)
        return self._kept(request, image, picture).image.name.removeprefix("images/")

    async def ListImages(
        self, request: pb.ListImagesRequest, context: Any
    ) -> pb.ListImagesResponse:
        words = request.contains.casefold().split()
        found = [
            kept
            for kept in reversed(self.gallery.values())
            if all(
                word in f"{kept.image.prompt} {kept.image.model_prompt}".casefold()
                for word in words
            )
            and (not request.style or request.style in kept.image.styles)
        ]
        if request.page_token and not request.page_token.isdigit():
            raise InvalidArgument("page_token", "is none of ours")
        start, size = int(request.page_token or 0), request.page_size or 50
        page = found[start : start + size]
        more = str(start + size) if start + size < len(found) else ""
        files = [
            pb.ImageFile(image=kept.image, content=kept.thumbnail if request.thumbnails else b"")
            for kept in page
        ]
        return pb.ListImagesResponse(images=files, next_page_token=more)

    async def GetImage(self, request: pb.GetImageRequest, context: Any) -> pb.ImageFile:
        kept = self._known(request.name)
        match request.view:
            case pb.IMAGE_VIEW_THUMBNAIL:
                return pb.ImageFile(
                    image=kept.image, content=kept.thumbnail, media_type="image/webp"
                )
            case pb.IMAGE_VIEW_SETTINGS:
                return pb.ImageFile(image=kept.image)
        return pb.ImageFile(
            image=kept.image, content=kept.content, media_type=f"image/{_kind(kept.image)}"
        )

    async def DeleteImage(self, request: pb.DeleteImageRequest, context: Any) -> Empty:
        self._known(request.name)
        del self.gallery[request.name]
        return Empty()

    async def ListStyles(
        self, request: pb.ListStylesRequest, context: Any
    ) -> pb.ListStylesResponse:
        return pb.ListStylesResponse(
            styles=[
                pb.ImageStyle(
                    style=style.identifier,
                    kind=style.kind,
                    display_names=_texts(style.name),
                    meanings=_texts(style.meaning),
                    prompts=_texts(style.prompt),
                    source=style.source,
                )
                for style in _styles().values()
                if request.kind in ("", style.kind)
            ]
        )

    async def ListImageModels(
        self, request: pb.ListImageModelsRequest, context: Any
    ) -> pb.ListImageModelsResponse:
        return pb.ListImageModelsResponse(models=self._models())

    async def GetImageModel(self, request: pb.GetImageModelRequest, context: Any) -> pb.ImageModel:
        model = next((m for m in self._models() if m.model == (request.model or MODEL)), None)
        if model is None:
            raise NotFound(f"there is no model {request.model!r}")
        if not model.available:
            raise FailedPrecondition(f"{model.model} is not on this machine")
        model.capabilities.CopyFrom(self.capabilities())
        return model

    def capabilities(self) -> pb.ImageCapabilities:
        """What the model can do."""
        scale = self.side / _SIDE
        can = pb.ImageCapabilities(
            width=self.side,
            height=self.side,
            multiple=8,
            least_side=_LEAST_SIDE,
            most_side=_MOST_SIDE,
            most_pixels=_MOST_SIDE**2,
            steps=12,
            guidance=4.0,
            scheduler="ddim",
            schedulers=["ddim", "dpm++", "euler"],
            adapters=["felt"],
            negative_prompt=True,
            image_to_image=True,
            inpainting=True,
            previews=True,
            seamless=True,
            sizes=[
                pb.ImageSize(size=name, width=round(w * scale), height=round(h * scale))
                for name, (w, h) in SIZES.items()
            ],
        )
        for field in self.without:
            can.ClearField(field)  # type: ignore[arg-type]
        return can

    def _models(self) -> list[pb.ImageModel]:
        return [
            pb.ImageModel(
                model=MODEL,
                display_name="Starter ornament",
                is_default=True,
                languages=["kk", "ru", "en"],
                license="Apache-2.0",
                commercial_use=True,
                available=True,
            ),
            pb.ImageModel(
                model="flux.1-schnell",
                display_name="FLUX.1 schnell",
                languages=["en"],
                license="Apache-2.0",
                commercial_use=True,
            ),
        ]

    def _size(self, request: pb.GenerateImageRequest) -> tuple[int, int]:
        if request.size:
            sizes = {one.size: (one.width, one.height) for one in self.capabilities().sizes}
            return sizes[request.size]
        width, height = request.width or self.side, request.height or self.side
        for field, value in (("width", width), ("height", height)):
            if not _LEAST_SIDE <= value <= _MOST_SIDE:
                limits = f"{_LEAST_SIDE} to {_MOST_SIDE}"
                raise InvalidArgument(field, f"must be {limits} pixels, is {value}")
        return width // 8 * 8, height // 8 * 8

    def _check(self, request: pb.GenerateImageRequest) -> None:
        if not request.prompt.strip() and not request.styles:
            raise InvalidArgument("prompt", "must not be empty without a style")
        if request.guidance > 30:
            raise InvalidArgument("guidance", f"must be 0 to 30, is {request.guidance:g}")
        for style in request.styles:
            if style not in _styles():
                raise NotFound(f"there is no style {style!r}")
        if "forbidden" in request.prompt:
            raise FailedPrecondition("the prompt is refused by this server's filter")

    def _known(self, name: str) -> Kept:
        if name not in self.gallery:
            raise NotFound(f"there is no {name}")
        return self.gallery[name]

    def _described(
        self, request: pb.GenerateImageRequest, picture: Image.Image, seed: int, steps: int
    ) -> pb.Image:
        words = [_styles()[style].prompt.en for style in request.styles]
        image = pb.Image(
            prompt=request.prompt,
            negative_prompt=request.negative_prompt,
            language=request.language or "kk",
            model_prompt=", ".join(filter(None, [request.prompt, *words])),
            model_negative_prompt=request.negative_prompt,
            styles=request.styles,
            model=request.model or MODEL,
            width=picture.width,
            height=picture.height,
            asked_width=request.width or picture.width,
            asked_height=request.height or picture.height,
            steps=steps,
            guidance=request.guidance if request.HasField("guidance") else 4.0,
            seed=seed,
            scheduler=request.scheduler or "ddim",
            adapters=request.adapters,
            from_image=bool(request.image),
            strength=(request.strength or 0.6) if request.image else 0,
            seamless=request.seamless,
            format=request.format or pb.IMAGE_FORMAT_PNG,
            synthetic=True,
            badge=not request.badge.hidden,
        )
        image.create_time.GetCurrentTime()
        return image

    def _kept(
        self, request: pb.GenerateImageRequest, image: pb.Image, picture: Image.Image
    ) -> pb.ImageFile:
        content = self._file(request, image, picture)
        image.size_bytes, image.sha256 = len(content), hashlib.sha256(content).hexdigest()
        if not request.discard:
            image.name = f"images/{secrets.token_hex(8)}"
            self.gallery[image.name] = Kept(image, content, thumbnail(picture))
        return pb.ImageFile(image=image, content=content, media_type=f"image/{_kind(image)}")

    def _file(
        self, request: pb.GenerateImageRequest, image: pb.Image, picture: Image.Image
    ) -> bytes:
        if self.identity is None:
            return file_of(picture, _kind(image))
        from services.image_generation.badge import Badge
        from services.image_generation.provenance import Origin, marked_file

        badge = None
        if image.badge:
            corner = pb.ImageCorner.Name(request.badge.corner or pb.IMAGE_CORNER_BOTTOM_RIGHT)
            place: Any = corner.removeprefix("IMAGE_CORNER_").lower().replace("_", "-")
            language: Any = request.badge.language or "kk"
            badge = Badge(place, language)
        origin = Origin(image.model, settings={"seed": image.seed, "steps": image.steps})
        return marked_file(np.asarray(picture), _kind(image), origin, self.identity, badge)


@dataclass(frozen=True)
class ImageSystem:
    """What runs."""

    address: str
    server: ScriptedImages
    target: str
    """Where the services listen."""


@asynccontextmanager
async def image_system(
    folder: Path | None = None, side: int = 128, **gateway: Any
) -> AsyncIterator[ImageSystem]:
    """The scripted server and a gateway before it, each on a port of its own.

    Args:
        folder: Where a certificate for tests is made; files are signed by it. None: no signature.
        side: Of the model's own pictures.
        gateway: Settings.
    """
    identity = None
    if folder is not None and SIGNS:
        from services.image_generation.signing import identity_for_tests

        identity = identity_for_tests(folder)
    scripted = ScriptedImages(side, identity)
    server = grpc.aio.server(
        interceptors=[ErrorInterceptor()],
        options=[("grpc.max_receive_message_length", _MESSAGE)],
    )
    image_generation_pb2_grpc.add_ImageGenerationServicer_to_server(scripted, server)
    target = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        wanted = GatewaySettings(**{"port": 0, "server": target, **gateway})
        async with running_gateway(wanted) as address:
            yield ImageSystem(address, scripted, target)
    finally:
        await server.stop(0)


def _drawn(request: pb.GenerateImageRequest, seed: int, width: int, height: int) -> Image.Image:
    return draw(request.prompt, request.styles, seed, width, height, seamless=request.seamless)


@cache
def _styles() -> dict[str, Any]:
    return dict(load_styles())


def _texts(texts: Any) -> dict[str, str]:
    return {"kk": texts.kk, "ru": texts.ru, "en": texts.en}


def _kind(image: pb.Image) -> str:
    return pb.ImageFormat.Name(image.format).removeprefix("IMAGE_FORMAT_").lower()
