"""Requests for images that no one means well: each is told which field is wrong, and the limit."""

from __future__ import annotations

import asyncio
import io
import math
import struct
import time
import zlib
from pathlib import Path
from typing import Any

import grpc
import pytest
from dauys.v1 import image_generation_pb2 as pb
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from PIL import Image

pytest.importorskip("c2pa")

from services.image_generation import generation
from services.image_generation.input_picture import read_picture
from tests.integration.image_fixtures import House, catalogue, here, house, refused
from tests.scripted_images import KAZAKH_MODEL

__all__ = ["catalogue", "here"]  # fixtures


def png(width: int, height: int, mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (width, height)).save(buffer, "PNG")
    return buffer.getvalue()


def bomb() -> bytes:
    """A PNG of a few bytes that says it is of 900 million pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    body = b"IDAT" + zlib.compress(bytes(1000))
    data = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return b"\x89PNG\r\n\x1a\n" + chunk + data


PHOTO = png(40, 30)

WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"prompt": ""}, "prompt", "is empty, and no style is named"),
    ({"prompt": " \n"}, "prompt", "is empty"),
    ({"prompt": "ж" * 10_000}, "prompt", "10000 characters, limit 4000"),
    ({"negative_prompt": "ж" * 10_000}, "negative_prompt", "10000 characters, limit 4000"),
    ({"prompt": "a\x00b"}, "prompt", "character 2 is the control character U+0000"),
    ({"prompt": "\x1b[2J"}, "prompt", "control character U+001B"),
    ({"negative_prompt": "\x7f"}, "negative_prompt", "control character U+007F"),
    ({"language": "de"}, "language", "'de' is not one of kk, ru, en"),
    ({"styles": ["qos_muiz"] * 9}, "styles", "9 styles, limit 8"),
    ({"styles": ["qos_muiz"] * 2}, "styles[1]", "stands twice"),
    ({"size": "a4"}, "size", "'a4' is not one of square, news"),
    ({"size": "news", "width": 64, "height": 64}, "size", "goes without width and height"),
    ({"width": 20_000, "height": 20_000}, "width", "20000 is not in 64..512"),
    ({"width": -1, "height": 64}, "width", "-1 is not in 64..512"),
    ({"width": 64}, "height", "is 0, and width is not"),
    ({"height": 64}, "width", "is 0, and height is not"),
    ({"width": 512, "height": 512}, "width", "512x512 pixels, limit 65536"),
    ({"steps": -1}, "steps", "-1 is not in 1..150"),
    ({"steps": 1_000_000}, "steps", "not in 1..150"),
    ({"guidance": math.nan}, "guidance", "nan is not in 0.0..30.0"),
    ({"guidance": math.inf}, "guidance", "inf is not in"),
    ({"guidance": -0.5}, "guidance", "-0.5 is not in"),
    ({"seed": -1}, "seed", "-1 is not in 0.."),
    ({"seed": 2**62}, "seed", "is not in 0..9007199254740987"),
    ({"count": 5}, "count", "5 is not in 1..4"),
    ({"count": -1}, "count", "-1 is not in 1..4"),
    ({"scheduler": "../../etc/passwd"}, "scheduler", "is not one of euler, heun"),
    ({"adapters": [{"adapter": "/etc/passwd"}]}, "adapters[0].adapter", "model's: felt"),
    ({"adapters": [{"adapter": "felt", "weight": math.nan}]}, "adapters[0].weight", "nan"),
    ({"adapters": [{"adapter": "felt"}] * 9}, "adapters", "9 adapters, limit 8"),
    ({"preview_every": -5}, "preview_every", "-5 is not in 0..150"),
    ({"seamless": True}, "seamless", "tile"),
    ({"format": 77}, "format", "77 is not one of"),
    ({"badge": {"corner": 77}}, "badge.corner", "77 is no corner"),
    ({"badge": {"language": "xx"}}, "badge.language", "'xx' is not one of"),
    ({"badge": {"size_percent": math.nan}}, "badge.size_percent", "not in 1.5..15"),
    ({"badge": {"size_percent": 99}}, "badge.size_percent", "99 is not in 1.5..15"),
    ({"model": "whisper-base"}, "model", "is a speech-to-text model"),
    ({"image": b"not a picture"}, "image", "is no PNG, JPEG or WebP"),
    ({"image": PHOTO[:60]}, "image", "cannot be decoded|is no PNG"),
    ({"image": bomb()}, "image", "of a usual size|30000x30000 pixels"),
    ({"image": bytes((32 << 20) + 1)}, "image", "33554433 bytes, limit 33554432"),
    ({"image": PHOTO, "mask": png(41, 30, "L")}, "mask", "41x30 pixels, the image has 40x30"),
    ({"image": PHOTO, "mask": b"x"}, "mask", "is no PNG"),
    ({"mask": PHOTO}, "mask", "there is no image"),
    ({"image": PHOTO, "strength": 0.0}, "strength", "not above 0"),
    ({"image": PHOTO, "strength": math.nan}, "strength", "nan"),
    ({"image": PHOTO, "strength": 1.5}, "strength", "at most 1"),
]


async def test_each_is_told_what_is_wrong(here: House) -> None:
    for change, field, said in WRONG:
        error = await refused(here.draw(**change))
        assert error.code() is grpc.StatusCode.INVALID_ARGUMENT, (change.keys(), error.details())
        details = str(error.details())
        assert any(part in details for part in said.split("|")), (said, details)
        status = rpc_status.from_call(error)  # type: ignore[arg-type]
        bad = error_details_pb2.BadRequest()
        assert status is not None
        assert status.details[0].Unpack(bad)
        assert bad.field_violations[0].field == field
    assert not here.studio.requests
    assert here.pool.load().busy == 0
    assert not await here.kept()
    # And the server serves.
    assert (await here.one(prompt="a yurt")).image.name


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": "../../etc/passwd"}, "model: no image model '../../etc/passwd'"),
        ({"model": "/root/.ssh/id_rsa"}, "model: no image model"),
        ({"model": "x" * 100_000}, "model: no image model"),
        ({"styles": ["no_such_style"]}, "styles[0]: there is no style 'no_such_style'"),
    ],
)
async def test_names_that_are_none(here: House, change: dict[str, Any], said: str) -> None:
    error = await refused(here.draw(**change))
    assert error.code() is grpc.StatusCode.NOT_FOUND
    assert said in str(error.details())


async def test_pictures_are_decoded_one_at_a_time_and_only_where_they_are_of_use(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of 100 kB takes half a gigabyte while it is decoded."""
    now, most, decoded = 0, 0, 0

    def read(content: bytes) -> Any:
        nonlocal now, most, decoded
        now, decoded = now + 1, decoded + 1
        most = max(most, now)
        time.sleep(0.05)
        now -= 1
        return read_picture(content)

    monkeypatch.setattr(generation, "read_picture", read)
    await asyncio.gather(*[here.draw(image=PHOTO) for _ in range(4)])
    assert (decoded, most) == (4, 1)
    here.studio.changes = {"image_to_image": False, "inpainting": False}
    for field, more in (("image", {}), ("mask", {"mask": PHOTO})):
        error = await refused(here.draw(model=KAZAKH_MODEL, image=PHOTO, **more))
        assert str(error.details()).startswith(f"{field}: this model does not")
    assert decoded == 4


