"""Who may draw, who waits, and what they are told."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import ResourceExhausted, Unavailable
from services.image_generation.line import Line, LineLimits, Place

MANY = LineLimits(server=100, tenant=100)


def started(places: list[Place]) -> list[bool]:
    return [place.started for place in places]


def test_a_model_draws_one_at_a_time_and_a_worker_is_left() -> None:
    line = Line(2, MANY)
    places = [line.join("t", model) for model in ("a", "a", "b", "c", "a")]
    assert started(places) == [True, False, True, False, False]
    assert [place.before for place in places] == [0, 1, 0, 2, 3]
    line.leave(places[2])
    # The second waits for its model, the fourth did for a worker.
    assert started(places) == [True, False, True, True, False]
    line.leave(places[0])
    assert places[1].started
    assert places[4].before == 1


def test_what_is_drawn_frees_its_worker_and_still_counts() -> None:
    line = Line(1, LineLimits(server=2, tenant=2))
    first, second = line.join("t", "a"), line.join("t", "a")
    line.drawn(first)
    assert second.started
    with pytest.raises(ResourceExhausted):
        line.join("t", "a")
    line.leave(first)
    assert line.join("t", "a").before == 1


async def test_those_who_wait_hear_of_every_change() -> None:
    line = Line(1, MANY)
    first, second, third = (line.join("t", "a") for _ in range(3))
    told: list[int] = []

    async def listen() -> None:
        async for before in line.waiting(third):
            told.append(before)
            changed.set()

    changed = asyncio.Event()
    listening = asyncio.create_task(listen())
    await changed.wait()
    changed.clear()
    line.leave(second)
    await changed.wait()
    line.leave(first)
    await listening
    assert told == [2, 1]
    assert [before async for before in line.waiting(third)] == []


def test_limits_say_what_is_full() -> None:
    line = Line(1, LineLimits(server=3, tenant=2))
    places = [line.join("a", "m"), line.join("a", "m")]
    with pytest.raises(ResourceExhausted, match=r"2 of your generations .* limit is 2") as caught:
        line.join("a", "m")
    assert caught.value.subject == "images.tenant"
    line.join("b", "m")
    with pytest.raises(ResourceExhausted, match=r"3 generations .* limit is 3") as caught:
        line.join("c", "m")
    assert caught.value.subject == "images.server"
    line.leave(places[0])
    line.leave(places[0])  # a second time is no harm
    assert line.length == 2
    line.join("a", "m")


async def test_a_closed_line_sends_away_who_waits() -> None:
    line = Line(1, MANY)
    first, second = line.join("t", "a"), line.join("t", "a")
    line.close()
    with pytest.raises(Unavailable):
        _ = [before async for before in line.waiting(second)]
    with pytest.raises(Unavailable):
        line.join("t", "a")
    emptied = asyncio.create_task(line.emptied())
    line.leave(second)
    await asyncio.sleep(0)
    assert not emptied.done()
    line.leave(first)
    await emptied
    assert not second.started


@given(
    st.integers(1, 3),
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5)), max_size=30),
)
def test_nobody_is_forgotten_and_nobody_too_many(slots: int, acts: list[tuple[str, int]]) -> None:
    line = Line(slots, MANY)
    here: list[Place] = []
    for model, leaves in acts:
        here.append(line.join("t", model))
        if leaves < len(here):
            line.leave(here.pop(leaves))
        drawing = [place for place in here if place.started]
        assert len(drawing) <= slots
        assert len({place.model for place in drawing}) == len(drawing)
        # Whoever waits has a reason to.
        for place in here:
            if not place.started:
                busy = place.model in {one.model for one in drawing}
                assert busy or len(drawing) == slots
                assert place.before >= 1
    while here:
        drawing = [place for place in here if place.started]
        assert drawing
        line.leave(drawing[0])
        here.remove(drawing[0])
    assert line.length == 0
