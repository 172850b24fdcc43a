"""Outputs and spoken languages on the pages, in Debian's Chromium."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from dauys.client import EngineState, SessionEngine

pytest.importorskip("playwright", reason="playwright is not installed")
from playwright.async_api import Page, async_playwright, expect

from tests.integration.gateway.browsers import find_chromium
from tests.integration.gateway.scripted import Running, running_system

pytestmark = pytest.mark.slow

expect.set_options(timeout=15_000)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    profiles = tmp_path / "profiles.toml"
    profiles.write_text(
        '[[output]]\nname = "air"\nkind = "hls"\nsegment_seconds = 1\nhold_seconds = 0\n'
    )
    root = tmp_path / "root"
    settings = {"outputs_root": root, "output_profiles": profiles}
    async with running_system(settings, outputs_root=root) as system:
        yield system


@pytest.fixture
async def page(running: Running) -> AsyncIterator[Page]:
    problems: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        context = await browser.new_context(
            locale="en", viewport={"width": 1280, "height": 900}, base_url=running.address
        )
        page = await context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        yield page
        await browser.close()
    assert problems == []


async def test_a_session_is_started_with_outputs_whose_health_is_shown(
    running: Running, page: Page, tmp_path: Path
) -> None:
    await page.goto("/")
    await page.locator("#outputs input[value=air]").check()
    await page.locator("#name").fill("Evening news")
    await page.locator("#new button").click()
    card = page.locator("#running .card")
    output = card.locator("[data-output=air]")
    await expect(output.locator(".state")).to_have_text("On air")
    assert "cues: 0" in await output.inner_text()
    link = card.locator("a", has_text="hls: air")
    href = await link.get_attribute("href")
    assert href is not None
    assert "/outputs/" in href
    session_id = await card.get_attribute("data-session")
    assert session_id is not None
    session = await running.known(session_id)
    session.hear(3)
    session.say("Сәлем!")
    session.finish_cue()
    await page.locator("h1").first.click()  # no card is in use
    await expect(output).to_contain_text("cues: 1")
    await page.screenshot(path=tmp_path / "sessions.png", full_page=True)
    answer = await page.request.get(href)
    assert answer.status == 200


async def test_the_console_shows_outputs_and_moves_them(running: Running, page: Page) -> None:
    session = await running.session(languages=["kk", "ru"], outputs=["air"])
    await page.goto(f"/operate/{session.id}")
    output = page.locator("#outputs [data-output=air]")
    await expect(output.locator(".state")).to_have_text("On air")
    await output.locator("input").fill("-1.5")
    await output.locator("input").blur()
    await expect(output).to_contain_text("-1.5")
    found = await running.client.get_live_session(session.name)
    assert found.outputs[0].offset == -1.5
    # How it fares is an event, too.
    runner_log = page.locator("#log")
    await running.client.update_live_session(session.name, outputs=[])
    await expect(runner_log).to_contain_text("output air — Ended")
    await expect(page.locator("#outputs-section")).to_be_hidden()


async def test_spoken_languages_change_on_air(running: Running, page: Page) -> None:
    session = await running.session(languages=["kk", "ru"])
    await page.goto(f"/operate/{session.id}")
    kazakh, russian, english = (
        page.locator(f"#spoken input[value={code}]") for code in ("kk", "ru", "en")
    )
    await expect(kazakh).to_be_checked()
    await expect(english).not_to_be_checked()
    async with page.expect_response(lambda response: response.request.method != "GET"):
        await russian.uncheck()
    await expect(russian).not_to_be_checked()
    found = await running.client.get_live_session(session.name)
    assert found.options.languages == ("kk",)
    # The last one stays.
    await kazakh.click()
    await expect(page.locator("#notice")).to_contain_text("At least one language")
    await expect(kazakh).to_be_checked()


async def test_the_console_shows_engines_and_hands_over(running: Running, page: Page) -> None:
    session = await running.session(
        languages=["kk"], engines=[SessionEngine(name="large"), SessionEngine(name="small")]
    )
    await page.goto(f"/operate/{session.id}")
    large, small = (page.locator(f"#engines [data-engine={name}]") for name in ("large", "small"))
    await expect(large.locator(".state")).to_have_text("On air")
    await expect(large.get_by_role("button")).to_have_count(0)
    await page.locator("#you").fill("Айгүл")
    await small.get_by_role("button", name="Put on air").click()
    await expect(small.locator(".state")).to_have_text("On air")
    await expect(large.locator(".state")).to_have_text("Standing by")
    await expect(page.locator("#log")).to_contain_text("Айгүл: engine small is on air")
    found = await running.client.get_live_session(session.name)
    assert [engine.state for engine in found.engines] == [EngineState.STANDBY, EngineState.ON_AIR]
