"""DVB subtitles, read by ffmpeg's own demuxer and decoder."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from foundation.media_time import TICKS_PER_SECOND as SECOND
from foundation.media_time import from_seconds
from streaming.cues.model import Cue
from streaming.delivery.dvb import DvbConfig, DvbOutput
from streaming.delivery.rendering import Canvas, Overlay, Renderer, TextBlock, reduced
from streaming.delivery.sending import Sender, parse_target
from streaming.events import AudioChunk
from streaming.ingest.ffmpeg import find_ffmpeg
from streaming.ingest.unwrap import WRAP, unwrap
from streaming.session_events import (
    CaptionState,
    ControlAction,
    Controlled,
    Corrected,
    CueReady,
    SessionEvent,
)
from tests.integration.picture_outputs.feeds import (
    LINES,
    Heard,
    encode,
    frame_at,
    heard,
    packets,
    pages,
)

CODES = {"source": "kaz", "ru": "rus", "en": "eng"}
CUES = ((1.0, 2.6), (2.6, 5.2))


def listing(path: Path) -> str:
    """What ffmpeg says of a file."""
    command = [find_ffmpeg(), "-hide_banner", "-i", str(path)]
    return subprocess.run(command, capture_output=True, text=True).stderr


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what another task does."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.02)


async def written(feed: Heard, path: Path, config: DvbConfig | None = None) -> DvbOutput:
    output = DvbOutput(Sender(parse_target(str(path)), "dvb"), feed.context(), config, paced=False)
    await output.run(feed.events())
    return output


def overlay_of(lines: tuple[str, ...], canvas: Canvas) -> Overlay:
    overlay = Renderer(canvas).draw([TextBlock(lines)])
    assert overlay is not None
    return overlay


@pytest.mark.parametrize(
    ("size", "options", "plane"),
    [
        ("640x360", (), Canvas(720, 576, Fraction(64, 45))),
        ("1280x720", (), Canvas(1280, 720)),
        ("1440x1080", ("-aspect", "16:9"), Canvas(1920, 1080)),
    ],
)
async def test_every_page_is_what_was_drawn(
    tmp_path: Path, size: str, options: tuple[str, ...], plane: Canvas
) -> None:
    """Over the wrap of the feed's clock: it begins 2 s before."""
    offset = WRAP / SECOND - 2
    source = encode(tmp_path / "a.ts", 6, size=size, offset=offset, options=options)
    out = tmp_path / "out.ts"
    output = await written(heard(source, 6, offset, CUES), out, DvbConfig(repeat_seconds=1))
    assert [counts.on_time for counts in output.counts.values()] == [2, 2, 2]
    for track, lines in LINES.items():
        overlay = overlay_of(lines, plane)
        indices, _ = reduced(overlay, 16)
        found = pages(out, CODES[track])
        start = from_seconds(offset)
        times = [(unwrap(page.time, start) - start) / SECOND for page in found]
        # Two cues at their exact times; the longer one is sent again, then taken away.
        assert len(times) == 4
        assert [times[n] for n in (0, 1, 3)] == pytest.approx([1.0, 2.6, 5.2], abs=1e-4)
        assert times[2] == pytest.approx(3.6, abs=0.05)
        assert found[3].indices.size == 0
        for page in found[:3]:
            assert (page.x, page.y) == (overlay.x, overlay.y)
            assert (page.indices == indices).all()


async def test_the_feed_is_passed_through_untouched_and_lists_its_languages(
    tmp_path: Path,
) -> None:
    source = encode(tmp_path / "a.ts", 4, offset=1000)
    out = tmp_path / "out.ts"
    await written(heard(source, 4, 1000, CUES[:1]), out)
    for kind in ("video", "audio"):
        assert packets(out, kind) == packets(source, kind)
    lines = [line for line in listing(out).splitlines() if "dvb_subtitle" in line]
    assert [line.partition("(")[2][:3] for line in lines] == ["kaz", "rus", "eng"]
    assert ["hearing impaired" in line for line in lines] == [True, False, False]
    # Packets of the feed keep their bytes: only the program map differs, and the new ones.
    before = _without_tables(source.read_bytes())
    after = [packet for packet in _without_tables(out.read_bytes()) if _pid(packet) < 0x300]
    assert after == before


