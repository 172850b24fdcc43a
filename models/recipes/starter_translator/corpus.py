"""Reading the parallel text: rows of two or three languages, filtered, without near-duplicates."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Final, Literal

from models.recipes.starter_translator.filtering import (
    LANGUAGES,
    comparison_key,
    fault,
    is_sentence_like,
    pair_fault,
    tidy,
)
from text.letters import fold_look_alikes

Kind = Literal["sentence", "prose", "help", "label", "word", "back"]
KINDS: Final[tuple[Kind, ...]] = ("sentence", "prose", "help", "label", "word", "back")
"""Sentences of people and states; of manuals and games; of an interface; words on buttons; words of
a dictionary; texts of one language that training translates back."""

PARALLEL_KINDS: Final = KINDS[:-1]

INTERFACES: Final = ("mozilla-l10n", "mediawiki-l10n", "debian-l10n")
COLLECTED: Final = "collected"
"""Folder of what ``collect`` wrote, one file a source."""
HELD_OUT_PER_MILLE: Final = {
    "sentence": 60,
    "prose": 3,
    "help": 4,
    "label": 0,
    "word": 0,
    "back": 0,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One text in two or three languages."""

    texts: dict[str, str]
    source: str
    kind: Kind

    def directions(self) -> Iterator[tuple[str, str]]:
        """Every ordered pair of this row's languages."""
        for left, right in combinations(self.texts, 2):
            yield left, right
            yield right, left


@dataclass(slots=True)
class Corpus:
    """What was kept, and how many lines each rule dropped, a source."""

    rows: list[Row] = field(default_factory=list)
    held_out: list[Row] = field(default_factory=list)
    read: Counter[str] = field(default_factory=Counter)
    dropped: Counter[tuple[str, str]] = field(default_factory=Counter)


class Gatherer:
    """Takes raw rows one after another; earlier sources win over later near-duplicates."""

    def __init__(self, never: Iterable[str] = ()) -> None:
        """``never``: texts that are measured on and so must not be trained on."""
        self.corpus = Corpus()
        self._never = {comparison_key(text) for text in never}
        self._seen: set[tuple[str, str, str]] = set()

    def take(
        self, texts: dict[str, str], source: str, kind: Kind | None, *, aligned_by_machine: bool
    ) -> None:
        """Tidy, judge and keep or drop one row; ``kind`` of ``None`` is judged by the text."""
        self.corpus.read[source] += 1
        tidied = {language: tidy(text) for language, text in texts.items()}
        tidied |= {"kk": fold_look_alikes(tidied["kk"])} if "kk" in tidied else {}
        reasons = [fault(text, language) for language, text in tidied.items()]
        usable = {
            language: text
            for (language, text), reason in zip(tidied.items(), reasons, strict=True)
            if reason is None
        }
        if len(usable) < 2:
            self._drop(source, next(filter(None, reasons)))
            return
        keys = {language: comparison_key(text) for language, text in usable.items()}
        if self._never & set(keys.values()):
            self._drop(source, "measured on")
            return
        usable = self._consistent(usable, source, aligned_by_machine)
        if not usable:
            return
        fresh = [
            (left, keys[left], right)
            for left in usable
            for right in usable
            if left != right and (left, keys[left], right) not in self._seen
        ]
        # A text is translated into each language once: its first translation stands.
        if len(fresh) < len(usable) * (len(usable) - 1):
            usable = self._without_seen(usable, keys)
        if not usable:
            self._drop(source, "near-duplicate")
            return
        self._seen.update(
            (left, keys[left], right) for left in usable for right in usable if left != right
        )
        self._keep(Row(usable, source, kind or _kind(usable)), keys)

    def _consistent(
        self, texts: dict[str, str], source: str, aligned_by_machine: bool
    ) -> dict[str, str]:
        """The languages whose texts agree with another; none if no two do."""
        agreeing: set[str] = set()
        reason = ""
        for left, right in combinations(texts, 2):
            found = pair_fault(texts[left], texts[right], aligned_by_machine=aligned_by_machine)
            if found is None:
                agreeing |= {left, right}
            else:
                reason = found
        if len(agreeing) < 2 or (reason and len(agreeing) > 2):
            self._drop(source, reason)
            return {}
        return {language: text for language, text in texts.items() if language in agreeing}

    def _without_seen(self, texts: dict[str, str], keys: dict[str, str]) -> dict[str, str]:
        """The widest part of the row in which no text is translated a second time."""
        for size in (3, 2):
            for part in combinations(texts, size):
                if all(
                    (left, keys[left], right) not in self._seen
                    for left in part
                    for right in part
                    if left != right
                ):
                    return {language: texts[language] for language in part}
        return {}

    def _keep(self, row: Row, keys: dict[str, str]) -> None:
        # The English side decides, so that a sentence is held out of every pair it occurs in.
        deciding = keys["en"] if "en" in row.texts else keys["kk"]
        if zlib.crc32(deciding.encode()) % 1000 < HELD_OUT_PER_MILLE[row.kind]:
            self.corpus.held_out.append(row)
        else:
            self.corpus.rows.append(row)

    def _drop(self, source: str, reason: str) -> None:
        self.corpus.dropped[source, reason] += 1


