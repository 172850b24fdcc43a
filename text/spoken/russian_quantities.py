"""Russian numbers with their units, fractions, times and telephones, read aloud."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar, Final

from foundation.languages import Language
from text.normalisation.russian_cardinals import (
    CASES,
    Case,
    Gender,
    counted_form,
    decline_cardinal,
    denominator,
    is_one,
    ordinal_ending,
    scale_noun,
)
from text.normalisation.spelling import spell, spell_ordinal
from text.spoken.common import NumberReader, phone_groups
from text.spoken.context import Context
from text.spoken.quantities import Amount, Quantity
from text.spoken.russian_agreement import (
    Agreement,
    cardinal_agreement,
    governed,
    noun_paradigm,
)
from text.spoken.tables import SpokenUnit

_COLLECTIVE: Final = {2: "двое", 3: "трое", 4: "четверо"}
_DENOMINATORS: Final = (
    "десят", "сот", "тысячн", "десятитысячн", "стотысячн", "миллионн",
)  # fmt: skip
_NAMED_PARTS: Final = {
    3: (("треть", "трети", "трети", "треть", "третью", "трети"),
        ("трети", "третей", "третям", "трети", "третями", "третях")),
    4: (("четверть", "четверти", "четверти", "четверть", "четвертью", "четверти"),
        ("четверти", "четвертей", "четвертям", "четверти", "четвертями", "четвертях")),
}  # fmt: skip


class RussianQuantities(NumberReader, ABC):
    """Cardinals in the case that the sentence asks for."""

    language: ClassVar[Language] = "ru"

    def quantity(self, quantity: Quantity, context: Context) -> str:
        """With its unit in the case that the preposition asks for."""
        before = context.before(quantity.start)
        words = [self.sign_word(quantity.sign)] if quantity.sign else []
        if quantity.sign in (">", "<"):
            before = ["больше"]  # больше пятидесяти
        if quantity.unit is None:
            words.append(self._plain(quantity, before, context))
        else:
            words.append(self._with_unit(quantity, quantity.unit, before, context))
        return " ".join(filter(None, words))

    def _plain(self, quantity: Quantity, before: list[str], context: Context) -> str:
        after = context.after(quantity.end)
        low, high, last = quantity.low, quantity.high, quantity.last
        if quantity.scale > 1:
            cases = governed(before)
            case = cases[0] if cases else "nominative"
            if len(cases) > 1 and after:
                case = cardinal_agreement(1000, before, after).case
            return self._scaled(quantity, case)
        agreement = cardinal_agreement(last.value, before, after, decimal=bool(last.fraction))
        if agreement.plural_only and last.value in _COLLECTIVE and agreement.case in (
            "nominative", "accusative",
        ):  # fmt: skip
            return _COLLECTIVE[last.value]
        parts = [self._number(amount, agreement) for amount in (low, high) if amount]
        return _range(parts)

    def _scaled(self, quantity: Quantity, case: Case) -> str:
        gender: Gender = "feminine" if quantity.scale == 1000 else "masculine"
        agreement = Agreement(case, gender)
        parts = [self._number(a, agreement) for a in (quantity.low, quantity.high) if a]
        last = quantity.last
        if last.fraction:
            noun = scale_noun(quantity.scale, 1, "genitive")
        else:
            noun = scale_noun(quantity.scale, last.value, case)
        return f"{_range(parts)} {noun}"

    def _with_unit(
        self, quantity: Quantity, unit: SpokenUnit, before: list[str], context: Context
    ) -> str:
        cases = governed(before)
        case: Case = cases[0] if cases else "nominative"
        if before and before[0] in ("в", "во") and context.after(quantity.end, 1) == ["от"]:
            case = "prepositional"  # в пяти километрах от
        singular, plural = noun_paradigm(unit.forms[0])
        plural = (plural[0], unit.forms[-1], *plural[2:])
        last = quantity.last
        if quantity.scale > 1:
            return f"{self._scaled(quantity, case)} {plural[1]}"
        if unit.money and unit.minor and len(last.fraction) == 2 and not quantity.high:
            return self._money(last, unit, case)
        gender: Gender = "feminine" if unit.feminine else "masculine"
        agreement = Agreement(case, gender)
        parts = [self._number(a, agreement) for a in (quantity.low, quantity.high) if a]
        if unit.plural_only and last.value in _COLLECTIVE and case == "nominative":
            parts[-1] = _COLLECTIVE[last.value]
        if last.fraction:
            noun = singular[1]
        elif case in ("nominative", "accusative") and not is_one(last.value):
            noun = _few_or_many(last.value, unit.forms)
        else:
            noun = counted_form(singular, plural, last.value, case)
        return f"{_range(parts)} {noun}"

    def _money(self, amount: Amount, unit: SpokenUnit, case: Case) -> str:
        parts = []
        minor_gender: Gender = "feminine" if unit.minor_feminine else "masculine"
        gender: Gender = "feminine" if unit.feminine else "masculine"
        for value, forms, each in (
            (amount.value, unit.forms, gender),
            (int(amount.fraction), unit.minor, minor_gender),
        ):
            if not value and each is minor_gender and forms is unit.minor:
                continue
            singular, plural = noun_paradigm(forms[0])
            plural = (plural[0], forms[-1], *plural[2:])
            if case in ("nominative", "accusative") and not is_one(value):
                noun = _few_or_many(value, forms)
            else:
                noun = counted_form(singular, plural, value, case)
            parts.append(f"{' '.join(decline_cardinal(value, case, each))} {noun}")
        return " ".join(parts)

    def _number(self, amount: Amount, agreement: Agreement) -> str:
        if amount.fraction:
            return self._decimal(amount, agreement.case)
        if amount.digit_by_digit:
            return self.digits(amount.whole)
        return " ".join(
            decline_cardinal(
                amount.value, agreement.case, agreement.gender, animate=agreement.animate
            )
        )

    def _decimal(self, amount: Amount, case: Case) -> str:
        places = len(amount.fraction)
        if places > len(_DENOMINATORS):
            return f"{spell(amount.value, 'ru')} запятая {self.digits(amount.fraction)}"
        whole = " ".join(decline_cardinal(amount.value, case, "feminine"))
        integer = _integer_word(amount.value, case)
        upper = int(amount.fraction)
        part = " ".join(decline_cardinal(upper, case, "feminine"))
        return f"{whole} {integer} {part} {denominator(_DENOMINATORS[places - 1], upper, case)}"

    # Others

    def fraction(self, whole: int, upper: int, lower: int, context: Context, at: int) -> str:
        """одна третья, до двух третей, пять целых одна вторая."""
        cases = governed(context.before(at))
        case: Case = cases[0] if cases else "nominative"
        first = ""
        if whole:
            first = " ".join(decline_cardinal(whole, case, "feminine"))
            first += f" {_integer_word(whole, case)} "
        part = " ".join(decline_cardinal(upper, case, "feminine"))
        if lower in _NAMED_PARTS:
            singular, plural = _NAMED_PARTS[lower]
            return f"{first}{part} {counted_form(singular, plural, upper, case)}"
        form = (
            ordinal_ending(case, "feminine")
            if is_one(upper)
            else ("ых" if case in ("nominative", "accusative") else ordinal_ending(case, "plural"))
        )
        return f"{first}{part} {spell_ordinal(lower, 'ru', form)}"

    def time(self, hour: int, minute: int, second: int | None, context: Context, at: int) -> str:
        """в четырнадцать тридцать, до девяти ноль ноль, к десяти часам."""
        cases = governed(context.before(at))
        case: Case = cases[0] if cases and cases[0] in ("genitive", "dative") else "nominative"
        words = decline_cardinal(hour, case)
        for value in (minute, *([second] if second is not None else [])):
            if value == 0:
                words += ["ноль", "ноль"]
            else:
                words += ["ноль"] * (value < 10) + decline_cardinal(
                    value, case if value > 9 else "nominative"
                )
        return " ".join(words)

    def phone(self, groups: list[str], international: bool) -> str:
        """By its groups."""
        words = ["плюс"] if international else []
        for group in phone_groups(groups):
            zeros = len(group) - len(group.lstrip("0"))
            rest = group[zeros:]
            words += ["ноль"] * zeros
            if rest:
                words.append(spell(int(rest), "ru"))
        return " ".join(words)


def _integer_word(value: int, case: Case) -> str:
    """одна целая, две целых, двух целых, двумя целыми."""
    one = ("целая", "целой", "целой", "целую", "целой", "целой")
    more = ("целых", "целых", "целым", "целых", "целыми", "целых")
    return (one if is_one(value) else more)[CASES.index(case)]


def _few_or_many(value: int, forms: tuple[str, ...]) -> str:
    few = value % 10 in (2, 3, 4) and value % 100 not in (12, 13, 14)
    return forms[1] if few else forms[2]


def _range(parts: list[str]) -> str:
    if len(parts) == 2 and all(" " not in part for part in parts):
        return "-".join(parts)
    return " — ".join(parts)
