"""hls.js in a real browser plays a live feed: texts meet picture and sound."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import http.server
import os
import shutil
import socket
import subprocess
import tarfile
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from streaming.cues.presets import load_preset
from streaming.delivery.hls import HlsConfig, HlsOutput, Rendition
from streaming.ingest.media_tap import MediaTap
from streaming.ingest.url_feed import FeedConfig, UrlFeed
from streaming.session import FeedChanged, LiveSession, SessionEvent, SessionState
from tests.end_to_end.hls_player.feed import MARKS, SECONDS, BeepRecognizer, make_programme, sender

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

HLS_JS = "hls.js@1.7.4"


@pytest.fixture(scope="module")
def hls_js(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Path:
    """hls.min.js, from ``DAUYS_TEST_HLS_JS`` or npm's registry."""
    given = os.environ.get("DAUYS_TEST_HLS_JS")
    if given:
        return Path(given)
    if shutil.which("npm") is None:
        pytest.skip("no npm to fetch hls.js with, and DAUYS_TEST_HLS_JS names none")
    folder = tmp_path_factory.mktemp("hls.js")
    command = ["npm", "pack", "--silent", HLS_JS]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=90)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"npm cannot fetch {HLS_JS}: {error}")
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package" / "dist" / "hls.min.js"


@pytest.fixture(scope="module")
def chromium() -> str:
    """Path of a Chromium that decodes H.264."""
    found = os.environ.get("DAUYS_TEST_CHROMIUM") or shutil.which("chromium")
    if not found:
        pytest.skip("no chromium: install Debian's package, or set DAUYS_TEST_CHROMIUM")
    return found


class _Handler(http.server.SimpleHTTPRequestHandler):
    extensions_map = {  # noqa: RUF012
        ".m3u8": "application/vnd.apple.mpegurl",
        ".vtt": "text/vtt",
        ".ts": "video/mp2t",
        ".html": "text/html",
        ".js": "text/javascript",
    }

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()


@pytest.fixture
def site(tmp_path: Path, hls_js: Path) -> Iterator[tuple[str, Path]]:
    """A web server's address, and its folder with the player's page."""
    root = tmp_path / "site"
    root.mkdir()
    shutil.copy(hls_js, root / "hls.min.js")
    shutil.copy(Path(__file__).parent / "hls_player" / "player.html", root)
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


async def play(chromium: str, page_url: str, media: Path, seconds: float) -> dict[str, Any]:
    """What the page saw until the stream ended."""
    playwright = pytest.importorskip("playwright.async_api")
    arguments = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium, args=arguments)
        try:
            page = await browser.new_page()
            await page.goto(page_url)
            async with asyncio.timeout(60):
                # Two segments and the hold, after which texts are there before they are due.
                while content(media).count("#EXTINF") < 4:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            await page.evaluate("window.start()")
            with contextlib.suppress(playwright.TimeoutError):  # what it saw says more
                await page.wait_for_function("seen.ended", timeout=seconds * 1000)
            seen: dict[str, Any] = await page.evaluate("seen")
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
    tap = MediaTap()
    feed = UrlFeed(f"{url}?mode=listener", FeedConfig(first_retry_seconds=0.1), tap)
    session = LiveSession(feed, BeepRecognizer(), load_preset("hls-live"))
    # A player that has played out its buffer, as when a feed is gone, goes on at the very end.
    delay = 8 if len(sendings) > 1 else None
    config = HlsConfig(
        segment_seconds=2,
        window_seconds=40,
        hold_seconds=4,
        video="copy",
        video_delay_seconds=delay,
    )
    stream = root / "stream"
    output = HlsOutput(stream, session.clock, [Rendition("source", ("en",))], config, tap)
    events = session.subscribe()
    publishing = asyncio.create_task(output.run(session.subscribe()))
    seconds = SECONDS * len(sendings) + 60
    playing = asyncio.create_task(
        play(chromium, f"{address}/player.html", stream / "media.m3u8", seconds)
    )
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
    await publishing
    seen = await playing

    marks = sum(sending.marks for sending in sendings)
    assert seen["ended"]
    assert output.counts["source"].on_time == marks
    assert output.gaps == 0
    texts = [f"beep {n + 1}." for n in range(marks)]
    assert [cue["text"] for cue in seen["cues"]] == texts  # none twice, none missing
    assert [shown["text"] for shown in seen["shown"]] == texts
    starts = [cue["start"] for cue in seen["cues"]]
    away = {
        "flash": differences(starts, seen["flashes"]),
        "beep": differences(starts, seen["beeps"]),
        "shown": differences([shown["at"] for shown in seen["shown"]], starts),
    }
    for name, values in away.items():
        print(name, *(f"{1000 * value:.0f}" for value in values), "ms")  # noqa: T201 - pytest -s
    assert max(map(abs, away["flash"])) <= 0.1
    assert max(map(abs, away["beep"])) <= 0.1
    # The page looks every 20 ms, but shares two cores with the encoder.
    assert max(map(abs, away["shown"])) <= 0.5
    assert not [error for error in seen["errors"] if error.startswith("fatal")]


async def state(events: AsyncIterator[SessionEvent], wanted: SessionState) -> None:
    """Read a session's events until it is in a state."""
    async for event in events:
        if isinstance(event.body, FeedChanged) and event.body.state is wanted:
            return


def differences(values: list[float], others: list[float]) -> list[float]:
    return [value - other for value, other in zip(values, others, strict=True)]
