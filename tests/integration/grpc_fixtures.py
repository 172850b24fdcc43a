"""A server on loopback over a scripted pool."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc.aio

from foundation.speech import Transcription
from models.store import ModelStore
from services.server.bootstrap import Server
from services.server.settings import Settings
from workers.interface import Task
from workers.testing import FakePool


def hear_nothing(task: Task) -> Transcription:
    """Answers every window with silence."""
    return Transcription("", (), "en", 1.0, 0.0, 1.0, 1.0)


@asynccontextmanager
async def running_server(**settings: Any) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to a server of all services."""
    async with server_address(**settings) as target, grpc.aio.insecure_channel(target) as channel:
        yield channel


@asynccontextmanager
async def server_address(**settings: Any) -> AsyncIterator[str]:
    """Where a server of all services listens."""
    pool = FakePool(hear_nothing)
    wanted = Settings(**{"port": 0, "drain_seconds": 2.0, **settings})
    try:
        async with Server(wanted, pool, ModelStore()) as server:
            yield f"127.0.0.1:{server.port}"
    finally:
        await pool.aclose()
