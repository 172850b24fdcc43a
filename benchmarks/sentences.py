"""How well sentences are split: lines of one sentence, joined into paragraphs of five.

    python -m benchmarks.sentences [--data ../shared/data] [--peers]

A line's end is a boundary. FLORES, Tatoeba and government news have lines of several sentences, so
a boundary inside a line counts as false though it mostly is none: compare, and read ``--show``. UD
Kazakh-KTB was split by hand. Government news is ragged, but no rule was chosen on it. ``--peers``
scores those of razdel, pysbd, blingfire, syntok and sentencex that are installed.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from foundation.languages import Language
from text.sentences import split

TEXTS: Final[tuple[tuple[str, Language, str], ...]] = (
    ("FLORES, kk", "kk", "parallel/flores200.dev.kk"),
    ("Tatoeba, kk", "kk", "parallel/tatoeba/tatoeba.kaz-eng.kaz"),
    ("UD KTB, kk", "kk", "mono-kk/ud_ktb.txt"),
    ("FLORES, ru", "ru", "parallel/flores200.dev.ru"),
    ("Tatoeba, ru", "ru", "parallel/tatoeba/tatoeba.rus-eng.rus"),
    ("FLORES, en", "en", "parallel/flores200.dev.en"),
    ("Tatoeba, en", "en", "parallel/tatoeba/tatoeba.rus-eng.eng"),
    ("government, kk", "kk", "parallel/train/apertium-gov.kk-ru.tsv"),
    ("government, ru", "ru", "parallel/train/apertium-gov.kk-ru.tsv"),
)
LINES_A_PARAGRAPH: Final = 5

Splitter = Callable[[str, Language], Iterable[str]]


@dataclass(frozen=True, slots=True)
class BoundaryScore:
    """Boundaries of a text: places between sentences, without the ends of paragraphs."""

    right: int
    false: tuple[str, ...]
    """What stands around each, with ``|`` where it is."""

    missed: tuple[str, ...]

    @property
    def precision(self) -> float:
        """Share of the boundaries found that are boundaries."""
        return self.right / max(1, self.right + len(self.false))

    @property
    def recall(self) -> float:
        """Share of the boundaries that are found."""
        return self.right / max(1, self.right + len(self.missed))


def paragraphs(path: Path, language: Language) -> Iterator[tuple[str, frozenset[int]]]:
    """Paragraphs of a file, and where their sentences but the last end."""
    lines = [" ".join(line.split()) for line in _lines(path, language)]
    lines = [line for line in lines if line]
    for first in range(0, len(lines), LINES_A_PARAGRAPH):
        group = lines[first : first + LINES_A_PARAGRAPH]
        ends, end = set(), 0
        for line in group[:-1]:
            end += len(line)
            ends.add(end)
            end += 1
        yield " ".join(group), frozenset(ends)


def _lines(path: Path, language: Language) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.suffix != ".tsv":
        return lines
    # Aligned pairs (kk, ru, document, verdict): those that end as sentences do, each once.
    rows = [line.split("\t") for line in lines]
    column = {"kk": 0, "ru": 1}[language]
    whole = [row[column].strip() for row in rows if row[3:4] == ["ok"]]
    return list(dict.fromkeys(line for line in whole if len(line) > 20 and line[-1] in '.!?…»"'))


def score(path: Path, language: Language, splitter: Splitter) -> BoundaryScore:
    """Score a splitter that gives the sentences' texts."""
    right, false, missed = 0, [], []
    for text, gold in paragraphs(path, language):
        found = set(_ends(text, splitter(text, language)))
        right += len(gold & found)
        false += [_around(text, end) for end in sorted(found - gold)]
        missed += [_around(text, end) for end in sorted(gold - found)]
    return BoundaryScore(right, tuple(false), tuple(missed))


def own(text: str, language: Language) -> list[str]:
    """``text.sentences``."""
    return [sentence.text for sentence in split(text, language)]


def _ends(text: str, sentences: Iterable[str]) -> list[int]:
    ends, end = [], 0
    for sentence in filter(None, map(str.strip, sentences)):
        end = text.index(sentence, end) + len(sentence)
        ends.append(end)
    return ends[:-1]


def _around(text: str, end: int) -> str:
    return f"{text[max(0, end - 40) : end]}|{text[end : end + 30]}"


def peers() -> dict[str, Splitter]:
    """Other libraries, where they are installed."""
    found: dict[str, Splitter] = {}
    for name, wrap in _PEERS.items():
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        found[name.split(".")[0]] = wrap(module)
    return found


def _pysbd(module: Any) -> Splitter:
    segmenters = {code: module.Segmenter(code, clean=False) for code in ("kk", "ru", "en")}
    return lambda text, language: segmenters[language].segment(text)


def _syntok(module: Any) -> Splitter:
    return lambda text, _: [
        text[words[0].offset : words[-1].offset + len(words[-1].value)]
        for paragraph in module.analyze(text)
        for words in paragraph
    ]


_PEERS: Final[dict[str, Callable[[Any], Splitter]]] = {
    "razdel": lambda module: lambda text, _: [each.text for each in module.sentenize(text)],
    "pysbd": _pysbd,
    "blingfire": lambda module: lambda text, _: module.text_to_sentences(text).split("\n"),
    "syntok.segmenter": _syntok,
    "sentencex": lambda module: lambda text, language: list(module.segment(language, text)),
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--peers", action="store_true", help="score other libraries too")
    parser.add_argument("--show", type=int, default=0, help="print so many errors of each text")
    arguments = parser.parse_args()
    console = Console(width=120)
    splitters = {"own rules": own} | (peers() if arguments.peers else {})
    table = Table("text", "splitter", "precision", "recall")
    for title, language, file in TEXTS:
        for name, splitter in splitters.items():
            result = score(arguments.data / file, language, splitter)
            table.add_row(title, name, f"{result.precision:.3f}", f"{result.recall:.3f}")
            if name == "own rules":
                for kind, errors in (("false", result.false), ("missed", result.missed)):
                    for error in errors[: arguments.show]:
                        console.print(f"{title}, {kind}: {error}", markup=False, highlight=False)
    console.print(table)


if __name__ == "__main__":
    main()
