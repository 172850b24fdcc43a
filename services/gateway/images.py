"""The page that draws pictures, and what it asks: generations as they go, and the gallery."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Final

from dauys.client import AsyncClient, DauysClientError, ImageEvent, ImageView
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from services.gateway import errors
from services.gateway.access import Access
from services.gateway.errors import Refused
from services.gateway.image_json import (
    attachment,
    described_event,
    described_image,
    described_model,
    described_style,
)
from services.gateway.image_requests import MAX_BYTES, wanted_image
from services.gateway.reading import Body

BEAT_SECONDS: Final = 10.0
"""A page hears at least this often, so that proxies keep its connection."""

FIRST_SECONDS: Final = 1.0
"""So long an answer waits for the first event: what is refused at once gets an HTTP status."""

_PAGE_SIZE: Final = 48
_MOST_ON_A_PAGE: Final = 200
_KEPT: Final = {
    # An image never changes, but it is deleted, and it is the operator's alone: a browser asks
    # each time whether it may still show it, and is not sent it again.
    "Cache-Control": "private, no-cache",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Dauys-Synthetic": "true",
}
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class ImageEndpoints:
    """Generations, the gallery, styles and models, for operators.

    Args:
        client: Calls the services.
        access: Who may do what.
        beat: Seconds between signs of life of a generation.
        first: Seconds that its answer waits for the first event.
    """

    def __init__(
        self,
        client: AsyncClient,
        access: Access,
        beat: float = BEAT_SECONDS,
        first: float = FIRST_SECONDS,
    ) -> None:
        self._client = client
        self._access = access
        self._beat = beat
        self._first = first

    def routes(self) -> list[Route]:
        """All of them."""
        one = "/v1/images/{id}"
        return [
            Route("/v1/image-models", self.models, methods=["GET"]),
            Route("/v1/image-models/{id}", self.model, methods=["GET"]),
            Route("/v1/image-styles", self.styles, methods=["GET"]),
            Route("/v1/images", self.images, methods=["GET"]),
            Route("/v1/images", self.generate, methods=["POST"]),
            Route(one, self.image, methods=["GET"]),
            Route(one, self.delete, methods=["DELETE"]),
            Route(f"{one}/file", self.file, methods=["GET"]),
            Route(f"{one}/thumbnail", self.thumbnail, methods=["GET"]),
        ]

    async def models(self, request: Request) -> Response:
        """The models that draw."""
        self._access.check_operator(request)
        found = await self._client.list_image_models()
        return JSONResponse({"models": list(map(described_model, found))})

    async def model(self, request: Request) -> Response:
        """One model with all that it can do, for which the services load it."""
        self._access.check_operator(request)
        model = await self._client.get_image_model(request.path_params["id"])
        return JSONResponse(described_model(model))

    async def styles(self, request: Request) -> Response:
        """The styles, of one ``kind`` or all."""
        self._access.check_operator(request)
        found = await self._client.list_styles(_query(request, "kind", 40))
        return JSONResponse({"styles": list(map(described_style, found))})

    async def generate(self, request: Request) -> Response:
        """Draw; the answer is server-sent events until ``end``. A page that leaves stops it."""
        self._access.check_write(request)
        wish = wanted_image(await Body.of(request, MAX_BYTES))
        events = _Awaited(
            self._client.generate_image(
                wish.prompt,
                options=wish.options,
                image=wish.image or None,
                mask=wish.mask or None,
                preview_every=wish.preview_every,
            )
        )
        try:
            await events.begun(self._first)
        except BaseException:
            await events.aclose()
            raise
        return _Generation(events, self._beat)

    async def images(self, request: Request) -> Response:
        """A page of the gallery, the newest first; ``contains``, ``model`` and ``style`` choose."""
        self._access.check_operator(request)
        size = _query(request, "page_size", 3) or str(_PAGE_SIZE)
        if not (size.isascii() and size.isdecimal() and 1 <= int(size) <= _MOST_ON_A_PAGE):
            raise _wrong("page_size", f"want a whole number from 1 to {_MOST_ON_A_PAGE}")
        page = await self._client.image_page(
            page_size=int(size),
            page_token=_query(request, "page_token", 500),
            contains=_query(request, "contains", 500),
            model=_query(request, "model", 200),
            style=_query(request, "style", 100),
        )
        return JSONResponse(
            {
                "images": [described_image(file.image) for file in page.images],
                "next_page_token": page.next_page_token,
            }
        )

    async def image(self, request: Request) -> Response:
        """What an image was drawn from."""
        self._access.check_operator(request)
        file = await self._client.get_image(_name(request), view=ImageView.SETTINGS)
        return JSONResponse(described_image(file.image))

    async def file(self, request: Request) -> Response:
        """An image's file, byte for byte: its manifest holds as long as nothing is changed."""
        self._access.check_operator(request)
        if _is_known(request):
            return await self._unchanged(request)
        file = await self._client.get_image(_name(request))
        return Response(
            file.content,
            media_type=file.media_type,
            headers=_kept(request) | {"Content-Disposition": attachment(file.image)},
        )

    async def thumbnail(self, request: Request) -> Response:
        """A WebP of at most 256 pixels a side."""
        self._access.check_operator(request)
        if _is_known(request):
            return await self._unchanged(request)
        file = await self._client.get_image(_name(request), view=ImageView.THUMBNAIL)
        return Response(file.content, media_type=file.media_type, headers=_kept(request))

    async def _unchanged(self, request: Request) -> Response:
        """What the browser has is right, if the image is still there."""
        await self._client.get_image(_name(request), view=ImageView.SETTINGS)
        return Response(status_code=304, headers=_kept(request))

    async def delete(self, request: Request) -> Response:
        """Delete an image and its prompt for good."""
        self._access.check_write(request)
        await self._client.delete_image(_name(request))
        return JSONResponse({})


