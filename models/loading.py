"""From a catalogue id to a loaded engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from models.engines import open_engine
from models.engines.base import Engine, EngineOptions
from models.preconditions import require_pins
from models.sources.base import ProgressCallback, ignore_progress
from models.store import ModelStore

EngineLoader: TypeAlias = Callable[[str], Engine]
"""Loads the model of a catalogue id; blocks, for minutes where it has to be pulled first."""


def make_loader(
    store: ModelStore, options: EngineOptions, progress: ProgressCallback = ignore_progress
) -> EngineLoader:
    """A loader over ``store``. Starter models are pulled on first use.

    The loader raises:
        NotFound: the id is not in the catalogue, or no engine of the card's name is there.
        FailedPrecondition: the model is not pulled, the engine's library is not installed, or a
            file that can run code is not pinned by the catalogue.
        Unavailable, ResourceExhausted: a starter model could not be pulled.
    """

    def load(model_id: str) -> Engine:
        card = store.catalogue.get(model_id)
        require_pins(card)
        folder = store.ensure(model_id, progress)
        return open_engine(
            card.engine,
            folder,
            replace(
                options,
                languages=card.languages,
                pairs=card.translates,
                settings=card.settings,
            ),
        )

    return load
