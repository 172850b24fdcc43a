"""What the page of pictures asks over HTTP."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc.aio
import httpx2
import pytest
from dauys.client import AsyncClient
from dauys.v1 import image_generation_pb2 as pb
from starlette.applications import Starlette

from foundation.errors import ResourceExhausted
from services.gateway.access import Access
from services.gateway.image_requests import MAX_BYTES
from services.gateway.images import ImageEndpoints
from services.gateway.running import running_gateway
from services.gateway.settings import GatewaySettings
from tests.integration.gateway.scripted_image_server import SIGNS, ImageSystem, image_system

TOKEN = "a token of some length"
ORNAMENT = "Қошқар мүйіз, көк және алтын"


@pytest.fixture
async def system() -> AsyncIterator[ImageSystem]:
    async with image_system(side=64) as system:
        yield system


class Page(httpx2.AsyncClient):
    """Sends what the page of pictures sends."""

    async def headers_of_a_write(self) -> dict[str, str]:
        csrf = (await self.get("/v1/me")).json()["csrf"]
        return {"X-CSRF-Token": csrf, "Origin": str(self.base_url).rstrip("/")}

    async def write(self, method: str, path: str, body: Any = None) -> httpx2.Response:
        headers = await self.headers_of_a_write()
        return await self.request(method, path, json=body or {}, headers=headers)

    async def draw(self, body: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        """The events of a generation that is not refused at once."""
        answer = await self.write("POST", "/v1/images", body)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/event-stream")
        return events_of(answer.text)


def events_of(text: str) -> list[tuple[str, dict[str, Any]]]:
    events = []
    for event in text.split("\n\n"):
        if event and not event.startswith(":"):
            name, data = event.split("\n")
            events.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return events


@pytest.fixture
async def page(system: ImageSystem) -> AsyncIterator[Page]:
    async with Page(base_url=system.address, timeout=20) as client:
        yield client


async def test_a_generation_is_told_and_its_pictures_are_kept(
    system: ImageSystem, page: Page
) -> None:
    events = await page.draw(
        {"prompt": ORNAMENT, "seed": 7, "count": 2, "steps": 4, "preview_every": 2}
    )
    assert [name for name, _ in events] == ["step"] * 4 + ["image"] * 2 + ["end"]
    steps = [data for name, data in events if name == "step"]
    assert [(step["step"], step["steps"]) for step in steps] == [(n, 4) for n in range(1, 5)]
    assert [("preview" in step) for step in steps] == [False, True, False, True]
    assert base64.b64decode(steps[1]["preview"])[8:12] == b"WEBP"
    first, second = [data for name, data in events if name == "image"]
    assert (first["seed"], second["seed"]) == (7, 8)
    assert first["synthetic"]
    assert first["file_name"] == "қошқар-мүйіз-көк-және-алтын-7.png"
    listed = (await page.get("/v1/images")).json()
    assert [one["id"] for one in listed["images"]] == [second["id"], first["id"]]
    assert (await page.get(f"/v1/images/{first['id']}")).json()["sha256"] == first["sha256"]


async def test_every_setting_reaches_the_services(system: ImageSystem, page: Page) -> None:
    picture, mask = b"picture", b"mask"
    await page.draw(
        {
            "prompt": ORNAMENT,
            "negative_prompt": "бұлыңғыр",
            "language": "kk",
            "model": "starter-ornament",
            "styles": ["tuye_taban", "yurt"],
            "width": 128,
            "height": 96,
            "steps": 2,
            "guidance": 0,
            "seed": 0,
            "scheduler": "euler",
            "adapters": [{"adapter": "felt", "weight": -0.5}, {"adapter": "felt"}],
            "image": base64.b64encode(picture).decode(),
            "mask": base64.b64encode(mask).decode(),
            "strength": 0.4,
            "format": "webp",
            "badge": {"corner": "top-left", "language": "ru", "size_percent": 4},
            "keep_language": True,
            "discard": True,
        }
    )
    assert system.server.requests == [
        pb.GenerateImageRequest(
            prompt=ORNAMENT,
            negative_prompt="бұлыңғыр",
            language="kk",
            model="starter-ornament",
            styles=["tuye_taban", "yurt"],
            width=128,
            height=96,
            steps=2,
            guidance=0,
            seed=0,
            count=1,
            scheduler="euler",
            adapters=[
                pb.ImageAdapter(adapter="felt", weight=-0.5),
                pb.ImageAdapter(adapter="felt", weight=1),
            ],
            image=picture,
            mask=mask,
            strength=0.4,
            format=pb.IMAGE_FORMAT_WEBP,
            badge=pb.ImageBadge(corner=pb.IMAGE_CORNER_TOP_LEFT, language="ru", size_percent=4),
            keep_language=True,
            discard=True,
        )
    ]


async def test_what_is_left_out_is_the_servers(system: ImageSystem, page: Page) -> None:
    await page.draw({"prompt": ORNAMENT})
    wanted = pb.GenerateImageRequest(prompt=ORNAMENT, count=1, format=pb.IMAGE_FORMAT_PNG)
    assert system.server.requests == [wanted]


async def test_a_picture_that_is_not_kept_comes_with_the_events(
    system: ImageSystem, page: Page
) -> None:
    events = await page.draw({"prompt": ORNAMENT, "discard": True})
    [image] = [data for name, data in events if name == "image"]
    assert image["id"] == ""
    assert base64.b64decode(image["content"]).startswith(b"\x89PNG")
    assert (await page.get("/v1/images")).json()["images"] == []


async def test_the_file_is_handed_on_byte_for_byte(tmp_path: Path) -> None:
    async with (
        image_system(tmp_path, side=64) as system,
        Page(base_url=system.address, timeout=20) as page,
    ):
        image_id = system.server.put("гүл <\"'>; name", seed=3)
        kept = system.server.gallery[f"images/{image_id}"]
        answer = await page.get(f"/v1/images/{image_id}/file")
        assert answer.content == kept.content
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["content-disposition"] == (
            "attachment; filename=\"image-3.png\"; filename*=UTF-8''%D0%B3%D2%AF%D0%BB-name-3.png"
        )
        assert answer.headers["x-dauys-synthetic"] == "true"
        small = await page.get(f"/v1/images/{image_id}/thumbnail")
        assert (small.content, small.headers["content-type"]) == (kept.thumbnail, "image/webp")
        if SIGNS:
            from services.image_generation.provenance import read_manifest

            manifest = read_manifest(answer.content, "png")
            assert manifest is not None
            assert (manifest.state, manifest.settings["seed"]) == ("Valid", 3)


async def test_the_gallery_is_searched_and_turned_page_by_page(
    system: ImageSystem, page: Page
) -> None:
    for n in range(5):
        system.server.put(f"түйе табан {n}", seed=n)
    last = system.server.put("ТҮЙЕ ТАБАН және гүл", styles=["gul"])
    seen: list[str] = []
    token = ""
    while True:
        answer = await page.get("/v1/images", params={"page_size": "4", "page_token": token})
        seen += [image["prompt"] for image in answer.json()["images"]]
        token = answer.json()["next_page_token"]
        if not token:
            break
    assert seen[0] == "ТҮЙЕ ТАБАН және гүл"
    assert len(seen) == 6
    for query in ({"contains": "гүл түйе"}, {"style": "gul"}):
        found = (await page.get("/v1/images", params=query)).json()["images"]
        assert [image["id"] for image in found] == [last]
    for query in ({"page_size": "0"}, {"page_size": "many"}, {"contains": "а" * 501}):
        wrong = await page.get("/v1/images", params=query)
        assert wrong.status_code == 400
        assert wrong.json()["error"]["fields"] == list(query)
    lost = await page.get("/v1/images", params={"page_token": "none of ours"})
    assert (lost.status_code, lost.json()["error"]["fields"]) == (400, ["page_token"])


async def test_styles_and_models_for_the_page(system: ImageSystem, page: Page) -> None:
    styles = (await page.get("/v1/image-styles", params={"kind": "motif"})).json()["styles"]
    assert {style["kind"] for style in styles} == {"motif"}
    horn = next(style for style in styles if style["style"] == "qoshqar_muiz")
    assert horn["display_names"]["kk"] == "Қошқар мүйіз"
    assert set(horn["meanings"]) == {"kk", "ru", "en"}
    models = (await page.get("/v1/image-models")).json()["models"]
    assert [(one["model"], one["available"]) for one in models] == [
        ("starter-ornament", True),
        ("flux.1-schnell", False),
    ]
    assert models[0]["capabilities"] is None
    loaded = (await page.get("/v1/image-models/starter-ornament")).json()
    assert loaded["capabilities"]["sizes"][1] == {"size": "news", "width": 85, "height": 48}
    assert (await page.get("/v1/image-models/flux.1-schnell")).status_code == 409
    assert (await page.get("/v1/image-models/none")).status_code == 404


async def test_an_image_is_deleted(system: ImageSystem, page: Page) -> None:
    image_id = system.server.put("гүл")
    for path in (f"/v1/images/{image_id}", f"/v1/images/{image_id}/file"):
        assert (await page.get(path)).status_code == 200
    assert (await page.write("DELETE", f"/v1/images/{image_id}")).status_code == 200
    for ending in ("", "/file", "/thumbnail"):
        assert (await page.get(f"/v1/images/{image_id}{ending}")).status_code == 404
    assert (await page.write("DELETE", f"/v1/images/{image_id}")).status_code == 404


@pytest.mark.parametrize("ending", ["file", "thumbnail"])
async def test_a_browser_shows_nothing_that_is_deleted(
    system: ImageSystem, page: Page, ending: str
) -> None:
    image_id = system.server.put("гүл")
    path = f"/v1/images/{image_id}/{ending}"
    first = await page.get(path)
    assert first.headers["cache-control"] == "private, no-cache"
    again = {"If-None-Match": first.headers["etag"]}
    answer = await page.get(path, headers=again)
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == first.headers["etag"]
    assert (await page.get(path, headers={"If-None-Match": '"other"'})).content == first.content
    assert (await page.write("DELETE", f"/v1/images/{image_id}")).status_code == 200
    assert (await page.get(path, headers=again)).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "prompt"),
        ({"prompt": "а" * 4001}, "prompt"),
        ({"prompt": "\ud800"}, "prompt"),
        ({"prompt": ["гүл"]}, "prompt"),
        ({"prompt": "гүл", "width": 20_000}, "width"),
        ({"prompt": "гүл", "width": 2**40}, "width"),
        ({"prompt": "гүл", "height": -1}, "height"),
        ({"prompt": "гүл", "steps": 1.5}, "steps"),
        ({"prompt": "гүл", "guidance": 31}, "guidance"),
        ({"prompt": "гүл", "guidance": float("nan")}, "guidance"),
        ({"prompt": "гүл", "seed": -1}, "seed"),
        ({"prompt": "гүл", "seed": None}, "seed"),
        ({"prompt": "гүл", "format": "exe"}, "format"),
        ({"prompt": "гүл", "badge": {"corner": "middle"}}, "badge.corner"),
        ({"prompt": "гүл", "badge": "off"}, "badge"),
        ({"prompt": "гүл", "image": "not base64!"}, "image"),
        ({"prompt": "гүл", "adapters": [{"adapter": 3}]}, "adapters.adapter"),
        ({"prompt": "гүл", "styles": ["s"] * 9}, "styles"),
    ],
)
async def test_what_is_wrong_is_named_before_anything_is_drawn(
    page: Page, body: dict[str, Any], field: str
) -> None:
    headers = await page.headers_of_a_write() | {"Content-Type": "application/json"}
    answer = await page.post("/v1/images", content=json.dumps(body), headers=headers)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["fields"] == [field]


async def test_unknown_styles_and_refused_prompts(page: Page) -> None:
    for body, status in (
        ({"prompt": "гүл", "styles": ["nothing"]}, 404),
        ({"prompt": "a forbidden thing"}, 409),
    ):
        answer = await page.write("POST", "/v1/images", body)
        assert answer.status_code == status


async def test_a_failure_half_way_is_the_last_event(system: ImageSystem, page: Page) -> None:
    system.server.fault = ResourceExhausted("memory", "no memory left on the device")
    events = await page.draw({"prompt": ORNAMENT})
    assert [name for name, _ in events] == ["step", "step", "error"]
    assert events[-1][1]["code"] == "RESOURCE_EXHAUSTED"
    assert "no memory left" in events[-1][1]["message"]


async def test_the_place_in_the_queue_is_told(system: ImageSystem, page: Page) -> None:
    system.server.before = 2
    system.server.step(2)
    events = await page.draw({"prompt": ORNAMENT, "steps": 1})
    assert events[:2] == [("queued", {"before": 2}), ("queued", {"before": 1})]


async def test_who_leaves_stops_the_drawing(system: ImageSystem, page: Page) -> None:
    system.server.held = True
    system.server.step(1)
    async with page.stream(
        "POST",
        "/v1/images",
        json={"prompt": ORNAMENT},
        headers=await page.headers_of_a_write(),
    ) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                break
        assert not system.server.cancelled.is_set()
    async with asyncio.timeout(20):
        await system.server.cancelled.wait()
    assert system.server.gallery == {}


async def test_who_leaves_before_the_first_event_stops_it_too(
    system: ImageSystem, page: Page
) -> None:
    system.server.held = True
    headers = await page.headers_of_a_write()
    asked = asyncio.ensure_future(
        page.post("/v1/images", json={"prompt": ORNAMENT}, headers=headers)
    )
    async with asyncio.timeout(20):
        await system.server.asked.wait()
        asked.cancel()
        await system.server.cancelled.wait()


async def test_a_long_wait_has_signs_of_life(system: ImageSystem) -> None:
    system.server.held = True
    async with AsyncClient(system.target) as client:
        app = Starlette(routes=ImageEndpoints(client, Access(TOKEN), 0.01, 0.01).routes())
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as page:
            drawing = asyncio.ensure_future(
                page.post(
                    "/v1/images",
                    json={"prompt": ORNAMENT, "steps": 1},
                    headers={"Authorization": f"Bearer {TOKEN}"},
                )
            )
            async with asyncio.timeout(20):
                await system.server.asked.wait()
                await asyncio.sleep(0.1)  # nothing comes for so long: that is the case
                system.server.step()
                text = (await drawing).text
    assert text.startswith(": beat\n\n")
    assert text.endswith("event: end\ndata: {}\n\n")


async def test_a_body_that_is_too_large_is_refused(system: ImageSystem, page: Page) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"image": "'
        for _ in range(2 * MAX_BYTES >> 20):
            yield b"A" * (1 << 20)

    headers = await page.headers_of_a_write() | {"Content-Type": "application/json"}
    answer = await page.post("/v1/images", content=pieces(), headers=headers)
    assert answer.status_code == 413
    assert system.server.requests == []


async def test_large_pictures_pass(system: ImageSystem, page: Page) -> None:
    picture = base64.b64encode(bytes(16 << 20)).decode()
    await page.draw({"prompt": ORNAMENT, "steps": 1, "image": picture})
    assert len(system.server.requests[-1].image) == 16 << 20


@pytest.mark.parametrize(
    "name", ["..%2f..%2fetc%2fpasswd", "%2e%2e", "a.b", "a%00b", "а", "x" * 65, "a%20b"]
)
async def test_what_can_be_no_name_never_reaches_the_services(page: Page, name: str) -> None:
    for ending in ("", "/file", "/thumbnail"):
        answer = await page.get(f"/v1/images/{name}{ending}")
        assert answer.status_code == 404
    assert (await page.write("DELETE", f"/v1/images/{name}")).status_code in (404, 405)


async def test_other_methods_and_other_sites_are_refused(system: ImageSystem, page: Page) -> None:
    image_id = system.server.put("гүл")
    for method, path in (
        ("PUT", "/v1/images"),
        ("DELETE", "/v1/images"),
        ("POST", f"/v1/images/{image_id}"),
        ("DELETE", f"/v1/images/{image_id}/file"),
    ):
        assert (await page.write(method, path)).status_code == 405
    right = await page.headers_of_a_write()
    body = json.dumps({"prompt": ORNAMENT})
    for headers, status in (
        ({"Content-Type": "application/json"}, 403),
        (right | {"Content-Type": "application/json", "Origin": "https://evil.kz"}, 403),
        (right | {"Content-Type": "text/plain"}, 415),
    ):
        answer = await page.post("/v1/images", content=body, headers=headers)
        assert answer.status_code == status
    assert (await page.delete(f"/v1/images/{image_id}")).status_code == 403
    assert len(system.server.gallery) == 1
    assert system.server.requests == []


async def test_with_a_token_strangers_get_nothing() -> None:
    async with (
        image_system(side=64, token=TOKEN) as system,
        Page(base_url=system.address, timeout=20) as stranger,
    ):
        image_id = system.server.put("гүл")
        one = f"/v1/images/{image_id}"
        for path in (
            "/v1/images",
            one,
            f"{one}/file",
            f"{one}/thumbnail",
            "/v1/image-styles",
            "/v1/image-models",
            "/v1/image-models/x",
        ):
            assert (await stranger.get(path)).status_code == 401
            linked = await stranger.get(path, params={"token": "x"})
            assert linked.status_code == 401
        assert (await stranger.post("/v1/images", json={"prompt": "гүл"})).status_code == 401
        assert (await stranger.delete(one)).status_code == 401
        asked = await stranger.get("/images")
        assert (asked.status_code, asked.headers["location"]) == (303, "/login?next=/images")
        known = {"Authorization": f"Bearer {TOKEN}"}
        drawn = await stranger.post("/v1/images", json={"prompt": "гүл"}, headers=known)
        assert events_of(drawn.text)[-1] == ("end", {})
        assert (await stranger.delete(one, headers=known)).status_code == 200


async def test_a_server_that_does_not_draw() -> None:
    server = grpc.aio.server()
    target = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        async with (
            running_gateway(GatewaySettings(port=0, server=target)) as address,
            Page(base_url=address, timeout=20) as page,
        ):
            for path in ("/v1/image-models", "/v1/image-styles", "/v1/images"):
                answer = await page.get(path)
                assert answer.status_code == 501
            assert (await page.write("POST", "/v1/images", {"prompt": "гүл"})).status_code == 501
    finally:
        await server.stop(0)
