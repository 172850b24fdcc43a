"""Between the SDK's images and the contract's messages."""

from __future__ import annotations

from dauys.client import _image_types as t
from dauys.client._exceptions import FieldViolation, InvalidArgumentError
from dauys.client._values import known, seconds, time
from dauys.v1 import image_generation_pb2 as pb


def request(
    prompt: str, options: t.ImageOptions, image: bytes, mask: bytes, preview_every: int
) -> pb.GenerateImageRequest:
    """The message that asks for images.

    Raises:
        InvalidArgumentError: a value for which the contract has no room; names the field.
    """
    for field, whole, bits in (
        ("width", options.width, 32),
        ("height", options.height, 32),
        ("steps", options.steps, 32),
        ("count", options.count, 32),
        ("preview_every", preview_every, 32),
        ("seed", options.seed or 0, 64),
    ):
        if not -(2 ** (bits - 1)) <= whole < 2 ** (bits - 1):
            raise _no_room(field, f"{whole} has more than {bits} bits")
    for field, texts in (
        ("prompt", (prompt,)),
        ("negative_prompt", (options.negative_prompt,)),
        ("model", (options.model,)),
        ("styles", options.styles),
        ("size", (options.size,)),
        ("scheduler", (options.scheduler,)),
        ("adapters", [one.adapter for one in options.adapters]),
    ):
        if not all(map(_is_text, texts)):
            raise _no_room(field, "is no text: it holds a part of a character")
    message = pb.GenerateImageRequest(
        prompt=prompt,
        negative_prompt=options.negative_prompt,
        language=options.language,
        model=options.model,
        styles=options.styles,
        size=options.size,
        width=options.width,
        height=options.height,
        steps=options.steps,
        guidance=options.guidance,
        seed=options.seed,
        count=options.count,
        scheduler=options.scheduler,
        adapters=[
            pb.ImageAdapter(adapter=one.adapter, weight=one.weight) for one in options.adapters
        ],
        image=image,
        mask=mask,
        strength=options.strength,
        preview_every=preview_every,
        seamless=options.seamless,
        format=pb.ImageFormat.ValueType(options.format.value),
        keep_language=options.keep_language,
        discard=options.discard,
    )
    if options.badge is not None:
        badge = options.badge
        message.badge.CopyFrom(
            pb.ImageBadge(
                hidden=badge.hidden,
                corner=pb.ImageCorner.ValueType(badge.corner.value),
                language=badge.language,
                size_percent=badge.size_percent,
            )
        )
    return message


def _is_text(value: str) -> bool:
    """No half of a surrogate pair is in it, as in arguments of a command that are no UTF-8."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _no_room(field: str, fault: str) -> InvalidArgumentError:
    return InvalidArgumentError(
        f"{field}: {fault}", code="INVALID_ARGUMENT", violations=(FieldViolation(field, fault),)
    )


def event(message: pb.GenerateImageResponse) -> t.ImageEvent | None:
    """An event of its message; None: of a kind that a later server sends."""
    match message.WhichOneof("response"):
        case "queued":
            return t.ImageQueued(message.queued.before)
        case "step":
            return t.ImageStep(message.step.step, message.step.steps, message.step.preview)
        case "image":
            return image_file(message.image)
    return None


def image_file(message: pb.ImageFile) -> t.ImageFile:
    """An image with its bytes."""
    return t.ImageFile(image(message.image), message.content, message.media_type)


def image(message: pb.Image) -> t.Image:
    """An image's settings of their message."""
    return t.Image(
        name=message.name,
        create_time=time(message.create_time),
        prompt=message.prompt,
        negative_prompt=message.negative_prompt,
        language=message.language,
        model_prompt=message.model_prompt,
        model_negative_prompt=message.model_negative_prompt,
        translation_model=message.translation_model,
        styles=tuple(message.styles),
        model=message.model,
        width=message.width,
        height=message.height,
        asked_width=message.asked_width,
        asked_height=message.asked_height,
        steps=message.steps,
        guidance=message.guidance,
        seed=message.seed,
        scheduler=message.scheduler,
        adapters=tuple(
            t.ImageAdapter(one.adapter, one.weight if one.HasField("weight") else 1.0)
            for one in message.adapters
        ),
        from_image=message.from_image,
        strength=message.strength,
        seamless=message.seamless,
        prompt_cut=message.prompt_cut,
        format=known(t.ImageFormat, message.format),
        size_bytes=message.size_bytes,
        sha256=message.sha256,
        synthetic=message.synthetic,
        badge=message.badge,
        seconds=seconds(message.elapsed),
    )


def style(message: pb.ImageStyle) -> t.ImageStyle:
    """A style of its message."""
    return t.ImageStyle(
        style=message.style,
        kind=message.kind,
        display_names=dict(message.display_names),
        meanings=dict(message.meanings),
        prompts=dict(message.prompts),
        source=message.source,
    )


def model(message: pb.ImageModel) -> t.ImageModel:
    """A model of its message."""
    return t.ImageModel(
        model=message.model,
        display_name=message.display_name,
        is_default=message.is_default,
        languages=tuple(message.languages),
        license=message.license,
        commercial_use=message.commercial_use,
        available=message.available,
        notes=message.notes,
        capabilities=(
            _capabilities(message.capabilities) if message.HasField("capabilities") else None
        ),
    )


def _capabilities(message: pb.ImageCapabilities) -> t.ImageCapabilities:
    return t.ImageCapabilities(
        width=message.width,
        height=message.height,
        multiple=message.multiple,
        least_side=message.least_side,
        most_side=message.most_side,
        most_pixels=message.most_pixels,
        steps=message.steps,
        guidance=message.guidance,
        scheduler=message.scheduler,
        schedulers=tuple(message.schedulers),
        adapters=tuple(message.adapters),
        negative_prompt=message.negative_prompt,
        image_to_image=message.image_to_image,
        inpainting=message.inpainting,
        previews=message.previews,
        seamless=message.seamless,
        sizes=tuple(t.ImageSize(one.size, one.width, one.height) for one in message.sizes),
    )
