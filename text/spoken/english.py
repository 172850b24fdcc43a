"""English numbers read aloud, the British way: two hundred and five, the fifth of May."""

from __future__ import annotations

import re
from typing import Final

from text.normalisation.spelling import spell, spell_ordinal
from text.spoken.common import rule
from text.spoken.context import Context, Rule, Said
from text.spoken.context import words as word_list
from text.spoken.english_quantities import EnglishQuantities
from text.spoken.quantities import DASH, SPACE
from text.spoken.roman import NUMERAL, roman_value
from text.spoken.tables import alternatives

_ROMAN_NOUNS: Final = frozenset(
    word_list(
        "chapter chapters part parts volume volumes act scene war wars phase type stage section"
        " article book title class grade level appendix figure table century centuries category"
        " group tier factor element line round quarter mark block bowl"
    )
)
_RULERS: Final = frozenset(
    word_list(
        "henry elizabeth charles william george edward james richard louis napoleon peter"
        " alexander nicholas catherine ivan paul john benedict pius philip francis frederick"
        " wilhelm leo gregory leopold ferdinand mary anne xerxes darius philippe carl gustav olaf"
        " harald juan umberto margrethe harald albert victor otto clement innocent urban boniface"
    )
)
_CENTURIES: Final = frozenset(("century", "centuries"))


_ZERO_DECADES: Final = {0: "hundreds", 10: "tens"}
# Words before four digits that say that something is counted or numbered.
_NO_YEAR_BEFORE: Final = frozenset(
    word_list(
        "number room flight bus extension code pin page line model channel about nearly over"
        " almost some than only exactly approximately roughly"
    )
)
_YEAR_BEFORE: Final = frozenset(
    word_list(
        "in since until till from by before after during of year years spring summer autumn winter"
        " early late mid january february march april may june july august september october"
        " november december christmas circa between and to"
    )
)
_COUNT_AFTER: Final = frozenset(
    word_list(
        "people men women children students soldiers troops workers employees cars houses homes"
        " books copies votes seats times years days hours minutes dollars euros pounds tenge metres"
        " meters miles kilometres kilometers tonnes tons litres words pages units cases deaths"
        " others more points members schools companies families households villages hectares acres"
        " patients passengers participants residents refugees items tickets rooms doctors teachers"
    )
)