async def test_a_message_that_is_too_large_is_refused_whole(here: House) -> None:
    error = await refused(here.draw(image=bytes(70 << 20)))
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert (await here.one(prompt="a yurt")).image.name


async def test_wrong_kinds_names_and_models_of_the_other_calls(here: House) -> None:
    error = await refused(here.images.ListStyles(pb.ListStylesRequest(kind="x" * 5000)))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    error = await refused(here.images.GetImageModel(pb.GetImageModelRequest(model="../x")))
    assert error.code() is grpc.StatusCode.NOT_FOUND
    error = await refused(here.images.GetImage(pb.GetImageRequest(name="../../etc/passwd")))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_no_path_of_the_server_leaks(tmp_path: Path, catalogue: None) -> None:
    # A folder where the certificate cannot be made, and a model that is not pulled.
    (tmp_path / "identity").write_text("a file")
    async with house(tmp_path) as here:
        error = await refused(here.draw())
        assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert "its log says why" in str(error.details())
        assert str(tmp_path) not in str(error.details())


async def test_where_a_database_is_leaks_neither(tmp_path: Path, catalogue: None) -> None:
    async with house(tmp_path) as here:
        name = (await here.one(prompt="a yurt")).image.name
        for file in list(tmp_path.glob("dauys.db*")):  # noqa: ASYNC240
            file.write_bytes(b"no database" * 3000)
        for call in (
            here.draw(prompt="a yurt"),
            here.images.ListImages(pb.ListImagesRequest()),
            here.images.GetImage(pb.GetImageRequest(name=name)),
            here.images.DeleteImage(pb.DeleteImageRequest(name=name)),
        ):
            error = await refused(call)
            assert error.code() is grpc.StatusCode.UNAVAILABLE
            assert "its log says why" in str(error.details())
            assert str(tmp_path) not in str(error.details())
        assert here.pool.load().busy == 0


async def test_badges_that_must_be_are(tmp_path: Path, catalogue: None) -> None:
    async with house(tmp_path, image_badge="required") as here:
        error = await refused(here.draw(badge=pb.ImageBadge(hidden=True)))
        assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert "badge.hidden" in str(error.details())
        assert (await here.one()).image.badge
