"""Precision and recall of corrections on sentence pairs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from foundation.languages import Language
from text.vocabulary import Glossary, VocabularyCorrector, parse_glossary

DATA = Path(__file__).parent / "data"


def read_glossary(name: str = "glossary") -> Glossary:
    return parse_glossary((DATA / f"{name}.tsv").read_text(encoding="utf-8"))


def name_pairs(language: Language, name: str = "names") -> list[tuple[str, str]]:
    lines = (DATA / f"{name}.{language}.tsv").read_text(encoding="utf-8").splitlines()
    return [(heard, wanted) for heard, wanted in (line.split("\t") for line in lines)]


def ordinary(language: Language) -> list[str]:
    return (DATA / f"ordinary.{language}.txt").read_text(encoding="utf-8").splitlines()


def corrected(corrector: VocabularyCorrector, sentence: str) -> str:
    return " ".join(each.text for each in corrector.correct(sentence.split()))


@dataclass(frozen=True, slots=True)
class NameScores:
    """Of the places where heard and wanted differ."""

    right: int
    made: int
    wanted: int

    @property
    def precision(self) -> float:
        return self.right / self.made if self.made else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.wanted if self.wanted else 1.0


Edit = tuple[int, int, tuple[str, ...]]


def edits(before: str, after: str) -> set[Edit]:
    """Replaced runs of words: first and last+1 in ``before``, and what stands there after."""
    old, new = before.split(), after.split()
    return {
        (first, last, tuple(new[start:end]))
        for tag, first, last, start, end in SequenceMatcher(None, old, new, False).get_opcodes()
        if tag != "equal"
    }


def score(triples: Iterable[tuple[str, str, str]]) -> NameScores:
    """Of (heard, got, wanted)."""
    right = made = wanted = 0
    for heard, got, reference in triples:
        ours, theirs = edits(heard, got), edits(heard, reference)
        right += len(ours & theirs)
        made += len(ours)
        wanted += len(theirs)
    return NameScores(right, made, wanted)
