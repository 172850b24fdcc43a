"""English numbers with their units, sums, fractions, hours and telephones, read aloud."""

from __future__ import annotations

import re
from abc import ABC
from typing import ClassVar, Final

from foundation.languages import Language
from text.normalisation.spelling import scale_forms, spell, spell_ordinal
from text.spoken.common import NumberReader
from text.spoken.context import Context, Said
from text.spoken.context import words as word_list
from text.spoken.quantities import DASH, LONGEST_CARDINAL, SPACE, Amount, Quantity
from text.spoken.tables import SpokenUnit

_LETTERS: Final = {"k": "thousand", "m": "million", "b": "billion", "t": "trillion"}
_UNTIL_CLOCK: Final = re.compile(rf"{DASH}(?=\d{{1,2}}(?:[:.]\d\d)?{SPACE}?[AaPp]\.?[Mm])")
_COUNTED_IN_MILLIONS: Final = tuple(
    [word]
    for word in word_list(
        "people users customers viewers voters homes households jobs workers children passengers"
        " tonnes barrels copies shares pounds dollars euros tenge doses visitors soldiers refugees"
    )
)
"""After 9m: nine million people."""
_MODEL: Final = re.compile(r"[A-Z]-$|(?:Boeing|Airbus|Type|Model)[ \u00a0]$")
_DETERMINERS: Final = frozenset(word_list("the this that his her its their our my your one"))
_NOT_NOUNS: Final = frozenset(
    word_list(
        "was were is are has had have will would can could may might must that which who it they he"
        " she we you in on of to for from and or but as at by with per each it's if when while went"
        " came goes comes remains remained more less a an the annually yearly monthly weekly"
    )
)
"""After a sum with the: what follows is no noun that it describes."""


