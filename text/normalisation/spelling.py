"""Numbers spelt out in words."""

from __future__ import annotations

import functools
from typing import Any, Final

from foundation.languages import Language
from text.normalisation import kazakh_grammar as kazakh
from text.normalisation.grammar import load_grammar
from text.normalisation.russian_grammar import ordinal_form

_LARGEST: Final = 10**15


def spell(value: int, language: Language, feminine: bool = False) -> str:
    """A cardinal in the nominative; from 10**15 on digit by digit.

    ``feminine`` says that a Russian feminine noun follows (одна тонна).
    """
    if value >= _LARGEST:
        return spell_digits(str(value), language)
    if value == 0:
        return str(_numbers(language)["zero"][0])
    return " ".join(_SPELLERS[language](value, feminine))


def spell_digits(digits: str, language: Language) -> str:
    """Digit by digit."""
    return " ".join(spell(int(digit), language) for digit in digits)


def spell_ordinal(value: int, language: Language, ending: str = "") -> str:
    """An ordinal.

    Args:
        value: 1 or more.
        language: Of the words.
        ending: Kazakh: the case ending after -ші (``ге``). Russian: the form, by the ending of
            новый (``ого``) or by what stands after digits (``го``).
    """
    if language == "kk":
        *first, last = spell(value, language).split()
        return " ".join((*first, kazakh.ordinal(last) + ending))
    if language == "en":
        return _english_ordinal(value)
    return _russian_ordinal(value, ending or "ый")


def plural(count: int, forms: list[str]) -> str:
    """The form of a noun after a number: рубль, рубля, рублей; or dollar, dollars."""
    if len(forms) == 2:
        return forms[0] if count == 1 else forms[1]
    if len(forms) == 1:
        return forms[0]
    if count % 10 == 1 and count % 100 != 11:
        return forms[0]
    few = count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14)
    return forms[1] if few else forms[2]


def scale_forms(value: int, language: Language) -> list[str]:
    """The names of a scale: миллион, миллиона, миллионов."""
    scales = load_grammar(language).table["scales"]
    if language == "ru":
        forms = scales[str(value)]
        many = forms["more"].split()
        return [forms["alone"].split()[0], many[0], many[1]]
    return [next(word for word, worth in scales.items() if worth == value)]


def _numbers(language: Language) -> dict[str, Any]:
    return load_grammar(language).table["numbers"]  # type: ignore[no-any-return]


def _groups(value: int) -> list[tuple[int, int]]:
    """(coefficient, scale) from the largest on; the scale of the last is 1."""
    groups = []
    scale = 10**12
    while scale:
        coefficient, value = divmod(value, scale)
        if coefficient:
            groups.append((coefficient, scale))
        scale //= 1000
    return groups


def _kazakh(value: int, feminine: bool) -> list[str]:
    numbers, words = _numbers("kk"), []
    for coefficient, scale in _groups(value):
        if not (coefficient == 1 and scale == 1000):  # мың, but бір миллион
            hundreds, rest = divmod(coefficient, 100)
            tens, units = divmod(rest, 10)
            if hundreds > 1:
                words.append(numbers["units"][hundreds - 1])
            if hundreds:
                words.append(numbers["hundred"])
            if tens:
                words.append(numbers["tens"][tens - 1])
            if units:
                words.append(numbers["units"][units - 1])
        if scale > 1:
            words += scale_forms(scale, "kk")
    return words


def _russian(value: int, feminine: bool) -> list[str]:
    forms, words = _numbers("ru")["forms"], []
    for coefficient, scale in _groups(value):
        hundreds, rest = divmod(coefficient, 100)
        if hundreds:
            words.append(forms[str(hundreds * 100)].split()[0])
        if rest > 20:
            words.append(forms[str(rest // 10 * 10)].split()[0])
            rest %= 10
        if rest:
            gendered = rest < 3 and (scale == 1000 or (feminine and scale == 1))
            words.append(forms[str(rest)].split()[gendered])
        if scale > 1:
            words.append(plural(coefficient, scale_forms(scale, "ru")))
    if value // 1000 == 1:  # тысяча, not одна тысяча
        words.remove("одна")
    return words


def _english(value: int, feminine: bool) -> list[str]:
    numbers, words = _numbers("en"), []
    for coefficient, scale in _groups(value):
        hundreds, rest = divmod(coefficient, 100)
        if hundreds:
            words += [numbers["units"][hundreds - 1], numbers["hundred"]]
        if rest and (hundreds or (words and scale == 1)):
            words.append("and")
        if rest >= 20:
            tens, units = divmod(rest, 10)
            ten = numbers["tens"][tens - 1]
            words.append(f"{ten}-{numbers['units'][units - 1]}" if units else ten)
        elif rest:
            words.append((*numbers["units"], *numbers["teens"])[rest - 1])
        if scale > 1:
            words += scale_forms(scale, "en")
    return words


_SPELLERS: Final = {"kk": _kazakh, "ru": _russian, "en": _english}


@functools.cache
def _english_ordinals() -> dict[int, str]:
    return {value: word for word, value in _numbers("en")["ordinals"].items()}


def _english_ordinal(value: int) -> str:
    *first, last = spell(value, "en").split()
    stem, hyphen, unit = last.rpartition("-")
    ordinals = _english_ordinals()
    known = next((o for o in ordinals.values() if spell(_value(o), "en") == unit), None)
    return " ".join((*first, stem + hyphen + (known or unit + "th")))


def _value(ordinal: str) -> int:
    return int(_numbers("en")["ordinals"][ordinal])


def _russian_ordinal(value: int, ending: str) -> str:
    stems = _numbers("ru")["ordinals"]
    for size in (100, 10, 10**12):  # пятнадцатый in one word, двадцать пятый in two
        last = value % size
        if last and str(last) in stems:
            break
    else:
        last = value % 1000 // 100 * 100 or value % 100_000
    stem = stems.get(str(last))
    if stem is None:
        return spell(value, "ru")
    first = spell(value - last, "ru") if value > last else ""
    return f"{first} {ordinal_form(stem, ending)}".strip()
