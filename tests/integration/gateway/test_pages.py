"""The pages in a real browser: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

pytest.importorskip("playwright", reason="playwright is not installed")
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from services.gateway.running import running_gateway
from services.gateway.settings import GatewaySettings
from tests.integration.gateway.browsers import find_chromium
from tests.integration.gateway.scripted import Running, ScriptedSession, running_system

pytestmark = pytest.mark.slow

NEWS = "Қайырлы кеш, құрметті көрермендер."
TOKEN = "a token of some length"
Open = Callable[..., Coroutine[Any, Any, Page]]

expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def chromium() -> str:
    return find_chromium()


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        # Root has no sandbox in a container; the pages are our own.
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        await browser.close()


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    async with running_system() as system:
        yield system


@pytest.fixture
async def session(running: Running) -> ScriptedSession:
    return await running.session(display_name="Кешкі жаңалықтар", languages=["kk", "ru"])


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(locale="kk-KZ", viewport={"width": 1280, "height": 800})
    yield context
    await context.close()


@pytest.fixture
async def open_page(context: BrowserContext, running: Running) -> AsyncIterator[Open]:
    """Opens pages, and fails the test if one of them logs an error."""
    problems: list[str] = []

    async def open_page(path: str, of: BrowserContext | None = None) -> Page:
        page = await (of or context).new_page()
        page.on("pageerror", lambda error: problems.append(f"{path}: {error}"))
        page.on(
            "console",
            lambda said: (
                problems.append(f"{path}: {said.text}")
                if said.type == "error" and "Failed to load resource" not in said.text
                else None
            ),
        )
        await page.goto(running.address + path)
        return page

    yield open_page
    assert problems == []


async def on_air(page: Page, session: ScriptedSession, selector: str = "body") -> None:
    """Say something until the page shows it: its stream is open."""
    session.say("Сынақ.")
    await expect(page.locator(selector)).to_contain_text("Сынақ.")


@pytest.mark.parametrize(
    ("language", "title", "hold", "settings", "automatic"),
    [
        ("kk", "Жүріп жатқандары", "Кідірту", "Көрініс", "Автоматты субтитр"),
        ("ru", "Идут сейчас", "Придержать", "Вид", "Автоматические субтитры"),
        ("en", "Running", "Hold", "Display", "Automatic subtitles"),
    ],
)
async def test_pages_speak_the_reader_s_language(
    session: ScriptedSession,
    open_page: Open,
    language: str,
    title: str,
    hold: str,
    settings: str,
    automatic: str,
) -> None:
    sessions = await open_page(f"/?ui={language}")
    await expect(sessions.locator("#running-title")).to_have_text(title)
    await expect(sessions.locator("#running h2")).to_have_text("Кешкі жаңалықтар")
    operate = await open_page(f"/operate/{session.id}?ui={language}")
    await expect(operate.locator("#hold")).to_contain_text(hold)
    view = await open_page(f"/view/{session.id}?ui={language}")
    await expect(view.locator("#open-settings")).to_have_text(settings)
    await expect(view.locator("#label")).to_have_text(automatic)
    await expect(view.locator("html")).to_have_attribute("lang", language)
    # Texts that are missing show as their keys.
    for page in (sessions, operate, view):
        text = await page.locator("body").inner_text()
        assert not re.search(r"\b(ui|view|operate|sessions|state|meter|login)\.[a-z]", text)


async def test_the_language_is_chosen_on_the_page_and_kept(
    session: ScriptedSession, open_page: Open
) -> None:
    page = await open_page("/")
    await expect(page.locator("#running-title")).to_have_text("Жүріп жатқандары")
    await page.locator(".languages button[lang=ru]").click()
    await expect(page.locator("#running-title")).to_have_text("Идут сейчас")
    await page.reload()
    await expect(page.locator("#running-title")).to_have_text("Идут сейчас")


async def test_the_viewer_reads_along(session: ScriptedSession, open_page: Open) -> None:
    session.say(NEWS)
    page = await open_page(f"/view/{session.id}")
    text = page.locator("[data-track=source] .track-text")
    await expect(text).to_contain_text(NEWS)
    session.mumble("Бүгін Алмаоты")
    await expect(text.locator(".open")).to_have_text("Бүгін Алмаоты")
    first = session.say("Бүгін Алмаоты қаласында")
    await expect(text.locator(".open")).to_have_count(0)
    session.session.operators.correct_events(
        "source", first, first, "Бүгін Алмаоты қаласында", "Бүгін Алматы қаласында"
    )
    await expect(text.locator(".corrected")).to_have_text("Алматы")
    await expect(text).to_contain_text("Бүгін Алматы қаласында")
    await expect(text).not_to_contain_text("Алмаоты")
    session.say("Добрый вечер.", "ru")
    await expect(text.locator("p[lang=ru]")).to_contain_text("Добрый вечер.")


async def test_text_is_text_and_never_markup(session: ScriptedSession, open_page: Open) -> None:
    evil = "<img/src=x/onerror=alert(1)> </p><script>alert(1)</script>"
    kinds = ("view", "overlay", "operate")
    pages = [await open_page(f"/{kind}/{session.id}?tentative=1") for kind in kinds]
    for page in pages:
        page.on("dialog", lambda dialog: pytest.fail("a script of the text ran"))
        await on_air(page, session)
    session.say(evil)
    session.mumble(evil)
    for page in pages:
        await expect(page.locator("body")).to_contain_text("onerror=alert(1)")
        assert await page.locator("img, .track-text script").count() == 0


async def test_languages_side_by_side(running: Running, open_page: Open) -> None:
    session = await running.session(languages=["kk"])
    page = await open_page(f"/view/{session.id}")
    await on_air(page, session)
    session.say("Добрый вечер.", "ru", track="ru")
    session.say("Good evening.", "en", track="en")
    await expect(page.locator("#choices button")).to_have_text(
        ["Сөйлеу тілінде", "Русский", "English"]
    )
    await page.locator("#choices [data-track=ru]").click()
    await page.keyboard.press("3")
    await expect(page.locator(".column")).to_have_count(3)
    await expect(page.locator(".column[data-track=ru]")).to_contain_text("Добрый вечер.")
    await expect(page.locator(".column[data-track=en]")).to_contain_text("Good evening.")
    boxes = [await column.bounding_box() for column in await page.locator(".column").all()]
    lefts = [box["x"] for box in boxes if box]
    assert lefts == sorted(set(lefts))
    await page.keyboard.press("1")
    await expect(page.locator(".column")).to_have_count(2)


async def test_reading_back_is_left_alone(session: ScriptedSession, open_page: Open) -> None:
    page = await open_page(f"/view/{session.id}")
    await on_air(page, session)
    for number in range(60):
        session.say(f"Бұл {number} сөйлем, ол біраз ұзақ болсын.", pause=2)
    box = page.locator(".scroll")
    await expect(box).to_contain_text("Бұл 59 сөйлем")
    await expect(page.locator("#jump")).to_be_hidden()
    await box.evaluate("box => { box.scrollTop = 100 }")
    await expect(page.locator("#jump")).to_be_visible()
    session.say("Жаңа сөйлем.")
    await expect(box).to_contain_text("Жаңа сөйлем.")
    assert await box.evaluate("box => box.scrollTop") == 100
    await page.keyboard.press("End")
    await expect(page.locator("#jump")).to_be_hidden()
    assert await box.evaluate("box => box.scrollHeight - box.scrollTop - box.clientHeight < 2")


async def test_size_and_colours_by_keys_are_kept(session: ScriptedSession, open_page: Open) -> None:
    page = await open_page(f"/view/{session.id}")
    await on_air(page, session)
    size = "getComputedStyle(document.querySelector('.track-text')).fontSize"
    assert await page.evaluate(size) == "24px"
    await page.keyboard.press("+")
    await page.keyboard.press("t")
    await page.keyboard.press("t")
    assert await page.evaluate(size) == "30px"
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await page.reload()
    await on_air(page, session)
    assert await page.evaluate(size) == "30px"
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    # Keys of one letter can be turned off (WCAG 2.1.4).
    await page.locator("#open-settings").click()
    await page.locator("#keys").uncheck()
    await page.keyboard.press("Escape")
    await page.keyboard.press("+")
    assert await page.evaluate(size) == "30px"


async def test_screen_readers_are_told_whole_lines(
    session: ScriptedSession, open_page: Open
) -> None:
    page = await open_page(f"/view/{session.id}")
    await on_air(page, session)
    session.say("Бүгін Астанада үкімет")
    session.say("отырысы өтті.")
    session.finish_cue()
    live = page.locator("[role=log][aria-live=polite]")
    await expect(live.locator("p").last).to_have_text(re.compile("үкімет отырысы өтті.$"))


async def test_the_overlay_follows_the_operators(
    running: Running, session: ScriptedSession, open_page: Open
) -> None:
    page = await open_page(f"/overlay/{session.id}")
    screen = page.locator(".screen")
    await on_air(page, session)
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgba(0, 0, 0, 0)"
    )
    first = session.say("Бүгін Алмаоты қаласында")
    await expect(screen).to_contain_text("Алмаоты")
    client, name = running.client, session.name
    await client.correct_text(
        name,
        "source",
        event_id=first,
        expected_text="Бүгін Алмаоты қаласында",
        text="Бүгін Алматы қаласында",
    )
    await expect(screen).to_contain_text("Бүгін Алматы қаласында")
    await client.clear_captions(name)
    await expect(screen).to_be_hidden()
    await expect(page.locator(".label")).to_be_hidden()
    session.say("Жиын өтті.")
    await expect(screen).to_have_text("Жиын өтті. ")
    await expect(page.locator(".label")).to_have_text("Автоматты субтитр")
    await client.label_captions(name, False)
    await expect(page.locator(".label")).to_be_hidden()
    await client.kill_captions(name)
    await expect(page.locator(".safe")).to_be_hidden()
    session.say("Мұны ешкім көрмейді.")
    await client.kill_captions(name, False)
    session.say("Эфирге оралдық.")
    await expect(screen).to_have_text("Эфирге оралдық. ")
    await client.hold_captions(name)
    session.say("Кейінірек.")
    await client.hold_captions(name, False)
    await expect(screen).to_contain_text("Эфирге оралдық. Кейінірек.")


async def test_the_overlay_looks_as_its_address_says(
    session: ScriptedSession, open_page: Open
) -> None:
    page = await open_page(
        f"/overlay/{session.id}?position=top&align=left&size=10&lines=1&width=50&safe=10"
        "&color=ffee00&box=rgb(0%200%2060)&label=0"
    )
    await on_air(page, session)
    session.say(" ".join(["ұзақ"] * 40))
    box = await page.locator(".screen").bounding_box()
    assert box is not None
    # 10 % of 800 px and one line of it, within 10 % of the picture from the top and the left.
    assert (round(box["x"]), round(box["y"])) == (128, 80)
    assert box["width"] == pytest.approx(0.5 * 1024, abs=2)
    assert box["height"] == pytest.approx(80 * (1.28 + 0.5), abs=3)
    style = "getComputedStyle(document.querySelector('.screen'))"
    assert await page.evaluate(f"{style}.color") == "rgb(255, 238, 0)"
    assert await page.evaluate(f"{style}.backgroundColor") == "rgb(0, 0, 60)"
    await expect(page.locator(".label")).to_have_count(0)


async def test_blocks_are_cues_and_are_corrected_as_such(
    running: Running, session: ScriptedSession, open_page: Open
) -> None:
    page = await open_page(f"/overlay/{session.id}?mode=block&idle=600")
    session.say("Бүгін Алмаоты қаласында үкіметтің кеңейтілген отырысы болып өтті.")
    session.finish_cue()
    lines = page.locator(".screen.block p")
    await expect(lines).to_have_count(2)
    await running.client.correct_text(
        session.name,
        "source",
        cue_index=1,
        expected_text="Бүгін Алмаоты қаласында үкіметтің кеңейтілген отырысы болып өтті.",
        text="Бүгін Алматы қаласында отырыс болып өтті.",
    )
    await expect(page.locator(".screen.block")).to_have_text(
        re.compile(r"Бүгін Алматы қаласында\s*отырыс болып өтті\.")
    )


async def test_the_overlay_comes_back_by_itself(running: Running, context: BrowserContext) -> None:
    session = await running.session()
    target = f"127.0.0.1:{running.server.port}"
    page = await context.new_page()
    async with running_gateway(GatewaySettings(port=0, server=target)) as address:
        await page.goto(f"{address}/overlay/{session.id}")
        await on_air(page, session)
    port = int(address.rpartition(":")[2])
    await expect(page.locator("body")).to_have_attribute("data-status", "lost")
    session.say("Үзіліс кезінде айтылды.")
    async with running_gateway(GatewaySettings(port=port, server=target)):
        await expect(page.locator(".screen")).to_contain_text("Үзіліс кезінде айтылды.")


async def test_without_websockets_server_sent_events_carry_the_text(
    running: Running, session: ScriptedSession, context: BrowserContext
) -> None:
    page = await context.new_page()
    await page.add_init_script(
        """window.WebSocket = class { constructor() {
             setTimeout(() => this.onclose({ code: 1006 }), 10) } close() {} }"""
    )
    await page.goto(f"{running.address}/view/{session.id}")
    await on_air(page, session)
    session.say(NEWS)
    await expect(page.locator(".track-text")).to_contain_text(NEWS)


async def test_an_operator_corrects_a_word_by_keys(
    running: Running, session: ScriptedSession, open_page: Open
) -> None:
    overlay = await open_page(f"/overlay/{session.id}")
    page = await open_page(f"/operate/{session.id}")
    await on_air(overlay, session)
    session.say("Қасым Жомарт")
    session.say("Тоқайев сөйледі", doubtful=["Тоқайев"])
    await expect(page.locator(".doubtful")).to_have_text("Тоқайев")
    await page.locator("#you").fill("Айгерім")
    await page.locator("[data-track=source] .scroll").focus()
    await page.keyboard.press("ArrowLeft")  # the newest word
    await page.keyboard.press("ArrowLeft")
    await expect(page.locator(".chosen")).to_have_text("Тоқайев")
    await page.keyboard.press("Enter")
    await page.keyboard.type("Тоқаев")
    await page.keyboard.press("Control+Enter")
    await expect(overlay.locator(".screen")).to_contain_text("Жомарт Тоқаев сөйледі")
    await expect(page.locator("#names")).to_have_text("Тоқаев")
    await expect(page.locator("#log")).to_contain_text("Айгерім: түзетілді: Тоқаев сөйледі")
    (entry,) = (await running.client.get_live_session(session.name)).options.glossary
    assert (entry.spelling, entry.sounds_like) == ("Тоқаев", ("Тоқайев",))
    # Over two pieces that were committed apart.
    await page.locator(".word", has_text="Қасым").click()
    await page.keyboard.press("Shift+ArrowRight")
    await page.keyboard.press("Shift+ArrowRight")
    await page.keyboard.press("Enter")
    await page.keyboard.type("Қасым-Жомарт Кемелұлы")
    await page.keyboard.press("Enter")
    await expect(overlay.locator(".screen")).to_contain_text("Қасым-Жомарт Кемелұлы сөйледі")
    await page.locator(".word", has_text="сөйледі").click()
    await page.keyboard.press("Delete")
    await expect(overlay.locator(".screen")).not_to_contain_text("сөйледі")


async def test_two_operators_do_not_overwrite_each_other(
    running: Running, session: ScriptedSession, open_page: Open
) -> None:
    one = await open_page(f"/operate/{session.id}")
    two = await open_page(f"/operate/{session.id}")
    first = session.say("Бүгін Алмаоты қаласында")
    for page in (one, two):
        await page.locator(".word", has_text="Алмаоты").click()
        await page.keyboard.press("Enter")
        await expect(page.locator(".edit")).to_be_focused()
    await one.locator(".edit").fill("Алматы")
    await one.keyboard.press("Enter")
    await expect(one.locator(f"[data-id='{first}']")).to_have_text("Бүгін Алматы қаласында ")
    # The other's words changed beneath the open editor: what was typed is for other words now.
    await two.locator(".edit").fill("Алма-Ата")
    await two.keyboard.press("Enter")
    await expect(two.locator("#notice")).to_contain_text("Бүгін Алматы қаласында")
    await expect(two.locator(f"[data-id='{first}']")).to_have_text("Бүгін Алматы қаласында ")
    assert session.session.operators.last_event_id == 2
    # Words beside those that the other changed are no conflict.
    await two.locator(".word", has_text="Бүгін").click()
    await two.keyboard.press("Enter")
    await one.locator(".word", has_text="қаласында").click()
    await one.keyboard.press("Delete")
    await expect(one.locator(f"[data-id='{first}']")).to_have_text("Бүгін Алматы ")
    await two.locator(".edit").fill("Кеше")
    await two.keyboard.press("Enter")
    await expect(two.locator(f"[data-id='{first}']")).to_have_text("Кеше Алматы ")
    await expect(two.locator("#notice")).to_be_hidden()


async def test_the_console_holds_clears_and_kills(
    running: Running, session: ScriptedSession, open_page: Open
) -> None:
    page = await open_page(f"/operate/{session.id}")
    other = await open_page(f"/operate/{session.id}")
    await on_air(page, session, "#tracks")
    await page.keyboard.press("F8")
    for console in (page, other):
        await expect(console.locator("#hold")).to_have_attribute("aria-pressed", "true")
        await expect(console.locator("#air")).to_be_visible()
    assert (await running.client.get_live_session(session.name)).captions.held
    await other.locator("#hold").click()
    await expect(page.locator("#hold")).to_have_attribute("aria-pressed", "false")
    await page.keyboard.press("Shift+F10")
    await expect(other.locator("#kill")).to_have_attribute("aria-pressed", "true")
    await other.locator("#kill").click()
    await expect(page.locator("#air")).to_be_hidden()
    await page.locator("#label").uncheck()
    await expect(other.locator("#label")).not_to_be_checked()
    await page.locator("#preset").select_option("hls-live")
    await expect(page.locator("#log")).to_contain_text("автоматты белгісі алынды")
    await page.locator("#name").fill("Қонаев")
    await page.locator("#heard").fill("Кунаев")
    await page.keyboard.press("Enter")
    await expect(page.locator("#names")).to_have_text("Қонаев")
    found = await running.client.get_live_session(session.name)
    assert found.preset == "hls-live"


async def test_a_session_is_started_and_stopped(running: Running, open_page: Open) -> None:
    page = await open_page("/")
    await expect(page.locator("#none")).to_be_visible()
    await page.locator("#name").fill("Түскі жаңалықтар")
    await page.locator("#url").fill("gopher://example.kz")
    await page.locator("#new button.main").click()
    await expect(page.locator("#problem")).to_be_visible()
    await expect(page.locator("#url")).to_have_attribute("aria-invalid", "true")
    await page.locator("#url").fill("")
    await page.locator("#new button.main").click()
    card = page.locator("#running article")
    await expect(card.locator("h2")).to_have_text("Түскі жаңалықтар")
    links = [await link.get_attribute("href") for link in await card.locator("a").all()]
    assert [re.sub(r"^https?://[^/]*", "", link or "").split("/")[1] for link in links] == [
        "operate", "view", "overlay",
    ]  # fmt: skip
    await card.locator("button.bad").click()
    await page.locator("#sure button.bad").click()
    await expect(page.locator("#ended h2")).to_have_text("Түскі жаңалықтар")


async def test_a_token_is_asked_for(browser: Browser) -> None:
    async with running_system(token=TOKEN) as running:
        session = await running.session(display_name="Жабық жиын")
        context = await browser.new_context(locale="ru-RU")
        page = await context.new_page()
        await page.goto(f"{running.address}/operate/{session.id}")
        await page.locator("#token").fill("wrong")
        await page.keyboard.press("Enter")
        await expect(page.locator("#problem")).to_have_text("Неверный ключ.")
        await page.locator("#token").fill(TOKEN)
        await page.keyboard.press("Enter")
        await expect(page.locator("#title")).to_have_text("Жабық жиын")
        await page.goto(running.address)
        link = await page.locator(".links a", has_text="Страница зрителя").get_attribute("href")
        assert link is not None
        stranger = await browser.new_context()
        view = await stranger.new_page()
        await view.goto(link)
        await on_air(view, session)
        await view.goto(link.partition("?")[0])
        await expect(view.locator("#notice")).to_be_visible()
        await expect(view.locator("body")).not_to_contain_text("Сынақ.")


async def test_narrow_screens_need_no_sideways_scrolling(
    session: ScriptedSession, open_page: Open
) -> None:
    session.say(NEWS)
    session.say("Добрый вечер, уважаемые зрители.", "ru", track="ru")
    for path in ("/", f"/view/{session.id}", f"/operate/{session.id}", "/login"):
        page = await open_page(path)
        await page.set_viewport_size({"width": 320, "height": 700})
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await page.evaluate(wide) == 0, path


CONTRAST = """() => {
  const luminance = (colour) => {
    const part = colour.match(/[\\d.]+/g).slice(0, 3).map((value) => {
      const s = value / 255; return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2]; };
  const probe = document.body.appendChild(document.createElement("i"));
  const value = (name) => {
    probe.style.color = `var(--${name})`; return luminance(getComputedStyle(probe).color); };
  const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const pairs = [];
  for (const text of ["ink", "quiet", "open", "accent", "good", "warn", "bad"])
    for (const ground of ["ground", "surface", "raised"]) pairs.push([text, ground]);
  pairs.push(["on-accent", "accent"], ["on-bad", "bad"], ["ink", "wash"], ["ink", "bad-wash"]);
  pairs.push(["ink", "warn-wash"]);
  return pairs.map(([a, b]) => [a, b, ratio(value(a), value(b))]); }"""


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
async def test_all_text_has_contrast(session: ScriptedSession, open_page: Open, theme: str) -> None:
    page = await open_page(f"/view/{session.id}?theme={theme}")
    await on_air(page, session)
    low = [pair for pair in await page.evaluate(CONTRAST) if pair[2] < 4.5]
    assert low == [], json.dumps(low)
