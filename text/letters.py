"""Kazakh letters that look like Latin ones: folding them."""

from __future__ import annotations

import re
from typing import Final

_LOOK_ALIKES: Final = str.maketrans("iIhHaAeEoOcCpPxXyYəƏ", "іІһҺаАеЕоОсСрРхХуУәӘ")
_FOLDED: Final = re.compile(r"[iIhHaAeEoOcCpPxXyYəƏ]")
_WORD: Final = re.compile(r"[^\W\d_]+")
_CYRILLIC: Final = re.compile(r"[\u0400-\u04ff]")


def fold_look_alikes(text: str) -> str:
    """Replace Latin look-alikes inside words that hold a Cyrillic letter (``тiл`` becomes ``тіл``).

    Words wholly in Latin letters stay as they are.
    """
    return _WORD.sub(_fold_word, text) if _FOLDED.search(text) else text


def _fold_word(match: re.Match[str]) -> str:
    word = match.group()
    return word.translate(_LOOK_ALIKES) if _CYRILLIC.search(word) else word
