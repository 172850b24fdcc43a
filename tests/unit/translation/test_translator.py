from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from foundation.errors import ResourceExhausted, Unavailable
from foundation.languages import Language
from foundation.translation import (
    ALL_PAIRS,
    SentenceTranslation,
    TranslationHypothesis,
    TranslationRequest,
)
from streaming.translation import (
    Fault,
    MemoryMatch,
    Origin,
    Search,
    TranslatedText,
    TranslationModels,
    Translator,
    TranslatorConfig,
)
from tests.toy_translator import CAPABILITIES, answer, translate
from workers.interface import Priority, Task
from workers.testing import FakePool

MODELS = TranslationModels(dict.fromkeys(ALL_PAIRS, "toy"))


@asynccontextmanager
async def translating(
    handler: Callable[[Task], Any] = answer,
    *,
    source: Language = "en",
    target: Language = "ru",
    models: TranslationModels = MODELS,
    placeholders: str | None = "percent",
    **config: Any,
) -> AsyncIterator[tuple[FakePool, Translator]]:
    pool = FakePool(handler, capabilities=replace(CAPABILITIES, placeholders=placeholders))
    try:
        yield pool, Translator(pool, models.route(source, target), TranslatorConfig(**config))
    finally:
        await pool.aclose()


async def one(text: str, handler: Callable[[Task], Any] = answer, **config: Any) -> TranslatedText:
    async with translating(handler, **config) as (_, translator):
        [translated] = await translator.translate([text])
        return translated


def requests(pool: FakePool) -> list[TranslationRequest]:
    return [task.payload for task in pool.tasks if task.method == "translate"]


def with_hypotheses(*texts: str) -> Callable[[Task], Any]:
    """The first of ``texts`` for every sentence, and all of them where alternatives are wanted."""

    def handler(task: Task) -> Any:
        wanted = [TranslationHypothesis(t, -n / 10) for n, t in enumerate(texts)]
        kept = tuple(wanted[: task.payload.alternatives])
        return tuple(SentenceTranslation(kept) for _ in task.payload.sentences)

    return handler


async def test_lines_and_spaces_stay_where_they_are() -> None:
    translated = await one("\n Bır ekı.  Tört!\n\n\t- bes\r\n")
    assert translated.text == "\n Бір екі.  Төрт!\n\n\t- бес\r\n"


async def test_a_sentence_that_stands_twice_is_asked_for_once() -> None:
    async with translating() as (pool, translator):
        translated = await translator.translate(["Barlyq. Bölek.", "Barlyq."])
    assert [t.text for t in translated] == ["Барлық. Бөлек.", "Барлық."]
    assert sorted(requests(pool)[0].sentences) == ["Barlyq.", "Bölek."]


async def test_what_has_no_letters_is_copied() -> None:
    async with translating() as (pool, translator):
        [translated] = await translator.translate(["12:30 — 100 %"])
    assert translated.text == "12:30 — 100 %"
    assert [s.origin for s in translated.sentences] == [Origin.COPIED]
    assert requests(pool) == []


async def test_an_empty_text_has_no_sentences() -> None:
    assert (await one("")).sentences == ()


async def test_protected_spans_come_through_by_placeholders() -> None:
    async with translating() as (pool, translator):
        [translated] = await translator.translate(["Bar https://a.kz/x?y=1 men {name}."])
    assert translated.text == "Бар https://a.kz/x?y=1 мен {name}."
    assert requests(pool)[0].sentences == ("Bar %1 men %2.",)


async def test_a_model_without_placeholders_is_shown_the_text_around() -> None:
    async with translating(placeholders=None) as (pool, translator):
        [translated] = await translator.translate(["Bar https://a.kz/x?y=1 men {name}."])
    assert translated.text == "Бар https://a.kz/x?y=1 мен {name}."
    assert [s for r in requests(pool) for s in r.sentences] == ["Bar", "men"]


async def test_lost_placeholders_are_looked_for_in_other_hypotheses() -> None:
    translated = await one("See https://a.kz now", with_hypotheses("смотри", "смотри %1 сейчас"))
    assert translated.text == "смотри https://a.kz сейчас"
    assert translated.faults == set()


async def test_placeholders_lost_in_all_hypotheses_are_translated_around() -> None:
    def loses(task: Task) -> Any:
        cut = tuple(s.replace("%1", "") for s in task.payload.sentences)
        return translate(replace(task.payload, sentences=cut))

    translated = await one("Bar https://a.kz men", loses)
    assert translated.text == "Бар https://a.kz мен"


