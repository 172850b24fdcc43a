"""Live translation by a small model in CTranslate2's format (``tests.tiny_translation``)."""

from __future__ import annotations

import asyncio
from pathlib import Path

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

SPOKEN = "мен үлкен үй көремін мен жақсы кітап көремін мен кіші нан көремін"


async def test_committed_prefixes_are_kept_by_a_real_decoder(tmp_path: Path) -> None:
    write_model(tmp_path / "mirror" / "tiny-translation")
    store = ModelStore(tmp_path / "store", tmp_path / "mirror", Catalogue((tiny_card(),)))
    store.pull("tiny-translation")
    models = TranslationModels(dict.fromkeys(ALL_PAIRS, "tiny-translation"))
    # No marks to cut at: what is stable is committed after a few words, under a forced prefix.
    config = LiveTranslationConfig(patient_words=3, masked_words=0)
    spoken = SPOKEN.split()
    updates: list[TextUpdate] = []
    async with InProcessPool(make_loader(store, EngineOptions(workers=1)), PoolConfig(1)) as pool:
        await load_route(pool, models.route("kk", "ru"))
        translator = LiveTextTranslator(pool, models, "kk", "ru", "test", config)
        told = asyncio.Event()

        def tell(update: TextUpdate) -> None:
            updates.append(update)
            told.set()

        def shown() -> int:
            """Words on the screen."""
            text = "".join(update.committed for update in updates)
            return len((text + updates[-1].tentative).split()) if updates else 0

        async with asyncio.TaskGroup() as group:
            group.create_task(translator.run(tell))
            for place, word in enumerate(spoken):
                await translator.push(f"{word} ", " ".join(spoken[place + 1 : place + 3]))
                while shown() < min(place + 3, len(spoken)):
                    told.clear()
                    await told.wait()
            translator.close()
    assert "".join(update.committed for update in updates) == word_for_word(SPOKEN, "ru")
    assert sum(bool(update.committed) for update in updates) > 2
    assert any(update.tentative for update in updates)
