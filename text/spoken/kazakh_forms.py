"""Endings that follow Kazakh digits and signs, put on the words that these are read as.

The ending is written after a hyphen, by the sounds of the word: 5-ке, 2026-дан, 35 %-ға (Қазақ
тілінің емле қағидалары, on numerals). A writer's harmony is not relied upon: what is kept is the
ending's meaning, and the word says what it sounds like.
"""

from __future__ import annotations

import functools
from typing import Final

from text.normalisation import kazakh_grammar as kazakh
from text.vocabulary.kazakh_endings import attach as attach_chain
from text.vocabulary.kazakh_endings import chains_of

COLLECTIVES: Final = {
    "бір": "біреу",
    "екі": "екеу",
    "үш": "үшеу",
    "төрт": "төртеу",
    "бес": "бесеу",
    "алты": "алтау",
    "жеті": "жетеу",
}
"""The only seven that there are."""

_VARIANTS: Final[dict[str, tuple[str, ...]]] = {
    "genitive": ("ның", "нің", "дың", "дің", "тың", "тің"),
    "dative": ("ға", "ге", "қа", "ке"),
    "accusative": ("ны", "ні", "ды", "ді", "ты", "ті"),
    "locative": ("да", "де", "та", "те"),
    "ablative": ("дан", "ден", "тан", "тен", "нан", "нен"),
    "instrumental": ("мен", "бен", "пен"),
}
_POSSESSIVE: Final[dict[str, tuple[str, ...]]] = {
    "nominative": ("ы", "і", "сы", "сі"),
    "genitive": ("ының", "інің", "сының", "сінің"),
    "dative": ("ына", "іне", "сына", "сіне"),
    "accusative": ("ын", "ін", "сын", "сін"),
    "locative": ("ында", "інде", "сында", "сінде"),
    "ablative": ("ынан", "інен", "сынан", "сінен"),
    "instrumental": ("ымен", "імен", "сымен", "сімен"),
}
_THERE: Final = ("дағы", "дегі", "тағы", "тегі")
_POSSESSIVE_THERE: Final = ("ындағы", "індегі", "сындағы", "сіндегі")
_LIKENESS: Final = ("дай", "дей", "тай", "тей")
_MEASURE: Final = ("лық", "лік", "дық", "дік", "тық", "тік")
_PLURAL: Final = ("лар", "лер", "дар", "дер", "тар", "тер")
_TOTAL: Final = ("даған", "деген", "таған", "теген")
ORDINALS: Final = ("сыншы", "ыншы", "інші", "ншы", "нші", "шы", "ші")
_FINAL_VOICED: Final = {"к": "г", "қ": "ғ", "п": "б"}


def with_ending(word: str, ending: str) -> str | None:
    """``word``, the last of a number or a unit, with what followed the hyphen; None: no ending.

    бес + ге is беске; жиырма + нан is жиырмадан; он + шы is оныншы; екі + еуі is екеуі.
    """
    small = ending.casefold()
    kind = _KINDS.get(small)
    if kind is not None:
        return _formed(word, *kind)
    for mark in ORDINALS:
        if small.startswith(mark):
            rest = small.removeprefix(mark)
            ordinal = kazakh.ordinal(word)
            if not rest:
                return ordinal
            return with_ending(ordinal, rest)
    if small[:2] in ("еу", "ау", "уі", "уы", "у") and word in COLLECTIVES:
        collective = COLLECTIVES[word]
        rest = small.removeprefix("еу").removeprefix("ау").removeprefix("у")
        return collective if not rest else with_ending(collective, rest)
    if small.startswith(_PLURAL):
        chains = chains_of(small)
        return attach_chain(word, small, chains) if chains else None
    return None


def is_ending(ending: str) -> bool:
    """Is it one that may follow a number?"""
    small = ending.casefold()
    return (
        small in _KINDS
        or small.startswith((*ORDINALS, "еу", "ау"))
        or small in ("уі", "у", "уы")
        or (small.startswith(_PLURAL) and bool(chains_of(small)))
    )


@functools.cache
def _formed(word: str, kind: str, case: str) -> str:
    stem = kazakh.possessive_stem(word)
    if kind == "case":
        return word + kazakh.case_ending(word, case)  # type: ignore[arg-type]
    if kind == "possessive":
        if stem == word and word[-1] in _FINAL_VOICED and len(word) > 3:
            stem = word[:-1] + _FINAL_VOICED[word[-1]]
        return stem + kazakh.possessive_ending(word, case)  # type: ignore[arg-type]
    if kind == "there":
        place = kazakh.case_ending(word, "locative")
        return word + place + ("гі" if place.endswith("е") else "ғы")
    if kind == "possessive there":
        place = kazakh.possessive_ending(word, "locative")
        return stem + place + ("гі" if place.endswith("е") else "ғы")
    likeness = kazakh.likeness_ending(word)
    if kind == "likeness":
        return word + likeness
    if kind == "total":
        return word + likeness[:-1] + ("ған" if likeness.endswith("ай") else "ген")
    return word + kazakh.measure_ending(word)


_KINDS: Final[dict[str, tuple[str, str]]] = {
    **{v: ("possessive", case) for case, forms in _POSSESSIVE.items() for v in forms},
    **{v: ("case", case) for case, forms in _VARIANTS.items() for v in forms},
    **dict.fromkeys(_THERE, ("there", "")),
    **dict.fromkeys(_POSSESSIVE_THERE, ("possessive there", "")),
    **dict.fromkeys(_LIKENESS, ("likeness", "")),
    **dict.fromkeys(_TOTAL, ("total", "")),
    **dict.fromkeys(_MEASURE, ("measure", "")),
}
