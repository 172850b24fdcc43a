"""Other numbers put into a stored translation, where that is sure."""

from __future__ import annotations

import re
from typing import Final

from foundation.languages import Language
from services.translation.memory_keys import NUMBER

_DIGITS: Final = re.compile(r"\d+")
_ENDING: Final = re.compile(r"[-\u2010\u2011][^\W\d_]")
"""An ending of the number itself follows it: 5-ші, 20-го."""

_YEAR: Final = re.compile(r"[ \u00a0](?:гг?\.|год[уае]?\b)")
_DAY: Final = re.compile(
    r"[ \u00a0](?:январ|феврал|март|апрел|ма[йя]\b|июн|июл|август|сентябр|октябр|ноябр|декабр)"
)
_WORD_AFTER: Final = re.compile(
    r"\s?(?!(?:и|или|из|до|по|км|м|см|мм|кг|г|т|л|га|млн|млрд|трлн|тыс|тг|руб|мин|сек|ч)\b)[^\W\d_]"
)
"""A Russian word that may change with the number before it: 5 файлов, 3 файла."""


def adapt(source: str, target: str, sentence: str, language: Language) -> str | None:
    """The stored translation ``target`` of ``source`` with the numbers of ``sentence``.

    Only where nothing is left to guess: every number of the source stands in the target, as often,
    with the same digits; of those that are equal the new ones are equal; a new number is written
    with as many separators as the old one, and asks for the same form of the words after it
    (1 файл, 5 файлов) or of its own ending (5-ке, 6-ға).

    Args:
        source: A stored sentence, normalised, that is ``sentence`` but for the numbers.
        target: Its translation.
        sentence: What is asked for, normalised.
        language: Of the target.

    Returns:
        None where it is not sure.
    """
    old, new = NUMBER.findall(source), NUMBER.findall(sentence)
    places = list(NUMBER.finditer(target))
    if len(old) != len(new) or sorted(map(_digits, old)) != sorted(
        _digits(place.group()) for place in places
    ):
        return None
    mapping: dict[str, str] = {}
    for before, after in zip(old, new, strict=True):
        if mapping.setdefault(_digits(before), after) != after:
            return None  # equal numbers became different ones
        if len(_separators(before)) != len(_separators(after)):
            return None
    written, end = [], 0
    for place in places:
        number = _respelt(mapping[_digits(place.group())], place.group())
        if number is None or not _alike(place.group(), number, target[place.end() :], language):
            return None
        written += [target[end : place.start()], number]
        end = place.end()
    return "".join([*written, target[end:]])


def _digits(number: str) -> str:
    return "".join(_DIGITS.findall(number))


def _separators(number: str) -> list[str]:
    return _DIGITS.split(number)[1:-1]


def _respelt(number: str, like: str) -> str | None:
    """``number`` with the separators of ``like``; None: it has others."""
    groups, separators = _DIGITS.findall(number), _separators(like)
    if len(groups) != len(separators) + 1:
        return None
    return "".join(
        group + separator for group, separator in zip(groups, [*separators, ""], strict=True)
    )


def _alike(old: str, new: str, after: str, language: Language) -> bool:
    """Do both numbers ask for the same form of what follows?"""
    if _ENDING.match(after):
        return _spoken_end(old, language) == _spoken_end(new, language)
    if language == "kk":
        return True
    if language == "en":
        return _english_plural(old) == _english_plural(new)
    if _DAY.match(after) or (_YEAR.match(after) and _is_year(old) and _is_year(new)):
        return True
    forms = {_russian_plural(old), _russian_plural(new)}
    return len(forms) == 1 or ("one" not in forms and not _WORD_AFTER.match(after))


def _is_year(number: str) -> bool:
    return len(number) == 4 and number[0] in "12"


def _spoken_end(number: str, language: Language) -> tuple[str, int]:
    """What decides a number's last word: its last digit but noughts, and how many these are."""
    digits = _digits(number)
    bare = digits.rstrip("0")
    teen = language != "kk" and digits[-2:-1] == "1"
    return digits[-2:] if teen else bare[-1:], min(len(digits) - len(bare), 3)


def _russian_plural(number: str) -> str:
    """CLDR's categories of Russian; a decimal is one of its own."""
    if any(each in ",." for each in "".join(_separators(number))):
        return "other"
    digits = _digits(number)
    if digits[-2:] in ("11", "12", "13", "14"):
        return "many"
    return {"1": "one", "2": "few", "3": "few", "4": "few"}.get(digits[-1], "many")


def _english_plural(number: str) -> str:
    return "one" if number == "1" else "other"
