"""Russian numbers that name rather than count: school years, classes, articles of law, hours."""

from __future__ import annotations

import re
from abc import ABC
from typing import Final

from text.normalisation.russian_cardinals import Case, ordinal_ending
from text.normalisation.spelling import spell, spell_ordinal
from text.spoken.common import rule
from text.spoken.context import Context, Rule, Said
from text.spoken.quantities import DASH, SPACE, Amount
from text.spoken.russian_agreement import Agreement, ordinal_agreement
from text.spoken.russian_quantities import RussianQuantities

_PLURAL_CASES: Final[dict[str, Case]] = {
    "ов": "genitive",
    "ам": "dative",
    "ами": "instrumental",
    "ах": "prepositional",
}
DIVISION: Final = re.compile(rf"(?<!\w)(?:[Сс]т|[Чч]|[Пп]|[Гг]л|[Сс]тать\w{{1,3}})\.?{SPACE}?$")
"""Before the number of an article, a part, a paragraph of a law."""

_PUPILS: Final = re.compile(r"(?:учени|учащ|школьни|студент|учител|родител)\w*\s(?:\w+\s){0,2}$")


class RussianNumbering(RussianQuantities, ABC):
    """Tried before all that the languages share."""

    def first_rules(self) -> list[Rule]:
        """School years, classes; articles of law; hours."""
        return [
            rule(r"([12]\d{3})(?:/|[–—-])([12]\d{3}|\d\d)(?![\d./-])", self._school_year),
            rule(rf"\d+(?={SPACE}(?:ч|п|ст)\.{SPACE}?\d)", self._article),
            rule(rf"([012]?\d)\.([0-5]\d)(?!\.?\d|{SPACE}?[%₸$€₽]|-?\w)", self._dotted_time),
            rule(
                rf"(\d{{1,2}})({DASH}|{SPACE}и{SPACE})(\d{{1,2}})(?={SPACE}(класс|курс)(ов|ам|ами|ах)(?!\w))",
                self._school_years,
            ),
        ]

    def _school_year(self, match: re.Match[str], context: Context) -> Said | None:
        """в 2024/25 учебном году; сезон 2024/25."""
        first, last = int(match[1]), int(match[2])
        if (first + 1 - last) % 100:
            return None
        after = context.after(match.end(), 2)
        if after[:1] and after[0].startswith(("учебн", "финансов", "отопительн")):
            agreement = ordinal_agreement(context.before(match.start()), after, plural=False)
            if agreement is not None:
                both = (agreeing(value, agreement) for value in (first, last))
                return Said(" — ".join(both), match.end())
        if "/" not in match.group():
            return None
        return Said(f"{spell(first, 'ru')} — {spell(last, 'ru')}", match.end())

    def _article(self, match: re.Match[str], context: Context) -> Said | None:
        """ст. 105 ч. 2: neither hours nor the ordinal of a noun."""
        if not DIVISION.search(context.text[max(0, match.start() - 12) : match.start()]):
            return None
        return Said(self.cardinal(Amount(match.group())), match.end())

    def _dotted_time(self, match: re.Match[str], context: Context) -> Said | None:
        """в 9.00, с 9.00 до 18.00: a decimal has a comma, and not two zeros."""
        before, after = context.before(match.start(), 2), context.after(match.end(), 1)
        quantity = self._quantity.match(context.text, match.start())
        counted = quantity is not None and (quantity["unit"] or quantity["scale"])
        if int(match[1]) > 24 or not before or counted:
            return None
        near = before[0] in ("в", "с", "до", "к", "около", "после", "начало")
        whole_hour = match[2] == "00" and near
        ranged = before[0] in ("с", "до") and (
            after[:1] == ["до"] or context.text[: match.start()].endswith(f"{match[2]} до ")
        )
        spoken = after[:1] and after[0] in ("утра", "вечера", "дня", "ночи", "часов", "мск")
        if not (whole_hour or ranged or spoken):
            return None
        words = self.time(int(match[1]), int(match[2]), None, context, match.start())
        return Said(words, match.end())

    def _school_years(self, match: re.Match[str], context: Context) -> Said | None:
        """ученики 5–7 классов, 9 и 11 классов: classes have numbers, up to eleven."""
        values = [int(match[1]), int(match[3])]
        if not all(1 <= value <= 11 for value in values) or values[0] >= values[1]:
            return None
        if not _PUPILS.search(context.text[max(0, match.start() - 60) : match.start()]):
            return None
        case: Case = _PLURAL_CASES[match[5]]
        joint = " и " if "и" in match[2] else " — "
        words = (spell_ordinal(value, "ru", ordinal_ending(case, "plural")) for value in values)
        return Said(joint.join(words), match.end())


def agreeing(value: int, agreement: Agreement) -> str:
    """An ordinal as it agrees with its noun."""
    ending = ordinal_ending(agreement.case, agreement.gender, animate=agreement.animate)
    return spell_ordinal(value, "ru", ending)
