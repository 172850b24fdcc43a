"""Bytes of CEA-608 (line 21, 47 CFR § 79.101): characters and orders of channel 1, field 1."""

from __future__ import annotations

from typing import Final

Pair = tuple[int, int]
"""Two bytes of seven bits: what one frame carries."""

RESUME_CAPTION_LOADING: Final[Pair] = (0x14, 0x20)
ERASE_NON_DISPLAYED_MEMORY: Final[Pair] = (0x14, 0x2E)
ERASE_DISPLAYED_MEMORY: Final[Pair] = (0x14, 0x2C)
END_OF_CAPTION: Final[Pair] = (0x14, 0x2F)
COLUMNS: Final = 32
ROWS: Final = 15

_NOT_ASCII: Final = {0x2A: "á", 0x5C: "é", 0x5E: "í", 0x5F: "ó", 0x60: "ú", 0x7B: "ç", 0x7C: "÷"}
_NOT_ASCII_EITHER: Final = {0x7D: "Ñ", 0x7E: "ñ"}
BASIC: Final[dict[str, int]] = {
    **{
        chr(code): code
        for code in range(0x20, 0x7F)
        if code not in _NOT_ASCII and code not in _NOT_ASCII_EITHER
    },
    **{letter: code for code, letter in (_NOT_ASCII | _NOT_ASCII_EITHER).items()},
}
"""One byte each."""

SPECIAL: Final[dict[str, Pair]] = {
    letter: (0x11, 0x30 + at) for at, letter in enumerate("®°½¿™¢£♪à\u00a0èâêîôû")
}
"""Two bytes each; what would be the no-break space is a transparent space."""

_EXTENDED_12: Final = "ÁÉÓÚÜü‘¡*'—©℠•“”ÀÂÇÈÊËëÎÏïÔÙùÛ«»"
_EXTENDED_13: Final = "ÃãÍÌìÒòÕõ{}\\^_|~ÄäÖöß¥¤¦ÅåØø┌┐└┘"
EXTENDED: Final[dict[str, Pair]] = {
    letter: (high, 0x20 + at)
    for high, letters in ((0x12, _EXTENDED_12), (0x13, _EXTENDED_13))
    for at, letter in enumerate(letters)
    if letter not in BASIC
}
"""Two bytes that replace the character before them, which is for decoders without this set."""

_STAND_INS: Final = {
    **dict.fromkeys("ÁÀÂÃÄÅ", "A"), **dict.fromkeys("ãäå", "a"), "Ç": "C",
    **dict.fromkeys("ÉÈÊË", "E"), "ë": "e", **dict.fromkeys("ÎÏÍÌ", "I"),
    **dict.fromkeys("ïì", "i"), **dict.fromkeys("ÓÔÒÕÖØ", "O"), **dict.fromkeys("òõöø", "o"),
    **dict.fromkeys("ÚÜÙÛ", "U"), **dict.fromkeys("üù", "u"), "ß": "s", "‘": "'", "“": '"',
    "”": '"', "«": '"', "»": '"', "—": "-", "¡": "!", "•": ".", "©": "c", "¥": "Y",
    "{": "(", "}": ")", "\\": "/", "~": "-", "_": "-", "|": "/",
}  # fmt: skip

_ROW_CODES: Final[dict[int, Pair]] = {
    1: (0x11, 0x40), 2: (0x11, 0x60), 3: (0x12, 0x40), 4: (0x12, 0x60), 5: (0x15, 0x40),
    6: (0x15, 0x60), 7: (0x16, 0x40), 8: (0x16, 0x60), 9: (0x17, 0x40), 10: (0x17, 0x60),
    11: (0x10, 0x40), 12: (0x13, 0x40), 13: (0x13, 0x60), 14: (0x14, 0x40), 15: (0x14, 0x60),
}  # fmt: skip


def has(letter: str) -> bool:
    """Can CEA-608 write this character?"""
    return letter in BASIC or letter in EXTENDED or (letter in SPECIAL and letter != "\u00a0")


def stand_in(letter: str) -> str:
    """What a decoder without the extended characters shows for one of them."""
    return _STAND_INS.get(letter, " ")


def preamble(row: int, column: int) -> list[Pair]:
    """Orders that put the cursor on a place of the grid, in white.

    Args:
        row: 1 to 15.
        column: 0 to 31.
    """
    high, low = _ROW_CODES[row]
    indent, tab = divmod(column, 4)
    orders = [(high, low + 0x10 + 2 * indent)]
    if tab:
        orders.append((0x17, 0x20 + tab))
    return orders


def with_parity(byte: int) -> int:
    """The byte with its eighth bit set so that the number of ones is odd."""
    return byte | (0 if byte.bit_count() % 2 else 0x80)