async def test_a_lost_number_is_looked_for_and_then_told() -> None:
    found = await one("It was 1999 then", with_hypotheses("это было", "это было в 1999"))
    assert (found.text, set(found.faults)) == ("это было в 1999", set())
    lost = await one("It was 1999 then", with_hypotheses("это было", "это"))
    assert (lost.text, set(lost.faults)) == ("это было", {Fault.NUMBERS})


@pytest.mark.parametrize(
    ("source", "translation"),
    [
        ("1,000 km²", "1 000 км²"),
        ("3.5 and 4", "3,5 и 4"),
        ("in 10 days", "через 10 дней, к 11-му"),
    ],
)
async def test_numbers_may_be_written_otherwise(source: str, translation: str) -> None:
    assert (await one(f"about {source}", with_hypotheses(translation))).faults == set()


async def test_an_answer_in_a_wrong_script_is_refused_and_the_source_stays() -> None:
    translated = await one("Good morning", with_hypotheses("早上好", "おはようございます"))
    assert translated.text == "Good morning"
    assert translated.faults == {Fault.SCRIPT}


async def test_another_hypothesis_in_the_right_script_is_taken() -> None:
    translated = await one("Good morning", with_hypotheses("早上好", "Доброе утро"))
    assert (translated.text, set(translated.faults)) == ("Доброе утро", set())


async def test_a_loop_is_refused() -> None:
    translated = await one("Good morning all", with_hypotheses("утро " * 40, "утро " * 30))
    assert (translated.text, set(translated.faults)) == ("Good morning all", {Fault.LOOP})


async def test_a_sentence_that_the_model_cuts_is_translated_in_halves() -> None:
    def short_sighted(task: Task) -> Any:
        return tuple(
            replace(result, cut=len(sentence) > 50)
            for sentence, result in zip(
                task.payload.sentences, translate(task.payload), strict=True
            )
        )

    text = "one two three four five six seven, eight nine ten eleven twelve thirteen and more"
    translated = await one(text, short_sighted)
    assert translated.faults == set()
    assert translated.text == (await one(text)).text


async def test_memory_comes_before_the_model() -> None:
    class Memory:
        async def lookup(
            self, sentences: Sequence[str], source: Language, target: Language
        ) -> list[MemoryMatch | None]:
            assert (source, target) == ("en", "ru")
            known = {"Good day.": MemoryMatch("Добрый день.")}
            return [known.get(sentence) for sentence in sentences]

    async with translating(memory=Memory()) as (pool, translator):
        [translated] = await translator.translate(["Good day. Kel."])
    assert translated.text == "Добрый день. Кел."
    assert [s.origin for s in translated.sentences] == [Origin.MEMORY, Origin.MODEL]
    assert requests(pool)[0].sentences == ("Kel.",)


async def test_two_models_meet_in_a_pivot() -> None:
    models = TranslationModels({("kk", "ru"): "first", ("ru", "en"): "second"})
    async with translating(source="kk", target="en", models=models) as (pool, translator):
        [translated] = await translator.translate(["Сәлем, әлем"])
    assert translated.text == "Sälem, älem"
    assert translated.route.pivot == "ru"
    asked = [(t.model, t.payload.source, t.payload.target) for t in pool.tasks if t.payload]
    assert asked == [("first", "kk", "ru"), ("second", "ru", "en")]


async def test_alternatives_are_other_translations() -> None:
    handler = with_hypotheses("да", "да", "ага", "早上好")
    translated = await one("yes", handler, search=Search(alternatives=4))
    assert translated.sentences[0].alternatives == ("ага",)


async def test_alignment_counts_the_words_of_a_span_that_was_put_back() -> None:
    translated = await one("Bar es 35 km/h [1, 2] men", search=Search(alignment=True))
    [sentence] = translated.sentences
    assert sentence.text == "Бар ес 35 km/h [1, 2] мен"
    assert sentence.alignment == (0, 1, 2, 2, 4, 4, 6)


async def test_a_long_work_is_told_and_asked_for_in_bounded_tasks() -> None:
    told: list[tuple[int, int]] = []
    async with translating(search=Search(priority=Priority.BATCH)) as (pool, translator):
        texts = [f"Bar {n} men." for n in range(300)]
        translated = await translator.translate(texts, lambda *count: told.append(count))
    assert [t.text for t in translated] == [f"Бар {n} мен." for n in range(300)]
    assert max(len(r.sentences) for r in requests(pool)) == 32
    assert {t.priority for t in pool.tasks} == {Priority.BATCH}
    assert told[0] == (0, 300)
    assert told[-1] == (300, 300)


