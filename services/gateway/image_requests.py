"""What a page asks to have drawn, read field by field."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeVar

from dauys.client import ImageAdapter, ImageBadge, ImageCorner, ImageFormat, ImageOptions

from services.gateway.errors import Refused
from services.gateway.reading import Body

MAX_BYTES: Final = 24 << 20
"""Of a request. A picture to start from travels in base64: 18 MB of file; pages send less, for they
make it smaller first."""

_MOST_CHARACTERS: Final = 4_000
_MOST_STYLES: Final = 8
_MOST_ADAPTERS: Final = 16

Choice = TypeVar("Choice", bound=Enum)


@dataclass(frozen=True, slots=True)
class ImageWish:
    """Arguments of ``AsyncClient.generate_image``."""

    prompt: str
    options: ImageOptions
    image: bytes
    mask: bytes
    preview_every: int


def wanted_image(body: Body) -> ImageWish:
    """What a request asks for; its limits are the services' to check, its types are checked here.

    Raises:
        Refused: a field is of the wrong type, or a choice is none.
    """
    return ImageWish(
        prompt=body.text("prompt", _MOST_CHARACTERS),
        options=ImageOptions(
            negative_prompt=body.text("negative_prompt", _MOST_CHARACTERS),
            language=body.text("language", 10),
            model=body.text("model", 200),
            styles=tuple(body.texts("styles", _MOST_STYLES)),
            size=body.text("size", 20),
            width=body.whole("width"),
            height=body.whole("height"),
            steps=body.whole("steps"),
            guidance=body.real("guidance") if body.has("guidance") else None,
            seed=body.number("seed") if body.has("seed") else None,
            count=body.whole("count") if body.has("count") else 1,
            scheduler=body.text("scheduler", 100),
            adapters=tuple(map(_adapter, body.objects("adapters", _MOST_ADAPTERS))),
            strength=body.real("strength") if body.has("strength") else None,
            seamless=body.flag("seamless"),
            format=_choice(body, "format", ImageFormat) or ImageFormat.PNG,
            badge=_badge(body.object("badge")) if body.has("badge") else None,
            keep_language=body.flag("keep_language"),
            discard=body.flag("discard"),
        ),
        image=body.content("image"),
        mask=body.content("mask"),
        preview_every=body.whole("preview_every"),
    )


def _adapter(fields: dict[str, object]) -> ImageAdapter:
    one = Body(fields, "adapters.")
    return ImageAdapter(one.text("adapter", 200), one.real("weight", 1.0))


def _badge(body: Body) -> ImageBadge:
    return ImageBadge(
        hidden=body.flag("hidden"),
        corner=_choice(body, "corner", ImageCorner) or ImageCorner.UNSPECIFIED,
        language=body.text("language", 10),
        size_percent=body.real("size_percent"),
    )


def _choice(body: Body, name: str, kind: type[Choice]) -> Choice | None:
    """A value of an enumeration by its name in small letters, ``bottom-right``; None: absent."""
    given = body.text(name, 40)
    if not given:
        return None
    known = {one.name.lower().replace("_", "-"): one for one in kind if one.value}
    if given not in known:
        raise Refused(
            400,
            "INVALID_ARGUMENT",
            f"{body.path(name)}: one of {', '.join(known)}",
            body.path(name),
        )
    return known[given]
