"""Models: the catalogue and what of it is on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dauys.v1 import models_pb2, models_pb2_grpc

from foundation.errors import InvalidArgument
from models.catalogue import ModelCard
from models.store import ModelState
from services.server.paging import page_of

if TYPE_CHECKING:
    import grpc.aio

    from services.server.registry import ServiceContext

_PREFIX: Final = "models/"


class ModelsService(models_pb2_grpc.ModelsServicer):
    """The servicer."""

    full_name = "dauys.v1.Models"
    needs_database = False

    def __init__(self, context: ServiceContext) -> None:
        self._store = context.store

    def add_to(self, server: grpc.aio.Server) -> None:
        """Register the servicer."""
        models_pb2_grpc.add_ModelsServicer_to_server(self, server)

    async def drain(self) -> None:
        """Nothing lives on."""

    async def GetModel(  # noqa: N802 - the contract's name
        self, request: models_pb2.GetModelRequest, context: Any
    ) -> models_pb2.Model:
        """One model."""
        if not request.name.startswith(_PREFIX):
            raise InvalidArgument("name", f"must be {_PREFIX}ID")
        return self._message(self._store.catalogue.get(request.name.removeprefix(_PREFIX)))

    async def ListModels(  # noqa: N802 - the contract's name
        self, request: models_pb2.ListModelsRequest, context: Any
    ) -> models_pb2.ListModelsResponse:
        """All models, by id."""
        cards = sorted(self._store.catalogue, key=lambda card: card.id)
        page, token = page_of(cards, lambda card: card.id, request.page_size, request.page_token)
        return models_pb2.ListModelsResponse(
            models=[self._message(card) for card in page], next_page_token=token
        )

    def _message(self, card: ModelCard) -> models_pb2.Model:
        pulled = self._store.state(card.id) is ModelState.PULLED
        return models_pb2.Model(
            name=_PREFIX + card.id,
            display_name=card.display_name,
            task=card.task,
            languages=card.languages,
            engine=card.engine,
            license=card.license,
            commercial_use=card.commercial_use,
            size_bytes=card.size_bytes,
            state=models_pb2.MODEL_STATE_PULLED if pulled else models_pb2.MODEL_STATE_AVAILABLE,
        )
