"""Between the contract of ImageGeneration and the rooms below."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from dauys.v1 import image_generation_pb2 as pb

from foundation.errors import FailedPrecondition, InvalidArgument
from foundation.images import (
    MAX_COUNT,
    MAX_SEED,
    GeneratedImages,
    ImageAdapter,
    ImageCapabilities,
    ImageRequest,
)
from foundation.languages import Language, parse_language
from models.catalogue import ModelCard
from models.styles import Style
from services.image_generation.badge import Badge, Corner
from services.image_generation.sizes import size_of, sizes_of

if TYPE_CHECKING:
    from services.image_generation.prompting import Wording
    from services.server.settings import Settings

MAX_ADAPTERS: Final = 8

FORMATS: Final[Mapping[int, str]] = {
    pb.IMAGE_FORMAT_UNSPECIFIED: "png",
    pb.IMAGE_FORMAT_PNG: "png",
    pb.IMAGE_FORMAT_JPEG: "jpeg",
    pb.IMAGE_FORMAT_WEBP: "webp",
}
MEDIA_TYPES: Final[Mapping[str, str]] = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
}
"""Of a format's name."""

_FORMAT_NUMBERS: Final[Mapping[str, pb.ImageFormat.ValueType]] = {
    "png": pb.IMAGE_FORMAT_PNG,
    "jpeg": pb.IMAGE_FORMAT_JPEG,
    "webp": pb.IMAGE_FORMAT_WEBP,
}
_CORNERS: Final[Mapping[int, Corner]] = {
    pb.IMAGE_CORNER_TOP_LEFT: "top-left",
    pb.IMAGE_CORNER_TOP_RIGHT: "top-right",
    pb.IMAGE_CORNER_BOTTOM_LEFT: "bottom-left",
    pb.IMAGE_CORNER_BOTTOM_RIGHT: "bottom-right",
}
_ENGINE_FIELDS: Final[Mapping[str, str]] = {".name": ".adapter"}
"""Endings of an engine's field names, where the contract has others."""


def format_of(request: pb.GenerateImageRequest) -> str:
    """``png``, ``jpeg`` or ``webp``.

    Raises:
        InvalidArgument: the format is not known.
    """
    if request.format not in FORMATS:
        raise InvalidArgument("format", f"{request.format} is not one of PNG, JPEG and WEBP")
    return FORMATS[request.format]


def badge_of(
    request: pb.GenerateImageRequest, settings: Settings, language: Language | None
) -> Badge | None:
    """The badge that is asked for, completed by the server's settings; None: none.

    Args:
        request: The caller's.
        settings: The server's.
        language: Of the prompt; None: not known.

    Raises:
        InvalidArgument: a value is unknown or out of its range.
        FailedPrecondition: it is to be hidden, which the server does not allow.
    """
    asked = request.badge
    if asked.hidden:
        if settings.image_badge == "required":
            raise FailedPrecondition(
                "badge.hidden: every image of this server carries the visible badge"
            )
        return None
    corner: Corner = settings.image_badge_corner
    if asked.corner != pb.IMAGE_CORNER_UNSPECIFIED:
        if asked.corner not in _CORNERS:
            raise InvalidArgument("badge.corner", f"{asked.corner} is no corner")
        corner = _CORNERS[asked.corner]
    if asked.language:
        language = parse_language(asked.language, "badge.language")
    percent = asked.size_percent or settings.image_badge_percent
    return Badge(corner, language or settings.image_badge_language, percent)


def seed_of(request: pb.GenerateImageRequest) -> int:
    """The seed that is asked for, or one by lot."""
    if request.HasField("seed"):
        return request.seed
    return secrets.randbelow(MAX_SEED - MAX_COUNT + 1)


def size_asked(
    request: pb.GenerateImageRequest, can: ImageCapabilities
) -> tuple[int | None, int | None]:
    """Width and height in pixels that are asked for; None: the model's own.

    Raises:
        InvalidArgument: both a size and its measures, one measure alone, or no such size.
    """
    if request.size:
        if request.width or request.height:
            raise InvalidArgument("size", "goes without width and height")
        return size_of(request.size, can)
    for field, other in (("width", "height"), ("height", "width")):
        if getattr(request, other) and not getattr(request, field):
            raise InvalidArgument(field, f"is 0, and {other} is not: they go together")
    return request.width or None, request.height or None


