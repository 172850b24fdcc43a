"""In how many texts the language is identified rightly, beside general identifiers.

    python -m benchmarks.identification [--data ../shared/data] [--peers] [--show 5]

FLORES, Tatoeba, government news, and messages of programs, of which the strings are taken that have
a letter of their language's script: many are names and commands in Latin letters. Messages of
Debian's and FLORES were looked at when the likelihoods were chosen, Mozilla's, MediaWiki's and the
government's were not. ``--peers`` scores py3langid and lingua where they are installed, each told
that the language is one of the three.
"""

from __future__ import annotations

import argparse
import importlib
import random
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from foundation.languages import LANGUAGES, Language
from text.identification import identify
from text.transliteration import to_latin

Identifier = Callable[[str], str | None]

SAMPLE: Final = 3000
_LETTER: Final = {
    "kk": re.compile(r"[\u0400-\u04ff]"),
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "en": re.compile(r"[A-Za-z]"),
}
_MESSAGES: Final = ("debian", "mozilla", "mediawiki")


def texts(data: Path) -> Iterator[tuple[str, Language, list[str]]]:
    """Name, language and texts of each set."""
    parallel = data / "parallel"
    for language in LANGUAGES:
        yield "FLORES", language, _lines(parallel / f"flores200.dev.{language}")
    kazakh = _lines(parallel / "flores200.dev.kk")
    yield "FLORES in Latin letters", "kk", [to_latin(line) for line in kazakh]
    for language, name in zip(
        LANGUAGES, ("kaz-eng.kaz", "rus-eng.rus", "rus-eng.eng"), strict=True
    ):
        yield "Tatoeba", language, _lines(parallel / "tatoeba" / f"tatoeba.{name}")
    news = [line.split("\t") for line in _lines(parallel / "train" / "apertium-gov.kk-ru.tsv")]
    yield "government", "kk", _sample([row[0] for row in news])
    yield "government", "ru", _sample([row[1] for row in news])
    for name in _MESSAGES:
        path = parallel / "train" / f"{name}-l10n.kk-ru-en.tsv"
        rows = [line.split("\t") for line in _lines(path)]
        for column, language in enumerate(LANGUAGES):
            strings = [row[column] for row in rows if _LETTER[language].search(row[column])]
            yield f"messages, {name}", language, _sample(strings)


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def _sample(strings: list[str]) -> list[str]:
    different = sorted(set(strings))
    return random.Random(1).sample(different, min(SAMPLE, len(different)))


def own(text: str) -> str | None:
    """``text.identification``."""
    found = identify(text)
    return found.language if found else None


def peers() -> dict[str, Identifier]:
    """Other libraries, where they are installed."""
    found: dict[str, Identifier] = {}
    for name, wrap in (("py3langid.langid", _py3langid), ("lingua", _lingua)):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        found[name.split(".")[0]] = wrap(module)
    return found


def _py3langid(module: Any) -> Identifier:
    identifier = module.LanguageIdentifier.from_model_file(module.MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LANGUAGES))
    return lambda text: str(identifier.classify(text)[0])


def _lingua(module: Any) -> Identifier:
    names = module.Language.KAZAKH, module.Language.RUSSIAN, module.Language.ENGLISH
    detector = module.LanguageDetectorBuilder.from_languages(*names).build()

    def code(text: str) -> str | None:
        language = detector.detect_language_of(text)
        return None if language is None else str(language.iso_code_639_1.name).lower()

    return code


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--peers", action="store_true", help="score other libraries too")
    parser.add_argument("--show", type=int, default=0, help="print so many errors of each set")
    arguments = parser.parse_args()
    console = Console(width=120)
    identifiers = {"own": own} | (peers() if arguments.peers else {})
    table = Table("texts", "language", "count", *(f"{name}, %" for name in identifiers), "own, µs")
    for name, language, strings in texts(arguments.data):
        shares, own_time = [], 0.0
        for title, identifier in identifiers.items():
            start = time.perf_counter()
            wrong = [text for text in strings if identifier(text) != language]
            if title == "own":
                own_time = (time.perf_counter() - start) / len(strings) * 1e6
                for text in wrong[: arguments.show]:
                    console.print(f"{name}, {language}: {text}", markup=False, highlight=False)
            shares.append(f"{100 * (1 - len(wrong) / len(strings)):.1f}")
        table.add_row(name, language, str(len(strings)), *shares, f"{own_time:.0f}")
    console.print(table)


if __name__ == "__main__":
    main()
