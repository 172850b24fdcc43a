"""Pictures of the gateway's pages for the documents: docs/screenshots/*.png.

    python -m tools.gateway_screenshots [--out docs/screenshots]

A session is spoken into by a script (tests/integration/gateway/scripted.py); the pages are the real
ones, in the Chromium of this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from dauys.client import AudioEncoding, AudioFormat
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

from tests.integration.gateway.scripted import Running, ScriptedSession, running_system
from tests.integration.gateway.scripted_image_server import ImageSystem, image_system

_SILENCE = bytes(2 * 1600)


async def silence() -> AsyncIterator[bytes]:
    """So that the session is live."""
    while True:
        yield _SILENCE
        await asyncio.sleep(0.1)


async def push(running: Running, session: ScriptedSession) -> None:
    """Feed the session until cancelled."""
    audio_format = AudioFormat(AudioEncoding.LINEAR16, 16_000, 1)
    async for _ in running.client.push_audio(session.name, silence(), audio_format):
        pass


def speak(session: ScriptedSession) -> int:
    """A short bulletin in all tracks; returns the event whose name is wrong."""
    said = session.say
    said("Қайырлы кеш, құрметті көрермендер.", pause=61)
    said("Бүгін Астанада үкіметтің кеңейтілген отырысы өтті.")
    wrong = said("Отырысты Олжас Бектеноф жүргізді.", doubtful=["Бектеноф"])
    said("По словам министра, бюджет вырастет на 12 %.", "ru", pause=2)
    said("Енді әңгіме жаңа теміржол туралы.", pause=2)
    said("Добрый вечер, уважаемые зрители.", "ru", "ru", pause=61)
    said("Сегодня в Астане прошло расширенное заседание правительства.", "ru", "ru")
    said("Заседание провёл Олжас Бектенов.", "ru", "ru")
    said("По словам министра, бюджет вырастет на 12 %.", "ru", "ru", pause=2)
    said("Good evening, dear viewers.", "en", "en", pause=61)
    said("The government held an enlarged meeting in Astana today.", "en", "en")
    said("Olzhas Bektenov chaired the meeting.", "en", "en")
    said("The minister says the budget will grow by 12 %.", "en", "en", pause=2)
    return wrong


async def show(page: Page, session: ScriptedSession) -> None:
    """Wait until the page is whole, open words included."""
    await page.wait_for_timeout(1200)
    session.mumble("Жол ұзындығы екі жүз")
    session.mumble("Теперь о новой", "ru", "ru")
    session.mumble("Now to the new", "en", "en")
    await page.wait_for_timeout(1200)


async def picture(page: Page, path: Path) -> None:
    """A small PNG: interface pictures need few colours."""
    image = Image.open(io.BytesIO(await page.screenshot(omit_background=True)))
    if image.mode != "RGBA":
        image = image.quantize(192, dither=Image.Dither.NONE)
    image.save(path, optimize=True)


async def take(browser: Browser, running: Running, session: ScriptedSession, out: Path) -> None:
    """All pictures."""
    wrong = speak(session)
    desk = session.session.operators
    said = "Отырысты Олжас Бектеноф жүргізді."

    async def page(path: str, width: int, height: int, **context: Any) -> Page:
        opened = await browser.new_context(viewport={"width": width, "height": height}, **context)
        page = await opened.new_page()
        await page.goto(running.address + path)
        return page

    operate = await page(f"/operate/{session.id}?ui=kk", 1280, 800, color_scheme="dark")
    await operate.locator(".word", has_text="Бектеноф").click()
    await operate.keyboard.press("Enter")
    await operate.locator(".edit").fill("Бектенов")
    await show(operate, session)
    await picture(operate, out / "operator.png")
    desk.correct_events("source", wrong, wrong, said, said.replace("ноф", "нов"), "Айгерім")
    sessions = await page("/?ui=ru", 1280, 800, color_scheme="light")
    await sessions.wait_for_timeout(1500)
    await picture(sessions, out / "sessions.png")
    speech = await page("/speak?ui=kk", 1280, 800, color_scheme="light")
    await speech.wait_for_timeout(1000)
    await picture(speech, out / "speak.png")
    view = await page(f"/view/{session.id}?ui=kk&tracks=source,ru,en", 1280, 720)
    await show(view, session)
    await picture(view, out / "viewer.png")
    phone = await page(f"/view/{session.id}?ui=kk", 390, 720, color_scheme="dark")
    await show(phone, session)
    await picture(phone, out / "viewer-phone.png")
    overlay = await page(f"/overlay/{session.id}", 1280, 720)
    await overlay.evaluate("document.documentElement.style.background = '#4d6b78'")
    await overlay.locator(".screen").wait_for(state="visible")
    await picture(overlay, out / "overlay.png")


async def draw(browser: Browser, system: ImageSystem, out: Path) -> None:
    """The page of pictures, with a gallery."""
    for seed, (prompt, size, seamless) in enumerate(
        (
            ("Ботагөз, қызыл және қара", "news", False),
            ("Күн, сары және көк", "square", True),
            ("Құс қанаты, ақ және күрең", "square", False),
            ("Су, көк және ақ", "poster", False),
            ("Гүл, алтын және жасыл", "square", False),
        )
    ):
        system.server.put(prompt, seed=seed + 3, size=size, seamless=seamless)
    opened = await browser.new_context(viewport={"width": 1280, "height": 800})
    page = await opened.new_page()
    await page.goto(f"{system.address}/images?ui=kk")
    await page.locator("#prompt").fill("Қошқар мүйіз, алтын және көк")
    await page.locator("#styles label", has_text="Қошқар мүйіз").click()
    await page.locator("#count label", has_text="2").click()
    await page.locator("#seed").fill("10")
    await page.locator("#go").click()
    await page.locator("#results img").nth(1).wait_for()
    await page.evaluate("scrollTo(0, 0)")
    await page.wait_for_timeout(1000)
    await picture(page, out / "images.png")


async def run(out: Path, identities: Path) -> None:
    """Start everything and take the pictures."""
    async with image_system(identities, 512) as images, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        await draw(browser, images, out)
        await browser.close()
    async with running_system() as running, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        session = await running.session(
            display_name="Кешкі жаңалықтар, 20:00", languages=["kk", "ru"]
        )
        async with asyncio.TaskGroup() as group:
            feeding = group.create_task(push(running, session))
            await take(browser, running, session, out)
            feeding.cancel()
        await browser.close()


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/screenshots"))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DAUYS_DATABASE_URL"] = f"sqlite:///{folder}/dauys.sqlite3"
        out = parser.parse_args().out
        out.mkdir(parents=True, exist_ok=True)
        asyncio.run(run(out, Path(folder)))


if __name__ == "__main__":
    main()
