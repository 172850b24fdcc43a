"""Picture and sound of real transport streams as fMP4, beside subtitles, read by libavformat."""

from __future__ import annotations

import asyncio
import io
import subprocess
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import av
import numpy as np
import pytest

from foundation.errors import InvalidArgument
from foundation.media_time import TICKS_PER_SECOND, from_seconds
from streaming.delivery.dash import DashConfig, DashOutput
from streaming.delivery.renditions import Rendition
from streaming.delivery.segments.transport_stream import Piece
from streaming.events import AudioChunk
from streaming.formats.mp4.remuxing import TrackFragments, remux
from streaming.ingest.ffmpeg import find_ffmpeg
from streaming.ingest.media_tap import MediaTap
from streaming.ingest.unwrap import WRAP, unwrap
from streaming.session_clock import SessionClock
from streaming.session_events import SessionEvent
from tests.integration.test_hls_media import encode, packets, split
from tests.unit.delivery.dash.test_manifest import XML, listed

DAY = 95_434
"""Seconds; timestamps wrap 9.7 s later."""


def remuxed(piece: Piece) -> list[TrackFragments]:
    return remux(piece.data, piece.end, lambda time: unwrap(time, piece.start))


def read(fragments: list[TrackFragments]) -> list[tuple[int, int]]:
    """Presentation time and size of the samples of a track, in its units."""
    data = fragments[0].initialisation + b"".join(each.data for each in fragments)
    with av.open(io.BytesIO(data), format="mp4") as container:
        (stream,) = container.streams
        return [(int(p.pts), p.size) for p in container.demux(stream) if p.pts is not None]


def test_every_frame_is_where_it_was_also_past_the_wrap(tmp_path: Path) -> None:
    source = encode(tmp_path / "a.ts", 13, video=True, offset=DAY)
    pieces = [remuxed(piece) for piece in split(source)]
    video, audio = ([piece[n] for piece in pieces] for n in range(2))
    assert video[0].format.codec.startswith("avc1.")
    assert (video[0].format.width, video[0].format.height) == (160, 90)
    assert (audio[0].format.codec, audio[0].format.sample_rate) == ("mp4a.40.2", 48_000)

    origin = from_seconds(DAY)
    was = sorted(unwrap(time, origin) for time in packets(source.read_bytes(), "video"))
    times = sorted(time for time, _ in read(video))
    # libavformat shifts all pictures alike where they are reordered; browsers do not.
    shift = times[0] - was[0]
    assert 0 <= shift <= TICKS_PER_SECOND // 5
    assert [time - shift for time in times] == was
    assert was[-1] > WRAP
    for before, after in pairwise(video):
        assert before.start + before.duration == after.start
    assert video[0].start == origin

    was = [unwrap(time, origin) for time in packets(source.read_bytes(), "audio")]
    assert [time * 15 // 8 for time, _ in read(audio)] == was
    for before, after in pairwise(audio):
        assert before.start + before.duration == after.start


def test_sound_alone_has_its_own_track(tmp_path: Path) -> None:
    ((audio,), *_) = [remuxed(piece) for piece in split(encode(tmp_path / "a", 5, video=False))]
    assert audio.format.kind == "audio"
    assert audio.format.timescale == 48_000


@pytest.mark.parametrize(
    ("encoder", "codec"), [("libx265", "hvc1.1.6.L30.90"), ("mpeg2video", "mp4v.61")]
)
def test_other_pictures_are_named(tmp_path: Path, encoder: str, codec: str) -> None:
    path = tmp_path / "a.ts"
    command = [find_ffmpeg(), "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=160x90"]
    command += ["-t", "1", "-c:v", encoder, "-pix_fmt", "yuv420p", str(path)]
    subprocess.run(command, check=True)
    ((video,),) = [remuxed(piece) for piece in split(path)]
    assert video.format.codec == codec


@pytest.mark.parametrize("data", [b"", b"\x47" + bytes(187), b"no stream at all" * 50])
def test_what_is_no_stream_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidArgument, match="segment"):
        remux(data, 0, lambda time: time)


