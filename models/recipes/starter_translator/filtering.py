"""Which lines of a parallel corpus are worth training on.

The rules are about text that a viewer may read: no markup, no placeholders, no lines whose two
sides cannot be each other's translation. Every rule has a name, so that a data card can count what
each of them drops.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from typing import Final

LANGUAGES: Final = ("kk", "ru", "en")

LONGEST_WORDS: Final = 40
LONGEST_CHARACTERS: Final = 300
# Below this length a ratio of lengths says little: "ОК" is "Жарайды".
SHORT_CHARACTERS: Final = 20
WIDEST_RATIO: Final = 2.6
WIDEST_ALIGNED_RATIO: Final = 1.7

_KAZAKH_LETTERS: Final = re.compile(r"[әғқңөұүһі]", re.IGNORECASE)
_CYRILLIC: Final = re.compile(r"[\u0400-\u04ff]")
_LATIN: Final = re.compile(r"[A-Za-z]")
_NUMBER: Final = re.compile(r"\d+")
_SPACE: Final = re.compile(r"\s+")
_WORD: Final = re.compile(r"[^\W\d_]+")
# What a program puts in place of text, and what only a program reads.
_MARKUP: Final = re.compile(
    r"[$<>{}\\@|=#^*~_&/\[\]]|(?<!\d)(?<!\d )%|%\w|://|--|\+\+|[A-Za-z0-9_]\.[A-Za-z]{2,}\b"
)
# What a crawler left in a text.
_LEFT_OVER: Final = re.compile(r"</?(?:seg|p|br|b|i)\s*/?>|&(?:quot|amp|nbsp|laquo|raquo);")
# Keyboard accelerators: "_File", "Бас~тау", "Файл (_Ф)".
_ACCELERATOR_SUFFIX: Final = re.compile(r"\s*\([_&~]\w\)")
_ACCELERATOR: Final = re.compile(r"[_&~](?=\w)")
_FOLDED: Final = str.maketrans("әғқңөұүһіхё", "агкноуукике")
_INITIAL: Final = re.compile(r"(?<=[а-яёәғқңөұүһіa-z,] )«?([А-ЯЁӘҒҚҢӨҰҮҺІ][а-яёәғқңөұүһі]{3,})")


def tidy(text: str) -> str:
    """Compose characters, drop accelerators of menus, soft hyphens and doubled spaces."""
    text = _LEFT_OVER.sub(lambda found: html.unescape(found[0]) if found[0][0] == "&" else "", text)
    text = unicodedata.normalize("NFC", text).replace("\u00ad", "").replace("\u200b", "")
    text = _ACCELERATOR_SUFFIX.sub("", text)
    if len(_ACCELERATOR.findall(text)) == 1:
        text = _ACCELERATOR.sub("", text)
    return _SPACE.sub(" ", text.replace("...", "…")).strip()


def comparison_key(text: str) -> str:
    """What near-duplicates share: letters in lower case, any number as 0, nothing else."""
    return " ".join(_WORD.findall(_NUMBER.sub(" x ", text.casefold())))


def fault(text: str, language: str) -> str | None:
    """Why ``text`` is no use in ``language`` (``kk``, ``ru``, ``en``), or ``None`` if it is of use.

    Returns:
        The rule's name: ``empty``, ``long``, ``markup``, ``script``, ``language`` or ``symbols``.
    """
    letters = _WORD.findall(text)
    count = sum(map(len, letters))
    if count < 2:
        return "empty"
    if len(text) > LONGEST_CHARACTERS or len(text.split()) > LONGEST_WORDS:
        return "long"
    if _MARKUP.search(text):
        return "markup"
    if count < 0.6 * len(text.replace(" ", "")):
        return "symbols"
    cyrillic = len(_CYRILLIC.findall(text))
    if language == "en":
        return None if cyrillic == 0 and len(_LATIN.findall(text)) >= 0.95 * count else "script"
    if cyrillic < 0.5 * count:
        return "script"
    kazakh = _KAZAKH_LETTERS.search(text) is not None
    if (language == "ru" and kazakh) or (language == "kk" and len(letters) > 4 and not kazakh):
        return "language"
    return None


def pair_fault(left: str, right: str, *, aligned_by_machine: bool = False) -> str | None:
    """Why two sides that are each of use cannot be each other's translation, or ``None``.

    Args:
        left: one side.
        right: the other.
        aligned_by_machine: sentences were paired by a program and not by a translator, so lengths
            are held closer together and names are compared.

    Returns:
        The rule's name: ``copy``, ``numbers``, ``length`` or ``names``.
    """
    if left.casefold() == right.casefold():
        return "copy"
    if Counter(_NUMBER.findall(left)) != Counter(_NUMBER.findall(right)):
        return "numbers"
    shorter, longer = sorted((len(left), len(right)))
    widest = WIDEST_ALIGNED_RATIO if aligned_by_machine else WIDEST_RATIO
    if longer > SHORT_CHARACTERS and longer > widest * shorter:
        return "length"
    if aligned_by_machine and _names_differ(left, right):
        return "names"
    return None


def _names_differ(left: str, right: str) -> bool:
    """Do both sides hold several capitalised words and not one that begins alike?

    Kazakh and Russian write names in one alphabet but for a few letters: Қазақстан, Казахстан.
    """
    stems = [
        {name.casefold().translate(_FOLDED)[:3] for name in _INITIAL.findall(side)}
        for side in (left, right)
    ]
    return min(map(len, stems)) >= 2 and not stems[0] & stems[1]


def is_sentence_like(text: str) -> bool:
    """Is it a clause rather than a label on a button?"""
    words = len(text.split())
    return words >= 5 or (words >= 3 and text[-1:] in ".!?")
