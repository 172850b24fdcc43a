"""Burnt-in subtitles: what a decoder that is not ours sees in the picture."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from foundation.errors import InvalidArgument
from foundation.media_time import TICKS_PER_SECOND as SECOND
from streaming.cues.model import Cue
from streaming.delivery.burn_in import BurnInConfig, BurnInOutput
from streaming.delivery.rendering import Canvas, Renderer, TextBlock
from streaming.delivery.sending import Sender, parse_target
from streaming.events import AudioChunk
from streaming.ingest.unwrap import WRAP
from streaming.session_events import CueReady
from tests.integration.picture_outputs.feeds import (
    LINES,
    Heard,
    encode,
    frame_at,
    heard,
    packets,
)

FAST = BurnInConfig(preset="ultrafast", threads=1, colours=("white",))


async def written(feed: Heard, path: Path, config: BurnInConfig = FAST) -> BurnInOutput:
    sender = Sender(parse_target(str(path)), "burn-in")
    output = BurnInOutput(sender, feed.context(), config, paced=False)
    await output.run(feed.events())
    return output


async def test_the_text_is_in_the_picture_from_its_first_frame_to_its_last(
    tmp_path: Path,
) -> None:
    """Over the wrap of the feed's clock; sound is untouched, all timestamps stay."""
    offset = WRAP / SECOND - 2
    source = encode(tmp_path / "a.ts", 5, size="640x360", offset=offset)
    out = tmp_path / "out.ts"
    output = await written(heard(source, 5, offset, ((1.0, 3.2),)), out)
    assert output.counts["source"].on_time == 1
    overlay = Renderer(Canvas(640, 360)).draw([TextBlock(LINES["source"])])
    assert overlay is not None
    rows = slice(overlay.y, overlay.y + overlay.height)
    columns = slice(overlay.x, overlay.x + overlay.width)
    plain = frame_at(source, 0).astype(int)
    opacity = overlay.pixels[..., 3:] / 255
    expected = overlay.pixels[..., :3] * opacity + plain[rows, columns] * (1 - opacity)
    seen: list[tuple[float, bool]] = []
    with av.open(str(out)) as container:
        first: int | None = None
        for frame in container.decode(video=0):
            first = frame.pts if first is None else first
            picture = frame.to_ndarray(format="rgb24").astype(int)
            there = bool(np.abs(picture - plain).max() > 100)
            if there:
                assert np.abs(picture[rows, columns] - expected).mean() < 15
                picture[rows, columns] = plain[rows, columns]
                assert np.abs(picture - plain).max() < 60  # ringing at most
            seen.append(((frame.pts - first) / SECOND, there))
    assert len(seen) == 125
    shown = [time for time, there in seen if there]
    assert [shown[0], shown[-1]] == pytest.approx([1.0, 3.16])
    assert len(shown) == 55
    assert packets(out, "audio") == packets(source, "audio")
    assert sorted(p[0] for p in packets(out, "video")) == sorted(
        p[0] for p in packets(source, "video")
    )


async def test_two_tracks_in_two_colours_on_anamorphic_interlaced_video(tmp_path: Path) -> None:
    """576i, 16:9: pixels of 64:45, top field first."""
    source = encode(
        tmp_path / "a.ts",
        3,
        size="720x576",
        options=("-aspect", "16:9", "-flags", "+ildct+ilme", "-x264-params", "tff=1"),
    )
    out = tmp_path / "out.ts"
    config = BurnInConfig(preset="ultrafast", background="box")
    await written(heard(source, 3, 0, ((0.5, 2.5),)), out, config)
    with av.open(str(out)) as container:
        stream = container.streams.video[0]
        frame = next(frame for frame in container.decode(video=0) if frame.time > 1)
        assert frame.interlaced_frame
        assert stream.sample_aspect_ratio == Fraction(64, 45)
        assert (frame.width, frame.height) == (720, 576)
        picture = frame.to_ndarray(format="rgb24").astype(int)
    white = (picture.min(axis=-1) > 200).sum(axis=1) > 20
    strong = (picture[..., 0] > 180) & (picture[..., 1] > 180)
    yellow = (strong & (picture[..., 2] < 80)).sum(axis=1) > 20
    assert white.any()
    assert yellow.any()
    assert np.median(np.flatnonzero(yellow)) < np.percentile(np.flatnonzero(white), 10)


