"""Amounts before a unit: whole numbers, decimals, halves, ranges, with a sign or without."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from text.normalisation.grammar import Grammar, Kind, NumberWord
from text.normalisation.numbers import (
    MILLION,
    NO_BREAK_SPACE,
    Number,
    NumberState,
    group_digits,
    is_join,
    parse_number,
    word_at,
    write_number,
)
from text.normalisation.reading import Reader

MINUS: Final = "\u2212"
_DECIMAL: Final = re.compile(r"[0-9]{1,15}[.,][0-9]{1,6}")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as it is written before a unit."""

    text: str
    end: int
    number: Number | None
    """The number itself, if it is a plain one."""

    ending: str = ""
    case: str = ""
    signed: bool = False
    weak: bool = False
    """Only written before a unit: полтора."""


def parse_quantity(
    reader: Reader, at: int, grammar: Grammar, decimals: bool = True
) -> Quantity | None:
    """A number, a decimal, a range or one of them with a sign, written."""
    core = reader.core(at)
    numbers = grammar.table["numbers"]
    if core in numbers["minus"] or core in numbers["plus"]:
        inner = _unsigned(reader, at + 1, grammar, decimals)
        if inner is None:
            return None
        sign = MINUS if core in numbers["minus"] else "+"
        return replace(inner, text=sign + inner.text, signed=True)
    return _unsigned(reader, at, grammar, decimals)


def _unsigned(reader: Reader, at: int, grammar: Grammar, decimals: bool) -> Quantity | None:
    if decimals:
        decimal = parse_decimal(reader, at, grammar)
        if decimal is not None:
            return decimal
    start = at
    if reader.core(at) in numbers_articles(grammar):
        scale = grammar.words.get(reader.core(at + 1))
        if scale is None or scale.kind not in (Kind.HUNDRED, Kind.SCALE) or scale.ordinal:
            return None
        return _with_article(reader, at, grammar)
    number = parse_number(reader, start, grammar)
    if number is None or number.ordinal:
        return None
    if not reader.ends_word(number.end):
        return _range(reader, number, grammar)
    return Quantity(write_number(number, grammar), number.end, number, number.ending, number.case)


def numbers_articles(grammar: Grammar) -> tuple[str, ...]:
    """Words that stand for one before a hundred: a hundred and ten."""
    return tuple(grammar.table["numbers"].get("articles", ()))


def _with_article(reader: Reader, at: int, grammar: Grammar) -> Quantity | None:
    """``a hundred and fifty``: the article counts as one."""
    state = NumberState()
    state.take(NumberWord(Kind.UNIT, 1), english=True)
    position, number = at + 1, None
    while True:
        word = word_at(reader, position, grammar)
        if word is None and state.may_join and is_join(reader.core(position), grammar):
            following = word_at(reader, position + 1, grammar)
            if following is None or following.kind not in (Kind.UNIT, Kind.TEEN, Kind.TEN):
                break
            position += 1
            continue
        if word is None or word.ordinal or not state.take(word, english=True):
            break
        position += 1
        number = state.number(position, position - at)
    if number is None:
        return None
    alone = position == at + 2  # a million: left in words, but for a unit
    return Quantity(write_number(number, grammar), number.end, number, weak=alone)


def _range(reader: Reader, low: Number, grammar: Grammar) -> Quantity | None:
    """``он-он бес``: about ten to fifteen; an en rule stands between."""
    high = parse_number(reader, low.end, grammar)
    if high is None or high.ordinal or not reader.ends_word(high.end):
        return None
    if low.value >= high.value or low.ending or low.scale >= MILLION:
        return None
    text = f"{write_number(low, grammar)}–{write_number(high, grammar)}"
    number = replace(high, value=low.value, words=high.words + low.words)
    return Quantity(text, high.end, number, high.ending, high.case)


def parse_decimal(reader: Reader, at: int, grammar: Grammar) -> Quantity | None:
    """``екі бүтін оннан бес``, ``две целых пять десятых``, ``two point five``, and halves."""
    core = reader.core(at)
    if core and _DECIMAL.fullmatch(core):
        return _scaled(reader, core, at + 1, grammar)
    if core in grammar.table["decimals"].get("one_and_a_half", ()):
        quantity = _scaled(reader, _decimal("1", "5", grammar), at + 1, grammar)
        return replace(quantity, weak=quantity.end == at + 1)
    if grammar.language == "en" and core in grammar.table["decimals"]["points"]:
        return _point_first(reader, at + 1, grammar)
    whole = parse_number(reader, at, grammar)
    if whole is None or whole.ordinal or whole.ending or not reader.ends_word(whole.end):
        return None
    if whole.scale and not whole.bare_scale and whole.scale >= MILLION:
        return None
    whole_text = whole.digits or group_digits(whole.value, grammar)
    half = _half(reader, whole.end, grammar)
    if half:
        return _scaled(reader, _decimal(whole_text, "5", grammar), half, grammar)
    decimals = grammar.table["decimals"]
    after = whole.end
    pointed = reader.core(after) in decimals["points"]
    if pointed:
        after += 1
    if grammar.language == "ru" and reader.core(after) in decimals["joins"]:
        after += 1
    elif not pointed:
        return None
    fraction = _FRACTIONS[grammar.language](reader, after, grammar, pointed)
    if fraction is None:
        return None
    digits, end, ending = fraction
    text = _decimal(whole_text, digits, grammar)
    if ending:
        return Quantity(text, end, None, ending)
    return _scaled(reader, text, end, grammar)


