"""Changing a session on air."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc.aio
import pytest
from dauys.client import (
    AsyncClient,
    FailedPreconditionError,
    GlossaryEntry,
    ProfanityTreatment,
    RecognitionOptions,
)
from dauys.v1 import subtitling_pb2, subtitling_pb2_grpc
from google.protobuf import field_mask_pb2

from tests.integration.grpc_fixtures import running_server, server_address

Session = subtitling_pb2.LiveSession


@pytest.fixture
async def subtitling() -> AsyncIterator[Any]:
    async with running_server() as channel:
        yield subtitling_pb2_grpc.SubtitlingStub(channel)


async def create(stub: Any) -> Any:
    config: Any = {"hotwords": ["Абай"], "prompt": "Жаңалықтар.", "languages": ["kk", "ru"]}
    return await stub.CreateLiveSession(
        subtitling_pb2.CreateLiveSessionRequest(
            live_session=Session(display_name="news", config=config), request_id="once"
        )
    )


async def update(stub: Any, name: str, *paths: str, **fields: Any) -> Any:
    return await stub.UpdateLiveSession(
        subtitling_pb2.UpdateLiveSessionRequest(
            live_session=Session(name=name, **fields),
            update_mask=field_mask_pb2.FieldMask(paths=paths),
        )
    )


async def test_only_what_the_mask_names_changes(subtitling: Any) -> None:
    name = (await create(subtitling)).name
    changed = await update(
        subtitling,
        name,
        "config.hotwords",
        "config.language_models",
        display_name="not asked for",
        config={"hotwords": ["Тоқаев"], "language_models": {"kk": "whisper-small"}},
    )
    assert changed.display_name == "news"
    assert list(changed.config.hotwords) == ["Тоқаев"]
    assert dict(changed.config.language_models) == {"kk": "whisper-small"}
    assert changed.config.prompt == "Жаңалықтар."
    named = await update(
        subtitling,
        name,
        "config.finishing.glossary",
        config={"finishing": {"glossary": [{"spelling": "Абай"}]}},
    )
    assert [entry.spelling for entry in named.config.finishing.glossary] == ["Абай"]
    unnamed = await update(subtitling, name, "config.finishing.glossary", config={"prompt": "x"})
    assert not unnamed.config.finishing.glossary
    assert unnamed.config.prompt == "Жаңалықтар."
    reset = await update(subtitling, name, "config.prompt", "display_name", display_name="x")
    assert (reset.config.prompt, reset.display_name) == ("", "x")
    found = await subtitling.GetLiveSession(subtitling_pb2.GetLiveSessionRequest(name=name))
    assert found.config == reset.config
    # The request that created it still names the same session.
    assert (await create(subtitling)).name == name


async def test_updates_at_once_undo_nothing(subtitling: Any) -> None:
    name = (await create(subtitling)).name
    await asyncio.gather(
        update(subtitling, name, "config.prompt", config={"prompt": "Ауа райы."}),
        update(subtitling, name, "config.hotwords", config={"hotwords": ["Тоқаев"]}),
        update(subtitling, name, "config.languages", config={"languages": ["kk"]}),
    )
    found = await subtitling.GetLiveSession(subtitling_pb2.GetLiveSessionRequest(name=name))
    config = found.config
    assert (config.prompt, config.hotwords, config.languages) == ("Ауа райы.", ["Тоқаев"], ["kk"])


@pytest.mark.parametrize(
    ("paths", "fields", "code", "field"),
    [
        ((), {}, "INVALID_ARGUMENT", "update_mask"),
        (("url",), {"url": "srt://example.org:9000"}, "INVALID_ARGUMENT", "update_mask"),
        (("config.nothing",), {}, "INVALID_ARGUMENT", "update_mask"),
        (("",), {}, "INVALID_ARGUMENT", "update_mask"),
        (("*",), {}, "INVALID_ARGUMENT", "update_mask"),
        (("config.model",), {"config": {"model": "nope"}}, "NOT_FOUND", "nope"),
        (
            ("config.model",),
            {"config": {"model": "piper-en-us-joe"}},
            "INVALID_ARGUMENT",
            "live_session.config.model",
        ),
        (
            ("config",),
            {"config": {"language_models": {"tr": "whisper-base"}}},
            "INVALID_ARGUMENT",
            "live_session.config.language_models",
        ),
        (
            ("config",),
            {"config": {"language_models": {"kk": "piper-en-us-joe"}}},
            "INVALID_ARGUMENT",
            "live_session.config.language_models",
        ),
        (("config",), {"config": {"hotwords": ["x" * 101]}}, "INVALID_ARGUMENT", "hotwords"),
    ],
)
async def test_a_bad_update_changes_nothing(
    subtitling: Any, paths: tuple[str, ...], fields: dict[str, Any], code: str, field: str
) -> None:
    created = await create(subtitling)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await update(subtitling, created.name, *paths, **fields)
    assert caught.value.code().name == code
    assert field in str(caught.value.details())
    found = await subtitling.GetLiveSession(subtitling_pb2.GetLiveSessionRequest(name=created.name))
    assert found.config == created.config


async def test_by_the_sdk() -> None:
    async with server_address() as target, AsyncClient(target) as client:
        session = await client.create_live_session(display_name="a", languages=["kk"])
        options = RecognitionOptions(
            languages=("kk",),
            hotwords=("Астана",),
            glossary=(GlossaryEntry("Тоқаев", "kk", 5.0, ("токай",)), GlossaryEntry("ЕАЭО")),
            profanity=ProfanityTreatment.MASK,
            number_classes=("date", "money"),
            least_number=3,
        )
        changed = await client.update_live_session(session.name, options=options)
        assert (changed.display_name, changed.options) == ("a", options)
        await client.stop_live_session(session.name)
        with pytest.raises(FailedPreconditionError, match="ended"):
            await client.update_live_session(session.name, display_name="late")
