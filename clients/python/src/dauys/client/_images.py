"""The drawing half of both clients."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, Final

import grpc
from dauys.client import _image_mapping
from dauys.client._calls import Page, UnaryCall
from dauys.client._exceptions import FieldViolation, InvalidArgumentError, from_rpc_error
from dauys.client._image_types import (
    ImageEvent,
    ImageFile,
    ImageModel,
    ImageOptions,
    ImagePage,
    ImageStyle,
    ImageView,
)
from dauys.client._transport import Transport
from dauys.v1 import image_generation_pb2 as pb

_SERVICE: Final = "ImageGeneration"
_MAX_INPUT_BYTES: Final = 32 * 2**20
"""Of the contract; a larger file is not even read."""


class ImageCalls:
    """Calls of ImageGeneration; part of ``AsyncClient``."""

    _transport: Transport

    async def generate_image(
        self,
        prompt: str,
        *,
        options: ImageOptions | None = None,
        image: bytes | str | Path | None = None,
        mask: bytes | str | Path | None = None,
        preview_every: int = 0,
    ) -> AsyncGenerator[ImageEvent, None]:
        """Draw images and tell how far it is: ImageQueued, ImageStep, then each ImageFile.

        Leaving the iterator frees the worker within one step; nothing is kept then. A server that
        cannot be reached is tried again until it has answered once.

        Args:
            prompt: What is to be seen, in Kazakh, Russian or English.
            options: How it is drawn.
            image: A PNG, JPEG or WebP to start from, bytes or a file's name: at most 32 MiB.
            mask: White is painted anew, black is kept; of the size of ``image``.
            preview_every: Show the unfinished picture after every so many steps; 0: never.
        """
        request = _image_mapping.request(
            prompt,
            options or ImageOptions(),
            await asyncio.to_thread(_read, image, "image"),
            await asyncio.to_thread(_read, mask, "mask"),
            preview_every,
        )
        failures, answered = 0, False
        while True:
            method = self._transport.method(_SERVICE, "GenerateImage")
            call = method(request, metadata=self._transport.metadata)
            try:
                async for message in call:
                    answered = True
                    event = _image_mapping.event(message)
                    if event is not None:
                        yield event
                return
            except grpc.RpcError as rpc_error:
                error = from_rpc_error(rpc_error)
                if answered:
                    raise error from rpc_error
                failures += 1
                await self._transport.pause_before_retry(error, failures)
            finally:
                call.cancel()

    async def generate_images(
        self,
        prompt: str,
        *,
        options: ImageOptions | None = None,
        image: bytes | str | Path | None = None,
        mask: bytes | str | Path | None = None,
    ) -> tuple[ImageFile, ...]:
        """Draw images and return them all; see ``generate_image``."""
        events = self.generate_image(prompt, options=options, image=image, mask=mask)
        async with contextlib.aclosing(events):
            return tuple([event async for event in events if isinstance(event, ImageFile)])

    async def list_images(
        self,
        *,
        contains: str = "",
        model: str = "",
        style: str = "",
        thumbnails: bool = False,
        page_size: int = 0,
    ) -> AsyncGenerator[ImageFile, None]:
        """The gallery, the newest first, page after page.

        Args:
            contains: Only images whose prompt holds all these words, in any case.
            model: Only of this model.
            style: Only with this style.
            thumbnails: With a small WebP as content; otherwise settings alone.
            page_size: Images a request, at most 200; 0: the server's.
        """

        def page(size: int, token: str) -> UnaryCall[Page[ImageFile]]:
            return _page(size, token, contains, model, style, thumbnails)

        async for item in self._transport.pages(page, page_size):
            yield item

    async def image_page(
        self,
        *,
        contains: str = "",
        model: str = "",
        style: str = "",
        thumbnails: bool = False,
        page_size: int = 0,
        page_token: str = "",
    ) -> ImagePage:
        """One page of ``list_images``, for those who turn the pages themselves."""
        call = _page(page_size, page_token, contains, model, style, thumbnails)
        return ImagePage(*await self._transport.unary(call))

    async def get_image(self, name: str, *, view: ImageView = ImageView.FILE) -> ImageFile:
        """One image of the gallery, ``images/…``."""
        request = pb.GetImageRequest(name=name, view=pb.ImageView.ValueType(view.value))
        call = UnaryCall(_SERVICE, "GetImage", request, _image_mapping.image_file)
        return await self._transport.unary(call)

    async def delete_image(self, name: str) -> None:
        """Delete an image and its prompt for good."""
        # Not tried again: of an answer that was lost, the second call would say NOT_FOUND.
        call: UnaryCall[None] = UnaryCall(
            _SERVICE, "DeleteImage", pb.DeleteImageRequest(name=name), _nothing, idempotent=False
        )
        await self._transport.unary(call)

    async def list_styles(self, kind: str = "") -> tuple[ImageStyle, ...]:
        """The styles that a prompt may name; of one kind, or all."""

        def decode(message: pb.ListStylesResponse) -> tuple[ImageStyle, ...]:
            return tuple(map(_image_mapping.style, message.styles))

        request = pb.ListStylesRequest(kind=kind)
        return await self._transport.unary(UnaryCall(_SERVICE, "ListStyles", request, decode))

    async def list_image_models(self) -> tuple[ImageModel, ...]:
        """The server's models that draw."""

        def decode(message: pb.ListImageModelsResponse) -> tuple[ImageModel, ...]:
            return tuple(map(_image_mapping.model, message.models))

        request = pb.ListImageModelsRequest()
        return await self._transport.unary(UnaryCall(_SERVICE, "ListImageModels", request, decode))

    async def get_image_model(self, model: str = "") -> ImageModel:
        """One model with all that it can do, for which it is loaded; empty: the server's."""
        request = pb.GetImageModelRequest(model=model)
        call = UnaryCall(_SERVICE, "GetImageModel", request, _image_mapping.model, slow=True)
        return await self._transport.unary(call)


