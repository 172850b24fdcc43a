"""How long the translation memory takes, by its size.

    python -m benchmarks.translation_memory [--data ../shared/data] [--url sqlite:////tmp/x.sqlite3]

Kazakh news and messages of programs are stored with made-up translations, a thousand a transaction.
Sentences asked for are stored ones as they are, with other numbers, and with a word replaced.
Without ``--url`` a SQLite file in a temporary folder is used, which is deleted.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from benchmarks.report import machine
from services.storage import Database, migrate
from services.translation.memory import MAX_ADDED, MemoryEntry, TranslationMemory

SIZES: Final = (1_000, 10_000, 100_000)
ASKED: Final = 200
_DIGIT: Final = re.compile(r"\d")


def sentences(data: Path) -> list[str]:
    """Different Kazakh sentences and messages, in an order of chance."""
    found: dict[str, None] = {}
    for name in ("kaznerd_news.txt", "common_voice_sentences.txt", "ud_ktb.txt", "tatoeba.txt"):
        found |= dict.fromkeys((data / "mono-kk" / name).read_text(encoding="utf-8").split("\n"))
    for path in sorted((data / "parallel" / "train").glob("*-l10n.kk-*.tsv")):
        lines = path.read_text(encoding="utf-8").split("\n")
        found |= dict.fromkeys(line.split("\t")[0] for line in lines)
    kept = [line for line in found if 2 < len(line.strip()) < 1000 and "\x00" not in line]
    random.Random(1).shuffle(kept)
    return kept


def other_numbers(sentence: str) -> str:
    """Every digit another one."""
    return _DIGIT.sub(lambda match: str(9 - int(match.group())), sentence)


def other_word(sentence: str) -> str:
    """A word in the middle replaced."""
    words = sentence.split()
    words[len(words) // 2] = "басқаша"
    return " ".join(words)


async def milliseconds(
    ask: Callable[[str], Awaitable[Any]], asked: Sequence[str]
) -> tuple[float, float]:
    """Median and 95th percentile of one call a sentence."""
    times = []
    for sentence in asked:
        start = time.perf_counter()
        await ask(sentence)
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]


async def measure(url: str, data: Path) -> Iterator[tuple[str, ...]]:
    """Rows of the table."""
    database = Database(url)
    await asyncio.to_thread(migrate, database)
    memory = TranslationMemory(database)
    stored = sentences(data)
    chance = random.Random(2)
    rows: list[tuple[str, ...]] = []
    done = 0
    try:
        for size in SIZES:
            start = time.perf_counter()
            added = 0
            for first in range(done, min(size, len(stored)), MAX_ADDED):
                part = stored[first : min(first + MAX_ADDED, size)]
                await memory.add([MemoryEntry("kk", "ru", each, each.upper()) for each in part])
                added += len(part)
            rate = added / (time.perf_counter() - start)
            done = min(size, len(stored))
            asked = chance.sample([each for each in stored[:done] if len(each.split()) > 4], ASKED)
            changed = [other_word(each) for each in asked]
            hits = await memory.suggest(changed, "kk", "ru")
            found = sum(
                any(each.entry.source == sentence for each in suggestions)
                for sentence, suggestions in zip(asked, hits, strict=True)
            )

            async def look(sentence: str) -> object:
                return await memory.lookup([sentence], "kk", "ru")

            async def suggest(sentence: str) -> object:
                return await memory.suggest([sentence], "kk", "ru")

            async def search(sentence: str) -> object:
                return await memory.list_entries(contains=sentence.split()[0])

            columns = [
                await milliseconds(look, asked),
                await milliseconds(look, [other_numbers(each) for each in asked]),
                await milliseconds(suggest, changed),
                await milliseconds(search, asked[:40]),
            ]
            file = database.file
            megabytes = file.stat().st_size / 2**20 if file is not None else 0.0
            rows.append(
                (
                    str(done),
                    f"{rate:.0f}",
                    *(f"{median:.2f} / {most:.2f}" for median, most in columns),
                    f"{100 * found / ASKED:.0f} %",
                    f"{megabytes:.0f}",
                )
            )
    finally:
        await database.aclose()
    return iter(rows)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--url", default="")
    arguments = parser.parse_args()
    console = Console(width=130)
    table = Table(
        *("entries", "added a second", "exact, ms", "numbers, ms", "suggest, ms", "contains, ms"),
        *("suggested", "MB"),
    )
    with tempfile.TemporaryDirectory() as folder:
        url = arguments.url or f"sqlite:///{folder}/memory.sqlite3"
        for row in asyncio.run(measure(url, arguments.data)):
            table.add_row(*row)
    console.print(table)
    console.print("times: median / 95th percentile;", machine())


if __name__ == "__main__":
    main()
