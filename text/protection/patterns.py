"""What spans look like that are no language: one pattern a kind.

All quantifiers that could meet each other are bounded, so matching takes linear time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class SpanKind(StrEnum):
    """Kinds of protected spans. Where two fit, the earlier one here wins."""

    TERM = "term"
    URL = "url"
    EMAIL = "email"
    TAG = "tag"
    VARIABLE = "variable"
    REFERENCE = "reference"
    NUMBER = "number"


DEFAULT_KINDS: Final = frozenset(SpanKind)

# Bare domains are told from "сөз.Сөз" by these ends only.
_TOP_LEVEL: Final = "kz|ru|com|org|net|edu|gov|info|io|tv|fm|me|eu|uk|uz|kg|by|ua|қаз|рф"
_URL: Final = (
    r"(?:(?:https?|ftps?|rtmps?|srt|file)://|www\.)[^\s<>\"«»“”]{1,2000}"
    rf"|(?<![\w@.-])(?:[\w-]{{1,63}}\.){{1,5}}(?:{_TOP_LEVEL})(?![\w-]|\.\w)(?:/[^\s<>\"«»“”]{{0,2000}})?"
)
_EMAIL: Final = r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}"
_ATTRIBUTE: Final = (
    r"""\s{1,8}[\w:-]{1,64}=(?:"[^"<>]{0,2000}"|'[^'<>]{0,2000}'|[^\s"'<>]{1,200})"""
)
_TAG: Final = (
    rf"</?[A-Za-z][\w:-]{{0,63}}(?:{_ATTRIBUTE}){{0,16}}\s{{0,8}}/?>"
    r"|<!--[^<>]{0,2000}-->|&(?:[A-Za-z]{2,10}|#\d{1,7}|#x[0-9A-Fa-f]{1,6});"
)
_VARIABLE: Final = (
    r"\$\{[^{}\s]{1,64}\}"  # ${x}
    r"|\{\{[^{}]{1,64}\}\}"  # {{ x }}
    r"|\{\s?\$?[\w.:!-]{0,64}\s?\}"  # {name}, {0}, {}, { $x }
    r"|%\([\w.]{1,64}\)[sdif]"  # %(name)s
    r"|(?<![\d%])%(?:\d{1,2}\$)?[-+#0]?\d{0,3}(?:\.\d{1,2})?l{0,2}[sdifuxXgeEcr@](?!\w)"  # %s, %1$d
    r"|(?<![\d%])%\d{1,3}(?!\w)"  # %1
    r"|(?<!\w)%[A-Za-z_]{2,64}%"  # %NAME%
    r"|(?<![\w$])\$\d{1,2}(?!\d|[.,]\d)"  # $1
)
_REFERENCE: Final = r"\[\d{1,4}(?:\s?[,–-]\s?\d{1,4}){0,8}\]"

# Written alike in the three languages.
_SIGNS: Final = "% ‰ °C °F ° ₸ ₽ € $ £ ¥"
_LATIN_UNITS: Final = (
    "km/h m/s km km² km2 m m² m2 m³ m3 cm mm nm kg g mg µg t ha l ml kWh MWh kW MW GW W kV V A Hz"
    " kHz MHz GHz dB kB MB GB TB Mbit/s Gbit/s px pt"
)
# The same in Kazakh and Russian, other words in English.
_CYRILLIC_UNITS: Final = (
    "км км² м м² м³ см мм кг г мг т га л мл кВт МВт ГВт Вт кВ В А Гц кГц МГц ГГц дБ кБ Кб МБ Мб ГБ"
    " Гб ТБ млн млрд трлн"
)
_NUMBER: Final = (
    r"[+−-]?\d{1,18}(?:[.,:/][0-9]{1,18}|[ \u00a0\u202f]\d{3}(?!\d)){0,6}"
    r"(?:\s?[–-]\s?\d{1,18}(?:[.,]\d{1,18})?)?"
)


def _alternatives(words: str) -> str:
    return "|".join(map(re.escape, sorted(words.split(), key=len, reverse=True)))


def number_with_unit(*, cyrillic_units: bool) -> str:
    """The pattern of a number with its unit or currency sign."""
    units = f"{_LATIN_UNITS} {_CYRILLIC_UNITS}" if cyrillic_units else _LATIN_UNITS
    unit = rf"(?:{_alternatives(_SIGNS)}|(?:{_alternatives(units)})(?![\w²³/]))"
    return (
        rf"(?<![\w.,])(?:[$€£¥₸₽]\s?{_NUMBER}(?!\d)"
        rf"|{_NUMBER}(?!\d)[ \u00a0\u202f]?{unit})"
    )


PATTERNS: Final[Mapping[SpanKind, str]] = MappingProxyType(
    {
        SpanKind.URL: _URL,
        SpanKind.EMAIL: _EMAIL,
        SpanKind.TAG: _TAG,
        SpanKind.VARIABLE: _VARIABLE,
        SpanKind.REFERENCE: _REFERENCE,
    }
)

URL_END: Final = re.compile(r"[.,;:!?…)\]}'’]+$")
"""Marks at the end of what looks like a URL that belong to the sentence."""

ADDRESSES: Final = re.compile(f"{_EMAIL}|{_URL}")
"""URLs (with the sentence's marks after them) and e-mail addresses."""

MARKUP: Final = re.compile(f"{_EMAIL}|{_URL}|{_TAG}|{_VARIABLE}")
"""What is no text of any language."""
