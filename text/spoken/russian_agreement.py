"""Which case a Russian number stands in, by its preposition and by the noun that it counts.

A numeral and its noun agree: after 1 the noun is in the singular and its case is the numeral's;
after 2 to 4 a genitive singular, after others a genitive plural means that the numeral is in the
nominative or accusative; in the other cases noun and numeral have the same (Розенталь Д. Э.
Справочник по правописанию и литературной правке, *Сочетания числительных с существительными*). So
the noun's form leaves a few cases, and the preposition chooses among them. The forms are
pymorphy3's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from text.normalisation.russian_cardinals import Case, Gender, is_few, is_one
from text.spoken.context import words as word_list
from text.vocabulary.common_words import russian_parses

_CASE_TAGS: Final[dict[str, Case]] = {
    "nomn": "nominative",
    "gent": "genitive",
    "gen2": "genitive",
    "datv": "dative",
    "accs": "accusative",
    "ablt": "instrumental",
    "loct": "prepositional",
    "loc2": "prepositional",
}
_GENDER_TAGS: Final[dict[str, Gender]] = {
    "masc": "masculine",
    "femn": "feminine",
    "neut": "neuter",
}
ANY_CASE: Final[tuple[Case, ...]] = (
    "nominative",
    "accusative",
    "genitive",
    "dative",
    "instrumental",
    "prepositional",
)

PLACE: Final[tuple[Case, ...]] = ("accusative", "prepositional")
"""After в, на: whither, or where."""

# What governs a number, and in which cases, the likeliest first where the noun leaves several.
GOVERNMENT: Final[dict[str, tuple[Case, ...]]] = {
    **dict.fromkeys(
        word_list(
            "без для до из изо от ото у около возле вокруг после против кроме вместо ради среди"
            " свыше порядка более менее больше меньше выше ниже старше младше дольше короче"
            " длиннее дороже дешевле быстрее раньше позже течение размере количестве протяжении"
            " пределах районе возрасте достиг достигла достигло достигли достигает достигают"
            " достигнет достичь достигать хватает хватит хватило касается касаются лишился"
            " лишились лишилась лишено из-за из-под накануне итогам итогами результатам"
        ),
        ("genitive",),
    ),
    **dict.fromkeys(
        word_list("к ко благодаря согласно вопреки навстречу равен равна равно равны равняется"),
        ("dative",),
    ),
    **dict.fromkeys(word_list("про через сквозь спустя"), ("accusative",)),
    **dict.fromkeys(word_list("за под"), ("accusative", "instrumental")),
    **dict.fromkeys(word_list("над перед передо"), ("instrumental",)),
    "между": ("instrumental", "genitive"),
    "с": ("genitive", "instrumental", "accusative"),
    "со": ("genitive", "instrumental", "accusative"),
    "по": ("accusative", "dative"),
    **dict.fromkeys(word_list("в во на"), PLACE),
    **dict.fromkeys(word_list("о об обо"), ("prepositional", "accusative")),
    "при": ("prepositional",),
}
# Words that may stand between a preposition and its number.
_BETWEEN: Final = frozenset(
    word_list(
        "почти примерно приблизительно целых ровно всего лишь только не ещё еще уже около каких-то"
        " хотя бы именно даже самых"
    )
)
_SCALES: Final = frozenset(word_list("тыс млн млрд трлн тысяч тысячи миллион миллиона миллионов"))
_REACH: Final = 3


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a number is declined."""

    case: Case = "nominative"
    gender: Gender = "masculine"
    animate: bool = False
    noun: bool = False
    """Was a noun found that says so?"""
    plural_only: bool = False
    """сутки, ножницы: двое, трое, четверо."""


@dataclass(frozen=True, slots=True)
class _Noun:
    case: Case
    plural: bool
    gender: Gender
    animate: bool
    plural_only: bool


def governed(before: Sequence[str]) -> tuple[Case, ...]:
    """The cases that the words before a number (the nearest first) leave it; empty: any."""
    for distance, word in enumerate(before[:_REACH]):
        cases = GOVERNMENT.get(word)
        if cases is not None:
            return cases
        # 1 млн 250 тыс., между 5 и 7: the second number is governed as the first.
        if word in _SCALES and "".join(before[distance + 1 : distance + 2]).isdigit():
            continue
        joined = word in ("и", "или") and before[distance + 1 : distance + 2]
        if (joined and joined[0].isdigit()) or (distance and word.isdigit()):
            continue
        if word in _BETWEEN or (distance < _REACH - 1 and _is_attribute(word)):
            continue
        break
    return ()


def cardinal_agreement(
    value: int, before: Sequence[str], after: Sequence[str], *, decimal: bool = False
) -> Agreement:
    """Case and gender of a cardinal between these words."""
    cases = governed(before)
    nouns = _nouns_after(after)
    options = [
        Agreement(case, noun.gender, noun.animate, True, noun.plural_only)
        for noun in nouns
        for case in _cases_of_number(value, noun, decimal)
    ]
    if not options:
        return Agreement(cases[0] if cases else "nominative")
    order = cases or ANY_CASE
    fitting = [option for option in options if option.case in order]
    if not fitting:
        return options[0]
    return min(fitting, key=lambda option: order.index(option.case))


def ordinal_agreement(
    before: Sequence[str], after: Sequence[str], *, plural: bool | None = None
) -> Agreement | None:
    """Case and gender of an ordinal before a noun; None: there is no noun."""
    options = ordinal_options(before, after)
    if plural is not None:
        options = [option for option in options if (option.gender == "plural") is plural]
    return options[0] if options else None


