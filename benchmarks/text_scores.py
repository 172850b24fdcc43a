"""Scores of a text against a pair of references: rates, numbers, names.

Clips of spontaneous speech have two references: *verbatim*, with every slip, and *normalised*,
what was meant. A recogniser that writes either is right, so a clip's *best* rate is the better of
the two (as in the Kazakh code-switching benchmark Tim2190/Kaz-ASR-codeswitch-benchmark).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import jiwer

from foundation.languages import Language
from services.command_line.scoring import in_digits, normalise
from text.letters import fold_look_alikes

_TAG = re.compile(r"\[[^\]]*\]")
_SENTENCE_END = (".", "!", "?", "…", ":")


@dataclass(frozen=True, slots=True)
class Errors:
    """Edits and what they are counted against: sums over clips make a rate."""

    edits: int
    length: int

    def __add__(self, other: Errors) -> Errors:
        return Errors(self.edits + other.edits, self.length + other.length)

    @property
    def rate(self) -> float:
        """From 0; NaN against nothing."""
        return self.edits / self.length if self.length else float("nan")


@dataclass(frozen=True, slots=True)
class Recall:
    """How many of those in the reference are in the text."""

    found: int
    all: int

    def __add__(self, other: Recall) -> Recall:
        return Recall(self.found + other.found, self.all + other.all)

    @property
    def rate(self) -> float:
        """0 to 1; NaN of nothing."""
        return self.found / self.all if self.all else float("nan")


@dataclass(frozen=True, slots=True)
class TextScores:
    """One clip, or the sum of several."""

    words_verbatim: Errors
    words_normalised: Errors
    words_best: Errors
    words_as_digits: Errors
    """Best, numbers written in digits on both sides."""

    letters: Errors
    """Best."""

    letters_folded: Errors
    """Best, Latin look-alikes of Cyrillic letters counted as right."""

    numbers: Recall
    names: Recall

    def __add__(self, other: TextScores) -> TextScores:
        return TextScores(
            *(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__)
        )


def score_text(text: str, verbatim: str, normalised: str, language: Language) -> TextScores:
    """Score one clip.

    Args:
        text: What was recognised.
        verbatim: With slips of the tongue and tags in square brackets.
        normalised: What was meant; empty: the same.
        language: Of the clip.
    """
    verbatim = _TAG.sub(" ", verbatim)
    normalised = normalised or verbatim
    words_verbatim, words_normalised = _words(verbatim, text), _words(normalised, text)
    best = verbatim if words_verbatim.rate <= words_normalised.rate else normalised
    return TextScores(
        words_verbatim=words_verbatim,
        words_normalised=words_normalised,
        words_best=_words(best, text),
        words_as_digits=_words(in_digits(best, language), in_digits(text, language)),
        letters=_letters(normalise(best), normalise(text)),
        letters_folded=_letters(
            fold_look_alikes(normalise(best)), fold_look_alikes(normalise(text))
        ),
        numbers=_recall(numbers_in(best, language), numbers_in(text, language)),
        names=_recall(names_in(best), normalise(text).split()),
    )


def numbers_in(text: str, language: Language) -> list[str]:
    """All runs of digits, numbers spelt out included."""
    return re.findall(r"\d+", in_digits(text, language).replace("\u00a0", ""))


def names_in(reference: str) -> list[str]:
    """Capitalised words within sentences, normalised: names and abbreviations, roughly."""
    names = []
    starts = True
    for word in reference.split():
        letters = word.strip("«»\"'“”()[].,!?;:…-–—")
        if letters[:1].isupper() and len(letters) > 1 and not starts:
            names += normalise(letters).split()
        starts = word.endswith(_SENTENCE_END) or (starts and not letters)
    return names


def _words(reference: str, text: str) -> Errors:
    wanted, got = normalise(reference), normalise(text)
    if not wanted:
        return Errors(len(got.split()), 0)
    found = jiwer.process_words(wanted, got)
    return Errors(found.substitutions + found.deletions + found.insertions, len(wanted.split()))


def _letters(wanted: str, got: str) -> Errors:
    if not wanted:
        return Errors(len(got), 0)
    found = jiwer.process_characters(wanted, got)
    return Errors(found.substitutions + found.deletions + found.insertions, len(wanted))


def _recall(wanted: Sequence[str], got: Sequence[str]) -> Recall:
    common = Counter(wanted) & Counter(got)
    return Recall(sum(common.values()), len(wanted))
