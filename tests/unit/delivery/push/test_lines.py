"""Running text in lines, and which cues went out with it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from foundation.speech import Word
from streaming.cues.model import Cue
from streaming.delivery.push.fates import CueFates
from streaming.delivery.push.lines import LineFlow, Piece
from streaming.session_events import CommittedText, CueReady, SessionEvent, SessionEventBody
from tests.unit.delivery.push.servers import Report


def event(body: SessionEventBody, track: str = "source") -> SessionEvent:
    return SessionEvent(1, 0.0, track, body)


def words(*texts: str, at: int = 0) -> tuple[Word, ...]:
    return tuple(
        Word(text, (at + n) * 90_000, (at + n + 1) * 90_000, 0.9) for n, text in enumerate(texts)
    )


def shown(pieces: list[Piece]) -> list[str]:
    """As a screen puts the pieces together."""
    text = ""
    for piece in pieces:
        text += ("\n" if piece.new_line else " ") + piece.text
    return text.strip().split("\n")


@given(
    st.lists(st.lists(st.text(max_size=30), min_size=1, max_size=6), max_size=8),
    st.integers(16, 60),
)
def test_no_letter_is_lost_and_no_line_is_too_long(said: list[list[str]], most: int) -> None:
    flow = LineFlow("source", "words", most)
    pieces, at = [], 0
    for texts in said:
        pieces += flow.take(event(CommittedText(words(*texts, at=at), "kk")), 0.0)
        at += len(texts)
    letters = "".join(piece.text for piece in pieces).replace(" ", "")
    printable = [
        c
        for texts in said
        for text in texts
        for c in text
        if not (c.isspace() or ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u2028\u2029")
        and c not in "\ufffe\uffff"
        and not 0xD800 <= ord(c) < 0xE000
    ]
    assert letters == "".join(printable)
    assert all(0 < len(line) <= most for line in shown(pieces) if pieces)
    assert [piece.onset for piece in pieces] == sorted(piece.onset for piece in pieces)


def test_lines_end_with_sentences_pauses_and_languages() -> None:
    flow = LineFlow("source", "words", 42)
    pieces = flow.take(event(CommittedText(words("One", "two.", "Three"), "en")), 0.0)
    pieces += flow.take(event(CommittedText(words("тоқсан", at=3), "kk")), 0.0)
    pieces += flow.take(event(CommittedText(words("кейін", at=9), "kk")), 0.0)
    assert shown(pieces) == ["One two.", "Three", "тоқсан", "кейін"]
    assert [piece.language for piece in pieces] == ["en", "en", "kk", "kk"]


def test_other_tracks_and_other_units_are_passed_over() -> None:
    cue = Cue(1, 0, 90_000, ("a b", "c"), "en", words("a", "b", "c"))
    said = event(CommittedText(words("a"), "en"))
    assert LineFlow("source", "cues", 42).take(said, 0.0) == []
    assert LineFlow("kk", "words", 42).take(said, 0.0) == []
    assert LineFlow("source", "words", 42).take(event(CueReady(cue)), 0.0) == []
    assert shown(LineFlow("source", "cues", 42).take(event(CueReady(cue)), 0.0)) == ["a b", "c"]


def test_a_cue_is_shown_once_its_last_word_is_and_lost_if_one_is() -> None:
    report = Report()
    fates = CueFates("source", report)
    flow = LineFlow("source", "words", 42)
    cues = [
        Cue(n + 1, n * 180_000, (n + 2) * 180_000, ("x",), "en", words("a", "b", at=2 * n))
        for n in range(3)
    ]
    pieces = flow.take(event(CommittedText(words("a", "b", at=0), "en")), 0.0)
    fates.delivered(pieces)
    assert report.sent == []
    fates.finished(cues[0])
    assert report.sent == [1]
    fates.finished(cues[1])
    fates.delivered(flow.take(event(CommittedText(words("a", at=2), "en")), 0.0))
    assert report.sent == [1]
    fates.lost(flow.take(event(CommittedText(words("b", at=3), "en")), 0.0), "late")
    assert report.given_up == [(2, "late")]
    fates.delivered(flow.take(event(CommittedText(words("a", "b", at=4), "en")), 0.0))
    fates.finished(cues[2])
    assert report.sent == [1, 3]
