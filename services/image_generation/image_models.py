"""Which of the catalogue's models draw, and what they can do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from foundation.errors import FailedPrecondition
from foundation.images import ImageCapabilities
from models.catalogue import Catalogue, ModelCard
from models.store import ModelStore
from services.server.cards import is_available, named_card
from workers.interface import Priority, Task, WorkerPool

TASK: Final = "image-generation"
SETTING: Final = "DAUYS_IMAGE_MODEL"
STARTER: Final = "starter-ornament"


def image_cards(catalogue: Catalogue) -> list[ModelCard]:
    """The cards of all image models, in the catalogue's order."""
    return [card for card in catalogue if card.task == TASK]


def image_card(catalogue: Catalogue, name: str, field: str) -> ModelCard:
    """The card of an image model that was named.

    Raises:
        NotFound: there is none; names the field.
        InvalidArgument: it is another kind of model.
    """
    return named_card(catalogue, name, TASK, image_cards(catalogue), field, "image model")


class ImageModels:
    """The image models of one server.

    Args:
        store: Which models are here.
        pool: Where they run.
        default: The operator's choice, or empty.

    Raises:
        NotFound, InvalidArgument: the operator's choice is no image model of the catalogue.
    """

    def __init__(self, store: ModelStore, pool: WorkerPool, default: str) -> None:
        self._store = store
        self._pool = pool
        self._own = image_card(store.catalogue, default, SETTING) if default else None
        self._known: dict[str, ImageCapabilities] = {}

    def default(self) -> ModelCard | None:
        """What draws where a caller names no model; None: there is nothing here that could."""
        if self._own is not None:
            return self._own
        here = [card for card in image_cards(self._store.catalogue) if self._is_here(card)]
        return next((card for card in here if card.id == STARTER), next(iter(here), None))

    def card(self, name: str) -> ModelCard:
        """The model named, or the default one.

        Raises:
            NotFound: there is none of that name.
            InvalidArgument: it is another kind of model.
            FailedPrecondition: none was named, and none is here.
        """
        if name:
            return image_card(self._store.catalogue, name, "model")
        card = self.default()
        if card is None:
            known = _listed(one.id for one in image_cards(self._store.catalogue))
            raise FailedPrecondition(
                f"no image model is on this server; `dauys models pull` one of: {known}"
            )
        return card

    async def capabilities(self, model: str, timeout: float | None = None) -> ImageCapabilities:
        """What a model can do; it is loaded if that was never asked before.

        Raises:
            DauysError: whatever the pool raises, of a model that cannot be had for example.
        """
        known = self._known.get(model)
        if known is None:
            task = Task(model, "capabilities", None, Priority.INTERACTIVE, timeout)
            known = self._known[model] = await self._pool.call(task)
        return known

    def known_capabilities(self, model: str) -> ImageCapabilities | None:
        """The same where it is known already."""
        return self._known.get(model)

    def _is_here(self, card: ModelCard) -> bool:
        return is_available(self._store, card)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none is in the catalogue"
