"""Russian numbers read aloud."""

from __future__ import annotations

import re
from typing import Final

from text.normalisation.russian_cardinals import (
    CASES,
    Case,
    Gender,
    combining,
    decline_cardinal,
    ordinal_ending,
)
from text.normalisation.russian_grammar import added_ending
from text.normalisation.spelling import spell_ordinal
from text.spoken.common import rule
from text.spoken.context import Context, Rule, Said
from text.spoken.context import words as word_list
from text.spoken.quantities import DASH, LETTER, SPACE
from text.spoken.roman import NUMERAL
from text.spoken.russian_agreement import (
    Agreement,
    cardinal_agreement,
    governed,
    ordinal_agreement,
    ordinal_options,
    singular_noun_means_ordinal,
)
from text.spoken.russian_numbering import DIVISION, agreeing
from text.spoken.russian_roman import RussianRoman

_YEAR_CASES: Final[dict[str, tuple[Case, Gender]]] = {
    "год": ("nominative", "masculine"),
    "года": ("genitive", "masculine"),
    "году": ("prepositional", "masculine"),
    "годом": ("instrumental", "masculine"),
    "годе": ("prepositional", "masculine"),
    "годы": ("nominative", "plural"),
    "годов": ("genitive", "plural"),
    "годам": ("dative", "plural"),
    "годами": ("instrumental", "plural"),
    "годах": ("prepositional", "plural"),
}
_YEAR_FORMS: Final[dict[Case, str]] = dict(
    zip(CASES, ("год", "года", "году", "год", "годом", "году"), strict=True)
)
_YEARS_FORMS: Final[dict[Case, str]] = dict(
    zip(CASES, ("годы", "годов", "годам", "годы", "годами", "годах"), strict=True)
)
# Nouns that are numbered rather than counted, so that after 1, too, the numeral is an ordinal.
_NUMBERED: Final = frozenset(
    word_list(
        "класс место этаж век курс тур раунд квартал полугодие разряд категория сезон тайм период"
        " ряд подъезд сорт съезд чемпионат фестиваль форум созыв канал классе месте этаже веке"
        " курсе туре раунде квартале полугодии разряде сезоне тайме ряду подъезде классу месту"
        " этажу классом местом этажом курсом сезона квартала полугодия тура раунда класса этажа"
        " курса чемпионата съезда форума фестиваля созыва канале канала"
    )
)
_FULL_ENDINGS: Final = frozenset(
    word_list("ый ий ой ого его ому ему ым им ом ем ая ья ую ью ое ье ые ьи ых их ыми ими")
)
_IS: Final = re.compile(r"\s[—–]\s")
_LEAST_DECADE: Final = 20
_CARDINAL_ENDINGS: Final[dict[str, Case]] = {
    "ти": "genitive",
    "и": "genitive",
    "мя": "instrumental",
    "тью": "instrumental",
    "ью": "instrumental",
    "ста": "genitive",
}
_DECADE_ENDING: Final = re.compile(rf"0-ы?(е|х|м|ми){SPACE}?$")
_DECADE_CASES: Final[dict[str, Case]] = {
    "е": "nominative",
    "х": "genitive",
    "м": "dative",
    "ми": "instrumental",
}


