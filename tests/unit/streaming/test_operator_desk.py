"""Corrections and controls are events of their own; two operators never overwrite each other."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from foundation.errors import Aborted, FailedPrecondition, InvalidArgument, NotFound
from foundation.media_time import TICKS_PER_SECOND
from foundation.speech import Word
from streaming.corrected_words import redistribute
from streaming.cues.builder import CueBuilder
from streaming.cues.presets import load_preset
from streaming.operator_desk import OperatorDesk
from streaming.session_events import (
    CaptionState,
    CommittedText,
    ControlAction,
    Controlled,
    Corrected,
    CueReady,
    SessionEvent,
)
from streaming.watchers import EventLog

PRESET = load_preset("overlay-live")
SECOND = TICKS_PER_SECOND


class Air:
    """A session without audio: words are said into it, cues are built of them."""

    def __init__(self, history: int = 100) -> None:
        self.log = EventLog(history, 100)
        self.desk = OperatorDesk(self.log, lambda: 1.0, PRESET, "source")
        self.builder = CueBuilder(PRESET)
        self.now = 0

    def say(self, text: str, track: str = "source") -> int:
        words = []
        for word in text.split():
            words.append(Word(word, self.now, self.now + SECOND // 2, 0.5))
            self.now += SECOND // 2
        event_id = self.desk.publish(track, CommittedText(tuple(words), "kk"))
        for cue in self.builder.push(words, "kk"):
            self.desk.publish(track, CueReady(cue))
        return event_id

    def end(self) -> None:
        for cue in self.builder.flush():
            self.desk.publish("source", CueReady(cue))

    @property
    def events(self) -> list[SessionEvent]:
        return list(self.log.kept)

    def cue_lines(self) -> list[str]:
        """Cues as a block output shows them in the end."""
        lines: dict[int, str] = {}
        for event in self.events:
            if isinstance(event.body, CueReady):
                lines[event.body.cue.index] = " ".join(event.body.cue.lines)
            elif isinstance(event.body, Corrected):
                lines |= {cue.index: " ".join(cue.lines) for cue in event.body.cues}
        return list(lines.values())

    def text(self) -> str:
        """Text as a roll-up output shows it in the end."""
        said: dict[int, str] = {}
        for event in self.events:
            if isinstance(event.body, CommittedText):
                said[event.event_id] = " ".join(word.text for word in event.body.words)
            elif isinstance(event.body, Corrected):
                said |= {text.event_id: text.text for text in event.body.texts}
        return " ".join(text for text in said.values() if text)


def test_a_correction_is_an_event_and_the_committed_one_stands() -> None:
    air = Air()
    first = air.say("Бүгін Алмаоты")
    event_id, correction = air.desk.correct_events(
        "source", first, first, "Бүгін Алмаоты", "Бүгін Алматы", "Айгерім"
    )
    committed, corrected = air.events
    assert corrected.event_id == event_id == 2
    assert corrected.body == correction
    assert correction.operator == "Айгерім"
    assert isinstance(committed.body, CommittedText)
    assert [word.text for word in committed.body.words] == ["Бүгін", "Алмаоты"]
    (text,) = correction.texts
    assert text.event_id == first
    assert [(w.text, w.spoken, w.start) for w in text.words] == [
        ("Бүгін", "", 0),
        ("Алматы", "Алмаоты", SECOND // 2),
    ]


def test_two_operators_never_overwrite_each_other() -> None:
    air = Air()
    first = air.say("Қасым Жомарт келді")
    air.desk.correct_events("source", first, first, "Қасым Жомарт келді", "Қасым-Жомарт келді")
    with pytest.raises(Aborted) as refused:
        air.desk.correct_events("source", first, first, "Қасым Жомарт келді", "Касым келді")
    assert refused.value.current == "Қасым-Жомарт келді"
    assert air.text() == "Қасым-Жомарт келді"


def test_a_repeated_correction_changes_nothing() -> None:
    air = Air()
    first = air.say("алма")
    air.desk.correct_events("source", first, first, "алма", "Алма")
    event_id, correction = air.desk.correct_events("source", first, first, "алма", "Алма")
    assert event_id == 0
    assert correction.texts == ()
    assert len(air.events) == 2


def test_a_correction_over_several_events_and_in_a_cue_that_is_out() -> None:
    air = Air()
    first = air.say("Бүгін Қасым")
    last = air.say("Жомарт Тоқайев келді.")
    air.end()
    _, correction = air.desk.correct_events(
        "source",
        first,
        last,
        "Бүгін Қасым Жомарт Тоқайев келді.",
        "Бүгін Қасым-Жомарт Тоқаев келді.",
    )
    assert air.text() == "Бүгін Қасым-Жомарт Тоқаев келді."
    assert air.cue_lines() == ["Бүгін Қасым-Жомарт Тоқаев келді."]
    assert {text.event_id for text in correction.texts} == {first, last}


def test_a_cue_that_is_finished_after_the_correction_is_corrected_at_once() -> None:
    air = Air()
    first = air.say("Бүгін Алмаоты қаласында")
    air.desk.correct_events(
        "source", first, first, "Бүгін Алмаоты қаласында", "Бүгін Алматы қаласында"
    )
    air.say("жиын өтті.")
    air.end()
    kinds = [type(event.body).__name__ for event in air.events]
    assert kinds == ["CommittedText", "Corrected", "CommittedText", "CueReady", "Corrected"]
    assert air.cue_lines() == ["Бүгін Алматы қаласында жиын өтті."]


def test_a_cue_is_corrected_by_its_index() -> None:
    air = Air()
    air.say("Бірінші сөйлем осында бітті. Екінші")
    air.say("сөйлем де осында бітті.")
    air.end()
    assert air.cue_lines() == ["Бірінші сөйлем осында бітті.", "Екінші сөйлем де осында бітті."]
    air.desk.correct_cue("source", 2, "Екінші сөйлем де осында бітті.", "Екінші де бітті.")
    assert air.cue_lines() == ["Бірінші сөйлем осында бітті.", "Екінші де бітті."]
    assert air.text() == "Бірінші сөйлем осында бітті. Екінші де бітті."
    air.desk.correct_cue("source", 2, "Екінші де бітті.", "")
    assert air.cue_lines() == ["Бірінші сөйлем осында бітті.", ""]


def test_what_was_taken_away_can_be_put_back() -> None:
    air = Air()
    first = air.say("айтылмаған сөз")
    air.desk.correct_events("source", first, first, "айтылмаған сөз", "")
    assert air.text() == ""
    air.desk.correct_events("source", first, first, "", "айтылған сөз")
    assert air.text() == "айтылған сөз"


def test_tracks_are_apart_and_what_is_not_kept_is_not_found() -> None:
    air = Air(history=2)
    first = air.say("бір", "kk")
    with pytest.raises(NotFound):
        air.desk.correct_events("source", first, first, "бір", "екі")
    air.desk.correct_events("kk", first, first, "бір", "екі")
    air.say("тағы")
    with pytest.raises(NotFound):
        air.desk.correct_events("kk", first, first, "екі", "үш")
    with pytest.raises(NotFound):
        air.desk.correct_cue("kk", 7, "", "үш")


def test_a_correction_spans_so_many_events_and_no_more() -> None:
    air = Air()
    ids = [air.say("сөз") for _ in range(60)]
    with pytest.raises(InvalidArgument, match="limit 50"):
        air.desk.correct_events("source", ids[0], ids[-1], "", "")


def test_controls_are_told_once_with_the_state_that_they_make() -> None:
    air = Air()
    assert air.desk.control(ControlAction.HOLD, "Олег") == CaptionState(held=True)
    air.desk.control(ControlAction.HOLD)
    air.desk.control(ControlAction.CLEAR)
    air.desk.control(ControlAction.KILL)
    air.desk.control(ControlAction.UNLABEL)
    assert air.desk.captions == CaptionState(held=True, killed=True, unlabelled=True)
    air.desk.control(ControlAction.RELEASE)
    air.desk.control(ControlAction.RESTORE)
    assert air.desk.control(ControlAction.LABEL) == CaptionState()
    bodies = [event.body for event in air.events]
    assert [b.action.value for b in bodies if isinstance(b, Controlled)] == [
        "hold", "clear", "kill", "unlabel", "release", "restore", "label",
    ]  # fmt: skip
    assert bodies[0] == Controlled(ControlAction.HOLD, CaptionState(held=True), "Олег")


def test_nothing_is_done_to_a_session_that_has_ended() -> None:
    air = Air()
    first = air.say("сөз")
    air.log.close()
    with pytest.raises(FailedPrecondition):
        air.desk.correct_events("source", first, first, "сөз", "сөздер")
    with pytest.raises(FailedPrecondition):
        air.desk.control(ControlAction.HOLD)


WORDS = st.lists(st.sampled_from(["алма", "ат", "ә", "жаңа", "сөз.", "бір"]), max_size=8)


@given(before=WORDS.filter(bool), after=WORDS)
def test_words_keep_their_order_and_stay_within_the_time_that_was(
    before: list[str], after: list[str]
) -> None:
    said = [(n // 3, Word(text, n * 100, n * 100 + 90, 0.5)) for n, text in enumerate(before)]
    placed = redistribute(said, after)
    assert [word.text for _, word in placed] == after
    assert [owner for owner, _ in placed] == sorted(owner for owner, _ in placed)
    starts = [word.start for _, word in placed]
    assert starts == sorted(starts)
    assert all(0 <= word.start <= word.end <= said[-1][1].end for _, word in placed)


@example([(0, 0, ["алма", "ат"]), (0, 1, ["алма"] * 7), (1, 0, ["ат"])])
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), WORDS), min_size=1, max_size=6))
def test_cues_say_what_the_text_says_whatever_is_corrected(
    edits: list[tuple[int, int, list[str]]],
) -> None:
    air = Air()
    ids: list[int] = []
    for first, length, wanted in edits:
        ids.append(air.say("бұл сөйлем осылай. Айтылды"))
        first = min(first, len(ids) - 1)
        last = min(first + length, len(ids) - 1)
        said = dict.fromkeys(ids[first : last + 1], "бұл сөйлем осылай. Айтылды")
        for event in air.events:
            if isinstance(event.body, Corrected):
                said |= {t.event_id: t.text for t in event.body.texts if t.event_id in said}
        expected = " ".join(text for text in said.values() if text)
        air.desk.correct_events("source", ids[first], ids[last], expected, " ".join(wanted))
    air.end()
    assert " ".join(line for line in air.cue_lines() if line) == air.text()