def _kind(texts: dict[str, str]) -> Kind:
    return "help" if all(is_sentence_like(text) for text in texts.values()) else "label"


def gather(folder: Path) -> Corpus:
    """Read all parallel text under ``folder`` (the layout stands in the recipe's README).

    FLORES is read as text never to be trained on.
    """
    never = (
        line for language in LANGUAGES for line in _lines(folder / f"flores200.dev.{language}")
    )
    gatherer = Gatherer(never)
    for name, languages in (("kaz-eng", ("kk", "en")), ("rus-eng", ("ru", "en"))):
        sides = [_lines(folder / "tatoeba" / f"tatoeba.{name}.{end}") for end in name.split("-")]
        for texts in zip(*sides, strict=True):
            gatherer.take(
                dict(zip(languages, texts, strict=True)),
                "tatoeba",
                "sentence",
                aligned_by_machine=False,
            )
    for kazakh, russian, *_, flag in _columns(folder / "train" / "apertium-gov.kk-ru.tsv", 4):
        if flag == "ok":
            gatherer.take(
                {"kk": kazakh, "ru": russian}, "apertium-gov", "sentence", aligned_by_machine=True
            )
        else:
            gatherer.corpus.read["apertium-gov"] += 1
            gatherer.corpus.dropped["apertium-gov", f"flagged {flag}"] += 1
    for path in sorted((folder / COLLECTED).glob("*.tsv")):
        _take_collected(gatherer, path)
    # Triples first: they serve all six directions.
    for pair in ("kk-ru-en", "kk-en", "ru-en"):
        names = pair.split("-")
        for interface in INTERFACES:
            path = folder / "train" / f"{interface}.{pair}.tsv"
            for columns in _columns(path, len(names) + 1):
                texts_of = dict(zip(names, columns, strict=False))
                gatherer.take(texts_of, interface, None, aligned_by_machine=False)
    return gatherer.corpus


def _take_collected(gatherer: Gatherer, path: Path) -> None:
    for *columns, wanted in _columns(path, len(LANGUAGES) + 1):
        texts = {language: text for language, text in zip(LANGUAGES, columns, strict=True) if text}
        kind = next((kind for kind in KINDS if kind == wanted), None)
        if kind == "prose" and not all(map(is_sentence_like, texts.values())):
            kind = "label"
        # A manual's paragraphs were paired by their places in the page.
        aligned = kind == "prose" and "kk" in texts and "ru" in texts
        gatherer.take(texts, path.stem, kind, aligned_by_machine=aligned)


def _lines(path: Path) -> list[str]:
    # Not splitlines: it also splits at U+2028 and other marks inside a text.
    return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")


def _columns(path: Path, count: int) -> Iterator[list[str]]:
    for line in _lines(path):
        columns = line.split("\t")
        if len(columns) == count:
            yield columns
