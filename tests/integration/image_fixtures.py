"""A server with ImageGeneration over the scripted engine and a real pool."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import numpy as np
import pytest
from dauys.v1 import image_generation_pb2 as pb
from dauys.v1 import image_generation_pb2_grpc
from PIL import Image

from models.engines.base import Engine
from models.store import ModelStore
from services.audit import AuditEntry, AuditLog
from services.server.bootstrap import Server
from services.server.settings import Settings
from services.storage import Database
from tests.scripted_images import CATALOGUE, MODEL, PATIENCE, Studio, scripted_pool
from workers.in_process import InProcessPool

PROMPT = "қошқар мүйіз, көк және алтын"


@dataclass
class House:
    """A server and what a test looks at."""

    server: Server
    studio: Studio
    pool: InProcessPool
    images: Any
    """The stub; its types know no asyncio."""

    folder: Path

    async def draw(self, **request: Any) -> list[pb.GenerateImageResponse]:
        """All responses of a call."""
        wanted = {"prompt": PROMPT, "seed": 7, **request}
        return [one async for one in self.images.GenerateImage(pb.GenerateImageRequest(**wanted))]

    async def one(self, **request: Any) -> pb.ImageFile:
        """The one image of a call."""
        *_, last = await self.draw(**request)
        assert last.WhichOneof("response") == "image"
        return last.image

    async def audit(self) -> list[AuditEntry]:
        database = Database(f"sqlite:///{self.folder / 'dauys.db'}")
        try:
            log = AuditLog(database)
            assert (await log.verify()).fault == ""
            return await log.entries()
        finally:
            await database.aclose()

    async def actions(self) -> list[str]:
        return [str(entry.action) for entry in await self.audit()]

    async def kept(self) -> list[pb.ImageFile]:
        return list((await self.images.ListImages(pb.ListImagesRequest())).images)

    async def sees(self, condition: Callable[[Studio], bool]) -> None:
        await asyncio.to_thread(self.studio.wait_for, condition)


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.toml"
    own.write_text(CATALOGUE)
    monkeypatch.setenv("DAUYS_CATALOGUE", str(own))


@asynccontextmanager
async def house(
    folder: Path,
    workers: int = 2,
    others: Callable[[str], Engine] | None = None,
    **settings: Any,
) -> AsyncIterator[House]:
    """A server; its data are in ``folder``."""
    studio = Studio()
    pool = scripted_pool(studio, workers, others)
    wanted = Settings(
        **{
            "port": 0,
            "drain_seconds": 5.0,
            "database_url": f"sqlite:///{folder / 'dauys.db'}",
            "images_root": folder / "images",
            "image_identity_folder": folder / "identity",
            "image_model": MODEL,
            "default_translation_model": "toy",
            **settings,
        }
    )
    options = [("grpc.max_receive_message_length", 64 * 2**20)]
    try:
        async with (
            Server(wanted, pool, ModelStore()) as server,
            grpc.aio.insecure_channel(f"127.0.0.1:{server.port}", options=options) as channel,
        ):
            stub = image_generation_pb2_grpc.ImageGenerationStub(channel)
            yield House(server, studio, pool, stub, folder)
    finally:
        studio.release()
        await pool.aclose()


@pytest.fixture
async def here(tmp_path: Path, catalogue: None) -> AsyncIterator[House]:
    async with house(tmp_path) as one:
        yield one


def kinds(responses: list[pb.GenerateImageResponse]) -> list[str]:
    return [str(one.WhichOneof("response")) for one in responses]


def pixels(content: bytes) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110 - it is asked over the network
            await asyncio.sleep(0.02)


async def drained(call: Any) -> None:
    async for _ in call:
        pass


async def refused(call: Any) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value
