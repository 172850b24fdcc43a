"""Kazakh endings: vowel harmony and consonant assimilation.

The rules are those of the school grammar (Қазақ грамматикасы. Астана, 2002, the chapters on
үндестік заңы and септік): an ending takes back or front vowels after the last vowel of the word,
and its first consonant assimilates to the word's last sound. How endings stand after digits is in
the spelling rules (Қазақ тілінің емле қағидалары, 1983 and 2019): ``25-ке``, ``6-дан``,
``5-сынып``, but ``8 наурыз`` and ``1987 жыл``, and ``XX ғасыр`` with Roman numerals.
"""

from __future__ import annotations

from typing import Final, Literal

Case = Literal[
    "nominative", "genitive", "dative", "accusative", "locative", "ablative", "instrumental"
]

CASES: Final[tuple[Case, ...]] = (
    "nominative",
    "genitive",
    "dative",
    "accusative",
    "locative",
    "ablative",
    "instrumental",
)

_BACK: Final = "аоұыуяёюэ"
_FRONT: Final = "әөүіеи"
_VOWELS: Final = "аәеёиоөұүыіэюя"  # у closes a syllable like a consonant: елу, елудің
_NASALS: Final = "мнң"
_VOICED: Final = "зжлрйу"  # ж, з: -мен becomes -бен
_SIBILANT: Final = "зж"

# Case: the ending's consonant after (vowel, nasal, other voiced, voiceless), its vowel and rest.
_ENDINGS: Final[dict[Case, tuple[str, str]]] = {
    "genitive": ("нндт", "{}ң"),
    "dative": ("ғғғқ", ""),
    "accusative": ("нддт", "{}"),
    "locative": ("дддт", ""),
    "ablative": ("дндт", ""),
    "instrumental": ("мммп", "ен"),
}
_AFTER_POSSESSIVE: Final[dict[Case, tuple[str, str]]] = {
    "nominative": ("", ""),
    "genitive": ("ның", "нің"),
    "dative": ("на", "не"),
    "accusative": ("н", "н"),
    "locative": ("нда", "нде"),
    "ablative": ("нан", "нен"),
    "instrumental": ("мен", "мен"),
}


def is_front(word: str) -> bool:
    """Does the word take front endings? The last vowel that decides says so.

    A soft sign at the end is front (рубльге); и, and у at the end, go with the vowel before.
    """
    if word.endswith("ь"):
        return True
    for letter in reversed(word.removesuffix("у")):
        if letter in _FRONT and letter != "и":
            return True
        if letter in _BACK:
            return False
    return "и" in word


def case_ending(word: str, case: Case) -> str:
    """The ending that makes ``case`` of ``word``: бес, dative → ``ке``."""
    if case == "nominative":
        return ""
    sound = _last_sound(word)
    front = is_front(word)
    consonants, rest = _ENDINGS[case]
    consonant = consonants[sound]
    if case == "instrumental":
        return ("б" if word[-1] in _SIBILANT else consonant) + rest
    if case == "dative":
        return {"ғ": "ге" if front else "ға", "қ": "ке" if front else "қа"}[consonant]
    if case == "locative":
        return consonant + ("е" if front else "а")
    if case == "ablative":
        return consonant + ("ен" if front else "ан")
    return consonant + rest.format("і" if front else "ы")


def possessive_ending(word: str, case: Case = "nominative") -> str:
    """The third person's possessive ending, with a case after it: бес, dative → ``іне``."""
    front = is_front(word)
    own = ("і" if front else "ы") if _last_sound(word) else ("сі" if front else "сы")
    return own + _AFTER_POSSESSIVE[case][front]


def likeness_ending(word: str) -> str:
    """``about so many``: жиырма → ``дай``, бес → ``тей``."""
    return ("т" if _last_sound(word) == 3 else "д") + ("ей" if is_front(word) else "ай")


def measure_ending(word: str) -> str:
    """``of so many``: пайыз → ``дық``, метр → ``лік``, теңге → ``лік``."""
    sound = _last_sound(word)
    front = is_front(word)
    consonant = "т" if sound == 3 else "д" if sound == 1 or word[-1] in _SIBILANT else "л"
    return consonant + ("ік" if front else "ық")


def possessive_stem(word: str) -> str:
    """The stem before a possessive ending: қырық loses its vowel (қырқы); п, к, қ turn voiced."""
    if word == "қырық":
        return "қырқ"
    return word


def ordinal(word: str) -> str:
    """The ordinal of a number word: екі → екінші, бес → бесінші; two are irregular."""
    if word == "жиырма":
        return "жиырмасыншы"
    front = is_front(word)
    if _last_sound(word) == 0:
        return word + ("нші" if front else "ншы")
    return possessive_stem(word) + ("інші" if front else "ыншы")


def ordinal_ending(word: str) -> str:
    """What stands after digits instead of -інші: ``ші`` or ``шы``."""
    return "ші" if is_front(word) else "шы"


def _last_sound(word: str) -> int:
    """0 vowel, 1 nasal, 2 other voiced, 3 voiceless (б, в, г, д are devoiced at the end)."""
    last = word.rstrip("ьъ")[-1]
    if last in _VOWELS:
        return 0
    if last in _NASALS:
        return 1
    return 2 if last in _VOICED else 3
