from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from foundation.errors import InvalidArgument
from services.storage import Database, migrate
from services.storage.tables import translation_memory_block as blocks
from services.translation.memory import MemoryEntry, TranslationMemory
from streaming.translation.memory import MemoryLookup, MemoryMatch


def entry(source: str, target: str, **more: Any) -> MemoryEntry:
    return MemoryEntry("kk", "ru", source, target, **more)


@pytest.fixture
def memory(database: Database) -> TranslationMemory:
    return TranslationMemory(database)


async def test_a_stored_sentence_is_found_whatever_its_spaces(memory: TranslationMemory) -> None:
    lookup: MemoryLookup = memory
    (stored,) = await memory.add([entry("Жаңа  мектеп\tашылды.", "Открыта новая школа.")])
    assert stored.name == f"memory/{stored.id}"
    asked = ["Жаңа мектеп ашылды.", " Жаңа\nмектеп ашылды. ", "жаңа мектеп ашылды.", "Ескі мектеп"]
    found = MemoryMatch("Открыта новая школа.")
    assert await lookup.lookup(asked, "kk", "ru") == [found, found, None, None]
    assert await lookup.lookup(asked, "kk", "en") == [None] * 4
    assert await lookup.lookup(asked, "ru", "kk") == [None] * 4
    decomposed = "Жаңа мектеп ашылды. й"
    await memory.add([entry("Жаңа мектеп ашылды. \u0439", "x")])
    assert await lookup.lookup([decomposed.replace("й", "и\u0306")], "kk", "ru") == [
        MemoryMatch("x")
    ]


async def test_the_last_translation_replaces_the_first(memory: TranslationMemory) -> None:
    (first,) = await memory.add([entry("Сәлем", "Привет")])
    (second, third) = await memory.add(
        [entry("Сәлем", "Здравствуй", origin="аудармашы"), entry("Сәлем", "Здравствуйте")]
    )
    assert first.id == second.id == third.id
    assert await memory.lookup(["Сәлем"], "kk", "ru") == [MemoryMatch("Здравствуйте")]
    listed, _ = await memory.list_entries()
    assert [each.target for each in listed] == ["Здравствуйте"]
    await memory.add([MemoryEntry("kk", "en", "Сәлем", "Hello")])
    assert await memory.lookup(["Сәлем"], "kk", "en") == [MemoryMatch("Hello")]
    assert await memory.lookup(["Сәлем"], "kk", "ru") == [MemoryMatch("Здравствуйте")]


async def test_other_numbers_are_put_in_where_that_is_sure(memory: TranslationMemory) -> None:
    await memory.add(
        [
            entry("2024 жылы 15 мектеп салынды.", "В 2024 году построено 15 школ."),
            entry("5 %", "5%"),
        ]
    )
    found = await memory.lookup(
        ["2026 жылы 20 мектеп салынды.", "2026 жылы 21 мектеп салынды.", "7 %", "7"], "kk", "ru"
    )
    assert found == [
        MemoryMatch("В 2026 году построено 20 школ.", adapted=True),
        None,  # 21 школа
        MemoryMatch("7%", adapted=True),
        None,
    ]


async def test_many_sentences_are_asked_for_at_once(memory: TranslationMemory) -> None:
    for first in range(0, 2_000, 1_000):
        await memory.add(
            [entry(f"сөз {n} x{n}", f"слово {n} x{n}") for n in range(first, first + 1000)]
        )
    asked = [f"сөз {number} x{number}" for number in range(2_500)]
    found = await memory.lookup(asked, "kk", "ru")
    assert [match is not None for match in found] == [True] * 2_000 + [False] * 500
    assert await memory.lookup([], "kk", "ru") == []


async def test_sentences_like_it_are_suggested_not_translated(memory: TranslationMemory) -> None:
    await memory.add(
        [
            entry(
                "Үкімет жаңа заң жобасын мақұлдады.", "Правительство одобрило новый законопроект."
            ),
            entry("Бүгін ауа райы жақсы болады.", "Сегодня будет хорошая погода."),
        ]
    )
    asked = ["Үкімет бұл заң жобасын мақұлдады.", "Мүлдем басқа сөйлем", "12 %", "\ud800"]
    assert await memory.lookup(asked, "kk", "ru") == [None] * 4
    near, *others = await memory.suggest(asked, "kk", "ru")
    assert [each.entry.target for each in near] == ["Правительство одобрило новый законопроект."]
    assert 0.8 < near[0].likeness < 1
    assert others == [(), (), ()]
    assert await memory.suggest(asked[:1], "kk", "en") == [()]


async def test_pages_hold_while_entries_come_and_go(memory: TranslationMemory) -> None:
    await memory.add([entry(f"сөйлем {number}", f"предложение {number}") for number in range(10)])
    first, token = await memory.list_entries(page_size=4)
    await memory.add([entry("жаңа", "новое")])
    await memory.delete([first[-1].name, first[0].name])
    second, token = await memory.list_entries(page_size=4, page_token=token)
    third, end = await memory.list_entries(page_size=4, page_token=token)
    assert [each.source for each in [*first, *second, *third]] == [
        f"сөйлем {number}" for number in reversed(range(10))
    ]
    assert end == ""
    ids = [each.id or 0 for each in [*first, *second, *third]]
    assert all(a > b for a, b in pairwise(ids))