class RussianNumbers(RussianRoman):
    """Declined as the sentence asks for, as far as prepositions and nouns tell."""

    after_date = re.compile(rf"{SPACE}?(?:г\.|год[ау]?(?!\w))")
    score_words = ("счет", "счёт", "победил", "выиграл", "проиграл", "обыграл", "вничью", "итог")

    def own_rules(self) -> list[Rule]:
        """Dates and years, ordinals with their ending, compound adjectives."""
        months = "|".join(self.table.months)
        year = r"(?:(год[а-я]{0,3})(?!\w)|(гг?\.))"
        day = r"\d{1,2}"
        return [
            rule(rf"({day})(?:({DASH}|{SPACE}и{SPACE})({day}))?{SPACE}({months})(?!\w)", self._day),
            rule(
                rf"({day})(?={SPACE}(?:по|до|и|или){SPACE}{day}{SPACE}(?:{months})(?!\w))",
                self._open_day,
            ),
            rule(rf"(\d{{3,4}})(?:{DASH}(\d{{4}}|\d\d))?{SPACE}?{year}", self._year),
            rule(r"([12]\d{3})(?![\d.,:]*\d|-\w|\w)", self._bare_year),
            rule(rf"(\d+)(?:{DASH}(\d+))?-({LETTER}{{1,3}})(?!\w)", self._ordinal),
            rule(rf"(\d{{1,4}}){SPACE}?%-?(н[а-яё]{{2,3}})(?!\w)", self._percent_adjective),
            rule(rf"(\d+)(?:{DASH}(\d+))?-({LETTER}{{4,}})", self._compound),
            rule(rf"(\d{{1,4}})(?={SPACE}[а-яё])", self._ordinal_before_noun),
        ]

    def _so_called(self, match: re.Match[str], context: Context) -> Said | None:
        """т. н. эксперты: так называемые эксперты."""
        before, after = context.before(match.start()), context.after(match.end())
        agreement = ordinal_agreement(before, after) or Agreement()
        ending = ordinal_ending(agreement.case, agreement.gender, animate=agreement.animate)
        return Said(f"так называем{ending}", match.end())

    def _decades(self, match: re.Match[str], context: Context) -> Said | None:
        """в 1990-х гг.: the digits' ending is that of the noun."""
        written = _DECADE_ENDING.search(context.text[max(0, match.start() - 8) : match.start()])
        if written is None:
            return None
        in_them = context.before(match.start(), 2)[1:] in (["в"], ["о"], ["на"])
        case = _DECADE_CASES[written[1]]
        if case == "genitive" and in_them:
            case = "prepositional"
        return Said(_YEARS_FORMS[case], match.end())

    def word_rules(self) -> list[Rule]:
        """Roman numerals."""
        century = rf"(?:{SPACE}(?P<century>век[а-я]{{0,3}}(?!\w)|вв?\.))?"
        return [
            rule(r"т\.[ \u00a0]?н\.(?!\w)", self._so_called),
            rule(r"гг\.", self._decades),
            rule(
                rf"({NUMERAL})(?:\s?[–—-]\s?({NUMERAL}))?(?:-[а-яё]{{1,3}}(?!\w))?{century}",
                self._roman,
            ),
        ]

    def joined(self, word: str, following: str) -> str:
        """A preposition before a number that is read: во втором, со ста, об одном."""
        if len(word) > 1:
            return word
        for (preposition, beginning), fuller in _FULLER.items():
            if word.lower() == preposition and following.startswith(beginning):
                return fuller if word.islower() else fuller.capitalize()
        return word

    # Dates

    def _day(self, match: re.Match[str], context: Context) -> Said | None:
        days = [int(group) for group in (match[1], match[3]) if group]
        if not all(1 <= day <= 31 for day in days):
            return None
        case = self._day_case(context, match.start())
        if _IS.match(context.text, match.end()) and not context.before(match.start(), 1):
            case = "nominative"  # 21 марта — Наурыз
        words = [spell_ordinal(day, "ru", ordinal_ending(case, "neuter")) for day in days]
        joint = f" {match[2].strip()} " if match[2] and "и" in match[2] else " — "
        spoken = f"{joint.join(words)} {match[4]}"
        year = re.compile(rf"{SPACE}([12]\d{{3}})(?!\d|-\w|{SPACE}?(?:г|\d)|[.,]\d)").match(
            context.text, match.end()
        )
        if year is None:
            return Said(spoken, match.end())
        return Said(f"{spoken} {spell_ordinal(int(year[1]), 'ru', 'ого')} года", year.end())

    def _day_case(self, context: Context, at: int) -> Case:
        before = context.before(at, 3)
        cases = governed(before)
        if before and before[0] in ("на", "по", "за", "под"):
            return "accusative"
        if cases and cases[0] in ("genitive", "dative", "instrumental"):
            return cases[0]
        if before and before[0] in ("сегодня", "завтра", "вчера", "это"):
            return "nominative"
        return "genitive"

    def _open_day(self, match: re.Match[str], context: Context) -> Said | None:
        """с 5 по 10 мая."""
        if not 1 <= int(match[1]) <= 31:
            return None
        ending = ordinal_ending(self._day_case(context, match.start()), "neuter")
        return Said(spell_ordinal(int(match[1]), "ru", ending), match.end())

    def date(self, day: int, month: int, year: int, context: Context, start: int) -> str:
        """04.09.2026, and with a preposition: к 04.09.2026."""
        case = self._day_case(context, start)
        spoken = spell_ordinal(day, "ru", ordinal_ending(case, "neuter"))
        year_words = spell_ordinal(year, "ru", "ого")
        return f"{spoken} {self.table.months[month - 1]} {year_words} года"

    def _year(self, match: re.Match[str], context: Context) -> Said | None:
        first, last = int(match[1]), match[2] or ""
        word, sign = match[3], match[4]
        small = not first or (word and len(match[1]) == 3)
        if small and not self._is_year_case(word or "", first):
            return None
        if word and not sign and first > 2999:
            return None
        values = [first]
        if last:
            values.append(int(last) if len(last) == 4 else first // 100 * 100 + int(last))
        before = context.before(match.start(), 3)
        if word:
            if word not in _YEAR_CASES:
                return None
            case, gender = _YEAR_CASES[word]
            cases = governed(before)
            if word == "году" and cases and cases[0] == "dative":
                case = "dative"
            elif word in ("год", "годы") and cases and "accusative" in cases:
                case = "accusative"
        else:
            case, gender = self._case_of_sign(before), ("plural" if sign == "гг." else "masculine")
            word = (_YEARS_FORMS if gender == "plural" else _YEAR_FORMS)[case]
        each: Gender = "masculine"
        spoken = [spell_ordinal(v, "ru", ordinal_ending(case, each)) for v in values[:-1]]
        ending = ordinal_ending(case, gender if len(values) == 1 else each)
        spoken.append(spell_ordinal(values[-1], "ru", ending))
        return Said(f"{' — '.join(spoken)} {word}", match.end())

    @staticmethod
    def _is_year_case(word: str, value: int) -> bool:
        return bool(value) and word in ("году", "годе", "годом")

    def _bare_year(self, match: re.Match[str], context: Context) -> Said | None:
        """с 1998 по 2005, where no noun follows: years, but hardly anything else is told so."""
        before = context.before(match.start(), 1)
        after = context.after(match.end(), 2)
        value = int(match[1])
        quantity = self._quantity.match(context.text, match.start())
        if quantity is not None and (quantity["unit"] or quantity["scale"]):
            return None  # с 1500 до 2000 ₸
        if not 1800 <= value <= 2100 or not before:
            return None
        ranged = (before[0] in ("с", "со") and after[:1] in (["по"], ["до"])) or (
            before[0] in ("по", "до") and self._range_before(context, match.start())
        )
        if not ranged or (
            len(after) > 1 and before[0] in ("с", "со") and not after[1][:1].isdigit()
        ):
            return None
        if before[0] in ("по", "до") and after and _nouns_follow(value, after):
            return None
        case: Case = "accusative" if before[0] == "по" else "genitive"
        return Said(spell_ordinal(value, "ru", ordinal_ending(case, "masculine")), match.end())

    @staticmethod
    def _range_before(context: Context, at: int) -> bool:
        words = context.before(at, 3)
        return len(words) == 3 and words[2] in ("с", "со") and words[1][:1].isdigit()

    # Ordinals

    def _ordinal(self, match: re.Match[str], context: Context) -> Said | None:
        value, ending = int(match[1]), match[3].lower()
        if value == 0 or len(match[1]) > 9:
            return None
        if ending in ("летний", "лет"):
            return None
        before, after = context.before(match.start()), context.after(match.end())
        values = [value, int(match[2])] if match[2] else [value]
        few = value % 10 in (2, 3, 4) and value % 100 // 10 != 1
        cardinal = ending == "х" and few and after and not _is_plural_ordinal(after)
        if ending in _CARDINAL_ENDINGS or cardinal:
            case = _CARDINAL_ENDINGS.get(ending, "genitive")
            return self._said_cardinals(values, case, match.end())
        options = ordinal_options(before, after)
        fitting = [o for o in options if _ordinal_fits(values[-1], ending, o)]
        if options and not fitting and ending in ("ми", "ю"):
            return self._said_cardinals(values, "instrumental", match.end())
        if fitting:
            form = ordinal_ending(fitting[0].case, fitting[0].gender, animate=fitting[0].animate)
        elif ending == "е" and not options and value % 10 == 0 and value >= _LEAST_DECADE:
            form = "ые"  # 90-е
        elif ending in _FULL_ENDINGS or ending in ("й", "го", "му", "м", "я", "ю", "е", "х", "ми"):
            form = {"ий": "ый", "ой": "ый" if not options else "ой", "его": "ого", "ему": "ому",
                    "им": "ым", "ем": "ом", "ья": "ая", "ью": "ую", "ье": "ое", "ьи": "ые",
                    "их": "ых", "ими": "ыми"}.get(ending, ending)  # fmt: skip
        else:
            return None
        words = [spell_ordinal(each, "ru", form) for each in values]
        return Said(" — ".join(words), match.end())

    def _said_cardinals(self, values: list[int], case: Case, end: int) -> Said:
        return Said(" — ".join(" ".join(decline_cardinal(v, case)) for v in values), end)

    def _compound(self, match: re.Match[str], context: Context) -> Said | None:
        """5-летний, 100-процентный, 3-комнатная; 90-градусный."""
        word = match[3]
        if not word.islower() or len(match[1]) > 6 or int(match[1]) == 0:
            return None
        values = [int(match[1]), *([int(match[2])] if match[2] else [])]
        parts = [combining(value) for value in values]
        return Said(f"{'-'.join(parts)}{word}", match.end())

    def _percent_adjective(self, match: re.Match[str], context: Context) -> Said:
        """40%-ный, 100 %-ная."""
        return Said(f"{combining(int(match[1]))}процент{match[2]}", match.end())

    def _ordinal_before_noun(self, match: re.Match[str], context: Context) -> Said | None:
        """в 5 классе, 3 место: no cardinal stands before a noun in the singular."""
        value = int(match[1])
        after = context.after(match.end())
        if not value or (len(match[1]) > 1 and match[1][0] == "0") or not after:
            return None
        if DIVISION.search(context.text[max(0, match.start() - 12) : match.start()]):
            return None  # п. 3 ст. 15 закона
        quantity = self._quantity.match(context.text, match.start())
        if quantity is not None and (quantity["unit"] or quantity["scale"]):
            return None
        numbered = after[0] in _NUMBERED
        if not (numbered or singular_noun_means_ordinal(value, after)):
            return None
        agreement = ordinal_agreement(context.before(match.start()), after, plural=False)
        if agreement is None:
            return None
        return Said(agreeing(value, agreement), match.end())


# Before втор-, ста and о-: во втором, со ста, об одном.
_FULLER: Final = {
    ("в", "втор"): "во",
    ("к", "втор"): "ко",
    ("с", "втор"): "со",
    ("с", "ста"): "со",
    ("о", "од"): "об",
}


def _nouns_follow(value: int, after: list[str]) -> bool:
    return cardinal_agreement(value, [], after).noun


def _is_plural_ordinal(after: list[str]) -> bool:
    """90-х годов has ordinals, 2-х домов has a cardinal: only ordinals are told."""
    return bool(after) and after[0] in ("годов", "годах", "классов", "классах", "курсов", "курсах")


def _ordinal_fits(value: int, ending: str, agreement: Agreement) -> bool:
    form = ordinal_ending(agreement.case, agreement.gender, animate=agreement.animate)
    spelt = spell_ordinal(value, "ru", form)
    return spelt.endswith(ending) and (ending in _FULL_ENDINGS or added_ending(spelt) == ending)
