"""Live recognition through the pool: windows of offline models, streams of cache-aware ones."""

from __future__ import annotations

import asyncio
import difflib
import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from foundation.errors import Internal, InvalidArgument, NotFound
from foundation.languages import LANGUAGES
from foundation.speech import SAMPLE_RATE, Samples
from models.catalogue import ModelFile
from models.engines.base import EngineOptions
from models.loading import make_loader
from streaming.events import Finalize, Hypothesis
from streaming.recognition import (
    LiveRecognizerConfig,
    OfflineConfig,
    SpeechRecognizer,
    transcribe,
)
from tests.nemo.engines import chunks, feed, fresh_engine, pause, text, words
from tests.unit.models.store_fixtures import card, store_of
from workers.in_process import InProcessPool, PoolConfig
from workers.interface import Task

if TYPE_CHECKING:
    from tests.nemo.tiny_models import TinyModels


def pool_of(folder: Path, **settings: Any) -> InProcessPool:
    return InProcessPool(lambda model: fresh_engine(folder, **settings), PoolConfig(workers=2))


def programme(tiny: TinyModels, order: list[int], apart: float = 1.2) -> tuple[Samples, str]:
    """Sentences with pauses of so many seconds between them."""
    sentences = [tiny.sentences[number] for number in order]
    pieces = [pause(0.6)]
    for sentence in sentences:
        pieces += [tiny.samples(sentence), pause(apart)]
    return np.concatenate(pieces), " ".join(sentence.text for sentence in sentences)


