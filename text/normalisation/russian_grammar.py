"""Russian ordinals and what is left of their endings after digits.

The added ending has one letter where a vowel stands before the last letter of the word, and two
where a consonant does: пятый 5-й, пятая 5-я, пятых 5-х, but пятого 5-го, пятому 5-му, пятыми 5-ми
(Мильчин А. Э., Чельцова Л. К. Справочник издателя и автора, 6.1; gramota.ru gives the same rule,
and that years and days before год and a month take none).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_VOWELS: Final = "аеиоуыэюяй"
_HARD: Final = ("ый", "ого", "ому", "ым", "ом", "ая", "ой", "ую", "ое", "ые", "ых", "ыми")
_THIRD: Final = ("ий", "ьего", "ьему", "ьим", "ьем", "ья", "ьей", "ью", "ье", "ьи", "ьих", "ьими")
_STRESSED_STEMS: Final = ("втор", "шест", "седьм", "восьм", "сороков")
_OF_ADDED: Final = {
    "й": "ый",
    "го": "ого",
    "му": "ому",
    "м": "ом",
    "я": "ая",
    "ю": "ую",
    "е": "ое",
    "х": "ых",
    "ми": "ыми",
}


def ordinal_forms(stem: str) -> Iterator[tuple[str, str]]:
    """Every form of an ordinal: (form, what is written after digits)."""
    for ending in _HARD:
        form = ordinal_form(stem, ending)
        yield form, added_ending(form)


def ordinal_form(stem: str, ending: str) -> str:
    """One form, named by the ending of новый (``ого``) or by what follows digits (``го``)."""
    index = _HARD.index(_OF_ADDED.get(ending, ending))
    if stem == "трет":
        return stem + _THIRD[index]
    return stem + ("ой" if index == 0 and stem in _STRESSED_STEMS else _HARD[index])


def added_ending(form: str) -> str:
    """The letters after digits: пятого → ``го``, пятый → ``й``."""
    return form[-1] if form[-2] in _VOWELS or form[-2] == "ь" else form[-2:]
