"""Kazakh numbers read aloud.

A number before a noun is never declined, the noun is; a number that stands for a noun takes the
ending itself (беске, оннан). Years before жыл and days before a month are ordinals, though no
hyphen says so: 1987 жыл, 8 наурыз (Қазақ тілінің емле қағидалары, on ordinal numerals).
"""

from __future__ import annotations

import re
from typing import ClassVar, Final

from foundation.languages import Language
from text.normalisation import kazakh_grammar as grammar
from text.normalisation.spelling import scale_forms, spell, spell_ordinal
from text.spoken.common import NumberReader, phone_groups, rule
from text.spoken.context import Context, Rule, Said
from text.spoken.kazakh_forms import is_ending, with_ending
from text.spoken.quantities import DASH, LETTER, SPACE, WHOLE, Amount, Quantity
from text.spoken.roman import NUMERAL, roman_value
from text.spoken.tables import SpokenUnit

_DENOMINATORS: Final = ("оннан", "жүзден", "мыңнан", "он мыңнан", "жүз мыңнан", "миллионнан")
# Words after a year's жыл that say that years are counted: 2000 жыл бұрын.
_COUNTED: Final = (
    "бұрын",
    "бойы",
    "бойына",
    "ішінде",
    "өткен",
    "өтті",
    "болды",
    "болған",
    "бұрынғы",
)
_NUMBERED: Final = re.compile(rf"\d{{1,9}}(?![\d.,/:]*\d|-?{LETTER})")
# Compared with an ablative: бестен кем.
_COMPARED: Final = {"<": "кем", ">": "артық", "≤": "аспайды", "≥": "кем емес"}
_POWERS: Final = {"²": "квадраты", "³": "кубы"}
_TIME_ENDING: Final = re.compile(rf"-({LETTER}+)")
_TIME_ENDINGS: Final = frozenset(
    ("да", "де", "та", "те", "дан", "ден", "тан", "тен", "ға", "ге", "қа", "ке")
)
_ROMAN_NOUNS: Final = (
    "ғасыр", "тарау", "бөлім", "том", "тоқсан", "тур", "кезең", "дүниежүзілік", "мыңжылдық",
    "съезд",
    "құрылтай", "форум", "саммит", "дәреже", "топ", "санат", "класс", "сынып", "акт", "сессия",
    "жартыжылдық", "шақырылым", "петр", "екатерина", "николай", "александр", "павел", "карл",
    "людовик", "елизавета", "иван", "наполеон", "фридрих", "вильгельм", "конгресс",
)  # fmt: skip