async def live(pool: Any, samples: Samples, *, finalize_at: int | None = None) -> list[Hypothesis]:
    items = chunks(samples)
    if finalize_at is not None:
        items.insert(finalize_at // 1600, Finalize())
    told: list[Hypothesis] = []
    recognizer = SpeechRecognizer(pool, LiveRecognizerConfig("tiny", LANGUAGES), "test")
    await recognizer.run(feed(items, recognizer), told.append)
    return told


@pytest.mark.parametrize(
    ("folder", "settings"),
    [
        ("offline", {}),
        ("offline", {"decoder": "ctc"}),
        ("tdt", {}),
        ("ctc", {}),
        ("streaming", {}),
        ("streaming", {"context": (16, 1)}),
        ("streaming", {"decoder": "ctc"}),
    ],
    ids=lambda value: str(value),
)
async def test_live_text_is_offline_text(
    tiny: TinyModels, folder: str, settings: dict[str, Any]
) -> None:
    samples, spoken = programme(tiny, [0, 3, 6, 1, 4, 7, 2, 5])
    async with pool_of(tiny.folder(folder), **settings) as pool:
        told = await live(pool, samples)
        offline = await transcribe(pool, samples, OfflineConfig("tiny", LANGUAGES))
    assert " ".join(utterance.text for utterance in offline) == spoken
    assert text(told) == spoken
    times = [time for word in words(told) for time in (word.start, word.end)]
    assert times == sorted(times)
    assert sum(h.endpoint for h in told) == 8
    languages = [h.language for h in told if h.endpoint]
    assert languages == [tiny.sentences[n].language for n in (0, 3, 6, 1, 4, 7, 2, 5)]
    assert any(h.tentative for h in told)


@pytest.mark.parametrize("folder", ["offline", "streaming"])
async def test_words_come_before_the_end_of_long_speech(tiny: TinyModels, folder: str) -> None:
    """Sentences without a pause between them: one long utterance.

    A tiny model may miss a word where one sentence runs into the next; a stream misses the same one
    as the window does.
    """
    said = [tiny.sentences[n] for n in (0, 1, 2) * 4]
    samples = np.concatenate(
        [pause(0.6), *[tiny.samples(sentence) for sentence in said], pause(1.2)]
    )
    async with pool_of(tiny.folder(folder)) as pool:
        told = await live(pool, samples)
        offline = await transcribe(pool, samples, OfflineConfig("tiny", LANGUAGES))
    spoken = [word for sentence in said for word in sentence.text.split()]
    heard = text(told).split()
    assert difflib.SequenceMatcher(None, heard, spoken, autojunk=False).ratio() > 0.97
    if folder == "streaming":
        assert heard == " ".join(utterance.text for utterance in offline).split()
    assert sum(bool(h.committed) for h in told) > 8


@pytest.mark.parametrize("folder", ["offline", "streaming"])
async def test_finalize_between_sentences_is_answered(tiny: TinyModels, folder: str) -> None:
    samples, spoken = programme(tiny, [0, 3])
    first = tiny.samples(tiny.sentences[0]).size
    async with pool_of(tiny.folder(folder)) as pool:
        told = await live(pool, samples, finalize_at=first + round(0.8 * SAMPLE_RATE))
    assert text(told) == spoken
    assert sum(h.finalized for h in told) == 1


class Faulty:
    """A pool whose streams fail now and then, before or after the engine took the step."""

    def __init__(self, pool: InProcessPool, error: Exception, after: bool) -> None:
        self._pool, self._error, self._after = pool, error, after
        self.steps = self.failures = 0

    async def call(self, task: Task) -> Any:
        if task.method != "step_stream":
            return await self._pool.call(task)
        self.steps += 1
        fails = self.steps % 7 == 6
        self.failures += fails
        if fails and not self._after:
            raise self._error
        answer = await self._pool.call(task)
        if fails:
            raise self._error
        return answer


@pytest.mark.parametrize("error", [NotFound("gone"), Internal("a fault")], ids=lambda e: str(e))
@pytest.mark.parametrize("after", [False, True])
async def test_lost_streams_lose_no_word(tiny: TinyModels, error: Exception, after: bool) -> None:
    samples, spoken = programme(tiny, [0, 3, 6, 1, 4, 7, 2, 5])
    async with pool_of(tiny.folder("streaming")) as pool:
        faulty = Faulty(pool, error, after)
        told = await live(faulty, samples)
    assert faulty.failures > 5
    assert text(told) == spoken


async def test_a_model_loaded_anew_loses_no_word(tiny: TinyModels) -> None:
    samples, spoken = programme(tiny, [0, 3, 6, 1])
    async with pool_of(tiny.folder("streaming")) as pool:
        told: list[Hypothesis] = []
        recognizer = SpeechRecognizer(pool, LiveRecognizerConfig("tiny", LANGUAGES), "test")

        async def evicting() -> Any:
            count = 0
            async for item in feed(chunks(samples), recognizer):
                count += 1
                if count % 30 == 0:
                    pool._residency._residents.clear()
                yield item

        await recognizer.run(evicting(), told.append)
    assert text(told) == spoken


async def test_two_sessions_at_once_hear_their_own(tiny: TinyModels) -> None:
    (first, first_text), (second, second_text) = (
        programme(tiny, [0, 3, 6, 1]),
        programme(tiny, [4, 7, 2, 5]),
    )
    async with pool_of(tiny.folder("streaming")) as pool:
        told = await asyncio.gather(live(pool, first), live(pool, second))
    assert [text(one) for one in told] == [first_text, second_text]


async def test_from_the_catalogue_to_words(tiny: TinyModels, tmp_path: Path) -> None:
    """A pinned card, its file verified by the store, the engine with the card's settings."""
    source = tiny.folder("offline") / "offline.nemo"
    (tmp_path / "mirror" / "tiny").mkdir(parents=True)
    shutil.copy(source, tmp_path / "mirror" / "tiny")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    model = card(
        starter=True,
        engine="nemo",
        languages=("kk", "ru"),
        settings={"decoder": "ctc"},
        files=(ModelFile(source.name, digest, source.stat().st_size),),
    )
    store = store_of(tmp_path, model, tmp_path / "mirror")
    samples, spoken = programme(tiny, [0, 3], apart=3)
    async with InProcessPool(make_loader(store, EngineOptions(workers=2)), PoolConfig(2)) as pool:
        heard = await transcribe(pool, samples, OfflineConfig("tiny", ("kk", "ru")))
        with pytest.raises(InvalidArgument, match="languages"):
            await transcribe(pool, samples, OfflineConfig("tiny", ("en",)))
    assert " ".join(utterance.text for utterance in heard) == spoken
    assert [utterance.language for utterance in heard] == ["kk", "ru"]
