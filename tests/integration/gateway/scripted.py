"""A server and a gateway on loopback, and a session into which a test says what it likes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from dauys.client import AsyncClient

from foundation.languages import Language
from foundation.media_time import TICKS_PER_SECOND, from_seconds
from foundation.speech import SAMPLE_RATE, Word
from models.store import ModelStore
from services.gateway.running import running_gateway
from services.gateway.settings import GatewaySettings
from services.server.bootstrap import Server
from services.server.settings import Settings
from services.subtitling.service import SubtitlingService
from streaming.cues.builder import CueBuilder
from streaming.cues.presets import load_preset
from streaming.events import AudioChunk
from streaming.session import LiveSession
from streaming.session_events import CommittedText, CueReady, TentativeText
from tests.integration.grpc_fixtures import hear_nothing
from workers.testing import FakePool

_WORD = TICKS_PER_SECOND * 2 // 5


@dataclass
class _Track:
    builder: CueBuilder = field(default_factory=lambda: CueBuilder(load_preset("overlay-live")))
    now: int = 0


class ScriptedSession:
    """A live session without audio: what is said goes the way of recognised words."""

    def __init__(self, session: LiveSession, session_id: str) -> None:
        self.session = session
        self.id = session_id
        self.name = f"liveSessions/{session_id}"
        self._tracks: dict[str, _Track] = {}

    def say(
        self,
        text: str,
        language: Language = "kk",
        track: str = "source",
        *,
        pause: float = 0.0,
        doubtful: Sequence[str] = (),
    ) -> int:
        """Commit words, and the cues that they finish; returns the event's id."""
        state = self._tracks.setdefault(track, _Track())
        state.now += from_seconds(pause)
        words = []
        for word in text.split():
            confidence = 0.3 if word in doubtful else 0.9
            words.append(Word(word, state.now, state.now + _WORD - 1, confidence))
            state.now += _WORD
        desk = self.session.operators
        event_id = desk.publish(track, CommittedText(tuple(words), language))
        for cue in state.builder.push(words, language):
            desk.publish(track, CueReady(cue))
        return event_id

    def hear(self, seconds: float) -> None:
        """So much silence comes in."""
        samples = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
        clock = self.session.clock
        chunk = AudioChunk(samples, clock.heard_until)
        clock.place(chunk, 0.0, follows_wall=False, again=False)

    def finish_cue(self, track: str = "source") -> None:
        """A pause: the open words become a cue."""
        for cue in self._tracks[track].builder.flush():
            self.session.operators.publish(track, CueReady(cue))

    def mumble(self, text: str, language: Language = "kk", track: str = "source") -> None:
        """Tentative words."""
        now = self._tracks.setdefault(track, _Track()).now
        words = tuple(Word(word, now, now + _WORD, 0.5) for word in text.split())
        self.session.operators.publish(track, TentativeText(words, language))


@dataclass(frozen=True)
class Running:
    """What runs, and a client of the services."""

    address: str
    client: AsyncClient
    server: Server

    async def session(self, **wanted: Any) -> ScriptedSession:
        """Create a session that a test speaks for."""
        created = await self.client.create_live_session(**wanted)
        return await self.known(created.name.removeprefix("liveSessions/"))

    async def known(self, session_id: str) -> ScriptedSession:
        """A session that somebody else created."""
        service = next(s for s in self.server._services if isinstance(s, SubtitlingService))
        return ScriptedSession(service._sessions.get(session_id).session, session_id)


@asynccontextmanager
async def running_system(
    server_settings: Mapping[str, Any] | None = None, **gateway: Any
) -> AsyncIterator[Running]:
    """Services and gateway, each on a port of its own."""
    pool = FakePool(hear_nothing)
    fixed = {"port": 0, "drain_seconds": 1.0, "allowed_hosts": ("127.0.0.1",)}
    settings = Settings(**{**fixed, **(server_settings or {})})
    try:
        async with Server(settings, pool, ModelStore()) as server:
            target = f"127.0.0.1:{server.port}"
            async with (
                AsyncClient(target) as client,
                running_gateway(
                    GatewaySettings(**{"port": 0, "server": target, **gateway})
                ) as address,
            ):
                yield Running(address, client, server)
    finally:
        await pool.aclose()
