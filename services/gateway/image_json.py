"""Images, styles and models as the pages read them."""

from __future__ import annotations

import base64
import re
from typing import Any, Final
from urllib.parse import quote

from dauys.client import (
    Image,
    ImageEvent,
    ImageFile,
    ImageFormat,
    ImageModel,
    ImageQueued,
    ImageStep,
    ImageStyle,
)

_ENDINGS: Final = {ImageFormat.PNG: "png", ImageFormat.JPEG: "jpg", ImageFormat.WEBP: "webp"}
_NAME_CHARACTERS: Final = 48


def image_id(image: Image) -> str:
    """Its id in the gallery; empty: it was not kept."""
    return image.name.removeprefix("images/")


def described_image(image: Image) -> dict[str, Any]:
    """All that is known of an image but its file."""
    return {
        "id": image_id(image),
        "create_time": image.create_time.isoformat() if image.create_time else None,
        "prompt": image.prompt,
        "negative_prompt": image.negative_prompt,
        "language": image.language,
        "model_prompt": image.model_prompt,
        "model_negative_prompt": image.model_negative_prompt,
        "translation_model": image.translation_model,
        "styles": image.styles,
        "model": image.model,
        "width": image.width,
        "height": image.height,
        "asked_width": image.asked_width,
        "asked_height": image.asked_height,
        "steps": image.steps,
        "guidance": image.guidance,
        "seed": image.seed,
        "scheduler": image.scheduler,
        "adapters": [{"adapter": one.adapter, "weight": one.weight} for one in image.adapters],
        "from_image": image.from_image,
        "strength": image.strength,
        "seamless": image.seamless,
        "prompt_cut": image.prompt_cut,
        "format": image.format.name.lower(),
        "size_bytes": image.size_bytes,
        "sha256": image.sha256,
        "synthetic": image.synthetic,
        "badge": image.badge,
        "seconds": image.seconds,
        "file_name": file_name(image),
    }


def described_event(event: ImageEvent) -> tuple[str, dict[str, Any]]:
    """What a generation tells, as the name and the data of a server-sent event."""
    match event:
        case ImageQueued():
            return "queued", {"before": event.before}
        case ImageStep():
            step: dict[str, Any] = {"step": event.step, "steps": event.steps}
            if event.preview:
                step["preview"] = base64.b64encode(event.preview).decode()
            return "step", step
        case ImageFile():
            image = described_image(event.image)
            if not event.image.name:  # nowhere else can it be had
                image["content"] = base64.b64encode(event.content).decode()
            return "image", image


def described_style(style: ImageStyle) -> dict[str, Any]:
    """A style; texts by language."""
    return {
        "style": style.style,
        "kind": style.kind,
        "display_names": dict(style.display_names),
        "meanings": dict(style.meanings),
        "source": style.source,
    }


def described_model(model: ImageModel) -> dict[str, Any]:
    """A model, with what it can do where that is known."""
    can = model.capabilities
    return {
        "model": model.model,
        "display_name": model.display_name,
        "is_default": model.is_default,
        "languages": model.languages,
        "license": model.license,
        "commercial_use": model.commercial_use,
        "available": model.available,
        "notes": model.notes,
        "capabilities": can
        and {
            "width": can.width,
            "height": can.height,
            "multiple": can.multiple,
            "least_side": can.least_side,
            "most_side": can.most_side,
            "most_pixels": can.most_pixels,
            "steps": can.steps,
            "guidance": can.guidance,
            "scheduler": can.scheduler,
            "schedulers": can.schedulers,
            "adapters": can.adapters,
            "negative_prompt": can.negative_prompt,
            "image_to_image": can.image_to_image,
            "inpainting": can.inpainting,
            "previews": can.previews,
            "seamless": can.seamless,
            "sizes": [
                {"size": one.size, "width": one.width, "height": one.height} for one in can.sizes
            ],
        },
    }


def file_name(image: Image) -> str:
    """What a downloaded file is called: words of the prompt, or of a style, and the seed."""
    words = re.findall(r"\w+", image.prompt.lower()) or list(image.styles) or ["image"]
    name = "-".join(words)[:_NAME_CHARACTERS].strip("-_")
    return f"{name}-{image.seed}.{_ENDINGS.get(image.format, 'png')}"


def attachment(image: Image) -> str:
    """``Content-Disposition`` of its file (RFC 6266): for old software in ASCII, too."""
    plain = f"image-{image.seed}.{_ENDINGS.get(image.format, 'png')}"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name(image), safe='')}"
