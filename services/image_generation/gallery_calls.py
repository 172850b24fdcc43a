"""The calls about the gallery, for the servicer to inherit."""

from __future__ import annotations

from typing import Any

from dauys.v1 import image_generation_pb2 as pb
from google.protobuf import empty_pb2

from services.image_generation.gallery import Gallery
from services.server.callers import tenant


class GalleryCalls:
    """ListImages, GetImage and DeleteImage. The servicer sets ``gallery``."""

    gallery: Gallery

    async def ListImages(  # noqa: N802 - the contract's name
        self, request: pb.ListImagesRequest, context: Any
    ) -> pb.ListImagesResponse:
        """A page of the caller's images."""
        return await self.gallery.page(tenant(), request)

    async def GetImage(  # noqa: N802 - the contract's name
        self, request: pb.GetImageRequest, context: Any
    ) -> pb.ImageFile:
        """One of the caller's images."""
        return await self.gallery.file(tenant(), request.name, request.view)

    async def DeleteImage(  # noqa: N802 - the contract's name
        self, request: pb.DeleteImageRequest, context: Any
    ) -> empty_pb2.Empty:
        """Delete one of the caller's images for good."""
        await self.gallery.delete(tenant(), request.name)
        return empty_pb2.Empty()
