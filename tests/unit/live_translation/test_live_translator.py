from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from foundation.errors import (
    DeadlineExceeded,
    Internal,
    InvalidArgument,
    ResourceExhausted,
    Unavailable,
)
from foundation.translation import SentenceTranslation, TranslationHypothesis
from streaming.live_translation import Effort, LiveTranslationConfig, LiveTranslator
from streaming.live_translation.requests import TrackEffort
from streaming.translation import TranslationModels
from tests.toy_translator import CAPABILITIES, answer, translate
from tests.unit.live_translation.scripts import (
    MODELS,
    WORD_TICKS,
    Gate,
    Speaker,
    asked,
    requests,
    translating,
)
from workers.interface import Priority, Task
from workers.testing import FakePool

LETTERS = [chr(ord("а") + number) for number in range(32)]


def changing(place: int, count: int) -> str:
    """The word at a place of a translation of ``count`` words."""
    return LETTERS[place % 30] * 2 + "ла" + LETTERS[count % 30] * 2


def numbered(task: Task) -> tuple[SentenceTranslation, ...]:
    """A translator whose words change with the length of what it is given: nothing is stable."""
    results = []
    for place, sentence in enumerate(task.payload.sentences):
        prefix = task.payload.prefixes[place].split() if task.payload.prefixes else []
        count = len(sentence.split())
        new = [changing(number, count) for number in range(len(prefix), count)]
        results.append(
            SentenceTranslation((TranslationHypothesis(" ".join([*prefix, *new]), -0.1),))
        )
    return tuple(results)


async def has_asked(pool: FakePool, times: int) -> None:
    """Wait until the model was asked so often: the newest state takes the place of older ones."""
    async with asyncio.timeout(10):
        while len(requests(pool)) < times:  # noqa: ASYNC110 - the pool has no event for it
            await asyncio.sleep(0.001)


async def test_a_sentence_is_committed_when_the_next_word_shows_that_it_ended() -> None:
    speaker = Speaker("en")
    async with translating() as (translator, screen, pool):
        translator.push(speaker.says("salem barlyq", "dostar. ertenh"))
        await has_asked(pool, 1)
        translator.push(speaker.says("", "dostar. ertenh barlyq"))
        await screen.until(lambda s: s.tentative != "")
        assert screen.text == ""
        translator.push(speaker.says("dostar.", "ertenh"))
        await screen.until(lambda s: s.text != "")
        assert screen.text == "салем барлық достар."
        assert [word.end for word in screen.committed][-1] == 3 * WORD_TICKS


async def test_tentative_words_are_told_as_far_as_two_translations_agree() -> None:
    speaker = Speaker()
    async with translating() as (translator, screen, pool):
        translator.push(speaker.says("", "один два три"))
        await has_asked(pool, 1)
        translator.push(speaker.says("", "один два три четыре"))
        await screen.until(lambda s: s.tentative == "один два три")
        translator.push(speaker.says("один", "два пятьсот шесть семь"))
        await screen.until(lambda s: len(s.told) == 2)  # the times of their source have changed
        assert screen.tentative == "один два три"
        translator.push(speaker.says("", "два пятьсот шесть семь восемь"))
        await screen.until(lambda s: s.tentative == "один два пятьсот шесть семь")
        translator.push(speaker.says("", "дважды пятьсот шесть семь"))
        await has_asked(pool, 5)
        translator.push(speaker.says("", "дважды пятьсот шесть семь восемь"))
        await screen.until(lambda s: s.tentative == "один дважды пятьсот шесть семь")
        assert screen.text == ""
        translator.push(speaker.says("", endpoint=True))
        await screen.until(lambda s: s.endpoints == 1)
        assert (screen.text, screen.tentative) == ("один", "")


async def test_a_clause_is_committed_once_more_text_leaves_it_as_it_is() -> None:
    speaker = Speaker()
    async with translating() as (translator, screen, pool):
        translator.push(speaker.says("когда мы пришли домой, было", "темно и"))
        await screen.until(lambda s: s.text != "")
        assert screen.text == "когда мы пришли домой,"
        assert screen.told[-1].committed_until == 4 * WORD_TICKS
        translator.push(speaker.says("темно", endpoint=True))
        await screen.until(lambda s: s.endpoints == 1)
        assert screen.text == "когда мы пришли домой, было темно"
        last = requests(pool)[-1]
        assert last.sentences == ("когда мы пришли домой, было темно",)
        assert last.prefixes == ("когда мы пришли домой,",)
        assert last.source == "ru"
        assert last.target == "kk"


