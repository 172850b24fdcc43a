"""Keys under which words that sound alike are written alike.

A recogniser that hears a name it does not know writes another spelling of the same sounds. Two keys
are compared: the *spelling* key folds what one recogniser writes now so and now so (Kazakh letters
as their Russian look- or sound-alikes, ё as е, case, hyphens); the *sound* key folds further, what
speakers and recognisers confuse: unstressed vowels, voiced and voiceless consonants, doubled
letters, a lost й. Latin letters are read into the same alphabet by English rules, so that a name
is also found when it is heard in the other script.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

_LOOK_ALIKES: Final = str.maketrans("iIhHaAeEoOcCpPxXyYəƏ", "іІһҺаАеЕоОсСрРхХуУәӘ")
_KAZAKH: Final = str.maketrans("әғқңөұүһіё", "агкноуухие")
_HUSHED: Final = str.maketrans("", "", "ъь")

_DIGRAPHS: Final = (
    ("дж", "ж"),
    ("тс", "с"),
    ("дс", "с"),
    ("нг", "н"),
    ("сч", "ш"),
    ("йа", "а"),
    ("йо", "а"),
    ("йу", "у"),
    ("йе", "и"),
)
# Vowels: а о я ё | е э и ы | у ю. Consonants voiceless; х and к are confused where қ was said.
_CLASSES: Final = str.maketrans("аояеэиыуюбвгджзцчщх", "аааииииуупфктшссшшк")
_GLIDES: Final = re.compile("й+")
_DOUBLED: Final = re.compile(r"(.)\1+")

_LATIN: Final = (
    ("tch", "ч"),
    ("sch", "ш"),
    ("shch", "щ"),
    ("igh", "ай"),
    ("kh", "х"),
    ("gh", "г"),
    ("zh", "ж"),
    ("sh", "ш"),
    ("ch", "ч"),
    ("ph", "ф"),
    ("th", "т"),
    ("wh", "в"),
    ("ck", "к"),
    ("qu", "кв"),
    ("ts", "ц"),
    ("tz", "ц"),
    ("dj", "ж"),
    ("dg", "ж"),
    ("ya", "я"),
    ("yu", "ю"),
    ("yo", "ё"),
    ("ye", "е"),
    ("ee", "и"),
    ("ea", "и"),
    ("ie", "и"),
    ("oo", "у"),
    ("ou", "у"),
    ("ce", "се"),
    ("ci", "си"),
    ("cy", "си"),
)
_LATIN_LETTERS: Final = str.maketrans(
    {
        **dict(zip("abcdefghijklmnopqrstuvwz", "абкдефгхижклмнопкрстуввз", strict=True)),
        "x": "кс",
        "y": "й",
    }
)
_VOWEL_Y: Final = re.compile("(?<=[bcdfghjklmnpqrstvwxz])y")
_LATIN_SCRIPT: Final = re.compile("[a-z]")
_CYRILLIC_SCRIPT: Final = re.compile(r"[\u0400-\u04ff]")


class Keys(NamedTuple):
    """Of one or several words, written as one."""

    spelling: str
    sound: str


@lru_cache(maxsize=65_536)
def keys_of(text: str) -> Keys:
    """Keys of ``text``; both are empty where it has no letter and no digit."""
    letters = plain_letters(text)
    spelling = spelling_key(letters)
    return Keys(spelling, _sound_key(spelling))


def plain_letters(text: str) -> str:
    """Letters and digits alone, in lower case, Latin look-alikes in Cyrillic words folded."""
    letters = "".join(filter(str.isalnum, unicodedata.normalize("NFC", text).lower()))
    return letters.translate(_LOOK_ALIKES) if _CYRILLIC_SCRIPT.search(letters) else letters


def is_latin(letters: str) -> bool:
    """Does it hold a Latin letter?"""
    return _LATIN_SCRIPT.search(letters) is not None


def spelling_key(letters: str) -> str:
    """Fold ``plain_letters`` letter by letter; a Cyrillic key has as many letters."""
    if is_latin(letters):
        decomposed = unicodedata.normalize("NFKD", letters)
        return "".join(filter(str.isalnum, decomposed))
    return letters.translate(_KAZAKH)


def _sound_key(spelling: str) -> str:
    if is_latin(spelling):
        spelling = _read_latin(spelling)
    spelling = spelling.translate(_KAZAKH).translate(_HUSHED)
    for written, heard in _DIGRAPHS:
        spelling = spelling.replace(written, heard)
    return _DOUBLED.sub(r"\1", _GLIDES.sub("", spelling).translate(_CLASSES))


def _read_latin(spelling: str) -> str:
    if len(spelling) > 3 and spelling.endswith("e"):
        spelling = spelling[:-1]
    spelling = _VOWEL_Y.sub("i", spelling)
    for written, heard in _LATIN:
        spelling = spelling.replace(written, heard)
    return spelling.translate(_LATIN_LETTERS)
