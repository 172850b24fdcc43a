"""The gateway's API and pages over HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx2
import pytest
from dauys.client import AsyncClient
from starlette.testclient import TestClient

from services.gateway.app import make_app
from services.gateway.settings import GatewaySettings
from tests.integration.gateway.scripted import Running, running_system

TOKEN = "a token of some length"
STATIC = Path("services/gateway/static")


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    async with running_system() as system:
        yield system


class Page(httpx2.AsyncClient):
    """Sends what a page of the gateway sends."""

    async def write(self, method: str, path: str, body: Mapping[str, object]) -> httpx2.Response:
        csrf = (await self.get("/v1/me")).json()["csrf"]
        headers = {"X-CSRF-Token": csrf, "Origin": str(self.base_url).rstrip("/")}
        return await self.request(method, path, json=body, headers=headers)


@pytest.fixture
async def page(running: Running) -> AsyncIterator[Page]:
    async with Page(base_url=running.address, timeout=20) as client:
        yield client


async def test_a_session_is_started_changed_and_stopped(page: Page) -> None:
    wanted = {"display_name": "Таңғы жаңалықтар", "languages": ["kk", "ru"], "request_id": "once"}
    started = await page.write("POST", "/v1/sessions", wanted)
    assert started.status_code == 201
    again = await page.write("POST", "/v1/sessions", wanted)
    session_id = started.json()["id"]
    assert again.json()["id"] == session_id
    listed = (await page.get("/v1/sessions")).json()["sessions"]
    assert [session["display_name"] for session in listed] == ["Таңғы жаңалықтар"]
    path = f"/v1/sessions/{session_id}"
    changed = await page.write("PATCH", path, {"languages": ["kk"], "preset": "hls-live"})
    assert (changed.json()["languages"], changed.json()["preset"]) == (["kk"], "hls-live")
    stopped = await page.write("POST", f"{path}/stop", {})
    assert stopped.json()["state"] == "stopped"


async def test_corrections_controls_and_names(running: Running, page: Page) -> None:
    session = await running.session()
    first = session.say("Тоқайев сөйледі")
    path = f"/v1/sessions/{session.id}"
    wanted = {
        "track": "source",
        "event_id": first,
        "expected_text": "Тоқайев сөйледі",
        "text": "Тоқаев сөйледі",
        "operator": "Айгерім",
        "glossary": [{"spelling": "Тоқаев", "sounds_like": ["Тоқайев"]}],
    }
    done = await page.write("POST", f"{path}/corrections", wanted)
    assert done.json() == {"event_id": 2}
    late = await page.write("POST", f"{path}/corrections", wanted | {"text": "Тоқай сөйледі"})
    assert late.status_code == 409
    assert late.json()["error"]["current_text"] == "Тоқаев сөйледі"
    held = await page.write("POST", f"{path}/controls", {"action": "hold"})
    assert held.json()["captions"] == {"held": True, "killed": False, "unlabelled": False}
    wrong = await page.write("POST", f"{path}/controls", {"action": "explode"})
    assert (wrong.status_code, wrong.json()["error"]["fields"]) == (400, ["action"])
    named = await page.write("POST", f"{path}/glossary", {"spelling": "Абай"})
    assert [entry["spelling"] for entry in named.json()["glossary"]] == ["Тоқаев", "Абай"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"url": "file:///etc/passwd"}, 400, "url"),
        ({"languages": ["xx"]}, 400, "live_session.config.languages"),
        ({"languages": "kk"}, 400, "languages"),
        ({"display_name": "а" * 201}, 400, "display_name"),
        ({"mixed_languages": 1}, 400, "mixed_languages"),
    ],
)
async def test_what_is_wrong_is_named(
    page: Page, body: dict[str, object], status: int, field: str
) -> None:
    answer = await page.write("POST", "/v1/sessions", body)
    assert answer.status_code == status
    assert field in answer.json()["error"]["fields"]


async def test_writes_of_other_sites_are_refused(running: Running, page: Page) -> None:
    session = await running.session()
    path = f"/v1/sessions/{session.id}/controls"
    csrf = (await page.get("/v1/me")).json()["csrf"]
    body = json.dumps({"action": "kill"})
    typed = {"Content-Type": "application/json"}
    for headers, status in (
        (typed, 403),
        (typed | {"X-CSRF-Token": csrf, "Origin": "https://evil.kz"}, 403),
        ({"Content-Type": "text/plain", "X-CSRF-Token": csrf}, 415),
    ):
        answer = await page.post(path, content=body, headers=headers)
        assert answer.status_code == status
    found = await running.client.get_live_session(session.name)
    assert not found.captions.killed


async def test_a_foreign_name_of_this_machine_is_refused(page: Page) -> None:
    answer = await page.get("/v1/me", headers={"Host": "rebound.evil.kz"})
    assert answer.status_code == 421


async def test_with_a_token_strangers_get_nothing() -> None:
    async with (
        running_system(token=TOKEN) as running,
        Page(base_url=running.address, timeout=20) as page,
    ):
        session = await running.session(url="", display_name="Жабық жиын")
        assert (await page.get("/v1/sessions")).status_code == 401
        assert (await page.get(f"/v1/sessions/{session.id}")).status_code == 401
        moved = await page.get("/operate/x")
        assert (moved.status_code, moved.headers["location"]) == (303, "/login?next=/operate/x")
        wrong = await page.post("/v1/login", json={"token": "wrong"})
        assert wrong.status_code == 401
        right = await page.post("/v1/login", json={"token": TOKEN})
        cookie = right.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        described = (await page.get(f"/v1/sessions/{session.id}")).json()
        assert described["display_name"] == "Жабық жиын"
        async with Page(base_url=running.address) as viewer:
            link = {"token": described["view_token"]}
            seen = (await viewer.get(f"/v1/sessions/{session.id}", params=link)).json()
            assert seen["display_name"] == "Жабық жиын"
            assert not {"url", "glossary", "view_token", "model"} & set(seen)
        await page.write("POST", "/v1/logout", {})
        assert (await page.get("/v1/sessions")).status_code == 401


async def test_pages_are_strict_and_have_no_script_of_their_own(page: Page) -> None:
    for path in ("/", "/login", "/view/x", "/overlay/x", "/operate/x", "/speak", "/images"):
        answer = await page.get(path)
        assert answer.status_code == 200
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        html = answer.text
        assert not re.search(r"<script(?![^>]*\bsrc=)", html)
        assert not re.search(r"\son\w+=|style=|https?://", html)


def test_text_is_never_parsed_as_markup() -> None:
    for script in (STATIC / "js").glob("*.js"):
        text = script.read_text(encoding="utf-8")
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text
        )


def test_every_text_of_the_pages_is_there_in_three_languages() -> None:
    texts = {
        code: json.loads((STATIC / "i18n" / f"{code}.json").read_text(encoding="utf-8"))
        for code in ("kk", "ru", "en")
    }
    assert set(texts["kk"]) == set(texts["ru"]) == set(texts["en"])
    used: set[str] = set()
    for page in [*STATIC.glob("*.html"), *(STATIC / "js").glob("*.js")]:
        source = page.read_text(encoding="utf-8")
        used |= set(re.findall(r'data-t(?:-label|-placeholder)?="([\w.-]+)"', source))
        used |= set(re.findall(r'\bt\("([\w.-]+)"', source))
    assert used - set(texts["kk"]) == set()
    for key in texts["kk"]:
        holes = [sorted(re.findall(r"\{\w+\}", texts[code][key])) for code in texts]
        assert holes[0] == holes[1] == holes[2], key


def test_services_that_cannot_be_reached_are_said_to_be_so() -> None:
    async def check() -> None:
        async with AsyncClient("127.0.0.1:1") as client:
            app = make_app(GatewaySettings(), client)
            transport = httpx2.ASGITransport(app=app)
            async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as http:
                answer = await http.get("/v1/sessions")
                assert answer.status_code == 503
                assert answer.json()["error"]["code"] == "UNAVAILABLE"

    import asyncio

    asyncio.run(check())


def test_the_application_starts_and_ends() -> None:
    async def make() -> None:
        async with AsyncClient("127.0.0.1:1") as client:
            app = make_app(GatewaySettings(), client)
            with TestClient(app, base_url="http://localhost") as http:
                assert http.get("/health").text == "ok"
                assert http.get("/static/css/base.css").status_code == 200
                assert http.get("/static/../app.py").status_code == 404

    import asyncio

    asyncio.run(make())
