"""What the pages ask and do, as JSON over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

from dauys.client import (
    AsyncClient,
    CaptionState,
    GlossaryEntry,
    LiveSession,
    Model,
    Output,
    RecognitionOptions,
    SessionEngine,
    TranslatedTrack,
)
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from foundation.languages import LANGUAGES
from services.gateway.access import COOKIE, Access, Role
from services.gateway.errors import Refused
from services.gateway.hub import Hubs
from services.gateway.lines import captions, state_name
from services.gateway.output_files import OutputFiles
from services.gateway.outputs import described_output, wanted_outputs
from services.gateway.reading import Body
from streaming.cues.presets import PRESETS

_WRONG_TOKEN_SECONDS: Final = 0.5

Control = Callable[[AsyncClient, str, str], Awaitable[CaptionState]]

_CONTROLS: Final[dict[str, Control]] = {
    "hold": lambda client, name, who: client.hold_captions(name, True, operator=who),
    "release": lambda client, name, who: client.hold_captions(name, False, operator=who),
    "clear": lambda client, name, who: client.clear_captions(name, operator=who),
    "kill": lambda client, name, who: client.kill_captions(name, True, operator=who),
    "restore": lambda client, name, who: client.kill_captions(name, False, operator=who),
    "label": lambda client, name, who: client.label_captions(name, True, operator=who),
    "unlabel": lambda client, name, who: client.label_captions(name, False, operator=who),
}


class Api:
    """The endpoints below ``/v1``.

    Args:
        client: Calls the services.
        access: Who may do what.
        hubs: The sessions that are watched.
        output_files: Serves what outputs write; None: it is not served here.
    """

    def __init__(
        self,
        client: AsyncClient,
        access: Access,
        hubs: Hubs,
        output_files: OutputFiles | None = None,
    ) -> None:
        self._output_files = output_files
        self._client = client
        self._access = access
        self._hubs = hubs
        self._naming = asyncio.Lock()

    def routes(self) -> list[Route]:
        """All of them."""
        one = "/v1/sessions/{id}"
        return [
            Route("/v1/me", self.me, methods=["GET"]),
            Route("/v1/login", self.login, methods=["POST"]),
            Route("/v1/logout", self.logout, methods=["POST"]),
            Route("/v1/models", self.models, methods=["GET"]),
            Route("/v1/outputs", self.outputs, methods=["GET"]),
            Route("/v1/sessions", self.sessions, methods=["GET"]),
            Route("/v1/sessions", self.start, methods=["POST"]),
            Route(one, self.session, methods=["GET"]),
            Route(one, self.change, methods=["PATCH"]),
            Route(f"{one}/stop", self.stop, methods=["POST"]),
            Route(f"{one}/corrections", self.correct, methods=["POST"]),
            Route(f"{one}/glossary", self.add_name, methods=["POST"]),
            Route(f"{one}/controls", self.control, methods=["POST"]),
            Route(f"{one}/engine", self.hand_over, methods=["POST"]),
        ]

    async def me(self, request: Request) -> Response:
        """Who the caller is, and what its writes must carry."""
        role = self._access.role(request)
        me = {
            "role": role.name.lower(),
            "login": not self._access.open,
            "languages": LANGUAGES,
            "presets": PRESETS,
        }
        if role is Role.OPERATOR:
            me["csrf"] = self._access.csrf_token(request)
        return JSONResponse(me, headers={"Cache-Control": "no-store"})

    async def login(self, request: Request) -> Response:
        """The right token for a cookie."""
        body = await Body.of(request)
        address = request.client.host if request.client else ""
        if self._access.throttled(address):
            raise Refused(429, "RESOURCE_EXHAUSTED", "too many wrong tokens; wait a minute")
        if not self._access.same_origin(request):
            raise Refused(403, "PERMISSION_DENIED", "not from another site")
        cookie = self._access.login(body.text("token", 1000), address)
        if cookie is None:
            await asyncio.sleep(_WRONG_TOKEN_SECONDS)
            raise Refused(401, "UNAUTHENTICATED", "wrong token", "token")
        response = JSONResponse({})
        response.set_cookie(
            COOKIE, cookie, httponly=True, samesite="strict", secure=request.url.scheme == "https"
        )
        return response

    async def logout(self, request: Request) -> Response:
        """Forget the cookie."""
        self._access.check_write(request)
        response = JSONResponse({})
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return response

    async def models(self, request: Request) -> Response:
        """The models that hear or translate."""
        self._access.check_operator(request)
        found = [model async for model in self._client.list_models()]
        return JSONResponse({"models": [_model(model) for model in found]})

    async def outputs(self, request: Request) -> Response:
        """What a new session may have for outputs."""
        self._access.check_operator(request)
        choice = await self._client.list_output_profiles()
        profiles = [
            {"name": profile.name, "kind": profile.kind, "description": profile.description}
            for profile in choice.profiles
        ]
        return JSONResponse({"profiles": profiles, "files": choice.files})

    async def sessions(self, request: Request) -> Response:
        """All sessions, the newest first."""
        self._access.check_operator(request)
        found = [session async for session in self._client.list_live_sessions()]
        return JSONResponse({"sessions": [self._described(s) for s in reversed(found)]})

    async def start(self, request: Request) -> Response:
        """Start a session."""
        self._access.check_write(request)
        body = await Body.of(request)
        languages = body.texts("languages", 3)
        session = await self._client.create_live_session(
            url=body.text("url", 2000),
            display_name=body.text("display_name", 200),
            options=RecognitionOptions(
                model=body.text("model", 200),
                languages=tuple(languages),
                mixed_languages=body.flag("mixed_languages"),
            ),
            preset=body.text("preset", 50),
            translations=body.texts("translations", 3),
            outputs=wanted_outputs(body, ()),
            request_id=body.text("request_id", 128) or None,
        )
        return JSONResponse(self._described(session), 201)

    async def session(self, request: Request) -> Response:
        """One session; a viewer learns what it needs to look on, and no more."""
        session_id = request.path_params["id"]
        role = self._access.role(request, session_id)
        if role is Role.NOBODY:
            raise Refused(401, "UNAUTHENTICATED", "log in, or use the session's link")
        session = await self._client.get_live_session(_name(request))
        described = self._described(session) if role is Role.OPERATOR else _public(session)
        return JSONResponse(described, headers={"Cache-Control": "no-store"})

    async def change(self, request: Request) -> Response:
        """Change what is spoken, translated, or how cues are built."""
        self._access.check_write(request)
        body = await Body.of(request)
        name = _name(request)
        async with self._naming:
            session = await self._client.get_live_session(name)
            options = None
            if body.has("languages"):
                languages = tuple(body.texts("languages", 3))
                options = replace(session.options, languages=languages)
            translations = None
            if body.has("translations"):
                known = {track.target_language: track for track in session.translations}
                translations = [
                    known.get(language) or TranslatedTrack(language)
                    for language in body.texts("translations", 3)
                ]
            session = await self._client.update_live_session(
                name,
                options=options,
                translations=translations,
                display_name=body.text("display_name", 200) if body.has("display_name") else None,
                preset=body.text("preset", 50) if body.has("preset") else None,
                outputs=wanted_outputs(body, session.outputs) if body.has("outputs") else None,
            )
        return JSONResponse(self._described(session))

    async def stop(self, request: Request) -> Response:
        """End a session."""
        self._access.check_write(request)
        return JSONResponse(self._described(await self._client.stop_live_session(_name(request))))

    async def correct(self, request: Request) -> Response:
        """Correct committed text; 409 with ``current_text`` where somebody was first."""
        self._access.check_write(request)
        body = await Body.of(request)
        glossary = [_entry(Body(value)) for value in body.objects("glossary", 10)]
        async with self._naming if glossary else asyncio.Lock():
            corrected = await self._client.correct_text(
                _name(request),
                body.text("track", 20),
                event_id=body.number("event_id"),
                last_event_id=body.number("last_event_id"),
                cue_index=body.number("cue_index"),
                expected_text=body.text("expected_text", 20_000),
                text=body.text("text", 2000),
                glossary=glossary,
                operator=body.text("operator", 60),
            )
        return JSONResponse({"event_id": corrected.event_id if corrected else 0})

    async def add_name(self, request: Request) -> Response:
        """Add a name to the session's glossary, or other ways in which a known one is heard."""
        self._access.check_write(request)
        body = await Body.of(request)
        entry = _entry(body)
        name = _name(request)
        async with self._naming:
            session = await self._client.get_live_session(name)
            glossary = list(session.options.glossary)
            place = next(
                (
                    n
                    for n, known in enumerate(glossary)
                    if (known.spelling, known.language) == (entry.spelling, entry.language)
                ),
                None,
            )
            if place is None:
                glossary.append(entry)
            else:
                heard = dict.fromkeys([*glossary[place].sounds_like, *entry.sounds_like])
                glossary[place] = replace(glossary[place], sounds_like=tuple(heard))
            options = replace(session.options, glossary=tuple(glossary))
            session = await self._client.update_live_session(name, options=options)
        return JSONResponse(self._described(session))

    async def control(self, request: Request) -> Response:
        """Hold, release, clear, kill, restore, label or unlabel."""
        self._access.check_write(request)
        body = await Body.of(request)
        act = _CONTROLS.get(body.text("action", 20))
        if act is None:
            wanted = ", ".join(_CONTROLS)
            raise Refused(400, "INVALID_ARGUMENT", f"want one of {wanted}", "action")
        state = await act(self._client, _name(request), body.text("operator", 60))
        return JSONResponse({"captions": captions(state)})

    async def hand_over(self, request: Request) -> Response:
        """Put another of a session's engines on air."""
        self._access.check_write(request)
        body = await Body.of(request)
        engines = await self._client.hand_over(
            _name(request), body.text("engine", 60), operator=body.text("operator", 60)
        )
        return JSONResponse({"engines": [_engine(engine) for engine in engines]})

    def _described(self, session: LiveSession) -> dict[str, Any]:
        """All that operators may know."""
        session_id = _id(session)
        hub = self._hubs.known(session_id)
        return _public(session) | {
            "url": session.url,
            "model": session.options.model,
            "mixed_languages": session.options.mixed_languages,
            "preset": session.preset,
            "glossary": [
                {
                    "spelling": entry.spelling,
                    "language": entry.language,
                    "sounds_like": entry.sounds_like,
                }
                for entry in session.options.glossary
            ],
            "create_time": session.create_time.isoformat() if session.create_time else None,
            "stop_time": session.stop_time.isoformat() if session.stop_time else None,
            "outputs": [self._output(session_id, output) for output in session.outputs],
            "engines": [_engine(engine) for engine in session.engines],
            "cue_count": session.cue_count,
            "viewers": hub.viewers if hub else 0,
            "view_token": "" if self._access.open else self._access.viewer_token(session_id),
        }

    def _output(self, session_id: str, output: Output) -> dict[str, Any]:
        described = described_output(output)
        path = output.status.path if output.status is not None else ""
        if path and self._output_files is not None:
            described["url"] = self._output_files.address(session_id, path)
        return described