async def test_a_clause_that_changes_with_what_follows_waits_for_the_sentence() -> None:
    speaker = Speaker()
    async with translating(numbered) as (translator, screen, pool):
        translator.push(speaker.says("когда мы пришли домой, было", "темно и"))
        await has_asked(pool, 1)
        translator.push(speaker.says("темно", "и тихо"))
        await has_asked(pool, 2)
        assert screen.text == ""
        translator.push(speaker.says("", endpoint=True))
        await screen.until(lambda s: s.endpoints == 1)
        assert screen.text == " ".join(changing(place, 6) for place in range(6))


async def test_what_waits_long_is_committed_as_far_as_it_is_stable() -> None:
    def half(task: Task) -> tuple[SentenceTranslation, ...]:
        """Stable but for the last three words."""
        results = []
        for one in translate(task.payload):
            text = one.best.text.split()
            tail = [f"{word}{len(text)}" for word in text[-3:]]
            results.append(
                SentenceTranslation((TranslationHypothesis(" ".join([*text[:-3], *tail]), -0.1),))
            )
        return tuple(results)

    speaker = Speaker()
    spoken = " ".join(f"слово{LETTERS[number]}" for number in range(20)).split()
    config = LiveTranslationConfig(patient_words=8)
    async with translating(half, config=config) as (translator, screen, _):
        for word, following in pairwise(spoken):
            translator.push(speaker.says(word, following))
            await asyncio.sleep(0)
        await screen.until(lambda s: len(s.committed) >= 5)
        kept = screen.text
        assert spoken[: len(kept.split())] == kept.split()


async def test_forty_words_without_a_mark_do_not_wait_for_their_end() -> None:
    speaker = Speaker()
    config = LiveTranslationConfig(longest_wait_words=20, longest_wait_seconds=100)
    async with translating(numbered, config=config) as (translator, screen, pool):
        for number in range(40):
            translator.push(speaker.says(f"слово{LETTERS[number % 30]}"))
        await screen.until(lambda s: len(s.committed) >= 40)
        assert max(len(sentence.split()) for batch in asked(pool) for sentence in batch) <= 40
        assert screen.told[-1].committed_until == 40 * WORD_TICKS


async def test_words_have_the_time_of_their_source_divided_by_characters() -> None:
    speaker = Speaker("en")
    async with translating() as (translator, screen, _):
        translator.push(speaker.says("ana salemdes", endpoint=True))
        await screen.until(lambda s: s.endpoints == 1)
    first, last = screen.committed
    assert (first.text, last.text) == ("ана", "салемдес")
    assert first.start == 0
    assert first.end == last.start == 2 * WORD_TICKS * 3 // 11
    assert last.end == 2 * WORD_TICKS
    assert first.confidence == pytest.approx(0.905, abs=0.001)


async def test_speech_in_the_target_language_is_told_as_it_was_said() -> None:
    speaker = Speaker("kk")
    async with translating() as (translator, screen, pool):
        translator.push(speaker.says("Қазақстан Respublikasy", "халқына"))
        await screen.until(lambda s: s.tentative == "халқына")
        assert screen.text == "Қазақстан Respublikasy"
        translator.push(speaker.says("халқына", endpoint=True))
        translator.push(speaker.says("друзья мои", "и", language="ru"))
        await has_asked(pool, 1)
        translator.push(speaker.says("", "и вот", language="ru"))
        await screen.until(lambda s: s.endpoints == 1 and s.tentative == "друзья мои и")
        translator.push(speaker.says("соңы", language="kk"))
        await screen.until(lambda s: s.text.endswith("соңы"))
        assert screen.text == "Қазақстан Respublikasy халқына друзья мои соңы"
        assert {request.source for request in requests(pool)} == {"ru"}


