"""What is shown of a translation that may still change."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streaming.live_translation.agreement import stable
from streaming.live_translation.masking import Mask
from tests.unit.live_translation.scripts import words


def shown(mask: Mask, translation: str, source: str, committed: int = 0) -> str:
    return " ".join(word.text for word in mask.shown(words(translation), words(source), committed))


def test_words_are_shown_when_a_second_translation_has_them() -> None:
    mask = Mask(0)
    assert shown(mask, "a b c d", "1 2 3") == ""
    assert shown(mask, "a b c, e f", "1 2 3 4") == "a b c,"
    assert shown(mask, "a x", "1 2 3 4 5") == "a"


def test_the_same_source_confirms_nothing() -> None:
    mask = Mask(2)
    shown(mask, "a b c d", "1 2")
    assert shown(mask, "a b x", "1 2 3") == "a b"
    assert shown(mask, "a b x", "1 2 3") == "a b"
    assert shown(mask, "x", "3", committed=2) == ""


def test_shown_words_outlast_a_translation_that_lacks_them() -> None:
    mask = Mask(2)
    shown(mask, "a b c", "1")
    assert shown(mask, "a b c", "1 2") == "a b c"
    assert shown(mask, "a x c", "1 2 3") == "a b c"
    assert shown(mask, "a b c d", "1 2 3 4") == "a b c"
    assert shown(mask, "a b c d", "1 2 3 4 5") == "a b c d"


def test_shown_words_go_when_two_translations_have_others() -> None:
    mask = Mask(2)
    shown(mask, "a b c", "1")
    shown(mask, "a b c", "1 2")
    assert shown(mask, "a x c", "1 2 3") == "a b c"
    assert shown(mask, "a x c", "1 2 3 4") == "a x c"


def test_shown_words_go_when_nothing_confirms_them_for_long() -> None:
    mask = Mask(2)
    shown(mask, "a b c", "1")
    shown(mask, "a b c", "1 2")
    assert shown(mask, "a x c", "1 2 3") == "a b c"
    assert shown(mask, "a y c", "1 2 3 4") == "a b c"
    assert shown(mask, "a z c", "1 2 3 4 5") == "a"


def test_what_is_committed_is_no_longer_compared() -> None:
    mask = Mask(2)
    shown(mask, "a b c d", "1 2 3 4")
    assert shown(mask, "c d e", "3 4 5", committed=2) == "c d"


def test_after_nothing_open_it_begins_anew() -> None:
    mask = Mask(1)
    shown(mask, "a b", "1 2")
    shown(mask, "a b", "1 2 3")
    assert shown(mask, "", "") == ""
    assert shown(mask, "x y z", "7 8 9") == ""


def test_marks_are_those_of_the_longer_text() -> None:
    assert stable(("a", "b."), ("a", "b,", "c")) == ("a", "b,")
    assert stable(("a", "b."), ("a", "b.")) == ("a", "b")
    assert stable(("a", "b"), ("x", "b")) == ()


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=6), max_size=8))
def test_every_shown_word_was_in_two_translations(translations: list[list[str]]) -> None:
    mask = Mask(2)
    for number, texts in enumerate(translations):
        said = shown(mask, " ".join(texts), f"1 {number}").split()
        earlier = [" ".join(one[: len(said)]) for one in translations[: number + 1]]
        for length in range(1, len(said) + 1):
            head = " ".join(said[:length])
            assert sum((one + " ").startswith(head + " ") for one in earlier) >= (length == 1) * 2
