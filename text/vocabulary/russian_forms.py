"""Case forms of Russian names and terms.

Enough of the declension of names for a glossary: surnames in -ов and -ин (both genders and the
plural), adjectival surnames, nouns and place names by their last letter. Where a spelling may
belong to two patterns (``Берлин``: Берлином; ``Мамин``: Маминым) the forms of both are given. No
fleeting vowels and no stress.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Slot = str
"""Which form: ``nominative``, ``feminine dative`` … The same slot in two words means agreement."""

NOMINATIVE: Final[Slot] = "nominative"
_CASES: Final = ("nominative", "genitive", "dative", "accusative", "instrumental", "prepositional")
_VELAR_OR_HUSHING: Final = "гкхжшщч"
_HUSHING: Final = "жшщчц"
_FEMININE: Final = ("ова", "ева", "ёва", "ина", "ына")
_CONSONANTS: Final = "бвгджзклмнпрстфхцчшщ"


def decline(text: str) -> Mapping[Slot, str]:
    """Forms of ``text`` by slot, the nominative among them.

    In a phrase all words agree (``Касым-Жомарта Токаева``, in the singular), or the first alone is
    declined and the rest, in lower case, depends on it (``Совета безопасности``); of a hyphenated
    word the last part is declined.
    """
    words = text.split()
    forms: dict[Slot, str] = {NOMINATIVE: text}
    paradigms = [_paradigm(word) for word in words]
    if len(words) > 1 and words[-1].lower().endswith(_FEMININE):
        paradigms = [  # a woman's name that ends in a consonant is not declined
            {NOMINATIVE: word} if word[-1].lower() in _CONSONANTS else paradigm
            for word, paradigm in zip(words, paradigms, strict=True)
        ]
    slots = dict.fromkeys(slot for paradigm in paradigms for slot in paradigm)
    for slot in slots:
        if len(words) > 1 and slot.startswith(("feminine", "plural")):
            continue
        agreeing = [
            paradigm.get(slot, paradigm.get(slot.split()[-1], word))
            for word, paradigm in zip(words, paradigms, strict=True)
        ]
        forms[slot] = " ".join(agreeing)
    if len(words) > 1 and words[1].islower():
        for slot, form in paradigms[0].items():
            forms[f"head {slot}"] = " ".join([form, *words[1:]])
    forms[NOMINATIVE] = text
    return forms


def _paradigm(word: str) -> dict[Slot, str]:
    head, hyphen, last = word.rpartition("-")
    lower = last.lower()
    if len(last) < 3 or last.isupper() or not lower.isalpha():
        return {NOMINATIVE: word}
    patterns = _patterns(lower)
    return {
        slot: head + hyphen + last[: len(last) - cut] + ending
        for slot, (cut, ending) in patterns.items()
    }


def _patterns(word: str) -> dict[Slot, tuple[int, str]]:
    """Slot → letters to cut off and the ending."""
    if word.endswith(("ский", "цкий")):
        return _slots(2, "ий ого ому ого им ом", plural="ие их им их ими их")
    if word.endswith(("ый", "ой")):
        return _slots(2, f"{word[-2:]} ого ому ого ым ом", plural="ые ых ым ых ыми ых")
    if word.endswith("ая"):
        return _slots(2, "ая ой ой ую ой ой")
    if word.endswith(("ов", "ев", "ёв", "ин", "ын")):
        common = _slots(0, "- а у а ым е", plural="ы ых ым ых ыми ых", feminine="а ой ой у ой ой")
        return common | {"second instrumental": (0, "ом"), "second accusative": (0, "")}
    if word.endswith(_FEMININE):
        noun = {"second genitive": (1, "ы"), "second dative": (1, "е")}
        return _slots(1, "а ой ой у ой ой") | noun
    return _noun(word)


def _noun(word: str) -> dict[Slot, tuple[int, str]]:
    last, before = word[-1], word[-2]
    if last == "а":
        genitive = "и" if before in _VELAR_OR_HUSHING else "ы"
        instrumental = "ей" if before in _HUSHING else "ой"
        return _slots(1, f"а {genitive} е у {instrumental} е")
    if word.endswith("ия"):
        return _slots(1, "я и и ю ей и")
    if last == "я":
        return _slots(1, "я и е ю ей е")
    if last == "ь":
        feminine = {"second genitive": (1, "и"), "second instrumental": (0, "ю")}
        return _slots(1, "ь я ю я ем е") | feminine
    if word.endswith("ий"):
        return _slots(1, "й я ю я ем и")
    if last == "й":
        return _slots(1, "й я ю я ем е")
    if last in _CONSONANTS:
        instrumental = "ем" if last in _HUSHING else "ом"
        plural = "и" if last in _VELAR_OR_HUSHING else "ы"
        forms = _slots(0, f"- а у а {instrumental} е", plural=f"{plural} ов ам ов ами ах")
        return forms | {"second accusative": (0, "")}
    return {NOMINATIVE: (0, "")}


def _slots(cut: int, singular: str, **others: str) -> dict[Slot, tuple[int, str]]:
    forms = {
        case: (cut, ending.replace("-", ""))
        for case, ending in zip(_CASES, singular.split(), strict=True)
    }
    for name, endings in others.items():
        for case, ending in zip(_CASES, endings.split(), strict=True):
            forms[f"{name} {case}"] = (cut, ending)
    return forms
