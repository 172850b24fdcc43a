"""Translation under clients that go away, send nonsense or nothing, and under full pools."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import grpc.aio
import pytest
from dauys.client import (
    AsyncClient,
    DeadlineExceededError,
    InvalidArgumentError,
    MemoryEntry,
    ResourceExhaustedError,
    Script,
    SourceText,
    TranslationOptions,
    UnavailableError,
)
from dauys.v1 import translation_pb2 as pb
from dauys.v1 import translation_pb2_grpc

from foundation.errors import DeadlineExceeded, ResourceExhausted, Unavailable
from services.translation import documents_call
from tests.integration.translation_fixtures import catalogue, server_over, translation_server
from tests.toy_translator import CAPABILITIES, answer
from workers.interface import Task
from workers.testing import FakePool

__all__ = ["catalogue"]

LONG = "".join(f"Бұл {n} сөйлем. " for n in range(12_000))[:200_000]
CONFIG = pb.TranslationConfig(target_language="en")


class Gate:
    """A translator that waits to be let on; counts its tasks."""

    def __init__(self) -> None:
        self.tasks = 0
        self.reached = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._open = threading.Event()

    def __call__(self, task: Task) -> Any:
        self.tasks += 1
        self._loop.call_soon_threadsafe(self.reached.set)
        assert self._open.wait(30)
        return answer(task)

    def open(self) -> None:
        self._open.set()


@pytest.fixture
async def gate() -> AsyncIterator[Gate]:
    gate = Gate()
    yield gate
    gate.open()


@pytest.fixture
async def pool(gate: Gate) -> AsyncIterator[FakePool]:
    pool = FakePool(gate, capabilities=CAPABILITIES)
    yield pool
    gate.open()
    await pool.aclose()


async def nothing_waits(pool: FakePool) -> None:
    async with asyncio.timeout(10):
        while pool.load().queued:  # noqa: ASYNC110 - a pool's queue has no event
            await asyncio.sleep(0)


def stub(channel: grpc.aio.Channel) -> Any:
    return translation_pb2_grpc.TranslationStub(channel)


async def test_a_cancelled_text_leaves_no_tasks(
    catalogue: None, tmp_path: Path, gate: Gate, pool: FakePool
) -> None:
    async with (
        server_over(pool, tmp_path) as target,
        grpc.aio.insecure_channel(target) as channel,
    ):
        call = stub(channel).TranslateText(pb.TranslateTextRequest(config=CONFIG, texts=[LONG]))
        await gate.reached.wait()
        assert pool.load().queued > 0
        call.cancel()
        await nothing_waits(pool)
        gate.open()
        async with AsyncClient(target) as client:
            [text] = await client.translate_text(["Сәлем"], "en")
        assert text.text == "Sälem"
        assert gate.tasks == 2


async def test_a_deadline_shorter_than_the_work_ends_it(
    catalogue: None, tmp_path: Path, gate: Gate, pool: FakePool
) -> None:
    async with (
        server_over(pool, tmp_path) as target,
        grpc.aio.insecure_channel(target) as channel,
    ):
        request = pb.TranslateTextRequest(config=CONFIG, texts=[LONG])
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub(channel).TranslateText(request, timeout=1.0)
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        await nothing_waits(pool)


async def document(data: bytes = LONG.encode(), config: Any = CONFIG) -> AsyncIterator[Any]:
    yield pb.TranslateDocumentRequest(config=pb.DocumentConfig(file_name="a.txt", config=config))
    yield pb.TranslateDocumentRequest(chunk=data)


@pytest.mark.parametrize("how", ["cancelled", "killed", "overdue"])
async def test_a_client_that_leaves_its_document_gives_its_place_back(
    catalogue: None, tmp_path: Path, gate: Gate, pool: FakePool, how: str
) -> None:
    async with server_over(pool, tmp_path, max_documents=1) as target:
        async with grpc.aio.insecure_channel(target) as channel:
            call = stub(channel).TranslateDocument(
                document(), timeout=2.0 if how == "overdue" else None
            )
            if how == "overdue":
                with pytest.raises(grpc.aio.AioRpcError, match="DEADLINE_EXCEEDED"):
                    while True:
                        await call.read()
            else:
                await call.read()  # progress
                await gate.reached.wait()
            if how == "cancelled":
                call.cancel()
        await nothing_waits(pool)
        gate.open()
        async with AsyncClient(target) as client:
            done = await eventually(
                lambda: client.translate_document("Сәлем".encode(), "en", file_name="b.txt")
            )
        assert done.data.decode() == "Sälem"


async def eventually(call: Callable[[], Any]) -> Any:
    """What a call gives once the server has room for it."""
    async with asyncio.timeout(10):
        while True:
            try:
                return await call()
            except ResourceExhaustedError:
                continue


async def test_a_client_that_does_not_read_its_document_gives_its_place_back(
    catalogue: None, tmp_path: Path
) -> None:
    config = pb.TranslationConfig(source_language="kk", target_language="en", without_memory=True)
    big = "сөз " * 2**17  # more than fits on the way to a client that does not read
    async with (
        translation_server(tmp_path, max_documents=1) as target,
        AsyncClient(target) as client,
    ):
        async with grpc.aio.insecure_channel(target) as channel:
            call = stub(channel).TranslateDocument(document(big.encode(), config))
            while not (await call.read()).HasField("result"):
                pass
            call.cancel()
        done = await eventually(
            lambda: client.translate_document("Сәлем".encode(), "en", file_name="b.txt")
        )
        assert done.data.decode() == "Sälem"


async def test_a_client_that_sends_no_document_takes_no_place(
    catalogue: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        translation_server(tmp_path, max_documents=1) as target,
        grpc.aio.insecure_channel(target) as channel,
        AsyncClient(target) as client,
    ):
        silent = stub(channel).TranslateDocument()
        await silent.wait_for_connection()
        for _ in range(3):  # a silent call is not counted, however the two meet
            done = await client.translate_document("Сәлем".encode(), "en", file_name="b.txt")
            assert done.data.decode() == "Sälem"
        monkeypatch.setattr(documents_call, "_IDLE_SECONDS", 0.2)
        halting = stub(channel).TranslateDocument()
        await halting.write(await anext(document()))
        with pytest.raises(grpc.aio.AioRpcError, match=r"sent nothing for 0\.2 s") as caught:
            await halting.read()
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        await eventually(
            lambda: client.translate_document("Сәлем".encode(), "en", file_name="b.txt")
        )
        silent.cancel()


Live = pb.StreamingTranslateRequest
Document = pb.TranslateDocumentRequest
LIVE_CONFIG = pb.StreamingTranslationConfig(
    config=pb.TranslationConfig(source_language="kk", target_language="en")
)
DOCUMENT_CONFIG = pb.DocumentConfig(file_name="a.txt", config=CONFIG)


@pytest.mark.parametrize(
    ("method", "requests", "reason"),
    [
        ("StreamingTranslate", [], "the first message must carry config"),
        ("StreamingTranslate", [Live()], "the first message must carry config"),
        (
            "StreamingTranslate",
            [Live(update=pb.SourceUpdate(committed="x"))],
            "the first message must carry config",
        ),
        (
            "StreamingTranslate",
            [Live(config=LIVE_CONFIG), Live(config=LIVE_CONFIG)],
            "only the first message carries config",
        ),
        ("StreamingTranslate", [Live(config=LIVE_CONFIG), Live()], "request: is empty"),
        (
            "StreamingTranslate",
            [Live(config=LIVE_CONFIG), Live(update=pb.SourceUpdate(tentative="x" * 4001))],
            "update.tentative: 4001 characters, limit 4000",
        ),
        ("TranslateDocument", [], "the first message must carry config"),
        ("TranslateDocument", [Document(chunk=b"x")], "the first message must carry config"),
        (
            "TranslateDocument",
            [Document(config=DOCUMENT_CONFIG), Document(config=DOCUMENT_CONFIG)],
            "only the first message carries config",
        ),
        ("TranslateDocument", [Document(config=DOCUMENT_CONFIG), Document()], "request"),
        ("TranslateDocument", [Document(config=DOCUMENT_CONFIG)], "file: "),
        (
            "TranslateDocument",
            [Document(config=DOCUMENT_CONFIG), Document(chunk=bytes(2**20 + 1))],
            "chunk: 1048577 bytes, limit 1048576",
        ),
    ],
)
async def test_messages_in_a_wrong_order_are_refused(
    catalogue: None, tmp_path: Path, method: str, requests: list[Any], reason: str
) -> None:
    async with (
        translation_server(tmp_path) as target,
        grpc.aio.insecure_channel(target) as channel,
    ):
        call = getattr(stub(channel), method)(iter(requests))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            async for _ in call:
                pass
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert reason in str(caught.value.details())


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Unavailable("the model is gone"), UnavailableError),
        (DeadlineExceeded("it took too long"), DeadlineExceededError),
        (ResourceExhausted("disk", "no space left"), ResourceExhaustedError),
    ],
)
async def test_one_task_of_many_that_fails_is_told_and_the_others_are_withdrawn(
    catalogue: None, tmp_path: Path, error: Exception, expected: type[Exception]
) -> None:
    calls = iter(range(10**6))

    def fails_once(task: Task) -> Any:
        if next(calls) == 3:
            raise error
        return answer(task)

    pool = FakePool(fails_once, capabilities=CAPABILITIES)
    async with (
        server_over(pool, tmp_path, max_documents=1) as target,
        AsyncClient(target) as client,
    ):
        with pytest.raises(expected, match=str(error)):
            await client.translate_document(LONG.encode(), "en", file_name="a.txt")
        await nothing_waits(pool)
        assert len([t for t in pool.tasks if t.method == "translate"]) < 20
        done = await client.translate_document("Сәлем".encode(), "en", file_name="b.txt")
        assert done.data.decode() == "Sälem"
    await pool.aclose()


async def test_a_live_stream_that_is_left_gives_its_place_back(
    catalogue: None, tmp_path: Path
) -> None:
    async def talk() -> AsyncIterator[SourceText]:
        while True:
            yield SourceText("Сәлем, әлем. ", endpoint=True)

    options = TranslationOptions(source_language="kk")
    async with translation_server(tmp_path, max_streams=1) as target, AsyncClient(target) as client:

        async def listen_and_leave() -> str:
            stream = client.streaming_translate(talk(), "en", options=options)
            async for result in stream:
                await stream.aclose()  # type: ignore[attr-defined]
                return result.committed
            return ""

        for _ in range(3):
            assert await eventually(listen_and_leave) == "Sälem, älem."


async def test_live_kazakh_in_latin_letters(catalogue: None, tmp_path: Path) -> None:
    async def talk() -> AsyncIterator[SourceText]:
        yield SourceText("Қазақстан Республикасы. ", endpoint=True)

    options = TranslationOptions(source_language="kk", script=Script.LATIN)
    async with translation_server(tmp_path) as target, AsyncClient(target) as client:
        stream = client.streaming_translate(talk(), "kk", options=options)
        heard = "".join([result.committed async for result in stream])
    assert heard == "Qazaqstan Respublikasy."


async def test_live_text_is_searched_for_with_the_beam_asked_for(
    catalogue: None, tmp_path: Path
) -> None:
    async def talk() -> AsyncIterator[SourceText]:
        yield SourceText("Сәлем, әлем. ", endpoint=True)

    beams: set[int] = set()

    def note(task: Task) -> Any:
        beams.add(task.payload.beam_size)
        return answer(task)

    options = TranslationOptions(source_language="kk", beam_size=7)
    async with translation_server(tmp_path, note) as target, AsyncClient(target) as client:
        async for _ in client.streaming_translate(talk(), "en", options=options):
            pass
    assert beams == {7}


async def test_a_database_that_goes_while_running_is_told(catalogue: None, tmp_path: Path) -> None:
    async with translation_server(tmp_path) as target, AsyncClient(target) as client:
        await client.add_to_memory([MemoryEntry("kk", "ru", "Иә.", "Да.")])
        for file in tmp_path.glob("dauys.db*"):  # noqa: ASYNC240 - once, in a test
            file.write_bytes(b"no database" * 1000)
        with pytest.raises(UnavailableError, match="database"):
            await client.list_memory().__anext__()
        with pytest.raises(UnavailableError, match="database"):
            await client.translate_text(["Бұл басқа."], "ru")
        without = TranslationOptions(without_memory=True)
        [text] = await client.translate_text(["Сәлем"], "en", options=without)
        assert text.text == "Sälem"


async def test_two_servers_share_a_database(catalogue: None, tmp_path: Path) -> None:
    async with (
        translation_server(tmp_path) as one,
        translation_server(tmp_path) as two,
        AsyncClient(one) as first,
        AsyncClient(two) as second,
    ):
        await asyncio.gather(
            *(
                client.add_to_memory(
                    [MemoryEntry("kk", "ru", f"Сөйлем {n}{k}", f"Фраза {n}{k}") for k in range(50)]
                )
                for n in range(10)
                for client in (first, second)
            )
        )
        assert len([entry async for entry in first.list_memory(page_size=1000)]) == 500
        [text] = await second.translate_text(["Сөйлем 949"], "ru")
        assert text.text == "Фраза 949"


@pytest.mark.parametrize(
    ("method", "message", "field"),
    [
        (
            "AddToMemory",
            pb.AddToMemoryRequest(entries=[pb.MemoryEntry()] * 1001),
            "entries: 1001, limit 1000",
        ),
        ("AddToMemory", pb.AddToMemoryRequest(), "entries"),
        ("AddToMemory", pb.AddToMemoryRequest(entries=[pb.MemoryEntry()]), "entries[0]"),
        ("DeleteFromMemory", pb.DeleteFromMemoryRequest(names=["x"]), "names[0]"),
        ("ListMemory", pb.ListMemoryRequest(page_token="?"), "page_token"),
        ("ListMemory", pb.ListMemoryRequest(page_size=-1), "page_size"),
        ("ListMemory", pb.ListMemoryRequest(source_language="de"), "source_language"),
        ("DetectLanguage", pb.DetectLanguageRequest(), "texts"),
        ("DetectLanguage", pb.DetectLanguageRequest(texts=["x"] * 1001), "texts"),
        (
            "TranslateText",
            pb.TranslateTextRequest(config=CONFIG, texts=["x"], alternatives=10),
            "alternatives",
        ),
        (
            "TranslateText",
            pb.TranslateTextRequest(config=CONFIG, texts=["x"], alternatives=-1),
            "alternatives",
        ),
        (
            "TranslateText",
            pb.TranslateTextRequest(
                config=pb.TranslationConfig(
                    target_language="en", terms=[pb.Term(source_language="zz")] * 2001
                ),
                texts=["x"],
            ),
            "config.terms: 2001, limit 2000",
        ),
        (
            "TranslateSpeech",
            pb.TranslateSpeechRequest(translation=pb.TranslationConfig(target_language="de")),
            "translation.target_language",
        ),
        ("TranslateSpeech", pb.TranslateSpeechRequest(translation=CONFIG), "audio"),
    ],
)
async def test_bad_values_are_refused_by_their_path(
    catalogue: None, tmp_path: Path, method: str, message: Any, field: str
) -> None:
    async with (
        translation_server(tmp_path) as target,
        grpc.aio.insecure_channel(target) as channel,
    ):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await getattr(stub(channel), method)(message)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert str(caught.value.details()).startswith(field)


async def test_speech_in_a_language_that_nothing_translates_is_refused_by_path(
    catalogue: None, tmp_path: Path, shared_speech: Path
) -> None:
    recording = sorted(shared_speech.rglob("*.flac"))[0]  # noqa: ASYNC240 - once, in a test
    models = {"ru-en": "ru-en"}
    async with (
        translation_server(
            tmp_path, default_translation_model="", translation_models=models
        ) as target,
        AsyncClient(target) as client,
    ):
        with pytest.raises(InvalidArgumentError, match="no model translates kk-en") as caught:
            await client.translate_speech(recording, "en")
    assert caught.value.violations[0].field == "translation.target_language"


async def test_a_server_that_stops_ends_its_documents(
    catalogue: None, tmp_path: Path, gate: Gate, pool: FakePool
) -> None:
    async with server_over(pool, tmp_path, drain_seconds=0.1) as target:
        channel = grpc.aio.insecure_channel(target)
        call = stub(channel).TranslateDocument(document())
        await gate.reached.wait()
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for _ in call:
            pass
    assert caught.value.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
    await nothing_waits(pool)
    await channel.close()
