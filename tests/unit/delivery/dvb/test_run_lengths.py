"""The coding against a decoder that was written from the standard's tables, not from the code."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.delivery.dvb.run_lengths import field_block


class Bits:
    def __init__(self, data: bytes) -> None:
        self.text = "".join(f"{byte:08b}" for byte in data)
        self.at = 0

    def take(self, count: int) -> int:
        value = int(self.text[self.at : self.at + count], 2)
        self.at += count
        return value


def four_bits(bits: Bits) -> tuple[int, int] | None:
    """EN 300 743 table 22; colour and length, None: the string ends."""
    if value := bits.take(4):
        return value, 1
    if not bits.take(1):
        length = bits.take(3)
        return (0, length + 2) if length else None
    if not bits.take(1):
        length = bits.take(2)
        return bits.take(4), length + 4
    match bits.take(2):
        case 0:
            return 0, 1
        case 1:
            return 0, 2
        case 2:
            length = bits.take(4)
            return bits.take(4), length + 9
        case _:
            length = bits.take(8)
            return bits.take(4), length + 25


def two_bits(bits: Bits) -> tuple[int, int] | None:
    """EN 300 743 table 20."""
    if value := bits.take(2):
        return value, 1
    if bits.take(1):
        length = bits.take(3)
        return bits.take(2), length + 3
    if bits.take(1):
        return 0, 1
    match bits.take(2):
        case 0:
            return None
        case 1:
            return 0, 2
        case 2:
            length = bits.take(4)
            return bits.take(2), length + 12
        case _:
            length = bits.take(8)
            return bits.take(2), length + 29


def decoded(block: bytes, colours: int) -> list[list[int]]:
    code, mark = (four_bits, 0x11) if colours == 16 else (two_bits, 0x10)
    rows: list[list[int]] = []
    at = 0
    while at < len(block):
        assert block[at] == mark
        bits = Bits(block[at + 1 :])
        row: list[int] = []
        while (run := code(bits)) is not None:
            row += [run[0]] * run[1]
        at += 1 + -(-bits.at // 8)
        assert block[at] == 0xF0
        at += 1
        rows.append(row)
    return rows


@pytest.mark.parametrize("colours", [4, 16])
def test_runs_of_every_length_and_colour(colours: int) -> None:
    for value in (0, 1, colours - 1):
        for length in (*range(1, 300), 559, 560, 561, 568, 1919):
            row = np.full((1, length), value, np.uint8)
            assert decoded(field_block(row, colours), colours) == row.tolist(), (value, length)


@given(
    st.sampled_from([4, 16]),
    st.lists(st.tuples(st.integers(0, 15), st.integers(1, 320)), min_size=1, max_size=30),
)
def test_any_row(colours: int, runs: list[tuple[int, int]]) -> None:
    row = np.concatenate([np.full(length, value % colours, np.uint8) for value, length in runs])
    rows = np.stack([row, row[::-1]])
    assert decoded(field_block(rows, colours), colours) == rows.tolist()