async def test_each_language_goes_to_its_model_and_a_chain_gives_the_prefix_to_its_last() -> None:
    models = TranslationModels({("en", "ru"): "en-ru", ("ru", "kk"): "ru-kk"})
    speaker = Speaker("ru")
    async with translating(models=models) as (translator, screen, pool):
        translator.push(speaker.says("добрый вечер", endpoint=True))
        translator.push(speaker.says("my dear old friends, see you", "soon again", language="en"))
        await screen.until(lambda s: len(s.committed) == 6)
        translator.push(speaker.says("soon", endpoint=True))
        await screen.until(lambda s: s.endpoints == 2)
    calls = [
        (task.model, task.payload.source, task.payload.target)
        for task in pool.tasks
        if task.method == "translate"
    ]
    assert set(calls) == {
        ("ru-kk", "ru", "kk"),
        ("en-ru", "en", "ru"),
        ("ru-kk", "ru", "kk"),
    }
    last = [r for r in requests(pool) if r.target == "kk"][-1]
    assert last.prefixes != ()
    assert all(not r.prefixes for r in requests(pool) if r.target == "ru")


async def test_nothing_is_translated_twice() -> None:
    speaker = Speaker()
    async with translating() as (translator, screen, pool):
        translator.push(speaker.says("когда мы пришли домой, было", "темно и"))
        await screen.until(lambda s: s.text != "")
        before = len(requests(pool))
        for _ in range(3):
            translator.push(speaker.says("", "темно и"))
        translator.push(speaker.says("темно", "и"))
        translator.push(speaker.says("", "и тихо"))
        await screen.until(lambda s: s.tentative == "было темно и")
        assert len(requests(pool)) == before + 1


async def test_one_request_is_in_flight_and_the_newest_state_follows_it() -> None:
    gate = Gate()
    speaker = Speaker()
    async with translating(gate) as (translator, screen, pool):
        translator.push(speaker.says("", "раз"))
        await gate.reached.wait()
        for number in range(50):
            translator.push(speaker.says(f"слово{LETTERS[number % 30]}.", "Потом"))
            await asyncio.sleep(0)
        assert len(requests(pool)) == 1
        gate.open()
        await screen.until(lambda s: len(s.committed) >= 49)
        # Sixteen sentences a request.
        assert len(requests(pool)) <= 6
    assert len(screen.committed) == 50


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (ResourceExhausted("queue", "full", 0.0), Effort.SENTENCES),
        (DeadlineExceeded("too late"), Effort.ALL),
    ],
)
async def test_a_busy_pool_is_asked_again_and_no_word_is_lost(
    error: Exception, level: Effort
) -> None:
    failures = [error, error]

    def busy(task: Task) -> Any:
        if failures:
            raise failures.pop()
        return answer(task)

    speaker = Speaker()
    async with translating(busy) as (translator, screen, _):
        translator.push(speaker.says("один два три", endpoint=True))
        await screen.until(lambda s: s.endpoints == 1)
        assert screen.text == "один два три"
        assert translator.effort is level


async def test_a_slow_track_drops_tentative_text_then_all_but_whole_sentences() -> None:
    now = 0.0
    effort = TrackEffort(LiveTranslationConfig(), clock=lambda: now)
    levels = []
    for seconds, later in [(0.2, 0.0), (1.2, 0.0), (3.0, 0.0), (0.1, 9.9), (0.1, 0.2)]:
        now += later
        effort.took(seconds)
        levels.append(effort.level)
    assert levels == [
        Effort.ALL,
        Effort.COMMITTED,
        Effort.SENTENCES,
        Effort.SENTENCES,
        Effort.ALL,
    ]


async def test_while_requests_are_slow_only_whole_sentences_are_asked_for() -> None:
    config = LiveTranslationConfig(slow_seconds=-2.0, very_slow_seconds=-1.0)
    speaker = Speaker()
    async with translating(config=config) as (translator, screen, pool):
        translator.push(speaker.says("один.", endpoint=True))
        await screen.until(lambda s: s.endpoints == 1)
        assert translator.effort is Effort.SENTENCES
        translator.push(speaker.says("когда мы пришли домой, было", "темно и"))
        translator.push(speaker.says("", "темно и тихо"))
        translator.push(speaker.says("темно.", "Потом"))
        await screen.until(lambda s: len(s.committed) == 7)
        assert asked(pool) == [("один.",), ("когда мы пришли домой, было темно.",)]
        assert all(not told.tentative for told in screen.told)


