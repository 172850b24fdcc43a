"""The backup engines of ``dauys subtitle``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from foundation.errors import InvalidArgument

if TYPE_CHECKING:
    from streaming.recognition import LiveRecognizerConfig, SessionRecognizer
    from workers.interface import WorkerPool

_OPTION: Final = "--backup"
_MOST: Final = 3


@dataclass(frozen=True, slots=True)
class BackupEngine:
    """A model on this machine, or another server."""

    model: str = ""
    address: str = ""

    def adapt(self, config: LiveRecognizerConfig) -> LiveRecognizerConfig:
        """The settings as they hold for it."""
        from services.subtitling.engines import with_model

        return with_model(config, self.model) if self.model else config


def backup_engines(wanted: Sequence[str]) -> tuple[BackupEngine, ...]:
    """What ``MODEL`` or ``HOST:PORT`` name.

    Raises:
        InvalidArgument: too many, or a port that is none.
    """
    if len(wanted) > _MOST:
        raise InvalidArgument(_OPTION, f"{len(wanted)} engines, limit {_MOST}")
    engines = []
    for text in wanted:
        host, colon, port = text.rpartition(":")
        if not colon:
            engines.append(BackupEngine(model=text))
            continue
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
            raise InvalidArgument(_OPTION, f"{text!r}: want a model, or HOST:PORT of a server")
        engines.append(BackupEngine(address=text))
    return tuple(engines)


def recognizer_of(
    pool: WorkerPool,
    config: LiveRecognizerConfig,
    backups: Sequence[BackupEngine],
    session: str,
) -> SessionRecognizer:
    """This machine's recogniser, with the backups behind it if there are any.

    A server's API key is taken from ``DAUYS_API_KEY``.
    """
    from streaming.recognition import SpeechRecognizer

    if not backups:
        return SpeechRecognizer(pool, config, session)
    from services.server.settings import EngineServer
    from services.subtitling.engines import local_engine, remote_engine
    from streaming.redundancy import RedundantRecognizer

    key = os.environ.get("DAUYS_API_KEY", "")
    specs = [local_engine(config.model, "", pool, session)]
    for number, engine in enumerate(backups, start=2):
        if engine.address:
            server = EngineServer(address=engine.address, api_key=key)
            specs.append(remote_engine(engine.address, server))
        else:
            name = engine.model if engine.model != config.model else f"{engine.model}/{number}"
            specs.append(local_engine(name, engine.model, pool, session))
    return RedundantRecognizer(specs, config, session)