def ordinal_options(before: Sequence[str], after: Sequence[str]) -> list[Agreement]:
    """Every way in which an ordinal may agree with the noun after it, the likeliest first."""
    cases = governed(before)
    options = [
        Agreement(noun.case, "plural" if noun.plural else noun.gender, noun.animate, True)
        for noun in _agreeing_nouns(after)
    ]
    if not cases:
        return options
    fitting = [option for option in options if option.case in cases]
    return sorted(fitting, key=lambda option: cases.index(option.case)) or options


def agreement_of(word: str) -> list[Agreement]:
    """Case and gender of a noun that an ordinal follows: глава IV, Петра I."""
    return [
        Agreement(noun.case, "plural" if noun.plural else noun.gender, noun.animate, True)
        for noun in _nouns(word)
    ]


def singular_noun_means_ordinal(value: int, after: Sequence[str]) -> bool:
    """в 5 классе: no cardinal stands before such a form, so the number is an ordinal."""
    if not after or is_one(value):
        return False
    nouns = _nouns(after[0])
    if not nouns or any(_cases_of_number(value, noun, False) for noun in nouns):
        return False
    return not all(noun.plural for noun in nouns)


def _cases_of_number(value: int, noun: _Noun, decimal: bool) -> tuple[Case, ...]:
    """The cases of a number that may stand before a noun of this form."""
    if decimal:
        return ANY_CASE if noun.case == "genitive" and not noun.plural else ()
    if value % 1000 == 0 and value:
        if noun.plural and noun.case == "genitive":
            return ANY_CASE
        return (noun.case,) if noun.plural else ()
    if is_one(value):
        return (noun.case,) if not noun.plural or noun.plural_only else ()
    if is_few(value):
        if noun.plural_only and noun.case == "genitive":
            return ("nominative", "accusative", "genitive")
        if not noun.plural:
            return ("nominative", "accusative") if noun.case == "genitive" else ()
        if noun.case == "accusative":
            return ("accusative",) if noun.animate else ()
        return () if noun.case == "nominative" else (noun.case,)
    if not noun.plural:
        return ()
    if noun.case == "genitive":
        return ("nominative", "accusative", "genitive")
    return () if noun.case in ("nominative", "accusative") else (noun.case,)


def _agreeing_nouns(after: Sequence[str]) -> list[_Noun]:
    """The noun's forms that an adjective before it has, too: Олимпийские игры is a plural."""
    nouns = _nouns_after(after)
    if not nouns or not after or not _is_attribute(after[0]):
        return nouns
    forms = {
        (_CASE_TAGS.get(parse.tag.case), parse.tag.number == "plur") for parse in _parses(after[0])
    }
    return [noun for noun in nouns if (noun.case, noun.plural) in forms] or nouns


def _nouns_after(after: Sequence[str]) -> list[_Noun]:
    if tuple(after[:2]) == ("с", "лишним"):
        after = after[2:]
    for word in after[:_REACH]:
        nouns = _nouns(word)
        if nouns:
            return nouns
        if not _is_attribute(word):
            break
    return []


@lru_cache(maxsize=16_384)
def _parses(word: str) -> tuple[Any, ...]:
    return tuple(parse for parse in russian_parses(word) if parse.is_known)


@lru_cache(maxsize=16_384)
def _is_attribute(word: str) -> bool:
    return any(
        parse.tag.POS in ("ADJF", "PRTF") or "Apro" in parse.tag
        for parse in russian_parses(word)[:3]
    )


@lru_cache(maxsize=16_384)
def _nouns(word: str) -> list[_Noun]:
    parses = _parses(word)
    if parses and parses[0].tag.POS in ("ADJF", "PRTF", "VERB", "INFN", "PREP", "CONJ", "PRCL"):
        return []
    return list(_noun_readings(word))


def _noun_readings(word: str) -> Iterator[_Noun]:
    for parse in _parses(word):
        tag = parse.tag
        case = _CASE_TAGS.get(tag.case)
        if tag.POS != "NOUN" or case is None or parse.score < 0.005:
            continue
        if word == "год" and "plur" in tag:
            continue
        yield _Noun(
            case,
            tag.number == "plur",
            _GENDER_TAGS.get(tag.gender, "masculine"),
            "anim" in tag,
            "Pltm" in tag,
        )


@lru_cache(maxsize=1024)
def noun_paradigm(nominative: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Singular and plural of a unit's name by case; what follows the noun stays as it is.

    Words before the noun are its adjectives: квадратный метр.
    """
    words = nominative.split()
    head = next(
        (at for at, word in enumerate(words) if any(_is_plain_noun(p) for p in _parses(word))),
        0,
    )
    tables = []
    for number in ("sing", "plur"):
        forms = []
        for tag in ("nomn", "gent", "datv", "accs", "ablt", "loct"):
            changed = [_inflected(word, {tag, number}) for word in words[: head + 1]]
            forms.append(" ".join((*changed, *words[head + 1 :])))
        tables.append(tuple(forms))
    return tables[0], tables[1]


def _is_plain_noun(parse: Any) -> bool:
    return bool(parse.tag.POS == "NOUN" and parse.tag.case == "nomn")


def _inflected(word: str, wanted: set[str]) -> str:
    first, hyphen, last = word.rpartition("-")
    parses = [p for p in _parses(last.lower()) if p.tag.case == "nomn"]
    if not parses:
        return word
    if "accs" in wanted and parses[0].tag.POS != "NOUN":
        wanted = wanted | {"inan"}
    form = parses[0].inflect(wanted)
    return f"{first}{hyphen}{form.word}" if form is not None else word
