"""What a model is given to read, of what a caller wrote."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from foundation.errors import FailedPrecondition, InvalidArgument, NotFound
from foundation.translation import SentenceTranslation, TranslationHypothesis
from models.styles import load_styles
from services.image_generation.prompting import Asked, Wording, check_texts, chosen_styles, worded
from streaming.translation import Search, TranslationModels
from tests.toy_translator import CAPABILITIES, answer
from workers.interface import Task
from workers.testing import FakePool

STYLES = load_styles()
HORN = STYLES["qoshqar_muiz"]
ALL = TranslationModels(
    {("kk", "en"): "toy", ("ru", "en"): "toy", ("kk", "ru"): "toy", ("en", "kk"): "back"}
)
KAZAKH = "көк аспан астындағы киіз үй"


@pytest.fixture
async def pools() -> AsyncIterator[Callable[..., FakePool]]:
    made: list[FakePool] = []

    def make(handler: Callable[[Task], Any] = answer) -> FakePool:
        made.append(FakePool(handler, capabilities=CAPABILITIES))
        return made[-1]

    yield make
    for pool in made:
        await pool.aclose()


@pytest.fixture
def pool(pools: Callable[..., FakePool]) -> FakePool:
    return pools()


async def word(
    pool: FakePool, known: tuple[str, ...], prompt: str, negative: str = "", **rest: Any
) -> Wording:
    models = rest.pop("models", ALL)
    return await worded(Asked(prompt, negative, **rest), known, pool, models, Search())


async def test_what_the_model_reads_is_left_alone(pool: FakePool) -> None:
    wording = await word(pool, ("kk", "en"), f" {KAZAKH} ", "бұлыңғыр", styles=(HORN,))
    assert wording == Wording(f"{KAZAKH}, {HORN.prompt.kk}", "бұлыңғыр", "kk")
    assert not pool.tasks


async def test_the_rest_is_translated_and_the_styles_words_are_not(pool: FakePool) -> None:
    wording = await word(pool, ("en",), KAZAKH, "бұлыңғыр сурет", styles=(HORN,))
    assert wording.prompt == f"kök aspan astyndağy kiız üi, {HORN.prompt.en}"
    assert wording.negative_prompt == "būlyñğyr suret"
    assert (wording.language, wording.translation_models) == ("kk", ("toy",))
    assert all(HORN.prompt.kk not in str(task.payload) for task in pool.tasks)


async def test_each_text_is_in_its_own_language_unless_one_is_named(pool: FakePool) -> None:
    wording = await word(pool, ("en",), KAZAKH, "blurry, low quality picture of people")
    assert wording.negative_prompt == "blurry, low quality picture of people"
    named = await word(pool, ("en",), "ат", language="kk")
    assert (named.prompt, named.language) == ("at", "kk")


async def test_another_language_of_the_model_where_the_usual_has_no_translator(
    pool: FakePool,
) -> None:
    models = TranslationModels({("kk", "ru"): "toy"})
    wording = await word(pool, ("en", "ru"), KAZAKH, models=models)
    assert wording.prompt == KAZAKH  # the toy keeps Cyrillic letters for Russian
    assert wording.translation_models == ("toy",)


@pytest.mark.parametrize("known", [("en",), ("zh",)])
async def test_no_translator(pool: FakePool, known: tuple[str, ...]) -> None:
    with pytest.raises(FailedPrecondition, match=r"^prompt: it is in kk, .*keep_language"):
        await word(pool, known, KAZAKH, models=TranslationModels())
    with pytest.raises(FailedPrecondition, match=r"^negative_prompt: it is in ru"):
        await word(pool, known, "", "размытая картинка", styles=(HORN,), models=TranslationModels())
    kept = await word(pool, known, KAZAKH, keep_language=True, models=TranslationModels())
    assert kept == Wording(KAZAKH, "", "kk")


async def test_a_bad_translation_is_not_drawn(pools: Callable[..., FakePool]) -> None:
    def loop(task: Task) -> Any:
        hypothesis = TranslationHypothesis(" ".join(["horse"] * 60), -0.1, ())
        return tuple(SentenceTranslation((hypothesis,)) for _ in task.payload.sentences)

    with pytest.raises(FailedPrecondition, match="toy could not translate it from kk into en"):
        await word(pools(loop), ("en",), KAZAKH)


async def test_nothing_to_tell_a_language_by(pool: FakePool) -> None:
    assert await word(pool, ("en",), "🐎 2") == Wording("🐎 2", "", None)
    alone = await word(pool, ("ru",), "", styles=(HORN, STYLES["qos_muiz"]))
    assert alone.prompt == f"{HORN.prompt.ru}, {STYLES['qos_muiz'].prompt.ru}"
    # Of a model that does not say what it reads nothing is assumed.
    assert (await word(pool, (), KAZAKH)).prompt == KAZAKH
    assert not pool.tasks


async def test_what_the_model_reads_is_bounded(pool: FakePool) -> None:
    with pytest.raises(InvalidArgument, match="with the styles' words") as caught:
        await word(pool, ("kk",), "а" * 3_990, language="kk", styles=(HORN,))
    assert caught.value.field == "prompt"


def test_texts_and_styles() -> None:
    check_texts("a\tyurt\nat night", "", [])
    check_texts("", "", ["x"])
    with pytest.raises(InvalidArgument, match=r"U\+0085"):
        check_texts("a\x85", "", [])
    with pytest.raises(NotFound, match="ListStyles"):
        chosen_styles(["no"], STYLES)
    assert chosen_styles(["qos_muiz"], STYLES)[0].identifier == "qos_muiz"
