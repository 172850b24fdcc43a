"""Pictures become files: badge, mark, signature; all of it off the event loop."""

from __future__ import annotations

import asyncio
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

import platformdirs
import structlog
from dauys.v1 import image_generation_pb2 as pb
from PIL import Image

from foundation.errors import FailedPrecondition, InvalidArgument
from foundation.images import Picture
from services.image_generation.badge import Badge, with_badge

if TYPE_CHECKING:
    from services.image_generation.signing import SigningIdentity
    from services.server.settings import Settings

_log = structlog.get_logger(__name__)

THUMBNAIL_SIDE: Final = 256
_THUMBNAIL_QUALITY: Final = 80
_INSTALL: Final = "pip install 'dauys-server[images]'"


@dataclass(frozen=True, slots=True)
class MarkedImage:
    """A picture as it is given out."""

    content: bytes
    thumbnail: bytes
    png: bytes
    """The shown picture without a signature, for the output filter; empty: there is none."""


class Signer:
    """Who signs one server's images: the operator's certificate, or one made for tests.

    The operator's is read at once, so that a server that cannot use it does not start.

    Raises:
        InvalidArgument: the certificate is set without its key or the other way round, or they
            cannot be used.
        FailedPrecondition: they are set, and what signs is not installed.
    """

    def __init__(self, settings: Settings) -> None:
        self._certificate, self._key = settings.image_certificate, settings.image_key
        if (self._certificate is None) != (self._key is None):
            raise InvalidArgument(
                "DAUYS_IMAGE_KEY", "DAUYS_IMAGE_CERTIFICATE and DAUYS_IMAGE_KEY go together"
            )
        default = Path(platformdirs.user_data_dir("dauys")) / "image-certificate"
        self._folder = settings.image_identity_folder or default
        self._identity: SigningIdentity | None = None
        self._reading = asyncio.Lock()
        if self._certificate is not None and self._key is not None:
            signing = _signing()
            try:
                self._identity = signing.load_identity(self._certificate, self._key)
            except FailedPrecondition as error:
                raise InvalidArgument("DAUYS_IMAGE_CERTIFICATE", error.message) from error

    async def identity(self) -> SigningIdentity:
        """The certificate and its key, read on first use.

        Raises:
            FailedPrecondition: it cannot be used, or what signs is not installed.
        """
        async with self._reading:
            if self._identity is None:
                self._identity = await asyncio.to_thread(self._made)
            return self._identity

    def _made(self) -> SigningIdentity:
        signing = _signing()
        try:
            identity: SigningIdentity = signing.identity_for_tests(self._folder)
        except FailedPrecondition as error:
            # The message has paths, which are the operator's.
            _log.error("images.no_certificate", error=error.message)
            raise FailedPrecondition(
                "the certificate that signs this server's images cannot be made; its log says why"
            ) from error
        return identity


def _signing() -> ModuleType:
    """What signs, which is not in the base install.

    Raises:
        FailedPrecondition: it is not installed; says what to do.
    """
    try:
        # Provenance, too: better to know now than when the picture is drawn.
        import services.image_generation.provenance
        import services.image_generation.signing
    except ImportError as error:
        raise FailedPrecondition(
            f"images cannot be signed without a package: {error}; install it with: {_INSTALL}"
        ) from error
    return services.image_generation.signing


async def marked_image(
    picture: Picture,
    image: pb.Image,
    kind: str,
    identity: SigningIdentity,
    badge: Badge | None,
    *,
    inpainted: bool,
    with_png: bool,
) -> MarkedImage:
    """A picture as a signed file, and its thumbnail, in threads: a large one takes a second.

    Args:
        picture: As it was drawn.
        image: What is known of it; its settings go into the manifest, its prompts do not.
        kind: ``png``, ``jpeg`` or ``webp``.
        identity: Who signs.
        badge: None: no visible badge.
        inpainted: Parts of it are of a caller's picture.
        with_png: Make ``png``, too.

    Raises:
        FailedPrecondition: the certificate is not one that C2PA accepts.
    """
    from services.image_generation.provenance import Origin, marked_file

    shown = picture if badge is None else await asyncio.to_thread(with_badge, picture, badge)
    settings: dict[str, str | int | float] = {
        "seed": image.seed,
        "steps": image.steps,
        "guidance": image.guidance,
        "scheduler": image.scheduler,
        "width": image.width,
        "height": image.height,
    }
    for adapter in image.adapters:
        settings[f"adapter.{adapter.adapter}"] = adapter.weight
    if image.seamless:
        settings["seamless"] = 1
    if image.from_image:
        settings["strength"] = image.strength
    origin = Origin(image.model, inpainted=inpainted, settings=settings)
    making = [
        asyncio.to_thread(marked_file, shown, kind, origin, identity, None),
        asyncio.to_thread(small_webp, shown),
    ]
    if with_png:
        making.append(asyncio.to_thread(_png, shown))
    content, thumbnail, *png = await asyncio.gather(*making)
    return MarkedImage(content, thumbnail, png[0] if png else b"")


def small_webp(picture: Picture) -> bytes:
    """A picture as a WebP of at most 256 pixels a side."""
    image, buffer = Image.fromarray(picture), io.BytesIO()
    # Whole pixels are averaged as far as that goes, and the quickest method: it is looked at small.
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS, reducing_gap=1.0)
    image.save(buffer, "WEBP", quality=_THUMBNAIL_QUALITY, method=0)
    return buffer.getvalue()


def completed(image: pb.Image, content: bytes) -> pb.Image:
    """An image that is not kept: with time, size and hash, without a name."""
    image.create_time.GetCurrentTime()
    image.size_bytes = len(content)
    image.sha256 = hashlib.sha256(content).hexdigest()
    return image


def _png(picture: Picture) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
