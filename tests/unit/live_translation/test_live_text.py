"""Live translation of plain text."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from streaming.live_translation import LiveTextTranslator, TextUpdate
from tests.toy_translator import CAPABILITIES, answer
from tests.unit.live_translation.scripts import MODELS, asked
from workers.testing import FakePool


async def translate(
    pieces: Sequence[tuple[str, str, bool]], *, finalize: bool = False
) -> tuple[list[TextUpdate], FakePool]:
    """The updates of pieces: committed, tentative, endpoint."""
    pool = FakePool(answer, capabilities=CAPABILITIES)
    translator = LiveTextTranslator(pool, MODELS, "en", "kk", "test")
    updates: list[TextUpdate] = []
    async with asyncio.TaskGroup() as group:
        group.create_task(translator.run(updates.append))
        for committed, tentative, endpoint in pieces:
            await translator.push(committed, tentative, endpoint=endpoint)
        if finalize:
            translator.finalize()
        translator.close()
    await pool.aclose()
    return updates, pool


async def test_pieces_may_end_inside_a_word() -> None:
    updates, pool = await translate(
        [("sal", "em", False), ("em do", "", False), ("star.", "", True)]
    )
    assert "".join(update.committed for update in updates) == "салем достар."
    assert asked(pool)[-1] == ("salem dostar.",)
    assert updates[-1].source_position == len("salem dostar.")


async def test_committed_text_carries_its_spaces_and_its_place_in_the_source() -> None:
    updates, _ = await translate([("salem  dostar. ", "", True), ("qala salem. ", "", True)])
    committed = [update for update in updates if update.committed]
    assert [update.committed for update in committed] == ["салем достар.", " қала салем."]
    assert [update.source_position for update in committed] == [15, 27]


async def test_finalize_is_answered_once_after_all_that_was_sent() -> None:
    updates, _ = await translate([("salem dos", "tar", False)], finalize=True)
    assert [update.finalized for update in updates].count(True) == 1
    last = updates[-1]
    assert last.finalized
    assert "".join(update.committed for update in updates) == "салем дос"
    assert last.source_position == len("salem dos")
    nothing, _ = await translate([], finalize=True)
    assert nothing == [TextUpdate("", "", 0, endpoint=True, finalized=True)]


async def test_the_end_of_the_text_commits_it() -> None:
    updates, _ = await translate([("salem dos", "", False)])
    assert "".join(update.committed for update in updates) == "салем дос"
