"""Endings of Kazakh nouns: taken off what was heard, put back on the right stem.

Kazakh writes a chain of endings after the stem (plural, possessive, case), each of which follows
the stem in vowel harmony and in its first consonant. A recogniser blurs both (``Тоқаевтын``
for ``Тоқаевтың``), so a chain is recognised with its letters folded and written anew. Rules after
the school grammar of Kazakh; chains of names and terms only, not of verbs.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final, Literal

from text.vocabulary.sounds import plain_letters, spelling_key

Ending = Literal[
    "plural",
    "my",
    "our",
    "their",
    "genitive",
    "accusative",
    "dative",
    "locative",
    "ablative",
    "instrumental",
    "similative",
    "attributive",
    "belonging",
]
Chain = tuple[Ending, ...]
"""Endings from the stem outwards."""

_BACK: Final = frozenset("аоұыяё")
_FRONT: Final = frozenset("әеөүіэ")
_EITHER: Final = frozenset("иую")
_VOICELESS: Final = frozenset("пфкқтсшщхцчһбвгд")  # б в г д are voiceless at a word's end
_NASAL: Final = frozenset("мнң")
_LIQUID: Final = frozenset("рлйуию")  # final у and и end in a glide
_BUZZING: Final = frozenset("жз")

# Each ending with its back and front form: after a vowel, a nasal, a liquid, ж з, a voiceless.
_FORMS: Final[dict[Ending, tuple[str, str, str, str, str]]] = {
    "plural": ("лар", "дар", "лар", "дар", "тар"),
    "my": ("м", "ым", "ым", "ым", "ым"),
    "our": ("мыз", "ымыз", "ымыз", "ымыз", "ымыз"),
    "their": ("сы", "ы", "ы", "ы", "ы"),
    "genitive": ("ның", "ның", "дың", "дың", "тың"),
    "accusative": ("ны", "ды", "ды", "ды", "ты"),
    "dative": ("ға", "ға", "ға", "ға", "қа"),
    "locative": ("да", "да", "да", "да", "та"),
    "ablative": ("дан", "нан", "дан", "дан", "тан"),
    "instrumental": ("мен", "мен", "мен", "бен", "пен"),
    "similative": ("дай", "дай", "дай", "дай", "тай"),
    "attributive": ("дағы", "дағы", "дағы", "дағы", "тағы"),
    "belonging": ("нікі", "нікі", "дікі", "дікі", "тікі"),
}
_AFTER_THEIR: Final[dict[Ending, str]] = {
    "genitive": "ның",
    "accusative": "н",
    "dative": "на",
    "locative": "нда",
    "ablative": "нан",
    "attributive": "ндағы",
}
_AFTER_MY: Final[dict[Ending, str]] = {"dative": "а"}
_NO_HARMONY: Final = frozenset({"instrumental", "belonging"})
_TO_FRONT: Final = str.maketrans("аығқ", "еігк")
_VOICED: Final = {"п": "б", "к": "г", "қ": "ғ"}  # before an ending that begins with a vowel
_CASES: Final = tuple(_FORMS)[4:]
_LONGEST: Final = 12
_SHORTEST_STEM: Final = 2


def split_endings(word: str) -> Iterator[tuple[str, str, tuple[Chain, ...]]]:
    """Ways to read ``word`` as a stem and endings: stem, endings as heard, what they may be.

    The word itself without an ending comes first, then longer and longer endings.
    """
    letters = plain_letters(word)
    yield letters, "", ((),)
    for length in range(1, min(_LONGEST, len(letters) - _SHORTEST_STEM) + 1):
        heard = letters[-length:]
        if chains := _CHAINS.get(_fold(heard)):
            yield letters[:-length], heard, chains


def chains_of(heard: str) -> tuple[Chain, ...]:
    """What chains of endings ``heard`` may be, whatever its harmony; empty: it is none."""
    return _CHAINS.get(_fold(plain_letters(heard)), ())


def attach(stem: str, heard: str, chains: tuple[Chain, ...], *, after: Ending | None = None) -> str:
    """``stem`` with the chain, out of ``chains``, that then reads most like ``heard``.

    ``after`` is the ending that the stem itself has: what follows ``their`` is written otherwise
    (``Республикасы``, ``Республикасына``). Abbreviations take a hyphen (``АҚШ-тың``); what does not
    end in a Cyrillic letter takes the ending as it was heard.
    """
    if not heard:
        return stem
    if not stem or stem[-1].lower() not in _BACK | _FRONT | _EITHER | _CONSONANTS:
        return f"{stem}-{heard}"
    hyphen = "-" if len(stem.split()[-1]) > 1 and stem.split()[-1].isupper() else ""
    front = _is_front(stem, heard)
    written = [_realise(stem, chain, front, bool(hyphen), after) for chain in chains]
    stem, ending = min(written, key=lambda pair: (_difference(pair[1], heard), len(pair[1])))
    return stem + hyphen + ending


def _realise(
    stem: str, chain: Chain, front: bool, fixed: bool, previous: Ending | None
) -> tuple[str, str]:
    """Stem (its last consonant voiced where an ending begins with a vowel) and ending."""
    ending = ""
    for name in chain:
        form = _form(name, previous, (stem + ending).rstrip("ьъ")[-1:].lower())
        if front and name not in _NO_HARMONY:
            form = form.translate(_TO_FRONT)
        if not ending and form[0] in "ыі" and stem[-1] in _VOICED and not fixed:
            stem = stem[:-1] + _VOICED[stem[-1]]
        ending += form
        previous = name
    return stem, ending


def _form(name: Ending, previous: Ending | None, last: str) -> str:
    if previous == "their" and name in _AFTER_THEIR:
        return _AFTER_THEIR[name]
    if previous == "my" and name in _AFTER_MY:
        return _AFTER_MY[name]
    after_vowel, after_nasal, after_liquid, after_buzz, after_voiceless = _FORMS[name]
    if last in _VOICELESS:
        return after_voiceless
    if last in _NASAL:
        return after_nasal
    if last in _LIQUID:
        return after_liquid
    return after_buzz if last in _BUZZING else after_vowel


def _is_front(stem: str, heard: str) -> bool:
    """Vowel harmony by the last part of the stem; as heard where the stem does not tell."""
    part = stem.replace("-", " ").split()[-1].lower()
    if len(part) > 4 and part.endswith(("ов", "ев")):
        part = part[:-2]  # Тоқаевқа, Әлиевке: the Russian ending is neutral
    if part.endswith(("ь", "к", "г")):
        return True  # also of loans in к and г: банкке, педагогке
    if part.endswith("су"):
        return False  # water: Жетісу, Ақсу
    for letter in reversed(part):
        if letter in _BACK:
            return False
        if letter in _FRONT or letter == "и":
            return True
    return _sounds_front(heard)


def _sounds_front(heard: str) -> bool:
    for letter in reversed(heard):
        if letter in _BACK:
            return False
        if letter in _FRONT:
            return True
    return True


def _difference(ending: str, heard: str) -> int:
    """Letters that differ, length first."""
    folded, other = _fold(ending), _fold(heard)
    unlike = sum(a != b for a, b in zip(folded, other, strict=False))
    return 4 * abs(len(folded) - len(other)) + unlike


def _fold(letters: str) -> str:
    return spelling_key(letters).replace("ы", "и")


def _written_forms(name: Ending, previous: Ending | None) -> set[str]:
    if previous == "their" and name in _AFTER_THEIR:
        back = {_AFTER_THEIR[name]}
    elif previous == "my" and name in _AFTER_MY:
        back = {_AFTER_MY[name]}
    else:
        back = set(_FORMS[name])
    return back | {form.translate(_TO_FRONT) for form in back}


def _all_chains() -> dict[str, tuple[Chain, ...]]:
    """Folded letters of every chain, whatever its harmony, with the chains that they may be."""
    plurals: tuple[Chain, ...] = ((), ("plural",))
    possessives: tuple[Chain, ...] = ((), ("my",), ("our",), ("their",))
    cases: tuple[Chain, ...] = ((), *((name,) for name in _CASES))
    found: dict[str, set[Chain]] = {}
    for parts in product(plurals, possessives, cases):
        chain: Chain = sum(parts, ())
        surfaces = {""}
        previous: Ending | None = None
        for name in chain:
            forms = _written_forms(name, previous)
            surfaces = {surface + form for surface in surfaces for form in forms}
            previous = name
        for surface in surfaces - {"", "м"}:  # a lone м is more often the word's own
            found.setdefault(_fold(surface), set()).add(chain)
    return {
        surface: tuple(sorted(chains, key=lambda chain: (len(chain), chain)))
        for surface, chains in found.items()
    }


_CONSONANTS: Final = _VOICELESS | _NASAL | _LIQUID | _BUZZING | frozenset("ьъ")
_CHAINS: Final = _all_chains()