def _point_first(reader: Reader, at: int, grammar: Grammar) -> Quantity | None:
    """``point two five``; a single digit may be a point on a list, unless something is counted."""
    fraction = _english_fraction(reader, at, grammar, pointed=True)
    if fraction is None:
        return None
    digits, end, _ = fraction
    quantity = _scaled(reader, _decimal("0", digits, grammar), end, grammar)
    return replace(quantity, weak=quantity.end == end and len(digits) == 1)


def _decimal(whole: str, digits: str, grammar: Grammar) -> str:
    return f"{whole}{grammar.table['decimal_mark']}{digits}"


def _half(reader: Reader, at: int, grammar: Grammar) -> int:
    """The index after "and a half", or 0."""
    words = {"kk": ("жарым",), "ru": ("с", "половиной"), "en": ("and", "a", "half")}
    for offset, word in enumerate(words[grammar.language]):
        if reader.core(at + offset) != word:
            return 0
    return at + len(words[grammar.language])


def _scaled(reader: Reader, text: str, at: int, grammar: Grammar) -> Quantity:
    """Take a scale after a decimal: ``2,5 млн``."""
    word = grammar.words.get(reader.core(at))
    if word is not None and word.kind is Kind.SCALE and not word.ordinal:
        sign = grammar.table["scale_signs"].get(str(word.value))
        if sign is not None:
            text = f"{text}{NO_BREAK_SPACE}{sign}"
            return Quantity(text, at + 1, None, word.ending, word.case)
    return Quantity(text, at, None)


_Fraction = tuple[str, int, str]


def _below_scale(reader: Reader, at: int, grammar: Grammar) -> Number | None:
    """A number without the scale after it: that one belongs to the whole decimal."""
    number = parse_number(reader, at, grammar)
    if number is not None and number.scale:
        return parse_number(reader, at, grammar, limit=number.end - 1)
    return number


def _kazakh_fraction(reader: Reader, at: int, grammar: Grammar, pointed: bool) -> _Fraction | None:
    """``оннан бес`` → 5, ``жүзден бес`` → 05, ``алпыс жеті`` → 67, ``нөл екі`` → 02."""
    places = grammar.denominators.get(reader.core(at))
    if places is not None:
        number = _below_scale(reader, at + 1, grammar)
        if number is None or number.ordinal or number.value >= 10**places:
            return None
        return f"{number.value:0{places}d}", number.end, number.ending
    zeros = 0
    while (word := word_at(reader, at, grammar)) is not None and word.kind is Kind.ZERO:
        zeros, at = zeros + 1, at + 1
    number = _below_scale(reader, at, grammar)
    if number is None:
        return ("0" * zeros, at, "") if zeros else None
    if number.ordinal or number.scale or not reader.ends_word(number.end):
        return None
    return "0" * zeros + str(number.value), number.end, number.ending


def _russian_fraction(reader: Reader, at: int, grammar: Grammar, pointed: bool) -> _Fraction | None:
    number = parse_number(reader, at, grammar)
    if number is None or number.ordinal or number.scale or not reader.ends_word(number.end):
        return None
    places = grammar.denominators.get(reader.core(number.end))
    if places is not None:
        if number.value >= 10**places:
            return None
        return f"{number.value:0{places}d}", number.end + 1, ""
    if not pointed:
        return None
    if number.value == 0:
        following = parse_number(reader, number.end, grammar)
        if following is not None and not following.ordinal and not following.scale:
            return f"0{following.value}", following.end, ""
    return str(number.value), number.end, ""


def _english_fraction(reader: Reader, at: int, grammar: Grammar, pointed: bool) -> _Fraction | None:
    digits = ""
    zeros = grammar.table["numbers"]["letters_for_zero"]
    while True:
        core = reader.core(at)
        word = grammar.words.get(core)
        if core in zeros or (word is not None and word.kind is Kind.ZERO):
            digits, at = digits + "0", at + 1
        elif word is not None and word.kind is Kind.UNIT and not word.ordinal:
            digits, at = digits + str(word.value), at + 1
        elif not digits and word is not None and word.kind in (Kind.TEEN, Kind.TEN):
            number = parse_number(reader, at, grammar)
            if number is None or number.ordinal or number.value >= 100:
                return None
            return str(number.value), number.end, ""
        else:
            return (digits, at, "") if digits and reader.ends_word(at) else None


_FRACTIONS: Final = {"kk": _kazakh_fraction, "ru": _russian_fraction, "en": _english_fraction}
