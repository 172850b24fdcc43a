"""What the engine and the pool add to CTranslate2: the same sentences, each way in turn.

    python -m benchmarks.translation MODEL --pair kk-ru [--sentences FILE] [--batches 1,16]

MODEL is a catalogue id, or a folder of a converted model with ``--family``. Each way translates the
same batches, one after the other in every round, on one thread: *direct* (``translate_batch`` with
the same pieces, and nothing else), *engine*, and *pool* (engine and worker pool). The ratio is of
medians to the direct way. *Alike*: texts equal to those of the direct way; the guards may change
some.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import ctranslate2
from rich.console import Console
from rich.table import Table

from benchmarks.report import write_report
from benchmarks.scores import median
from foundation.languages import parse_language
from foundation.translation import Pair, TranslationRequest
from models.catalogue import ModelCard
from models.engines.base import CallContext, EngineOptions
from models.engines.ctranslate2_translation import CTranslate2Engine
from models.engines.ctranslate2_translation.cleaning import clean
from models.engines.ctranslate2_translation.prompting import open_prompter, read_config
from models.engines.ctranslate2_translation.settings import read_settings
from models.store import ModelStore
from workers.in_process import InProcessPool, PoolConfig
from workers.interface import Task

BEAM: Final = 4
_LONGEST: Final = 256

SENTENCES: Final = {
    "kk": (
        "Бүгін Алматыда күн ашық болады.",
        "Жиналыс сағат онда басталады.",
        "Мен кітап оқығанды жақсы көремін.",
        "Үкімет жаңа заң жобасын парламентке жіберді.",
        "Ол ертең Астанаға ұшып кетеді.",
        "Балалар аулада доп ойнап жүр.",
        "Дәрігер науқасқа көбірек су ішуге кеңес берді.",
        "Қаланың орталығында жаңа кітапхана ашылды.",
    ),
    "ru": (
        "Сегодня в Алматы будет ясная погода.",
        "Собрание начнётся в десять часов.",
        "Я люблю читать книги.",
        "Правительство направило в парламент новый законопроект.",
        "Завтра он улетает в Астану.",
        "Дети играют во дворе в мяч.",
        "Врач посоветовал больному пить больше воды.",
        "В центре города открылась новая библиотека.",
    ),
    "en": (
        "The weather in Almaty will be clear today.",
        "The meeting begins at ten o'clock.",
        "I like reading books.",
        "The government sent a new bill to parliament.",
        "He is flying to Astana tomorrow.",
        "The children are playing ball in the yard.",
        "The doctor advised the patient to drink more water.",
        "A new library opened in the centre of the city.",
    ),
}

Way = Callable[[Sequence[str]], Awaitable[list[str]]]
"""Translates one batch."""


@dataclass(frozen=True, slots=True)
class Line:
    """One way of translating batches of one size."""

    way: str
    batch: int
    seconds: float
    """Median of a round, all sentences."""

    ratio: float
    alike: float


@dataclass(frozen=True, slots=True)
class Subject:
    """The model that is measured."""

    name: str
    folder: Path
    options: EngineOptions
    pair: Pair


def direct_way(subject: Subject) -> Way:
    """CTranslate2 and the tokenizer, nothing else."""
    settings = read_settings(subject.options.settings)
    config = read_config(subject.folder)
    prompter = open_prompter(subject.folder, settings, [subject.pair], config)
    translator = ctranslate2.Translator(str(subject.folder), compute_type="int8", intra_threads=1)
    given = prompter.target_tokens(subject.pair)

    async def translate(sentences: Sequence[str]) -> list[str]:
        results = translator.translate_batch(
            [list(prompter.write(clean(text), subject.pair).tokens) for text in sentences],
            target_prefix=[given] * len(sentences) if given else None,
            beam_size=BEAM,
            max_decoding_length=min(_LONGEST, prompter.max_tokens),
            max_batch_size=1024,
            batch_type="tokens",
        )
        return [prompter.decode(result.hypotheses[0][len(given) :]) for result in results]

    return translate


def engine_way(subject: Subject, engine: CTranslate2Engine) -> Way:
    """The engine, called as a worker calls it."""

    async def translate(sentences: Sequence[str]) -> list[str]:
        request = TranslationRequest(tuple(sentences), *subject.pair, beam_size=BEAM)
        return [result.best.text for result in engine.translate(request, CallContext())]

    return translate


def pool_way(subject: Subject, pool: InProcessPool) -> Way:
    """The engine in a pool of one worker."""

    async def translate(sentences: Sequence[str]) -> list[str]:
        request = TranslationRequest(tuple(sentences), *subject.pair, beam_size=BEAM)
        results = await pool.call(Task(subject.name, "translate", request))
        return [result.best.text for result in results]

    return translate


async def measure(
    ways: dict[str, Way], sentences: Sequence[str], batches: Sequence[int], rounds: int
) -> list[Line]:
    """Median seconds of each way and batch size; the first way is what the others are held to.

    Another way (a server's, say) is one more entry of ``ways``.
    """
    first = next(iter(ways))
    lines = []
    for size in batches:
        cut = [sentences[start : start + size] for start in range(0, len(sentences), size)]
        times: dict[str, list[float]] = {name: [] for name in ways}
        said: dict[str, list[str]] = {}
        for number in range(rounds + 1):
            turn = list(ways.items())
            for name, way in turn[number % len(turn) :] + turn[: number % len(turn)]:
                begun = time.perf_counter()
                said[name] = [text for batch in cut for text in await way(batch)]
                if number:  # the first round warms up
                    times[name].append(time.perf_counter() - begun)
        base = median(times[first])
        for name in ways:
            alike = sum(map(str.__eq__, said[name], said[first])) / len(sentences)
            seconds = median(times[name])
            lines.append(Line(name, size, seconds, seconds / base, alike))
    return lines


def find_subject(model: str, pair: Pair, family: str | None) -> Subject:
    """The model of a folder, or of a catalogue id."""
    if family is not None:
        options = EngineOptions(pairs=(pair,), settings={"family": family})
        return Subject(model, Path(model), options, pair)
    store = ModelStore()
    card: ModelCard = store.catalogue.get(model)
    options = EngineOptions(languages=card.languages, pairs=card.translates, settings=card.settings)
    return Subject(model, store.path(model), options, pair)


async def run(subject: Subject, sentences: Sequence[str], batches: list[int], rounds: int) -> Any:
    """Open the model three times and measure."""
    engine = CTranslate2Engine.open(subject.folder, subject.options)
    pooled = replace(subject.options, workers=1)
    async with InProcessPool(
        lambda _: CTranslate2Engine.open(subject.folder, pooled), PoolConfig(1)
    ) as pool:
        ways = {
            "direct": direct_way(subject),
            "engine": engine_way(subject, engine),
            "pool": pool_way(subject, pool),
        }
        return await measure(ways, sentences, batches, rounds)


def parse_pair(text: str) -> Pair:
    """``kk-ru`` to the two languages."""
    source, _, target = text.partition("-")
    return parse_language(source), parse_language(target)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("model")
    parser.add_argument("--pair", type=parse_pair, required=True)
    parser.add_argument("--family", help="of a folder: m2m100, nllb, marian or t5")
    parser.add_argument("--sentences", type=Path, help="one a line")
    parser.add_argument("--batches", type=lambda text: [*map(int, text.split(","))], default=[1, 8])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    arguments = parser.parse_args()
    subject = find_subject(arguments.model, arguments.pair, arguments.family)
    if arguments.sentences is None:
        sentences: Sequence[str] = SENTENCES[subject.pair[0]]
    else:
        sentences = arguments.sentences.read_text("utf-8").splitlines()
    lines = asyncio.run(run(subject, sentences, arguments.batches, arguments.rounds))
    console = Console()
    table = Table("way", "batch", "s a round", "to direct", "alike")
    for line in lines:
        table.add_row(
            line.way,
            str(line.batch),
            f"{line.seconds:.4f}",
            f"{line.ratio:.2f}",
            f"{line.alike:.0%}",
        )
    console.print(table)
    content = {"sentences": len(sentences), "lines": [asdict(line) for line in lines]}
    write_report(console, arguments.out, "translation", content)


if __name__ == "__main__":
    main()
