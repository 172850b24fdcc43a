"""Settings of image generation that cannot be, and servers that lack the extra."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from foundation.errors import DauysError, FailedPrecondition
from models.catalogue import Catalogue, ModelCard
from models.store import ModelStore
from services.image_generation.image_models import STARTER, ImageModels
from services.image_generation.service import ImageGenerationService
from services.server.registry import ServiceContext
from services.server.settings import Settings
from services.storage import Database
from workers.testing import FakePool

Make = Callable[..., ImageGenerationService]


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Make]:
    pool = FakePool(lambda task: None)
    database = Database(f"sqlite:///{tmp_path / 'dauys.db'}")

    def make(**settings: Any) -> ImageGenerationService:
        context = ServiceContext(Settings(**settings), pool, ModelStore(), database)
        return ImageGenerationService(context)

    yield make
    await pool.aclose()
    await database.aclose()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"image_model": "none"}, "DAUYS_IMAGE_MODEL: no image model 'none'; there are: "),
        ({"image_model": "whisper-base"}, "DAUYS_IMAGE_MODEL: 'whisper-base' is a speech"),
        ({"image_styles": "none.toml"}, "DAUYS_IMAGE_STYLES: none.toml: "),
        ({"image_key": "key.pem"}, "DAUYS_IMAGE_KEY: .* go together"),
        ({"image_prompt_filter": "none.txt"}, "DAUYS_IMAGE_PROMPT_FILTER: cannot read none.txt"),
        ({"image_output_filter": "no-program-here"}, "DAUYS_IMAGE_OUTPUT_FILTER: there is no"),
    ],
)
async def test_a_server_with_it_does_not_start(
    service: Make, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(DauysError, match=said):
        service(**settings)


async def test_a_certificate_that_cannot_be_used(tmp_path: Path, service: Make) -> None:
    pytest.importorskip("c2pa")
    for name in ("chain.pem", "key.pem"):
        (tmp_path / name).write_text("no certificate")
    with pytest.raises(DauysError, match=r"DAUYS_IMAGE_CERTIFICATE: .*cannot be read as PEM"):
        service(image_certificate=tmp_path / "chain.pem", image_key=tmp_path / "key.pem")


async def test_own_styles_come_to_the_shipped_ones(tmp_path: Path, service: Make) -> None:
    texts = "".join(
        f'{field}.{code} = "{field}"\n'
        for field in ("name", "meaning", "prompt")
        for code in ("kk", "ru", "en")
    )
    own = tmp_path / "own.toml"
    own.write_text(f'[sources]\nx = "X"\n[styles.ours]\nkind = "craft"\nsource = "x"\n{texts}')
    styles = service(image_styles=own)._studio.styles
    assert {"ours", "qoshqar_muiz"} <= set(styles)


def card(name: str, **more: Any) -> ModelCard:
    return ModelCard(
        **{
            "id": name,
            "display_name": name,
            "task": "image-generation",
            "languages": ("en",),
            "engine": "diffusers",
            "license": "CC0-1.0",
            "commercial_use": True,
            "size_bytes": 1,
            "files": (),
            "sources": (),
            **more,
        }
    )


async def test_which_model_draws_where_none_is_named(tmp_path: Path) -> None:
    pool = FakePool(lambda task: None)

    def default(*cards: ModelCard) -> str | None:
        found = ImageModels(ModelStore(tmp_path, catalogue=Catalogue(cards)), pool, "").default()
        return None if found is None else found.id

    large = card("large", size_bytes=1 << 34)
    assert default(large, card("a", starter=True), card(STARTER, starter=True)) == STARTER
    assert default(large, card("a", starter=True)) == "a"
    assert default(large) is None
    models = ImageModels(ModelStore(tmp_path, catalogue=Catalogue((large,))), pool, "")
    with pytest.raises(FailedPrecondition, match=r"no image model is on this server; .* large"):
        models.card("")
    assert models.card("large") is large
    await pool.aclose()


WITHOUT = """
import asyncio, sys
for name in ("c2pa", "cryptography", "torch", "diffusers", "transformers"):
    sys.modules[name] = None
from dauys.v1 import image_generation_pb2 as pb, image_generation_pb2_grpc
import grpc.aio
from models.store import ModelStore
from services.server.bootstrap import Server
from services.server.settings import Settings
from workers.testing import FakePool

async def main():
    pool = FakePool(lambda task: None)
    async with Server(Settings(port=0), pool, ModelStore(), ["image_generation"]) as server:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            images = image_generation_pb2_grpc.ImageGenerationStub(channel)
            assert (await images.ListStyles(pb.ListStylesRequest())).styles
            assert not (await images.ListImages(pb.ListImagesRequest())).images
            request = pb.GenerateImageRequest(prompt="a yurt", model="z-image-turbo")
            try:
                [_ async for _ in images.GenerateImage(request)]
            except grpc.aio.AioRpcError as error:
                print(error.code().name, error.details())
    await pool.aclose()

asyncio.run(main())
"""


def test_a_base_install_serves_and_says_what_is_missing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, timeout=100, check=True
    )
    said = done.stdout.splitlines()[-1]
    assert "FAILED_PRECONDITION" in done.stdout, said
    assert "pip install 'dauys-server[images]'" in done.stdout