def _pid(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def _without_tables(data: bytes) -> list[bytes]:
    cut = [data[place : place + 188] for place in range(0, len(data), 188)]
    return [packet for packet in cut if _pid(packet) != 0x1000]


async def test_ffmpeg_lays_the_page_over_the_picture(tmp_path: Path) -> None:
    source = encode(tmp_path / "a.ts", 5, size="1280x720")
    out = tmp_path / "out.ts"
    await written(heard(source, 5, 0, ((1.0, 3.0),)), out)
    overlay = overlay_of(LINES["source"], Canvas(1280, 720))
    area = (
        slice(overlay.y, overlay.y + overlay.height),
        slice(overlay.x, overlay.x + overlay.width),
    )
    chain = "[0:v][0:s:0]overlay=format=auto"
    plain = frame_at(source, 2)
    for seconds, there in ((0.5, False), (2.0, True), (3.5, False)):
        picture = frame_at(out, seconds, chain)
        assert (np.abs(picture[area].astype(int) - plain[area]) > 40).any() == there
        picture[area] = plain[area]
        assert np.abs(picture.astype(int) - plain).max() < 12  # nothing elsewhere
    opacity = overlay.pixels[..., 3:] / 255
    expected = overlay.pixels[..., :3] * opacity + plain[area] * (1 - opacity)
    shown = frame_at(out, 2, chain)[area]
    assert np.abs(shown - expected).mean() < 4


async def test_who_tunes_in_late_sees_the_cue(tmp_path: Path) -> None:
    source = encode(tmp_path / "a.ts", 7)
    out, rest = tmp_path / "out.ts", tmp_path / "rest.ts"
    await written(heard(source, 7, 0, ((1.0, 6.0),)), out, DvbConfig(repeat_seconds=1))
    data = out.read_bytes()
    rest.write_bytes(data[len(data) * 2 // 5 // 188 * 188 :])
    found = pages(rest, "kaz")
    indices, _ = reduced(overlay_of(LINES["source"], Canvas(720, 576, Fraction(64, 45))), 16)
    assert 2.5 < found[0].time / SECOND < 4.5
    assert (found[0].indices == indices).all()
    assert len(found) >= 2
    assert found[-1].indices.size == 0


async def test_four_colours_for_old_receivers(tmp_path: Path) -> None:
    source = encode(tmp_path / "a.ts", 3)
    await written(heard(source, 3, 0, ((1.0, 2.0),)), tmp_path / "out.ts", DvbConfig(colours=4))
    page = pages(tmp_path / "out.ts", "rus")[0]
    indices, _ = reduced(overlay_of(LINES["ru"], Canvas(720, 576, Fraction(64, 45))), 4)
    assert (page.indices == indices).all()


async def test_a_label_stands_above_until_operators_take_it_away(tmp_path: Path) -> None:
    source = encode(tmp_path / "a.ts", 4)
    for unlabelled in (False, True):
        feed = heard(source, 4, 0, ((1.0, 2.0),))
        control = Controlled(ControlAction.UNLABEL, CaptionState(unlabelled=unlabelled))
        feed.bodies.insert(0, ("source", control))
        await written(feed, tmp_path / "out.ts", DvbConfig(label="автоматты субтитр"))
        page = pages(tmp_path / "out.ts", "kaz")[0]
        plain = overlay_of(LINES["source"], Canvas(720, 576, Fraction(64, 45)))
        assert page.indices.shape[0] == plain.height * (2 if unlabelled else 3) // 2


async def test_a_feed_without_picture_has_subtitles_too(tmp_path: Path) -> None:
    source = encode(tmp_path / "a.ts", 4, video=False)
    await written(heard(source, 4, 0, ((1.0, 2.0),)), tmp_path / "out.ts")
    assert [page.time for page in pages(tmp_path / "out.ts", "kaz")] == [SECOND, 2 * SECOND]


async def test_odd_cues_do_no_harm(tmp_path: Path) -> None:
    source = encode(tmp_path / "a.ts", 6)
    feed = heard(source, 6, 0, ((1.0, 2.0),))
    odd = [(), ("",), ("\u200b",), ("щ" * 3000,), ("сөз " * 400,), ("😀👍🏽", "漢字")]
    feed.bodies += [
        ("en", CueReady(Cue(n, (2 + n // 2) * SECOND, (3 + n // 2) * SECOND, lines, "en")))
        for n, lines in enumerate(odd, 2)
    ]
    await written(feed, tmp_path / "out.ts")
    assert len(pages(tmp_path / "out.ts", "kaz")) == 2
    assert len(pages(tmp_path / "out.ts", "eng")) >= 4


class Stepped:
    """A live feed whose time is given by hand: pieces leave as the test lets them."""

    def __init__(self, source: Path, seconds: float) -> None:
        self.feed = heard(source, seconds, 0, ())
        self.queue: asyncio.Queue[SessionEvent | None] = asyncio.Queue()
        self.number = 0

    async def events(self) -> AsyncIterator[SessionEvent]:
        while (event := await self.queue.get()) is not None:
            yield event

    def say(self, body: object, track: str = "source") -> None:
        self.number += 1
        self.queue.put_nowait(SessionEvent(self.number, 0.0, track, body))  # type: ignore[arg-type]


@pytest.mark.parametrize("action", [ControlAction.CLEAR, ControlAction.KILL])
async def test_clear_and_kill_erase_at_once(tmp_path: Path, action: ControlAction) -> None:
    """Although pages are sent ahead: what was sent for later must not appear either."""
    source = encode(tmp_path / "a.ts", 6)
    stepped, out = Stepped(source, 3.0), tmp_path / "out.ts"
    clock = stepped.feed.clock
    sender = Sender(parse_target(str(out)), "dvb")
    output = DvbOutput(sender, stepped.feed.context(), DvbConfig(delay_seconds=0), paced=False)
    running = asyncio.create_task(output.run(stepped.events()))
    cue = Cue(1, SECOND, 3 * SECOND + 45_000, LINES["source"], "kk")
    stepped.say(CueReady(cue))
    following = replace(cue, index=2, start=cue.end, end=cue.end + SECOND, lines=("екінші",))
    stepped.say(CueReady(following))
    whole = source.stat().st_size
    sent = -1
    while sent <= whole * 0.4 or sent < sender.counts.sent_bytes:  # let out up to 3.0 s, all of it
        sent = sender.counts.sent_bytes
        await asyncio.sleep(0.2)
    killed = action is ControlAction.KILL
    stepped.say(Controlled(action, CaptionState(killed=killed)))
    await until(lambda: sender.counts.sent_bytes > sent)
    silence = np.zeros(3 * 16_000, np.float32)
    clock.place(AudioChunk(silence, 3 * SECOND), 0.0, follows_wall=False, again=False)
    stepped.queue.put_nowait(None)
    await running
    found = pages(out, "kaz")
    shown = [page.time / SECOND for page in found if page.indices.size]
    erased = [page.time / SECOND for page in found if not page.indices.size]
    assert shown[0] == 1
    assert max(shown) <= 3.51
    assert erased[0] == pytest.approx(3.0, abs=0.1)  # now, not when the cue would have ended
    assert found[-1].indices.size == 0


async def test_a_correction_before_its_time_is_what_is_shown(tmp_path: Path) -> None:
    source = encode(tmp_path / "a.ts", 4)
    feed = heard(source, 4, 0, ((1.0, 2.0),))
    ready = feed.bodies[0][1]
    assert isinstance(ready, CueReady)
    feed.bodies.append(("source", Corrected((), (replace(ready.cue, lines=("түзетілді",)),))))
    await written(feed, tmp_path / "out.ts")
    indices, _ = reduced(overlay_of(("түзетілді",), Canvas(720, 576, Fraction(64, 45))), 16)
    assert (pages(tmp_path / "out.ts", "kaz")[0].indices == indices).all()


async def test_a_feed_that_returns_on_another_clock_goes_on(tmp_path: Path) -> None:
    first = encode(tmp_path / "a.ts", 4, offset=5000)
    second = encode(tmp_path / "b.ts", 4, offset=20)
    feed = heard(first, 4, 5000, ((1.0, 2.0),))
    feed.tap.connect()
    feed.tap.put(second.read_bytes())
    chunk = AudioChunk(np.zeros(4 * 16_000, np.float32), 20 * SECOND, discontinuity=True)
    again = feed.clock.place(chunk, 0.0, follows_wall=False, again=True)
    cue = Cue(2, again + SECOND, again + 2 * SECOND, ("қайта",), "kk")
    feed.bodies.append(("source", CueReady(cue)))
    await written(feed, tmp_path / "out.ts")
    times = [page.time % WRAP / SECOND for page in pages(tmp_path / "out.ts", "kaz")]
    assert times == [5001, 5002, 21, 22]