async def test_an_error_of_the_pool_reaches_the_caller_as_it_is() -> None:
    def broken(task: Task) -> Any:
        raise Unavailable("the model is gone")

    with pytest.raises(Unavailable, match="the model is gone"):
        await one("Good day", broken)


async def test_cancelling_withdraws_what_waits() -> None:
    started = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(task: Task) -> Any:
        loop.call_soon_threadsafe(started.set)
        return answer(task)

    async with translating(slow) as (pool, translator):
        work = asyncio.create_task(translator.translate([f"Text {n}." for n in range(5000)]))
        await started.wait()
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
    assert len(requests(pool)) < 5000 / 32


async def test_a_batch_waits_for_room_in_a_full_queue() -> None:
    refusals = iter([True, False, True, True])

    def full_at_times(task: Task) -> Any:
        if next(refusals, False):
            raise ResourceExhausted("queue", "1024 tasks wait", 0.0)
        return answer(task)

    batch = Search(priority=Priority.BATCH)
    async with translating(full_at_times, search=batch) as (pool, translator):
        translated = await translator.translate([f"Bar {n} men." for n in range(100)])
    assert [t.text for t in translated] == [f"Бар {n} мен." for n in range(100)]
    assert len(requests(pool)) == 4 + 3


@pytest.mark.parametrize(
    ("priority", "retry_after"),
    [(Priority.INTERACTIVE, 0.0), (Priority.BATCH, None), (Priority.BATCH, 1_000.0)],
)
async def test_a_refusal_that_waiting_does_not_mend_reaches_the_caller(
    priority: Priority, retry_after: float | None
) -> None:
    def full(task: Task) -> Any:
        raise ResourceExhausted("queue", "no room", retry_after)

    async with translating(full, search=Search(priority=priority)) as (pool, translator):
        with pytest.raises(ResourceExhausted, match="no room"):
            await translator.translate(["Good day"])
    assert len(requests(pool)) == 1


async def test_a_batch_waits_no_longer_than_it_may_take() -> None:
    def full(task: Task) -> Any:
        raise ResourceExhausted("queue", "no room", 0.02)

    search = Search(priority=Priority.BATCH, timeout=0.1)
    async with translating(full, search=search) as (pool, translator):
        with pytest.raises(ResourceExhausted, match="no room"):
            await translator.translate(["Good day"])
    assert len(requests(pool)) > 1
    timeouts = [task.timeout or 0 for task in pool.tasks if task.method == "translate"]
    assert timeouts == sorted(timeouts, reverse=True)


async def test_an_empty_answer_is_no_translation() -> None:
    found = await one("Good morning", with_hypotheses("", "Доброе утро"))
    assert (found.text, set(found.faults)) == ("Доброе утро", set())
    lost = await one("Good morning", with_hypotheses("", " "))
    assert (lost.text, set(lost.faults)) == ("Good morning", {Fault.EMPTY})


@pytest.mark.parametrize("placeholders", ["percent", None])
async def test_no_model_is_asked_for_what_is_all_protected(placeholders: str | None) -> None:
    text = "https://a.kz/x {name}"
    async with translating(placeholders=placeholders) as (pool, translator):
        [translated] = await translator.translate([text])
    assert (translated.text, set(translated.faults)) == (text, set())
    assert requests(pool) == []


async def test_what_stands_between_many_spans_is_asked_for_in_bounded_tasks() -> None:
    text = "Bar{x}" * 300
    async with translating(placeholders=None) as (pool, translator):
        [first, second] = await translator.translate([text, "Men {y} bes."])
    assert first.text == "Бар{x}" * 300
    assert second.text == "Мен {y} бес."
    asked = [len(request.sentences) for request in requests(pool)]
    assert max(asked) <= 32
    assert len(asked) < 15


@pytest.mark.parametrize("hypotheses", [(), None])
async def test_an_engine_that_breaks_its_contract_is_an_error_and_no_hang(
    hypotheses: tuple[TranslationHypothesis, ...] | None,
) -> None:
    def broken(task: Task) -> Any:
        if hypotheses is None:
            return translate(task.payload)[1:]  # one too few
        return tuple(SentenceTranslation(hypotheses) for _ in task.payload.sentences)

    async with translating(broken) as (_, translator):
        async with asyncio.timeout(10):
            with pytest.raises((ValueError, IndexError)):
                await translator.translate([f"Text {n}." for n in range(100)])