def image_request(
    request: pb.GenerateImageRequest,
    wording: Wording,
    seed: int,
    can: ImageCapabilities,
) -> ImageRequest:
    """What an engine is asked; the input picture comes later.

    Raises:
        InvalidArgument: of the size, or too many adapters.
    """
    width, height = size_asked(request, can)
    if len(request.adapters) > MAX_ADAPTERS:
        raise InvalidArgument("adapters", f"{len(request.adapters)} adapters, limit {MAX_ADAPTERS}")
    return ImageRequest(
        prompt=wording.prompt,
        negative_prompt=wording.negative_prompt,
        width=width,
        height=height,
        steps=request.steps or None,
        guidance=request.guidance if request.HasField("guidance") else None,
        seed=seed,
        count=request.count or 1,
        scheduler=request.scheduler,
        adapters=tuple(
            ImageAdapter(one.adapter, one.weight if one.HasField("weight") else 1.0)
            for one in request.adapters
        ),
        strength=request.strength if request.HasField("strength") else 0.6,
        preview_every=request.preview_every,
        seamless=request.seamless,
    )


def in_contract(error: InvalidArgument) -> InvalidArgument:
    """An engine's complaint with the field's name in the contract."""
    for ending, name in _ENGINE_FIELDS.items():
        if error.field.startswith("adapters[") and error.field.endswith(ending):
            return InvalidArgument(error.field.removesuffix(ending) + name, error.description)
    return error


def image_messages(
    request: pb.GenerateImageRequest,
    wording: Wording,
    model: str,
    drawn: GeneratedImages,
    badge: Badge | None,
) -> list[pb.Image]:
    """What is known of each picture, before it is a file."""
    from_image = bool(request.image)
    message = pb.Image(
        prompt=request.prompt,
        negative_prompt=request.negative_prompt,
        language=wording.language or "",
        model_prompt=wording.prompt,
        model_negative_prompt=wording.negative_prompt,
        translation_model=", ".join(wording.translation_models),
        styles=request.styles,
        model=model,
        width=drawn.width,
        height=drawn.height,
        asked_width=drawn.asked_width,
        asked_height=drawn.asked_height,
        steps=drawn.steps,
        guidance=drawn.guidance,
        scheduler=drawn.scheduler,
        adapters=[
            pb.ImageAdapter(
                adapter=one.adapter, weight=one.weight if one.HasField("weight") else 1.0
            )
            for one in request.adapters
        ],
        from_image=from_image,
        seamless=request.seamless,
        prompt_cut=drawn.prompt_cut,
        format=_FORMAT_NUMBERS[format_of(request)],
        synthetic=True,
        badge=badge is not None,
    )
    if from_image:
        message.strength = request.strength if request.HasField("strength") else 0.6
    message.elapsed.FromNanoseconds(round(drawn.seconds * 1e9))
    messages = []
    for seed in drawn.seeds:
        one = pb.Image()
        one.CopyFrom(message)
        one.seed = seed
        messages.append(one)
    return messages


def style_message(style: Style) -> pb.ImageStyle:
    """A style with its texts in three languages."""
    return pb.ImageStyle(
        style=style.identifier,
        kind=style.kind,
        display_names={"kk": style.name.kk, "ru": style.name.ru, "en": style.name.en},
        meanings={"kk": style.meaning.kk, "ru": style.meaning.ru, "en": style.meaning.en},
        prompts={"kk": style.prompt.kk, "ru": style.prompt.ru, "en": style.prompt.en},
        source=style.source,
    )


def model_message(
    card: ModelCard, *, is_default: bool, available: bool, can: ImageCapabilities | None
) -> pb.ImageModel:
    """A model, with what it can do where that is known."""
    message = pb.ImageModel(
        model=card.id,
        display_name=card.display_name,
        is_default=is_default,
        languages=card.languages,
        license=card.license,
        commercial_use=card.commercial_use,
        available=available,
        notes=card.notes,
    )
    if can is not None:
        message.capabilities.CopyFrom(_capabilities(can))
        message.languages[:] = can.languages
    return message


def _capabilities(can: ImageCapabilities) -> pb.ImageCapabilities:
    return pb.ImageCapabilities(
        width=can.width,
        height=can.height,
        multiple=can.multiple,
        least_side=can.least_side,
        most_side=can.most_side,
        most_pixels=can.most_pixels,
        steps=can.steps,
        guidance=can.guidance,
        scheduler=can.scheduler,
        schedulers=can.schedulers,
        adapters=can.adapters,
        negative_prompt=can.negative_prompt,
        image_to_image=can.image_to_image,
        inpainting=can.inpainting,
        previews=can.previews,
        seamless=can.seamless,
        sizes=[
            pb.ImageSize(size=name, width=width, height=height)
            for name, (width, height) in sizes_of(can).items()
        ],
    )
