"""Models that callers and operators name, looked up in the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from foundation.errors import InvalidArgument, NotFound
from models.catalogue import Catalogue, ModelCard
from models.store import ModelState, ModelStore

_SHOWN: Final = 80
"""Characters of a name that is none."""


def named_card(
    catalogue: Catalogue, name: str, task: str, known: Iterable[ModelCard], field: str, kind: str
) -> ModelCard:
    """The card of a model that was named.

    Args:
        catalogue: Where it is looked up.
        name: As it was given.
        task: What it must be for.
        known: Those that there are, for errors.
        field: Where the name stood, for errors.
        kind: What such a model is called, for errors: ``voice``.

    Raises:
        NotFound: there is none; names the field.
        InvalidArgument: it is another kind of model.
    """
    try:
        card = catalogue.get(name)
    except NotFound:
        ids = ", ".join(one.id for one in known) or "none"
        raise NotFound(f"{field}: no {kind} {name[:_SHOWN]!r}; there are: {ids}") from None
    if card.task != task:
        raise InvalidArgument(field, f"{card.id!r} is a {card.task} model, not {task}")
    return card


def is_available(store: ModelStore, card: ModelCard) -> bool:
    """Is it on this machine, or pulled on first use?"""
    return card.starter or store.state(card.id) is ModelState.PULLED
