"""Looking on at a session as an output: late, slowly, and after its beginning is forgotten."""

from __future__ import annotations

import pytest

from foundation.media_time import from_seconds
from foundation.speech import Word
from streaming.cues.presets import load_preset
from streaming.delivery.gated import GatedEvents
from streaming.operator_desk import OperatorDesk
from streaming.session_events import (
    CommittedText,
    ControlAction,
    Controlled,
    SessionEvent,
)
from streaming.watchers import EventLog, Subscription

ACTION = ControlAction


class Session:
    """What an output sees of a session, and words said into it a second at a time."""

    def __init__(self, history: int = 100, queue: int = 100) -> None:
        self.log = EventLog(history, queue)
        self.desk = OperatorDesk(self.log, lambda: 0.0, load_preset("overlay-live"), "source")
        self._now = 0

    def subscribe(self, after_event: int = 0) -> Subscription:
        return self.log.subscribe(after_event)

    def unsubscribe(self, subscription: Subscription) -> None:
        self.log.unsubscribe(subscription)

    def say(self, *texts: str) -> None:
        for text in texts:
            word = Word(text, self._now, self._now + from_seconds(1), 0.9)
            self._now += from_seconds(1)
            self.desk.publish("source", CommittedText((word,), "kk"))

    def watch(self, after: int = 0) -> GatedEvents:
        return GatedEvents(self, after, self.desk.captions)


def told(events: list[SessionEvent]) -> list[str]:
    out = []
    for event in events:
        if isinstance(event.body, CommittedText):
            out.append(f"{event.event_id} {event.body.words[0].text}")
        elif isinstance(event.body, Controlled):
            out.append(f"{event.event_id} {event.body.action}")
    return out


async def rest(gated: GatedEvents) -> list[str]:
    return told([event async for event in gated])


async def test_one_that_comes_late_gets_the_past_then_what_is_new() -> None:
    session = Session()
    session.say("бір", "екі")
    gated = session.watch()
    assert told(gated.past()) == ["1 бір", "2 екі"]
    session.say("үш")
    session.log.close()
    assert await rest(gated) == ["3 үш"]


async def test_what_was_held_back_comes_to_one_that_wanted_only_what_is_new() -> None:
    session = Session()
    session.say("бір")
    session.desk.control(ACTION.HOLD)
    session.say("екі")
    gated = session.watch(session.desk.last_event_id)
    assert gated.past() == []
    session.say("үш")
    session.desk.control(ACTION.RELEASE)
    session.log.close()
    assert await rest(gated) == ["3 екі", "4 үш", "5 release"]
    assert gated.dropped == 0


async def test_a_slow_one_reads_on_from_what_is_kept() -> None:
    session = Session(history=100, queue=3)
    gated = session.watch()
    session.desk.control(ACTION.KILL)
    session.say(*"абвгд")
    session.desk.control(ACTION.RESTORE)
    session.say(*"еж")
    session.log.close()
    assert await rest(gated) == ["1 kill", "7 restore", "8 е", "9 ж"]
    assert gated.dropped == 0


async def test_one_that_is_slower_than_that_is_told_how_much_it_missed() -> None:
    session = Session(history=4, queue=2)
    gated = session.watch()
    session.say(*"абвгде")
    session.log.close()
    assert await rest(gated) == ["3 в", "4 г", "5 д", "6 е"]
    assert gated.dropped == 2


@pytest.mark.parametrize(
    ("first", "then", "seen"),
    [
        (ACTION.KILL, ACTION.RESTORE, ["5 restore", "6 кейін"]),
        (ACTION.HOLD, ACTION.RELEASE, ["3 б", "4 в", "5 release", "6 кейін"]),
    ],
)
async def test_an_act_that_is_no_longer_kept_is_known_by_what_followed(
    first: ControlAction, then: ControlAction, seen: list[str]
) -> None:
    session = Session(history=4)
    session.desk.control(first)
    session.say("а", "б", "в")
    session.desk.control(then)
    session.say("кейін")
    gated = session.watch()
    assert told(gated.past()) == seen
    assert gated.dropped == 2


async def test_an_act_that_nothing_tells_of_is_known_by_how_things_stand() -> None:
    session = Session(history=2)
    session.desk.control(ACTION.KILL)
    session.say("а", "б", "в")
    assert session.watch().past() == []
