"""What is shown of a translation that may still change."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streaming.live_translation.agreement import stable
from streaming.live_translation.masking import Mask
from tests.unit.live_translation.scripts import words


def shown(mask: Mask, translation: str, source: str, committed: int = 0) -> str:
    return " ".join(word.text for word in mask.shown(words(translation), words(source), committed))


def test_the_first_lacks_its_last_words_and_later_ones_what_has_changed() -> None:
    mask = Mask(2)
    assert shown(mask, "a b c d", "1 2 3") == "a b"
    assert shown(mask, "a b c, e f", "1 2 3 4") == "a b c,"
    assert shown(mask, "a x", "1 2 3 4 5") == "a"


def test_the_same_source_confirms_nothing() -> None:
    mask = Mask(2)
    assert shown(mask, "a b c d", "1 2 3") == "a b"
    assert shown(mask, "a b c d", "1 2 3") == "a b"
    assert shown(mask, "c d", "2 3", committed=2) == ""


def test_what_is_committed_is_no_longer_compared() -> None:
    mask = Mask(2)
    shown(mask, "a b c d", "1 2 3 4")
    assert shown(mask, "c d e", "3 4 5", committed=2) == "c d"


def test_after_nothing_open_it_begins_anew() -> None:
    mask = Mask(1)
    shown(mask, "a b", "1 2")
    assert shown(mask, "", "") == ""
    assert shown(mask, "x y z", "7 8 9") == "x y"


def test_marks_are_those_of_the_longer_text() -> None:
    assert stable(("a", "b."), ("a", "b,", "c")) == ("a", "b,")
    assert stable(("a", "b."), ("a", "b.")) == ("a", "b")
    assert stable(("a", "b"), ("x", "b")) == ()


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=6), max_size=8))
def test_never_more_than_is_there(translations: list[list[str]]) -> None:
    mask = Mask(2)
    for number, texts in enumerate(translations):
        text = " ".join(texts)
        assert text.startswith(shown(mask, text, f"1 {number}"))
