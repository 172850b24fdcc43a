"""``say-as``: text whose kind its writer tells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from text.normalisation.spelling import spell_digits, spell_ordinal
from text.spoken.context import Context
from text.spoken.context import words as word_list
from text.spoken.normaliser import Normaliser
from text.spoken.quantities import LONGEST_CARDINAL, MAX_DIGITS, Amount

KINDS: Final = (
    "cardinal",
    "ordinal",
    "characters",
    "spell-out",
    "digits",
    "telephone",
    "date",
    "time",
    "currency",
    "unit",
    "fraction",
)
"""What ``interpret-as`` may be. The names are those of W3C's note *SSML 1.0 say-as attribute
values* (2005) and of common practice."""

DATE_FORMATS: Final = ("dmy", "mdy", "ymd", "dm", "md", "my", "ym", "y")
TIME_FORMATS: Final = ("hms24", "hms12")
LONGEST: Final = 200
"""Characters that one element may hold."""

_NUMBER: Final = re.compile(r"[+−-]?\d{1,3}(?:[ \u00a0\u202f,]\d{3})+|[+−-]?\d+")
_FRACTION: Final = re.compile(r"(?:(\d{1,9})[ \u00a0+])?(\d{1,9})/(\d{1,9})")
_TIME: Final = re.compile(r"(\d{1,2})[:.](\d\d)(?:[:.](\d\d))?\s?([AaPp]\.?[Mm]\.?)?")
_TELEPHONE: Final = re.compile(r"\+?[\d ()\u00a0./-]+")


@dataclass(frozen=True, slots=True)
class SayAs:
    """The attributes of the element."""

    kind: str
    format: str = ""


def complaint(content: str, how: SayAs) -> str:
    """What is wrong with an element, and what would be right; empty: nothing."""
    text = content.strip()
    if how.kind not in KINDS:
        return f"interpret-as={how.kind!r} is not one of {', '.join(KINDS)}"
    if not text:
        return "is empty"
    if len(text) > LONGEST:
        return f"holds {len(text)} characters; {LONGEST} are allowed"
    allowed = {"date": DATE_FORMATS, "time": TIME_FORMATS}.get(how.kind, ())
    if how.format and how.format not in allowed:
        if allowed:
            return f"format={how.format!r} is not one of {', '.join(allowed)}"
        return f"interpret-as={how.kind!r} takes no format"
    return _content_complaint(text, how)


def _content_complaint(text: str, how: SayAs) -> str:
    digits = len(re.findall(r"\d", text))
    if digits > MAX_DIGITS:
        return f"holds {digits} digits; {MAX_DIGITS} are read at most"
    wanted = ""
    if how.kind in ("cardinal", "ordinal"):
        if not _NUMBER.fullmatch(text):
            wanted = "a whole number"
        elif how.kind == "ordinal" and not 0 < abs(_value(text)) < 10**LONGEST_CARDINAL:
            wanted = "a whole number from 1 to 15 digits"
    elif how.kind == "digits" and not re.fullmatch(r"[\d \u00a0.,/-]*\d[\d \u00a0.,/-]*", text):
        wanted = "digits"
    elif how.kind == "telephone" and not (_TELEPHONE.fullmatch(text) and digits):
        wanted = "a telephone number"
    elif how.kind == "fraction":
        match = _FRACTION.fullmatch(text)
        if match is None or int(match[3]) == 0:
            wanted = "a fraction such as 3/4 or 2 1/2"
    elif how.kind == "time" and not _is_time(text):
        wanted = "a time such as 14:30 or 2:30 pm"
    elif how.kind == "date" and _date(text, how.format) is None:
        wanted = f"a date in the order {how.format or 'dmy or ymd'}"
    elif how.kind in ("currency", "unit") and not digits:
        wanted = "an amount such as 5,50 ₸ or 60 км/ч"
    return f"{text!r} is not {wanted}" if wanted else ""


def say_as(content: str, how: SayAs, normaliser: Normaliser) -> str:
    """The words of an element of which nothing is to complain."""
    text, reader, language = content.strip(), normaliser.reader, normaliser.language
    if how.kind in ("characters", "spell-out"):
        return _spelt(text, normaliser)
    if how.kind == "digits":
        return spell_digits(re.sub(r"\D", "", text), language)
    if how.kind == "telephone":
        return reader.phone(re.findall(r"\d+", text), text.startswith("+"))
    if how.kind in ("cardinal", "ordinal"):
        value = abs(_value(text))
        sign = f"{reader.sign_word(text[0])} " if text[0] in "+−-" else ""
        if how.kind == "ordinal":
            return sign + spell_ordinal(value, language)
        return sign + reader.cardinal(Amount(str(value)))
    context = Context("")
    if how.kind == "fraction":
        match = _FRACTION.fullmatch(text)
        assert match is not None  # complaint() has seen to it
        return reader.fraction(int(match[1] or 0), int(match[2]), int(match[3]), context, 0)
    if how.kind == "date":
        found = _date(text, how.format)
        assert found is not None
        return _date_words(*found, normaliser)
    if how.kind == "time" and how.format == "hms24":
        match = _TIME.fullmatch(text)
        assert match is not None
        second = int(match[3]) if match[3] else None
        return reader.time(int(match[1]), int(match[2]), second, context, 0)
    return normaliser.spoken(text)


def _value(text: str) -> int:
    return int(re.sub(r"[^\d-]", "", text.replace("−", "-")))


def _is_time(text: str) -> bool:
    match = _TIME.fullmatch(text)
    return (
        match is not None and int(match[1]) <= 24 and int(match[2]) < 60 and int(match[3] or 0) < 60
    )


def _date(text: str, order: str) -> tuple[int, int, int] | None:
    """Day, month and year; 0 for what the order leaves out."""
    numbers = re.fullmatch(r"(\d{1,4})(?:[./ -](\d{1,4}))?(?:[./ -](\d{1,4}))?", text)
    if numbers is None:
        return None
    groups = [group for group in numbers.groups() if group]
    if not order:
        order = "ymd" if len(groups[0]) == 4 else "dmy"[: len(groups)] if len(groups) != 1 else "y"
    if len(groups) != len(order):
        return None
    values = dict.fromkeys("dmy", 0) | {
        letter: int(group) for letter, group in zip(order, groups, strict=True)
    }
    wrong = (
        ("d" in order and not 1 <= values["d"] <= 31)
        or ("m" in order and not 1 <= values["m"] <= 12)
        or ("y" in order and not 1 <= values["y"] <= 2999)
    )
    return None if wrong else (values["d"], values["m"], values["y"])


def _date_words(day: int, month: int, year: int, normaliser: Normaliser) -> str:
    """By the sentences that the rules know: 5 мамыр, May 2026."""
    name = normaliser.table.months[month - 1] if month else ""
    reader, language = normaliser.reader, normaliser.language
    if day and month and year:
        return reader.date(day, month, year, Context(""), 0)
    if day and month:
        return normaliser.spoken(f"{day} {name.title() if language == 'en' else name}")
    if not month:
        written = {"kk": f"{year} жыл", "ru": f"{year} год", "en": str(year)}[language]
        return normaliser.spoken(written)
    if language == "ru":
        return normaliser.spoken(f"{_MONTHS_RU[month - 1]} {year} года")
    if language == "kk":
        return normaliser.spoken(f"{year} жылғы {name}")
    return normaliser.spoken(f"{name.title()} {year}")


_MONTHS_RU: Final = word_list(
    "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь"
)


def _spelt(text: str, normaliser: Normaliser) -> str:
    words = []
    for letter in text:
        if letter.isdecimal():
            words.append(spell_digits(letter, normaliser.language))
        elif letter.isalpha():
            words.append(normaliser.table.letter(letter) or letter.lower())
        elif not letter.isspace():
            words.append(normaliser.sign_name(letter))
    return ", ".join(filter(None, words))
