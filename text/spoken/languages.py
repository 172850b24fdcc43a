"""Which language each word of a sentence is spoken in.

A Kazakh or Russian sentence may hold Latin names, a Russian one Kazakh names, a Kazakh one whole
Russian phrases, an English one Cyrillic words. Russian loans in a Kazakh sentence stay Kazakh: that
is how they are said, and one word is told from its neighbours less surely than three.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from foundation.languages import Language
from text.identification import identify
from text.letters import fold_look_alikes
from text.transliteration import to_cyrillic
from text.vocabulary.common_words import is_english_word, is_kazakh_word, is_russian_word

_LATIN: Final = re.compile(r"[A-Za-z\u00c0-\u024f]")
_CYRILLIC: Final = re.compile(r"[\u0400-\u052f]")
_KAZAKH: Final = re.compile(r"[әғқңөұүһі]", re.IGNORECASE)
_LATIN_KAZAKH: Final = re.compile(r"[äğıñŋöūüşÄĞİÑŊÖŪÜŞ]")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LEAST_RUSSIAN_RUN: Final = 3
"""Words in a row that only Russian has, before a Kazakh sentence changes its voice for them."""

_SURE: Final = 0.98
"""Confidence from which a sentence is in another language than the text."""

_LEAST_WORDS: Final = 3

_CLAUSE_ENDS: Final = ",;:.!?…—–"

Kind = Literal["neutral", "latin", "latin kazakh", "kazakh", "russian", "both", "cyrillic"]


@dataclass(frozen=True, slots=True)
class SentenceLanguage:
    """Of one sentence."""

    language: Language
    latin: bool = False
    """Kazakh in Latin letters: to be brought into Cyrillic before it is read."""


def sentence_language(
    text: str, given: Language | None, before: Language | None, *, switch: bool
) -> SentenceLanguage:
    """The language of a sentence.

    Args:
        text: the sentence.
        given: what the caller says; None: unknown.
        before: of the sentence before, which one without letters shares.
        switch: may it be another than ``given``?
    """
    if given is not None and not switch:
        return SentenceLanguage(given, given == "kk" and _is_latin(text))
    identified = identify(text)
    if identified is None:
        return SentenceLanguage(given or before or "en")
    language = identified.language
    if given is not None and language != given:
        sure = identified.confidence >= _SURE and len(_WORD.findall(text)) >= _LEAST_WORDS
        language = language if sure and _scripts_differ_or_whole(text, given) else given
    return SentenceLanguage(language, language == "kk" and _is_latin(text))


def _scripts_differ_or_whole(text: str, given: Language) -> bool:
    """A Latin name does not make a Kazakh sentence English: most letters must be of the other."""
    latin, cyrillic = len(_LATIN.findall(text)), len(_CYRILLIC.findall(text))
    if given == "en":
        return cyrillic > latin
    return True


def _is_latin(text: str) -> bool:
    """Is a sentence, said or identified to be Kazakh, in Latin letters?"""
    latin, cyrillic = len(_LATIN.findall(text)), len(_CYRILLIC.findall(text))
    if latin <= 2 * cyrillic:
        return False
    if _LATIN_KAZAKH.search(text):
        return True
    identified = identify(text)
    return identified is not None and identified.language == "kk"


@dataclass(frozen=True, slots=True)
class Converted:
    """A text in Cyrillic, and where each place of it was before."""

    text: str
    starts: tuple[int, ...]
    """By place in ``text``: where it begins in the original."""
    ends: tuple[int, ...]
    """By place in ``text``: where what ends there ends in the original."""


def latin_to_cyrillic(text: str) -> Converted:
    """Kazakh in Latin letters in Cyrillic, word by word; English words stay."""
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = [0]
    at = 0

    def copy(upto: int) -> None:
        parts.append(text[at:upto])
        starts.extend(range(at, upto))
        ends.extend(range(at + 1, upto + 1))

    for match in _WORD.finditer(text):
        copy(match.start())
        word = match.group()
        cyrillic = _cyrillic_word(word)
        if cyrillic == word:
            at = match.start()
            copy(match.end())
        else:
            parts.append(cyrillic)
            starts.extend([match.start()] * len(cyrillic))
            ends.extend([match.end()] * len(cyrillic))
        at = match.end()
    copy(len(text))
    starts.append(len(text))
    return Converted("".join(parts), tuple(starts), tuple(ends))


@lru_cache(maxsize=16_384)
def _cyrillic_word(word: str) -> str:
    if _CYRILLIC.search(word):
        return word
    cyrillic = to_cyrillic(word, keep_markup=False)
    english = not _LATIN_KAZAKH.search(word) and is_english_word(word)
    return word if english and not is_kazakh_word(cyrillic) else cyrillic


def word_languages(words: Sequence[str], base: Language) -> list[Language]:
    """The language of each token of a sentence; tokens without letters share that before them."""
    kinds = [_kind(word) for word in words]
    if base == "en":
        languages = list(_inside_english(words, kinds))
    elif base == "ru":
        languages = [_inside_russian(kind) for kind in kinds]
    else:
        languages = list(_inside_kazakh(words, kinds))
    found: list[Language] = []
    for language in languages:
        found.append(language or (found[-1] if found else base))
    # A number or mark before the first foreign word is the sentence's own.
    return found


def _inside_russian(kind: Kind) -> Language | None:
    if kind == "neutral":
        return None
    if kind == "latin":
        return "en"
    return "kk" if kind in ("kazakh", "latin kazakh") else "ru"


def _inside_english(words: Sequence[str], kinds: Sequence[Kind]) -> Iterator[Language | None]:
    at = 0
    while at < len(words):
        end = at
        while end < len(words) and kinds[end] in ("kazakh", "russian", "both", "cyrillic"):
            end += 1
        if end > at:
            identified = identify(" ".join(words[at:end]))
            language: Language = identified.language if identified else "ru"
            yield from [language if language != "en" else "ru"] * (end - at)
            at = end
            continue
        kind = kinds[at]
        yield None if kind == "neutral" else "kk" if kind == "latin kazakh" else "en"
        at += 1


def _inside_kazakh(words: Sequence[str], kinds: Sequence[Kind]) -> Iterator[Language | None]:
    at = 0
    while at < len(words):
        end = at
        while end < len(words) and kinds[end] in ("russian", "both"):
            end += 1
            if words[end - 1][-1] in _CLAUSE_ENDS and "russian" not in kinds[at:end]:
                break  # words of both languages before a comma are not the Russian phrase's
        if end > at:
            only_russian = kinds[at:end].count("russian")
            russian = only_russian >= _LEAST_RUSSIAN_RUN and _is_russian(words[at:end])
            yield from ["ru" if russian else "kk"] * (end - at)  # type: ignore[misc]
            at = end
            continue
        kind = kinds[at]
        yield None if kind == "neutral" else "en" if kind == "latin" else "kk"
        at += 1


def _is_russian(run: Sequence[str]) -> bool:
    identified = identify(" ".join(run))
    return identified is not None and identified.language == "ru" and identified.confidence > 0.95


@lru_cache(maxsize=65_536)
def _kind(token: str) -> Kind:
    match = _WORD.search(fold_look_alikes(token))
    if match is None:
        return "neutral"
    word = match.group()
    if not _CYRILLIC.search(word):
        return (
            "latin kazakh" if _LATIN_KAZAKH.search(word) and not is_english_word(word) else "latin"
        )
    if _KAZAKH.search(word):
        return "kazakh"
    if is_russian_word(word):
        return "both" if is_kazakh_word(word) else "russian"
    return "cyrillic"
