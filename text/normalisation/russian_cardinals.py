"""Russian cardinals in every case and gender, from the forms in the table.

Each part of a compound numeral is declined (с двумястами тридцатью пятью); before тысяча, миллион
and so on the numeral agrees with these as with any noun (Русская грамматика. Москва, 1980, the
chapter on numerals; Розенталь Д. Э. Справочник по правописанию и литературной правке, *Формы имён
числительных*).
"""

from __future__ import annotations

import functools
from typing import Final, Literal

from text.normalisation.grammar import load_grammar
from text.normalisation.russian_grammar import ordinal_form

Case = Literal["nominative", "genitive", "dative", "accusative", "instrumental", "prepositional"]
Gender = Literal["masculine", "feminine", "neuter", "plural"]

CASES: Final[tuple[Case, ...]] = (
    "nominative",
    "genitive",
    "dative",
    "accusative",
    "instrumental",
    "prepositional",
)

_ONE: Final[dict[Gender, tuple[str, ...]]] = {
    "masculine": ("один", "одного", "одному", "один", "одним", "одном"),
    "feminine": ("одна", "одной", "одной", "одну", "одной", "одной"),
    "neuter": ("одно", "одного", "одному", "одно", "одним", "одном"),
    "plural": ("одни", "одних", "одним", "одни", "одними", "одних"),
}
# The endings of новый, as russian_grammar names forms.
_ADJECTIVE: Final[dict[Gender, tuple[str, ...]]] = {
    "masculine": ("ый", "ого", "ому", "ый", "ым", "ом"),
    "feminine": ("ая", "ой", "ой", "ую", "ой", "ой"),
    "neuter": ("ое", "ого", "ому", "ое", "ым", "ом"),
    "plural": ("ые", "ых", "ым", "ые", "ыми", "ых"),
}
_SMALL_NUMBERS: Final = range(2, 5)


def decline_cardinal(
    value: int, case: Case, gender: Gender = "masculine", *, animate: bool = False
) -> list[str]:
    """The words of a cardinal up to 10**15 - 1.

    Args:
        value: 0 or more.
        case: what the sentence asks for.
        gender: of the noun counted; said by один, одна, одно and два, две.
        animate: is what is counted alive? Then вижу двух (not два) студентов.
    """
    if value == 0:
        zero = ("ноль", "ноля", "нолю", "ноль", "нолём", "ноле")
        return [zero[CASES.index(case)]]
    words: list[str] = []
    scale = 10**12
    while scale > 1:
        coefficient, value = divmod(value, scale)
        if coefficient:
            if not (scale == 1000 and coefficient == 1 and not words):  # тысяча, not одна тысяча
                words += _below_thousand(
                    coefficient, case, "feminine" if scale == 1000 else "masculine", False
                )
            words.append(scale_noun(scale, coefficient, case))
        scale //= 1000
    return words + _below_thousand(value, case, gender, animate)


def scale_noun(scale: int, count: int, case: Case) -> str:
    """тысяча, миллион … as counted by ``count``: до пяти тысяч, с двумя миллионами."""
    singular, plural = scale_paradigm(scale)
    return counted_form(singular, plural, count, case)


def counted_form(singular: tuple[str, ...], plural: tuple[str, ...], count: int, case: Case) -> str:
    """The form of a noun after a number: paradigms by case, genitive plural for пять."""
    at = CASES.index(case)
    if is_one(count):
        return singular[at]
    if case in ("nominative", "accusative"):
        return singular[1] if is_few(count) else plural[1]
    return plural[at]


@functools.cache
def scale_paradigm(scale: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Singular and plural of a scale's name by case."""
    forms = load_grammar("ru").table["scales"][str(scale)]
    one, more = forms["alone"].split(), forms["more"].split()
    if scale == 1000:
        nominative, accusative, dative, instrumental = one
        genitive = more[0]
        singular = (nominative, genitive, dative, accusative, instrumental, dative)
        plural = (more[0], more[1], more[2], more[0], more[3], more[4])
    else:
        singular = (one[0], more[0], more[2], one[0], more[3], more[4])
        plural = (more[5], more[1], more[6], more[5], more[7], more[8])
    return singular, plural


def is_one(count: int) -> bool:
    """Does the noun stand in the singular: 1, 21, 101, not 11?"""
    return count % 10 == 1 and count % 100 != 11


def is_few(count: int) -> bool:
    """Two to four: the noun stands in the genitive singular."""
    return count % 10 in _SMALL_NUMBERS and count % 100 not in (12, 13, 14)


def ordinal_ending(case: Case, gender: Gender, *, animate: bool = False) -> str:
    """The ending of новый by which ``spell_ordinal`` knows a form."""
    if case == "accusative" and animate and gender in ("masculine", "plural"):
        case = "genitive"
    return _ADJECTIVE[gender][CASES.index(case)]


def denominator(stem: str, count: int, case: Case) -> str:
    """The name of a part: одна десятая, две десятых, до пяти десятых."""
    if is_one(count):
        return ordinal_form(stem, ordinal_ending(case, "feminine"))
    if case in ("nominative", "accusative"):
        return ordinal_form(stem, "ых")
    return ordinal_form(stem, ordinal_ending(case, "plural"))


def combining(value: int) -> str:
    """As the first part of an adjective: пяти(этажный), сорока(летний), сто(процентный)."""
    words = decline_cardinal(value, "genitive")
    kept = {1: "одно", 90: "девяносто", 100: "сто", 1000: "тысяче"}
    last = value % 10 if value % 100 > 20 else value % 100
    if value in kept:
        return kept[value]
    if last == 1:
        words[-1] = "одно"
    elif value % 100 == 0 and value < 1000:
        return "".join(words)
    kept_parts = {"ста": "сто", "девяноста": "девяносто", "тысячи": "тысяча"}
    return "".join(kept_parts.get(word, word) for word in words)


def _below_thousand(value: int, case: Case, gender: Gender, animate: bool) -> list[str]:
    parts = []
    hundreds, rest = value // 100 * 100, value % 100
    if hundreds:
        parts.append(_form(hundreds, case, gender, False))
    if rest > 20:
        parts.append(_form(rest // 10 * 10, case, gender, False))
        rest %= 10
    if rest:
        parts.append(_form(rest, case, gender, animate))
    return parts


@functools.cache
def _form(value: int, case: Case, gender: Gender, animate: bool) -> str:
    at = CASES.index(case)
    if value == 1:
        if case == "accusative" and animate and gender in ("masculine", "plural"):
            at = 1
        return _ONE[gender][at]
    forms = load_grammar("ru").table["numbers"]["forms"][str(value)].split()
    nominative = case == "nominative" or (
        case == "accusative" and not (animate and value in _SMALL_NUMBERS)
    )
    if nominative:
        return str(forms[1] if value == 2 and gender == "feminine" else forms[0])
    if value in _SMALL_NUMBERS:
        genitive, dative, instrumental = forms[-3:]
        of_case = (0, genitive, dative, genitive, instrumental, genitive)
        return str(of_case[at])
    if value >= 200:  # двухсот двумстам двумястами двухстах
        genitive, dative, instrumental, prepositional = forms[1:5]
        return str((0, genitive, dative, 0, instrumental, prepositional)[at])
    return str(forms[2] if case == "instrumental" and len(forms) > 2 else forms[1])
