"""What the Translation service adds to CTranslate2: the same sentences, each way in turn.

    python -m benchmarks.translation_service [MODEL] --pair kk-ru --sentences FILE

*Direct*: one ``translate_batch`` of all sentences with as many replicas as there are cores, pieces
made and joined by the model's tokenizer, nothing else. *Service*: a server of its own process, over
gRPC on loopback, one text a sentence, with all that happens to a text (docs/TRANSLATION.md). Rounds
alternate; the ratio is of median sentences a second.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import ctranslate2
import psutil
from dauys.client import AsyncClient, TranslationOptions, UnavailableError
from rich.console import Console
from rich.table import Table

from benchmarks.report import write_report
from benchmarks.scores import median
from benchmarks.translation import Subject, find_subject, parse_pair
from models.engines.ctranslate2_translation.cleaning import clean
from models.engines.ctranslate2_translation.prompting import open_prompter, read_config
from models.engines.ctranslate2_translation.settings import read_settings

_STARTED_WITHIN: Final = 60.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Line:
    """One way."""

    way: str
    sentences_per_second: float
    """Median of the rounds."""

    ratio: float
    alike: float
    """Texts that are those of the direct way."""

    peak_mebibytes: float


class Direct:
    """CTranslate2 with a replica a core."""

    def __init__(self, subject: Subject, beam: int) -> None:
        self._subject = subject
        self._beam = beam
        settings = read_settings(subject.options.settings)
        config = read_config(subject.folder)
        self._prompter = open_prompter(subject.folder, settings, [subject.pair], config)
        self._translator = ctranslate2.Translator(
            str(subject.folder),
            compute_type="int8",
            inter_threads=os.cpu_count() or 1,
            intra_threads=1,
        )
        self._given = self._prompter.target_tokens(subject.pair)

    def translate(self, sentences: Sequence[str]) -> list[str]:
        """All at once."""
        prompts = [self._prompter.write(clean(text), self._subject.pair) for text in sentences]
        results = self._translator.translate_batch(
            [list(prompt.tokens) for prompt in prompts],
            target_prefix=[self._given] * len(sentences) if self._given else None,
            beam_size=self._beam,
            max_batch_size=1024,
            batch_type="tokens",
        )
        given = len(self._given)
        return [self._prompter.decode(result.hypotheses[0][given:]) for result in results]


@contextlib.asynccontextmanager
async def served(subject: Subject) -> AsyncIterator[tuple[AsyncClient, psutil.Process]]:
    """A server of its own process, and a client."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "DAUYS_PORT": str(port),
        "DAUYS_DEFAULT_TRANSLATION_MODEL": subject.name,
    }
    command = [sys.executable, "-m", "services.server"]
    server = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        async with AsyncClient(f"127.0.0.1:{port}") as client:
            give_up = time.monotonic() + _STARTED_WITHIN
            while True:
                try:
                    await client.list_language_pairs()
                    break
                except UnavailableError:
                    if time.monotonic() > give_up or server.returncode is not None:
                        raise
                    await asyncio.sleep(0.2)
            yield client, psutil.Process(server.pid)
    finally:
        server.terminate()
        await server.wait()


async def measure(subject: Subject, sentences: Sequence[str], beam: int, rounds: int) -> list[Line]:
    """Both ways in turn."""
    direct = Direct(subject, beam)
    source, target = subject.pair
    options = TranslationOptions(source_language=source, beam_size=beam, without_memory=True)
    times: dict[str, list[float]] = {"direct": [], "service": []}
    said: dict[str, list[str]] = {}
    async with served(subject) as (client, process):
        for number in range(rounds + 1):
            begun = time.perf_counter()
            said["direct"] = direct.translate(sentences)
            between = time.perf_counter()
            answers = await client.translate_text(sentences, target, options=options)
            ended = time.perf_counter()
            said["service"] = [answer.text for answer in answers]
            if number:  # the first round warms up
                times["direct"].append(between - begun)
                times["service"].append(ended - between)
        peak = process.memory_info().rss / 2**20
    own = psutil.Process().memory_info().rss / 2**20
    base = median(times["direct"])
    return [
        Line(
            way,
            len(sentences) / median(times[way]),
            base / median(times[way]),
            sum(map(str.__eq__, said[way], said["direct"])) / len(sentences),
            memory,
        )
        for way, memory in (("direct", own), ("service", peak))
    ]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("model", nargs="?", default="starter-translator")
    parser.add_argument("--pair", type=parse_pair, required=True)
    parser.add_argument("--sentences", type=Path, required=True, help="one a line")
    parser.add_argument("--beam", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    arguments = parser.parse_args()
    subject = find_subject(arguments.model, arguments.pair, None)
    lines = arguments.sentences.read_text("utf-8").splitlines()
    sentences = [line for line in lines if line.strip()]
    results = asyncio.run(measure(subject, sentences, arguments.beam, arguments.rounds))
    console = Console()
    table = Table("way", "sentences/s", "to direct", "alike", "MiB")
    for line in results:
        table.add_row(
            line.way,
            f"{line.sentences_per_second:.1f}",
            f"{line.ratio:.2f}",
            f"{line.alike:.0%}",
            f"{line.peak_mebibytes:.0f}",
        )
    console.print(table)
    content = {
        "model": subject.name,
        "pair": "-".join(subject.pair),
        "sentences": len(sentences),
        "beam": arguments.beam,
        "lines": [asdict(line) for line in results],
    }
    write_report(console, arguments.out, "translation-service", content)


if __name__ == "__main__":
    main()