async def published(
    folder: Path, parts: list[tuple[int, Path]], seconds: int, window: float = 0
) -> DashOutput:
    """DASH of transport streams that follow one another, each on a clock of its own."""
    clock, tap = SessionClock(), MediaTap()
    config = DashConfig(segment_seconds=2, window_seconds=window, hold_seconds=1, video="copy")
    output = DashOutput(folder, clock, [Rendition("source", ("kk",))], config, tap)
    over = asyncio.Event()

    async def no_events() -> AsyncIterator[SessionEvent]:
        await over.wait()
        nothing: tuple[SessionEvent, ...] = ()
        for event in nothing:
            yield event

    publishing = asyncio.create_task(output.run(no_events()))
    await asyncio.sleep(0)
    silence = np.zeros(seconds * 16_000, np.float32)
    for number, (start, path) in enumerate(parts):
        tap.connect()
        tap.put(await asyncio.to_thread(path.read_bytes))
        chunk = AudioChunk(silence, start * TICKS_PER_SECOND, discontinuity=number > 0)
        clock.place(chunk, 0.0, follows_wall=False, again=number > 0)
    over.set()
    await publishing
    return output


async def test_another_clock_begins_a_period_of_all_tracks(tmp_path: Path) -> None:
    first = encode(tmp_path / "a.ts", 7, video=True, offset=5000)
    second = encode(tmp_path / "b.ts", 7, video=True, offset=20)
    folder = tmp_path / "dash"
    output = await published(folder, [(5000, first), (20, second)], 7)
    assert output.gaps == 0
    root = ElementTree.fromstring((folder / "index.mpd").read_bytes())
    periods = root.findall(f"{XML}Period")
    assert [period.attrib["start"] for period in periods] == ["PT0.000000S", "PT7.000000S"]
    for period in periods:
        kinds = [each.attrib["contentType"] for each in period.findall(f"{XML}AdaptationSet")]
        assert kinds == ["video", "audio", "text"]
    found = listed((folder / "index.mpd").read_bytes())
    for track in ("video", "source"):
        lengths = [seconds for name, _, seconds in found if name == track]
        assert lengths == pytest.approx([2, 2, 2, 1, 2, 2, 2, 1], abs=0.05)
    names = {uri for _, uri, _ in found}
    names |= {f"{t}-{n}-init.mp4" for t in ("video", "audio", "source") for n in range(2)}
    assert {path.name for path in folder.iterdir()} == names | {"index.mpd"}


async def test_ffmpeg_plays_the_presentation_back(tmp_path: Path) -> None:
    """Its demuxer of DASH finds all tracks, their languages and every packet in its place."""
    folder = tmp_path / "dash"
    source = encode(tmp_path / "a.ts", 9, video=True, offset=DAY)
    await published(folder, [(DAY, source)], 9)
    command = [find_ffmpeg(), "-hide_banner", "-i", str(folder / "index.mpd"), "-copyts"]
    command += ["-map", "0", "-c", "copy", "-f", "framecrc", "-"]
    ran = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, check=True, text=True
    )
    assert "(kk): Subtitle: ttml" in ran.stderr
    bases: dict[str, float] = {}
    times: dict[str, list[float]] = {}
    for line in ran.stdout.splitlines():
        if line.startswith("#tb"):
            stream, base = line.removeprefix("#tb ").split(": ")
            bases[stream] = ratio(base)
        elif not line.startswith("#"):
            stream, _, pts, *_ = (part.strip() for part in line.split(","))
            times.setdefault(stream, []).append(int(pts) * bases[stream])
    video, audio, text = times["0"], times["1"], times["2"]
    assert len(video) == 9 * 25
    assert len(audio) == len(packets(source.read_bytes(), "audio"))
    assert text == pytest.approx([DAY, DAY + 2, DAY + 4, DAY + 6, DAY + 8], abs=0.001)
    assert min(video) == pytest.approx(DAY, abs=0.2)
    assert min(audio) == pytest.approx(DAY, abs=0.05)


def ratio(text: str) -> float:
    numerator, denominator = text.split("/")
    return int(numerator) / int(denominator)
