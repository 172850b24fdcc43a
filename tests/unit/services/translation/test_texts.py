from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from foundation.translation import ALL_PAIRS
from services.translation import texts as under_test
from services.translation.texts import TextJob, translate_texts
from streaming.translation import TranslationModels, required
from tests.toy_translator import CAPABILITIES, answer
from text.terms import Term, TermBase
from workers.testing import FakePool

MODELS = TranslationModels(dict.fromkeys(ALL_PAIRS, "toy"))


@pytest.fixture
async def pool() -> AsyncIterator[FakePool]:
    pool = FakePool(answer, capabilities=CAPABILITIES)
    yield pool
    await pool.aclose()


def spy(monkeypatch: pytest.MonkeyPatch, name: str) -> set[bool]:
    """Patch a function; says whether it was called on the event loop's thread."""
    on_loop: set[bool] = set()
    module = under_test if hasattr(under_test, name) else required
    real: Callable[..., Any] = getattr(module, name)

    def spied(*args: Any, **options: Any) -> Any:
        on_loop.add(threading.current_thread() is threading.main_thread())
        return real(*args, **options)

    monkeypatch.setattr(module, name, spied)
    return on_loop


HEAVY = ["identify", "protect", "required_spans", "missing_terms", "to_latin"]


@pytest.mark.parametrize("name", HEAVY)
async def test_a_long_text_is_computed_off_the_event_loop(
    pool: FakePool, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    on_loop = spy(monkeypatch, name)
    job = TextJob(MODELS, "kk", terms=TermBase([Term("акимат", "әкімдік")]), latin=True)
    words = "раз два три четыре пять шесть семь восемь девять десять " * 4
    long = " ".join(f"Есть {n} {words}акимат." for n in range(32))
    [result] = await translate_texts(pool, job, [long])
    assert len(result.sentences) == 32
    assert on_loop == {False}


@pytest.mark.parametrize("name", HEAVY)
async def test_a_short_text_waits_for_no_thread(
    pool: FakePool, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    on_loop = spy(monkeypatch, name)
    job = TextJob(MODELS, "kk", terms=TermBase([Term("акимат", "әкімдік")]), latin=True)
    [result] = await translate_texts(pool, job, ["Это акимат."])
    assert result.text.endswith("äkımdık.")
    assert on_loop == {True}


async def test_terms_are_compiled_off_the_event_loop(
    pool: FakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_loop = spy(monkeypatch, "compile_terms")
    job = TextJob(MODELS, "kk", terms=TermBase([Term("акимат", "әкімдік")]))
    await translate_texts(pool, job, ["Это акимат."])
    assert on_loop == {False}


async def test_texts_in_three_languages_come_back_in_order(pool: FakePool) -> None:
    kinds = ("Қазақ тілінде {} сөз", "Русское слово {} здесь", "The word {} is here", "{}", "")
    wanted = ("{}", "Русское слово {} здесь", "{}", "{}", "")
    given = [kinds[n % 5].format(n) for n in range(1000)]
    results = await translate_texts(pool, TextJob(MODELS, "ru"), given)
    assert len(results) == 1000
    for n, result in enumerate(results):
        assert result.source == ("kk", "ru", "en", None, None)[n % 5]
        assert (str(n) in result.text) or n % 5 == 4
        assert len(result.lacking_terms) == len(result.sentences)
        if n % 5 in (1, 3, 4):
            assert result.text == wanted[n % 5].format(n)