@pytest.mark.parametrize(
    ("size", "options"),
    [
        ("642x362", ()),
        ("640x360", ("-pix_fmt", "yuv422p10le")),
        ("1920x1080", ("-flags", "+ildct+ilme", "-x264-params", "tff=1")),
    ],
)
async def test_odd_pictures(tmp_path: Path, size: str, options: tuple[str, ...]) -> None:
    source = encode(tmp_path / "a.ts", 1.2, size=size, options=options)
    out = tmp_path / "out.ts"
    await written(heard(source, 1.2, 0, ((0.2, 1.0),)), out)
    picture, plain = frame_at(out, 0.6).astype(int), frame_at(source, 0.6)
    assert picture.shape == plain.shape
    assert np.abs(picture - plain).max() > 100
    assert np.abs(picture - plain)[: picture.shape[0] // 2].max() < 12


async def test_a_feed_without_picture_is_refused(tmp_path: Path) -> None:
    source = encode(tmp_path / "a.ts", 2, video=False)
    with pytest.raises(InvalidArgument, match="no picture"):
        await written(heard(source, 2, 0, ((0.5, 1.0),)), tmp_path / "out.ts")


async def test_a_feed_that_returns_on_another_clock_goes_on(tmp_path: Path) -> None:
    """Another encoder begins, and draws what stands."""
    first = encode(tmp_path / "a.ts", 2, offset=5000)
    second = encode(tmp_path / "b.ts", 2, offset=20)
    feed = heard(first, 2, 5000, ((0.5, 9.0),))
    feed.tap.connect()
    feed.tap.put(second.read_bytes())
    chunk = AudioChunk(np.zeros(2 * 16_000, np.float32), 20 * SECOND, discontinuity=True)
    feed.clock.place(chunk, 0.0, follows_wall=False, again=True)
    out = tmp_path / "out.ts"
    await written(feed, out)
    times = [pts % WRAP / SECOND for pts, _, _ in packets(out, "video")]
    assert sorted(time for time in times if time < 100)[:1] == [20]
    assert len(times) == 100
    plain = frame_at(first, 0).astype(int)
    with av.open(str(out)) as container:
        drawn = [
            np.abs(frame.to_ndarray(format="rgb24") - plain).max() > 100
            for frame in container.decode(video=0)
        ]
    assert drawn[-50:] == [True] * 50


async def test_odd_cues_do_no_harm(tmp_path: Path) -> None:
    source = encode(tmp_path / "a.ts", 2)
    feed = heard(source, 2, 0, ())
    odd = [(), ("",), ("щ" * 3000,), ("сөз " * 400,), ("😀👍🏽", "漢字")]
    feed.bodies = [
        ("source", CueReady(Cue(n, n * 30_000, (n + 1) * 30_000, lines, "kk")))
        for n, lines in enumerate(odd, 1)
    ]
    await written(feed, tmp_path / "out.ts")
    assert len(packets(tmp_path / "out.ts", "video")) == 50


async def test_a_damaged_feed_is_encoded_as_far_as_it_can_be_decoded(tmp_path: Path) -> None:
    source = encode(tmp_path / "a.ts", 4, options=("-b:v", "500k"))
    data = bytearray(source.read_bytes())
    rng = np.random.default_rng(1)
    for place in rng.integers(len(data) // 3, len(data), 200):
        data[place] ^= 0xFF
    source.write_bytes(data)
    out = tmp_path / "out.ts"
    await written(heard(source, 4, 0, ((0.5, 3.5),)), out)
    assert len(packets(out, "video")) > 40


def test_figures_are_checked() -> None:
    for wrong in (
        {"colours": ()},
        {"colours": ("white",) * 4},
        {"colours": ("beige-ish",)},
        {"codec": "gif"},
        {"preset": "best"},
        {"delay_seconds": 61},
        {"bitrate_kbits": 5},
        {"gop_seconds": 0},
        {"b_frames": 9},
        {"threads": 65},
        {"size_percent": 50},
    ):
        with pytest.raises(InvalidArgument, match=next(iter(wrong))[:6]):
            BurnInConfig(**wrong)
