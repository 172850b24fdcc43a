"""Finds ffmpeg and writes its command lines."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import ffmpeg

from foundation.errors import FailedPrecondition
from foundation.speech import SAMPLE_RATE
from streaming.ingest.media_tap import Sound

FFMPEG_SETTING: Final = "DAUYS_FFMPEG"
"""Environment variable: path of the ffmpeg to use."""


def find_ffmpeg() -> str:
    """Path of ffmpeg: the setting's, else the one in imageio-ffmpeg's wheel, else PATH's.

    Raises:
        FailedPrecondition: there is none, or the setting names none.
    """
    return _find(os.environ.get(FFMPEG_SETTING, ""))


@functools.cache
def _find(setting: str) -> str:
    if setting:
        found = shutil.which(setting)
        if found is None:
            raise FailedPrecondition(f"{FFMPEG_SETTING}={setting} is no program")
        return found
    bundled = _bundled_ffmpeg()
    found = bundled or shutil.which("ffmpeg")
    if found is None:
        raise FailedPrecondition(
            f"no ffmpeg: install imageio-ffmpeg, or put ffmpeg on PATH, or set {FFMPEG_SETTING}"
        )
    return found


def _bundled_ffmpeg() -> str | None:
    try:
        import imageio_ffmpeg
    except ImportError:
        return None
    folder = Path(imageio_ffmpeg.__file__).parent / "binaries"
    found = (str(path) for path in sorted(folder.glob("ffmpeg-*")) if os.access(path, os.X_OK))
    return next(found, None)


def timed_pcm_command(
    source: str, input_options: dict[str, Any], media: Sequence[tuple[int, Sound]] = ()
) -> list[str]:
    """Decodes the first audio stream to NUT with 16 kHz mono PCM on stdout, media times kept.

    Args:
        source: What ffmpeg calls an input URL.
        input_options: Its options, without dashes; None stands for an option without value.
        media: Pipes that get picture and sound as MPEG-TS with the same times: the first video
            stream copied, if there is one, and the first audio stream as AAC or all as they are.
    """
    # Without the overflow option a stream that starts shortly before the 33-bit wrap starts
    # below zero, and the muxer would then shift it to zero.
    options = {"copyts": None, "correct_ts_overflow": 0, **input_options}
    read = ffmpeg.input(source, **options)
    output = read["a:0"].output(
        "pipe:1",
        format="nut",
        acodec="pcm_s16le",
        ac=1,
        ar=SAMPLE_RATE,
        avoid_negative_ts="disabled",
        flush_packets=1,
        write_index=0,
    )
    if media:
        outputs = (_media_output(read, descriptor, sound) for descriptor, sound in media)
        output = ffmpeg.merge_outputs(output, *outputs)
    return _compile(output)


def _media_output(read: Any, descriptor: int, sound: Sound) -> Any:
    # AAC whatever comes: broadcasters send MPEG-1 layer 2 and AC-3, which browsers do not play.
    encoding = {"acodec": "aac", "audio_bitrate": "128k", "ac": 2, "ar": 48_000}
    # Without muxdelay and with mpegts_copyts the muxer adds nothing to the timestamps.
    return ffmpeg.output(
        read["v:0?"],
        read["a:0" if sound == "aac" else "a"],
        f"pipe:{descriptor}",
        format="mpegts",
        vcodec="copy",
        **(encoding if sound == "aac" else {"acodec": "copy"}),
        avoid_negative_ts="disabled",
        mpegts_copyts=1,
        muxdelay=0,
        muxpreload=0,
        flush_packets=1,
    )


def raw_pcm_command(
    source: str,
    input_options: dict[str, Any],
    channel: int = 0,
    max_seconds: float | None = None,
) -> list[str]:
    """Decodes the first audio stream to raw 16 kHz mono 16-bit PCM on stdout.

    Args:
        source: What ffmpeg calls an input URL.
        input_options: Its options, without dashes.
        channel: The channel to take, counted from 1; 0 mixes them all.
        max_seconds: Stop after so much audio.
    """
    options: dict[str, Any] = {
        "format": "s16le",
        "acodec": "pcm_s16le",
        "ac": 1,
        "ar": SAMPLE_RATE,
        "flush_packets": 1,
    }
    if channel:
        options["af"] = f"pan=mono|c0=c{channel - 1}"
    if max_seconds is not None:
        options["t"] = max_seconds
    return _compile(ffmpeg.input(source, **input_options)["a:0"].output("pipe:1", **options))


def _compile(output: Any) -> list[str]:
    quiet = output.global_args("-hide_banner", "-nostdin", "-loglevel", "error")
    command: list[str] = ffmpeg.compile(quiet, cmd=find_ffmpeg())
    return command
