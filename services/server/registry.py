"""The services. A new one is a folder with a ``service.py`` and one line here."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import grpc.aio

from foundation.errors import InvalidArgument
from models.store import ModelStore
from services.server.settings import Settings
from services.storage import Database
from workers.interface import WorkerPool

SERVICES: Final[dict[str, str]] = {
    "speech_to_text": "services.speech_to_text.service:SpeechToTextService",
    "text_to_speech": "services.text_to_speech.service:TextToSpeechService",
    "translation": "services.translation.service:TranslationService",
    "image_generation": "services.image_generation.service:ImageGenerationService",
    "subtitling": "services.subtitling.service:SubtitlingService",
    "model_registry": "services.model_registry.service:ModelsService",
}


@dataclass(frozen=True, slots=True)
class ServiceContext:
    """What a service is built from."""

    settings: Settings
    pool: WorkerPool
    store: ModelStore
    database: Database


class Service(Protocol):
    """A servicer and its life."""

    full_name: str
    """``dauys.v1.…``, for health and reflection."""

    needs_database: bool
    """The database is migrated before the server starts."""

    def add_to(self, server: grpc.aio.Server) -> None:
        """Register the servicer."""
        ...

    async def drain(self) -> None:
        """Stop taking work and end what lives on, its last words committed."""
        ...


@runtime_checkable
class Starting(Protocol):
    """A service that has something to do while it serves."""

    def start(self) -> None:
        """Called once, when the database is there and before calls come."""
        ...


def make_services(context: ServiceContext, only: Sequence[str] | None = None) -> list[Service]:
    """Build all services, or those named.

    Raises:
        InvalidArgument: there is no service of that name.
    """
    names = list(SERVICES) if only is None else list(dict.fromkeys(only))
    services = []
    for name in names:
        if name not in SERVICES:
            raise InvalidArgument("only", f"{name!r} is not one of {', '.join(SERVICES)}")
        module, _, attribute = SERVICES[name].partition(":")
        service: Service = getattr(importlib.import_module(module), attribute)(context)
        services.append(service)
    return services
