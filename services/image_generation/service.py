"""ImageGeneration: pictures from prompts, the gallery, styles and models."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import TYPE_CHECKING, Any, Final

import structlog
from dauys.v1 import image_generation_pb2 as pb
from dauys.v1 import image_generation_pb2_grpc

from foundation.errors import DauysError, InvalidArgument
from models.catalogue import ModelCard
from models.styles import KINDS, Style, StyleError, load_styles
from services.audit import AuditLog
from services.image_generation import mapping
from services.image_generation.files import Signer
from services.image_generation.gallery import Gallery
from services.image_generation.gallery_calls import GalleryCalls
from services.image_generation.generation import Generation, Studio
from services.image_generation.image_models import ImageModels, image_cards
from services.image_generation.line import Line, LineLimits
from services.image_generation.output_filter import parse_command
from services.image_generation.prompt_filter import PromptFilter, read_filter
from services.server.callers import tenant
from services.server.cards import is_available
from services.server.result_queue import ResultQueue

if TYPE_CHECKING:
    import grpc.aio

    from services.server.registry import ServiceContext
    from services.server.settings import Settings

_log = structlog.get_logger(__name__)

_HOUSEKEEPING_SECONDS: Final = 3600.0


class ImageGenerationService(GalleryCalls, image_generation_pb2_grpc.ImageGenerationServicer):
    """The servicer.

    Raises:
        InvalidArgument, NotFound: a setting cannot be; names it.
    """

    full_name = "dauys.v1.ImageGeneration"
    needs_database = True

    def __init__(self, context: ServiceContext) -> None:
        settings = context.settings
        self._context = context
        self._background: set[asyncio.Task[None]] = set()
        self._housekeeping: asyncio.Task[None] | None = None
        audit = AuditLog(context.database, keep_texts=settings.audit_prompts)
        self.gallery = Gallery(
            context.database,
            settings.images_root,
            audit=audit,
            days=settings.images_days,
            most_bytes=settings.images_most_bytes,
        )
        path = settings.image_prompt_filter
        self._studio = Studio(
            context=context,
            models=ImageModels(context.store, context.pool, settings.image_model),
            # A worker is left for others. With one alone, the picture gives way between its steps.
            line=Line(
                max(1, context.pool.load().workers - 1),
                LineLimits(settings.max_images, settings.max_tenant_images),
            ),
            signer=Signer(settings),
            gallery=self.gallery,
            audit=audit,
            styles=_styles(settings),
            prompt_filter=PromptFilter() if path is None else read_filter(path),
            output_filter=parse_command(
                settings.image_output_filter, settings.image_output_filter_seconds
            ),
            decoding=asyncio.Lock(),
            later=self._later,
        )

    def add_to(self, server: grpc.aio.Server) -> None:
        """Register the servicer."""
        image_generation_pb2_grpc.add_ImageGenerationServicer_to_server(self, server)

    def start(self) -> None:
        """Keep house in the gallery, now and every hour."""
        self._housekeeping = asyncio.create_task(self._keep_house())

    async def drain(self) -> None:
        """Let generations that are drawn come to their end, and send those away that wait."""
        if self._housekeeping is not None:
            self._housekeeping.cancel()
        self._studio.line.close()
        await self._studio.line.emptied()
        while self._background:
            await asyncio.wait(self._background)
        await self.gallery.aclose()

    async def GenerateImage(  # noqa: N802 - the contract's name
        self, request: pb.GenerateImageRequest, context: Any
    ) -> AsyncIterator[pb.GenerateImageResponse]:
        """Draw images and tell how far they are."""
        results: ResultQueue[pb.GenerateImageResponse] = ResultQueue()

        def offer(response: pb.GenerateImageResponse, tentative: bool) -> None:
            results.offer(response, tentative=tentative)

        generation = Generation(self._studio, request, tenant(), context.time_remaining(), offer)
        # A task of its own, so that a caller who reads slowly holds up no worker.
        drawing = asyncio.create_task(generation.run())
        drawing.add_done_callback(lambda _: results.close())
        context.add_done_callback(lambda _: drawing.cancel())
        try:
            async for response in results:
                yield response
            await drawing
        except DauysError as error:
            self._hide_paths(error)
            raise
        finally:
            drawing.cancel()

    async def ListStyles(  # noqa: N802 - the contract's name
        self, request: pb.ListStylesRequest, context: Any
    ) -> pb.ListStylesResponse:
        """The styles that prompts may name."""
        if request.kind and request.kind not in KINDS:
            raise InvalidArgument("kind", f"{request.kind[:80]!r} is not one of {', '.join(KINDS)}")
        return pb.ListStylesResponse(
            styles=[
                mapping.style_message(style)
                for style in self._studio.styles.values()
                if request.kind in ("", style.kind)
            ]
        )

    async def ListImageModels(  # noqa: N802 - the contract's name
        self, request: pb.ListImageModelsRequest, context: Any
    ) -> pb.ListImageModelsResponse:
        """The image models of the catalogue, those that are here first."""
        default = self._studio.models.default()
        models = [
            self._model(card, card is default)
            for card in image_cards(self._context.store.catalogue)
        ]
        models.sort(key=lambda one: (not one.is_default, not one.available))
        return pb.ListImageModelsResponse(models=models)

    async def GetImageModel(  # noqa: N802 - the contract's name
        self, request: pb.GetImageModelRequest, context: Any
    ) -> pb.ImageModel:
        """One model with all that it can do."""
        card = self._studio.models.card(request.model)
        try:
            await self._studio.models.capabilities(card.id, context.time_remaining())
        except DauysError as error:
            self._hide_paths(error)
            raise
        return self._model(card, card is self._studio.models.default())

    def _model(self, card: ModelCard, is_default: bool) -> pb.ImageModel:
        return mapping.model_message(
            card,
            is_default=is_default,
            available=is_available(self._context.store, card),
            can=self._studio.models.known_capabilities(card.id),
        )

    def _hide_paths(self, error: DauysError) -> None:
        """What a library says of a model that it cannot open names the folder."""
        root = str(self._context.store.root)
        if root in error.message:
            _log.error("images.model_failed", error=error.message)
            error.message = error.message.replace(root, "MODELS")

    async def _keep_house(self) -> None:
        while True:
            try:
                await self.gallery.keep_house()
            except DauysError as error:
                _log.error("images.housekeeping_failed", error=error.message)
            await asyncio.sleep(_HOUSEKEEPING_SECONDS)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_logged(work))
        self._background.add(task)
        task.add_done_callback(self._background.discard)


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except DauysError as error:
        _log.error("images.not_recorded", error=error.message)


def _styles(settings: Settings) -> dict[str, Style]:
    """The shipped styles, and the operator's."""
    styles = load_styles()
    if settings.image_styles is not None:
        try:
            styles |= load_styles(settings.image_styles)
        except StyleError as error:
            raise InvalidArgument("DAUYS_IMAGE_STYLES", error.message) from error
    return styles
