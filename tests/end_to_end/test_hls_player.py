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
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streaming.cues.presets import load_preset
from streaming.delivery.hls import HlsConfig, HlsOutput, Rendition
from streaming.ingest.media_tap import MediaTap
from streaming.ingest.url_feed import FeedConfig, UrlFeed
from streaming.session import LiveSession
from tests.end_to_end.hls_player.feed import MARKS, SECONDS, BeepRecognizer, make_programme, sender

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

HLS_JS = "hls.js@1.7.4"


@pytest.fixture(scope="module")
def hls_js(tmp_path_factory: pytest.TempPathFactory) -> Path:
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


async def test_texts_meet_picture_and_sound(
    tmp_path: Path, site: tuple[str, Path], chromium: str
) -> None:
    address, root = site
    programme = tmp_path / "programme.ts"
    make_programme(programme)
    port = free_port()
    tap = MediaTap()
    url = f"srt://127.0.0.1:{port}"
    feed = UrlFeed(f"{url}?mode=listener", FeedConfig(live=False), tap)
    recognizer = BeepRecognizer()
    session = LiveSession(feed, recognizer, load_preset("hls-live"))
    config = HlsConfig(segment_seconds=2, window_seconds=30, hold_seconds=4, video="copy")
    stream = root / "stream"
    output = HlsOutput(stream, session.clock, [Rendition("source", ("en",))], config, tap)
    publishing = asyncio.create_task(output.run(session.subscribe()))
    playing = asyncio.create_task(
        play(chromium, f"{address}/player.html", stream / "media.m3u8", SECONDS + 60)
    )
    with sender(programme, f"{url}?mode=caller"):
        await session.run()
    await publishing
    seen = await playing

    assert seen["ended"]
    assert output.counts["source"].on_time == len(MARKS)
    assert output.gaps == 0
    texts = [f"beep {n + 1}." for n in range(len(MARKS))]
    assert [cue["text"] for cue in seen["cues"]] == texts  # none twice, none missing
    assert [shown["text"] for shown in seen["shown"]] == texts
    starts = [cue["start"] for cue in seen["cues"]]
    away = {
        "flash": differences(starts, seen["flashes"]),
        "beep": differences(starts, seen["beeps"]),
        "shown": differences([shown["at"] for shown in seen["shown"]], starts),
    }
    for name, seconds in away.items():
        print(name, *(f"{1000 * value:.0f}" for value in seconds), "ms")  # noqa: T201 - pytest -s
    assert max(map(abs, away["flash"])) <= 0.1
    assert max(map(abs, away["beep"])) <= 0.1
    # The page looks every 20 ms, but shares two cores with the encoder.
    assert max(map(abs, away["shown"])) <= 0.5
    assert not [error for error in seen["errors"] if "fatal" in error]


def differences(values: list[float], others: list[float]) -> list[float]:
    return [value - other for value, other in zip(values, others, strict=True)]
