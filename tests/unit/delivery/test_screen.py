from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from foundation.media_time import TICKS_PER_SECOND as SECOND
from streaming.cues.model import Cue
from streaming.delivery.context import NoReport
from streaming.delivery.screen import Change, Screen
from streaming.session_events import (
    CaptionState,
    Cleared,
    ControlAction,
    Controlled,
    Corrected,
    CueReady,
    SessionEvent,
    SessionEventBody,
)


def cue(index: int, start: float, end: float, text: str = "") -> Cue:
    times = round(start * SECOND), round(end * SECOND)
    return Cue(index, *times, (text or f"cue {index}",), "kk")


def event(
    body: SessionEventBody, event_id: int = 1, wall: float = 0, track: str = "kk"
) -> SessionEvent:
    return SessionEvent(event_id, wall, track, body)


class Told(NoReport):
    def __init__(self) -> None:
        self.shown_cues: list[Cue] = []
        self.lost_cues: list[tuple[Cue, str]] = []

    def shown(self, track: str, cue: Cue, at: object = None) -> None:
        self.shown_cues.append(cue)

    def lost(self, track: str, cue: Cue, reason: str) -> None:
        self.lost_cues.append((cue, reason))


class Played:
    """A screen that is asked in steps, as an output asks it."""

    def __init__(self, *tracks: str) -> None:
        self.report = Told()
        self.works = True
        self.screen = Screen(tracks or ("kk",), self.report, works=lambda: self.works)
        self.heard = 0.0

    def take(self, body: SessionEventBody, **fields: object) -> None:
        self.screen.take(event(body, **fields), round(self.heard * SECOND))  # type: ignore[arg-type]

    def control(self, action: ControlAction, **captions: bool) -> None:
        self.take(Controlled(action, CaptionState(**captions)))

    def to(self, seconds: float) -> list[tuple[float, str, bool]]:
        return [seen(change) for change in self.screen.advance(round(seconds * SECOND))]


def seen(change: Change) -> tuple[float, str, bool]:
    text = change.cue.text if change.cue is not None else ""
    return round(change.time / SECOND, 3), text, change.at_once


def test_cues_come_and_go_at_their_times() -> None:
    played = Played()
    for each in (cue(2, 5, 7), cue(1, 2, 4), cue(3, 7, 8)):
        played.take(CueReady(each))
    assert played.to(1) == []
    assert played.to(6) == [(2, "cue 1", False), (4, "", False), (5, "cue 2", False)]
    assert played.to(9) == [(7, "cue 3", False), (8, "", False)]
    assert played.to(3) == []  # time does not go back
    assert [each.index for each in played.report.shown_cues] == [1, 2, 3]
    assert played.screen.counts["kk"].on_time == 3


def test_tracks_are_apart_and_others_are_passed_over() -> None:
    played = Played("kk", "ru")
    played.take(CueReady(cue(1, 1, 2, "а")), track="ru")
    played.take(CueReady(cue(1, 1, 2, "б")), track="kk")
    played.take(CueReady(cue(1, 1, 2, "в")), track="en")
    assert sorted(played.to(1)) == [(1, "а", False), (1, "б", False)]


def test_late_cues_are_shown_later_or_reported_lost() -> None:
    played = Played()
    played.to(10)
    played.take(CueReady(cue(1, 8, 13)))  # some of it is left
    assert played.to(11) == [(10, "cue 1", False)]
    assert played.to(13) == [(13, "", False)]
    played.take(CueReady(cue(2, 10, 12)))
    played.take(CueReady(cue(3, 11, 12.5)))
    assert played.to(13.5) == [(13, "cue 2", False)]
    assert [text for _, text, _ in played.to(20)] == ["cue 3", ""]
    played.to(40)
    given = cue(4, 20, 22)
    played.take(CueReady(given))
    assert played.to(60) == []
    assert played.report.lost_cues == [(given, "too late")]
    counts = played.screen.counts["kk"]
    assert (counts.on_time, counts.late, counts.lost) == (0, 3, 1)
    assert [each.start for each in played.report.shown_cues] == [
        8 * SECOND,
        10 * SECOND,
        11 * SECOND,
    ]


def test_a_cue_never_overtakes_one_that_was_put_off() -> None:
    played = Played()
    played.to(10)
    played.take(CueReady(cue(1, 6, 9)))
    played.take(CueReady(cue(2, 9, 10.5)))
    played.take(CueReady(cue(3, 10.5, 16)))
    played.take(CueReady(cue(4, 16, 17)))
    shown = [(at, text) for at, text, _ in played.to(20)]
    assert shown == [(10, "cue 1"), (13, "cue 2"), (14.5, "cue 3"), (16, "cue 4"), (17, "")]


