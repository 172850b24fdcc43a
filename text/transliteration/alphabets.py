"""Tables of letters: Kazakh Cyrillic and the Latin alphabets that were proposed for it.

- 2021: 31 letters, presented to the National Commission by the Government on 28 January 2021
  (primeminister.kz of that day; open for comment as a draft decree the same year). We know of no
  decree that made it law. Its announcement names ä, ö, ü, ū, ğ, ş; ң is ñ, and ŋ, which some prints
  have, is read as well.
- 2018: decree No. 637 of 19 February 2018, with acutes and sh, ch.
- 2017: decree No. 569 of 26 October 2017, with apostrophes.

None of them has letters for ё, ц, ч, щ, ъ, ь, э, ю, я (2018 and 2017 have one for ч). How
those are written is this module's own rule: by their sound, and so that it can be read back.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class LatinAlphabet(StrEnum):
    """Which Latin alphabet a text is written in."""

    DIACRITIC_2021 = "2021"
    ACUTE_2018 = "2018"
    APOSTROPHE_2017 = "2017"


VOWELS: Final = frozenset("аәеёиоөуұүыіэюя")
"""Cyrillic vowels, у and и among them."""

RUSSIAN_ONLY: Final = frozenset("ёцчщъьэ")
"""Letters of the Kazakh Cyrillic alphabet that only loans have; щ has three native words."""


def _pairs(text: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in text.split())


_SHARED: Final = _pairs(
    "а=a б=b в=v г=g д=d е=e ж=j з=z к=k қ=q л=l м=m н=n о=o п=p р=r с=s т=t ф=f х=h һ=h ы=y"
)

TO_LATIN: Final[Mapping[str, str]] = MappingProxyType(
    {
        **_SHARED,
        **_pairs("ә=ä ғ=ğ и=i й=i ң=ñ ө=ö у=u ұ=ū ү=ü ш=ş і=ı"),
        **_pairs("ё=io ц=ts ч=tş щ=şş э=e ю=iu я=ia"),
        "ъ": "",
        "ь": "",
    }
)
"""From small Cyrillic letters to the alphabet of 2021."""

_READ: Final = {latin: cyrillic for cyrillic, latin in _SHARED.items() if cyrillic != "һ"}

FROM_LATIN: Final[Mapping[LatinAlphabet, Mapping[str, str]]] = MappingProxyType(
    {
        LatinAlphabet.DIACRITIC_2021: _READ
        | _pairs("ä=ә ğ=ғ i=и ñ=ң ŋ=ң ö=ө u=у ū=ұ ü=ү ş=ш ı=і şş=щ"),
        LatinAlphabet.ACUTE_2018: _READ
        | _pairs("á=ә ǵ=ғ ı=и ń=ң ó=ө ý=у u=ұ ú=ү sh=ш ch=ч i=і shsh=щ"),
        LatinAlphabet.APOSTROPHE_2017: _READ
        | _pairs("a'=ә g'=ғ i'=и n'=ң o'=ө y'=у u=ұ u'=ү s'=ш c'=ч i=і s's'=щ"),
    }
)
"""From small Latin letters and groups; ``и`` stands for и and й, which have one letter."""

CAPITALS: Final[Mapping[str, str]] = MappingProxyType({"i": "İ", "ı": "I"})
"""Capitals of 2021 that Python's own rules, which follow English, get wrong."""

SMALL: Final[Mapping[LatinAlphabet, Mapping[str, str]]] = MappingProxyType(
    {
        LatinAlphabet.DIACRITIC_2021: MappingProxyType({"İ": "i", "I": "ı"}),
        # The decree gives І and И one capital, I. It is read as І, but as И beside a vowel.
        LatinAlphabet.ACUTE_2018: MappingProxyType({"İ": "i", "I": "i"}),
        LatinAlphabet.APOSTROPHE_2017: MappingProxyType({"I": "i"}),
    }
)

RAW: Final[Mapping[str, str]] = MappingProxyType(
    _pairs("й=и һ=х я=иа ю=иу ё=ио ц=тс ч=тш э=е") | {"ъ": "", "ь": ""}
)
"""What Latin letters say of Cyrillic ones before rules tell и from й and ия from иа."""

STEMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "һ, which has one letter with х": "жаһан шаһар жиһ гауһар қаһар айдаһар һәм исфаһан наһаян"
        " зәһәр заһар рәһбар мәшһүр мерһаба жауһар баһадүр",
        "compounds, where й and the vowel after it belong to two words": "сыйақы бейауыз айару",
        "и after a vowel, where й is the rule": "украин боинг израиль михаил таиланд шиит саид"
        " моисе хэллоуин троицк",
        "иу after a consonant, where loans mostly have ю": "миуа диуан қиуа симпозиум премиум"
        " консилиум радиус аквариум алюминий",
        "ио where a word begins, where йо is the rule": "иордания ион",
        "я after a consonant, where иа is the rule": "снаряд славян армян изолятор",
        "ц, ч, э and ь in common loans": "процент медицина полиция инвестиция цифрлық операция"
        " концерт офицер чемпион учаске электр эконом экспорт экология эфир энергия этап революция"
        " конституция станция компьютер октябрь сентябрь ноябрь декабрь январь февраль апрель",
    }
)
"""Beginnings of words that the rules would misread, and why. Counted from Kazakh news."""
