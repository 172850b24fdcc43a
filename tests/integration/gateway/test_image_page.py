"""The page of pictures in a real browser."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import grpc.aio
import numpy as np
import pytest

pytest.importorskip("playwright", reason="playwright is not installed")
from dauys.v1 import image_generation_pb2 as pb
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect

from foundation.errors import InvalidArgument, ResourceExhausted
from services.gateway.running import running_gateway
from services.gateway.settings import GatewaySettings
from tests.integration.gateway.browsers import find_chromium
from tests.integration.gateway.scripted_image_server import ImageSystem, image_system
from tests.integration.gateway.test_pages import CONTRAST

pytestmark = pytest.mark.slow

ORNAMENT = "Қошқар мүйіз, көк және алтын"
Open = Callable[..., Coroutine[Any, Any, Page]]

expect.set_options(timeout=15_000)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    chromium = find_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        await browser.close()


@pytest.fixture
async def system() -> AsyncIterator[ImageSystem]:
    async with image_system(side=64) as system:
        yield system


@pytest.fixture
async def open_page(browser: Browser, system: ImageSystem) -> AsyncIterator[Open]:
    """Opens pages in a context of their own, and fails the test if one of them logs an error."""
    problems: list[str] = []

    async def open_page(path: str = "/images", **wanted: Any) -> Page:
        fixed = {"locale": "kk-KZ", "viewport": {"width": 1280, "height": 900}}
        page = await (await browser.new_context(**(fixed | wanted))).new_page()
        page.on("pageerror", lambda error: problems.append(f"{path}: {error}"))
        page.on(
            "console",
            lambda said: (
                problems.append(f"{path}: {said.text}")
                if said.type == "error" and "Failed to load resource" not in said.text
                else None
            ),
        )
        page.on("dialog", lambda dialog: problems.append(f"a script ran: {dialog.message}"))
        await page.goto(system.address + path)
        return page

    yield open_page
    assert problems == []


async def downloaded(page: Page, button: str) -> tuple[str, bytes]:
    """Name and bytes of the file that a button saves."""
    async with page.expect_download() as caught:
        await page.locator(button).click()
    download = await caught.value
    return download.suggested_filename, await asyncio.to_thread(
        Path(await download.path()).read_bytes
    )


async def test_a_picture_is_asked_for_watched_and_kept(
    system: ImageSystem, open_page: Open
) -> None:
    system.server.held = True
    page = await open_page()
    await expect(page.locator("#none")).to_have_text("Әзірге сурет жоқ.")
    await page.locator("#prompt").fill(ORNAMENT)
    await page.locator("#styles label", has_text="Түйе табан").click()
    await expect(page.locator("#meaning")).to_contain_text("Түйенің ізі")
    await page.locator("[data-kind=architecture]").click()
    await page.locator("#styles label", has_text="Киіз үй").first.click()
    await expect(page.locator("#chosen button")).to_have_count(2)
    await page.locator("#sizes label", has_text="16:9").click()
    await page.locator("#count label", has_text="2").click()
    await page.locator("#seed").fill("7")
    await page.locator("#seamless-field").click()
    await page.locator("#negative").fill("бұлыңғыр")
    await page.locator("#more summary").click()
    await page.locator("#steps").fill("5")
    await page.locator("#corner").select_option("top-left")
    await page.locator("#go").click()
    await expect(page.locator("#status")).to_have_text("Дайындалуда…")
    await expect(page.locator("#preview")).to_be_hidden()
    system.server.step(2)
    await expect(page.locator("#preview")).to_be_visible()
    await expect(page.locator("#steps-done")).to_have_text("Қадам: 2 / 5")
    assert await page.locator("#progress").evaluate("bar => [bar.value, bar.max]") == [2, 5]
    assert await page.locator("#preview").evaluate("image => image.naturalWidth") > 0
    system.server.step(3)
    await expect(page.locator("#results img")).to_have_count(2)
    await expect(page.locator("#unfinished")).to_be_hidden()
    await expect(page.locator("#status")).to_contain_text("Салынып бітті")
    await expect(page.locator("#synthetic")).to_contain_text("Жасанды сурет")
    await expect(page.locator("#gallery li")).to_have_count(2)
    for image in await page.locator("#results img, #gallery img").all():
        await expect(image).to_have_js_property("complete", True)
        assert await image.evaluate("image => image.naturalWidth") > 0
    [request] = system.server.requests
    assert request == pb.GenerateImageRequest(
        prompt=ORNAMENT,
        negative_prompt="бұлыңғыр",
        model="starter-ornament",
        styles=["tuye_taban", request.styles[1]],
        size="news",
        steps=5,
        seed=7,
        count=2,
        preview_every=1,
        seamless=True,
        format=pb.IMAGE_FORMAT_PNG,
        badge=pb.ImageBadge(corner=pb.IMAGE_CORNER_TOP_LEFT),
    )
    await page.locator("#seed").fill("")
    await page.locator("#again").click()
    await expect(page.locator("#seed")).to_have_value("8")


async def test_stopping_and_leaving_free_the_server(system: ImageSystem, open_page: Open) -> None:
    system.server.held = True
    page = await open_page()
    await page.locator("#prompt").fill(ORNAMENT)
    await page.locator("#prompt").press("Control+Enter")
    system.server.step(2)  # of twelve steps every second one is shown
    await expect(page.locator("#preview")).to_be_visible()
    await page.locator("#cancel").click()
    await expect(page.locator("#status")).to_have_text("Тоқтатылды. Ештеңе сақталған жоқ.")
    await expect(page.locator("#go")).to_be_enabled()
    await system.server.cancelled.wait()
    system.server.cancelled.clear()
    await page.locator("#go").click()
    system.server.step(2)
    await expect(page.locator("#preview")).to_be_visible()
    await page.close()
    await system.server.cancelled.wait()
    assert system.server.gallery == {}


async def test_waiting_and_what_goes_wrong_are_told_in_the_reader_s_language(
    system: ImageSystem, open_page: Open
) -> None:
    system.server.before = 3
    page = await open_page("/images?ui=ru")
    await page.locator("#prompt").fill(ORNAMENT)
    await page.locator("#go").click()
    await expect(page.locator("#status")).to_have_text("В очереди; впереди: 3")
    system.server.step()
    await expect(page.locator("#status")).to_have_text("В очереди; впереди: 2")
    system.server.fault = ResourceExhausted("memory", "the device is full")
    system.server.step(2)
    problem = page.locator("#problem")
    await expect(problem).to_have_text("Сервер занят, повторите позже (the device is full)")
    await expect(page.locator("#go")).to_be_enabled()
    await expect(page.locator("#stage")).to_be_hidden()
    system.server.before, system.server.fault = 0, None
    await page.locator("#more summary").click()
    await page.locator("#guidance").fill("31")
    await page.locator("#more summary").click()
    await page.locator("#go").click()
    await expect(problem).to_contain_text("Близость к словам: Сервер этого не принимает")
    await expect(problem).to_contain_text("0 to 30")
    await expect(page.locator("#guidance")).to_be_focused()
    await expect(page.locator("#guidance")).to_have_attribute("aria-invalid", "true")
    await page.locator("#guidance").fill("")
    system.server.fault = InvalidArgument("width", "must be less than so")
    await page.locator("#go").click()
    await expect(page.locator("#width")).to_be_focused()
    system.server.fault = None
    await page.locator("#sizes label", has_text="Квадрат").click()
    await page.locator("#prompt").fill("")
    await page.locator("#go").click()
    await expect(problem).to_contain_text("Что изобразить")
    await expect(page.locator("#guidance[aria-invalid]")).to_have_count(0)


async def test_the_gallery_is_turned_and_searched(system: ImageSystem, open_page: Open) -> None:
    for n in range(60):
        system.server.put(f"түйе табан {n}", seed=n)
    page = await open_page(viewport={"width": 1280, "height": 600})
    items = page.locator("#gallery li")
    await expect(items).to_have_count(48)
    loaded = "images => images.filter((image) => image.complete && image.naturalWidth).length"
    assert await page.locator("#gallery img").evaluate_all(loaded) < 48, "not before they are seen"
    await page.locator("#next").scroll_into_view_if_needed()
    await expect(items).to_have_count(60)
    await expect(page.locator("#next")).to_be_hidden()
    await page.locator("#contains").fill("ТАБАН 17")
    await expect(items).to_have_count(1)
    await page.locator("#contains").fill("мұндай сөз жоқ")
    await expect(page.locator("#none")).to_have_text("Мұндай сөздері бар сурет табылмады.")
    await page.locator("#contains").fill("")
    await expect(items).to_have_count(48)


async def test_a_picture_is_downloaded_used_again_and_deleted(
    tmp_path: Path, browser: Browser
) -> None:
    async with image_system(tmp_path, side=64) as system:
        other = system.server.put("гүл", seed=1)
        image_id = system.server.put(
            ORNAMENT, seed=41, styles=["kun"], steps=9, size="story", negative_prompt="сызық"
        )
        context = await browser.new_context(
            locale="kk-KZ", permissions=["clipboard-read", "clipboard-write"]
        )
        page = await context.new_page()
        await page.goto(f"{system.address}/images")
        await page.locator(f"[data-image='{image_id}'] button").click()
        details = page.locator("#details")
        await expect(details).to_contain_text("Жасанды сурет")
        facts = page.locator("#details-facts")
        for text in (ORNAMENT, "сызық", "41", "starter-ornament", "9 · ddim", "Күн"):
            await expect(facts).to_contain_text(text)
        name, content = await downloaded(page, "#details-download")
        assert name == "қошқар-мүйіз-көк-және-алтын-41.png"
        kept = system.server.gallery[f"images/{image_id}"]
        assert content == kept.content
        await page.locator("#details-copy").click()
        await expect(page.locator("#details-copy")).to_have_text("Көшірілді")
        settings = json.loads(await page.evaluate("navigator.clipboard.readText()"))
        assert settings["seed"] == 41
        assert settings["styles"] == ["kun"]
        await page.locator("#details-use").click()
        await expect(details).to_be_hidden()
        await expect(page.locator("#prompt")).to_have_value(ORNAMENT)
        await expect(page.locator("#negative")).to_have_value("сызық")
        await expect(page.locator("#seed")).to_have_value("41")
        await expect(page.locator("#steps")).to_have_value("9")
        await expect(page.locator("#chosen")).to_contain_text("Күн")
        await page.locator("#go").click()
        await expect(page.locator("#results img")).to_have_count(1)
        drawn = list(system.server.gallery.values())[-1]
        assert drawn.image.sha256, "a file"
        same = [np.asarray(Image.open(io.BytesIO(one.content))) for one in (kept, drawn)]
        assert (same[0] == same[1]).all(), "the settings draw the picture again"
        again = await page.evaluate(
            """async (settings) => {
              const { csrf } = await (await fetch("/v1/me")).json();
              const answer = await fetch("/v1/images", { method: "POST",
                headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
                body: JSON.stringify(settings) });
              return answer.text(); }""",
            settings,
        )
        assert "event: image" in again, "what is copied is what the API takes"
        await page.locator(f"[data-image='{image_id}'] button").click()
        await page.locator("#details-delete").click()
        await expect(page.locator("#sure-text")).to_contain_text(ORNAMENT)
        await page.locator("#sure button[value=no]").click()
        assert f"images/{image_id}" in system.server.gallery
        await page.locator("#details-delete").click()
        await page.locator("#sure button[value=yes]").click()
        await expect(details).to_be_hidden()
        await expect(page.locator(f"[data-image='{image_id}']")).to_have_count(0)
        assert f"images/{image_id}" not in system.server.gallery
        await expect(page.locator(f"[data-image='{other}']")).to_have_count(1)


async def test_a_seamless_picture_is_shown_as_a_background(
    system: ImageSystem, open_page: Open
) -> None:
    plain = system.server.put("гүл")
    seamless = system.server.put("гүл", seamless=True)
    page = await open_page()
    await page.locator(f"[data-image='{plain}'] button").click()
    await expect(page.locator("#details-tile")).to_be_hidden()
    await page.keyboard.press("Escape")
    await page.locator(f"[data-image='{seamless}'] button").click()
    await page.locator("#details-tile").click()
    await expect(page.locator("#details-tiles")).to_be_visible()
    shown = await page.locator("#details-tiles").evaluate("box => getComputedStyle(box).background")
    assert f"/v1/images/{seamless}/file" in shown
    assert "no-repeat" not in shown


async def test_keys_alone_draw_open_and_close(system: ImageSystem, open_page: Open) -> None:
    page = await open_page()
    await page.locator("#prompt").focus()
    await page.keyboard.type("гүл")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#results img")).to_have_count(1)
    opener = page.locator("#gallery button").first
    await opener.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#details")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#details")).to_be_hidden()
    await expect(opener).to_be_focused()
    for unnamed in await page.locator("button, input, select, textarea, a").all():
        if await unnamed.is_visible():
            snapshot = await unnamed.aria_snapshot()
            assert re.search(r'"[^"]+"', snapshot), f"no name: {snapshot}"


async def test_words_are_text_and_never_markup(system: ImageSystem, open_page: Open) -> None:
    evil = "<img/src=x/onerror=alert(1)> </p><script>alert(2)</script> \"'`"
    image_id = system.server.put(evil, negative_prompt=evil)
    page = await open_page()
    await page.locator(f"[data-image='{image_id}'] button").click()
    await expect(page.locator("#details-facts dd").first).to_have_text(evil)
    await page.locator("#details-delete").click()
    await expect(page.locator("#sure-text")).to_contain_text("onerror=alert(1)")
    await page.locator("#sure button[value=no]").click()
    await page.locator("#details-use").click()
    await expect(page.locator("#prompt")).to_have_value(evil)
    await page.locator("#go").click()
    await expect(page.locator("#results img")).to_have_attribute("alt", evil)
    assert await page.locator("img[src=x], main script, dialog script").count() == 0


async def test_what_a_model_cannot_do_is_not_offered(system: ImageSystem, open_page: Open) -> None:
    system.server.without = ("negative_prompt", "image_to_image", "seamless", "adapters")
    page = await open_page()
    await page.locator("#prompt").fill(ORNAMENT)
    await expect(page.locator("#sizes")).to_contain_text("85 × 48")
    for hidden in ("#negative", "#seamless", "#start-field", "#adapters"):
        await expect(page.locator(hidden)).to_be_hidden()
    await expect(page.locator("#model option:disabled")).to_have_text(
        "FLUX.1 schnell (бұл серверде жоқ)"
    )


async def test_a_picture_to_start_from_and_the_part_that_is_drawn_anew(
    system: ImageSystem, open_page: Open, tmp_path: Path
) -> None:
    large = tmp_path / "large.png"
    Image.new("RGBA", (3000, 750), (200, 30, 30, 255)).save(large)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    page = await open_page()
    await page.locator("#prompt").fill(ORNAMENT)
    await page.locator("#start-field summary").click()
    await page.locator("#start").set_input_files(tmp_path / "broken.png")
    await expect(page.locator("#problem")).to_contain_text("broken.png")
    await page.locator("#start").set_input_files(large)
    await page.locator("#strength").fill("0.4")
    await page.locator("#mask").check()
    layer = page.locator("#mask-canvas")
    await layer.scroll_into_view_if_needed()
    box = await layer.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.5)
    await page.mouse.down()
    await page.mouse.move(box["x"] + box["width"] * 0.85, box["y"] + box["height"] * 0.5)
    await page.mouse.up()
    await page.locator("#go").click()
    await expect(page.locator("#results img")).to_have_count(1)
    request = system.server.requests[-1]
    picture, mask = (Image.open(io.BytesIO(part)) for part in (request.image, request.mask))
    assert picture.size == mask.size == (2048, 512), "made smaller before it travels"
    assert picture.convert("RGB").getpixel((9, 9)) == (200, 30, 30)
    assert request.strength == 0.4
    white = np.asarray(mask.convert("L")) > 127
    assert white[256, int(2048 * 0.8)]
    assert not white[:, :1024].any()
    await page.locator("#mask-clear").click()
    await layer.focus()
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("Space")
    await page.locator("#seed").fill("1002")
    await page.locator("#go").click()
    await expect(page.locator("#results")).to_contain_text("1002")
    by_keys = np.asarray(Image.open(io.BytesIO(system.server.requests[-1].mask)).convert("L"))
    assert len(system.server.requests) == 2
    rows, columns = np.nonzero(by_keys > 127)
    assert abs(rows.mean() - 256) < 3
    assert columns.mean() < 1024
    await page.locator("#start-remove").click()
    await page.locator("#seed").fill("1003")
    await page.locator("#go").click()
    await expect(page.locator("#results")).to_contain_text("1003")
    assert system.server.requests[-1].image == b""


async def test_a_picture_that_is_not_kept_is_shown_and_taken_along(
    system: ImageSystem, open_page: Open
) -> None:
    page = await open_page()
    await page.locator("#prompt").fill("гүл")
    await page.locator("#seed").fill("5")
    await page.locator("#more summary").click()
    await page.locator("#discard").check()
    await page.locator("#go").click()
    await expect(page.locator("#results img")).to_have_count(1)
    name, content = await downloaded(page, "#results a")
    assert (name, content[:4]) == ("гүл-5.png", b"\x89PNG")
    await expect(page.locator("#gallery li")).to_have_count(0)


async def test_the_page_speaks_the_reader_s_language(system: ImageSystem, open_page: Open) -> None:
    system.server.put(ORNAMENT, styles=["kun"], seamless=True)
    page = await open_page()
    await page.locator("#prompt").fill("гүл")
    await expect(page.locator("#seamless-field")).to_be_visible()
    await page.locator("#start-field summary").click()
    await page.locator("#more summary").click()
    await page.locator("#go").click()
    await expect(page.locator("#results img")).to_have_count(1)
    for language, heading, mark, style in (
        ("kk", "Жаңа сурет", "Жасанды сурет", "Түйе табан"),
        ("ru", "Новое изображение", "Синтетическое изображение", "верблюжий след"),
        ("en", "New picture", "Synthetic picture", "camel's foot"),
    ):
        await page.locator(f".languages button[lang={language}]").click()
        await expect(page.locator("#draw-title")).to_have_text(heading)
        await expect(page.locator("#styles")).to_contain_text(style)
        await expect(page.locator("#prompt")).to_have_value("гүл")
        texts = [await page.locator("body").inner_text()]
        await page.locator("#gallery button").nth(1).click()
        await expect(page.locator("#details .synthetic strong")).to_have_text(mark)
        texts.append(await page.locator("#details").inner_text())
        labels = "all => all.map((one) => `${one.ariaLabel} ${one.title} ${one.placeholder}`)"
        texts += await page.locator("button, input, a, ul, textarea").evaluate_all(labels)
        for text in texts:
            assert not re.search(r"\b(ui|images|speak|sessions|track)\.[a-z]", text), text
        await page.keyboard.press("Escape")


async def test_it_fits_phones_and_wide_screens_and_can_be_read(
    system: ImageSystem, open_page: Open
) -> None:
    system.server.put(ORNAMENT, styles=["kun"], seamless=True)
    page = await open_page("/images?ui=ru")
    await page.locator("#prompt").fill("гүл")
    await page.locator("#start-field summary").click()
    await page.locator("#more summary").click()
    await page.locator("#go").click()
    await expect(page.locator("#results img")).to_have_count(1)
    for width in (320, 390, 1600):
        await page.set_viewport_size({"width": width, "height": 800})
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        await page.locator("#gallery button").last.click()
        box = await page.locator("#details").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        inner = "box => box.scrollWidth - box.clientWidth"
        assert await page.locator("#details").evaluate(inner) <= 0
        await page.keyboard.press("Escape")
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        low = [pair for pair in await page.evaluate(CONTRAST) if pair[2] < 4.5]
        assert low == [], json.dumps(low)


async def test_other_pages_lead_here_where_there_is_an_image_server(
    system: ImageSystem, browser: Browser, open_page: Open
) -> None:
    for path in ("/?ui=ru", "/speak?ui=ru"):
        page = await open_page(path)
        link = page.locator("a[href='/images']")
        await expect(link).to_have_text("Изображения")
        await expect(link).to_be_visible()
        await page.set_viewport_size({"width": 320, "height": 700})
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320, path
    server = grpc.aio.server()
    target = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        async with running_gateway(GatewaySettings(port=0, server=target)) as address:
            page = await browser.new_page()
            async with page.expect_response("**/v1/image-models") as answered:
                await page.goto(address)
            assert (await answered.value).status == 501
            await expect(page.locator("#running-title")).to_be_visible()
            await expect(page.locator("a[href='/images']")).to_be_hidden()
            await page.goto(f"{address}/images?ui=ru")
            await expect(page.locator("#notice")).to_contain_text("Этот сервер не рисует")
    finally:
        await server.stop(0)
