"""The translation engine on a model made by hand (``tests.tiny_translation``), alone and in a pool.

Trained checkpoints of each family: ``tests/nemo/test_translation_families.py``.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ctranslate2
import pytest

from foundation.errors import Cancelled, FailedPrecondition, InvalidArgument
from foundation.languages import LANGUAGES, Language
from foundation.translation import SentenceTranslation, TranslationRequest
from models.catalogue import Catalogue
from models.engines import open_engine
from models.engines.base import CallContext, EngineOptions
from models.engines.ctranslate2_translation import CTranslate2Engine
from models.loading import make_loader
from models.store import ModelStore
from streaming.translation import Search, TranslationModels, translate_sentences
from tests.tiny_translation import FILES, POSITIONS, SETTINGS, tiny_card, word_for_word, write_model
from workers.in_process import InProcessPool, PoolConfig
from workers.interface import Priority, Task

OPTIONS = EngineOptions(languages=LANGUAGES, settings=SETTINGS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("tiny-translation"))


@pytest.fixture(scope="module")
def engine(folder: Path) -> CTranslate2Engine:
    opened = open_engine("ctranslate2-translation", folder, OPTIONS)
    assert isinstance(opened, CTranslate2Engine)
    return opened


def ask(
    engine: CTranslate2Engine,
    *sentences: str,
    source: Language = "kk",
    target: Language = "ru",
    **changes: Any,
) -> tuple[SentenceTranslation, ...]:
    request = TranslationRequest(sentences, source, target, **changes)
    return engine.translate(request, CallContext())


def texts(results: Sequence[SentenceTranslation]) -> list[str]:
    return [result.best.text for result in results]


@pytest.mark.parametrize("beam_size", [1, 4])
@pytest.mark.parametrize(("source", "target"), [("kk", "ru"), ("ru", "en"), ("en", "kk")])
def test_each_direction(
    engine: CTranslate2Engine, source: Language, target: Language, beam_size: int
) -> None:
    sentence = word_for_word("мен үлкен үй көремін", source)
    (result,) = ask(engine, sentence, source=source, target=target, beam_size=beam_size)
    assert result.best.text == word_for_word(sentence, target)
    assert -0.2 < result.best.score <= 0
    assert not result.cut


def test_scores_are_the_mean_log_probability_of_what_was_not_given(
    engine: CTranslate2Engine, folder: Path
) -> None:
    exact = open_engine(
        "ctranslate2-translation",
        folder,
        EngineOptions(languages=LANGUAGES, settings=SETTINGS, compute_type="float32"),
    )
    assert isinstance(exact, CTranslate2Engine)
    translator = ctranslate2.Translator(str(folder), compute_type="float32")
    source = ["__kk__", "▁мен", "▁үй", "▁көремін", "</s>"]
    target = ["__ru__", "▁я", "▁дом", "▁вижу"]
    scored = translator.score_batch([source], [target])[0].log_probs
    for beam_size in (1, 4):
        (result,) = ask(exact, "мен үй көремін", beam_size=beam_size)
        assert result.best.score == pytest.approx(sum(scored[1:]) / 4, abs=1e-4)
        (result,) = ask(exact, "мен үй көремін", beam_size=beam_size, prefixes=("я",))
        assert result.best.score == pytest.approx(sum(scored[2:]) / 3, abs=1e-4)


def test_alternatives_are_distinct_and_the_likeliest_is_first(engine: CTranslate2Engine) -> None:
    (result,) = ask(engine, "мен үй көремін", alternatives=3)
    assert [one.text for one in result.hypotheses][:2] == ["я дом вижу", "я здание вижу"]
    scores = [one.score for one in result.hypotheses]
    assert scores == sorted(scores, reverse=True)
    assert len({one.text for one in result.hypotheses}) == len(result.hypotheses)


def test_a_prefix_is_kept_whatever_the_model_would_say(engine: CTranslate2Engine) -> None:
    prefixes = ("я", "вода  хорошо", "", "Қанат")
    results = ask(engine, *["мен үлкен үй"] * 4, prefixes=prefixes)
    assert texts(results) == [
        "я большой дом",
        "вода хорошо дом",
        "я большой дом",
        "Қанат большой дом",
    ]
    assert texts(ask(engine, "мен", prefixes=("вода",))) == ["вода"]
    (long,) = ask(engine, "мен", prefixes=(" ".join(["дом"] * 100),))
    assert long.best.text == " ".join(["дом"] * 100)
    assert long.cut


def test_words_are_aligned(engine: CTranslate2Engine) -> None:
    (result, marked) = ask(engine, "мен үлкен үй көремін", "мен \u200b су", alignment=True)
    assert result.best.alignment == (0, 1, 2, 3)
    assert (marked.best.text, marked.best.alignment) == ("я вода", (0, 2))
    (prefixed,) = ask(engine, "мен үлкен үй", alignment=True, prefixes=("я",))
    assert prefixed.best.alignment == (0, 1, 2)
    (unasked,) = ask(engine, "мен үй")
    assert unasked.best.alignment == ()


def test_words_that_the_model_does_not_know_are_carried_over(engine: CTranslate2Engine) -> None:
    assert texts(ask(engine, "мен Қанат көремін")) == ["я Қанат вижу"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        (" \t\u200b\u200f ", ""),
        ("…", "…"),
        ("мен\ud800 \udfffсу", "я вода"),
        ("м\u00adен \x00су\x07", "я вода"),
        ("\u202bмен су\u202c\ufeff", "я вода"),
        ("</s> су", "</s> вода"),
        ("__en__ су", "__en__ вода"),
    ],
)
def test_odd_text_does_no_harm(engine: CTranslate2Engine, text: str, expected: str) -> None:
    (result,) = ask(engine, text, alignment=True)
    assert result.best.text == expected
    if not expected:
        assert result.best.score == 0


def test_nothing_said_still_begins_with_its_prefix(engine: CTranslate2Engine) -> None:
    assert texts(ask(engine, "", "…", "…", prefixes=("я", "я", "…"))) == ["я", "я", "…"]


def test_a_sentence_longer_than_the_model_reads_is_cut_and_said_to_be(
    engine: CTranslate2Engine,
) -> None:
    assert engine.capabilities.max_sentence_tokens == POSITIONS - 2
    fits, cut = ask(engine, " ".join(["үй су"] * 30), " ".join(["үй су"] * 40))
    assert not fits.cut
    assert fits.best.text == " ".join(["дом вода"] * 30)
    assert cut.cut
    assert cut.best.text.startswith(" ".join(["дом вода"] * 30))


@pytest.mark.parametrize("beam_size", [1, 4])
def test_loops_are_broken(engine: CTranslate2Engine, beam_size: int) -> None:
    """The model would say one word until its positions are used up."""
    results = ask(engine, "мен тағы нан", "мен нан", beam_size=beam_size)
    assert texts(results)[0].split()[:2] == ["я", "ещё"]
    assert texts(results)[0].count("ещё") <= 4
    assert texts(results)[1] == "я хлеб"


def test_a_batch_gives_what_each_sentence_gives_alone(engine: CTranslate2Engine) -> None:
    sentences = ["мен үй", "су", "", "мен тағы нан", "жақсы " * 50, "мен үлкен кітап көремін"]
    alone = [ask(engine, sentence, alternatives=2)[0] for sentence in sentences]
    together = ask(engine, *sentences * 8, alternatives=2)
    assert [one.best.text for one in together] == texts(alone) * 8
    requests = [
        TranslationRequest(tuple(sentences), "kk", "ru"),
        TranslationRequest(("big house",), "en", "kk"),
        TranslationRequest((), "kk", "en"),
        TranslationRequest(("книга",), "ru", "en"),
    ]
    found = engine.translate_batch(requests, [CallContext() for _ in requests])
    assert [texts(results) for results in found] == [
        texts(alone),
        ["үлкен үй"],
        [],
        ["book"],
    ]


def test_pairs_come_from_the_card(folder: Path) -> None:
    options = EngineOptions(languages=LANGUAGES, pairs=(("kk", "ru"),), settings=SETTINGS)
    engine = open_engine("ctranslate2-translation", folder, options)
    assert isinstance(engine, CTranslate2Engine)
    assert engine.capabilities.pairs == (("kk", "ru"),)
    assert engine.capabilities.placeholders == "percent"
    assert texts(ask(engine, "су")) == ["вода"]
    with pytest.raises(InvalidArgument, match=r"target: ru-kk is not one of kk-ru"):
        ask(engine, "вода", source="ru", target="kk")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, r"settings\.family"),
        (
            {"family": "nllb"},
            "kk-ru needs the token 'kaz_Cyrl', which the model's vocab",
        ),
        ({"family": "m2m100", "codes": {"ru": "xx"}}, "kk-ru needs the token '__xx__'"),
    ],
)
def test_a_card_that_does_not_fit_its_model_is_refused(
    folder: Path, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(FailedPrecondition, match=message):
        CTranslate2Engine.open(folder, EngineOptions(languages=LANGUAGES, settings=settings))


def test_a_folder_that_is_no_model_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(FailedPrecondition, match=r"config\.json cannot be read"):
        CTranslate2Engine.open(tmp_path, OPTIONS)
    with pytest.raises(FailedPrecondition, match="names no pair"):
        CTranslate2Engine.open(folder, EngineOptions(settings=SETTINGS))
    for name in FILES:
        shutil.copyfile(folder / name, tmp_path / name)
    (tmp_path / "model.bin").write_bytes(b"nonsense")
    with pytest.raises(FailedPrecondition, match="cannot load a translator"):
        CTranslate2Engine.open(tmp_path, OPTIONS)
    (tmp_path / "shared_vocabulary.json").unlink()
    with pytest.raises(FailedPrecondition, match="holds no vocabulary"):
        CTranslate2Engine.open(tmp_path, OPTIONS)


def test_memory_is_that_of_the_type_computed_in(folder: Path, engine: CTranslate2Engine) -> None:
    size = (folder / "model.bin").stat().st_size
    assert json.loads((folder / "config.json").read_text())["quantization"] == "float32"
    assert engine.memory_bytes() == pytest.approx(size / 4, abs=1)


def test_a_prompt_is_read_with_the_text_and_aligned_to_nothing(folder: Path) -> None:
    settings = {**SETTINGS, "prompt": "жақсы {sentence}"}
    options = EngineOptions(languages=LANGUAGES, settings=settings)
    engine = CTranslate2Engine.open(folder, options)
    (result,) = ask(engine, "мен су", alignment=True)
    assert result.best.text == "хорошо я вода"
    assert result.best.alignment[1:] == (0, 1)
    with pytest.raises(FailedPrecondition, match="needs the token '▁<2ru>'"):
        settings["prompt"] = "<2{target}> {sentence}"
        CTranslate2Engine.open(folder, EngineOptions(languages=LANGUAGES, settings=settings))


class Watched:
    """A translator that tells of each call and waits to be let on."""

    def __init__(self, translator: Any, on_call: Any) -> None:
        self._translator = translator
        self._on_call = on_call
        self.calls = 0

    def translate_batch(self, *arguments: Any, **options: Any) -> Any:
        self.calls += 1
        self._on_call()
        return self._translator.translate_batch(*arguments, **options)


def test_a_cancelled_request_stops_between_two_chunks(
    engine: CTranslate2Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled = threading.Event()
    watched = Watched(engine._translator, cancelled.set)
    monkeypatch.setattr(engine, "_translator", watched)
    request = TranslationRequest(tuple(["су " * 40] * 100), "kk", "ru")
    with pytest.raises(Cancelled):
        engine.translate(request, CallContext(cancelled=cancelled))
    assert watched.calls == 1


async def test_sentences_through_the_pool_and_a_pivot(folder: Path, tmp_path: Path) -> None:
    for pair in (("kk", "ru"), ("ru", "en")):
        shutil.copytree(folder, tmp_path / "mirror" / "-".join(pair))
    cards = tuple(
        tiny_card(id="-".join(pair), languages=pair, pairs=(pair,))
        for pair in (("kk", "ru"), ("ru", "en"))
    )
    store = ModelStore(tmp_path / "store", tmp_path / "mirror", Catalogue(cards))
    for card in cards:
        store.pull(card.id)
    models = TranslationModels({("kk", "ru"): "kk-ru", ("ru", "en"): "ru-en"})
    async with InProcessPool(make_loader(store, EngineOptions(workers=2)), PoolConfig(2)) as pool:
        results = await asyncio.gather(
            *(
                translate_sentences(
                    pool,
                    models.route("kk", "en"),
                    ("мен үй көремін", f"су {number}"),
                    Search(priority=Priority.BATCH),
                )
                for number in range(20)
            )
        )
        capabilities = await pool.call(Task("kk-ru", "capabilities", None))
    assert [texts(result) for result in results] == [
        ["i house see", f"water {number}"] for number in range(20)
    ]
    assert capabilities.pairs == (("kk", "ru"),)
