"""Words so common that they are never taken for a misheard name.

Kazakh: ``common_words.kk.txt`` beside this module, made by ``tools/count_common_words.py``; its
first lines name sources and licences. Russian: pymorphy3's dictionary (OpenCorpora), which knows
all forms of a word and which words are names. English: pyspellchecker's frequency list.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set
from functools import lru_cache
from importlib import resources
from typing import Any, Final

import pymorphy3
from spellchecker import SpellChecker

from foundation.languages import Language
from text.vocabulary.kazakh_endings import split_endings
from text.vocabulary.sounds import plain_letters

_KAZAKH_LIST: Final = "common_words.kk.txt"
_MIN_ENGLISH_COUNT: Final = 200
"""Seldomer words of the list are left out: names and misspellings among them."""

_NAMES: Final = frozenset({"Name", "Surn", "Patr", "Geox", "Orgn", "Trad", "Abbr", "Init"})
_RUSSIAN_WORD: Final = re.compile("[а-яё]+")
_SHORTEST_STEM: Final = 3


@lru_cache(maxsize=65_536)
def is_common(word: str, language: Language) -> bool:
    """Is it a common word of the language, in any form? Numbers are, names are not.

    Kazakh speech holds Russian words: those are common in Kazakh, too.
    """
    letters = plain_letters(word)
    if letters.isdigit():
        return True
    if language == "kk":
        return _is_kazakh(letters) or _is_russian(letters)
    return _is_russian(letters) if language == "ru" else letters in _english()


@lru_cache(maxsize=65_536)
def is_russian_name(word: str) -> bool:
    """Is it, whatever its form, the name of a person or a place and no other Russian word?"""
    letters = plain_letters(word)
    if _RUSSIAN_WORD.fullmatch(letters) is None or len(letters) < _SHORTEST_STEM:
        return False
    parses = russian_parses(letters)
    return all(parse.is_known and _NAMES.intersection(parse.tag.grammemes) for parse in parses)


def is_kazakh_word(word: str) -> bool:
    """Is it a common Kazakh word, or one with the endings of nouns?"""
    return _is_kazakh(plain_letters(word))


def is_russian_word(word: str) -> bool:
    """Does the Russian dictionary have it in this form, names among its words?"""
    letters = plain_letters(word)
    return _RUSSIAN_WORD.fullmatch(letters) is not None and bool(
        russian_dictionary().word_is_known(letters)
    )


def is_english_word(word: str) -> bool:
    """Is it a common English word in this form?"""
    return word.lower() in _english()


def _is_kazakh(letters: str) -> bool:
    common = _kazakh()
    return any(
        stem in common and (not ending or len(stem) >= _SHORTEST_STEM)
        for stem, ending, _ in split_endings(letters)
    )


def _is_russian(letters: str) -> bool:
    return _RUSSIAN_WORD.fullmatch(letters) is not None and any(
        parse.is_known and not _NAMES.intersection(parse.tag.grammemes)
        for parse in russian_parses(letters)
    )


@lru_cache(maxsize=1)
def _kazakh() -> Set[str]:
    text = resources.files(__package__).joinpath(_KAZAKH_LIST).read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


@lru_cache(maxsize=1)
def russian_dictionary() -> pymorphy3.MorphAnalyzer:
    """pymorphy3's analyser, loaded once."""
    return pymorphy3.MorphAnalyzer(lang="ru")


def russian_parses(word: str) -> list[Any]:
    """What pymorphy3 makes of a word, the likeliest first.

    It fails at letters that Unicode has no names for in Python (Tangut); these are no Russian.
    """
    named = all(unicodedata.name(letter, "") for letter in word)
    return russian_dictionary().parse(word) if named else []


@lru_cache(maxsize=1)
def _english() -> Set[str]:
    counts = SpellChecker(language="en").word_frequency.dictionary
    return frozenset(word for word, count in counts.items() if count >= _MIN_ENGLISH_COUNT)
