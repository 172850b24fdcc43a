"""Run-length coding of DVB subtitle pixels (ETSI EN 300 743 §7.2.5.2). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

_TWO_BITS: Final = 0x10
_FOUR_BITS: Final = 0x11
"""data_type of a pixel-data sub-block (§7.2.5.1)."""

_END_OF_LINE: Final = 0xF0

_LONGEST: Final = {4: 284, 16: 280}
"""The longest run that one code says, by the number of colours."""


def field_block(indices: NDArray[np.uint8], colours: int) -> bytes:
    """The rows of one field as pixel-data sub-blocks, each row followed by an end of line.

    Args:
        indices: uint8 [rows, width], below ``colours``.
        colours: 4 or 16.
    """
    code = _four_bits if colours == 16 else _two_bits
    data_type = _FOUR_BITS if colours == 16 else _TWO_BITS
    parts: list[bytes] = []
    for row in indices:
        bits = "".join(code(value, length) for value, length in _runs(row, _LONGEST[colours]))
        bits += "0" * 8 if colours == 16 else "0" * 6  # end of string, aligned below
        bits += "0" * (-len(bits) % 8)
        parts.append(bytes((data_type,)))
        parts.append(int(bits, 2).to_bytes(len(bits) // 8, "big"))
        parts.append(bytes((_END_OF_LINE,)))
    return b"".join(parts)


def _runs(row: NDArray[np.uint8], longest: int) -> Iterator[tuple[int, int]]:
    ends = np.flatnonzero(np.diff(row)) + 1
    start = 0
    for end in (*ends.tolist(), len(row)):
        value, length = int(row[start]), end - start
        while length > longest:
            yield value, longest
            length -= longest
        yield value, length
        start = end


def _four_bits(value: int, length: int) -> str:
    """4-bit/pixel_code_string (§7.2.5.2, table 22)."""
    if value == 0 and length in (1, 2):
        return "00001100" if length == 1 else "00001101"
    if value == 0 and 3 <= length <= 9:
        return f"00000{length - 2:03b}"
    if length < 4:
        return f"{value:04b}" * length
    if length <= 7:
        return f"000010{length - 4:02b}{value:04b}"
    if length == 8:
        return _four_bits(value, 7) + _four_bits(value, 1)
    if length <= 24:
        return f"00001110{length - 9:04b}{value:04b}"
    return f"00001111{length - 25:08b}{value:04b}"


def _two_bits(value: int, length: int) -> str:
    """2-bit/pixel_code_string (§7.2.5.2, table 20)."""
    if length == 1:
        return "0001" if value == 0 else f"{value:02b}"
    if length == 2:
        return "000001" if value == 0 else f"{value:02b}" * 2
    if length <= 10:
        return f"001{length - 3:03b}{value:02b}"
    if length == 11:
        return _two_bits(value, 10) + _two_bits(value, 1)
    if length <= 27:
        return f"000010{length - 12:04b}{value:02b}"
    if length == 28:
        return _two_bits(value, 27) + _two_bits(value, 1)
    return f"000011{length - 29:08b}{value:02b}"
