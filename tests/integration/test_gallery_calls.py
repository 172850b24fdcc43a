"""The gallery over gRPC, for two tenants of one server."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from dauys.v1 import image_generation_pb2 as pb
from dauys.v1 import image_generation_pb2_grpc

from services.image_generation.gallery import Gallery
from services.image_generation.gallery_calls import GalleryCalls
from services.image_generation.gallery_rows import NewImage
from services.server.auth import ApiKeyInterceptor
from services.server.errors import ErrorInterceptor
from services.server.keys import load_keys
from services.server.settings import Settings
from services.storage import open_database

KEYS = {"khabar": "key of khabar", "almaty": "key of almaty"}


class Servicer(GalleryCalls, image_generation_pb2_grpc.ImageGenerationServicer):
    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery


Call = Callable[[str, str, Any], Any]


@asynccontextmanager
async def serving(tmp_path: Path) -> AsyncIterator[tuple[Gallery, Call]]:
    """The gallery, and a way to call it: tenant, method, request."""
    file = tmp_path / "keys.toml"
    file.write_text(
        "".join(
            f'[tenants.{name}]\nsha256 = ["{hashlib.sha256(key.encode()).hexdigest()}"]\n'
            for name, key in KEYS.items()
        )
    )
    database = await open_database(f"sqlite:///{tmp_path / 'dauys.sqlite3'}")
    gallery = Gallery(database, tmp_path / "images")
    keys = load_keys(Settings(api_keys=file))
    server = grpc.aio.server(interceptors=[ApiKeyInterceptor(keys), ErrorInterceptor()])
    add: Any = image_generation_pb2_grpc.add_ImageGenerationServicer_to_server
    add(Servicer(gallery), server)  # type: ignore[abstract]  # the other calls answer UNIMPLEMENTED
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub: Any = image_generation_pb2_grpc.ImageGenerationStub(channel)

            def call(tenant: str, method: str, request: Any) -> Any:
                metadata = (("authorization", f"Bearer {KEYS[tenant]}"),)
                return getattr(stub, method)(request, metadata=metadata)

            yield gallery, call
    finally:
        await server.stop(0)
        await gallery.aclose()
        await database.aclose()


async def add(gallery: Gallery, tenant: str, number: int) -> pb.Image:
    image = pb.Image(prompt=f"{tenant} {number}", format=pb.IMAGE_FORMAT_PNG, model="m")
    new = NewImage(image, f"file {number} of {tenant}".encode(), b"small")
    [kept] = await gallery.add_all(tenant, [new])
    return kept


async def test_two_tenants_at_once_see_their_own_alone(tmp_path: Path) -> None:
    async with serving(tmp_path) as (gallery, call):
        images = {
            tenant: [await add(gallery, tenant, number) for number in range(5)] for tenant in KEYS
        }

        async def look(tenant: str) -> None:
            page = await call(tenant, "ListImages", pb.ListImagesRequest(thumbnails=True))
            assert [each.image for each in page.images] == images[tenant][::-1]
            for number, image in enumerate(images[tenant]):
                got = await call(tenant, "GetImage", pb.GetImageRequest(name=image.name))
                assert got.content == f"file {number} of {tenant}".encode()

        await asyncio.gather(*[look(tenant) for tenant in KEYS for _ in range(5)])
        theirs = images["khabar"][0].name
        for method, request in (
            ("GetImage", pb.GetImageRequest(name=theirs)),
            ("DeleteImage", pb.DeleteImageRequest(name=theirs)),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await call("almaty", method, request)
            assert error.value.code() is grpc.StatusCode.NOT_FOUND
        await call("khabar", "DeleteImage", pb.DeleteImageRequest(name=theirs))
        page = await call("khabar", "ListImages", pb.ListImagesRequest(page_size=3))
        rest = await call(
            "khabar", "ListImages", pb.ListImagesRequest(page_token=page.next_page_token)
        )
        names = [each.image.name for each in (*page.images, *rest.images)]
        assert names == [each.name for each in images["khabar"][:0:-1]]


async def test_what_cannot_be_is_invalid_and_says_why(tmp_path: Path) -> None:
    async with serving(tmp_path) as (_, call):
        for method, request, field in (
            ("GetImage", pb.GetImageRequest(name="../../etc/passwd"), "name"),
            ("GetImage", pb.GetImageRequest(), "name"),
            ("DeleteImage", pb.DeleteImageRequest(name="images"), "name"),
            ("ListImages", pb.ListImagesRequest(page_size=10_000), "page_size"),
            ("ListImages", pb.ListImagesRequest(contains="қ" * 100_000), "contains"),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await call("almaty", method, request)
            assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT
            assert str(error.value.details()).startswith(f"{field}: ")