def _public(session: LiveSession) -> dict[str, Any]:
    return {
        "id": _id(session),
        "display_name": session.display_name,
        "languages": session.options.languages,
        "translations": [
            {
                "language": track.target_language,
                "lag": round(track.lag, 2),
                "failure": track.failure,
            }
            for track in session.translations
        ],
        "state": state_name(session.state),
        "state_detail": session.state_detail,
        "audio_position": round(session.audio_position, 2),
        "lag": round(session.lag, 2),
        "pace": session.pace.name.lower(),
        "captions": captions(session.captions),
    }


def _engine(engine: SessionEngine) -> dict[str, Any]:
    return {
        "name": engine.name,
        "state": engine.state.name.lower().replace("_", "-"),
        "lag": round(engine.lag, 2),
        "failure": engine.failure,
        "failure_count": engine.failure_count,
    }


def _entry(body: Body) -> GlossaryEntry:
    return GlossaryEntry(
        spelling=body.text("spelling", 200),
        language=body.text("language", 10),
        sounds_like=tuple(body.texts("sounds_like", 20)),
    )


def _model(model: Model) -> dict[str, Any]:
    return {
        "id": model.name.removeprefix("models/"),
        "display_name": model.display_name,
        "task": model.task,
        "languages": model.languages,
        "state": model.state.name.lower(),
    }


def _id(session: LiveSession) -> str:
    return session.name.removeprefix("liveSessions/")


def _name(request: Request) -> str:
    return f"liveSessions/{request.path_params['id']}"
