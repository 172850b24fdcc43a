from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from streaming.translation.pieces import LONGEST_PIECE, Piece, for_model, halves_of, pieces_of


@given(st.text(st.sampled_from("aб .!?\n\t,;:—Қ1"), max_size=4000), st.booleans())
def test_texts_and_separators_give_the_text_back(text: str, line_breaks: bool) -> None:
    pieces = pieces_of(text, "ru", line_breaks=line_breaks)
    assert "".join(piece.text + piece.separator for piece in pieces) == text
    assert all(len(piece.text) <= LONGEST_PIECE for piece in pieces)
    assert all(piece.separator.strip() == "" for piece in pieces)


def test_a_megabyte_without_a_space_is_cut_into_bounded_pieces() -> None:
    pieces = pieces_of("ы" * 2**20, "ru")
    assert "".join(piece.text for piece in pieces) == "ы" * 2**20
    assert max(len(piece.text) for piece in pieces) == LONGEST_PIECE


def test_a_long_sentence_is_cut_at_a_mark_before_a_space() -> None:
    first = "сөз " * 150 + "соңы;"
    pieces = pieces_of(f"{first} {'тағы ' * 120}бар", "kk")
    assert pieces[0] == Piece(first, " ")


def test_halves_are_cut_near_the_middle_and_lose_nothing() -> None:
    text = "бір екі үш төрт бес, алты жеті сегіз тоғыз он"
    halves = halves_of(Piece(text, ""))
    assert "".join(half.text + half.separator for half in halves) == text
    assert halves[0].text == "бір екі үш төрт бес,"


def test_a_model_reads_neither_marks_of_direction_nor_look_alikes() -> None:
    assert for_model("\u202eтiл\u00ad дік\u2069\x00\tсөз\ud800", "kk") == "тіл дік сөз"
    assert for_model("cafe\u0301 au lait", "en") == "café au lait"
    assert for_model("  a\n b ", "en") == "a b"


def test_a_long_text_without_a_mark_is_cut_in_linear_time() -> None:
    started = time.process_time()
    pieces = pieces_of("сөз " * 1_000_000, "kk")
    assert time.process_time() - started < 4
    assert sum(len(piece.text + piece.separator) for piece in pieces) == 4_000_000