class BlockingImageCalls:
    """The same for those who wait; part of ``Client``."""

    _client: ImageCalls
    _wait: Callable[[Coroutine[Any, Any, Any]], Any]
    _iterate: Callable[[Callable[[], AsyncIterator[Any]]], Iterator[Any]]

    def generate_image(
        self,
        prompt: str,
        *,
        options: ImageOptions | None = None,
        image: bytes | str | Path | None = None,
        mask: bytes | str | Path | None = None,
        preview_every: int = 0,
    ) -> Iterator[ImageEvent]:
        """See ``AsyncClient.generate_image``."""
        return self._iterate(
            lambda: self._client.generate_image(
                prompt, options=options, image=image, mask=mask, preview_every=preview_every
            )
        )

    def generate_images(
        self,
        prompt: str,
        *,
        options: ImageOptions | None = None,
        image: bytes | str | Path | None = None,
        mask: bytes | str | Path | None = None,
    ) -> tuple[ImageFile, ...]:
        """See ``AsyncClient.generate_images``."""
        images: tuple[ImageFile, ...] = self._wait(
            self._client.generate_images(prompt, options=options, image=image, mask=mask)
        )
        return images

    def list_images(
        self,
        *,
        contains: str = "",
        model: str = "",
        style: str = "",
        thumbnails: bool = False,
        page_size: int = 0,
    ) -> Iterator[ImageFile]:
        """See ``AsyncClient.list_images``."""
        return self._iterate(
            lambda: self._client.list_images(
                contains=contains,
                model=model,
                style=style,
                thumbnails=thumbnails,
                page_size=page_size,
            )
        )

    def image_page(
        self,
        *,
        contains: str = "",
        model: str = "",
        style: str = "",
        thumbnails: bool = False,
        page_size: int = 0,
        page_token: str = "",
    ) -> ImagePage:
        """See ``AsyncClient.image_page``."""
        page: ImagePage = self._wait(
            self._client.image_page(
                contains=contains,
                model=model,
                style=style,
                thumbnails=thumbnails,
                page_size=page_size,
                page_token=page_token,
            )
        )
        return page

    def get_image(self, name: str, *, view: ImageView = ImageView.FILE) -> ImageFile:
        """See ``AsyncClient.get_image``."""
        image: ImageFile = self._wait(self._client.get_image(name, view=view))
        return image

    def delete_image(self, name: str) -> None:
        """See ``AsyncClient.delete_image``."""
        self._wait(self._client.delete_image(name))

    def list_styles(self, kind: str = "") -> tuple[ImageStyle, ...]:
        """See ``AsyncClient.list_styles``."""
        styles: tuple[ImageStyle, ...] = self._wait(self._client.list_styles(kind))
        return styles

    def list_image_models(self) -> tuple[ImageModel, ...]:
        """See ``AsyncClient.list_image_models``."""
        models: tuple[ImageModel, ...] = self._wait(self._client.list_image_models())
        return models

    def get_image_model(self, model: str = "") -> ImageModel:
        """See ``AsyncClient.get_image_model``."""
        found: ImageModel = self._wait(self._client.get_image_model(model))
        return found


def _page(
    size: int, token: str, contains: str, model: str, style: str, thumbnails: bool
) -> UnaryCall[Page[ImageFile]]:
    def decode(message: pb.ListImagesResponse) -> Page[ImageFile]:
        return tuple(map(_image_mapping.image_file, message.images)), message.next_page_token

    request = pb.ListImagesRequest(
        page_size=size,
        page_token=token,
        contains=contains,
        model=model,
        style=style,
        thumbnails=thumbnails,
    )
    return UnaryCall(_SERVICE, "ListImages", request, decode)


def _nothing(message: object) -> None:
    """What an empty answer says."""


def _read(given: bytes | str | Path | None, field: str) -> bytes:
    """The bytes given, or those of the file named.

    Raises:
        InvalidArgumentError: they are more than the contract takes.
    """
    if given is None:
        return b""
    if isinstance(given, bytes):
        content = given
    else:
        with Path(given).open("rb") as file:
            content = file.read(_MAX_INPUT_BYTES + 1)
    if len(content) > _MAX_INPUT_BYTES:
        fault = f"over {_MAX_INPUT_BYTES} bytes, the limit"
        raise InvalidArgumentError(
            f"{field}: {fault}",
            code="INVALID_ARGUMENT",
            violations=(FieldViolation(field, fault),),
        )
    return content
