"""How well punctuation and capitals are restored: news and encyclopaedia text without either.

    python -m benchmarks.punctuation [--data ../shared/data] [--out out/bench]

Sentences are stripped of marks and case and given to the punctuator in utterances of five, once
without any pause between words and once with pauses: 0.5 s at each end of a sentence and at one in
twelve of the other places, chosen at random (speakers pause inside sentences too). Scored by word:
the mark after it (full stop, comma, question mark; ! and … count as full stops, ; and : as commas)
and whether it begins with a capital. The end of an utterance is known and not scored.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from benchmarks.processor import processor
from foundation.languages import Language
from foundation.media_time import from_seconds
from foundation.speech import Word
from text.punctuation import TAGGED_LANGUAGES, Punctuator, RulePunctuator, TaggedPunctuator

TEXTS: Final[tuple[tuple[str, Language, str], ...]] = (
    ("news, kk", "kk", "mono-kk/kaznerd_news.txt"),
    ("Tatoeba, kk", "kk", "mono-kk/tatoeba.txt"),
    ("FLORES, kk", "kk", "parallel/flores200.dev.kk"),
    ("Tatoeba, ru", "ru", "parallel/tatoeba/tatoeba.rus-eng.rus"),
    ("Tatoeba, en", "en", "parallel/tatoeba/tatoeba.rus-eng.eng"),
    ("FLORES, ru", "ru", "parallel/flores200.dev.ru"),
    ("FLORES, en", "en", "parallel/flores200.dev.en"),
)
HELD_OUT: Final = 10
"""The last tenth of the news is scored; rules and weights are made from the rest.

Not every tenth sentence: neighbours often differ in their numerals only.
"""

SENTENCES_AN_UTTERANCE: Final = 5
WORD_LENGTH: Final = from_seconds(0.3)
PAUSE: Final = from_seconds(0.5)
OTHER_PAUSES: Final = 1 / 12
CLASSES: Final = (".", ",", "?", "capital")

_EDGES: Final = "\"'«»“”„‘’()[]"
_MARKS: Final = {".": ".", "!": ".", "…": ".", "?": "?", ",": ",", ";": ",", ":": ","}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A word as spoken, and how it was written."""

    written: str
    mark: str
    ends: bool
    """Is it the last of its sentence?"""

    @property
    def spoken(self) -> str:
        """Without case."""
        return self.written.lower()

    @property
    def capital(self) -> bool:
        """Does it begin with one?"""
        return self.written[0].isupper()


def labelled(sentence: str) -> list[Labelled]:
    """The words of one written sentence; dashes between words are dropped."""
    words = []
    for token in sentence.split():
        bare = token.strip(_EDGES)
        core = bare.rstrip("".join(_MARKS)).strip(_EDGES)
        if not any(map(str.isalnum, core)):
            continue
        mark = _MARKS.get(bare[len(bare.rstrip("".join(_MARKS))) :][:1], "")
        words.append(Labelled(core, mark, False))
    if words:
        last = words[-1]
        mark = last.mark if last.mark in ".?" and last.mark else "."
        words[-1] = Labelled(last.written, mark, True)
    return words


def spoken(words: Sequence[Labelled], pauses: random.Random | None) -> list[Word]:
    """Words with times."""
    now = 0
    result = []
    for word in words:
        result.append(Word(word.spoken, now, now + WORD_LENGTH, 1.0))
        now += WORD_LENGTH
        if pauses is not None and (word.ends or pauses.random() < OTHER_PAUSES):
            now += PAUSE
    return result


@dataclass(frozen=True, slots=True)
class Rates:
    """Of one class, each 0 to 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def score(
    punctuator: Punctuator, language: Language, sentences: Iterable[str], with_pauses: bool
) -> dict[str, Rates]:
    """Rates by class over utterances of five sentences."""
    random_pauses = random.Random(1) if with_pauses else None
    right: Counter[str] = Counter()
    made: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    parts = [words for words in map(labelled, sentences) if words]
    for start in range(0, len(parts), SENTENCES_AN_UTTERANCE):
        run = parts[start : start + SENTENCES_AN_UTTERANCE]
        utterance = [word for part in run for word in part]
        restored = punctuator.restore(
            spoken(utterance, random_pauses), language, ended=True, continues=False
        )
        for index, (reference, word) in enumerate(zip(utterance, restored, strict=True)):
            last = index == len(utterance) - 1
            ours = _classes(word.text[-1:] if word.text[-1:] in _MARKS else "", word.text, last)
            theirs = _classes(reference.mark, "A" if reference.capital else "a", last)
            made.update(ours)
            wanted.update(theirs)
            right.update(ours & theirs)
    return {
        each: Rates(
            right[each] / made[each] if made[each] else 0.0,
            right[each] / wanted[each] if wanted[each] else 0.0,
        )
        for each in CLASSES
    }


def _classes(mark: str, text: str, last: bool) -> set[str]:
    classes = {_MARKS[mark]} if mark and not (last and _MARKS[mark] == ".") else set()
    return classes | ({"capital"} if text[:1].isupper() else set())


def load(path: Path) -> list[str]:
    """Sentences to score: all, or of the news the last tenth."""
    sentences = [
        line for line in path.read_text(encoding="utf-8").splitlines() if re.search(r"\w\w", line)
    ]
    held_out = len(sentences) // HELD_OUT
    return sentences[-held_out:] if len(sentences) > 10_000 else sentences


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    arguments = parser.parse_args()
    if missing := [path for _, _, path in TEXTS if not (arguments.data / path).is_file()]:
        sys.exit(f"No texts to score: {', '.join(missing)} not in {arguments.data} (see --data)")
    table = Table(
        "by", "text", "pauses", *(f"F1 {each}" for each in CLASSES), title="precision/recall"
    )
    results = []
    punctuators = {"rules": RulePunctuator(), "tagger": TaggedPunctuator()}
    for by, (name, language, path), with_pauses in product(punctuators, TEXTS, (False, True)):
        if by == "rules" or language in TAGGED_LANGUAGES:
            sentences = load(arguments.data / path)
            rates = score(punctuators[by], language, sentences, with_pauses)
            cells = [
                f"{rate.f1:.2f} ({rate.precision:.2f}/{rate.recall:.2f})" for rate in rates.values()
            ]
            table.add_row(by, name, "yes" if with_pauses else "no", *cells)
            results.append(
                {
                    "by": by,
                    "text": name,
                    "pauses": with_pauses,
                    "sentences": len(sentences),
                    "rates": {
                        each: {"precision": rate.precision, "recall": rate.recall, "f1": rate.f1}
                        for each, rate in rates.items()
                    },
                }
            )
    Console().print(table)
    arguments.out.mkdir(parents=True, exist_ok=True)
    report = {"machine": {"cpu": processor(), "python": platform.python_version()}, "by": results}
    target = arguments.out / "punctuation.json"
    target.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
