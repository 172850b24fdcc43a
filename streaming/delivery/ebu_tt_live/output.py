"""A session's tracks as sequences of EBU-TT Live documents."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import structlog

from streaming.delivery.context import OutputContext
from streaming.delivery.ebu_tt_live.client import NodeLink
from streaming.delivery.ebu_tt_live.config import EbuTtLiveConfig
from streaming.delivery.ebu_tt_live.server import DocumentServer
from streaming.delivery.ebu_tt_live.track import Document, TrackSequence
from streaming.delivery.renditions import Rendition, rendition_of
from streaming.formats.ttml.config import TtmlConfig
from streaming.formats.ttml.live_writer import LiveSequence
from streaming.session_events import (
    Cleared,
    ControlAction,
    Controlled,
    Corrected,
    CueReady,
    SessionEvent,
)

_log = structlog.get_logger(__name__)

_EMPTIES = frozenset({ControlAction.CLEAR, ControlAction.KILL})


class EbuTtLiveOutput:
    """Serves a session's tracks to subscribers, and brings them to other nodes.

    Args:
        config: See ``EbuTtLiveConfig``.
        context: The session.

    Raises:
        InvalidArgument: a node may not be reached.
    """

    name = "ebu-tt-live"

    def __init__(self, config: EbuTtLiveConfig, context: OutputContext) -> None:
        self._config = config
        self._clock = context.clock
        self._report = context.report
        self._name = config.sequence or context.session
        self._automatic = not context.captions.unlabelled
        self._latin = any(rendition.latin for rendition in context.renditions)
        self._endpoints = config.endpoints()
        self._tracks: dict[str, TrackSequence] = {}
        self._links: dict[str, list[NodeLink]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._server: DocumentServer | None = None
        if config.listen:
            self._server = DocumentServer(
                config.listening(), lambda name: name in self._by_name, self._relevant
            )
        for rendition in context.renditions:
            self._add_track(rendition)

    @property
    def port(self) -> int:
        """Where subscribers connect; 0: nowhere, or not yet."""
        return self._server.port if self._server is not None else 0

    @property
    def sequences(self) -> list[str]:
        """Identifiers, in the order of the tracks."""
        return [track.sequence.identifier for track in self._tracks.values()]

    async def run(self, events: AsyncIterator[SessionEvent]) -> None:
        """Send documents until the session ends.

        Raises:
            Unavailable: the port is taken.
            PermissionDenied: a node refuses the token.
        """
        if self._server is not None:
            await self._server.start()
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                for track in self._tracks:
                    self._start(track)
                async for event in events:
                    self._take(event)
                for sequence in self._tracks.values():
                    sequence.end()
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        finally:
            self._group = None
            if self._server is not None:
                await self._server.stop()

    def _take(self, event: SessionEvent) -> None:
        match event.body:
            case CueReady(cue):
                self._sequence(event.track).add(cue)
            case Corrected(_, cues):
                for cue in cues if event.track in self._tracks else ():
                    self._tracks[event.track].correct(cue)
            case Cleared():
                self._clear()
            case Controlled(action, captions):
                self._label(automatic=not captions.unlabelled)
                if action in _EMPTIES:
                    self._clear()

    def _clear(self) -> None:
        for sequence in self._tracks.values():
            sequence.clear()

    def _label(self, *, automatic: bool) -> None:
        """From the next document on."""
        if automatic != self._automatic:
            self._automatic = automatic
            for sequence in self._tracks.values():
                sequence.label(automatic=automatic)

    def _sequence(self, track: str) -> TrackSequence:
        if track not in self._tracks:  # a translation that came while on air
            self._add_track(rendition_of(track, latin=self._latin))
            self._start(track)
        return self._tracks[track]

    def _add_track(self, rendition: Rendition) -> None:
        config = self._config
        language = rendition.languages[0] if len(rendition.languages) == 1 else None
        looks = TtmlConfig(language=language, place=config.screen_place, automatic=self._automatic)
        sequence = LiveSequence(
            f"{self._name}-{rendition.track}",
            rendition.language,
            "media" if config.timing == "media" else "clock",
            config.authors_group,
            config.control_token,
            looks,
        )
        track = rendition.track
        self._tracks[track] = TrackSequence(
            sequence,
            config.timing,
            config.least_seconds,
            self._clock,
            lambda document: self._emit(track, document),
        )
        self._links[track] = [
            NodeLink(endpoint, sequence.identifier, "publish", config, config.token, self._report)
            for endpoint in self._endpoints
        ]

    def _start(self, track: str) -> None:
        group = self._group
        assert group is not None, "on air"
        sequence, links = self._tracks[track], self._links[track]
        for link in links:
            group.create_task(
                link.publish(lambda: self._relevant(sequence.sequence.identifier)),
                name=f"ebu-tt-live-{track}",
            )

        async def show() -> None:
            await sequence.run()
            for link in links:
                link.end()

        group.create_task(show(), name=f"ebu-tt-live-{track}-show")

    def _emit(self, track: str, document: Document) -> None:
        links = self._links[track]
        for link in links:
            link.send(document.text)
        if self._server is not None:
            self._server.send(document.sequence, document.text)
        if document.cue is None:
            return
        if self._server is not None or any(link.connected for link in links):
            begin = datetime.fromtimestamp(document.begin, UTC)
            self._report.shown(track, document.cue, begin)
        else:
            self._report.lost(track, document.cue, "no node was connected")

    @property
    def _by_name(self) -> dict[str, TrackSequence]:
        return {track.sequence.identifier: track for track in self._tracks.values()}

    def _relevant(self, name: str) -> list[str]:
        track = self._by_name.get(name)
        return [document.text for document in track.relevant] if track is not None else []
