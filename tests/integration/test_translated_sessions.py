"""Translated tracks of live sessions over gRPC: a scripted recogniser, a toy translator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc.aio
import pytest
from dauys.client import (
    AsyncClient,
    AudioEncoding,
    AudioFormat,
    CommittedText,
    CueEvent,
    CueFinished,
    InvalidArgumentError,
    NotFoundError,
    Script,
    Term,
    TrackFailed,
    TranslatedTrack,
)
from dauys.v1 import subtitling_pb2, subtitling_pb2_grpc

from foundation.errors import Unavailable
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
"model.bin" = {}

[[models]]
id = "kk-ru"
task = "translation"
languages = ["kk", "ru"]
pairs = ["kk-ru"]
engine = "ctranslate2-translation"
license = "Apache-2.0"
commercial_use = true
size_bytes = 1
[models.files]
"model.bin" = {}
"""

SPOKEN = "Қайырлы кеш. Бүгін Астана қаласында акимат жиналды."


def heard() -> Transcription:
    said = SPOKEN.split()
    words = tuple(
        Word(word, 9_000 * place, 9_000 * (place + 1), 0.9) for place, word in enumerate(said)
    )
    return Transcription(SPOKEN, words, "kk", 1.0, -0.1, 0.0, 1.0)


class SpeechAndTranslation(FakePool):
    """Hears the same in all speech; its other models translate."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.broken: set[str] = set()

    def _answer(self, task: Task) -> Any:
        if task.method != "translate":
            return heard()
        if task.model in self.broken:
            raise Unavailable("the model is gone")
        return answer(task)

    async def call(self, task: Task) -> Any:
        if task.method == "capabilities" and task.model in ("toy", "kk-ru"):
            return CAPABILITIES
        return await super().call(task)


@pytest.fixture
async def pool() -> AsyncIterator[SpeechAndTranslation]:
    scripted = SpeechAndTranslation()
    yield scripted
    await scripted.aclose()


@pytest.fixture
async def target(
    pool: SpeechAndTranslation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[str]:
    own = tmp_path / "own.toml"
    own.write_text(_CATALOGUE)
    monkeypatch.setenv("DAUYS_CATALOGUE", str(own))
    settings = Settings(port=0, drain_seconds=2.0, default_translation_model="toy")
    async with Server(settings, pool, ModelStore()) as server:
        yield f"127.0.0.1:{server.port}"


@pytest.fixture
async def client(target: str) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(target) as client:
        yield client


@pytest.fixture
def recording(shared_speech: Path) -> bytes:
    return (shared_speech / "kk-codeswitch-kzaudio_12.flac").read_bytes()


async def push(client: AsyncClient, name: str, audio: bytes) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(audio), 32_000):
            yield audio[start : start + 32_000]

    async for _ in client.push_audio(name, pieces(), AudioFormat(AudioEncoding.FLAC)):
        pass


async def watch(client: AsyncClient, name: str) -> list[CueEvent]:
    return [event async for event in client.watch_cues(name)]


def text(events: list[CueEvent], track: str) -> str:
    told = [e.text for e in events if isinstance(e, CommittedText) and e.track == track]
    return " ".join(told)


def cues(events: list[CueEvent], track: str) -> str:
    lines = [
        line
        for e in events
        if isinstance(e, CueFinished) and e.track == track
        for line in e.cue.lines
    ]
    return " ".join(lines)


async def test_a_watcher_gets_each_track(client: AsyncClient, recording: bytes) -> None:
    session = await client.create_live_session(
        languages=["kk"],
        translations=["en", TranslatedTrack("kk")],
        script=Script.LATIN,
        terms=[Term("акимат", "city hall", "kk", "en")],
    )
    assert [t.target_language for t in session.translations] == ["en", "kk"]
    assert session.script is Script.LATIN
    assert session.terms == (Term("акимат", "city hall", "kk", "en"),)
    await push(client, session.name, recording)
    await client.stop_live_session(session.name)
    events = await watch(client, session.name)
    english = "Qaiyrly keş. Bügın Astana qalasynda city hall jinaldy."
    assert text(events, "en") == english
    assert cues(events, "en") == english
    latin = "Qaiyrly keş. Bügın Astana qalasynda akimat jinaldy."
    assert text(events, "kk") == text(events, "source") == latin
    ended = await client.get_live_session(session.name)
    assert [(t.lag, t.failure) for t in ended.translations] == [(0.0, ""), (0.0, "")]


async def test_tracks_change_on_air(client: AsyncClient, recording: bytes) -> None:
    session = await client.create_live_session(languages=["kk"], translations=["en"])
    await push(client, session.name, recording)
    changed = await client.update_live_session(
        session.name, translations=["ru"], script=Script.LATIN, terms=[Term("кеш", "ночь")]
    )
    assert [t.target_language for t in changed.translations] == ["ru"]
    assert (changed.script, changed.terms) == (Script.LATIN, (Term("кеш", "ночь"),))
    await push(client, session.name, recording)
    again = await client.update_live_session(session.name, translations=[])
    assert again.translations == ()
    assert again.script is Script.LATIN
    await client.stop_live_session(session.name)
    events = await watch(client, session.name)
    assert "keş" in text(events, "en")
    assert "ночь" in text(events, "ru")
    assert "Қайырлы" in text(events, "source")
    assert "Qaiyrly" in text(events, "source")


async def test_a_failing_track_is_told_and_tried_again(
    client: AsyncClient, pool: SpeechAndTranslation, recording: bytes
) -> None:
    pool.broken.add("kk-ru")
    session = await client.create_live_session(
        languages=["kk"], translations=[TranslatedTrack("ru", "kk-ru"), "en"]
    )
    watching = asyncio.create_task(watch(client, session.name))
    await push(client, session.name, recording)
    # The track fails when it is asked to translate: nothing is asked before something is said.
    async for event in client.watch_cues(session.name):
        if isinstance(event, TrackFailed):
            break
    told = await client.get_live_session(session.name)
    assert [t.failure for t in told.translations] == ["the model is gone", ""]
    with pytest.raises(Exception, match="gone"):
        await client.update_live_session(
            session.name, translations=[TranslatedTrack("ru", "kk-ru"), "en"]
        )
    pool.broken.clear()
    mended = await client.update_live_session(
        session.name, translations=[TranslatedTrack("ru", "kk-ru"), "en"]
    )
    assert [t.failure for t in mended.translations] == ["", ""]
    await push(client, session.name, recording)
    await client.stop_live_session(session.name)
    events = await watching
    failed = [event for event in events if isinstance(event, TrackFailed)]
    assert [(event.track, event.detail) for event in failed] == [("ru", "the model is gone")]
    assert text(events, "ru").startswith("Қайырлы кеш.")
    assert text(events, "en").count("Qaiyrly") == 2


Track = subtitling_pb2.TranslatedTrack


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"translations": [Track()]}, "live_session.translations[0].target_language"),
        (
            {"translations": [Track(target_language="en"), Track(target_language="tr")]},
            "live_session.translations[1].target_language",
        ),
        (
            {"translations": [Track(target_language="en"), Track(target_language="en")]},
            "live_session.translations[1].target_language",
        ),
        ({"translations": [Track(target_language="en")] * 4}, "live_session.translations"),
        (
            {"translations": [Track(target_language="en", model="kk-ru")]},
            "live_session.translations[0].target_language",
        ),
        (
            {"translations": [Track(target_language="en", model="whisper-base")]},
            "live_session.translations[0].model",
        ),
        ({"script": 7}, "live_session.script"),
        ({"terms": [{"source": "а" * 201}]}, "live_session.terms"),
        ({"terms": [{"source": ""}]}, "live_session.terms"),
        ({"terms": [{"source": "акимат", "target_language": "tr"}]}, "live_session.terms"),
        ({"terms": [{"source": f"термин{n}"} for n in range(2001)]}, "live_session.terms"),
    ],
)
async def test_bad_tracks_are_refused_by_their_field(
    target: str, fields: dict[str, Any], field: str
) -> None:
    config: Any = {"languages": ["kk"]}
    async with grpc.aio.insecure_channel(target) as channel:
        stub: Any = subtitling_pb2_grpc.SubtitlingStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.CreateLiveSession(
                subtitling_pb2.CreateLiveSessionRequest(
                    live_session=subtitling_pb2.LiveSession(config=config, **fields)
                )
            )
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert str(caught.value.details()).startswith(field)


async def test_an_unknown_model_and_a_pair_lost_by_an_update(client: AsyncClient) -> None:
    with pytest.raises(NotFoundError, match="nope"):
        await client.create_live_session(
            languages=["kk"], translations=[TranslatedTrack("en", "nope")]
        )
    session = await client.create_live_session(
        languages=["kk"], translations=[TranslatedTrack("ru", "kk-ru")]
    )
    with pytest.raises(InvalidArgumentError, match="target_language"):
        await client.update_live_session(
            session.name, translations=[TranslatedTrack("en", "kk-ru")]
        )
    kept = await client.get_live_session(session.name)
    assert kept.translations == (TranslatedTrack("ru", "kk-ru"),)
