"""Character code tables of EBU STL (Tech 3264, appendix 2): Latin and Latin/Cyrillic."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

_UPPER_HALF: Final = {
    # 24 is $ since ISO 6937:1994 and in today's readers, which take A4, where older ones had it,
    # for either sign.
    0xA1: "¡", 0xA2: "¢", 0xA3: "£",
    0xA5: "¥", 0xA7: "§", 0xA8: "¤", 0xA9: "‘", 0xAA: "“", 0xAB: "«", 0xAC: "←", 0xAD: "↑",
    0xAE: "→", 0xAF: "↓", 0xB0: "°", 0xB1: "±", 0xB2: "²", 0xB3: "³", 0xB4: "×", 0xB5: "µ",
    0xB6: "¶", 0xB7: "·", 0xB8: "÷", 0xB9: "’", 0xBA: "”", 0xBB: "»", 0xBC: "¼", 0xBD: "½",
    0xBE: "¾", 0xBF: "¿", 0xD0: "—", 0xD1: "¹", 0xD2: "®", 0xD3: "©", 0xD4: "™", 0xD5: "♪",
    0xD6: "¬", 0xD7: "¦", 0xE0: "Ω", 0xE1: "Æ", 0xE2: "Đ", 0xE3: "ª", 0xE4: "Ħ", 0xE6: "Ĳ",
    0xE7: "Ŀ", 0xE8: "Ł", 0xE9: "Ø", 0xEA: "Œ", 0xEB: "º", 0xEC: "Þ", 0xED: "Ŧ", 0xEE: "Ŋ",
    0xEF: "ŉ", 0xF0: "ĸ", 0xF1: "æ", 0xF2: "đ", 0xF3: "ð", 0xF4: "ħ", 0xF5: "ı", 0xF6: "ĳ",
    0xF7: "ŀ", 0xF8: "ł", 0xF9: "ø", 0xFA: "œ", 0xFB: "ß", 0xFC: "þ", 0xFD: "ŧ", 0xFE: "ŋ",
}  # fmt: skip
_ACCENTS: Final = {
    "\u0300": (0xC1, "AEIOUaeiou"),
    "\u0301": (0xC2, "ACEILNORSUYZaceilnorsuyz"),
    "\u0302": (0xC3, "ACEGHIJOSUWYaceghijosuwy"),
    "\u0303": (0xC4, "AINOUainou"),
    "\u0304": (0xC5, "AEIOUaeiou"),
    "\u0306": (0xC6, "AGUagu"),
    "\u0307": (0xC7, "CEGIZcegz"),
    "\u0308": (0xC8, "AEIOUYaeiouy"),
    "\u030a": (0xCA, "AUau"),
    "\u0327": (0xCB, "CGKLNRSTcklnrst"),
    "\u030b": (0xCD, "OUou"),
    "\u0328": (0xCE, "AEIUaeiu"),
    "\u030c": (0xCF, "CDELNRSTZcdelnrstz"),
}
"""Combining accents: their code, which stands before the letter, and the letters that bear them."""


def _latin() -> dict[str, bytes]:
    codes = {chr(code): bytes([code]) for code in range(0x20, 0x7F)}
    codes |= {sign: bytes([code]) for code, sign in _UPPER_HALF.items()}
    for accent, (code, letters) in _ACCENTS.items():
        for letter in letters:
            codes[unicodedata.normalize("NFC", letter + accent)] = bytes([code, ord(letter)])
    # The cedilla of a small g stands above it, and its code is that of the acute.
    return codes | {"ģ": b"\xc2g"}


def _cyrillic() -> dict[str, bytes]:
    codes = {chr(code): bytes([code]) for code in range(0x20, 0x7F)}
    # A0 is a no-break space and AD a soft hyphen, which are no letters.
    high = (code for code in range(0xA1, 0x100) if code != 0xAD)
    codes |= {bytes([code]).decode("iso8859-5"): bytes([code]) for code in high}
    return codes


@dataclass(frozen=True, slots=True)
class CodeTable:
    """One character code table."""

    number: bytes
    """GSI field CCT."""

    name: str
    codes: dict[str, bytes]
    """Bytes of each character in NFC."""

    def has(self, letter: str) -> bool:
        """Can this character be written?"""
        return letter in self.codes

    def encode(self, text: str) -> bytes:
        """The bytes of a text all of whose characters the table has."""
        return b"".join(self.codes[letter] for letter in text)


LATIN: Final = CodeTable(b"00", "EBU STL in Latin letters (ISO 6937)", _latin())
CYRILLIC: Final = CodeTable(
    b"01", "EBU STL in Latin and Cyrillic letters (ISO 8859-5)", _cyrillic()
)