class _Awaited:
    """Events of a call; the next is awaited by a task, so that a wait can be left and resumed."""

    def __init__(self, events: AsyncGenerator[ImageEvent, None]) -> None:
        self._events = events
        self._next: asyncio.Task[ImageEvent | None] | None = None

    async def begun(self, seconds: float) -> None:
        """Wait so long for the first event.

        Raises:
            DauysClientError: the call was refused by then.
        """
        await asyncio.wait({self._task()}, timeout=seconds)
        if self._task().done() and (fault := self._task().exception()) is not None:
            raise fault

    async def within(self, seconds: float) -> tuple[bool, ImageEvent | None]:
        """Whether something came, and the event; none: that was all.

        Raises:
            DauysClientError: the call failed.
        """
        task = self._task()
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            return False, None
        self._next = None
        return True, task.result()

    async def aclose(self) -> None:
        """Leave the call."""
        if self._next is not None:
            self._next.cancel()
            await asyncio.wait({self._next})
            if not self._next.cancelled():
                self._next.exception()  # nobody is left to be told
        await self._events.aclose()

    def _task(self) -> asyncio.Task[ImageEvent | None]:
        if self._next is None:
            self._next = asyncio.ensure_future(_following(self._events))
        return self._next


async def _following(events: AsyncIterator[ImageEvent]) -> ImageEvent | None:
    return await anext(events, None)


class _Generation(StreamingResponse):
    """The events of a generation; whatever ends the answer ends the call, too."""

    def __init__(self, events: _Awaited, beat: float) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(_told(events, beat), media_type="text/event-stream", headers=headers)
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            # Not in the body's own end: that one is cancelled as often as it waits.
            await self._events.aclose()


async def _told(events: _Awaited, beat: float) -> AsyncIterator[str]:
    try:
        while True:
            came, event = await events.within(beat)
            if not came:
                yield ": beat\n\n"
            elif event is None:
                break
            else:
                yield _server_sent(*described_event(event))
    except DauysClientError as error:
        yield _server_sent("error", errors.described(error))
        return
    yield _server_sent("end", {})


def _server_sent(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _query(request: Request, name: str, limit: int) -> str:
    value = request.query_params.get(name, "")
    if len(value) > limit:
        raise _wrong(name, f"want at most {limit} characters")
    return value


def _name(request: Request) -> str:
    """The image's name; what can be none never reaches the services."""
    given = request.path_params["id"]
    if not _ID.fullmatch(given):
        raise Refused(404, "NOT_FOUND", "there is no such image")
    return f"images/{given}"


def _kept(request: Request) -> dict[str, str]:
    return _KEPT | {"ETag": f'"{request.path_params["id"]}"'}


def _is_known(request: Request) -> bool:
    """Does the browser have this file?"""
    given = request.headers.get("if-none-match", "")
    return _kept(request)["ETag"] in [one.strip() for one in given.split(",")]


def _wrong(name: str, message: str) -> Refused:
    return Refused(400, "INVALID_ARGUMENT", f"{name}: {message}", name)
