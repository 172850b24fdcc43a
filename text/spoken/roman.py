"""Roman numerals, in Latin letters or in Cyrillic ones that look the same."""

from __future__ import annotations

import re
from typing import Final

_LOOK_ALIKES: Final = str.maketrans("ІХСМ", "IXCM")
_VALUES: Final = (
    (1000, "M"),
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
)
LETTERS: Final = "IVXLCDMІХСМ"
NUMERAL: Final = rf"(?<![\w-])(?:[{LETTERS}]{{2,9}}(?!\w)|[{LETTERS}](?!\w|\.\s?[^\W\d_a-zа-яё]))"
"""One letter is no numeral where it is an initial: X. Пак."""
_SMALL: Final = re.compile("[IVX]+")


def roman_value(numeral: str, *, sure: bool) -> int:
    """Its value; 0 if it is none.

    Args:
        numeral: in capitals.
        sure: do the words around say that it is a number? Otherwise only numerals of two letters
            or more, up to 39, are taken for one: not I, V, X, CD or MIX.
    """
    letters = numeral.translate(_LOOK_ALIKES)
    if (not sure or len(letters) < 2) and not _SMALL.fullmatch(letters):
        return 0
    if not sure and len(letters) < 2:
        return 0
    value, rest = 0, letters
    for worth, sign in _VALUES:
        while rest.startswith(sign):
            value += worth
            rest = rest.removeprefix(sign)
    return value if not rest and to_roman(value) == letters else 0


def to_roman(value: int) -> str:
    """In capitals; 1 to 3999."""
    written = []
    for worth, sign in _VALUES:
        count, value = divmod(value, worth)
        written.append(sign * count)
    return "".join(written)
