"""What the readers of the three languages share."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar, Final

from foundation.languages import Language
from text.normalisation.spelling import spell, spell_digits
from text.spoken.context import Context, Handler, Rule, Said, Unreadable
from text.spoken.items import NoteKind
from text.spoken.quantities import (
    DASH,
    LONGEST_CARDINAL,
    MAX_DIGITS,
    SPACE,
    Amount,
    Quantity,
    quantity_pattern,
    read_quantity,
)
from text.spoken.tables import SpokenTable, load_table

PHONE: Final = re.compile(
    rf"(?:\+\d{{1,3}}|(?<!\d)8)(?:{SPACE}|-)?\(?\d{{3,5}}\)?(?:{SPACE}|-)?\d{{1,3}}"
    rf"(?:{SPACE}|-)?\d\d(?:{SPACE}|-)?\d\d(?!\d)"
)
SHORT_PHONE: Final = re.compile(r"\d\d\d?-\d\d-\d\d(?![\d-])")
_TIME: Final = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?(?![\d:])")
_UNTIL: Final = re.compile(rf"{DASH}(?=\d{{1,2}}:\d\d(?![\d:]))")
_SCORE: Final = re.compile(r"(\d{1,3}):(\d{1,3})(?![\d:])")
_FRACTION: Final = re.compile(r"(?:(\d{1,4}) )?(\d{1,4})/(\d{1,4})(?![\d/])")
_DATE: Final = re.compile(r"(\d{1,2})([./])(\d{1,2})\2(\d{4}|\d\d)(?![\d./]*\d)")
_ISO_DATE: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?!\d)(?:T(?=\d))?")
_DOTTED: Final = re.compile(r"\d+(?:\.\d+){2,}(?!\d)")
_LONG: Final = re.compile(rf"\d{{{LONGEST_CARDINAL + 1},}}")
_VULGAR: Final = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5),
    "⅗": (3, 5), "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8),
    "⅞": (7, 8), "⅐": (1, 7), "⅑": (1, 9), "⅒": (1, 10),
}  # fmt: skip
_MIXED: Final = re.compile(rf"(\d{{1,4}})?{SPACE}?([{''.join(_VULGAR)}])")


class NumberReader(ABC):
    """Reads the numbers of one language."""

    language: ClassVar[Language]

    after_date: ClassVar[re.Pattern[str]] = re.compile("(?!)")
    """What a date in digits may have after it and the words of a date have already."""

    until: ClassVar[str] = "—"
    """What is said, or the pause that is made, between the two times of 9:00–18:00."""

    score_words: ClassVar[tuple[str, ...]] = ()
    """How words begin that stand before a score."""

    def __init__(self) -> None:
        self.table: SpokenTable = load_table(self.language)
        self._quantity = quantity_pattern(self.table)
        self.number_rules: list[Rule] = [
            (_LONG, self._long),
            *self.first_rules(),
            (_ISO_DATE, self._iso_date),
            (_DATE, self._date),
            (_DOTTED, self._dotted),
            *self.phone_rules(),
            (SHORT_PHONE, self._short_phone),
            (_TIME, self._time),
            (_SCORE, self._score),
            (_MIXED, self._mixed),
            *self.own_rules(),
            (_FRACTION, self._fraction),
            (self._quantity, self._read_quantity),
        ]

    def first_rules(self) -> list[Rule]:
        """What only this language has, tried before all that the three share."""
        return []

    def phone_rules(self) -> list[Rule]:
        """How telephone numbers look."""
        return [(PHONE, self._phone)]

    @abstractmethod
    def own_rules(self) -> list[Rule]:
        """What only this language has, tried before fractions and quantities."""

    @abstractmethod
    def word_rules(self) -> list[Rule]:
        """What begins with a letter and is a number: Roman numerals."""

    @abstractmethod
    def quantity(self, quantity: Quantity, context: Context) -> str:
        """A number with what belongs to it."""

    @abstractmethod
    def date(self, day: int, month: int, year: int, context: Context, start: int) -> str:
        """A date written in digits."""

    @abstractmethod
    def time(self, hour: int, minute: int, second: int | None, context: Context, at: int) -> str:
        """A time of day written with colons; ``at``: where it begins."""

    @abstractmethod
    def fraction(self, whole: int, upper: int, lower: int, context: Context, at: int) -> str:
        """A fraction, perhaps with a whole number before it."""

    @abstractmethod
    def phone(self, groups: list[str], international: bool) -> str:
        """A telephone number."""

    def digits(self, digits: str) -> str:
        """Digit by digit."""
        return spell_digits(digits, self.language)

    def cardinal(self, amount: Amount) -> str:
        """The whole part, in the nominative."""
        if amount.digit_by_digit:
            return self.digits(amount.whole)
        return spell(amount.value, self.language)

    def sign_word(self, sign: str) -> str:
        """What a sign before a number is called."""
        if sign in ("-", "−"):
            return str(self.table.grammar.table["numbers"]["minus"][0])
        return self.table.signs.get(sign, "") if sign not in "–—" else ""

    def joined(self, word: str, following: str) -> str:
        """A word before a number, which may sound otherwise before what the number is read as."""
        return word

    def numbered(self, match: re.Match[str], context: Context) -> Said:
        """№ before a number: number five."""
        return Said(self.table.signs["№№" if "№№" in match.group() else "№"] + " ", match.end())

    def _long(self, match: re.Match[str], context: Context) -> Said:
        digits = match.group()
        if len(digits) > MAX_DIGITS:
            raise Unreadable(
                f"a number of {len(digits)} digits", match.start(), f"{MAX_DIGITS} are read at most"
            )
        context.note(NoteKind.DIGITS, *match.span())
        return Said(self.digits(digits), match.end())

    def _iso_date(self, match: re.Match[str], context: Context) -> Said | None:
        year, month, day = (int(group) for group in match.groups())
        return self._checked_date(day, month, year, match, context)

    def _date(self, match: re.Match[str], context: Context) -> Said | None:
        day, month, year = int(match[1]), int(match[3]), int(match[4])
        if len(match[4]) == 2:
            year += 2000 if year < 50 else 1900
        if match[2] == "/" and month > 12 >= day:
            day, month = month, day
        return self._checked_date(day, month, year, match, context)

    def _checked_date(
        self, day: int, month: int, year: int, match: re.Match[str], context: Context
    ) -> Said | None:
        if not (1 <= day <= 31 and 1 <= month <= 12 and year):
            return None
        tail = self.after_date.match(context.text, match.end())
        end = tail.end() if tail is not None else match.end()
        return Said(self.date(day, month, year, context, match.start()), end)

    def _dotted(self, match: re.Match[str], context: Context) -> Said | None:
        """Versions, addresses: 2.0.1."""
        parts = match.group().split(".")
        if any(len(part) > LONGEST_CARDINAL for part in parts):
            return None
        if len(parts[0]) <= 3 and self.language != "en" and all(len(p) == 3 for p in parts[1:]):
            return None  # 1.000.000
        dot = self.table.addresses["dot"] if self.language != "en" else "point"
        return Said(f" {dot} ".join(self.cardinal(Amount(part)) for part in parts), match.end())

    def _phone(self, match: re.Match[str], context: Context) -> Said | None:
        groups = re.findall(r"\d+", match.group())
        digits = "".join(groups)
        if not 11 <= len(digits) <= 13 or ("(" in match.group()) != (")" in match.group()):
            return None
        if len(groups) < 3:  # without spaces
            first = len(digits) - 10
            groups = [digits[:first], *(digits[first:][at:to] for at, to in _PHONE_CUTS)]
        return Said(self.phone(groups, match.group()[0] == "+"), match.end())

    def _short_phone(self, match: re.Match[str], context: Context) -> Said:
        return Said(self.phone(match.group().split("-"), False), match.end())

    def _time(self, match: re.Match[str], context: Context) -> Said | None:
        hour, minute = int(match[1]), int(match[2])
        second = int(match[3]) if match[3] else None
        if hour > 24 or minute > 59 or (second or 0) > 59 or self.is_score(match, context):
            return None
        words = self.time(hour, minute, second, context, match.start())
        until = _UNTIL.match(context.text, match.end())
        if until is not None:
            return Said(f"{words} {self.until} ", until.end())
        return Said(words, match.end())

    def is_score(self, match: re.Match[str], context: Context) -> bool:
        """Do the words before a number say that two teams scored?"""
        before = context.before(match.start(), 2)
        return any(word.startswith(self.score_words) for word in before)

    def _score(self, match: re.Match[str], context: Context) -> Said:
        first, second = (spell(int(group), self.language) for group in match.groups())
        return Said(f"{first} {second}", match.end())

    def _mixed(self, match: re.Match[str], context: Context) -> Said:
        upper, lower = _VULGAR[match[2]]
        return Said(
            self.fraction(int(match[1] or 0), upper, lower, context, match.start()), match.end()
        )

    def _fraction(self, match: re.Match[str], context: Context) -> Said | None:
        upper, lower = int(match[2]), int(match[3])
        if not (1 <= upper < lower <= 1000):
            if match[1] or not lower:
                return None
            slash = "" if self.language == "en" else self.table.signs["/"]
            first, second = (spell(value, self.language) for value in (upper, lower))
            return Said(" ".join(filter(None, (first, slash, second))), match.end())
        words = self.fraction(int(match[1] or 0), upper, lower, context, match.start())
        return Said(words, match.end())

    def _read_quantity(self, match: re.Match[str], context: Context) -> Said | None:
        quantity = read_quantity(match, self.table)
        if self.takes_ending(quantity):
            return Said(self.quantity(quantity, context), match.end())
        # What follows the hyphen is a word of its own: 3-НП, 25-year-old.
        end = match.start("ending") - 1 if match["ending"] else match.start("tight")
        alone = replace(quantity, ending="", end=end)
        return Said(self.quantity(alone, context), end)

    def takes_ending(self, quantity: Quantity) -> bool:
        """Is there nothing after a number and its hyphen, or what is read with it?"""
        return not quantity.ending


_PHONE_CUTS: Final = ((0, 3), (3, 6), (6, 8), (8, 10))


def phone_groups(groups: list[str]) -> Iterator[str]:
    """Groups as they are read: four digits as two and two."""
    for group in groups:
        if len(group) == 4:
            yield from (group[:2], group[2:])
        else:
            yield group


def rule(pattern: str, handler: Handler) -> Rule:
    """A rule."""
    return re.compile(pattern), handler
