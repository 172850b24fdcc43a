"""Kazakh, Russian or English, by letters and by words.

Bayes' rule over the words of a text. A word with one of the letters that Kazakh alone has (ә ғ қ ң
ө ұ ү һ і) says most; the others are looked up in the dictionaries that the suite has anyway: the
list of common Kazakh words with the endings of nouns, pymorphy3's Russian and pyspellchecker's
English. General identifiers were measured beside it (docs/TEXT.md): they are larger, and less right
about labels of two or three words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal

from foundation.languages import Language
from text.letters import fold_look_alikes
from text.protection.patterns import MARKUP
from text.transliteration import to_cyrillic
from text.vocabulary.common_words import is_english_word, is_kazakh_word, is_russian_word

MAX_WINDOW: Final = 2_000
"""Characters looked at where a text begins, in its middle and where it ends."""

MAX_WORDS: Final = 40
"""Different words looked at, spread over the windows."""

_LONGEST_WORD: Final = 40
_WORD: Final = re.compile(r"[^\W\d_]+")
_CYRILLIC: Final = re.compile(r"[\u0400-\u04ff]")
_LATIN: Final = re.compile(r"[A-Za-z\u00c0-\u024f]")
_KAZAKH: Final = re.compile(r"[әғқңөұүһі]", re.IGNORECASE)
_LATIN_KAZAKH: Final = re.compile(r"[äğıñŋöūüşÄĞİÑŊÖŪÜŞ]")
_LOANS: Final = re.compile(r"[ёщъэцчьфв]", re.IGNORECASE)
"""Letters that Kazakh has in loans only."""

Hypothesis = Literal["kk", "ru", "en", "kk-Latn"]
_HYPOTHESES: Final[tuple[Hypothesis, ...]] = ("kk", "ru", "en", "kk-Latn")
_PRIOR: Final[Mapping[Hypothesis, float]] = MappingProxyType(
    {"kk": 0.33, "ru": 0.33, "en": 0.33, "kk-Latn": 0.01}
)

# How often a word of each language is of a kind: round figures from news, FLORES and programs'
# messages. Names and misspellings make the small ones; none is zero.
_LIKELIHOODS: Final[Mapping[str, tuple[float, float, float, float]]] = MappingProxyType(
    {
        "kazakh letters": (0.60, 0.0005, 0.0001, 0.002),
        "kazakh word": (0.17, 0.0006, 0.0001, 0.002),
        "russian word": (0.040, 0.78, 0.0001, 0.001),
        "word of both": (0.07, 0.16, 0.0001, 0.001),
        "unknown word": (0.055, 0.010, 0.0001, 0.001),
        "unknown word with letters of loans": (0.015, 0.008, 0.0001, 0.001),
        "latin kazakh letters": (0.001, 0.001, 0.0005, 0.50),
        "latin kazakh word": (0.002, 0.002, 0.010, 0.29),
        "english word": (0.040, 0.040, 0.760, 0.02),
        "latin word of both": (0.006, 0.006, 0.160, 0.03),
        "unknown latin word": (0.012, 0.012, 0.050, 0.11),
    }
)


@dataclass(frozen=True, slots=True)
class Identified:
    """The likeliest language of a text."""

    language: Language

    confidence: float
    """0 to 1, among the three."""


def identify(text: str) -> Identified | None:
    """Which of the three languages ``text`` is in.

    Kazakh is known in Cyrillic and in the Latin alphabet of 2021. Addresses, markup and
    placeholders say nothing. A text in another language is given the likeliest of the three.

    Returns:
        None where there is no Cyrillic and no Latin letter to tell by.
    """
    words = list(_words(text))
    if not words:
        return None
    scores = [math.log(_PRIOR[hypothesis]) for hypothesis in _HYPOTHESES]
    for word in words:
        likelihoods = _LIKELIHOODS[_kind(word)]
        scores = [
            score + math.log(likelihood)
            for score, likelihood in zip(scores, likelihoods, strict=True)
        ]
    best = max(scores)
    weights = [math.exp(score - best) for score in scores]
    kazakh, russian, english, latin_kazakh = (weight / sum(weights) for weight in weights)
    shares: dict[Language, float] = {"kk": kazakh + latin_kazakh, "ru": russian, "en": english}
    language = max(shares, key=shares.__getitem__)
    return Identified(language, min(1.0, shares[language]))


def _words(text: str) -> Iterator[str]:
    """Different words in Cyrillic or Latin letters, spread over the text."""
    found = dict.fromkeys(
        match.group()[:_LONGEST_WORD]
        for window in _windows(text)
        for match in _WORD.finditer(fold_look_alikes(MARKUP.sub(" ", window)))
    )
    words = [word for word in found if _CYRILLIC.search(word) or _LATIN.search(word)]
    step = -(-len(words) // MAX_WORDS)
    yield from words[:: step or 1]


def _windows(text: str) -> Iterator[str]:
    if len(text) <= 3 * MAX_WINDOW:
        yield text
        return
    middle = (len(text) - MAX_WINDOW) // 2
    yield text[:MAX_WINDOW]
    yield text[middle : middle + MAX_WINDOW]
    yield text[-MAX_WINDOW:]


@lru_cache(maxsize=65_536)
def _kind(word: str) -> str:
    if not _CYRILLIC.search(word):
        return _latin_kind(word)
    if _KAZAKH.search(word):
        return "kazakh letters"
    kazakh, russian = is_kazakh_word(word), is_russian_word(word)
    if kazakh:
        return "word of both" if russian else "kazakh word"
    if russian:
        return "russian word"
    return "unknown word with letters of loans" if _LOANS.search(word) else "unknown word"


def _latin_kind(word: str) -> str:
    if _LATIN_KAZAKH.search(word):
        return "latin kazakh letters"
    english = is_english_word(word)
    if is_kazakh_word(to_cyrillic(word.lower(), keep_markup=False)):
        return "latin word of both" if english else "latin kazakh word"
    return "english word" if english else "unknown latin word"
