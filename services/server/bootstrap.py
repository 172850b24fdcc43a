"""Builds, runs and drains a server."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack

import grpc.aio
import structlog
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from foundation.errors import Unavailable
from foundation.languages import LANGUAGES
from models.catalogue import Catalogue
from models.engines.base import EngineOptions
from models.loading import make_loader
from models.store import ModelState, ModelStore
from services.server import telemetry
from services.server.auth import ApiKeyInterceptor, server_credentials
from services.server.channel import MESSAGE_BYTES, server_options
from services.server.errors import ErrorInterceptor
from services.server.keys import load_keys
from services.server.registry import ServiceContext, Starting, make_services
from services.server.settings import Settings
from services.speech_to_text.checks import check_models
from services.storage import Database, migrate
from services.text_to_speech.voices import default_voices
from services.translation.models import translation_models
from streaming.recognition.routing import SpeechModels
from streaming.recognition.warm_up import warm_up
from streaming.synthesis.warm_up import warm_up as warm_up_voice
from workers.in_process import InProcessPool, PoolConfig
from workers.interface import WorkerPool

_log = structlog.get_logger(__name__)

_MESSAGE_OVERHEAD = 64 * 1024


class Server:
    """A gRPC server with the services named; use as an async context manager.

    Raises:
        FailedPrecondition: off loopback without TLS and API key.
        Unavailable: the port is taken; on entering: the database cannot be had.
    """

    def __init__(
        self,
        settings: Settings,
        pool: WorkerPool,
        store: ModelStore,
        only: Sequence[str] | None = None,
    ) -> None:
        credentials = server_credentials(settings)
        interceptors: list[grpc.aio.ServerInterceptor] = [ErrorInterceptor()]
        if keys := load_keys(settings):
            interceptors.insert(0, ApiKeyInterceptor(keys))
        self._settings = settings
        self._server = grpc.aio.server(
            interceptors=interceptors,
            options=server_options(
                max(settings.max_audio_bytes, MESSAGE_BYTES) + _MESSAGE_OVERHEAD
            ),
        )
        self._health = health.aio.HealthServicer()
        self._database = Database(settings.database_url)
        context = ServiceContext(settings, pool, store, self._database)
        self._services = make_services(context, only)
        for service in self._services:
            service.add_to(self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = [service.full_name for service in self._services]
        reflection.enable_server_reflection(
            [*names, health.SERVICE_NAME, reflection.SERVICE_NAME], self._server
        )
        address = f"{settings.host}:{settings.port}"
        try:
            if credentials is None:
                self.port = self._server.add_insecure_port(address)
            else:
                self.port = self._server.add_secure_port(address, credentials)
        except RuntimeError as error:
            raise Unavailable(f"cannot listen on {address}: {error}") from error

    async def __aenter__(self) -> Server:
        if any(service.needs_database for service in self._services):
            await asyncio.to_thread(migrate, self._database)
        for service in self._services:
            if isinstance(service, Starting):
                service.start()
        await self._server.start()
        await self._set_health(health_pb2.HealthCheckResponse.SERVING)
        names = [service.full_name for service in self._services]
        _log.info("server.started", host=self._settings.host, port=self.port, services=names)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.drain()

    async def drain(self) -> None:
        """Refuse new calls, end live sessions with their last words, then stop."""
        _log.info("server.draining")
        await self._set_health(health_pb2.HealthCheckResponse.NOT_SERVING)
        stopping = asyncio.create_task(self._server.stop(self._settings.drain_seconds))
        try:
            async with asyncio.timeout(self._settings.drain_seconds):
                await asyncio.gather(*[service.drain() for service in self._services])
        except TimeoutError:
            _log.warning("server.drain_timeout", seconds=self._settings.drain_seconds)
        await stopping
        await self._database.aclose()
        _log.info("server.stopped")

    async def _set_health(self, status: int) -> None:
        for name in ("", *[service.full_name for service in self._services]):
            await self._health.set(name, status)


async def serve(
    settings: Settings,
    only: Sequence[str] | None = None,
    beside: Callable[[int], AbstractAsyncContextManager[object]] | None = None,
) -> None:
    """Run a server over the in-process pool until SIGTERM or SIGINT, then drain.

    Args:
        settings: The server's.
        only: Services; None: all.
        beside: Made with the server's port and entered once it serves: what runs in this process
            as a client of it.
    """
    telemetry.configure()
    workers = settings.workers or os.cpu_count() or 1
    store = ModelStore()
    _check_language_models(settings, store.catalogue)
    _check_translation_models(settings, store.catalogue)
    if settings.voices:
        default_voices(store, settings)
    pool = InProcessPool(make_loader(store, EngineOptions(workers=workers)), PoolConfig(workers))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        async with Server(settings, pool, store, only) as server, AsyncExitStack() as clients:
            if beside is not None:
                await clients.enter_async_context(beside(server.port))
            # Only a model that is here already: a download belongs to its first use.
            models = {settings.default_model, *settings.language_models.values()}
            warming = [
                asyncio.create_task(warm_up(pool, model))
                for model in sorted(models)
                if store.state(model) is ModelState.PULLED
            ]
            warming += [
                asyncio.create_task(warm_up_voice(pool, voice))
                for voice in sorted(set(settings.voices.values()))
                if store.state(voice) is ModelState.PULLED
            ]
            await stop.wait()
            for task in warming:
                task.cancel()
    finally:
        await pool.aclose()


def _check_language_models(settings: Settings, catalogue: Catalogue) -> None:
    """Refuse at the start what every caller who names no model would be refused for.

    Raises:
        InvalidArgument, NotFound: names the setting.
    """
    if not settings.language_models:
        return
    models = SpeechModels(settings.default_model, settings.language_models)
    default = catalogue.get(settings.default_model)
    heard = {*default.languages, *settings.language_models}
    languages = [code for code in LANGUAGES if code in heard]
    check_models(catalogue, models, languages, "DAUYS_DEFAULT_MODEL", "DAUYS_LANGUAGE_MODELS")


def _check_translation_models(settings: Settings, catalogue: Catalogue) -> None:
    """The same for what the operator has set about translation.

    Raises:
        InvalidArgument, NotFound: names the setting.
    """
    if {"default_translation_model", "translation_models"} & settings.model_fields_set:
        translation_models(catalogue, settings)
