"""Words with a full stop that may not end a sentence, and words that begin one.

All in small letters and without the last full stop. Sources: the lists of abbreviations of school
spelling rules (Қазақ тілінің емле қағидалары; Правила русской орфографии и пунктуации), and what
FLORES, Tatoeba and UD Kazakh-KTB hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from foundation.languages import Language


@dataclass(frozen=True, slots=True)
class Abbreviations:
    """Of one language."""

    never: frozenset[str]
    """They want a word after them: no sentence ends here (``проф. Иванов``)."""

    before_number: frozenset[str]
    """No sentence ends here if a number follows (``№. 5``, ``No. 5``); alone they may be words."""

    after_number: frozenset[str]
    """Years, hours, sums: after a number, a sentence ends here only if a starter follows.

    Metric units are not among them: they have no full stop of their own.
    """

    tail: frozenset[str]
    """They close lists (``т.б.``): a sentence ends here if a capital follows."""

    starters: frozenset[str]
    """Words that with a capital begin a sentence and no name."""

    speech: re.Pattern[str]
    """What follows direct speech and goes on with its sentence (``match``), as small letters do."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_RUSSIAN_NEVER: Final = (
    "т.е т.н т.к г проф акад доц канд докт г-н г-жа гр им св ул пр пер просп наб пл бул пос обл р-н"
    " респ гос зам нач ред изд сост пер муз авт ср см напр англ нем фр лат греч каз рус тур араб"
    " букв досл сокр прим тел факс моб дж ген полк подполк кап лейт серж адм инж тов мин о.о"
    " и.о врио д.т.н к.т.н д.э.н к.э.н д.м.н к.м.н д.и.н к.и.н д.ю.н к.ю.н д.ф.-м.н к.ф.-м.н"
)
_RUSSIAN_BEFORE_NUMBER: Final = "стр рис табл гл ст п пп ч разд кв д корп оф вып с илл n no"
_MONTHS_RU: Final = "янв фев февр мар апр авг сен сент окт ноя нояб дек"

_KAZAKH: Final = Abbreviations(
    never=_words(
        "мыс қар проф акад доц ред құраст ауд обл көш даң шағ мкр ғыл канд докт т.а ө.а аға"
        " б.з.б б.э.б т.ғ.д т.ғ.к э.ғ.д э.ғ.к ф.ғ.д ф.ғ.к з.ғ.д з.ғ.к м.ғ.д м.ғ.к"
        " мөлш реж жіб шамам қаз ор ағыл нем лат араб парс түр тел факс ген полк лейт"
        " серж инж қ " + _RUSSIAN_NEVER
    ),
    before_number=_words(
        "бет сур кесте ст т б п тар бап үй пәт кв шк мект " + _RUSSIAN_BEFORE_NUMBER
    ),
    after_number=_words(
        "ж жж ғ ғғ г гг тг тең руб долл тыс млн млрд трлн сағ мин сек б қ х.с " + _MONTHS_RU
    ),
    tail=_words("т.б т.с.с т.т т.с т.с.б т.д т.п др б.з.д б.э.д н.э"),
    starters=_words(
        "бұл ол осы сол олар біз мен сен сіз қазір бүгін кеше ал егер себебі сондықтан оның оны"
        " оған олардың бірақ алайда дегенмен сонымен сондай мұндай мұнда онда содан осыдан кейін"
        " жалпы әрі және сонда осылай осылайша мысалы тек бірінші екінші соңғы барлық кейбір көп"
        " біздің менің қалай неге не кім әр бір екі"
    ),
    speech=re.compile(r",?\s*[—–-]|,"),
)

_RUSSIAN: Final = Abbreviations(
    never=_words(_RUSSIAN_NEVER),
    before_number=_words(_RUSSIAN_BEFORE_NUMBER),
    after_number=_words(
        "г гг в вв руб коп долл тыс млн млрд трлн час мин сек шт чел экз к р " + _MONTHS_RU
    ),
    tail=_words("т.д т.п др пр проч с.г н.э"),
    starters=_words(
        "он она они оно это этот эта эти я мы вы ты в во на по с со и но а однако также кроме"
        " после при если как для его её ее их там тогда сейчас сегодня вчера затем потом когда"
        " хотя так такой такие из у от до о об за под над между через все всё другие другой"
        " поэтому здесь тем не что кто где почему один одна первый второй уже даже только"
    ),
    speech=re.compile(r",?\s*[—–-]|,"),
)

_ENGLISH: Final = Abbreviations(
    never=_words(
        "mr mrs ms messrs dr prof rev hon gen col maj capt lt sgt cpl adm gov sen rep pres st mt"
        " ft e.g i.e viz cf vs v approx ca dept univ assn bros fr ph ed eds trans"
    ),
    before_number=_words(
        "no nos fig figs p pp vol ch sec art para op eq ver rev pt tel ext"
        " jan feb mar apr jun jul aug sep sept oct nov dec"
    ),
    after_number=_words(
        "a.m p.m ft lb lbs oz hr hrs min sec sq b.c a.d bn mn jan feb mar apr jun jul"
        " aug sep sept oct nov dec inc ltd co corp jr sr ave blvd rd"
    ),
    tail=_words("etc al et.al"),
    starters=_words(
        "the this that these those he she it they we i you in on at but however and a an there"
        " his her its their our my after before when while if as for from with by some many most"
        " all no not what who where why how one two both each so then now since although"
    ),
    speech=re.compile(
        r",?\s*[—–-]|,|\s+(?:[A-Z]\w+\s+){0,2}(?:(?:he|she|they|I|we)\s+)?"
        r"(?:said|says|asked|replied|cried|shouted|answered|added|wrote|told|whispered)\b"
    ),
)

ABBREVIATIONS: Final[Mapping[Language, Abbreviations]] = MappingProxyType(
    {"kk": _KAZAKH, "ru": _RUSSIAN, "en": _ENGLISH}
)
