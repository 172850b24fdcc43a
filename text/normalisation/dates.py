"""Dates, years, decades and centuries."""

from __future__ import annotations

from typing import Final

from text.normalisation.grammar import Kind
from text.normalisation.matching import Match, Phrase, Piece, joined, with_ending
from text.normalisation.numbers import Number
from text.normalisation.options import NumberClass

_FIRST_YEAR: Final = 1000
_LAST_YEAR: Final = 2999
_LAST_CENTURY: Final = 30


def date(phrase: Phrase, at: int) -> Match | None:
    """A date, by the language's own rules."""
    if not phrase.on(NumberClass.DATE):
        return None
    return _RULES[phrase.grammar.language](phrase, at)


def roman(value: int) -> str:
    """In Roman numerals, for centuries."""
    text = ""
    for sign, worth in (("X", 10), ("IX", 9), ("V", 5), ("IV", 4), ("I", 1)):
        count, value = divmod(value, worth)
        text += sign * count
    return text


def _is_year(number: Number | None) -> bool:
    return number is not None and _FIRST_YEAR <= number.value <= _LAST_YEAR


def _century(phrase: Phrase, at: int, number: Number) -> Match | None:
    if number.ordinal and 1 <= number.value <= _LAST_CENTURY and not number.digits:
        text = joined(phrase, roman(number.value), number.end, number.end + 1)
        return Match((Piece(at, number.end + 1, text),))
    return None


def _kazakh(phrase: Phrase, at: int) -> Match | None:
    grammar = phrase.grammar
    month = phrase.core(at)
    if month in grammar.months:
        day = phrase.number(at + 1)
        if day is None or not month.endswith(("ың", "ің")) or not 1 <= day.value <= 31:
            return None
        if not day.case.startswith("possessive") or day.ordinal:
            return None
        text = with_ending(str(day.value), day.ending)
        return Match((Piece(at, at + 1), Piece(at + 1, day.end, text)))
    number = phrase.number(at)
    if number is None or number.case:
        return None
    noun, end = phrase.core(number.end), number.end + 1
    text = number.digits or str(number.value)
    if noun in grammar.months and 1 <= number.value <= 31:
        return Match((Piece(at, end, joined(phrase, text, number.end, end)),))
    if noun in grammar.decades and number.ordinal and number.value % 10 == 0:
        return Match((Piece(at, end, f"{text}-{phrase.raw(number.end, end)}"),))
    if noun in grammar.years and _is_year(number):
        return Match((Piece(at, end, joined(phrase, text, number.end, end)),))
    return _century(phrase, at, number) if noun in grammar.centuries else None


def _russian(phrase: Phrase, at: int) -> Match | None:
    grammar = phrase.grammar
    number = phrase.number(at)
    if number is None or not (number.ordinal or number.digits):
        return None
    noun = phrase.core(number.end)
    text = number.digits or str(number.value)
    if noun in grammar.months and 1 <= number.value <= 31:
        if number.ordinal and number.ending not in ("го", "е", "му"):
            return None
        end = number.end + 1
        day = Piece(at, end, joined(phrase, text, number.end, end))
        year = phrase.number(end)
        if year is None or not _is_year(year) or not (year.ordinal or year.digits):
            return Match((day,))
        return Match((day, _russian_year(phrase, end, year)))
    if noun in grammar.years and _is_year(number):
        return Match((_russian_year(phrase, at, number),))
    return _century(phrase, at, number) if noun in grammar.centuries else None


def _russian_year(phrase: Phrase, at: int, year: Number) -> Piece:
    text = year.digits or str(year.value)
    if phrase.core(year.end) in phrase.grammar.years:
        return Piece(at, year.end + 1, joined(phrase, text, year.end, year.end + 1))
    return Piece(at, year.end, text)


def _english(phrase: Phrase, at: int) -> Match | None:
    core = phrase.core(at)
    if core in phrase.grammar.months:
        return _month_first(phrase, at)
    start = at + 1 if core == "the" else at
    number = phrase.number(start)
    if number is not None and number.ordinal and 1 <= number.value <= 31:
        month = number.end + 1
        if phrase.core(number.end) == "of" and phrase.core(month) in phrase.grammar.months:
            text = joined(phrase, str(number.value), month, month + 1)
            day = Piece(at, month + 1, text)
            return _and_year(phrase, month + 1, (day,))
    if core == "the":
        return None
    decade = _decade(phrase, at)
    if decade is not None:
        return decade
    year = _paired_year(phrase, at, earliest=15)
    if year is None or phrase.unit(year[1]) is not None or phrase.number_follows(year[1]):
        return None
    return Match((Piece(at, year[1], str(year[0])),))


def _month_first(phrase: Phrase, at: int) -> Match | None:
    """``July twenty fifth twenty twelve`` → ``July 25, 2012``."""
    doubtful = phrase.core(at) in phrase.grammar.table["dates"]["doubtful_months"]
    day = phrase.number(at + 1)
    if (
        day is not None
        and 1 <= day.value <= 31
        and not day.digits
        and (day.ordinal or not doubtful)
    ):
        year = None if day.ordinal else _year(phrase, at + 1)
        if year is None:
            text = f"{phrase.raw(at, at + 1)}\u00a0{day.value}"
            if _year(phrase, day.end) is None:
                return Match((Piece(at, day.end, text),))
            return _and_year(phrase, day.end, (Piece(at, day.end, text + ","),))
    if doubtful:
        return None
    year = _year(phrase, at + 1)
    if year is None:
        return None
    return Match((Piece(at, at + 1), Piece(at + 1, year[1], str(year[0]))))


def _and_year(phrase: Phrase, at: int, pieces: tuple[Piece, ...]) -> Match:
    year = _year(phrase, at)
    if year is None:
        return Match(pieces)
    return Match((*pieces, Piece(at, year[1], str(year[0]))))


def _year(phrase: Phrase, at: int) -> tuple[int, int] | None:
    """A year in either way of saying it: (year, index after it)."""
    paired = _paired_year(phrase, at, earliest=10)
    if paired is not None:
        return paired
    number = phrase.number(at)
    if number is None or number.ordinal or not _is_year(number):
        return None
    return number.value, number.end


def _paired_year(phrase: Phrase, at: int, earliest: int) -> tuple[int, int] | None:
    """``nineteen ninety four``, ``twenty twelve``, ``nineteen oh five``."""
    first = phrase.grammar.words.get(phrase.core(at))
    if first is None or first.ordinal or not earliest <= first.value <= 20:
        return None
    if phrase.core(at + 1) in ("oh", "o"):
        last = phrase.grammar.words.get(phrase.core(at + 2))
        if last is None or last.kind is not Kind.UNIT or last.ordinal:
            return None
        return first.value * 100 + last.value, at + 3
    second = phrase.number(at + 1)
    if second is None or second.ordinal or not 10 <= second.value <= 99 or second.digits:
        return None
    return first.value * 100 + second.value, second.end


def _decade(phrase: Phrase, at: int) -> Match | None:
    """``nineteen eighties`` → ``1980s``."""
    first = phrase.grammar.words.get(phrase.core(at))
    decade = phrase.grammar.table["dates"]["decades"].get(phrase.core(at + 1))
    if first is None or first.ordinal or decade is None or not 15 <= first.value <= 20:
        return None
    return Match((Piece(at, at + 2, f"{first.value * 100 + decade}s"),))


_RULES: Final = {"kk": _kazakh, "ru": _russian, "en": _english}