class EnglishNumbers(EnglishQuantities):
    """With years, dates and times as people say them."""

    score_words = (
        "score",
        "won",
        "beat",
        "lost",
        "win",
        "lead",
        "led",
        "drew",
        "defeat",
        "victory",
    )

    def first_rules(self) -> list[Rule]:
        """Times with a.m."""
        half = r"(?:[AaPp]\.?[Mm]\.?)"
        clock = r"\d{1,2}(?:[:.]\d\d)?"
        return [
            rule(r"([12]\d{3})/([12]\d{3}|\d\d)(?![\d./-])", self._season),
            rule(rf"({clock}){DASH}(?={clock}{SPACE}?{half}(?!\w))", self._open_clock),
            rule(r"(\d{1,3})[x×](\d{1,3})(?!\w)", self._by),
            rule(rf"(\d{{1,2}})(?:(?::|\.)(\d\d))?{SPACE}?({half})(?!\w)", self._clock),
        ]

    def phone_rules(self) -> list[Rule]:
        """North American, British, international."""
        sep = rf"(?:{SPACE}|-|\.)"
        return [
            rule(rf"\+\d{{1,3}}(?:{sep}?\(?\d{{2,4}}\)?){{3,5}}(?!\d)", self._phone),
            rule(rf"(?:1{sep})?\(?\d{{3}}\)?{sep}\d{{3}}{sep}\d{{4}}(?!\d)", self._phone),
            rule(rf"\(?0\d{{2,4}}\)?{SPACE}\d{{3,4}}{SPACE}\d{{3,4}}(?![\d,.]*\d)", self._phone),
            rule(rf"\(?0\d{{4}}\)?{SPACE}\d{{5,6}}(?![\d,.]*\d)", self._phone),
            rule(r"\d{3}-\d{4}(?![\d-])", self._short_phone),
        ]

    def own_rules(self) -> list[Rule]:
        """Dates, years, decades, ordinals, times with a.m."""
        months = self._month_names()
        decimal, scale = r"\d[\d,]*(?:\.\d+)?", "[kKmMbBT]|bn|tn"
        return [
            rule(
                rf"(\d{{1,2}})(?:st|nd|rd|th)?(?:{DASH}(\d{{1,2}})(?:st|nd|rd|th)?)?{SPACE}(?:of{SPACE})?({months})(?:,?{SPACE}(\d{{4}}))?(?!\w)",
                self._day_month,
            ),
            rule(r"(\d[\d,]*)(?:st|nd|rd|th)(?!\w)", self._ordinal),
            rule(r"(?:(1[1-9]|20)|['’]?)(\d)0['’]?s(?!\w)", self._decade),
            rule(
                rf"([$€£¥])({decimal})({scale})?{DASH}[$€£¥]?({decimal})({scale})(?!\w)",
                self._sums,
            ),
            rule(r"([$€£¥]?)(\d[\d,]*)(?:\.(\d+))?([kKmMbBT])(?!\w)", self._thousands),
            rule(rf"(1[1-9]|20)(\d\d){DASH}(?:(1[1-9]|20)?(\d\d))(?![\d%]|[.,]\d)", self._years),
            rule(r"(1\d|20)(\d\d)(?![\d:%-]|[.,]\d|\w)", self._year),
            rule(
                rf"(\d{{1,2}})(?={SPACE}(?:and|to|or){SPACE}\d{{1,2}}(?:st|nd|rd|th)?{SPACE}(?:{months})(?!\w))",
                self._open_day,
            ),
            rule(r"(\d{1,3})in(?!\w)", self._inches),
            rule(r"(\d{1,4})s(?!\w)", self._several),
            rule(r"(\d{1,2})['′](\d{1,2})[\"″]", self._feet),
            rule(rf"(\d[\d,]*)-({alternatives(self.table.units)})(?!\w)", self._attribute),
        ]

    def word_rules(self) -> list[Rule]:
        """Dates that begin with the month; Roman numerals."""
        months = self._month_names()
        return [
            rule(
                rf"({months}){SPACE}(\d{{1,2}})(?:st|nd|rd|th)?(?:{DASH}(\d{{1,2}}))?(?:,?{SPACE}(\d{{4}}))?(?![\w:%]|[.,]\d)",
                self._month_day,
            ),
            rule(rf"({NUMERAL})(?:\s?[–—-]\s?({NUMERAL}))?", self._roman),
        ]

    def _month_names(self) -> str:
        """A pattern of names and abbreviations; may and march in small letters are verbs."""
        names = [month.title() for month in self.table.months]
        doubtful = self.table.grammar.table["dates"]["doubtful_months"]
        small = [month for month in self.table.months if month not in doubtful]
        short = [rf"{name[:3]}\.?" for name in names if name != "May"]
        return "|".join((*names, *small, r"Sept\.?", *short))

    # Dates

    def _month(self, name: str) -> str:
        short = name[:3].lower()
        return next(month.title() for month in self.table.months if month.startswith(short))

    def _day_month(self, match: re.Match[str], context: Context) -> Said | None:
        days = [int(group) for group in (match[1], match[2]) if group]
        if not all(1 <= day <= 31 for day in days):
            return None
        the = "" if context.before(match.start(), 1) == ["the"] else "the "
        words = f"{the}{self._days(days)} of {self._month(match[3])}"
        return Said(f"{words} {english_year(int(match[4]))}" if match[4] else words, match.end())

    def _month_day(self, match: re.Match[str], context: Context) -> Said | None:
        days = [int(group) for group in (match[2], match[3]) if group]
        if not all(1 <= day <= 31 for day in days):
            return None
        words = f"{self._month(match[1])} the {self._days(days)}"
        return Said(f"{words}, {english_year(int(match[4]))}" if match[4] else words, match.end())

    @staticmethod
    def _days(days: list[int]) -> str:
        return " to the ".join(spell_ordinal(day, "en") for day in days)

    def date(self, day: int, month: int, year: int, context: Context, start: int) -> str:
        """04/09/2026 is the fourth of September."""
        name = self.table.months[month - 1].title()
        return f"the {spell_ordinal(day, 'en')} of {name} {english_year(year)}"

    def _decade(self, match: re.Match[str], context: Context) -> Said | None:
        if context.touches_word(match.start()):
            return None  # the G20's summit
        tens = 10 * int(match[2])
        names = self.table.grammar.table["dates"]["decades"]
        name = next((word for word, worth in names.items() if worth == tens), None)
        if not match[1]:
            return Said(name, match.end()) if name else None
        if match[1] == "20" and not tens:
            return Said("two thousands", match.end())
        name = name or _ZERO_DECADES[tens]
        return Said(f"{spell(int(match[1]), 'en')} {name}", match.end())

    def _years(self, match: re.Match[str], context: Context) -> Said | None:
        first = int(match[1] + match[2])
        last = int((match[3] or match[1]) + match[4])
        if last <= first or self._counted(match, context):
            return None
        return Said(f"{english_year(first)} to {english_year(last)}", match.end())

    def _year(self, match: re.Match[str], context: Context) -> Said | None:
        value = int(match[1] + match[2])
        if self._counted(match, context):
            return None
        before = context.before(match.start(), 1)
        if value < 1500 and not (before and before[0] in _YEAR_BEFORE):
            return None
        return Said(english_year(value), match.end())

    def _open_day(self, match: re.Match[str], context: Context) -> Said | None:
        """Between 5 and 10 June."""
        day = int(match[1])
        if not 1 <= day <= 31 or context.before(match.start(), 1) == ["the"]:
            return None
        return Said(f"the {spell_ordinal(day, 'en')}", match.end())

    def _counted(self, match: re.Match[str], context: Context) -> bool:
        quantity = self._quantity.match(context.text, match.start())
        if quantity is not None and (quantity["unit"] or quantity["scale"]):
            return True
        before, after = context.before(match.start(), 1), context.after(match.end(), 1)
        return bool(before and before[0] in _NO_YEAR_BEFORE) or bool(
            after and after[0] in _COUNT_AFTER
        )

    def _season(self, match: re.Match[str], context: Context) -> Said | None:
        """The 2024/25 season."""
        first, last = int(match[1]), int(match[2])
        if (first + 1 - last) % 100:
            return None
        second = english_year(last) if last > 99 else spell(last, "en")
        return Said(f"{english_year(first)} {second}", match.end())

    # Ordinals

    def _ordinal(self, match: re.Match[str], context: Context) -> Said | None:
        digits = match[1].replace(",", "")
        if len(digits) > 15 or int(digits) == 0:
            return None
        return Said(spell_ordinal(int(digits), "en"), match.end())

    def _roman(self, match: re.Match[str], context: Context) -> Said | None:
        before, after = context.before(match.start(), 1), context.after(match.end(), 1)
        around = {*before, *after}
        ruler = bool(before) and before[0] in _RULERS
        single = match[1] == "I" and not match[2]
        sure = ruler or bool(before and before[0] in _ROMAN_NOUNS) or bool(around & _CENTURIES)
        if single and not ruler and not (before and before[0] in _ROMAN_NOUNS):
            return None
        if (
            single
            and after
            and after[0] in ("am", "was", "will", "have", "had", "did", "do", "think")
        ):
            return None
        values = [roman_value(group, sure=sure) for group in match.groups() if group]
        if not all(values):
            return None
        if around & _CENTURIES:
            return Said(" to ".join(spell_ordinal(v, "en") for v in values), match.end())
        if ruler:
            return Said(f"the {spell_ordinal(values[0], 'en')}", match.end())
        return Said(" to ".join(spell(value, "en") for value in values), match.end())


def english_year(year: int) -> str:
    """Nineteen ninety-four, nineteen oh five, two thousand and five, twenty twelve."""
    first, last = divmod(year, 100)
    if last == 0:
        return spell(year, "en") if first % 10 == 0 else f"{spell(first, 'en')} hundred"
    if year // 10 == 200 or first < 10 or (first == 10 and last < 10):
        return spell(year, "en")
    return f"{spell(first, 'en')} {'oh ' if last < 10 else ''}{spell(last, 'en')}"