async def test_entries_are_listed_by_language_and_text(memory: TranslationMemory) -> None:
    await memory.add(
        [
            entry("100% дайын", "Готово на 100%"),
            entry("100 пайыз_ дайын", "Готово"),
            MemoryEntry("en", "kk", "A\\B", "ҚАЗАҚ"),
        ]
    )

    async def found(**wanted: Any) -> list[str]:
        listed, _ = await memory.list_entries(**wanted)
        return [each.source for each in listed]

    assert await found(contains="0%") == ["100% дайын"]
    assert await found(contains="з_") == ["100 пайыз_ дайын"]
    assert await found(contains="a\\b") == ["A\\B"]
    assert await found(contains="қазақ") == ["A\\B"]
    assert await found(contains="ДАЙЫН") == ["100 пайыз_ дайын", "100% дайын"]
    assert await found(contains="%") == ["100% дайын"]
    assert await found(source_language="en") == ["A\\B"]
    assert await found(target_language="ru", contains="готово на") == ["100% дайын"]
    assert await found(contains="'; DROP TABLE translation_memory; --") == []


async def test_a_deleted_entry_is_gone_with_all_that_belongs_to_it(
    memory: TranslationMemory, database: Database
) -> None:
    stored = await memory.add([entry("Бірінші сөйлем", "a"), entry("Екінші сөйлем", "b")])
    assert await memory.delete([stored[0].name, stored[0].name, "memory/999999"]) == 1
    assert await memory.lookup(["Бірінші сөйлем", "Екінші сөйлем"], "kk", "ru") == [
        None,
        MemoryMatch("b"),
    ]
    left = await database.run(lambda each: each.scalars(select(blocks.c.entry).distinct()).all())
    assert left == [stored[1].id]
    again = await memory.add([entry("Бірінші сөйлем", "c")])
    assert again[0].id != stored[0].id
    assert await memory.delete([]) == 0


async def test_adding_at_once_from_many_places(
    memory: TranslationMemory, database: Database
) -> None:
    sources = [f"Бірдей сөйлем {chr(ord('а') + number)}" for number in range(20)]
    forwards = [entry(source, "алға") for source in sources]
    backwards = [entry(source, "артқа") for source in reversed(sources)]
    await asyncio.gather(*[memory.add(forwards if n % 2 else backwards) for n in range(8)])
    listed, _ = await memory.list_entries()
    assert sorted(each.source for each in listed) == sources
    assert len({each.target for each in listed}) == 1
    count = await database.run(lambda each: each.scalar(select(func.count()).select_from(blocks)))
    assert count == 16 * 20


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (entry("", "x"), "entries[1].source"),
        (entry("x", " "), "entries[1].target"),
        (entry("x" * 4001, "x"), "entries[1].source"),
        (entry("x", "\ud800"), "entries[1].target"),
        (entry("x\x00", "x"), "entries[1].source"),
        (entry("x", "x", origin="x" * 201), "entries[1].origin"),
        (MemoryEntry("kk", "kk", "x", "x"), "entries[1].target_language"),
        (MemoryEntry("de", "kk", "x", "x"), "entries[1].source_language"),  # type: ignore[arg-type]
    ],
)
async def test_bad_entries_are_refused_and_none_is_stored(
    memory: TranslationMemory, bad: MemoryEntry, field: str
) -> None:
    with pytest.raises(InvalidArgument) as error:
        await memory.add([entry("жақсы", "хорошо"), bad])
    assert error.value.field == field
    assert await memory.list_entries() == ([], "")


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"page_size": 1001}, "page_size"),
        ({"page_size": -1}, "page_size"),
        ({"page_token": "x"}, "page_token"),
        ({"page_token": "YWZ0ZXI6eA=="}, "page_token"),
        ({"contains": "x" * 1001}, "contains"),
        ({"contains": "\ud800"}, "contains"),
        ({"contains": "\x00"}, "contains"),
    ],
)
async def test_bad_pages_are_refused(
    memory: TranslationMemory, wanted: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidArgument) as error:
        await memory.list_entries(**wanted)
    assert error.value.field == field


@pytest.mark.parametrize(
    "name", ["", "memory/", "memory/x", "memory/-1", "memory/" + "9" * 30, "1"]
)
async def test_bad_names_are_refused(memory: TranslationMemory, name: str) -> None:
    with pytest.raises(InvalidArgument) as error:
        await memory.delete(["memory/1", name])
    assert error.value.field == "names[1]"


async def test_the_memory_outlives_the_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'dauys.sqlite3'}"
    for expected in ([None], [MemoryMatch("Привет")]):
        database = Database(url)
        migrate(database)
        memory = TranslationMemory(database)
        assert await memory.lookup(["Сәлем"], "kk", "ru") == expected
        await memory.add([entry("Сәлем", "Привет")])
        await database.aclose()
