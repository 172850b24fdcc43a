"""What goes into calls of ImageGeneration and comes out of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeAlias


class ImageFormat(Enum):
    """Of an image's file."""

    UNSPECIFIED = 0
    PNG = 1
    JPEG = 2
    WEBP = 3


class ImageCorner(Enum):
    """Where the badge stands."""

    UNSPECIFIED = 0
    """The server's."""
    TOP_LEFT = 1
    TOP_RIGHT = 2
    BOTTOM_LEFT = 3
    BOTTOM_RIGHT = 4


class ImageView(Enum):
    """What of a kept image is wanted."""

    FILE = 0
    """As it was made, with its manifest."""
    THUMBNAIL = 1
    """A WebP of at most 256 pixels a side, without a manifest."""
    SETTINGS = 2
    """No content."""


@dataclass(frozen=True, slots=True)
class ImageAdapter:
    """A LoRA adapter of the model, and how strongly it acts: -4 to 4."""

    adapter: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class ImageBadge:
    """The words in the picture that say that it was generated."""

    hidden: bool = False
    """No badge, where the server allows that; file and API say it in any case."""
    corner: ImageCorner = ImageCorner.UNSPECIFIED
    language: str = ""
    """ "kk", "ru" or "en"; empty: that of the prompt."""
    size_percent: float = 0.0
    """Height of its letters, of the shorter side: 1.5 to 15; 0: the server's."""


@dataclass(frozen=True, slots=True)
class ImageOptions:
    """How pictures are drawn; what is left empty is the model's or the server's."""

    negative_prompt: str = ""
    """What is not to be seen."""
    language: str = ""
    """Of the prompts: "kk", "ru" or "en"; empty: detected."""
    model: str = ""
    styles: tuple[str, ...] = ()
    """Of ``list_styles``; their words are added to the prompt."""
    size: str = ""
    """ "square", "news", "story", "poster" or "link". Either this or ``width`` and ``height``."""
    width: int = 0
    """Pixels, snapped to the model's multiple; 0: the model's own."""
    height: int = 0
    steps: int = 0
    """1 to 150; 0: the model's own."""
    guidance: float | None = None
    """How closely the prompt is followed: 0 to 30."""
    seed: int | None = None
    """The n-th image is drawn from ``seed + n``; None: by lot."""
    count: int = 1
    """1 to 4."""
    scheduler: str = ""
    adapters: tuple[ImageAdapter, ...] = ()
    strength: float | None = None
    """How far the result may depart from a given image: above 0, at most 1; None: 0.6."""
    seamless: bool = False
    """The edges of the picture fit each other: it tiles without a seam."""
    format: ImageFormat = ImageFormat.PNG
    badge: ImageBadge | None = None
    """None: the server's."""
    keep_language: bool = False
    """The prompt goes to the model as it is, though its text encoder may not know the language."""
    discard: bool = False
    """Do not keep the images in the gallery."""


@dataclass(frozen=True, slots=True)
class Image:
    """An image without its file, and what it was drawn from: all that draws it again."""

    name: str
    """ "images/…"; empty: it was not kept."""
    create_time: datetime | None
    prompt: str
    """As the caller wrote it."""
    negative_prompt: str
    language: str
    """Given or detected."""
    model_prompt: str
    """What the model read, with the styles' words and translated where it was."""
    model_negative_prompt: str
    translation_model: str
    """What translated the prompt; empty: nothing."""
    styles: tuple[str, ...]
    model: str
    width: int
    height: int
    asked_width: int
    """Another than ``width`` where the size was snapped."""
    asked_height: int
    steps: int
    guidance: float
    seed: int
    """Of this image."""
    scheduler: str
    adapters: tuple[ImageAdapter, ...]
    from_image: bool
    """It was drawn from a caller's picture, which is not kept."""
    strength: float
    """Of ``from_image``."""
    seamless: bool
    prompt_cut: bool
    """The end of the prompt is beyond what the model reads."""
    format: ImageFormat
    size_bytes: int
    sha256: str
    """Of the file, hexadecimal."""
    synthetic: bool
    """Always true: no person drew this."""
    badge: bool
    """It carries the visible badge."""
    seconds: float
    """That the generation took, of all its images together, without waiting."""


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image, and bytes of it."""

    image: Image
    content: bytes
    """The file, a thumbnail or nothing, as the call asked."""
    media_type: str
    """ "image/png" for example."""


@dataclass(frozen=True, slots=True)
class ImagePage:
    """A page of the gallery, the newest first."""

    images: tuple[ImageFile, ...]
    next_page_token: str
    """Empty: the last page."""


@dataclass(frozen=True, slots=True)
class ImageQueued:
    """Waiting for a worker."""

    before: int
    """Generations that come first."""


@dataclass(frozen=True, slots=True)
class ImageStep:
    """How far a generation is."""

    step: int
    """Steps done."""
    steps: int
    preview: bytes = b""
    """A WebP of at most 256 pixels a side, if asked for and if this step shows one."""


ImageEvent: TypeAlias = ImageQueued | ImageStep | ImageFile


@dataclass(frozen=True, slots=True)
class ImageStyle:
    """Words for what pictures of Central Asia are asked for by name; texts by language."""

    style: str
    """What a call names."""
    kind: str
    """ "motif", "dress", "architecture", "landscape" or "craft"."""
    display_names: Mapping[str, str]
    meanings: Mapping[str, str]
    prompts: Mapping[str, str]
    """What is added to a prompt."""
    source: str
    """Where the subject is treated."""


@dataclass(frozen=True, slots=True)
class ImageSize:
    """What a named size gives with a model, in pixels."""

    size: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ImageCapabilities:
    """What an image model can do."""

    width: int
    """Pixels, of an image whose request names no size."""
    height: int
    multiple: int
    """Widths and heights are whole multiples of this."""
    least_side: int
    most_side: int
    most_pixels: int
    """Of one image."""
    steps: int
    guidance: float
    scheduler: str
    schedulers: tuple[str, ...]
    adapters: tuple[str, ...]
    negative_prompt: bool
    image_to_image: bool
    inpainting: bool
    previews: bool
    seamless: bool
    sizes: tuple[ImageSize, ...]


@dataclass(frozen=True, slots=True)
class ImageModel:
    """A model of the server that draws."""

    model: str
    """What a call names."""
    display_name: str
    is_default: bool
    languages: tuple[str, ...]
    """Of prompts; those in others are translated."""
    license: str
    commercial_use: bool
    available: bool
    """It is on the server's machine, or is pulled on first use."""
    notes: str
    capabilities: ImageCapabilities | None
    """None: not known before the model is loaded."""