async def test_committed_clauses_come_also_without_tentative_text() -> None:
    config = LiveTranslationConfig(slow_seconds=-1.0)
    speaker = Speaker()
    async with translating(config=config) as (translator, screen, pool):
        translator.push(speaker.says("один.", endpoint=True))
        await screen.until(lambda s: s.endpoints == 1)
        assert translator.effort is Effort.COMMITTED
        translator.push(speaker.says("когда мы пришли домой, было", "темно и"))
        await screen.until(lambda s: len(s.committed) == 5)
        assert asked(pool)[-1] == ("когда мы пришли домой,", "когда мы пришли домой, было")
        assert all(not told.tentative for told in screen.told[1:])


async def test_a_request_too_large_for_its_time_is_made_smaller() -> None:
    def slow_in_bulk(task: Task) -> Any:
        if len(task.payload.sentences) > 2:
            raise DeadlineExceeded("too much")
        return answer(task)

    speaker = Speaker()
    config = LiveTranslationConfig(sentences_a_request=8)
    async with translating(slow_in_bulk, config=config) as (translator, screen, pool):
        for number in range(8):
            translator.push(speaker.says(f"слово{LETTERS[number]}", endpoint=True))
        await screen.until(lambda s: s.endpoints == 8)
        assert [len(batch) for batch in asked(pool)][:3] == [8, 4, 2]


async def test_lag_is_the_wait_of_the_oldest_whole_sentence() -> None:
    gate = Gate()
    speaker = Speaker()
    async with translating(gate) as (translator, screen, _):
        translator.push(speaker.says("один два", "три"))
        assert translator.lag == 0
        translator.push(speaker.says("три", endpoint=True))
        await gate.reached.wait()
        assert translator.lag > 0
        assert translator.waiting == 3
        gate.open()
        await screen.until(lambda s: s.endpoints == 1)
        assert translator.lag == 0


async def test_the_source_waits_for_room() -> None:
    gate = Gate()
    speaker = Speaker()
    config = LiveTranslationConfig(most_waiting_words=3)
    async with translating(gate, config=config) as (translator, screen, _):
        translator.push(speaker.says("один два три", endpoint=True))
        await translator.wait_for_room()
        translator.push(speaker.says("четыре", endpoint=True))
        waits = asyncio.ensure_future(translator.wait_for_room())
        await asyncio.sleep(0)
        assert not waits.done()
        gate.open()
        await waits
        await screen.until(lambda s: s.endpoints == 2)


async def test_a_translation_that_is_none_is_not_shown() -> None:
    def looping(task: Task) -> Any:
        text = "бар " * 12
        return tuple(
            SentenceTranslation((TranslationHypothesis(text.strip(), -0.1),))
            for _ in task.payload.sentences
        )

    speaker = Speaker()
    async with translating(looping) as (translator, screen, _):
        translator.push(speaker.says("когда мы пришли домой, было", "темно и"))
        translator.push(speaker.says("темно", endpoint=True))
        await screen.until(lambda s: s.endpoints == 1)
        assert screen.text == "когда мы пришли домой, было темно"
        assert all("бар" not in word.text for told in screen.told for word in told.tentative)


async def test_protected_spans_are_carried_over_and_not_by_models_that_copy_nothing() -> None:
    speaker = Speaker("en")
    async with translating() as (translator, screen, pool):
        translator.push(speaker.says("salem https://x.kz oqy", endpoint=True))
        await screen.until(lambda s: s.endpoints == 1)
        assert screen.text == "салем https://x.kz оқы"
        assert asked(pool)[-1] == ("salem %1 oqy",)
    without = FakePool(answer, capabilities=CAPABILITIES.__class__(CAPABILITIES.pairs, 512))
    async with translating(pool=without) as (translator, screen, pool):
        translator.push(Speaker("en").says("salem https://x.kz oqy", endpoint=True))
        await screen.until(lambda s: s.endpoints == 1)
        assert asked(pool)[-1] == ("salem https://x.kz oqy",)


