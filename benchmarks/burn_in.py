"""What burning subtitles in costs beside encoding the same picture anew.

Encodes a moving picture with a tone three ways and measures the CPU time of the children: ffmpeg
alone, our encoder without and with text, and ffmpeg with its own overlay of a full-size picture.

    python -m benchmarks.burn_in [--seconds 20] [--size 1920x1080]
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import av
from PIL import Image

from foundation.media_time import TICKS_PER_SECOND
from streaming.delivery.burn_in.messages import (
    Kind,
    ScreenText,
    Settings,
    message,
    screen_message,
    settings_message,
)
from streaming.delivery.rendering import Canvas, Look, Renderer, TextBlock
from streaming.ingest.ffmpeg import find_ffmpeg

TEXT = (TextBlock(("Үкіметтің қаулысы бойынша жаңа", "жылдан бастап зейнетақы өседі")),)


def main() -> None:
    """Print a table and JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--preset", default="veryfast")
    arguments = parser.parse_args()
    rows: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = _source(folder / "a.ts", arguments.seconds, arguments.size)
        encoder = ["-c:v", "libx264", "-preset", arguments.preset, "-g", "50", "-bf", "2"]
        encoder += ["-b:v", "8M", "-maxrate", "8M", "-bufsize", "8M"]
        encoder += ["-x264-params", "rc-lookahead=10:scenecut=0", "-c:a", "copy", "-f", "mpegts"]
        plain = [find_ffmpeg(), "-loglevel", "error", "-y", "-i", str(source)]
        rows["ffmpeg, encoding only"] = _measured([*plain, *encoder, "/dev/null"])
        width, height = map(int, arguments.size.split("x"))
        overlay = Renderer(Canvas(width, height)).draw(TEXT)
        assert overlay is not None
        Image.fromarray(overlay.pixels).save(folder / "strip.png")
        chain = f"[0:v][1:v]overlay={overlay.x}:{overlay.y}"
        drawn = [*plain, "-loop", "1", "-framerate", "5", "-i", str(folder / "strip.png")]
        drawn += ["-filter_complex", chain, "-shortest"]
        rows["ffmpeg, overlay of a strip"] = _measured([*drawn, *encoder, "/dev/null"])
        settings = Settings("libx264", arguments.preset, 8000, 2.0, 2, 0, Look())
        for label, blocks in (("this encoder, no text", ()), ("this encoder, text", TEXT)):
            messages = settings_message(settings) + b"".join(
                screen_message(ScreenText(second * 3 * TICKS_PER_SECOND, blocks))
                for second in range(arguments.seconds // 3)
            )
            messages += message(Kind.MEDIA, source.read_bytes())
            worker = [sys.executable, "-m", "streaming.delivery.burn_in.worker"]
            rows[label] = _measured(worker, messages)
    print(
        f"{arguments.seconds} s of {arguments.size} at 25 frames a second, x264 {arguments.preset}"
    )
    print(f"{platform.processor() or platform.machine()}, PyAV {av.__version__}\n")
    print(f"{'':28}  CPU s a second of video   real time used")
    for label, (cpu, wall) in rows.items():
        print(f"{label:28}  {cpu / arguments.seconds:23.2f}   {wall / arguments.seconds:14.2f}")
    print(json.dumps({"seconds": arguments.seconds, "size": arguments.size, "rows": rows}))


def _source(path: Path, seconds: int, size: str) -> Path:
    command = [find_ffmpeg(), "-loglevel", "error", "-y", "-f", "lavfi", "-i"]
    command += [f"testsrc2=size={size}:rate=25,noise=alls=12:allf=t", "-f", "lavfi", "-i"]
    command += ["sine=sample_rate=48000", "-t", str(seconds), "-c:v", "libx264", "-preset"]
    command += ["superfast", "-b:v", "12M", "-g", "50", "-c:a", "mp2", "-f", "mpegts", str(path)]
    subprocess.run(command, check=True)
    return path


def _measured(command: list[str], data: bytes | None = None) -> tuple[float, float]:
    """CPU seconds and seconds of a child."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, input=data or b"", stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.monotonic() - began


if __name__ == "__main__":
    main()
