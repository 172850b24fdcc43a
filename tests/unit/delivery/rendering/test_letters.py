from __future__ import annotations

from pathlib import Path

import pytest
import structlog.testing
from fontTools.ttLib import TTFont

from foundation.errors import InvalidArgument
from streaming.delivery.rendering import Letters, Look, colour, font_path

KAZAKH = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
LATIN_2021 = "aäbdefgğhıijklmnñoöpqrsştuūüvyz"
ENGLISH = "abcdefghijklmnopqrstuvwxyz"
SIGNS = "0123456789.,:;!?…-–—«»„“”‘’'\"()[]/%№₸₽€$°×+=@&#*§"


@pytest.fixture(scope="module")
def letters() -> Letters:
    return Letters(font_path(None))


def test_the_shipped_font_draws_every_letter_of_the_three_languages(letters: Letters) -> None:
    wanted = KAZAKH + KAZAKH.upper() + LATIN_2021 + LATIN_2021.upper() + ENGLISH + SIGNS
    assert [letter for letter in wanted if not letters.has(letter)] == []
    assert letters.printable(KAZAKH) == KAZAKH


def test_what_the_font_has_is_known_from_how_it_draws(letters: Letters) -> None:
    """Against the font's own table of characters, which is read by another library."""
    table = TTFont(font_path(None)).getBestCmap()
    visible = [chr(code) for code in table if chr(code).isprintable() and not chr(code).isspace()]
    undrawn = [letter for letter in visible if not letters.has(letter)]
    assert len(visible) > 800
    assert undrawn == []
    for missing in "漢한ا😀♪ก":
        assert ord(missing) not in table
        assert not letters.has(missing)


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("и\u0306", "й"),  # composed
        ("😀", "\ufffd"),
        ("👍🏽 жақсы", "\ufffd жақсы"),
        ("👨‍👩‍👧 отбасы", "\ufffd отбасы"),
        ("ﬁ", "fi"),
        ("♪ ән", "# ән"),
        ("a\u00adb\u200bc", "abc"),
        ("a\x00\x1bb", "ab"),
        ("a\u00a0\u2009 b\tc\nd", "a b c d"),
        ("漢字", "\ufffd"),
        ("\ud800x", "x"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_what_cannot_be_drawn_is_replaced(letters: Letters, text: str, drawn: str) -> None:
    assert letters.printable(text) == drawn


def test_each_lack_is_said_once() -> None:
    letters = Letters(font_path(None))
    with structlog.testing.capture_logs() as logs:
        letters.printable("😀 а 😀")
        letters.printable("😀")
    assert [log["code_point"] for log in logs] == ["U+1F600"]


def test_a_file_that_is_no_font_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.ttf").write_bytes(b"no font")
    for path in (tmp_path / "a.ttf", tmp_path / "none.ttf"):
        with pytest.raises(InvalidArgument, match="font"):
            font_path(path)


def test_colours_and_figures_are_checked() -> None:
    assert colour("yellow") == (255, 255, 0)
    assert colour("#0a0B0c") == (10, 11, 12)
    with pytest.raises(InvalidArgument, match="colour"):
        colour("beige-ish")
    for wrong in (
        {"size_percent": 1},
        {"box_opacity": 1.1},
        {"margin_percent": 26},
        {"max_lines": 0},
        {"background": "none"},
        {"place": "left"},
    ):
        with pytest.raises(InvalidArgument, match=next(iter(wrong))):
            Look(**wrong)
