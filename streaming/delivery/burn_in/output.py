"""A session as video with its subtitles drawn into the picture."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Final

import structlog

from foundation.errors import InvalidArgument
from foundation.media_time import from_seconds
from streaming.cues.model import Cue
from streaming.delivery.burn_in.config import BurnInConfig
from streaming.delivery.burn_in.messages import (
    NO_PICTURE,
    Kind,
    ScreenText,
    Settings,
    message,
    screen_message,
)
from streaming.delivery.burn_in.process import EncoderProcess
from streaming.delivery.context import OutputContext
from streaming.delivery.delayed_loop import log_fields, run_turns
from streaming.delivery.delayed_media import DelayedMedia, DuePiece
from streaming.delivery.rendering import LABEL_COLOUR, Letters, Look, TextBlock, colour, font_path
from streaming.delivery.screen import Change, Screen, ScreenCounts
from streaming.delivery.sending import Sender
from streaming.ingest.unwrap import WRAP
from streaming.session_events import SessionEvent

_log = structlog.get_logger(__name__)

_AHEAD: Final = from_seconds(0.5)
"""The encoder is told of a change so much before it is due."""

_RETRY_SECONDS: Final = 2.0
"""From the failure of an encoder to the next one."""

_LOOK_FIELDS: Final = tuple(Look.__dataclass_fields__)


class BurnInOutput:
    """Sends the feed on, later by a fixed time, with up to three tracks drawn into its picture.

    The picture is encoded anew, by a child process; sound and timestamps stay as they are. Where
    the feed returns on another connection or clock, another encoder begins.

    Args:
        sender: Not started; takes the stream.
        context: The session's; with its picture and sound.
        config: See ``BurnInConfig``.
        paced: Once the session has ended, what is held leaves no sooner than it is due.

    Raises:
        InvalidArgument: the context has no picture and sound, or the font is none.
    """

    name = "burn-in"

    def __init__(
        self,
        sender: Sender,
        context: OutputContext,
        config: BurnInConfig | None = None,
        *,
        paced: bool = True,
    ) -> None:
        if context.media is None:
            raise InvalidArgument("target", "needs a feed with picture and sound")
        self._config = config or BurnInConfig()
        self._colours = [colour(name) for name in self._config.colours]
        tracks = [each.track for each in context.renditions[: len(self._colours)]]
        self._sender = sender
        self._clock = context.clock
        self._report = context.report
        self._live = context.media.at_own_speed
        self._paced = paced and self._live
        self._media = DelayedMedia(context.media, context.clock, self._config.delay)
        self._screen = Screen(tracks, context.report, context.captions, works=lambda: sender.works)
        self._letters = Letters(font_path(self._config.font))
        self._standing: dict[str, Cue] = {}
        self._encoder: EncoderProcess | None = None
        self._run = -1
        self._retry_at = 0.0
        self._last: DuePiece | None = None

    @property
    def counts(self) -> dict[str, ScreenCounts]:
        """What became of each track's cues."""
        return self._screen.counts

    async def run(self, events: AsyncIterator[SessionEvent]) -> None:
        """Send until the session has ended and all that is held is out.

        Raises:
            InvalidArgument: the feed has no picture.
        """
        self._sender.start()
        try:
            await run_turns(
                events,
                self._screen,
                self._clock,
                self._media,
                self._turn,
                self._coming,
                paced=self._paced,
            )
            await self._finish_encoder()
            await self._sender.close()
            for track in self._screen.tracks:
                _log.info("burn_in.ended", track=track, **log_fields(self._screen, track))
        finally:
            if self._encoder is not None:
                await self._encoder.aclose()
            await self._sender.abort()

    def _coming(self, track: str, cue: Cue) -> None:
        if track in self._screen.tracks:
            for line in cue.lines:
                self._letters.printable(line)  # what the font lacks is said here, not by the child

    async def _turn(self, due: list[DuePiece]) -> None:
        if self._sender.failure is not None:
            raise self._sender.failure
        for each in due:
            await self._through(each)
        if not due and self._last is not None and self._last.session_time is not None:
            # Nothing comes: what is cleared goes before the next frame all the same.
            self._tell(self._last, self._screen.advance(self._last.session_time))
        if self._encoder is not None:
            if not self._live:
                await self._encoder.room()
            await self._check_encoder(self._encoder)

    async def _through(self, due: DuePiece) -> None:
        if not due.piece.has_picture:
            raise InvalidArgument("source", "has no picture to draw subtitles into")
        if due.piece.run != self._run:
            await self._finish_encoder()
            self._run = due.piece.run
        self._last = due
        if self._encoder is None:
            if time.monotonic() < self._retry_at:
                return
            self._encoder = EncoderProcess(self._settings, self._take)
            # A new encoder knows nothing of what stands on the screen.
            self._encoder.put(screen_message(ScreenText(None, self._blocks)))
        if due.session_time is not None:
            self._tell(due, self._screen.advance(due.session_time + _AHEAD))
        self._encoder.put(message(Kind.MEDIA, due.piece.data))

    def _tell(self, due: DuePiece, changes: list[Change]) -> None:
        for change in changes:
            self._standing.pop(change.track, None)
            if change.cue is not None:
                self._standing[change.track] = change.cue
            if self._encoder is None or due.session_time is None:
                continue
            pts = (change.time - due.session_time + due.piece.time) % WRAP
            text = ScreenText(None if change.at_once else pts, self._blocks)
            self._encoder.put(screen_message(text))

    @property
    def _blocks(self) -> tuple[TextBlock, ...]:
        blocks = tuple(
            TextBlock(self._standing[track].lines, self._colours[place])
            for place, track in enumerate(self._screen.tracks)
            if track in self._standing
        )
        if blocks and self._config.label and not self._screen.unlabelled:
            blocks += (TextBlock((self._config.label,), LABEL_COLOUR),)
        return blocks

    @property
    def _settings(self) -> Settings:
        config = self._config
        return Settings(
            config.codec,
            config.preset,
            config.bitrate_kbits,
            config.gop_seconds,
            config.b_frames,
            config.threads,
            Look(**{name: getattr(config, name) for name in _LOOK_FIELDS}),
        )

    async def _take(self, data: bytes) -> None:
        self._sender.put(data)
        await self._sender.room()

    async def _check_encoder(self, encoder: EncoderProcess) -> None:
        if encoder.overloaded and self._live:
            _log.error("burn_in.too_slow")
            self._report.failing("the machine is too slow to encode the picture")
            self._encoder = None
            await encoder.aclose()
        elif encoder.ended:
            self._encoder = None
            self._judge(await encoder.finish(), encoder.detail)

    async def _finish_encoder(self) -> None:
        encoder, self._encoder = self._encoder, None
        if encoder is not None:
            try:
                status = await encoder.finish()
            finally:
                await encoder.aclose()
            self._judge(status, encoder.detail)

    def _judge(self, status: int, detail: str) -> None:
        if status == NO_PICTURE:
            raise InvalidArgument("source", "has no picture to draw subtitles into")
        if status != 0:
            self._retry_at = time.monotonic() + _RETRY_SECONDS
            _log.error("burn_in.encoder_failed", status=status, detail=detail)
            self._report.failing(f"the encoder ended: {detail or status}")
