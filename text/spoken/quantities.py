"""Numbers with what belongs to them: sign, currency, decimals, range, scale, unit, ending."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from foundation.languages import Language
from text.spoken.context import Unreadable
from text.spoken.tables import CURRENCY_SIGNS, SpokenTable, SpokenUnit, alternatives

MAX_DIGITS: Final = 100
"""Of a number that is read; longer ones are refused."""

LONGEST_CARDINAL: Final = 15
"""Digits; longer numbers are read digit by digit."""

SPACE: Final = r"[ \u00a0\u202f\u2009]"
NUMERALS: Final = "²³¹¼-¾⁰-₟⅐-\u218f\u2460-\u24ff\u2776-\u2793"
"""Characters of a class: ², ½, Ⅳ and ①, which ``re`` takes for letters."""

LETTER: Final = rf"[^\W\d_{NUMERALS}]"
DASH: Final = r"(?:\s?[–—]\s?|-|\s-\s)"

_GROUPED: Final = rf"\d{{1,3}}(?:{SPACE}\d{{3}})+(?!\d)|\d{{1,3}}(?:[.,]\d{{3}}){{2,}}(?![\d])|\d+"
WHOLE: Final[dict[Language, str]] = {
    "kk": _GROUPED,
    "ru": _GROUPED,
    "en": r"\d{1,3}(?:,\d{3})+(?!\d)|\d+",
}
_FRACTION: Final[dict[Language, str]] = {"kk": r"[.,]", "ru": r"[.,]", "en": r"\."}


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as it is written."""

    whole: str
    """Digits only."""

    fraction: str = ""
    """Digits after the decimal mark; empty: none."""

    grouped: bool = False
    """Were the digits in groups of three?"""

    @property
    def value(self) -> int:
        """The whole part."""
        return int(self.whole)

    @property
    def digit_by_digit(self) -> bool:
        """Too long for words, or a code that begins with 0?"""
        return len(self.whole) > LONGEST_CARDINAL or (len(self.whole) > 1 and self.whole[0] == "0")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, or a range of two, with what belongs to it."""

    sign: str
    low: Amount
    high: Amount | None
    scale: int
    """1 where there is none."""

    unit: SpokenUnit | None
    unit_sign: str
    ending: str
    """What follows a hyphen."""

    start: int
    end: int

    @property
    def last(self) -> Amount:
        """The number that stands before the unit."""
        return self.high or self.low


def quantity_pattern(table: SpokenTable) -> re.Pattern[str]:
    """What ``read_quantity`` takes apart."""
    language = table.language
    scales = alternatives(table.scales)
    # 2 г. Павлодар is a town, not grammes.
    units = alternatives(unit for unit in table.units if unit != "г")
    if "г" in table.units:
        units += rf"|г(?!\.{SPACE}?[А-ЯӘҒҚҢӨҰҮҺІ])"
    whole, mark = WHOLE[language], _FRACTION[language]
    end_of_unit = rf"(?:(?<=\.)|(?!{LETTER}|[²³/]\w|\d))"
    bare_end = rf"(?:(?<=\.)|(?!{LETTER}|\d))"
    money = rf"(?P<before>(?:US)?[{CURRENCY_SIGNS}])"
    return re.compile(
        rf"(?:(?P<sign>[+−±~<>≤≥≈]{SPACE}?|-))?(?:{money}{SPACE}?)?"
        rf"(?P<whole>{whole})(?:{mark}(?P<fraction>\d+)(?!\d*[.,]\d))?"
        rf"(?:{SPACE}?%(?={DASH}\d[\d.,]*{SPACE}?%))?"  # 10%-15% is 10-15%
        rf"(?:{DASH}(?:[{CURRENCY_SIGNS}]{SPACE}?)?(?P<high>{whole})"
        rf"(?:{mark}(?P<high_fraction>\d+)(?!\d*[.,]\d))?(?![\d-]|\s*=))?"
        rf"(?:{SPACE}?(?P<scale>{scales}){bare_end})?"
        rf"(?:{SPACE}?(?P<unit>{units}){end_of_unit})?"
        rf"(?:-(?P<ending>{LETTER}+)|(?<=[%₸$€°])(?P<tight>{LETTER}+))?"
    )


def read_quantity(match: re.Match[str], table: SpokenTable) -> Quantity:
    """Take a match of ``quantity_pattern`` apart.

    Raises:
        Unreadable: the number has more than 100 digits.
    """
    low = amount(match["whole"], match["fraction"] or "", match.start("whole"))
    high = None
    if match["high"]:
        high = amount(match["high"], match["high_fraction"] or "", match.start("high"))
    unit_sign = match["unit"] or (match["before"] or "").removeprefix("US")
    unit_sign = unit_sign.replace("\u00a0", " ")
    return Quantity(
        sign=(match["sign"] or "").strip(),
        low=low,
        high=high,
        scale=table.scales[match["scale"]] if match["scale"] else 1,
        unit=table.units.get(unit_sign),
        unit_sign=unit_sign,
        ending=match["ending"] or match["tight"] or "",
        start=match.start(),
        end=match.end(),
    )


def amount(whole: str, fraction: str, at: int) -> Amount:
    """A number, of a length that is read.

    Raises:
        Unreadable: it has more than 100 digits.
    """
    digits = re.sub(r"\D", "", whole)
    size = len(digits) + len(fraction)
    if size > MAX_DIGITS:
        raise Unreadable(f"a number of {size} digits", at, f"{MAX_DIGITS} are read at most")
    return Amount(digits, fraction, grouped=digits != whole)
