"""Subtitling: live sessions, audio in, subtitles out."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Final

from dauys.v1 import subtitling_pb2, subtitling_pb2_grpc

from foundation.errors import DauysError, FailedPrecondition, InvalidArgument
from services.server.paging import page_of
from services.speech_to_text.checks import check_config
from services.speech_to_text.mapping import (
    audio_format,
    duration,
    finishing_config,
    live_config,
)
from services.subtitling import mapping
from services.subtitling.engines import checked_engines, engine_message, recognizer
from services.subtitling.outputs import SessionOutputs, fill_status
from services.subtitling.pushed_feed import PushedFeed
from services.subtitling.pushing import Latest, audio_of
from services.subtitling.sessions import SessionParts, SessionRecord, SessionRegistry
from services.subtitling.tracks import SessionTracks, session_tracks
from services.subtitling.watching import as_outputs, everything
from services.text_to_speech.voices import voice_chooser
from streaming.cues.presets import load_preset
from streaming.delivery.specs import OutputSpec
from streaming.events import Feed
from streaming.finishing import FinishingConfig, LiveFinisher, prepared
from streaming.ingest.media_tap import MediaTaps
from streaming.ingest.url_feed import FeedConfig, UrlFeed, validate_source
from streaming.interpretation import Booth
from streaming.live_translation import load_route
from streaming.recognition import LiveRecognizerConfig
from streaming.recognition.warm_up import load
from streaming.session import LiveSession
from streaming.session_events import ControlAction
from streaming.tracks import TranslatedTracks

if TYPE_CHECKING:
    import grpc.aio

    from services.server.registry import ServiceContext

DEFAULT_PRESET: Final = "overlay-live"
_MAX_NAME: Final = 200
_MAX_REQUEST_ID: Final = 128
_MAX_CORRECTION: Final = 1000
_MAX_OPERATOR: Final = 60


class SubtitlingService(subtitling_pb2_grpc.SubtitlingServicer):
    """The servicer."""

    full_name = "dauys.v1.Subtitling"
    needs_database = False

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        booth = Booth(context.pool, voice_chooser(context.store, context.settings))
        self._outputs = SessionOutputs(context.settings, booth)
        self._sessions = SessionRegistry(
            context.settings.max_live_sessions,
            context.settings.longest_step_seconds,
            self._outputs.forget,
        )

    def add_to(self, server: grpc.aio.Server) -> None:
        """Register the servicer."""
        subtitling_pb2_grpc.add_SubtitlingServicer_to_server(self, server)

    async def drain(self) -> None:
        """End all sessions, their last words committed."""
        await self._sessions.stop_all()

    async def CreateLiveSession(  # noqa: N802 - the contract's name
        self, request: subtitling_pb2.CreateLiveSessionRequest, context: Any
    ) -> subtitling_pb2.LiveSession:
        """Start a session."""
        wanted = request.live_session
        settings = self._context.settings
        _check_length("request_id", request.request_id, _MAX_REQUEST_ID)
        config, finishing = self._checked_config(wanted)
        tracks = self._checked_tracks(wanted, config)
        engines = checked_engines(wanted.engines, config, self._context.store.catalogue, settings)
        await asyncio.to_thread(tracks.compile)
        pipeline = await asyncio.to_thread(prepared, finishing, config.languages)
        preset = load_preset(wanted.preset or DEFAULT_PRESET)
        feed_config = FeedConfig(origin="remote", allowed_hosts=settings.allowed_hosts)
        if wanted.url:
            await asyncio.to_thread(validate_source, wanted.url, feed_config)
        canonical = subtitling_pb2.LiveSession(
            display_name=wanted.display_name,
            url=wanted.url,
            config=wanted.config,
            preset=preset.name,
            translations=tracks.settings,
            script=wanted.script,
            terms=wanted.terms,
            engines=engines,
            outputs=self._outputs.canonical(wanted.outputs),
        )
        checked = self._outputs.specs(canonical.outputs, "checked", url=bool(wanted.url))

        def build(session_id: str) -> SessionParts:
            pushed = None if wanted.url else PushedFeed()
            taps = MediaTaps() if any(spec.needs_media for spec in checked) else None
            feed: Feed = pushed or UrlFeed(wanted.url, feed_config, taps)
            session = LiveSession(
                feed,
                recognizer(
                    engines, config, self._context.pool, session_id, settings.engine_servers
                ),
                preset,
                finisher=LiveFinisher(pipeline),
                translated=TranslatedTracks(self._context.pool, session_id, tracks.translations),
                latin=tracks.latin,
            )
            runner = self._outputs.runner(
                session,
                session_id,
                lambda: mapping.session_facts(self._sessions.get(session_id)),
                taps,
            )
            runner.add(*self._outputs.specs(canonical.outputs, session_id, url=pushed is None))
            return SessionParts(session, pushed, runner)

        record = self._sessions.create(
            request.request_id, canonical.SerializeToString(deterministic=True), build
        )
        return self._described(record)

    def _described(self, record: SessionRecord) -> subtitling_pb2.LiveSession:
        message = mapping.live_session(record)
        fill_status(message, self._outputs, record.outputs.specs, record.outputs.statuses)
        return message

    async def GetLiveSession(  # noqa: N802 - the contract's name
        self, request: subtitling_pb2.GetLiveSessionRequest, context: Any
    ) -> subtitling_pb2.LiveSession:
        """One session."""
        return self._described(self._sessions.get(mapping.session_id(request.name)))

    async def ListLiveSessions(  # noqa: N802 - the contract's name
        self, request: subtitling_pb2.ListLiveSessionsRequest, context: Any
    ) -> subtitling_pb2.ListLiveSessionsResponse:
        """All sessions, oldest first."""
        page, token = page_of(
            self._sessions.all(),
            lambda record: record.sort_key,
            request.page_size,
            request.page_token,
        )
        return subtitling_pb2.ListLiveSessionsResponse(
            live_sessions=[self._described(record) for record in page],
            next_page_token=token,
        )

    async def UpdateLiveSession(  # noqa: N802 - the contract's name
        self, request: subtitling_pb2.UpdateLiveSessionRequest, context: Any
    ) -> subtitling_pb2.LiveSession:
        """Change a session on air."""
        name = mapping.session_id(request.live_session.name, "live_session.name")
        record = self._sessions.get(name)
        async with record.updating:
            wanted = mapping.updated(record.settings, request)
            wanted.preset = load_preset(wanted.preset or DEFAULT_PRESET).name
            _check_on_air(record)
            outputs, specs = self._checked_outputs(record, wanted)
            await self._update(record, wanted, tracks_change=mapping.tracks_change(request))
            if "outputs" in request.update_mask.paths:
                await _to_its_end(_change_outputs(record, specs, outputs))
        return self._described(record)

    def _checked_outputs(
        self, record: SessionRecord, wanted: subtitling_pb2.LiveSession
    ) -> tuple[Sequence[subtitling_pb2.Output], Sequence[OutputSpec]]:
        """The outputs of a session as wanted; ``wanted`` gets those that it has now.

        Raises as ``SessionOutputs.specs`` and ``OutputRunner.check`` do.
        """
        outputs = self._outputs.canonical(wanted.outputs)
        specs = self._outputs.specs(outputs, record.id, url=record.pushed is None)
        record.outputs.check(specs)
        wanted.CopyFrom(
            subtitling_pb2.LiveSession.FromString(
                mapping.with_outputs(
                    wanted.SerializeToString(),
                    subtitling_pb2.LiveSession.FromString(record.settings).outputs,
                )
            )
        )
        return outputs, specs

    async def _update(
        self, record: SessionRecord, wanted: subtitling_pb2.LiveSession, *, tracks_change: bool
    ) -> None:
        """Load what is new, then change the session; nothing is changed if anything fails."""
        _check_on_air(record)
        config, finishing = self._checked_config(wanted)
        tracks = self._checked_tracks(wanted, config)
        before, _ = self._checked_config(subtitling_pb2.LiveSession.FromString(record.settings))
        known = before.models.all_for(before.languages)
        for model in config.models.all_for(config.languages):
            if model not in known:
                await load(self._context.pool, model)
        if tracks_change:
            await asyncio.to_thread(tracks.compile)
            for route in tracks.routes:
                await load_route(self._context.pool, route)
        pipeline = await asyncio.to_thread(prepared, finishing, config.languages)
        _check_on_air(record)
        record.session.reconfigure(config, pipeline)
        if tracks_change:
            record.session.translate(tracks.translations, latin=tracks.latin)
            del wanted.translations[:]
            wanted.translations.extend(tracks.settings)
        if wanted.preset != subtitling_pb2.LiveSession.FromString(record.settings).preset:
            record.session.use(load_preset(wanted.preset))
        record.settings = wanted.SerializeToString(deterministic=True)

    def _checked_config(
        self, wanted: subtitling_pb2.LiveSession
    ) -> tuple[LiveRecognizerConfig, FinishingConfig]:
        """How a session as wanted recognises and finishes text.

        Raises:
            InvalidArgument: names the field and its limit.
            NotFound: a model is not in the catalogue.
        """
        _check_length("live_session.display_name", wanted.display_name, _MAX_NAME)
        field = "live_session.config"
        finishing = finishing_config(wanted.config, field)
        config = live_config(wanted.config, self._context.settings, finishing, field)
        check_config(self._context.store.catalogue, config, field)
        return config, finishing

    def _checked_tracks(
        self, wanted: subtitling_pb2.LiveSession, config: LiveRecognizerConfig
    ) -> SessionTracks:
        """The translated tracks of a session as wanted; raises as ``session_tracks`` does."""
        context = self._context
        return session_tracks(wanted, config.languages, context.store.catalogue, context.settings)

    async def StopLiveSession(  # noqa: N802 - the contract's name
        self, request: subtitling_pb2.StopLiveSessionRequest, context: Any
    ) -> subtitling_pb2.LiveSession:
        """End a session."""
        record = self._sessions.get(mapping.session_id(request.name))
        await self._sessions.stop(record)
        return self._described(record)

    async def PushAudio(  # noqa: N802 - the contract's name
        self, requests: AsyncIterator[subtitling_pb2.PushAudioRequest], context: Any
    ) -> AsyncIterator[subtitling_pb2.PushAudioResponse]:
        """Feed a session."""
        first = await anext(aiter(requests), None)
        if first is None or first.WhichOneof("request") != "config":
            raise InvalidArgument("request", "the first message must carry config")
        record = self._sessions.get(mapping.session_id(first.config.name, "config.name"))
        if record.pushed is None:
            raise FailedPrecondition("the session reads its url; audio cannot be pushed to it")
        if record.session.state.ended:
            raise FailedPrecondition("the session has ended")
        checked = audio_format(first.config.audio_config, "config.audio_config")
        position = Latest()
        pushing = asyncio.create_task(record.pushed.push(checked, audio_of(requests), position.set))
        pushing.add_done_callback(lambda _: position.close())
        try:
            async for value in position:
                yield subtitling_pb2.PushAudioResponse(audio_position=duration(value))
            await pushing
        finally:
            pushing.cancel()
            with contextlib.suppress(asyncio.CancelledError, DauysError):
                await pushing

    async def WatchCues(  # noqa: N802 - the contract's name
        self, request: subtitling_pb2.WatchCuesRequest, context: Any
    ) -> AsyncIterator[subtitling_pb2.WatchCuesResponse]:
        """Stream a session's events."""
        if request.after_event < 0:
            raise InvalidArgument("after_event", "is negative")
        session = self._sessions.get(mapping.session_id(request.name)).session
        outputs = request.view == subtitling_pb2.CUE_VIEW_OUTPUTS
        told = (as_outputs if outputs else everything)(session, request.after_event)
        async with contextlib.aclosing(told) as responses:
            async for response in responses:
                yield response

    async def CorrectText(  # noqa: N802 - the contract's name
        self, request: subtitling_pb2.CorrectTextRequest, context: Any
    ) -> subtitling_pb2.CorrectTextResponse:
        """Correct committed text; names go to the glossary after outputs were told."""
        record = self._sessions.get(mapping.session_id(request.name))
        _check_length("text", request.text, _MAX_CORRECTION)
        _check_length("operator", request.operator, _MAX_OPERATOR)
        if request.glossary:
            self._checked_config(mapping.with_names(record.settings, request.glossary))
        desk = record.session.operators
        change = (request.expected_text, request.text, request.operator)
        match request.WhichOneof("target"):
            case "event_id":
                last = request.last_event_id or request.event_id
                event_id, correction = desk.correct_events(
                    request.track, request.event_id, last, *change
                )
            case "cue_index":
                event_id, correction = desk.correct_cue(request.track, request.cue_index, *change)
            case _:
                raise InvalidArgument("target", "name an event_id or a cue_index")
        if request.glossary:
            async with record.updating:
                named = mapping.with_names(record.settings, request.glossary)
                await self._update(record, named, tracks_change=False)
        return subtitling_pb2.CorrectTextResponse(
            event_id=event_id,
            correction=mapping.correction(correction, record.session.first_sample),
        )

    async def HoldCaptions(  # noqa: N802 - the contract's name
        self, request: subtitling_pb2.HoldCaptionsRequest, context: Any
    ) -> subtitling_pb2.HoldCaptionsResponse:
        """Hold back what is new, or release it."""
        action = ControlAction.HOLD if request.hold else ControlAction.RELEASE
        captions = self._control(request.name, action, request.operator)
        return subtitling_pb2.HoldCaptionsResponse(captions=captions)

    async def ClearCaptions(  # noqa: N802 - the contract's name
        self, request: subtitling_pb2.ClearCaptionsRequest, context: Any
    ) -> subtitling_pb2.ClearCaptionsResponse:
        """Empty the screen."""
        captions = self._control(request.name, ControlAction.CLEAR, request.operator)
        return subtitling_pb2.ClearCaptionsResponse(captions=captions)

    async def KillCaptions(  # noqa: N802 - the contract's name
        self, request: subtitling_pb2.KillCaptionsRequest, context: Any
    ) -> subtitling_pb2.KillCaptionsResponse:
        """Take subtitles off the air, or restore them."""
        action = ControlAction.KILL if request.kill else ControlAction.RESTORE
        captions = self._control(request.name, action, request.operator)
        return subtitling_pb2.KillCaptionsResponse(captions=captions)

    async def LabelCaptions(  # noqa: N802 - the contract's name
        self, request: subtitling_pb2.LabelCaptionsRequest, context: Any
    ) -> subtitling_pb2.LabelCaptionsResponse:
        """Have outputs mark the subtitles as automatic, or not."""
        action = ControlAction.LABEL if request.label else ControlAction.UNLABEL
        captions = self._control(request.name, action, request.operator)
        return subtitling_pb2.LabelCaptionsResponse(captions=captions)

    async def HandOver(  # noqa: N802 - the contract's name
        self, request: subtitling_pb2.HandOverRequest, context: Any
    ) -> subtitling_pb2.HandOverResponse:
        """Put another engine on air."""
        _check_length("operator", request.operator, _MAX_OPERATOR)
        record = self._sessions.get(mapping.session_id(request.name))
        _check_on_air(record)
        engines = record.session.engines
        if engines is None:
            raise FailedPrecondition("the session has one engine only")
        engines.hand_over(request.engine, request.operator)
        return subtitling_pb2.HandOverResponse(engines=map(engine_message, engines.engines))

    async def ListOutputProfiles(  # noqa: N802 - the contract's name
        self, request: subtitling_pb2.ListOutputProfilesRequest, context: Any
    ) -> subtitling_pb2.ListOutputProfilesResponse:
        """What sessions may have for outputs."""
        return self._outputs.choice()

    def _control(
        self, name: str, action: ControlAction, operator: str
    ) -> subtitling_pb2.CaptionState:
        _check_length("operator", operator, _MAX_OPERATOR)
        session = self._sessions.get(mapping.session_id(name)).session
        return mapping.caption_state(session.operators.control(action, operator))


async def _change_outputs(
    record: SessionRecord, specs: Sequence[OutputSpec], outputs: Sequence[subtitling_pb2.Output]
) -> None:
    await record.outputs.apply(specs)
    record.settings = mapping.with_outputs(record.settings, outputs)


async def _to_its_end(change: Coroutine[Any, Any, None]) -> None:
    """Who leaves meanwhile leaves it done, not outputs ended whose successors never began."""
    changing = asyncio.create_task(change)
    try:
        await asyncio.shield(changing)
    except asyncio.CancelledError:
        await asyncio.gather(changing, return_exceptions=True)
        raise


def _check_on_air(record: SessionRecord) -> None:
    if record.session.state.ended:
        raise FailedPrecondition("the session has ended")


def _check_length(field: str, value: str, limit: int) -> None:
    if len(value) > limit:
        raise InvalidArgument(field, f"{len(value)} characters, limit {limit}")
