"""Fan-out: everybody gets every line in order, and whoever does not read is dropped alone."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.channel import LINES_AT_ONCE, Channel, Viewer
from services.gateway.lines import Line


def line(number: int, track: str = "source", *, tentative: bool = False) -> Line:
    return Line(0 if tentative else number, track, f"{track} {number}", tentative)


async def read_all(viewer: Viewer) -> list[str]:
    texts: list[str] = []
    while lines := await viewer.read():
        texts += [line.text for line in lines]
    return texts


async def test_a_viewer_that_does_not_read_is_dropped_alone() -> None:
    channel = Channel(history=1000, viewer_queue=10)
    slow, quick = channel.join(), channel.join()
    taken: list[str] = []
    for number in range(1, 31):
        channel.publish(line(number))
        taken += [line.text for line in await quick.read()]
    assert slow.dropped
    assert not quick.dropped
    assert taken == [f"source {number}" for number in range(1, 31)]
    assert await slow.read() == []
    assert channel.viewers == 1


async def test_a_dropped_viewer_resumes_where_it_was() -> None:
    channel = Channel(history=1000, viewer_queue=10)
    slow = channel.join()
    channel.publish(line(1))
    assert [line.event_id for line in await slow.read()] == [1]
    for number in range(2, 20):
        channel.publish(line(number))
    assert slow.dropped
    again = channel.join(after=slow.resume_after)
    channel.close()
    assert await read_all(again) == [f"source {number}" for number in range(2, 20)]


async def test_a_late_viewer_gets_a_long_past_in_portions_and_is_not_dropped_for_it() -> None:
    channel = Channel(history=1000, viewer_queue=10)
    for number in range(1, 301):
        channel.publish(line(number))
    late = channel.join()
    channel.publish(line(301))
    assert not late.dropped
    first = await late.read()
    assert len(first) == LINES_AT_ONCE
    channel.close()
    assert len(await read_all(late)) == 301 - LINES_AT_ONCE


async def test_tentative_text_is_replaced_and_not_kept() -> None:
    channel = Channel(history=10, viewer_queue=10)
    viewer = channel.join()
    for number in range(50):
        channel.publish(line(number, tentative=True))
    channel.publish(line(1))
    late = channel.join()
    channel.close()
    assert await read_all(viewer) == ["source 49", "source 1"]
    assert await read_all(late) == ["source 1"]


async def test_tracks_past_and_greeting() -> None:
    channel = Channel(history=10, viewer_queue=10)
    for number, track in enumerate(["source", "kk", "", "kk", "ru", "kk"], start=1):
        channel.publish(line(number, track))
    viewer = channel.join(last=2, tracks=["kk"], greeting=Line(0, "", "hello"))
    channel.publish(line(7, "ru"))
    channel.publish(line(8, ""))
    channel.close()
    assert await read_all(viewer) == ["hello", "kk 4", "kk 6", " 8"]


async def test_what_was_forgotten_is_known() -> None:
    channel = Channel(history=3, viewer_queue=10)
    for number in range(1, 7):
        channel.publish(line(number))
    assert channel.lacks(after=2)
    assert not channel.lacks(after=3)
    assert not channel.lacks(after=0)


async def test_a_waiting_viewer_wakes_when_the_channel_ends() -> None:
    channel = Channel(history=3, viewer_queue=10)
    viewer = channel.join()
    reading = asyncio.create_task(viewer.read())
    await asyncio.sleep(0)
    channel.close()
    assert await reading == []
    assert await channel.join().read() == []


@given(st.lists(st.tuples(st.sampled_from(["source", "kk", "ru", ""]), st.booleans()), max_size=60))
def test_a_reader_that_resumes_at_any_line_gets_the_rest(kinds: list[tuple[str, bool]]) -> None:
    async def check() -> None:
        channel = Channel(history=1000, viewer_queue=1000)
        number = 0
        for track, tentative in kinds:
            number += not tentative
            channel.publish(line(number, track, tentative=tentative))
        whole = channel.join()
        channel.close()
        texts = await read_all(whole)
        for after in range(number + 1):
            rest = await read_all(channel.join(after=after))
            assert rest == texts[after:]

    asyncio.run(check())
