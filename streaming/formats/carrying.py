"""Text for formats that have few letters: refused, or written in others and reported.

Nothing is dropped in silence. Signs that have a plainer form (« » — …) take it; letters that a
format lacks are refused by name, or written in Latin letters where that is asked for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from foundation.errors import InvalidArgument
from foundation.languages import Language
from streaming.cues.model import Cue
from streaming.formats.losses import Loss, LossKind
from streaming.formats.text_lines import text_lines
from text.transliteration import russian_to_latin, to_latin

_PLAIN: Final = {
    **dict.fromkeys("«»„“”‟″", '"'),
    **dict.fromkeys("‘’‚‛ʼʻ′`´", "'"),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("\t\u00a0\u2002\u2003\u2007\u2008\u2009\u200a\u202f", " "),
    "…": "...",
    "№": "No",
    "×": "x",
    # Invisible: joiners, marks of direction, the soft hyphen, the byte order mark.
    **dict.fromkeys(
        "\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
        "\u2060\u2066\u2067\u2068\u2069\ufeff",
        "",
    ),
}
"""Signs and what stands for them where they are lacking."""

_LATIN_PLAIN: Final = {
    "ı": "i",
    "ğ": "gh",
    "ş": "sh",
    "Ğ": "Gh",
    "Ş": "Sh",
    "₸": "tenge",
    "€": "EUR",
    "œ": "oe",
    "Œ": "OE",
    "æ": "ae",
    "Æ": "AE",
    "ß": "ss",
}
"""Latin letters without their accents, for those that losing them would make another letter."""

_WORD: Final = re.compile(r"[^\W\d_]+")
_KAZAKH: Final = re.compile("[әғқңөұүһі]", re.IGNORECASE)
_NAMED_CUES: Final = 8


class NotCarried(InvalidArgument):
    """A format has no place for some letters of a track."""

    def __init__(self, repertoire: str, letters: str, cues: Sequence[int]) -> None:
        named = ", ".join(map(str, cues[:_NAMED_CUES]))
        more = f" and {len(cues) - _NAMED_CUES} more" if len(cues) > _NAMED_CUES else ""
        written = " ".join(
            letter if letter.isprintable() else f"U+{ord(letter):04X}" for letter in letters
        )
        super().__init__(
            "cues",
            f"{repertoire} has no {written} (cue{'s' if len(cues) > 1 else ''} {named}{more})",
        )
        self.letters = letters
        self.cues = tuple(cues)


@dataclass(frozen=True, slots=True)
class Repertoire:
    """What a format can write."""

    name: str
    """As an error says it."""

    has: Callable[[str], bool]
    """Of one character in NFC."""


@dataclass(frozen=True, slots=True)
class CarriedText:
    """Lines of one cue that a repertoire has throughout, and what writing them lost."""

    cue: Cue
    lines: tuple[str, ...]
    losses: tuple[Loss, ...]


def carry(cues: Sequence[Cue], repertoire: Repertoire, transliterate: bool) -> list[CarriedText]:
    """The cues' lines as a repertoire has them; cues without a letter are passed over.

    Args:
        cues: of one track.
        repertoire: of the format.
        transliterate: write lines with letters that are lacking in Latin letters.

    Raises:
        NotCarried: letters are lacking, and transliteration is not asked for or does not help.
    """
    carried = []
    lacking: dict[str, None] = {}
    lacking_cues = []
    for cue in cues:
        text = _carried_cue(cue, repertoire, transliterate)
        missing = [sign for line in text.lines for sign in line if not repertoire.has(sign)]
        if missing:
            lacking |= dict.fromkeys(missing)
            lacking_cues.append(cue.index)
        if text.lines:
            carried.append(text)
    if lacking:
        raise NotCarried(repertoire.name, "".join(lacking), lacking_cues)
    return carried


def latinised(text: str, language: Language) -> str:
    """Cyrillic in Latin letters: Kazakh by the alphabet of 2021, Russian by BGN/PCGN.

    In Kazakh text every word is taken for Kazakh, elsewhere only those with a letter of its own.
    """
    if language == "kk":
        return to_latin(text)
    return _WORD.sub(
        lambda word: (to_latin if _KAZAKH.search(word[0]) else russian_to_latin)(word[0]), text
    )


def _carried_cue(cue: Cue, repertoire: Repertoire, transliterate: bool) -> CarriedText:
    lines, losses = [], []
    plainer: dict[str, str] = {}
    for line in text_lines(cue):
        written = _plain(unicodedata.normalize("NFC", line), repertoire, plainer)
        if transliterate and not all(map(repertoire.has, written)):
            before, written = written, latinised(written, cue.language)
            written = _plain(written, repertoire, plainer)
            written = "".join(
                letter if repertoire.has(letter) else _without_accent(letter, repertoire)
                for letter in written
            )
            losses.append(Loss(cue.index, LossKind.TRANSLITERATED, before, written))
        if written.strip():
            lines.append(written.strip())
    signs = [Loss(cue.index, LossKind.SIGNS, sign, plain) for sign, plain in plainer.items()]
    return CarriedText(cue, tuple(lines), (*signs, *losses))


def _plain(text: str, repertoire: Repertoire, plainer: dict[str, str]) -> str:
    """The text with plainer signs for those that are lacking, which are noted in ``plainer``."""
    written = []
    for sign in text:
        if not repertoire.has(sign) and sign in _PLAIN:
            plainer[sign] = _PLAIN[sign]
            sign = _PLAIN[sign]
        written.append(sign)
    return "".join(written)


def _without_accent(letter: str, repertoire: Repertoire) -> str:
    if letter in _LATIN_PLAIN:
        return _LATIN_PLAIN[letter]
    base = unicodedata.normalize("NFD", letter)[0]
    return base if repertoire.has(base) else letter
