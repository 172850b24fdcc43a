"""A server with the Translation service, over a translator that only changes the alphabet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from foundation.speech import Transcription, Word
from models.store import ModelStore
from services.server.bootstrap import Server
from services.server.settings import Settings
from tests.toy_translator import CAPABILITIES, answer
from workers.interface import Task
from workers.testing import FakePool

_CATALOGUE = """
[[models]]
id = "toy"
task = "translation"
languages = ["kk", "ru", "en"]
engine = "ctranslate2-translation"
license = "CC0-1.0"
commercial_use = true
starter = true
size_bytes = 1
[models.files]
"model.bin" = {{}}

[[models]]
id = "kk-ru"
task = "translation"
languages = ["kk", "ru"]
pairs = ["kk-ru"]
engine = "ctranslate2-translation"
license = "CC-BY-NC-4.0"
commercial_use = false
size_bytes = 1
[models.files]
"model.bin" = {{}}

[[models]]
id = "ru-en"
task = "translation"
languages = ["ru", "en"]
pairs = ["ru-en"]
engine = "ctranslate2-translation"
license = "Apache-2.0"
commercial_use = true
size_bytes = 1
[models.files]
"model.bin" = {{}}
"""


def hear_or_translate(task: Task) -> Any:
    """Hears a greeting in Kazakh; translates with the toy translator."""
    if task.method == "translate":
        return answer(task)
    words = (Word("Сәлем,", 0, 45_000, 0.9), Word("әлем.", 45_000, 90_000, 0.9))
    return Transcription("Сәлем, әлем.", words, "kk", 1.0, -0.1, 0.0, 1.0)


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue with a translator of all pairs, and two of a chain."""
    own = tmp_path / "own.toml"
    own.write_text(_CATALOGUE.format())
    monkeypatch.setenv("DAUYS_CATALOGUE", str(own))


@asynccontextmanager
async def translation_server(
    tmp_path: Path, handler: Callable[[Task], Any] = hear_or_translate, **settings: Any
) -> AsyncIterator[str]:
    """Where a server over a pool of its own listens."""
    pool = FakePool(handler, capabilities=CAPABILITIES)
    try:
        async with server_over(pool, tmp_path, **settings) as target:
            yield target
    finally:
        await pool.aclose()


@asynccontextmanager
async def server_over(pool: FakePool, tmp_path: Path, **settings: Any) -> AsyncIterator[str]:
    """Where a server over ``pool`` listens; its database is in ``tmp_path``."""
    wanted = Settings(
        **{
            "port": 0,
            "drain_seconds": 2.0,
            "default_translation_model": "toy",
            "database_url": f"sqlite:///{tmp_path / 'dauys.db'}",
            **settings,
        }
    )
    async with Server(wanted, pool, ModelStore()) as server:
        yield f"127.0.0.1:{server.port}"
