"""Two tenants draw on one server at once: galleries, audit log and limits are apart."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import grpc
import pytest
from dauys.v1 import image_generation_pb2 as pb

from tests.integration.image_fixtures import catalogue, house, refused
from tests.scripted_images import MODEL

__all__ = ["catalogue"]

TENANTS = ("khabar", "almaty")


def key(tenant: str) -> Any:
    return (("authorization", f"Bearer key of {tenant}"),)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    file = tmp_path / "keys.toml"
    digests = {name: hashlib.sha256(f"key of {name}".encode()).hexdigest() for name in TENANTS}
    file.write_text("".join(f'[tenants.{n}]\nsha256 = ["{d}"]\n' for n, d in digests.items()))
    return file


async def test_what_one_tenant_draws_is_its_own(
    tmp_path: Path, catalogue: None, keys: Path
) -> None:
    async with house(tmp_path, api_keys=keys) as here:

        async def draw(tenant: str, number: int) -> pb.ImageFile:
            request = pb.GenerateImageRequest(prompt=f"a yurt of {tenant}", seed=number)
            call = here.images.GenerateImage(request, metadata=key(tenant))
            *_, last = [one async for one in call]
            image: pb.ImageFile = last.image
            return image

        async def listed(tenant: str) -> list[str]:
            page = await here.images.ListImages(pb.ListImagesRequest(), metadata=key(tenant))
            return [each.image.name for each in page.images]

        calls = [(tenant, number) for number in range(3) for tenant in TENANTS]
        drawn = await asyncio.gather(*[draw(*call) for call in calls])
        for tenant in TENANTS:
            own = {
                f.image.name for f, (whose, _) in zip(drawn, calls, strict=True) if whose == tenant
            }
            assert set(await listed(tenant)) == own
            assert len(own) == 3
            assert len(list((tmp_path / "images" / tenant).rglob("*.png"))) == 3
        theirs = (await listed("khabar"))[0]
        for call in (
            here.images.GetImage(pb.GetImageRequest(name=theirs), metadata=key("almaty")),
            here.images.DeleteImage(pb.DeleteImageRequest(name=theirs), metadata=key("almaty")),
        ):
            assert (await refused(call)).code() is grpc.StatusCode.NOT_FOUND
        nobody = here.images.ListImages(pb.ListImagesRequest(), metadata=key("other"))
        assert (await refused(nobody)).code() is grpc.StatusCode.UNAUTHENTICATED
        await here.images.DeleteImage(pb.DeleteImageRequest(name=theirs), metadata=key("khabar"))
        assert len(await listed("khabar")) == 2
        entries = await here.audit()
        assert len(entries) == 7
        assert all(each.model == MODEL for each in entries)
        made = [each for each in entries if each.action == "image.generate"]
        assert {(each.tenant, each.texts["prompt"]) for each in made} == {
            (tenant, f"a yurt of {tenant}") for tenant in TENANTS
        }
        last = entries[-1]
        assert (last.tenant, last.action, last.subject) == ("khabar", "image.delete", theirs)


async def test_a_full_gallery_draws_no_more_for_its_tenant(
    tmp_path: Path, catalogue: None, keys: Path
) -> None:
    async with house(tmp_path, api_keys=keys, images_most_bytes=1) as here:

        def draw(tenant: str, **more: Any) -> Any:
            request = pb.GenerateImageRequest(prompt="a yurt", seed=1, **more)
            return here.images.GenerateImage(request, metadata=key(tenant))

        assert [one async for one in draw("khabar")]
        with pytest.raises(grpc.aio.AioRpcError) as error:
            _ = [one async for one in draw("khabar")]
        assert error.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "delete images" in str(error.value.details())
        assert [one async for one in draw("khabar", discard=True)]
        assert [one async for one in draw("almaty")]
