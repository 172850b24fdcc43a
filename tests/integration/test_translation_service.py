"""The Translation service as the SDK sees it, over a translator that only changes the alphabet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc.aio
import pytest
from dauys.client import (
    FINALIZE,
    AsyncClient,
    FailedPreconditionError,
    Finalize,
    InvalidArgumentError,
    LiveTranslation,
    MemoryEntry,
    NotFoundError,
    ResourceExhaustedError,
    Script,
    SourceText,
    Term,
    TranslationOptions,
    TranslationOrigin,
    TranslationWarning,
)
from dauys.v1 import translation_pb2 as pb
from dauys.v1 import translation_pb2_grpc

from foundation.errors import FailedPrecondition
from tests.integration.translation_fixtures import catalogue, translation_server
from tests.toy_translator import answer
from workers.interface import Task

__all__ = ["catalogue"]


@pytest.fixture
async def client(catalogue: None, tmp_path: Path) -> AsyncIterator[AsyncClient]:
    async with translation_server(tmp_path) as target, AsyncClient(target) as client:
        yield client


async def test_texts_are_translated_in_order_line_by_line(client: AsyncClient) -> None:
    first, second, third = await client.translate_text(
        ["Сәлем,  әлем.\n\n — Иә!", "Привет, мир", "100 %"], "en"
    )
    assert first.text == "Sälem, älem.\n\n — İä!"
    assert (first.source_language, second.source_language) == ("kk", "ru")
    assert [s.origin for s in third.sentences] == [TranslationOrigin.COPIED]
    assert first.models == ("toy",)
    assert first.sentences[0].score < 0


async def test_text_in_the_target_language_is_copied(client: AsyncClient) -> None:
    [same] = await client.translate_text(["Это уже по-русски."], "ru")
    assert (same.text, same.source_language, same.models) == ("Это уже по-русски.", "ru", ())


async def test_kazakh_in_latin_letters(client: AsyncClient) -> None:
    options = TranslationOptions(source_language="kk", script=Script.LATIN)
    [latin] = await client.translate_text(["Қазақстан Республикасы"], "kk", options=options)
    assert latin.text == "Qazaqstan Respublikasy"


async def test_required_terms_and_do_not_translate(client: AsyncClient) -> None:
    options = TranslationOptions(
        source_language="ru", terms=(Term("акимат", "city hall"), Term("Дауыс"))
    )
    [text] = await client.translate_text(["Дауыс пишет про акимат."], "en", options=options)
    assert "city hall" in text.text
    assert "Дауыс" in text.text


async def test_a_pair_without_a_model_goes_through_a_pivot(catalogue: None, tmp_path: Path) -> None:
    models = {"kk-ru": "kk-ru", "ru-en": "ru-en"}
    async with (
        translation_server(
            tmp_path, default_translation_model="", translation_models=models
        ) as target,
        AsyncClient(target) as client,
    ):
        options = TranslationOptions(source_language="kk")
        [text] = await client.translate_text(["Сәлем"], "en", options=options)
        assert (text.pivot_language, text.models) == ("ru", ("kk-ru", "ru-en"))
        pairs = {
            (p.source_language, p.target_language): p for p in await client.list_language_pairs()
        }
        assert set(pairs) == {("kk", "ru"), ("ru", "en"), ("kk", "en")}
        assert not pairs["kk", "en"].commercial_use
        assert pairs["kk", "en"].licenses == ("CC-BY-NC-4.0", "Apache-2.0")
        with pytest.raises(InvalidArgumentError, match="no model translates en-kk") as caught:
            await client.translate_text(
                ["Hi"], "kk", options=TranslationOptions(source_language="en")
            )
        assert caught.value.violations[0].field == "config.target_language"
        # The same where the language is found out, there and in documents.
        with pytest.raises(InvalidArgumentError, match="no model translates en-kk") as caught:
            await client.translate_text(["The report is ready."], "kk")
        assert caught.value.violations[0].field == "config.target_language"
        with pytest.raises(InvalidArgumentError, match="no model translates en-kk") as caught:
            await client.translate_document(b"The report is ready.", "kk", file_name="a.txt")
        assert caught.value.violations[0].field == "config.config.target_language"


async def test_languages_are_detected(client: AsyncClient) -> None:
    found = await client.detect_language(
        ["Қазақ тілі", "Русский язык", "The English tongue", "1+1"]
    )
    assert [one.language for one in found] == ["kk", "ru", "en", ""]


@pytest.mark.parametrize(
    ("field", "texts", "target", "options"),
    [
        ("texts", [], "ru", {}),
        ("texts", ["x"] * 1001, "ru", {}),
        ("texts", ["x" * 200_001], "ru", {}),
        ("config.target_language", ["x"], "de", {}),
        ("config.target_language", ["x"], "", {}),
        ("config.source_language", ["x"], "ru", {"source_language": "ky"}),
        ("config.target_language", ["x"], "ru", {"source_language": "ru"}),
        ("config.beam_size", ["x"], "ru", {"beam_size": 11}),
        ("config.model", ["x"], "ru", {"model": "whisper-base"}),
        ("config.terms[0].source", ["x"], "ru", {"terms": [pb.Term(target="y")]}),
        (
            "config.terms[0].target_language",
            ["x"],
            "ru",
            {"terms": [pb.Term(source="a", target_language="zz")]},
        ),
        ("config.script", ["x"], "ru", {"script": pb.SCRIPT_LATIN}),
        ("config.script", ["x"], "kk", {"script": 9}),
    ],
)
async def test_bad_values_are_refused_by_name(
    catalogue: None,
    tmp_path: Path,
    field: str,
    texts: list[str],
    target: str,
    options: dict[str, Any],
) -> None:
    request = pb.TranslateTextRequest(
        config=pb.TranslationConfig(target_language=target, **options), texts=texts
    )
    async with (
        translation_server(tmp_path) as address,
        grpc.aio.insecure_channel(address) as channel,
    ):
        stub: Any = translation_pb2_grpc.TranslationStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.TranslateText(request)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert field in str(caught.value.details())


async def test_a_missing_model_says_what_to_do(catalogue: None, tmp_path: Path) -> None:
    def missing(task: Task) -> Any:
        raise FailedPrecondition("kk-ru is not on this machine: dauys models pull kk-ru")

    async with translation_server(tmp_path, missing) as target, AsyncClient(target) as client:
        with pytest.raises(FailedPreconditionError, match="dauys models pull"):
            await client.translate_text(["Сәлем"], "ru")
        with pytest.raises(NotFoundError, match="no model 'nllb'"):
            await client.translate_text(["Сәлем"], "ru", options=TranslationOptions(model="nllb"))


async def test_hostile_text_is_translated_or_copied_and_harms_nobody(client: AsyncClient) -> None:
    texts = [
        "ы" * 100_000,
        "\u202eабв\u202c \u2066где\u2069 مرحبا",
        "а́" * 1000,
        "\x00\x01\x02",
        "(((((" * 500 + ")))))" * 500,
        "%1 %2 %1 {0} %s",
        "\U0001f600" * 300,
    ]
    results = await client.translate_text(
        texts, "en", options=TranslationOptions(source_language="ru")
    )
    assert len(results) == len(texts)
    assert results[5].text == "%1 %2 %1 {0} %s"
    assert all(result.text for result in results)


async def test_speech_is_recognised_and_translated(
    client: AsyncClient, shared_speech: Path
) -> None:
    recording = sorted(shared_speech.rglob("*.flac"))[0]  # noqa: ASYNC240 - once, in a test
    segments = await client.translate_speech(recording, "en")
    assert segments
    for one in segments:
        assert (one.segment.text, one.segment.language) == ("Сәлем, әлем.", "kk")
        assert one.translation.text == "Sälem, älem."


async def _live(
    client: AsyncClient, items: list[SourceText | Finalize], **options: Any
) -> list[LiveTranslation]:
    async def source() -> AsyncIterator[SourceText | Finalize]:
        for item in items:
            yield item
            await asyncio.sleep(0)

    chosen = TranslationOptions(source_language="kk", **options)
    return [r async for r in client.streaming_translate(source(), "en", options=chosen)]


async def test_live_text_is_translated_and_never_revised(client: AsyncClient) -> None:
    items: list[SourceText | Finalize] = [
        SourceText("Бірінші сөйлем ", "осы"),
        SourceText("осылай бітті. ", "Екінші"),
        SourceText("Екінші сөй"),
        SourceText("лем", endpoint=True),
        FINALIZE,
    ]
    results = await _live(client, items)
    whole = "".join(result.committed for result in results)
    assert whole == "Bırınşı söilem osylai bıttı. Ekınşı söilem"
    assert results[-1].tentative == ""
    positions = [result.source_position for result in results]
    assert positions == sorted(positions)
    assert any(result.finalized for result in results)


async def test_live_text_needs_a_source_language(client: AsyncClient) -> None:
    async def source() -> AsyncIterator[SourceText]:
        yield SourceText("Сәлем")

    with pytest.raises(InvalidArgumentError) as caught:
        async for _ in client.streaming_translate(source(), "en", options=TranslationOptions()):
            pass
    assert caught.value.violations[0].field == "config.config.source_language"


async def test_a_fault_in_live_text_comes_after_what_was_sent_before(client: AsyncClient) -> None:
    async def source() -> AsyncIterator[SourceText]:
        yield SourceText("Сәлем, әлем. ", endpoint=True)
        yield SourceText("ы" * 4001)

    options = TranslationOptions(source_language="kk")
    heard = ""
    with pytest.raises(InvalidArgumentError, match="4001 characters, limit 4000"):
        async for result in client.streaming_translate(source(), "en", options=options):
            heard += result.committed
    assert heard == "Sälem, älem."


async def test_a_document_keeps_its_lines(client: AsyncClient, tmp_path: Path) -> None:
    path = tmp_path / "хат.txt"
    path.write_text("Сәлем, әлем.\n\n  Екінші жол.\n", encoding="utf-8")
    told: list[tuple[int, int]] = []
    document = await client.translate_document(
        path, "en", progress=lambda done, total: told.append((done, total))
    )
    assert document.data.decode() == "Sälem, älem.\n\n  Ekınşı jol.\n"
    assert (document.file_name, document.source_language) == ("хат.en.txt", "kk")
    assert told[-1][0] == told[-1][1] > 0


@pytest.mark.parametrize(
    ("name", "data", "field"),
    [
        ("a.docx", b"no zip", "file"),
        ("a.docx", b"", "file"),
        ("a.pdf", b"%PDF-1.4", "file"),
        ("a.exe", b"x", "config.file_name"),
        ("a.docm", b"x", "config.file_name"),
        ("", b"x", "config.file_name"),
    ],
)
async def test_a_broken_document_is_refused(
    client: AsyncClient, name: str, data: bytes, field: str
) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        await client.translate_document(data, "en", file_name=name)
    assert caught.value.violations[0].field == field


async def test_a_document_over_the_limit_is_refused_after_it_was_sent(client: AsyncClient) -> None:
    with pytest.raises(InvalidArgumentError, match="over 52428800 bytes"):
        await client.translate_document(bytes(51 * 2**20), "en", file_name="a.txt")


async def test_so_many_documents_at_once_and_no_more(catalogue: None, tmp_path: Path) -> None:
    async with (
        translation_server(tmp_path, max_documents=1) as target,
        grpc.aio.insecure_channel(target) as channel,
        AsyncClient(target) as client,
    ):
        stub: Any = translation_pb2_grpc.TranslationStub(channel)
        held = stub.TranslateDocument()
        await held.write(
            pb.TranslateDocumentRequest(
                config=pb.DocumentConfig(
                    file_name="a.txt", config=pb.TranslationConfig(target_language="en")
                )
            )
        )
        await held.write(pb.TranslateDocumentRequest(chunk="Сәлем".encode()))
        # The server has taken the first message once a second call is refused.
        async with asyncio.timeout(10):
            while True:
                try:
                    await client.translate_document("Сәлем".encode(), "en", file_name="b.txt")
                except ResourceExhaustedError as error:
                    refusal = error
                    break
        assert refusal.retry_after is not None
        await held.done_writing()
        chunks = [response.chunk async for response in held if response.HasField("chunk")]
        assert b"".join(chunks) == b"S\xc3\xa4lem"


async def test_an_approved_translation_is_found_before_a_model_is_asked(
    client: AsyncClient,
) -> None:
    [stored] = await client.add_to_memory([MemoryEntry("kk", "ru", "Қайырлы таң!", "Доброе утро!")])
    assert stored.name.startswith("memory/")
    [text] = await client.translate_text(["Қайырлы таң! Ал."], "ru")
    assert text.text == "Доброе утро! Ал."
    assert text.sentences[0].origin is TranslationOrigin.MEMORY
    without = TranslationOptions(without_memory=True)
    [text] = await client.translate_text(["Қайырлы таң!"], "ru", options=without)
    assert text.sentences[0].origin is TranslationOrigin.MODEL
    assert [entry async for entry in client.list_memory(contains="вечер")] == []
    assert [entry async for entry in client.list_memory(contains="ТАҢ")] == [stored]
    assert await client.delete_from_memory([stored.name, stored.name]) == 1


async def test_a_lost_number_is_a_warning(catalogue: None, tmp_path: Path) -> None:
    def forgets(task: Task) -> Any:
        from dataclasses import replace

        texts = tuple(text.replace("1999", "") for text in task.payload.sentences)
        return answer(replace(task, payload=replace(task.payload, sentences=texts)))

    async with translation_server(tmp_path, forgets) as target, AsyncClient(target) as client:
        [text] = await client.translate_text(["Это было в 1999 году."], "en")
    assert text.sentences[0].warnings == (TranslationWarning.NUMBERS,)
