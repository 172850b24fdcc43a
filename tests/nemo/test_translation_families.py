"""Checkpoints of each family: pulled from a hub, converted, and run by the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from foundation.errors import Cancelled, DeadlineExceeded, FailedPrecondition, InvalidArgument
from foundation.translation import (
    Pair,
    SentenceTranslation,
    TranslationRequest,
)
from models.catalogue import Catalogue, ConversionSource, ModelFile
from models.engines.base import CallContext, EngineOptions
from models.engines.ctranslate2_translation import CTranslate2Engine
from models.loading import make_loader
from models.store import ModelStore
from tests.tiny_translation import tiny_card
from tests.unit.models.hub_stand_in import HubState, serve_hub
from workers.in_process import InProcessPool, PoolConfig
from workers.interface import Priority, Task

pytest.importorskip("torch", reason="needs torch: make test-nemo")
pytest.importorskip("transformers", reason="needs torch: make test-nemo")

from tests.nemo.tiny_translators import families
from tests.nemo.translator_families import FAMILIES, Family, sentences, word_parts

BEAM = 4
SETTINGS = {"patience": 2}
"""The tiny vocabularies offer so little else that a beam fills with stumps before the sentence has
ended."""

EXACT = EngineOptions(compute_type="float32")
"""Models as narrow as these lose much by int8: see ``test_in_int8``."""


@dataclass(frozen=True, slots=True)
class Pulled:
    family: Family
    store: ModelStore
    engine: CTranslate2Engine


@pytest.fixture(scope="module")
def checkpoints() -> Path:
    return families()


@pytest.fixture(scope="module", params=FAMILIES, ids=lambda family: str(family.name))
def pulled(
    request: pytest.FixtureRequest, checkpoints: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pulled]:
    family: Family = request.param
    files = {path.name: path.read_bytes() for path in (checkpoints / family.name).iterdir()}
    source = ConversionSource("someone/translator", tuple(map(ModelFile, files)))
    card = tiny_card(
        id=family.name,
        pairs=family.pairs,
        settings={**family.settings, **SETTINGS},
        sources=(source,),
        files=tuple(
            map(ModelFile, ("model.bin", "config.json", "shared_vocabulary.json", *family.files))
        ),
    )
    store = ModelStore(tmp_path_factory.mktemp(family.name), None, Catalogue((card,)))
    with serve_hub(HubState(files)) as state, pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_ENDPOINT", state.url)
        folder = store.pull(family.name)
    assert sorted(path.name for path in folder.iterdir()) == sorted(card.names)
    engine = make_loader(store, EXACT)(family.name)
    assert isinstance(engine, CTranslate2Engine)
    yield Pulled(family, store, engine)
    engine.close()


def ask(
    engine: CTranslate2Engine, texts: list[str], pair: Pair, **changes: Any
) -> tuple[SentenceTranslation, ...]:
    changes.setdefault("beam_size", BEAM)
    return engine.translate(TranslationRequest(tuple(texts), *pair, **changes), CallContext())


def said(results: tuple[SentenceTranslation, ...]) -> list[str]:
    return [result.best.text for result in results]


@pytest.mark.parametrize("greedy", [True, False])
def test_every_sentence_is_translated_in_every_direction(pulled: Pulled, greedy: bool) -> None:
    assert set(pulled.engine.capabilities.pairs) == set(pulled.family.pairs)
    for pair in pulled.family.pairs:
        source, target = ([sentence[code] for sentence in sentences()] for code in pair)
        results = ask(pulled.engine, source, pair, beam_size=1 if greedy else BEAM)
        assert said(results) == target
        assert not any(result.cut for result in results)
        assert all(-0.1 < result.best.score <= 0 for result in results)


def test_in_int8(pulled: Pulled) -> None:
    engine = make_loader(pulled.store, EngineOptions())(pulled.family.name)
    assert isinstance(engine, CTranslate2Engine)
    assert engine.memory_bytes() < pulled.engine.memory_bytes()
    for pair in pulled.family.pairs:
        source, target = ([sentence[code] for sentence in sentences()] for code in pair)
        assert said(ask(engine, source, pair, beam_size=1)) == target


def test_directions_share_a_batch(pulled: Pulled) -> None:
    pairs = pulled.family.pairs
    requests = [
        TranslationRequest((sentences()[n][source],), source, target, beam_size=BEAM)
        for n, (source, target) in enumerate(pairs * 2)
    ]
    found = pulled.engine.translate_batch(requests, [CallContext() for _ in requests])
    expected = [sentences()[n][target] for n, (_, target) in enumerate(pairs * 2)]
    assert [result[0].best.text for result in found] == expected
    for request, result in zip(requests, found, strict=True):
        (alone,) = pulled.engine.translate(request, CallContext())
        assert result[0].best.text == alone.best.text
        assert result[0].best.score == pytest.approx(alone.best.score, abs=1e-3)


def test_a_prefix_against_the_model_is_kept_and_gone_on_from(pulled: Pulled) -> None:
    for pair in pulled.family.pairs:
        one, other = sentences()[0], sentences()[-1]
        start = other[pair[1]].split()
        for words in range(1, len(start)):
            prefix = " ".join(start[:words])
            (result,) = ask(pulled.engine, [one[pair[0]]], pair, prefixes=(prefix,))
            assert result.best.text.split()[:words] == start[:words], result
    pair = pulled.family.pairs[0]
    own = sentences()[0][pair[1]]
    (result,) = ask(pulled.engine, [sentences()[0][pair[0]]], pair, prefixes=(own[:2],))
    assert result.best.text.startswith(own[:2])
    assert not result.best.text[2:3].isalnum(), "gone on from inside the word"
    (result,) = ask(
        pulled.engine, [sentences()[0][pair[0]]], pair, prefixes=(own.split()[0],), beam_size=1
    )
    assert result.best.text == own


def test_alternatives_come_by_score(pulled: Pulled) -> None:
    pair = pulled.family.pairs[0]
    (result,) = ask(pulled.engine, [sentences()[5][pair[0]]], pair, alternatives=BEAM)
    assert result.best.text == sentences()[5][pair[1]]
    scores = [one.score for one in result.hypotheses]
    assert len(scores) > 1
    assert scores == sorted(scores, reverse=True)
    assert len({one.text for one in result.hypotheses}) == len(scores)


def test_words_that_change_places_are_aligned(pulled: Pulled) -> None:
    """Articles have no counterpart: of each part of a sentence one word must be found."""
    right = total = 0
    for pair in pulled.family.pairs:
        source, target = map(word_parts, pair)
        texts = [sentence[pair[0]] for sentence in sentences()]
        for result in ask(pulled.engine, texts, pair, alignment=True, beam_size=BEAM):
            assert len(result.best.alignment) == len(target)
            for part in range(3):
                total += 1
                right += any(
                    source[place] == part
                    for place, own in zip(result.best.alignment, target, strict=True)
                    if own == part
                )
    assert right / total >= 0.9, f"{right} of {total}"


def test_long_text_is_cut_and_said_to_be(pulled: Pulled) -> None:
    pair = pulled.family.pairs[0]
    limit = pulled.engine.capabilities.max_sentence_tokens
    (result,) = ask(pulled.engine, [" ".join([sentences()[0][pair[0]]] * limit)[:4000]], pair)
    assert result.cut
    assert result.best.text


def test_nonsense_neither_crashes_nor_runs_away(pulled: Pulled) -> None:
    pair = pulled.family.pairs[0]
    texts = ["", " ", "😀 漢字 ☃", "\ud800", "ааааа " * 10, "</s> </s>", "x" * 50, "1234567890" * 3]
    results = ask(pulled.engine, texts, pair)
    assert said(results)[:2] == ["", ""]
    assert said(results)[3] == ""
    limit = pulled.engine.capabilities.max_sentence_tokens
    for text, result in zip(texts, results, strict=True):
        assert len(result.best.text.split()) <= 3 * len(text) + limit
        longest = max((result.best.text.count(w) for w in result.best.text.split()), default=0)
        assert longest <= 25


async def test_through_the_pool(pulled: Pulled) -> None:
    loader = make_loader(pulled.store, replace(EXACT, workers=2))
    name = pulled.family.name
    async with InProcessPool(loader, PoolConfig(2)) as pool:
        pairs = pulled.family.pairs
        tasks = [
            Task(
                name,
                "translate",
                TranslationRequest((sentence[pair[0]],), *pair, beam_size=BEAM),
                priority=Priority.BATCH,
            )
            for sentence in sentences()
            for pair in pairs
        ]
        results = await asyncio.gather(*map(pool.call, tasks))
        expected = [sentence[pair[1]] for sentence in sentences() for pair in pairs]
        assert [result[0].best.text for result in results] == expected
        unserved = TranslationRequest(("x",), "ru", "ru")
        with pytest.raises(InvalidArgument, match="ru-ru is not one of"):
            await pool.call(Task(name, "translate", unserved))
        long = TranslationRequest(tuple([sentences()[0][pairs[0][0]] * 3] * 256), *pairs[0])
        with pytest.raises(DeadlineExceeded):
            await pool.call(Task(name, "translate", long, timeout=0.05))
    context = CallContext()
    context.cancelled.set()
    with pytest.raises(Cancelled):
        pulled.engine.translate(long, context)


def test_a_card_of_another_family_is_refused(pulled: Pulled) -> None:
    other = "nllb" if pulled.family.name == "m2m100" else "m2m100"
    options = EngineOptions(pairs=pulled.family.pairs, settings={"family": other})
    with pytest.raises(FailedPrecondition, match=r"needs the token|holds no tokenizer"):
        CTranslate2Engine.open(pulled.store.path(pulled.family.name), options)