async def test_a_model_that_loses_a_placeholder_is_shown_what_it_stands_for() -> None:
    def losing(task: Task) -> Any:
        return tuple(
            SentenceTranslation((TranslationHypothesis(result.best.text.replace("%1", ""), -0.1),))
            for result in translate(task.payload)
        )

    async with translating(losing) as (translator, screen, pool):
        translator.push(Speaker("en").says("salem https://x.kz oqy", endpoint=True))
        await screen.until(lambda s: s.endpoints == 1)
        assert screen.text == "салем https://x.kz оқы"
        assert asked(pool) == [("salem %1 oqy",), ("salem https://x.kz oqy",)]


async def test_full_stops_that_the_source_has_not_are_left_out() -> None:
    def stopping(task: Task) -> Any:
        return tuple(
            SentenceTranslation((TranslationHypothesis(result.best.text + ".", -0.1),))
            for result in translate(task.payload)
        )

    speaker = Speaker()
    async with translating(stopping) as (translator, screen, _):
        translator.push(speaker.says("это ещё не всё", endpoint=True))
        translator.push(speaker.says("2025", endpoint=True))
        await screen.until(lambda s: s.endpoints == 2)
        assert screen.text == "это ещё не всё 2025"


async def test_tasks_are_live_timed_and_in_the_tracks_own_session() -> None:
    speaker = Speaker()
    async with translating() as (translator, screen, pool):
        translator.push(speaker.says("один два", endpoint=True))
        await screen.until(lambda s: s.endpoints == 1)
    task = pool.tasks[-1]
    assert task.priority is Priority.LIVE
    assert task.timeout is not None
    assert 0 < task.timeout <= LiveTranslationConfig().timeout_seconds
    assert task.session == "test"


async def test_a_failing_model_ends_the_track() -> None:
    def failing(task: Task) -> Any:
        raise Unavailable("the model is gone")

    with pytest.raises(ExceptionGroup) as caught:
        async with translating(failing) as (translator, _, _):
            translator.push(Speaker().says("один", endpoint=True))
            await asyncio.sleep(10)
    assert caught.group_contains(Unavailable, match="gone")


async def test_a_text_that_the_model_fails_on_is_told_as_it_was_said() -> None:
    def choking(task: Task) -> Any:
        if any("яд" in sentence for sentence in task.payload.sentences):
            raise RuntimeError("no such position")
        return answer(task)

    speaker = Speaker("en")
    async with translating(choking) as (translator, screen, _):
        translator.push(speaker.says("salem яд", endpoint=True))
        translator.push(speaker.says("salem dostar", endpoint=True))
        await screen.until(lambda s: s.endpoints == 2)
        assert screen.text == "salem яд салем достар"


async def test_a_model_that_fails_on_everything_ends_the_track() -> None:
    def broken(task: Task) -> Any:
        raise RuntimeError("no memory")

    with pytest.raises(ExceptionGroup) as caught:
        async with translating(broken) as (translator, _, _):
            for word in ("salem", "dostar", "qala", "otan"):
                translator.push(Speaker("en").says(word, endpoint=True))
            await asyncio.sleep(10)
    assert caught.group_contains(Internal)


async def test_a_pair_that_no_model_serves_ends_the_track() -> None:
    with pytest.raises(ExceptionGroup) as caught:
        async with translating(models=TranslationModels({})) as (translator, _, _):
            translator.push(Speaker().says("один", endpoint=True))
            await asyncio.sleep(10)
    assert caught.group_contains(InvalidArgument, match="ru-kk")


async def test_cancelled_it_withdraws_its_request() -> None:
    gate = Gate()
    pool = FakePool(gate, capabilities=CAPABILITIES)
    translator = LiveTranslator(pool, MODELS, "kk", "test")
    running = asyncio.create_task(translator.run(lambda told: None))
    translator.push(Speaker().says("один", endpoint=True))
    await gate.reached.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await translator.wait_for_room()
    gate.open()
    await pool.aclose()
    assert pool.load().queued == 0
