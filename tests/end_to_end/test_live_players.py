"""hls.js and dash.js in a real browser play a live feed: texts meet picture and sound."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import http.server
import os
import shutil
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from streaming.cues.presets import load_preset
from streaming.delivery.dash import DashConfig, DashOutput
from streaming.delivery.hls import HlsConfig, HlsOutput, Rendition
from streaming.ingest.media_tap import MediaTaps
from streaming.ingest.url_feed import FeedConfig, UrlFeed
from streaming.session import FeedChanged, LiveSession, SessionEvent, SessionState
from tests.end_to_end.live_players.feed import (
    MARKS,
    SECONDS,
    BeepRecognizer,
    heard,
    make_programme,
    sender,
)
from tests.integration.gateway.browsers import find_chromium
from tests.npm_scripts import NpmScript

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(240)]


PLAYERS = (
    NpmScript("hls.js@1.7.4", "dist/hls.min.js", "DAUYS_TEST_HLS_JS"),
    NpmScript("dashjs@5.2.1", "dist/modern/umd/dash.all.min.js", "DAUYS_TEST_DASH_JS"),
)


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> list[Path]:
    """The players' scripts."""
    return [player.fetch(tmp_path_factory.mktemp("player")) for player in PLAYERS]


@pytest.fixture(scope="module")
def chromium() -> str:
    """Path of a Chromium that decodes H.264."""
    return os.environ.get("DAUYS_TEST_CHROMIUM") or find_chromium()


class _Handler(http.server.SimpleHTTPRequestHandler):
    extensions_map = {  # noqa: RUF012
        ".m3u8": "application/vnd.apple.mpegurl",
        ".vtt": "text/vtt",
        ".ts": "video/mp2t",
        ".mpd": "application/dash+xml",
        ".m4s": "video/iso.segment",
        ".mp4": "video/mp4",
        ".html": "text/html",
        ".js": "text/javascript",
    }

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()


@pytest.fixture
def site(tmp_path: Path, scripts: list[Path]) -> Iterator[tuple[str, Path]]:
    """A web server's address, and its folder with the players' pages."""
    root = tmp_path / "site"
    root.mkdir()
    pages = Path(__file__).parent / "live_players"
    for file in (*scripts, *pages.glob("*.html"), *pages.glob("*.js")):
        shutil.copy(file, root)
    handler = functools.partial(_Handler, directory=str(root))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", root
    server.shutdown()
    thread.join()
    server.server_close()


def content(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def play(
    browser: Any, page_url: str, ready: Callable[[], bool], seconds: float
) -> dict[str, Any]:
    """What the page saw until the stream ended."""
    playwright = pytest.importorskip("playwright.async_api")
    page = await (await browser.new_context()).new_page()
    await page.goto(page_url)
    async with asyncio.timeout(60):
        while not ready():  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await page.evaluate("window.start()")
    with contextlib.suppress(playwright.TimeoutError):  # what it saw says more
        await page.wait_for_function("seen.ended", timeout=seconds * 1000)
    seen: dict[str, Any] = await page.evaluate("seen")
    return seen


async def play_both(chromium: str, address: str, root: Path, seconds: float) -> list[Any]:
    """What hls.js and dash.js saw, which play at the same time."""
    playwright = pytest.importorskip("playwright.async_api")
    arguments = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium, args=arguments)
        try:
            seen: list[Any] = await asyncio.gather(
                # Two segments and the hold, after which texts are there before they are due.
                play(
                    browser,
                    f"{address}/hls.html",
                    lambda: content(root / "hls" / "media.m3u8").count("#EXTINF") >= 4,
                    seconds,
                ),
                play(
                    browser,
                    f"{address}/dash.html",
                    lambda: (root / "dash" / "index.mpd").exists(),
                    seconds,
                ),
            )
            return seen
        finally:
            await browser.close()


@dataclass(frozen=True)
class Sending:
    """One connection of the feed."""

    first_timestamp: float
    """Seconds; timestamps wrap at 2^33 / 90 000 = 95 443.7 s."""

    seconds: float | None = None
    """Cut off after so long; None: to the end."""

    marks: int = len(MARKS)
    """Beeps within."""


WRAPS = [Sending(95_434)]
"""On air for a day: it wraps 9.7 s later."""

RESTARTS = [Sending(7000, 13.5, 4), Sending(95_430)]
"""The encoder is restarted and its clock set anew."""


