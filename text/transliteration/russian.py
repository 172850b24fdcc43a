"""Russian in Latin letters, for formats that have no Cyrillic.

The letters are those of the BGN/PCGN romanisation of Russian (1947), simplified as English
newspapers do: ъ and ь are left out, ё is yo. It is not meant to be read back: й, ы and part of ю,
я share the letter y, and е, э share e.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_LETTERS_AND_LATIN: Final = (
    "а=a б=b в=v г=g д=d е=e ё=yo ж=zh з=z и=i й=y к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u"
    " ф=f х=kh ц=ts ч=ch ш=sh щ=shch ъ= ы=y ь= э=e ю=yu я=ya"
)
_LETTERS: Final = dict(pair.split("=") for pair in _LETTERS_AND_LATIN.split())
_E_IS_YE_AFTER: Final = frozenset("аеёиоуыэюяйъь")
_WORD: Final = re.compile(r"[^\W\d_]+")


def russian_to_latin(text: str) -> str:
    """Write Russian letters in Latin ones; all else stays.

    Args:
        text: any; put in NFC.
    """
    return _WORD.sub(lambda found: _word(found.group()), unicodedata.normalize("NFC", text))


def _word(word: str) -> str:
    written = []
    for index, letter in enumerate(word):
        small = letter.lower()
        if small not in _LETTERS:
            written.append(letter)
            continue
        latin = _LETTERS[small]
        before = word[index - 1].lower() if index else ""
        if small == "е" and (not before or before in _E_IS_YE_AFTER):
            latin = "ye"
        if letter != small:
            # A capital of two letters is written Zh in Zhukov and ZH in ZHUKOV.
            shouted = word[index + 1 : index + 2].isupper() or (
                index == len(word) - 1 and word[:index].isupper() and bool(before)
            )
            latin = latin.upper() if shouted else latin.capitalize()
        written.append(latin)
    return "".join(written)
