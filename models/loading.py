"""From a catalogue id to a loaded engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from models.engines import open_engine
from models.engines.base import Engine, EngineOptions
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
        FailedPrecondition: the model is not pulled, or the engine's library is not installed.
        Unavailable, ResourceExhausted: a starter model could not be pulled.
    """

    def load(model_id: str) -> Engine:
        card = store.catalogue.get(model_id)
        return open_engine(card.engine, store.ensure(model_id, progress), options)

    return load
