"""Decodes, draws, encodes: runs in a child process, for it reads what strangers send."""

from __future__ import annotations

from collections import deque
from fractions import Fraction
from typing import IO, Any, Final

import av

from foundation.media_time import TICKS_PER_SECOND, Ticks
from streaming.delivery.burn_in.blending import Stamp, is_bt709, is_full_range
from streaming.delivery.burn_in.messages import (
    Kind,
    ScreenText,
    Settings,
    read_message,
    read_screen,
    read_settings,
)
from streaming.delivery.rendering import Canvas, Renderer
from streaming.ingest.unwrap import unwrap

_TIME_BASE: Final = Fraction(1, TICKS_PER_SECOND)
_PIXELS: Final = "yuv420p"

_BITS_A_PIXEL: Final = 0.155
"""And frame: 8 Mbit/s for 1920 x 1080 at 25 a second."""

_LEAST_KBITS: Final = 2500
"""Small pictures need more bits a pixel."""

_LOOKAHEAD: Final = 10
"""Frames; the default, 40, would hold the picture back for 1.6 s."""

_FAR: Final = 10 * TICKS_PER_SECOND
"""A timestamp that lies so far from the last one was damaged: real jumps begin another stream."""

_INPUT_OPTIONS: Final = {
    "probesize": "2000000",
    "analyzeduration": "1000000",
    # Timestamps wrap as they are: ``unwrap`` takes care of it.
    "correct_ts_overflow": "0",
}
_OUTPUT_OPTIONS: Final = {
    "avoid_negative_ts": "disabled",
    "mpegts_copyts": "1",
    "muxdelay": "0",
    "muxpreload": "0",
    "flush_packets": "1",
}


class NoPicture(Exception):  # noqa: N818
    """The stream has no video."""


