"""The page that tries voices, and what it asks."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import httpx2
import mutagen
import pytest
from dauys.client import AsyncClient, InvalidArgumentError, ResourceExhaustedError

from foundation.synthesis import SynthesizedSpeech
from services.gateway.running import running_gateway
from services.gateway.settings import GatewaySettings
from tests.integration.gateway.browsers import find_chromium
from tests.integration.speech_fixtures import catalogue, speech_server
from tests.unit.synthesis.voices import in_pieces, tone
from workers.interface import Task

__all__ = ["catalogue"]

TOKEN = "a token of some length"


@pytest.fixture
async def address(catalogue: None, tmp_path: Path) -> AsyncIterator[str]:
    async with (
        speech_server(tmp_path) as target,
        running_gateway(GatewaySettings(port=0, server=target)) as address,
    ):
        yield address


async def headers_of(page: httpx2.AsyncClient) -> dict[str, str]:
    csrf = (await page.get("/v1/me")).json()["csrf"]
    return {"X-CSRF-Token": csrf, "Origin": str(page.base_url).rstrip("/")}


async def speak(address: str, body: Mapping[str, Any]) -> httpx2.Response:
    async with httpx2.AsyncClient(base_url=address, timeout=20) as page:
        return await page.post("/v1/speech", json=body, headers=await headers_of(page))


async def test_voices_for_the_page(address: str) -> None:
    async with httpx2.AsyncClient(base_url=address) as page:
        voices = (await page.get("/v1/voices")).json()["voices"]
    kazakh = next(voice for voice in voices if voice["voice"] == "kk-voice")
    assert kazakh["available"]
    assert kazakh["languages"] == ["kk"]
    assert kazakh["speakers"][1] == {
        "speaker": "f1",
        "display_name": "Айгүл",
        "gender": "female",
    }


async def test_speech_is_labelled_in_headers_and_in_the_file(address: str) -> None:
    answer = await speak(address, {"text": "Сәлем, әлем!", "language": "kk", "format": "mp3"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "audio/mpeg"
    assert answer.headers["x-dauys-synthetic"] == "true"
    assert answer.headers["x-dauys-voices"] == "kk-voice"
    tags = mutagen.File(BytesIO(answer.content)).tags
    assert tags["TXXX:synthetic"].text == ["true"]
    with av.open(BytesIO(answer.content)) as container:
        assert sum(frame.samples for frame in container.decode(audio=0)) > 4_000


async def test_what_is_wrong_is_told_before_any_audio(address: str) -> None:
    for body, status, field in (
        ({"text": ""}, 400, "text"),
        ({"text": "Hi.", "language": "xx"}, 400, "config.config.language"),
        ({"text": "Hi.", "rate": 9}, 400, "config.config.rate"),
        ({"text": "Hi.", "rate": "fast"}, 400, "rate"),
        ({"text": "Hi.", "format": "aac"}, 400, "format"),
        ({"text": "<speak><blink>a</blink></speak>", "ssml": True}, 400, "ssml"),
    ):
        answer = await speak(address, body)
        assert answer.status_code == status, answer.text
        assert answer.json()["error"]["fields"] == [field]
    missing = await speak(address, {"text": "Hi.", "voice": "nobody"})
    assert missing.status_code == 404


async def test_only_pages_of_the_gateway_may_speak(catalogue: None, tmp_path: Path) -> None:
    async with (
        speech_server(tmp_path) as target,
        running_gateway(GatewaySettings(port=0, server=target, token=TOKEN)) as address,
        httpx2.AsyncClient(base_url=address) as stranger,
    ):
        assert (await stranger.get("/v1/voices")).status_code == 401
        assert (await stranger.post("/v1/speech", json={"text": "Hi."})).status_code == 401
        asked = await stranger.get("/speak")
        assert (asked.status_code, asked.headers["location"]) == (303, "/login?next=/speak")
        known = {"Authorization": f"Bearer {TOKEN}"}
        spoken = await stranger.post("/v1/speech", json={"text": "Hi there."}, headers=known)
        assert spoken.status_code == 200


async def test_who_leaves_stops_the_speech(catalogue: None, tmp_path: Path) -> None:
    second, release = threading.Event(), threading.Event()
    calls: list[str] = []

    def slow(task: Task) -> object:
        calls.append(task.payload.text)
        if len(calls) > 1:
            second.set()
            assert release.wait(30)
        return in_pieces(task)

    text = "First sentence here. " + "Another sentence here. " * 50
    async with (
        speech_server(tmp_path, slow, max_speech_streams=1) as target,
        running_gateway(GatewaySettings(port=0, server=target)) as address,
        httpx2.AsyncClient(base_url=address, timeout=20) as page,
    ):
        body = {"text": text, "language": "en", "format": "pcm"}
        async with page.stream(
            "POST", "/v1/speech", json=body, headers=await headers_of(page)
        ) as answer:
            assert answer.status_code == 200
            async for piece in answer.aiter_bytes():
                if piece:
                    break
            assert second.wait(30)
        async with AsyncClient(target) as client:
            while True:
                probe = client.streaming_synthesize(_nothing())
                try:
                    await anext(probe)
                except InvalidArgumentError:
                    break
                except ResourceExhaustedError:
                    await asyncio.sleep(0.01)
        release.set()
    assert len(calls) == 2


async def _nothing() -> AsyncIterator[str]:
    return
    yield


@pytest.mark.slow
async def test_the_page_speaks_stops_and_says_that_it_is_synthetic(
    catalogue: None, tmp_path: Path
) -> None:
    pytest.importorskip("playwright", reason="playwright is not installed")
    from playwright.async_api import async_playwright, expect

    chromium = find_chromium()
    release = threading.Event()

    def long(task: Task) -> SynthesizedSpeech:
        if "stop" in task.payload.text:
            assert release.wait(30)
        return tone(task)

    problems: list[str] = []
    async with (
        speech_server(tmp_path, long) as target,
        running_gateway(GatewaySettings(port=0, server=target)) as address,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        page = await (await browser.new_context(locale="kk-KZ")).new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        for language, badge in (
            ("ru", "Синтезированный голос"),
            ("en", "Synthetic voice"),
            ("kk", "Жасанды дауыс"),
        ):
            await page.goto(f"{address}/speak?ui={language}")
            await expect(page.locator(".synthetic strong")).to_have_text(badge)
            await expect(page.locator("#voices li")).not_to_have_count(0)
            shown = await page.locator("body").inner_text()
            assert not re.search(r"\b(speak|ui|sessions)\.[a-z]+", shown), "a text is missing"
        await expect(page.locator("#text")).to_have_value(re.compile("Қайырлы кеш"))
        await page.locator("#voice").select_option("kk-voice")
        await page.locator("#speaker").select_option("f1")
        await page.locator("#play").click()
        await expect(page.locator("#status")).to_contain_text("Айтылды", timeout=20_000)
        await page.locator("#text").fill("First one. This must stop. And more.")
        await page.locator("#language input[value=en]").check()
        await page.locator("#play").click()
        await expect(page.locator(".synthetic.sounding")).to_be_visible()
        await page.locator("#stop").click()
        await expect(page.locator("#play")).to_be_enabled()
        await expect(page.locator(".synthetic.sounding")).to_have_count(0)
        release.set()
        await page.locator("#text").fill("One two.")
        async with page.expect_download() as caught:
            await page.locator("#download").click()
        download = await caught.value
        assert download.suggested_filename == "one-two.mp3"
        tags = mutagen.File(await download.path()).tags
        assert tags["TXXX:synthetic"].text == ["true"]
        await page.locator("#text").fill("   ")
        await page.locator("#play").click()
        await expect(page.locator("#problem")).to_be_visible()
        await browser.close()
    assert problems == []