def test_a_correction_reaches_what_waits_and_what_stands() -> None:
    played = Played()
    for each in (cue(1, 1, 5), cue(2, 5, 9), cue(3, 9, 12)):
        played.take(CueReady(each))
    played.to(2)
    fixed = [cue(1, 0, 99, "түзетілді"), cue(2, 0, 99, "екінші"), replace(cue(3, 9, 12), lines=())]
    played.take(Corrected((), tuple(fixed)))
    assert played.to(2) == [(2, "түзетілді", True)]
    assert played.to(20) == [(5, "екінші", False), (9, "", False)]
    played.take(Corrected((), (cue(2, 5, 9, "кеш"),)))  # it is over
    assert played.to(21) == []


def test_a_correction_may_take_away_what_stands() -> None:
    played = Played()
    played.take(CueReady(cue(1, 1, 5)))
    played.to(2)
    played.take(Corrected((), (replace(cue(1, 1, 5), lines=()),)))
    assert played.to(3) == [(3, "", True)]


def test_clear_takes_away_what_stands_and_nothing_else() -> None:
    played = Played()
    played.take(CueReady(cue(1, 1, 5)))
    played.take(CueReady(cue(2, 6, 9)))
    played.to(2)
    played.control(ControlAction.CLEAR)
    assert played.to(2.5) == [(2.5, "", True)]
    assert played.to(6) == [(6, "cue 2", False)]
    played.heard = 8
    played.take(Cleared())  # the feed is lost, but its picture is shown up to 8
    assert played.to(7) == []
    played.heard = 7
    played.take(Cleared())
    assert played.to(7) == [(7, "", True)]
    played.take(Cleared())
    assert played.to(8) == []  # it is empty


def test_an_act_that_comes_twice_is_done_once() -> None:
    played = Played()
    played.take(CueReady(cue(1, 1, 5)))
    played.take(CueReady(cue(2, 5, 9)))
    played.to(2)
    clear = Controlled(ControlAction.CLEAR, CaptionState(held=True))
    played.take(clear, event_id=0, wall=4.0)
    assert played.to(3) == [(3, "", True)]
    played.control(ControlAction.RELEASE)
    assert played.to(6) == [(5, "cue 2", False)]
    played.take(clear, event_id=7, wall=4.0)
    assert played.to(7) == []
    played.take(clear, event_id=8, wall=5.0)
    assert played.to(8) == [(8, "", True)]


def test_killed_nothing_is_shown_and_nothing_of_it_comes_later() -> None:
    played = Played()
    played.take(CueReady(cue(1, 1, 5)))
    played.take(CueReady(cue(2, 6, 9)))
    played.to(2)
    played.heard = 8
    played.control(ControlAction.KILL, killed=True)
    assert played.to(2) == [(2, "", True)]
    played.take(CueReady(cue(3, 9, 11)))
    played.heard = 12
    played.control(ControlAction.RESTORE)
    played.take(CueReady(cue(4, 11, 13)))  # said while killed
    played.take(CueReady(cue(5, 13, 15)))
    assert played.to(20) == [(13, "cue 5", False), (15, "", False)]


def test_held_nothing_new_appears_and_what_is_left_comes_after() -> None:
    played = Played()
    played.take(CueReady(cue(1, 1, 3)))
    played.take(CueReady(cue(2, 4, 9)))
    played.to(2)
    played.control(ControlAction.HOLD, held=True)
    assert played.to(6) == [(3, "", False)]
    played.control(ControlAction.RELEASE)
    assert played.to(7) == [(6, "cue 2", False)]
    played.take(CueReady(cue(3, 9, 10)))
    played.control(ControlAction.HOLD, held=True)
    played.to(40)
    played.control(ControlAction.RELEASE)
    assert played.to(41) == []
    assert played.report.lost_cues == [(cue(3, 9, 10), "held too long")]


def test_operators_say_whether_cues_are_marked() -> None:
    screen = Screen(["kk"], captions=CaptionState(unlabelled=True))
    assert screen.unlabelled
    screen.take(event(Controlled(ControlAction.LABEL, CaptionState())), 0)
    assert not screen.unlabelled


def test_what_does_not_reach_its_target_is_reported_lost() -> None:
    played = Played()
    played.works = False
    played.take(CueReady(cue(1, 1, 3)))
    played.to(2)
    assert [reason for _, reason in played.report.lost_cues] == ["the target is not reached"]


cues = st.builds(
    lambda index, start, length: Cue(index, start, start + length, (f"{index}",), "kk"),
    st.integers(1, 50),
    st.integers(0, 30 * SECOND),
    st.integers(1, 7 * SECOND),
)


@given(st.lists(st.one_of(cues, st.integers(0, 60 * SECOND)), max_size=40))
def test_no_cue_stands_for_ever_and_changes_are_in_order(steps: list[Cue | int]) -> None:
    screen = Screen(["kk"])
    changes: list[Change] = []
    for step in steps:
        if isinstance(step, Cue):
            screen.take(event(CueReady(step)), 0)
        else:
            changes += screen.advance(step)
    changes += screen.advance(10_000 * SECOND)
    times = [change.time for change in changes]
    assert times == sorted(times)
    if changes:
        assert changes[-1].cue is None
    for change in changes:
        assert change.cue is None or change.until > change.time
