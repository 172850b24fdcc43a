"""A session as DVB subtitles in the feed's own transport stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from fractions import Fraction
from typing import Final

import structlog

from foundation.errors import InvalidArgument
from foundation.media_time import TICKS_PER_SECOND, Ticks, from_seconds
from streaming.cues.model import Cue
from streaming.delivery.context import OutputContext
from streaming.delivery.delayed_loop import log_fields, run_turns
from streaming.delivery.delayed_media import DelayedMedia, DuePiece
from streaming.delivery.dvb.config import DvbConfig, dvb_track
from streaming.delivery.dvb.multiplexer import PAGE_ID, SubtitleMultiplexer
from streaming.delivery.dvb.pages import PictureStore, ServicePages
from streaming.delivery.dvb.segments import DisplaySize, PageWriter
from streaming.delivery.mpeg_ts.timed_pieces import TimedPiece
from streaming.delivery.picture_format import FormatProbe, PictureFormat
from streaming.delivery.rendering import Canvas, Renderer, font_path
from streaming.delivery.renditions import rendition_of
from streaming.delivery.screen import Screen, ScreenCounts
from streaming.delivery.sending import Sender
from streaming.session_events import SessionEvent

_log = structlog.get_logger(__name__)

_AHEAD: Final = from_seconds(0.7)
"""Pages are sent so much before they are shown: they take time to arrive and to be decoded."""

_SD: Final = (720, 576)
_PLANES: Final = ((576, _SD), (720, (1280, 720)), (8192, (1920, 1080)))
"""The plane for pictures up to a height."""

_WIDE: Final = Fraction(16, 9)


class DvbOutput:
    """Sends the feed on, later by a fixed time, with a subtitle stream for each track.

    Picture, sound, timestamps and clock references stay as they are. Each cue is a page of its own
    (a new epoch), sent again as an acquisition point while it stands, with a timeout a little
    longer than it stands.

    Args:
        sender: Not started; takes the stream.
        context: The session's; with its picture and sound.
        config: See ``DvbConfig``.
        paced: Once the session has ended, what is held leaves no sooner than it is due.

    Raises:
        InvalidArgument: the context has no picture and sound, or the font is none.
    """

    name = "dvb"

    def __init__(
        self,
        sender: Sender,
        context: OutputContext,
        config: DvbConfig | None = None,
        *,
        paced: bool = True,
    ) -> None:
        if context.media is None:
            raise InvalidArgument("target", "needs a feed with picture and sound")
        font_path(config.font if config is not None else None)
        tracks = [dvb_track(rendition) for rendition in context.renditions]
        self._config = config or DvbConfig()
        self._sender = sender
        self._clock = context.clock
        self._live = context.media.at_own_speed
        self._paced = paced and self._live
        self._media = DelayedMedia(
            context.media, context.clock, self._config.delay, keep_fresh=True
        )
        self._screen = Screen(
            (track.track for track in tracks),
            context.report,
            context.captions,
            works=lambda: sender.works,
        )
        self._latin = any(rendition.latin for rendition in context.renditions)
        self._multiplexer = SubtitleMultiplexer(
            tracks, self._config.kilobits, self._config.first_pid
        )
        self._probe = FormatProbe()
        self._probed_run = -1
        self._display: DisplaySize | None = None
        self._canvas: Canvas | None = None
        self._pictures: PictureStore | None = None
        self._pages: dict[str, ServicePages] = {}
        self._last: tuple[Ticks, Ticks] | None = None
        """Session time and feed time of the last piece."""

        if self._config.display != "auto":
            width, height = map(int, self._config.display.split("x"))
            self._use_plane((width, height), _WIDE)

    @property
    def counts(self) -> dict[str, ScreenCounts]:
        """What became of each track's cues."""
        return self._screen.counts

    async def run(self, events: AsyncIterator[SessionEvent]) -> None:
        """Send until the session has ended and all that is held is out."""
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
            await self._sender.close()
            for track in self._screen.tracks:
                _log.info("dvb.ended", track=track, **log_fields(self._screen, track))
        finally:
            await self._sender.abort()
            if self._pictures is not None:
                await self._pictures.aclose()

    def _coming(self, track: str, cue: Cue) -> None:
        if track not in self._screen.tracks:  # a translated track that came while on air
            self._screen.add_track(track)
            self._multiplexer.add_track(dvb_track(rendition_of(track, latin=self._latin)))
            if self._display is not None:
                self._pages[track] = self._service_pages(self._display)
        if self._pictures is not None and cue.lines:
            self._pictures.get(cue.lines)  # drawn by the time that it is shown

    async def _turn(self, due: list[DuePiece]) -> None:
        if self._sender.failure is not None:
            raise self._sender.failure
        for piece in self._media.take_fresh():
            if self._display is None:  # known by the time that the first cue is shown
                await self._look_at(piece)
        for each in due:
            self._sender.put(await self._through(each))
        if not due and self._last is not None and self._may_change:
            # Nothing comes: what was cleared must go all the same.
            now = self._last[0]
            await self._change(now, now)
            self._sender.put(self._multiplexer.take(b"", 0))
        await self._sender.room()

    async def _through(self, due: DuePiece) -> bytes:
        piece, now = due.piece, due.session_time
        if self._display is not None:  # until then each piece is looked at as it comes
            await self._look_at(piece)
        duration = 0
        if now is not None:
            if self._last is not None:
                duration = min(max(0, now - self._last[0]), TICKS_PER_SECOND)
            self._last = now, piece.time
            if self._may_change:
                await self._change(now, now + _AHEAD)
        return self._multiplexer.take(piece.data, duration)

    @property
    def _may_change(self) -> bool:
        """Is it known where pages go and how they are drawn? Until then changes wait."""
        return self._multiplexer.ready and self._pictures is not None

    async def _change(self, now: Ticks, until: Ticks) -> None:
        """Send what changes up to ``until``."""
        if self._pictures is not None:
            self._pictures.label = "" if self._screen.unlabelled else self._config.label
        for change in self._screen.advance(until):
            pages = self._pages.get(change.track)
            if pages is None:
                continue
            pages.change(change)
            if not self._live and self._pictures is not None:
                drawing = pages.waits_for(self._pictures)
                if drawing is not None:
                    await drawing
            self._emit(change.track, pages, now, until)
        for track, pages in self._pages.items():
            self._emit(track, pages, now, until)

    def _emit(self, track: str, pages: ServicePages, now: Ticks, until: Ticks) -> None:
        if self._pictures is None or self._last is None:
            return
        offset = self._last[1] - self._last[0]
        sets = pages.sets(now, until, self._pictures)
        timed = [(each.time + offset, each.data) for each in sets]
        self._multiplexer.put(track, timed, at_once=any(each.at_once for each in sets))

    async def _look_at(self, piece: TimedPiece) -> None:
        """Find out how large the picture is, anew with each run."""
        if piece.run != self._probed_run:
            self._probed_run, self._probe = piece.run, FormatProbe()
        known = self._probe.found or self._probe.gave_up
        if known or self._config.display != "auto":
            return
        if not piece.has_picture:
            self._use_plane(_SD, _WIDE)
            self._probe.gave_up = True
            _log.warning("dvb.no_picture")
            return
        await self._probe.add(piece.data)
        if self._probe.found is not None:
            self._use_format(self._probe.found)
        elif self._probe.gave_up:
            _log.warning("dvb.picture_unknown")
            self._use_plane(_SD, _WIDE)

    def _use_format(self, found: PictureFormat) -> None:
        plane = next(plane for height, plane in _PLANES if found.height <= height)
        self._use_plane(plane, found.aspect)

    def _use_plane(self, size: tuple[int, int], aspect: Fraction) -> None:
        canvas = Canvas(*size, pixel_aspect=aspect * size[1] / size[0])
        if canvas == self._canvas:
            return
        _log.info("dvb.plane", width=size[0], height=size[1], aspect=str(aspect))
        self._canvas = canvas
        self._display = display = DisplaySize(*size)
        self._multiplexer.set_high_definition(not display.is_default)
        self._pictures = PictureStore(Renderer(canvas, self._config), self._config.colours)
        self._pages = {track: self._service_pages(display) for track in self._screen.tracks}

    def _service_pages(self, display: DisplaySize) -> ServicePages:
        return ServicePages(PageWriter(PAGE_ID, display), self._config.repeat)