class KazakhNumbers(NumberReader):
    """With the endings that follow digits and signs."""

    language: ClassVar[Language] = "kk"
    after_date = re.compile(rf"{SPACE}?ж\.")
    score_words = ("есеп", "ұтты", "жеңді", "ұтыл", "тең")

    def first_rules(self) -> list[Rule]:
        """School years, seasons."""
        return [
            rule(r"([12]\d{3})(?:/|[–—-])([12]\d{3}|\d\d)(?![\d./-])", self._school_year),
            rule(rf"(\d|1[01]){DASH}(\d|1[01])(?={SPACE}сынып(?!тан))", self._day),
        ]

    def own_rules(self) -> list[Rule]:
        """Years, days, ordinals, endings."""
        months = "|".join(month[:-1] for month in self.table.months)
        day = r"\d{1,2}"
        return [
            rule(rf"(\d{{3,4}})(?:{DASH}(\d{{4}}|\d\d))?{SPACE}?-?(жыл{LETTER}*)", self._year),
            rule(rf"(\d{{3,4}})(?:{DASH}(\d{{4}}|\d\d))?{SPACE}?(жж?\.)", self._short_year),
            rule(
                rf"(\d{{1,4}})(?:{DASH}(\d{{1,4}}))?(?:{SPACE}|-)?(ғғ?\.|ғасыр{LETTER}*)",
                self._century,
            ),
            rule(rf"([012]?\d)\.([0-5]\d)(?:-({LETTER}+))?(?![\d.]|-\d)", self._dotted_time),
            rule(rf"({day})(?:{DASH}({day}))?(?={SPACE}(?i:{months}){LETTER}+)", self._day),
            rule(
                rf"(\d{{1,2}})(-{LETTER}+)?(?={SPACE}(?:мен|бен|пен){SPACE}{day}{SPACE}(?:{months}))",
                self._open_day,
            ),
            rule(r"(\d{1,15})([²³])", self._power),
            rule(
                rf"({WHOLE['kk']})(?:[.,](\d+))?(?:{DASH}(\d+))?-?((?<=-){LETTER}+|(?:ыншы|інші|ншы|нші|шы|ші){LETTER}*)",
                self._ending,
            ),
        ]

    def word_rules(self) -> list[Rule]:
        """Roman numerals."""
        return [
            rule(
                rf"({NUMERAL})(?:\s?[–—-]\s?({NUMERAL}))?(?:-({LETTER}+))?(?:{SPACE}?(ғғ?\.))?",
                self._roman,
            )
        ]

    # Dates

    def _year(self, match: re.Match[str], context: Context) -> Said | None:
        values = _years(match)
        after = context.after(match.end(), 1)
        noun = match[3]
        counted = noun == "жыл" and after and after[0] in _COUNTED
        if not values or (len(match[1]) == 3 and noun == "жыл") or counted or len(values) == 0:
            return None
        if not 100 <= values[0] <= 2999 or (
            values[0] < 1000 and not noun.startswith(("жылы", "жылғ"))
        ):
            return None
        return Said(f"{_ordinals(values)} {noun}", match.end())

    def _short_year(self, match: re.Match[str], context: Context) -> Said | None:
        values = _years(match)
        if not values:
            return None
        following = context.after(match.end(), 2)
        if match[3] == "жж.":
            return Said(f"{_ordinals(values)} жылдары", match.end())
        dated = following and (
            self._is_month(following[0])
            or (len(following) > 1 and following[0].isdigit() and self._is_month(following[1]))
        )
        noun = "жылғы" if dated else "жылы" if following else "жыл"
        return Said(f"{_ordinals(values)} {noun}", match.end())

    def _school_year(self, match: re.Match[str], context: Context) -> Said | None:
        """2024/25 оқу жылы; 2024/25 маусымы."""
        first, last = int(match[1]), int(match[2])
        after = context.after(match.end(), 2)
        follows = after[:1] == ["оқу"] or (after[:1] and after[0].startswith("маусым"))
        if (first + 1 - last) % 100 or not (follows or "/" in match.group()):
            return None
        if not follows:
            return Said(f"{spell(first, 'kk')} — {spell(last, 'kk')}", match.end())
        return Said(_ordinals([first, last]), match.end())

    def _is_month(self, word: str) -> bool:
        return any(word.startswith(month[:-1]) for month in self.table.months)

    def _century(self, match: re.Match[str], context: Context) -> Said | None:
        values = [int(group) for group in match.groups()[:2] if group]
        if not all(values):
            return None
        noun = {"ғ.": "ғасыр", "ғғ.": "ғасырлар"}.get(match[3], match[3])
        return Said(f"{_ordinals(values)} {noun}", match.end())

    def _day(self, match: re.Match[str], context: Context) -> Said | None:
        """8 наурыз; 7-8 сынып."""
        days = [int(group) for group in match.groups() if group]
        if not all(1 <= day <= 31 for day in days):
            return None
        return Said(_ordinals(days), match.end())

    def _open_day(self, match: re.Match[str], context: Context) -> Said | None:
        """5 мен 10 мамыр аралығында."""
        day = int(match[1])
        return Said(spell_ordinal(day, "kk"), match.end(1)) if 1 <= day <= 31 else None

    def date(self, day: int, month: int, year: int, context: Context, start: int) -> str:
        """04.09.2026."""
        name = self.table.months[month - 1]
        return f"{spell_ordinal(year, 'kk')} жылғы {spell_ordinal(day, 'kk')} {name}"

    # Endings

    def _ending(self, match: re.Match[str], context: Context) -> Said | None:
        """5-ке, 5-ші, 15-тен, 2-еуі; 5-сынып, where the hyphen makes an ordinal."""
        whole, ending = re.sub(r"\D", "", match[1]), match[4]
        if len(whole) > 15:
            return None
        low = Amount(whole, match[2] or "")
        parts = [self._number(low)]
        if match[3]:
            parts.append(self._number(Amount(match[3])))
        words = _range(parts)
        if is_ending(ending):
            ended = _attach(words, ending)
            if ended is not None:
                return Said(ended, match.end())
        if len(ending) < 2 or int(whole) == 0 or low.fraction or not ending.islower():
            return None
        values = [int(whole), *([int(match[3])] if match[3] else [])]
        return Said(f"{_ordinals(values)} {ending}", match.end())

    def _roman(self, match: re.Match[str], context: Context) -> Said | None:
        around = (*context.before(match.start(), 1), *context.after(match.end(), 1))
        sure = bool(match[4]) or any(word.startswith(_ROMAN_NOUNS) for word in around)
        values = [roman_value(group, sure=sure) for group in match.groups()[:2] if group]
        if not all(values):
            return None
        words = _ordinals(values)
        if match[3]:
            if is_ending(match[3]):
                words = _attach(words, match[3]) or words
            else:
                words = f"{words} {match[3]}"
        if match[4]:
            words += " ғасыр" + ("лар" if match[4] == "ғғ." else "")
        return Said(words, match.end())

    def numbered(self, match: re.Match[str], context: Context) -> Said:
        """№ 5 мектеп: нөмірі бесінші мектеп."""
        number = _NUMBERED.match(context.text, match.end())
        if number is None or "№№" in match.group() or not int(number.group()):
            return super().numbered(match, context)
        return Said(f"нөмірі {spell_ordinal(int(number.group()), 'kk')}", number.end())

    def _time(self, match: re.Match[str], context: Context) -> Said | None:
        """With its ending: 14:30-да."""
        said = super()._time(match, context)
        ending = _TIME_ENDING.match(context.text, match.end())
        if said is None or ending is None:
            return said
        ended = _attach(said.words, ending[1])
        return said if ended is None else Said(ended, ending.end())

    def _dotted_time(self, match: re.Match[str], context: Context) -> Said | None:
        """9.00-ден 18.00-ге дейін, сағат 10.30-да: a decimal has a comma, and not two zeros."""
        before, after = context.before(match.start(), 1), context.after(match.end(), 2)
        ending = match[3] or ""
        of_a_time = ending in _TIME_ENDINGS or after[:1] in (["дейін"], ["бастап"])
        by_the_clock = bool(before) and before[0] == "сағат"
        if int(match[1]) > 24 or not (by_the_clock or (of_a_time and match[2] == "00")):
            return None
        whole = match[2] == "00" and ending
        words = (
            spell(int(match[1]), "kk")
            if whole
            else self.time(int(match[1]), int(match[2]), None, context, match.start())
        )
        ended = _attach(words, ending) if ending else words
        return None if ended is None else Said(ended, match.end())

    def _power(self, match: re.Match[str], context: Context) -> Said:
        """5²: бестің квадраты."""
        return Said(
            f"{_attach(spell(int(match[1]), 'kk'), 'ның')} {_POWERS[match[2]]}", match.end()
        )

    def _score(self, match: re.Match[str], context: Context) -> Said:
        """2:1, екі-бір."""
        return Said("-".join(spell(int(group), "kk") for group in match.groups()), match.end())

    # Quantities

    def takes_ending(self, quantity: Quantity) -> bool:
        """After a unit or a scale: 35 %-ға."""
        return not quantity.ending or quantity.unit is not None or quantity.scale > 1

    def quantity(self, quantity: Quantity, context: Context) -> str:
        """The unit takes the ending, or the scale, or the number."""
        unit, ending = quantity.unit, quantity.ending
        compared = _COMPARED.get(quantity.sign)
        words = [self.sign_word(quantity.sign)] if quantity.sign and not compared else []
        if unit is not None and unit.lead:
            words.append(unit.lead)
        last = quantity.last
        if unit is not None and unit.money and unit.minor and self._has_minor(quantity):
            words.append(self._money(last, unit))
        else:
            words.append(_range([self._number(a) for a in (quantity.low, quantity.high) if a]))
            if quantity.scale > 1:
                words.append(scale_forms(quantity.scale, "kk")[0])
            if unit is not None:
                words.append(unit.forms[0])
        spoken = " ".join(filter(None, words))
        if compared:
            return f"{_attach(spoken, 'нан')} {compared}"
        if not ending:
            return spoken
        ended = _attach(spoken, ending)
        if ended is not None:
            return ended
        return f"{spoken} {ending}"

    @staticmethod
    def _has_minor(quantity: Quantity) -> bool:
        return len(quantity.last.fraction) == 2 and not quantity.high and quantity.scale == 1

    @staticmethod
    def _money(amount: Amount, unit: SpokenUnit) -> str:
        first = f"{spell(amount.value, 'kk')} {unit.forms[0]}"
        minor = int(amount.fraction)
        return f"{first} {spell(minor, 'kk')} {unit.minor[0]}" if minor else first

    def _number(self, amount: Amount) -> str:
        if not amount.fraction:
            return self.cardinal(amount)
        whole, places = self.cardinal(Amount(amount.whole)), len(amount.fraction)
        if places > len(_DENOMINATORS):
            return f"{whole} бүтін {self.digits(amount.fraction)}"
        return f"{whole} бүтін {_DENOMINATORS[places - 1]} {spell(int(amount.fraction), 'kk')}"

    # Others

    def fraction(self, whole: int, upper: int, lower: int, context: Context, at: int) -> str:
        """төрттен үш; бес бүтін екіден бір."""
        below = spell(lower, "kk")
        below += grammar.case_ending(below.split()[-1], "ablative")
        first = f"{spell(whole, 'kk')} бүтін " if whole else ""
        return f"{first}{below} {spell(upper, 'kk')}"

    def time(self, hour: int, minute: int, second: int | None, context: Context, at: int) -> str:
        """он төрт отыз, тоғыз нөл бес."""
        words = [spell(hour, "kk")]
        for value in (minute, *([second] if second is not None else [])):
            words += ["нөл"] * (value < 10)
            words.append(spell(value, "kk"))
        return " ".join(words)

    def phone(self, groups: list[str], international: bool) -> str:
        """By its groups."""
        words = ["плюс"] if international else []
        for group in phone_groups(groups):
            zeros = len(group) - len(group.lstrip("0"))
            words += ["нөл"] * zeros
            if group[zeros:]:
                words.append(spell(int(group[zeros:]), "kk"))
        return " ".join(words)


def _years(match: re.Match[str]) -> list[int]:
    first, last = int(match[1]), match[2]
    if not first:
        return []
    if not last:
        return [first]
    return [first, int(last) if len(last) == 4 else first // 100 * 100 + int(last)]


def _ordinals(values: list[int]) -> str:
    return _range([spell_ordinal(value, "kk") for value in values])


def _attach(words: str, ending: str) -> str | None:
    """The last word with the ending."""
    first, space, last = words.rpartition(" ")
    head, hyphen, tail = last.rpartition("-")
    ended = with_ending(tail, ending)
    return None if ended is None else f"{first}{space}{head}{hyphen}{ended}"


def _range(parts: list[str]) -> str:
    if len(parts) == 2 and " " not in parts[0]:
        return "-".join(parts)
    return " — ".join(parts)
