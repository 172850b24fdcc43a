"""Synthetic feeds, cues at known times, and judges that are not ours: ffmpeg's own decoders."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from foundation.languages import Language
from foundation.media_time import from_seconds
from streaming.cues.model import Cue
from streaming.cues.presets import load_preset
from streaming.delivery.context import OutputContext
from streaming.delivery.renditions import session_renditions
from streaming.events import AudioChunk
from streaming.ingest.ffmpeg import find_ffmpeg
from streaming.ingest.media_tap import MediaTap
from streaming.session_clock import SessionClock
from streaming.session_events import CueReady, SessionEvent, SessionEventBody

LINES: dict[str, tuple[str, ...]] = {
    "source": ("Үкіметтің қаулысы бойынша", "әлем, ғарыш, өңір, ұлт, һас"),
    "ru": ("Постановление правительства", "вступает в силу с января"),
    "en": ("The government's decree",),
}


def encode(
    path: Path,
    seconds: float,
    *,
    size: str = "640x360",
    offset: float = 0,
    video: bool = True,
    filters: str = "",
    options: Sequence[str] = (),
) -> Path:
    """A grey picture and a tone in MPEG-TS."""
    command = [find_ffmpeg(), "-loglevel", "error", "-nostdin", "-y"]
    if video:
        command += ["-f", "lavfi", "-i", f"color=0x507050:size={size}:rate=25{filters}"]
    command += ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-t", str(seconds)]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-bf", "2", *options]
    command += ["-c:a", "mp2", "-output_ts_offset", str(offset), "-muxdelay", "0"]
    subprocess.run([*command, "-mpegts_copyts", "1", "-f", "mpegts", str(path)], check=True)
    return path


@dataclass
class Heard:
    """A recording that a session has heard to its end, with cues of three tracks."""

    clock: SessionClock
    tap: MediaTap
    bodies: list[tuple[str, SessionEventBody]]

    def context(self, spoken: tuple[Language, ...] = ("kk",)) -> OutputContext:
        renditions = session_renditions("source", spoken, ("ru", "en"), latin=False)
        return OutputContext("s", self.clock, renditions, load_preset("hls-live"), media=self.tap)

    async def events(self) -> AsyncIterator[SessionEvent]:
        for number, (track, body) in enumerate(self.bodies, 1):
            yield SessionEvent(number, number, track, body)


def heard(
    source: Path, seconds: float, offset: float, cues: Sequence[tuple[float, float]]
) -> Heard:
    """Cues at these times after the recording's start."""
    clock, tap = SessionClock(), MediaTap("copy")
    tap.at_own_speed = False
    tap.connect()
    tap.put(source.read_bytes())
    start = from_seconds(offset)
    silence = np.zeros(round(seconds * 16_000), np.float32)
    clock.place(AudioChunk(silence, start), 0.0, follows_wall=False, again=False)
    bodies = [
        (
            track,
            CueReady(Cue(number, start + from_seconds(a), start + from_seconds(b), lines, "kk")),
        )
        for number, (a, b) in enumerate(cues, 1)
        for track, lines in LINES.items()
    ]
    return Heard(clock, tap, bodies)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Page:
    """What libavcodec's DVB subtitle decoder shows from a time on."""

    time: int
    x: int
    y: int
    indices: NDArray[np.uint8]
    """Empty: nothing is shown."""


def pages(path: Path, language: str) -> list[Page]:
    """All pages of a service, timestamps as they are in the stream."""
    found = []
    # Otherwise libavformat takes a page that is sent before the wrap for after it for late.
    with av.open(str(path), container_options={"fix_teletext_pts": "0"}) as container:
        stream = next(s for s in container.streams.subtitles if s.language == language)
        for packet in container.demux(stream):
            if not packet.size or packet.pts is None:
                continue
            rects: list[object] = list(packet.decode())
            assert len(rects) <= 1
            if not rects:
                empty = np.zeros((0, 0), np.uint8)
                found.append(Page(packet.pts, 0, 0, empty))
            for rect in rects:
                shape = (rect.height, rect.width)  # type: ignore[attr-defined]
                plane = bytes(rect.planes[0])  # type: ignore[attr-defined]
                indices = np.frombuffer(plane, np.uint8).reshape(shape)
                place = rect.x, rect.y  # type: ignore[attr-defined]
                found.append(Page(packet.pts, *place, indices))
    return found


def frame_at(path: Path, seconds: float, chain: str = "[0:v]null") -> NDArray[np.uint8]:
    """A frame so long after the first one, as red, green and blue [height, width, 3]."""
    command = [find_ffmpeg(), "-loglevel", "error", "-nostdin", "-i", str(path)]
    command += ["-filter_complex", f"{chain}[v]", "-map", "[v]", "-ss", str(seconds)]
    command += ["-frames:v", "1", "-f", "image2pipe", "-c:v", "ppm"]
    command += ["-pix_fmt", "rgb24", "-"]
    data = subprocess.run(command, check=True, capture_output=True).stdout
    kind, size, _, pixels = data.split(b"\n", 3)
    assert kind == b"P6", data[:100]
    width, height = map(int, size.split())
    return np.frombuffer(pixels, np.uint8).reshape(height, width, 3).copy()


def packets(path: Path, kind: str) -> list[tuple[int, int, bytes]]:
    """Timestamps and bytes of a stream's packets."""
    with av.open(str(path)) as container:
        stream = container.streams.get({kind: 0})[0]
        return [(p.pts, p.dts, bytes(p)) for p in container.demux(stream) if p.size]