class EnglishQuantities(NumberReader, ABC):
    """What is counted and measured."""

    language: ClassVar[Language] = "en"
    until: ClassVar[str] = "to"

    def _phone(self, match: re.Match[str], context: Context) -> Said | None:
        groups = re.findall(r"\d+", match.group())
        if sum(map(len, groups)) < 7:
            return None
        return Said(self.phone(groups, match.group()[0] == "+"), match.end())

    def _sums(self, match: re.Match[str], context: Context) -> Said | None:
        """£10-15m, £1.2m-£1.5m, £500k-£2m."""
        sign, low, low_scale, high, high_scale = match.groups()
        words = []
        own = "" if low_scale in (None, high_scale) else low_scale
        for number, scale in ((low, own), (high, high_scale)):
            whole, _, fraction = number.replace(",", "").partition(".")
            if len(whole) > LONGEST_CARDINAL:
                return None
            words.append(self._number(Amount(whole, fraction)))
            if scale:
                words.append(_LETTERS[scale[0].lower()])
        words.insert(-2, "to")
        unit = self._currency(self.table.units[sign], match.start(), match.end(), context)
        return Said(" ".join((*words, unit)), match.end())

    def _thousands(self, match: re.Match[str], context: Context) -> Said | None:
        """10K, $5M; 4K is a picture."""
        sign, digits, fraction, letter = match.groups()
        # 221B is a house, 9m mostly nine metres.
        counted = letter in "kKM" or (
            letter == "m" and context.after(match.end(), 1)[:1] in _COUNTED_IN_MILLIONS
        )
        if context.touches_word(match.start()) or (not sign and not counted):
            return None
        if not sign and letter == "K" and digits in ("4", "8"):
            return Said(f"{spell(int(digits), 'en')} kay", match.end())
        amount = Amount(digits.replace(",", ""), fraction or "")
        if len(amount.whole) > LONGEST_CARDINAL:
            return None
        unit = (
            self._currency(self.table.units[sign], match.start(), match.end(), context)
            if sign
            else ""
        )
        words = (self._number(amount), _LETTERS[letter.lower()], unit)
        return Said(" ".join(filter(None, words)), match.end())

    @staticmethod
    def _currency(unit: SpokenUnit, start: int, end: int, context: Context) -> str:
        """A $20 bill, the £5m prize: a sum before its noun is in the singular."""
        before = context.before(start, 1)
        after = context.text[end : end + 2]
        if before and re.fullmatch(r"[ \u00a0][a-z]", after):
            word = context.after(end, 1)
            article = before[0] in ("a", "an", "another", "every", "each", "per")
            if article or (before[0] in _DETERMINERS and word and word[0] not in _NOT_NOUNS):
                return unit.forms[0]
        return unit.forms[-1]

    def _clock(self, match: re.Match[str], context: Context) -> Said | None:
        hour, minute = int(match[1]), int(match[2] or 0)
        if not (1 <= hour <= 12 and minute < 60):
            return None
        half = "eigh em" if match[3][0] in "aA" else "pee em"
        until = _UNTIL_CLOCK.match(context.text, match.end())
        words = spell(hour, "en")
        if minute:
            words += (" oh " if minute < 10 else " ") + spell(minute, "en")
        if until is not None:
            return Said(f"{words} {half} to ", until.end())
        return Said(f"{words} {half}", match.end())

    def _open_clock(self, match: re.Match[str], context: Context) -> Said | None:
        """7-8pm, 9.30-11am: the half of the day is said once."""
        hour, _, minute = match[1].replace(".", ":").partition(":")
        if not (1 <= int(hour) <= 12 and int(minute or 0) < 60):
            return None
        words = spell(int(hour), "en")
        if int(minute or 0):
            words += (" oh " if int(minute) < 10 else " ") + spell(int(minute), "en")
        return Said(f"{words} to ", match.end())

    def _by(self, match: re.Match[str], context: Context) -> Said:
        """4x4, 1080 × 720."""
        first, second = (spell(int(group), "en") for group in match.groups())
        return Said(f"{first} by {second}", match.end())

    def _score(self, match: re.Match[str], context: Context) -> Said:
        """A ratio of three to two; a team won two one."""
        if not {"ratio", "odds", "proportion"} & {*context.before(match.start())}:
            return super()._score(match, context)
        first, second = (spell(int(group), "en") for group in match.groups())
        return Said(f"{first} to {second}", match.end())

    def time(self, hour: int, minute: int, second: int | None, context: Context, at: int) -> str:
        """Two thirty, nine o'clock, fourteen hundred hours."""
        words = spell(hour, "en")
        if minute == 0 and second is None:
            return f"{words} o'clock" if hour <= 12 else f"{words} hundred hours"
        words += (" oh " if minute < 10 else " ") + spell(minute, "en")
        if second is not None:
            words += f" and {spell(second, 'en')} second{'s' * (second != 1)}"
        return words

    def _attribute(self, match: re.Match[str], context: Context) -> Said | None:
        """A 5-km run: five-kilometre."""
        whole = match[1].replace(",", "")
        if len(whole) > LONGEST_CARDINAL:
            return None
        unit = self.table.units[match[2]]
        return Said(f"{self._number(Amount(whole))}-{unit.forms[0]}", match.end())

    def _feet(self, match: re.Match[str], context: Context) -> Said:
        feet, inches = int(match[1]), int(match[2])
        first = f"{spell(feet, 'en')} {'foot' if feet == 1 else 'feet'}"
        return Said(f"{first} {spell(inches, 'en')}", match.end())

    def _inches(self, match: re.Match[str], context: Context) -> Said:
        """6ft 2in: apart from its number, in is a word."""
        value = int(match[1])
        return Said(f"{spell(value, 'en')} {'inch' if value == 1 else 'inches'}", match.end())

    def _several(self, match: re.Match[str], context: Context) -> Said | None:
        """F-16s, Boeing 747s: more than one of them, not seconds."""
        before = context.text[max(0, match.start() - 8) : match.start()]
        if not _MODEL.search(before):
            return None
        words = spell(int(match[1]), "en")
        plural = f"{words[:-1]}ie" if words[-1] == "y" else words + "e" * words.endswith("x")
        return Said(f"{plural}s", match.end())

    def quantity(self, quantity: Quantity, context: Context) -> str:
        """Five kilometres, two point five million dollars, nine dollars fifty."""
        words = [self.sign_word(quantity.sign)] if quantity.sign else []
        unit, last = quantity.unit, quantity.last
        alone = quantity.scale == 1 and not quantity.high
        if unit is not None and unit.minor and len(last.fraction) == 2 and alone:
            words.append(self._money(last, unit))
            return " ".join(words)
        words.append(" to ".join(self._number(a) for a in (quantity.low, quantity.high) if a))
        if quantity.scale > 1:
            words.append(scale_forms(quantity.scale, "en")[0])
        if unit is not None:
            single = last.value == 1 and not last.fraction and quantity.scale == 1
            if unit.money and not single:
                words.append(self._currency(unit, quantity.start, quantity.end, context))
            else:
                words.append(unit.forms[0 if single else -1])
        return " ".join(filter(None, words))

    def _money(self, amount: Amount, unit: SpokenUnit) -> str:
        whole, minor = amount.value, int(amount.fraction)
        parts = []
        if whole or not minor:
            parts.append(f"{spell(whole, 'en')} {unit.forms[0 if whole == 1 else -1]}")
        if minor:
            parts.append(f"{spell(minor, 'en')} {unit.minor[0 if minor == 1 else -1]}")
        return " ".join(parts)

    def _number(self, amount: Amount) -> str:
        whole = self.cardinal(Amount(amount.whole))
        return f"{whole} point {self.digits(amount.fraction)}" if amount.fraction else whole

    def fraction(self, whole: int, upper: int, lower: int, context: Context, at: int) -> str:
        """One half, three quarters, two and a third."""
        if (whole, upper, lower) == (0, 9, 11):
            return "nine eleven"
        ordinal = spell_ordinal(lower, "en").removeprefix("one ")  # a hundredth
        named = {2: "half", 4: "quarter"}.get(lower) or ordinal
        if upper > 1:
            named = "halves" if named == "half" else named + "s"
        if not whole:
            return f"{spell(upper, 'en')} {named}"
        part = ("a" if upper == 1 else spell(upper, "en")) + f" {named}"
        return f"{spell(whole, 'en')} and {part}"

    def phone(self, groups: list[str], international: bool) -> str:
        """Digit by digit, with a pause between groups."""
        words = ", ".join(self.digits(group).replace("zero", "oh") for group in groups)
        return f"plus {words}" if international else words
