"""Russian Roman numerals read aloud: centuries, rulers, parts of a whole."""

from __future__ import annotations

import re
from abc import ABC
from typing import Final

from text.normalisation.russian_cardinals import CASES, Case, Gender, ordinal_ending
from text.normalisation.spelling import spell_ordinal
from text.spoken.context import Context, Said
from text.spoken.context import words as word_list
from text.spoken.roman import roman_value
from text.spoken.russian_agreement import (
    Agreement,
    agreement_of,
    governed,
    ordinal_agreement,
)
from text.spoken.russian_numbering import RussianNumbering, agreeing

_CENTURY_FORMS: Final[dict[Case, str]] = dict(
    zip(CASES, ("век", "века", "веку", "век", "веком", "веке"), strict=True)
)
_CENTURIES_FORMS: Final[dict[Case, str]] = dict(
    zip(CASES, ("века", "веков", "векам", "века", "веками", "веках"), strict=True)
)
_ROMAN_NOUNS: Final = frozenset(
    word_list(
        "глава главы главе главу часть части том тома томе раздел раздела разделе век века веке"
        " квартал квартала квартале тур тура туре съезд съезда съезде акт акта акте класс степени"
        " степень группа группы группе категории категория созыва созыв тысячелетие тысячелетия"
        " фаза фазы тип типа пункт пункта статья этап этапа полугодие полугодия мировая мировой"
        " полугодии полугодию кварталу кварталом туру туром томов частей веку веком мировую"
    )
)
_RULERS_KNOWN: Final = frozenset(
    word_list(
        "Пётр Петр Петра Петру Петром Петре Павел Павла Павлу Николай Николая Николаю Александр"
        " Александра Александру Екатерина Екатерины Екатерине Иван Ивана Елизавета Елизаветы Карл"
        " Карла Фридрих Людовик Наполеон Франциск Вильгельм Георг"
    )
)


class RussianRoman(RussianNumbering, ABC):
    """Ordinals that agree with the noun or name beside them."""

    @staticmethod
    def _case_of_sign(before: list[str]) -> Case:
        """Which form г. stands for: в 2026 г., к 2026 г., 5 мая 2026 г."""
        cases = governed(before[:1])
        if before and before[0] in ("в", "во", "на"):
            return "accusative" if before[0] == "на" else "prepositional"
        if cases:
            return cases[0]
        return "genitive" if before else "nominative"

    def _roman(self, match: re.Match[str], context: Context) -> Said | None:
        before, after = context.before(match.start()), context.after(match.end())
        name_before = _word_before(context.text, match.start())
        names = agreement_of(name_before.lower()) if name_before else []
        century = match["century"]
        sure = bool(century) or any(word in _ROMAN_NOUNS for word in (*before[:1], *after[:1]))
        sure = sure or (name_before in _RULERS_KNOWN)
        values = [roman_value(group, sure=sure) for group in (match[1], match[2]) if group]
        if not all(values):
            return None
        if century:
            return Said(self._centuries(values, century, before), match.end())
        if name_before and names and not name_before.islower():
            order = governed(before[1:])
            fitting = [name for name in names if not order or name.case in order] or names
            words = " — ".join(agreeing(value, fitting[0]) for value in values)
            return Said(
                " ".join(w[:1].upper() + w[1:] for w in words.split())
                if len(words.split()) == 1
                else words,
                match.end(),
            )
        agreement = None
        if after:
            agreement = ordinal_agreement(before, after, plural=None)
        if agreement is None and names and name_before in before[:1]:
            agreement = next((n for n in names if n.gender == "feminine"), names[0])
        agreement = agreement or Agreement()
        if agreement.gender == "plural" and len(values) > 1:
            agreement = Agreement(agreement.case, "masculine", agreement.animate)
        return Said(" — ".join(agreeing(value, agreement) for value in values), match.end())

    def _centuries(self, values: list[int], century: str, before: list[str]) -> str:
        gender: Gender = "masculine"
        if century.endswith("."):
            case = self._case_of_sign(before)
            forms = _CENTURIES_FORMS if century == "вв." else _CENTURY_FORMS
            century = forms[case]
        else:
            cases = governed(before)
            found = [
                case
                for forms in (_CENTURY_FORMS, _CENTURIES_FORMS)
                for case, form in forms.items()
                if form == century and (len(values) > 1 or forms is _CENTURY_FORMS)
            ]
            found = found or ["nominative"]
            case = next((each for each in found if each in cases), found[0])
        ending = ordinal_ending(case, gender)
        return f"{' — '.join(spell_ordinal(value, 'ru', ending) for value in values)} {century}"


def _word_before(text: str, at: int) -> str:
    """The word that ends right before ``at``, with its capitals."""
    match = re.search(r"([^\W\d_]{2,40})[ \u00a0]$", text[max(0, at - 42) : at])
    return match[1] if match else ""
