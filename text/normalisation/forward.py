"""Written numbers become spoken words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from foundation.languages import Language
from text.normalisation import kazakh_grammar as kazakh
from text.normalisation.dates import roman
from text.normalisation.grammar import Grammar, load_grammar
from text.normalisation.spelling import (
    plural,
    scale_forms,
    spell,
    spell_digits,
    spell_ordinal,
)

_SPACE: Final = r"[ \u00a0\u202f]"
_WHOLE: Final = {
    "kk": rf"\d{{1,3}}(?:{_SPACE}\d{{3}})+(?!\d)|\d+",
    "ru": rf"\d{{1,3}}(?:{_SPACE}\d{{3}})+(?!\d)|\d+",
    "en": r"\d{1,3}(?:,\d{3})+(?!\d)|\d+",
}
_LETTER: Final = r"[^\W\d_]"
_DENOMINATORS_KK: Final = ("оннан", "жүзден", "мыңнан")
_DENOMINATORS_RU: Final = ("десят", "сот", "тысячн", "десятитысячн", "стотысячн", "миллионн")
_CASES_OF_YEAR: Final = {"год": "ый", "года": "ого", "году": "ом", "годом": "ым", "годе": "ом"}
_CASES_OF_CENTURY: Final = {"век": "ый", "века": "ого", "веку": "ому", "веком": "ым", "веке": "ом"}
_DECADES_RU: Final = {"годы": "ые", "годов": "ых", "годах": "ых", "годам": "ым", "годами": "ыми"}

_Handler = Callable[[re.Match[str]], str | None]


class Normaliser:
    """Spells out numbers, dates, times, money and measures, for text to speech.

    Everything else is left as it stands. Russian cardinals come in the nominative: the case that a
    sentence asks for is not guessed.
    """

    def __init__(self, language: Language) -> None:
        self._language = language
        self._grammar = load_grammar(language)
        self._signs = _signs(self._grammar)
        self._scales = {
            sign: int(value) for value, sign in self._grammar.table["scale_signs"].items()
        }
        self._mark = re.escape(self._grammar.table["decimal_mark"])
        rules = [*self._shared_rules(), *getattr(self, f"_rules_{language}")()]
        rules.append((self._quantity_pattern(), self._quantity))
        self._rules: list[tuple[re.Pattern[str], _Handler]] = [
            (re.compile(pattern), handler) for pattern, handler in rules
        ]

    def spoken(self, text: str) -> str:
        """The text with its numbers in words."""
        pieces: list[str] = []
        at = done = 0
        while at < len(text):
            found = self._at(text, at)
            if found is None:
                at += 1
                while at < len(text) and text[at - 1].isalnum() and text[at].isalnum():
                    at += 1
                continue
            words, end = found
            pieces += (text[done:at], words)
            at = done = end
        return "".join((*pieces, text[done:]))

    def _at(self, text: str, at: int) -> tuple[str, int] | None:
        if not (text[at].isdigit() or text[at] in "+-−$€¥IVX"):
            return None
        if text[at] in "+−-" and at and text[at - 1].isalnum():
            return None  # a hyphen
        for pattern, handler in self._rules:
            match = pattern.match(text, at)
            if match is not None:
                words = handler(match)
                if words is not None:
                    return words, match.end()
        return None

    def _shared_rules(self) -> list[tuple[str, _Handler]]:
        return [
            (
                rf"(\+7|8){_SPACE}(\d{{3}}){_SPACE}(\d{{3}}){_SPACE}(\d\d){_SPACE}(\d\d)(?!\d)",
                self._phone,
            ),
            (rf"(\d{{1,2}}):(\d\d)(?!\d)(?:-({_LETTER}+))?", self._time),
            (r"(\d{1,2})\.(\d\d)\.(\d{4})(?!\d)", self._numeric_date),
            (r"(\d{1,9})/(\d{1,3})(?![\d/])", self._fraction),
        ]

    # Kazakh

    def _rules_kk(self) -> list[tuple[str, _Handler]]:
        return [
            (rf"(\d{{4}}){_SPACE}(жыл{_LETTER}*)", self._kazakh_ordinal_noun),
            (rf"(\d{{1,2}}){_SPACE}({_LETTER}+)", self._kazakh_day),
            (rf"([IVX]+){_SPACE}(ғасыр{_LETTER}*)", self._century_kk),
            (rf"(\d+)-(ш[іы])({_LETTER}*)", self._kazakh_ordinal),
            (rf"({_WHOLE['kk']})-({_LETTER}+)", self._kazakh_ending),
        ]

    def _kazakh_day(self, match: re.Match[str]) -> str | None:
        known = match[2].casefold() in self._grammar.months
        return self._kazakh_ordinal_noun(match) if known else None

    def _kazakh_ordinal_noun(self, match: re.Match[str]) -> str | None:
        if int(match[1]) == 0:
            return None
        return f"{spell_ordinal(int(match[1]), 'kk')} {match[2]}"

    def _century_kk(self, match: re.Match[str]) -> str | None:
        value = _from_roman(match[1])
        return f"{spell_ordinal(value, 'kk')} {match[2]}" if value else None

    def _kazakh_ordinal(self, match: re.Match[str]) -> str | None:
        return spell_ordinal(int(match[1]), "kk", match[3]) if int(match[1]) else None

    def _kazakh_ending(self, match: re.Match[str]) -> str | None:
        """An ending after digits, ``5-ке``, or a noun that a hyphen makes ordinal, ``5-сынып``."""
        value = int(re.sub(_SPACE, "", match[1]))
        words = spell(value, "kk")
        last = words.split()[-1]
        stem = words.removesuffix(last)
        if match[2] in _endings(last):
            possessive = match[2][0] in "ыі"
            return stem + (kazakh.possessive_stem(last) if possessive else last) + match[2]
        if len(match[2]) < 3 or value == 0:
            return None
        return f"{spell_ordinal(value, 'kk')} {match[2]}"

    # Russian

    def _rules_ru(self) -> list[tuple[str, _Handler]]:
        months = "|".join(self._grammar.months)
        return [
            (rf"(\d{{1,2}}){_SPACE}({months})(?!{_LETTER})", self._russian_day),
            (rf"(\d{{4}}){_SPACE}(год[ауе]?|годом)(?!{_LETTER})", self._russian_year),
            (rf"([IVX]+){_SPACE}(век(?:а|у|ом|е)?)(?!{_LETTER})", self._century_ru),
            (rf"(\d+)-[ех]{_SPACE}(год{_LETTER}+)", self._russian_decade),
            (rf"(\d+)-(й|го|му|м|я|ю|е|х|ми)(?!{_LETTER})", self._russian_ordinal),
        ]

    def _russian_day(self, match: re.Match[str]) -> str | None:
        return f"{spell_ordinal(int(match[1]), 'ru', 'ого')} {match[2]}" if int(match[1]) else None

    def _russian_year(self, match: re.Match[str]) -> str | None:
        value = int(match[1])
        return (
            f"{spell_ordinal(value, 'ru', _CASES_OF_YEAR[match[2]])} {match[2]}" if value else None
        )

    def _century_ru(self, match: re.Match[str]) -> str | None:
        value = _from_roman(match[1])
        if not value:
            return None
        return f"{spell_ordinal(value, 'ru', _CASES_OF_CENTURY[match[2]])} {match[2]}"

    def _russian_decade(self, match: re.Match[str]) -> str | None:
        ending = _DECADES_RU.get(match[2])
        if ending is None or int(match[1]) == 0:
            return None
        return f"{spell_ordinal(int(match[1]), 'ru', ending)} {match[2]}"

    def _russian_ordinal(self, match: re.Match[str]) -> str | None:
        return spell_ordinal(int(match[1]), "ru", match[2]) if int(match[1]) else None

    # English

    def _rules_en(self) -> list[tuple[str, _Handler]]:
        months = "|".join(month.title() for month in self._grammar.months)
        return [
            (
                rf"(?:\+(\d{{1,3}}){_SPACE})?(\d{{3}})-(\d{{3}})-(\d{{4}})(?!\d)",
                self._american_phone,
            ),
            (r"(\d+)(?:st|nd|rd|th)(?!\w)", self._english_ordinal),
            (r"(1[5-9]|20)(\d)0s(?!\w)", self._english_decade),
            (rf"(\d{{1,2}}){_SPACE}({months})(?:{_SPACE}(\d{{4}}))?(?!\w)", self._english_day),
            (r"(1[5-9]|20)(\d\d)(?![\d:%-]|[.,]\d|\u00a0)", self._english_year),
        ]

    def _american_phone(self, match: re.Match[str]) -> str:
        digits = spell_digits("".join(match.groups()[1:]), "en")
        return f"plus {spell(int(match[1]), 'en')} {digits}" if match[1] else digits

    def _english_ordinal(self, match: re.Match[str]) -> str | None:
        return spell_ordinal(int(match[1]), "en")

    def _english_decade(self, match: re.Match[str]) -> str | None:
        decades = self._grammar.table["dates"]["decades"]
        name = next((word for word, worth in decades.items() if worth == 10 * int(match[2])), None)
        return f"{spell(int(match[1]), 'en')} {name}" if name else None

    def _english_day(self, match: re.Match[str]) -> str | None:
        if int(match[1]) == 0:
            return None
        day = f"the {spell_ordinal(int(match[1]), 'en')} of {match[2]}"
        return f"{day} {_english_year(int(match[3]))}" if match[3] else day

    def _english_year(self, match: re.Match[str]) -> str | None:
        return _english_year(int(match[1] + match[2]))

    # All

    def _phone(self, match: re.Match[str]) -> str:
        code = spell(int(match[1][-1]), self._language)
        if match[1][0] == "+":
            code = f"{self._grammar.table['numbers']['plus'][0]} {code}"
        return " ".join((code, *(self._phone_group(group) for group in match.groups()[1:])))

    def _phone_group(self, group: str) -> str:
        if self._language == "en":
            return spell_digits(group, "en")
        zeros = len(group) - len(group.lstrip("0"))
        rest = group[zeros:]
        words = [spell(0, self._language)] * zeros
        return " ".join((*words, spell(int(rest), self._language)) if rest else words)

    def _time(self, match: re.Match[str]) -> str | None:
        hour, minute = int(match[1]), int(match[2])
        if hour > 24 or minute > 59:
            return None
        language = self._language
        words = [spell(hour, language)]
        if language == "en":
            if minute == 0:
                words.append("o'clock" if hour <= 12 else "hundred")
            else:
                words.append(("oh " if minute < 10 else "") + spell(minute, "en"))
        else:
            words += [spell(0, language)] * (1 + (minute == 0) if minute < 10 else 0)
            if minute:
                words.append(spell(minute, language))
        return " ".join(words) + (match[3] or "")

    def _numeric_date(self, match: re.Match[str]) -> str | None:
        day, month, year = (int(group) for group in match.groups())
        if not (1 <= day <= 31 and 1 <= month <= 12 and year):
            return None
        name = self._grammar.table["dates"]["months"][month - 1]
        if self._language == "kk":
            return f"{spell_ordinal(year, 'kk')} жылғы {spell_ordinal(day, 'kk')} {name}"
        if self._language == "ru":
            day_words, year_words = (spell_ordinal(value, "ru", "ого") for value in (day, year))
            return f"{day_words} {name} {year_words} года"
        return f"the {spell_ordinal(day, 'en')} of {name.title()} {_english_year(year)}"

    def _fraction(self, match: re.Match[str]) -> str | None:
        upper, lower = int(match[1]), int(match[2])
        if not 1 <= upper < lower <= 100:
            return None
        if self._language == "kk":
            words = spell(lower, "kk")
            return (
                f"{words}{kazakh.case_ending(words.split()[-1], 'ablative')} {spell(upper, 'kk')}"
            )
        if self._language == "ru":
            named = {3: ("треть", "трети"), 4: ("четверть", "четверти")}.get(lower)
            if named is None:
                ending = "ая" if upper % 10 == 1 and upper % 100 != 11 else "ых"
                below = spell_ordinal(lower, "ru", ending)
            else:
                below = named[upper > 1]
            return f"{spell(upper, 'ru', feminine=True)} {below}"
        below = {2: "half", 4: "quarter"}.get(lower) or spell_ordinal(lower, "en")
        return f"{spell(upper, 'en')} {below}{'s' * (upper > 1)}"

    def _quantity_pattern(self) -> str:
        scales = "|".join(re.escape(sign) for sign in self._scales)
        units = "|".join(re.escape(sign) for sign in sorted(self._signs, key=len, reverse=True))
        return (
            rf"(?P<sign>[+−-])?(?P<before>[$€¥])?(?P<whole>{_WHOLE[self._language]})"
            rf"(?:{self._mark}(?P<fraction>\d+))?(?:–(?P<high>\d+))?"
            rf"(?:{_SPACE}(?P<scale>{scales})(?!{_LETTER}))?"
            rf"(?:{_SPACE}?(?P<unit>{units})(?!{_LETTER}))?"
            rf"(?:-(?P<ending>{_LETTER}+))?"
        )

    def _quantity(self, match: re.Match[str]) -> str | None:
        language = self._language
        unit = self._signs.get(match["unit"] or match["before"] or "")
        if match["ending"] and (language != "kk" or not (match["unit"] or match["scale"])):
            return None
        whole = int(re.sub(r"\D", "", match["whole"]))
        words = []
        if match["sign"]:
            name = "plus" if match["sign"] == "+" else "minus"
            words.append(self._grammar.table["numbers"][name][0])
        scale = self._scales.get(match["scale"] or "")
        if unit is not None and match["fraction"] and len(match["fraction"]) == 2 and not scale:
            money = self._money(whole, match["fraction"], unit)
            if money is not None:
                return " ".join((*words, money))
        feminine = unit is not None and unit.get("gender") == "feminine"
        words.append(self._amount(match, whole, scale, feminine and not scale))
        if scale:
            forms = scale_forms(scale, language)
            few = match["fraction"] and len(forms) == 3
            words.append(forms[1] if few else plural(whole, forms))
        if unit is not None:
            forms = unit["spoken"]
            if scale:
                words.append(forms[-1])
            elif match["fraction"]:
                words.append(forms[1] if len(forms) > 1 else forms[0])
            else:
                words.append(plural(int(match["high"] or whole), forms))
        return " ".join(words) + (match["ending"] or "")

    def _amount(self, match: re.Match[str], whole: int, scale: int | None, feminine: bool) -> str:
        language = self._language
        if match["fraction"]:
            return self._decimal(whole, match["fraction"])
        low = spell(whole, language, feminine or scale == 1000)
        if not match["high"]:
            if len(match["whole"]) > 1 and match["whole"][0] == "0":
                return spell_digits(match["whole"], language)
            return low
        joint = " to " if language == "en" else "-"
        return low + joint + spell(int(match["high"]), language, feminine)

    def _decimal(self, whole: int, fraction: str) -> str:
        language = self._language
        if language == "en":
            return f"{spell(whole, 'en')} point {spell_digits(fraction, 'en')}"
        places = len(fraction)
        if language == "kk":
            if places > len(_DENOMINATORS_KK):
                return f"{spell(whole, 'kk')} бүтін {spell_digits(fraction, 'kk')}"
            below = _DENOMINATORS_KK[places - 1]
            return f"{spell(whole, 'kk')} бүтін {below} {spell(int(fraction), 'kk')}"
        if places > len(_DENOMINATORS_RU):
            return f"{spell(whole, 'ru')} запятая {spell_digits(fraction, 'ru')}"
        units = "целая" if whole % 10 == 1 and whole % 100 != 11 else "целых"
        upper = int(fraction)
        ending = "ая" if upper % 10 == 1 and upper % 100 != 11 else "ых"
        below = _DENOMINATORS_RU[places - 1] + ending
        return f"{spell(whole, 'ru', True)} {units} {spell(upper, 'ru', True)} {below}"

    def _money(self, whole: int, fraction: str, unit: dict[str, Any]) -> str | None:
        minor = unit.get("minor_spoken") or (
            [unit["minor"]] if isinstance(unit.get("minor"), str) else None
        )
        if minor is None:
            return None
        feminine = unit.get("minor_gender") == "feminine"
        count = int(fraction)
        first = f"{spell(whole, self._language)} {plural(whole, unit['spoken'])}"
        return f"{first} {spell(count, self._language, feminine)} {plural(count, minor)}"


def _signs(grammar: Grammar) -> dict[str, dict[str, Any]]:
    """Unit entries of the table by their sign, with the words to say."""
    signs: dict[str, dict[str, Any]] = {}
    for entry in grammar.table["units"]:
        if "written" in entry:
            signs[entry["written"]] = {"spoken": entry.get("words", [""])[:1], **entry}
    return signs


def _endings(word: str) -> set[str]:
    """Kazakh endings that may follow this number in digits."""
    endings = {kazakh.likeness_ending(word)}
    for case in kazakh.CASES:
        endings |= {kazakh.case_ending(word, case), kazakh.possessive_ending(word, case)}
    return endings - {""}


def _from_roman(text: str) -> int:
    return next((value for value in range(1, 31) if roman(value) == text), 0)


def _english_year(year: int) -> str:
    first, last = divmod(year, 100)
    if last == 0:
        return spell(year, "en") if first % 10 == 0 else f"{spell(first, 'en')} hundred"
    if year // 10 == 200 or first < 11:
        return spell(year, "en")
    return f"{spell(first, 'en')} {'oh ' if last < 10 else ''}{spell(last, 'en')}"
