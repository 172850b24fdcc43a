"""What slow watchers get of several tracks."""

from __future__ import annotations

from foundation.speech import Word
from streaming.session_events import CommittedText, TentativeText
from streaming.watchers import EventLog


def tentative(text: str) -> TentativeText:
    return TentativeText((Word(text, 0, 1, 1.0),), "kk")


def committed(text: str) -> CommittedText:
    return CommittedText((Word(text, 0, 1, 1.0),), "kk")


async def shown(log: EventLog, limit: int = 100) -> list[tuple[str, str]]:
    """What a watcher reads who comes to it only when all is over."""
    watcher = log.subscribe()
    for number in range(3):
        log.publish("source", 0.0, tentative(f"s{number}"))
        log.publish("kk", 0.0, tentative(f"k{number}"))
    log.publish("kk", 0.0, committed("done"))
    log.publish("kk", 0.0, tentative("k3"))
    log.close()
    events = [event async for event in watcher]
    return [
        (event.track, event.body.words[0].text)
        for event in events
        if isinstance(event.body, TentativeText | CommittedText)
    ]


async def test_only_the_last_tentative_text_of_each_track_waits() -> None:
    assert await shown(EventLog(10, 100)) == [
        ("source", "s2"),
        ("kk", "k2"),
        ("kk", "done"),
        ("kk", "k3"),
    ]


async def test_a_full_queue_keeps_what_is_committed() -> None:
    assert await shown(EventLog(10, 1)) == [("kk", "done")]
