"""Marks over a translation: what is expected of a good one, and what holds for every one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.translation.documents.alignment import of_sentences
from services.translation.documents.inline import Held, Inline, Item, translated_items
from services.translation.documents.interface import (
    Mark,
    MarkKind,
    Segment,
    TranslatedSegment,
)
from services.translation.documents.projection import project


def build(source: str) -> Inline[str]:
    """``[x`` opens the range x, ``]`` closes it, ``^x`` is a point, ``{word}`` is kept."""
    inline: Inline[str] = Inline()
    at = 0
    while at < len(source):
        character = source[at]
        if character in "[^":
            (inline.open if character == "[" else inline.point)(source[at + 1])
            at += 1
        elif character == "]":
            inline.close()
        elif character == "{":
            end = source.index("}", at)
            inline.keep("k", source[at + 1 : end])
            at = end
        else:
            inline.add(character)
        at += 1
    return inline


def show(items: list[Item[str]] | tuple[Item[str], ...]) -> str:
    shown = ""
    for item in items:
        if isinstance(item, str):
            shown += item
        elif item.kind is MarkKind.POINT:
            shown += f"^{item.payload}"
        elif item.kind is MarkKind.KEPT:
            shown += "{" + show(item.items) + "}"
        else:
            shown += f"[{item.payload}{show(item.items)}]"
    return shown


def projected(source: str, target: str, *alignment: int) -> str:
    inline = build(source)
    segment = Segment(inline.text, inline.marks)
    return show(translated_items(segment, inline.payloads, TranslatedSegment(target, alignment)))


def test_a_range_follows_its_words() -> None:
    assert projected("the [bred] house", "house red the", 2, 1, 0) == "house [bred] the"
    assert projected("[ared house], small", "small, house red", 2, 1, 0) == "small, [ahouse red]"


def test_a_range_without_the_full_stop_stays_without() -> None:
    assert projected("See [aour site].", "Қараңыз біздің сайтты.", 0, 1, 2) == (
        "Қараңыз [aбіздің сайтты]."
    )
    assert projected("See [aour site.]", "Қараңыз біздің сайтты.", 0, 1, 2) == (
        "Қараңыз [aбіздің сайтты.]"
    )


def test_one_stray_word_does_not_stretch_a_range() -> None:
    assert projected("[aone two] three four five", "1 2 3 4 5", 0, 1, 2, 3, 0) == "[a1 2] 3 4 5"


def test_ranges_that_change_places() -> None:
    assert projected("[aone] [btwo]", "zwei eins", 1, 0) == "[bzwei] [aeins]"


def test_nested_ranges() -> None:
    assert projected("x [aone [btwo]] y", "y zwei eins x", 3, 2, 1, 0) == "y [a[bzwei] eins] x"


def test_parts_of_words() -> None:
    assert projected("H[b2]O is water", "su H2O", 2, 0) == "su H[b2]O"
    assert projected("5 km[s2] of land", "жер 5 км2", 3, 0, 1) == "жер 5 км[s2]"
    assert projected("[aun]seen", "көрінбейтін", 0) == "[aкөрінбейтін]"


def test_points_follow_the_word_before() -> None:
    assert projected("one^f two.^g", "zwei eins.", 1, 0) == "zwei eins^f.^g"
    assert projected("one, ^itwo", "zwei eins", 1, 0) == "^izwei eins"
    assert projected("^sone^e two", "one zwo") == "^sone^e zwo"


def test_identical_strings_lead_where_there_is_no_alignment() -> None:
    assert projected("The report of [aIBM] for [b2024] is here", "2024 жылғы IBM есебі осында") == (
        "[b2024] жылғы [aIBM] есебі осында"
    )


def test_proportion_snaps_to_words() -> None:
    assert projected("aaaa bbbb [ccccc ddd]", "xxxx yyyy zzzz wwww") == "xxxx yyyy [czzzz wwww]"


def test_kept_text_keeps_its_place() -> None:
    assert projected("Run {make all} now", "Қазір make all жүргіз", 2, 0, 1, 0) == (
        "Қазір {make all} жүргіз"
    )
    assert projected("Run {make} now", "Қазір жаса", 2, 1) == "Қазір {жаса}"
    assert projected("{a} {a} b", "b a a") == "b {a} {a}"


def test_an_empty_translation_keeps_all_marks() -> None:
    assert projected("[ax]^p {k}", "") == "[a]^p{}"


def test_alignments_of_sentences_are_joined() -> None:
    parts = [("One two.", "Екі бір.", (1, 0)), ("Three.", "Бұл үш.", ()), ("Four.", "Төрт.", (0,))]
    assert of_sentences(parts) == (1, 0, -1, -1, 3)


WORDS = st.sampled_from(["a", "bb", "ccc.", "(d", "«e»", "-", "2", "\u200fшў", "\ud800", "H2O,"])
SPACES = st.sampled_from([" ", " ", "\n", "\t", "  "])


@st.composite
def texts(draw: st.DrawFn) -> str:
    return "".join(
        word + space for word, space in draw(st.lists(st.tuples(WORDS, SPACES), max_size=12))
    )


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    """A text with random nested marks."""
    inline: Inline[str] = Inline()
    depth = 0
    for _ in range(draw(st.integers(0, 25))):
        step = draw(st.sampled_from(["text", "text", "open", "close", "point", "keep"]))
        if step == "text":
            inline.add(draw(WORDS) + draw(st.sampled_from(["", " ", "\n"])))
        elif step == "open":
            inline.open("r")
            depth += 1
        elif step == "close" and depth:
            inline.close()
            depth -= 1
        elif step == "point":
            inline.point("p")
        elif step == "keep":
            inline.keep("k", draw(WORDS))
    for _ in range(depth):
        inline.close()
    return Segment(inline.text, inline.marks)


@given(segments(), texts(), st.data())
def test_every_mark_survives_once_and_stays_nested(
    segment: Segment, target: str, data: st.DataObject
) -> None:
    count = len(target.split())
    words = len(segment.text.split())
    alignment = data.draw(
        st.one_of(
            st.just(()),
            st.lists(st.integers(-1, words), min_size=count, max_size=count).map(tuple),
            st.lists(st.integers(-5, 40)).map(tuple),
        )
    )
    translation = TranslatedSegment(target, alignment)
    marks = project(segment, translation)
    assert [mark.id for mark in marks] == [mark.id for mark in segment.marks]
    by_id = {mark.id: mark for mark in marks}
    for mark in marks:
        assert 0 <= mark.start <= mark.end <= len(target)
        if mark.kind is MarkKind.POINT:
            assert mark.start == mark.end
        if mark.parent is not None:
            assert by_id[mark.parent].start <= mark.start
            assert mark.end <= by_id[mark.parent].end
    for one in marks:
        for other in marks:
            if one.id < other.id and one.parent == other.parent:
                assert one.end <= other.start or other.end <= one.start or _beside(one, other)
    items = translated_items(segment, [str(mark.id) for mark in segment.marks], translation)
    assert _text(items) == target
    assert sorted(_ids(items)) == sorted(str(mark.id) for mark in segment.marks)


def _beside(one: Mark, other: Mark) -> bool:
    """An empty mark at the edge of another."""
    return one.start == one.end in (other.start, other.end) or (
        other.start == other.end in (one.start, one.end)
    )


def _text(items: list[Item[str]] | tuple[Item[str], ...]) -> str:
    return "".join(item if isinstance(item, str) else _text(item.items) for item in items)


def _ids(items: list[Item[str]] | tuple[Item[str], ...]) -> list[str]:
    found: list[str] = []
    for item in items:
        if isinstance(item, Held):
            found += [item.payload, *_ids(item.items)]
    return found


@given(st.lists(st.tuples(st.sampled_from(["aa", "b.", "(c)"]), st.integers(0, 2)), min_size=1))
def test_the_same_text_keeps_ranges_of_words_where_they_are(runs: list[tuple[str, int]]) -> None:
    inline: Inline[str] = Inline()
    for number, (word, marked) in enumerate(runs):
        inline.add(" " if number else "")
        if marked:
            inline.open("r")
        inline.add(word)
        if marked:
            inline.close()
            inline.point("p")
    segment = Segment(inline.text, inline.marks)
    same = TranslatedSegment(segment.text, tuple(range(len(runs))))
    assert project(segment, same) == segment.marks


def test_many_marks_take_linear_time() -> None:
    inline: Inline[str] = Inline()
    for number in range(20_000):
        inline.open("r")
        inline.add(f"w{number % 7} ")
        inline.close()
        inline.point("p")
    segment = Segment(inline.text, inline.marks)
    assert len(project(segment, TranslatedSegment("слово " * 15_000))) == 40_000


def test_white_space_and_nothing_never_take_a_word() -> None:
    assert projected("one two.[s^f]", "zwei eins.", 1, 0) == "zwei eins.[s^f]"
    assert projected("name:[u\t\t] end", "аты:\t\t соңы", 0, 1) == "аты:[u\t\t] соңы"
    assert projected("name:[u\t\t] end", "соңы аты:", 1, 0) == "соңы аты:[u]"
    assert projected("a: ^l (b)", "а:  (б)", 0, 1) == "а: ^l (б)"
