"""The engines that a caller asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from dauys.v1 import subtitling_pb2

from foundation.errors import InvalidArgument
from foundation.media_time import from_seconds
from models.catalogue import Catalogue
from services.server.settings import EngineServer, Settings
from services.speech_to_text.checks import check_config
from services.speech_to_text.mapping import duration
from services.subtitling.remote_engine import RemoteRecognizer
from streaming.recognition import LiveRecognizerConfig, SessionRecognizer, SpeechRecognizer
from streaming.redundancy import EngineSpec, EngineState, EngineStatus, RedundantRecognizer
from workers.interface import WorkerPool

_FIELD: Final = "live_session.engines"
_MOST: Final = 4
_MAX_NAME: Final = 60

_STATES: Final = {
    EngineState.ON_AIR: subtitling_pb2.ENGINE_STATE_ON_AIR,
    EngineState.STANDBY: subtitling_pb2.ENGINE_STATE_STANDBY,
    EngineState.FAILED: subtitling_pb2.ENGINE_STATE_FAILED,
}


def checked_engines(
    wanted: Sequence[subtitling_pb2.SessionEngine],
    config: LiveRecognizerConfig,
    catalogue: Catalogue,
    settings: Settings,
) -> tuple[subtitling_pb2.SessionEngine, ...]:
    """Check a session's engines; each has a name then, and nothing that only the server says.

    Raises:
        NotFound: the catalogue has no such model.
        InvalidArgument: names the field and its limit.
    """
    if len(wanted) == 1 or len(wanted) > _MOST:
        raise InvalidArgument(_FIELD, f"{len(wanted)} engines; none, or 2 to {_MOST}")
    named: list[subtitling_pb2.SessionEngine] = []
    for place, engine in enumerate(wanted):
        field = f"{_FIELD}[{place}]"
        if len(engine.name) > _MAX_NAME:
            limit = f"{len(engine.name)} characters, limit {_MAX_NAME}"
            raise InvalidArgument(f"{field}.name", limit)
        if engine.server:
            if engine.server not in settings.engine_servers:
                raise InvalidArgument(
                    f"{field}.server", f"{engine.server!r} is no server that the operator has named"
                )
        elif engine.model:
            check_config(catalogue, with_model(config, engine.model), field)
        name = engine.name or "/".join(filter(None, (engine.server or "local", engine.model)))
        if any(name == other.name for other in named):
            raise InvalidArgument(f"{field}.name", f"{name!r} stands twice")
        named.append(
            subtitling_pb2.SessionEngine(name=name, server=engine.server, model=engine.model)
        )
    return tuple(named)


def recognizer(
    engines: Sequence[subtitling_pb2.SessionEngine],
    config: LiveRecognizerConfig,
    pool: WorkerPool,
    session: str,
    servers: dict[str, EngineServer],
) -> SessionRecognizer:
    """What recognises a session: its engines, checked before, or without any this server alone."""
    if not engines:
        return SpeechRecognizer(pool, config, session)
    specs = [_spec(engine, pool, session, servers.get(engine.server)) for engine in engines]
    return RedundantRecognizer(specs, config, session)


def _spec(
    engine: subtitling_pb2.SessionEngine,
    pool: WorkerPool,
    session: str,
    server: EngineServer | None,
) -> EngineSpec:
    if server is not None:
        return remote_engine(engine.name, server, engine.model)
    return local_engine(engine.name, engine.model, pool, session)


def local_engine(name: str, model: str, pool: WorkerPool, session: str) -> EngineSpec:
    """An engine on this process's workers; ``model`` empty: as the session's settings say."""

    def make(config: LiveRecognizerConfig) -> SessionRecognizer:
        return SpeechRecognizer(pool, config, f"{session}/{name}")

    def adapt(config: LiveRecognizerConfig) -> LiveRecognizerConfig:
        return with_model(config, model) if model else config

    return EngineSpec(name, make, adapt)


def remote_engine(name: str, server: EngineServer, model: str = "") -> EngineSpec:
    """An engine on another server; ``model`` empty: what that server has by default."""
    return EngineSpec(name, lambda config: RemoteRecognizer(server, config, model))


def with_model(config: LiveRecognizerConfig, model: str) -> LiveRecognizerConfig:
    """The settings with one model for all languages."""
    return replace(config, model=model, language_models={})


def engine_message(
    status: EngineStatus, asked: subtitling_pb2.SessionEngine | None = None
) -> subtitling_pb2.SessionEngine:
    """How an engine is, as the resource that was asked for."""
    message = subtitling_pb2.SessionEngine()
    if asked is not None:
        message.CopyFrom(asked)
    message.name = status.name
    message.state = _STATES[status.state]
    message.lag.CopyFrom(duration(from_seconds(status.lag)))
    message.failure = status.detail
    message.failure_count = status.failures
    return message