class Incoming:
    """The messages of a pipe: media to be read as a file, changes of the screen besides."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._media = b""
        self.screens: deque[ScreenText] = deque()

    def settings(self) -> Settings | None:
        """The first message; None: there is none."""
        first = read_message(self._pipe)
        return None if first is None else read_settings(first[1])

    def read(self, size: int) -> bytes:
        """As a file; PyAV calls it."""
        while not self._media:
            following = read_message(self._pipe)
            if following is None:
                return b""
            kind, data = following
            if kind is Kind.MEDIA:
                self._media = data
            elif kind is Kind.SCREEN:
                screen = read_screen(data)
                if screen.pts is None:
                    self.screens.clear()
                self.screens.append(screen)
        part, self._media = self._media[:size], self._media[size:]
        return part


class BurnIn:
    """One stream in, one stream out.

    Args:
        settings: How to encode.
        incoming: What to encode.
        output: Takes MPEG-TS.
    """

    def __init__(self, settings: Settings, incoming: Incoming, output: Any) -> None:
        self._settings = settings
        self._incoming = incoming
        self._output = output
        self._target: Any = None
        self._encoder: Any = None
        self._sounds: dict[int, Any] = {}
        self._early: list[Any] = []
        """Packets of sound that came before the first frame."""

        self._last: Ticks | None = None
        self._shown: Ticks = -(1 << 62)
        self._sound_until: dict[int, Ticks] = {}
        """Decoding times: a muxer takes none that does not rise."""

        self._renderer: Renderer | None = None
        self._stamp: Stamp | None = None

    def run(self) -> None:
        """Encode until the input ends.

        Raises:
            NoPicture: there is no video in it.
            av.FFmpegError: it is no transport stream, or there is no such encoder.
        """
        with av.open(self._incoming, format="mpegts", container_options=_INPUT_OPTIONS) as source:
            if not source.streams.video:
                raise NoPicture
            video = source.streams.video[0]
            video.thread_type = "AUTO"
            streams = [video, *source.streams.audio]
            try:
                for packet in source.demux(streams):
                    if packet.stream is video:
                        self._picture(packet)
                    elif packet.size:
                        self._sound(packet)
            finally:
                self._close()

    def _picture(self, packet: Any) -> None:
        packet.pts, packet.dts = self._unwrapped(packet.pts), self._unwrapped(packet.dts)
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            return  # the feed was damaged on its way: what can be decoded goes on
        for frame in frames:
            if frame.pts is not None and frame.pts > self._shown:
                self._shown = frame.pts
                self._frame(frame, packet.stream)

    def _unwrapped(self, timestamp: Ticks | None) -> Ticks | None:
        """None: there is none, or it cannot be right."""
        if timestamp is None or self._last is None:
            self._last = timestamp
            return timestamp
        time = unwrap(timestamp, self._last)
        if abs(time - self._last) > _FAR:
            return None
        self._last = time
        return time

    def _sound(self, packet: Any) -> None:
        time = self._unwrapped(packet.dts)
        if time is None or time <= self._sound_until.get(packet.stream.index, time - 1):
            return
        self._sound_until[packet.stream.index] = time
        packet.pts = packet.dts = time
        if self._target is None:
            self._early.append(packet)
            return
        packet.stream = self._sounds[packet.stream.index]
        self._target.mux(packet)

    def _frame(self, frame: Any, stream: Any) -> None:
        if self._target is None:
            self._open(frame, stream)
        encoder = self._encoder.codec_context
        if (frame.width, frame.height) != (encoder.width, encoder.height):
            frame = self._converted(frame, encoder.width, encoder.height)
        elif frame.format.name != _PIXELS:
            frame = self._converted(frame, frame.width, frame.height)
        self._change_screen(frame)
        if self._stamp is not None:
            frame.make_writable()
            self._stamp.lay_over(frame)
        frame.pict_type = 0  # the encoder chooses, not the source
        self._target.mux(self._encoder.encode(frame))

    @staticmethod
    def _converted(frame: Any, width: int, height: int) -> Any:
        changed = frame.reformat(width, height, _PIXELS)
        changed.pts, changed.time_base = frame.pts, frame.time_base
        return changed

    def _change_screen(self, frame: Any) -> None:
        screens = self._incoming.screens
        due: ScreenText | None = None
        while screens:
            pts = screens[0].pts
            if pts is not None and unwrap(pts, frame.pts) > frame.pts:
                break
            due = screens.popleft()
        if due is None:
            return
        assert self._renderer is not None, "opened"
        overlay = self._renderer.draw(due.blocks)
        self._stamp = None
        if overlay is not None:
            self._stamp = Stamp(overlay, bt709=is_bt709(frame), full_range=is_full_range(frame))

    def _open(self, frame: Any, source: Any) -> None:
        pixel = Fraction(source.sample_aspect_ratio or 1)
        canvas = Canvas(frame.width, frame.height, pixel_aspect=pixel)
        self._renderer = Renderer(canvas, self._settings.look)
        target = av.open(self._output, "w", format="mpegts", container_options=_OUTPUT_OPTIONS)
        rate = source.average_rate or source.guessed_rate or Fraction(25)
        self._encoder = target.add_stream(
            self._settings.codec, rate=rate, options=self._encoder_options(frame, rate)
        )
        self._encoder.time_base = _TIME_BASE
        context = self._encoder.codec_context
        context.width, context.height = frame.width, frame.height
        context.pix_fmt = _PIXELS
        context.time_base = _TIME_BASE
        context.framerate = rate
        context.sample_aspect_ratio = pixel
        context.gop_size = max(1, round(self._settings.gop_seconds * rate))
        context.max_b_frames = self._settings.b_frames
        for name in ("color_range", "color_primaries", "color_trc", "colorspace"):
            setattr(context, name, int(getattr(frame, name)))
        for sound in source.container.streams.audio:
            self._sounds[sound.index] = target.add_stream_from_template(sound)
        self._target = target
        early, self._early = self._early, []
        for packet in early:
            packet.stream = self._sounds[packet.stream.index]
            target.mux(packet)

    def _encoder_options(self, frame: Any, rate: Fraction) -> dict[str, str]:
        settings = self._settings
        kbits = settings.bitrate_kbits
        if not kbits:
            pixels = frame.width * frame.height * float(min(rate, Fraction(60)))
            kbits = max(_LEAST_KBITS, round(_BITS_A_PIXEL * pixels / 1000))
        flags = "+cgop"
        if frame.interlaced_frame:
            flags += "+ildct+ilme"
        options = {
            "b": f"{kbits}k",
            "maxrate": f"{kbits}k",
            "bufsize": f"{kbits}k",
            "flags": flags,
            "threads": str(settings.threads),
            "preset": settings.preset,
        }
        if settings.codec == "libx264":
            field_order = ":tff=1" if frame.interlaced_frame else ""
            options["x264-params"] = f"rc-lookahead={_LOOKAHEAD}:scenecut=0{field_order}"
        return options

    def _close(self) -> None:
        if self._target is None:
            return
        self._target.mux(self._encoder.encode(None))
        self._target.close()
