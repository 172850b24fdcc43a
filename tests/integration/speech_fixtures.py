"""A server with the TextToSpeech service, over voices of pure tones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from models.store import ModelStore
from services.server.bootstrap import Server
from services.server.settings import Settings
from tests.unit.synthesis.voices import in_pieces, pool
from workers.interface import Task

_VOICE = """
[[models]]
id = "{id}"
display_name = "{name}"
task = "text-to-speech"
languages = {languages}
engine = "piper"
license = "{license}"
commercial_use = {commercial}
starter = {starter}
size_bytes = 1
[models.files]
"voice.onnx" = {{}}
"""

_SPEAKERS = """
[models.settings]
sample_rate = 16000
[models.settings.speakers.m1]
display_name = "Асан"
gender = "male"
[models.settings.speakers.f1]
display_name = "Айгүл"
gender = "female"
"""


def _card(id_: str, name: str, languages: list[str], *, starter: bool, licence: str) -> str:
    return _VOICE.format(
        id=id_,
        name=name,
        languages=languages,
        license=licence,
        commercial=str("NC" not in licence).lower(),
        starter=str(starter).lower(),
    )


CATALOGUE = (
    _card("kk-voice", "Асан мен Айгүл", ["kk"], starter=True, licence="CC-BY-4.0")
    + _SPEAKERS
    + _card("en-voice", "Joe", ["en"], starter=True, licence="MIT")
    + _card("en-streaming", "Amy", ["en"], starter=True, licence="MIT")
    + _card("ru-voice", "Ирина", ["ru"], starter=True, licence="MIT")
    + _card("kk-absent", "Far away", ["kk"], starter=False, licence="CC-BY-NC-4.0")
)
"""Voices of three languages that are here, and one of Kazakh that is not."""


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The voices of CATALOGUE."""
    own = tmp_path / "own.toml"
    own.write_text(CATALOGUE, encoding="utf-8")
    monkeypatch.setenv("DAUYS_CATALOGUE", str(own))


@asynccontextmanager
async def speech_server(
    tmp_path: Path, handler: Callable[[Task], Any] = in_pieces, **settings: Any
) -> AsyncIterator[str]:
    """Where a server over a pool of its own listens."""
    workers = pool(handler)
    voices = {"kk": "kk-voice", "ru": "ru-voice", "en": "en-voice"}
    wanted = Settings(**{"port": 0, "drain_seconds": 2.0, "voices": voices, **settings})
    try:
        async with Server(wanted, workers, ModelStore(tmp_path / "store")) as server:
            yield f"127.0.0.1:{server.port}"
    finally:
        await workers.aclose()