@pytest.mark.parametrize("sendings", [WRAPS, RESTARTS], ids=["wraps", "restarts"])
async def test_texts_meet_picture_and_sound(
    tmp_path: Path, site: tuple[str, Path], chromium: str, sendings: list[Sending]
) -> None:
    address, root = site
    programme = tmp_path / "programme.ts"
    make_programme(programme)
    url = f"srt://127.0.0.1:{free_port()}"
    taps = MediaTaps()
    feed = UrlFeed(f"{url}?mode=listener", FeedConfig(first_retry_seconds=0.1), taps)
    session = LiveSession(feed, BeepRecognizer(), load_preset("hls-live"))
    # A player that has played out its buffer, as when a feed is gone, goes on at the very end.
    delay = 8 if len(sendings) > 1 else None
    figures: dict[str, Any] = {
        "segment_seconds": 2,
        "window_seconds": 40,
        "hold_seconds": 4,
        "video": "copy",
        "video_delay_seconds": delay,
    }
    renditions = [Rendition("source", ("kk",))]
    clock = session.clock
    hls = HlsOutput(root / "hls", clock, renditions, HlsConfig(**figures), taps.open())
    dash = DashOutput(root / "dash", clock, renditions, DashConfig(**figures), taps.open())
    events = session.subscribe()
    publishing = [asyncio.create_task(output.run(session.subscribe())) for output in (hls, dash)]
    seconds = SECONDS * len(sendings) + 60
    playing = asyncio.create_task(play_both(chromium, address, root, seconds))
    running = asyncio.create_task(session.run())
    for sending in sendings:
        with (
            sender(programme, f"{url}?mode=caller", sending.first_timestamp),
            contextlib.suppress(TimeoutError),
        ):
            async with asyncio.timeout(sending.seconds):
                await state(events, SessionState.FEED_LOST)
        if sending.seconds is not None:
            await state(events, SessionState.FEED_LOST)
    session.stop()
    await running
    await asyncio.gather(*publishing)
    by_hls, by_dash = await playing

    marks = sum(sending.marks for sending in sendings)
    parts = [MARKS[: sending.marks] for sending in sendings]
    for output in (hls, dash):
        assert output.counts["source"].on_time == marks
        assert output.gaps == 0
    check("hls.js", by_hls, parts)
    check("dash.js", by_dash, parts)


def check(player: str, seen: dict[str, Any], parts: list[tuple[float, ...]]) -> None:
    """All texts were seen once, at the right time.

    Args:
        player: For the report.
        seen: By its page.
        parts: When it flashes and beeps, in seconds of each sending.
    """
    assert seen["ended"]
    texts = [heard(n + 1) for n in range(sum(map(len, parts)))]
    assert [cue["text"] for cue in seen["cues"]] == texts  # none twice, none missing
    shown = {each["text"]: each["at"] for each in seen["shown"]}
    assert list(shown) == [text for text in texts if text in shown]
    starts = [cue["start"] for cue in seen["cues"]]
    away = {
        "flash": [start - nearest(start, seen["flashes"]) for start in starts],
        "beep": [start - nearest(start, seen["beeps"]) for start in starts],
        "shown": [
            shown[text] - start for text, start in zip(texts, starts, strict=True) if text in shown
        ],
        "mark": [],
    }
    for part in parts:
        since = differences(starts[: len(part)], list(part))
        del starts[: len(part)]
        away["mark"] += [each - median(since) for each in since]
    for name, values in away.items():
        print(player, name, *(f"{1000 * value:.0f}" for value in values), "ms")  # noqa: T201 - pytest -s
    # A page on a busy machine notices some frames late and looks at its screen seldom: half of
    # them are enough to tell where picture and sound are, and each text lies as the marks do.
    assert abs(median(away["flash"])) <= 0.1
    assert abs(median(away["beep"])) <= 0.1
    assert max(map(abs, away["mark"])) <= 0.1
    assert len(shown) > len(texts) / 2
    assert median(map(abs, away["shown"])) <= 0.5
    assert not [error for error in seen["errors"] if error.startswith("fatal")]


def nearest(time: float, others: list[float]) -> float:
    return min(others, key=lambda other: abs(other - time))


async def state(events: AsyncIterator[SessionEvent], wanted: SessionState) -> None:
    """Read a session's events until it is in a state."""
    async for event in events:
        if isinstance(event.body, FeedChanged) and event.body.state is wanted:
            return


def differences(values: list[float], others: list[float]) -> list[float]:
    return [value - other for value, other in zip(values, others, strict=True)]
