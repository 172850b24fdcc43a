"""Live translation by a small model in CTranslate2's format (``tests.tiny_translation``)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from foundation.translation import ALL_PAIRS
from models.catalogue import Catalogue
from models.engines.base import EngineOptions
from models.loading import make_loader
from models.store import ModelStore
from streaming.live_translation import (
    LiveTextTranslator,
    LiveTranslationConfig,
    TextUpdate,
    load_route,
)
from streaming.translation import TranslationModels
from tests.tiny_translation import tiny_card, word_for_word, write_model
from workers.in_process import InProcessPool, PoolConfig
from workers.interface import Task

SPOKEN = "мен үлкен үй көремін мен жақсы кітап көремін мен кіші нан көремін"


class Watched(InProcessPool):
    """Tells what was translated last."""

    last = ""

    def __init__(self, store: ModelStore) -> None:
        super().__init__(make_loader(store, EngineOptions(workers=1)), PoolConfig(1))
        self.answered = asyncio.Event()

    async def call(self, task: Task) -> Any:
        result = await super().call(task)
        if task.method == "translate":
            self.last = task.payload.sentences[-1]
            self.answered.set()
        return result

    async def until_translated(self, ending: str) -> None:
        while not self.last.endswith(ending):
            self.answered.clear()
            await self.answered.wait()


async def test_committed_prefixes_are_kept_by_a_real_decoder(tmp_path: Path) -> None:
    write_model(tmp_path / "mirror" / "tiny-translation")
    store = ModelStore(tmp_path / "store", tmp_path / "mirror", Catalogue((tiny_card(),)))
    store.pull("tiny-translation")
    models = TranslationModels(dict.fromkeys(ALL_PAIRS, "tiny-translation"))
    # No marks to cut at: what is stable is committed after a few words, under a forced prefix.
    config = LiveTranslationConfig(patient_words=3)
    spoken = SPOKEN.split()
    updates: list[TextUpdate] = []
    pool = Watched(store)
    async with pool:
        await load_route(pool, models.route("kk", "ru"))
        translator = LiveTextTranslator(pool, models, "kk", "ru", "test", config)
        async with asyncio.TaskGroup() as group:
            group.create_task(translator.run(updates.append))
            for place, word in enumerate(spoken):
                following = " ".join(spoken[place + 1 : place + 3])
                await translator.push(f"{word} ", following)
                await pool.until_translated(following or word)
            translator.close()
    assert "".join(update.committed for update in updates) == word_for_word(SPOKEN, "ru")
    assert sum(bool(update.committed) for update in updates) > 2
    assert any(update.tentative for update in updates)
