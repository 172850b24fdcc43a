"""URLs and e-mail addresses read aloud."""

from __future__ import annotations

import re
from typing import Final

from text.normalisation.spelling import spell, spell_digits
from text.spoken.tables import SpokenTable

_SCHEME: Final = re.compile(r"(?:[a-z]{2,8}://)?(?:www\.)?", re.IGNORECASE)
_PIECE: Final = re.compile(r"[^\W\d_]+|\d+|[^\w]|_")
_SIGNS: Final = {
    ".": "dot",
    "@": "at",
    "/": "slash",
    "-": "hyphen",
    "_": "underscore",
    ":": "colon",
    "?": "question",
    "=": "equals",
    "&": "ampersand",
    "%": "percent",
    "#": "hash",
    "+": "plus",
}
_VOWELS: Final = re.compile("[aeiouyаеёиоуыэюяәөұүі]", re.IGNORECASE)
_LONGEST_NUMBER: Final = 4


def unread_beginning(address: str) -> int:
    """How many characters of an address nobody says (``https://www.``)."""
    match = _SCHEME.match(address)
    return match.end() if match else 0


def read_address(address: str, table: SpokenTable) -> str:
    """An address without its scheme, in words: ``a@b.kz`` is a эт b нүкте кей-зед.

    Runs of letters without a vowel are spelt; those with one are read as words. Numbers of up to
    four digits are read as numbers.
    """
    names, domains = table.addresses, table.addresses["domains"]
    words: list[str] = []
    for match in _PIECE.finditer(address):
        piece = match.group()
        if piece.isdigit():
            short = len(piece) <= _LONGEST_NUMBER and (piece == "0" or piece[0] != "0")
            words.append(
                spell(int(piece), table.language) if short else spell_digits(piece, table.language)
            )
        elif piece[0].isalpha():
            after_dot = match.start() > 0 and address[match.start() - 1] == "."
            domain = domains.get(piece.lower()) if after_dot else None
            words.append(domain or _letters(piece, table))
        elif not piece.isspace():
            words.append(names[_SIGNS.get(piece, "other")])
    return " ".join(words)


def _letters(run: str, table: SpokenTable) -> str:
    if len(run) > 1 and _VOWELS.search(run):
        return run.lower()
    return spell_letters(run, table, "-" if table.language != "en" else " ")


def spell_letters(run: str, table: SpokenTable, joint: str) -> str:
    """Letter by letter; a letter without a name here stays."""
    return joint.join(table.letter(letter) or letter.lower() for letter in run)


def sign_name(sign: str, table: SpokenTable) -> str:
    """What a sign is called when it is spelt out; empty: it has no name."""
    name = _SIGNS.get(sign)
    return table.addresses[name] if name else table.signs.get(sign, "").strip()
