from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import InvalidArgument, Unavailable
from workers.interface import Priority, Task
from workers.scheduling import Entry, QueueClosed, QueueLimits, TaskQueue

MANY = QueueLimits(1000, 1000, 1000)


def entry(
    model: str = "m", priority: Priority = Priority.LIVE, session: str | None = None
) -> Entry:
    return Entry(Task(model, "x", None, priority, session=session))


entries = st.lists(
    st.builds(
        entry, st.sampled_from("abc"), st.sampled_from(Priority), st.sampled_from([None, "s", "t"])
    ),
    max_size=25,
)


@given(entries, st.data())
def test_every_entry_runs_once_under_the_rules(put: list[Entry], data: st.DataObject) -> None:
    """A random mix of takes, finishes and withdrawals against the rules stated one by one."""
    queue: TaskQueue[Entry] = TaskQueue(MANY, {"a": 1, "b": 2, "c": None}.get)
    for each in put:
        queue.put(each)
    waiting, running, gone = list(put), list[Entry](), list[Entry]()

    def may_run(one: Entry) -> bool:
        session, model = one.task.session, one.task.model
        limit = {"a": 1, "b": 2, "c": 99}[model]
        if sum(r.task.model == model for r in running) >= limit:
            return False
        if session is None:
            return True
        line = [w for w in waiting if w.task.session == session]
        return line[0] is one and all(r.task.session != session for r in running)

    while waiting or running:
        ready = [w for w in waiting if may_run(w)]
        if not ready:
            assert queue.take(timeout=0) is None
        # Each action moves an entry on: what is drawn is bounded by the entries.
        possible = (
            ["take"] * bool(ready) + ["finish"] * bool(running) + ["withdraw"] * bool(waiting)
        )
        action = data.draw(st.sampled_from(possible))
        if action == "take":
            wanted = min(ready, key=lambda w: w.task.priority)
            assert queue.take(timeout=0) is wanted
            waiting.remove(wanted)
            running.append(wanted)
        elif action == "finish":
            done = data.draw(st.sampled_from(running))
            assert not queue.withdraw(done)
            queue.finish(done)
            running.remove(done)
            gone.append(done)
        else:
            back = data.draw(st.sampled_from(waiting))
            assert queue.withdraw(back)
            assert not queue.withdraw(back)
            waiting.remove(back)
            gone.append(back)
        assert (queue.queued, queue.running) == (len(waiting), len(running))
    assert len(gone) == len(put)


@given(entries)
def test_close_hands_back_what_waits_in_order(put: list[Entry]) -> None:
    queue: TaskQueue[Entry] = TaskQueue(MANY)
    for each in put:
        queue.put(each)
    taken = queue.take(timeout=0)
    assert queue.close() == [e for e in put if e is not taken]
    assert queue.close() == []
    with pytest.raises(QueueClosed):
        queue.take()
    with pytest.raises(Unavailable):
        queue.put(entry())
    if taken is not None:
        queue.finish(taken)
    assert (queue.queued, queue.running) == (0, 0)


def test_a_picky_taker_leaves_batch() -> None:
    queue: TaskQueue[Entry] = TaskQueue(MANY, picky=True)
    batch = entry(priority=Priority.BATCH)
    queue.put(batch)
    assert queue.take(Priority.INTERACTIVE, timeout=0) is None
    assert queue.take(timeout=0) is batch


def test_only_a_taken_entry_is_finished() -> None:
    queue: TaskQueue[Entry] = TaskQueue(MANY)
    one = entry()
    queue.put(one)
    with pytest.raises(RuntimeError):
        queue.finish(one)


def test_wake_lets_a_waiting_taker_look_again() -> None:
    limits = {"m": 1}
    queue: TaskQueue[Entry] = TaskQueue(MANY, limits.get)
    first, second = entry(), entry()
    queue.put(first)
    queue.put(second)
    assert queue.take() is first
    assert queue.take(timeout=0) is None
    taken: list[Entry | None] = []
    taker = threading.Thread(target=lambda: taken.append(queue.take(timeout=20)))
    taker.start()
    limits["m"] = 2
    queue.wake()
    taker.join(20)
    assert taken == [second]


def test_limits_are_positive() -> None:
    with pytest.raises(InvalidArgument, match=r"queue_limits\.batch"):
        QueueLimits(batch=0)


def taken_with_partners(queue: TaskQueue[Entry], most: int, takers: int) -> list[Entry]:
    first = queue.take(timeout=0)
    assert first is not None
    return [first, *queue.take_partners(first, lambda one: True, most, takers)]


def test_partners_are_of_one_model_and_priority_and_other_sessions() -> None:
    queue: TaskQueue[Entry] = TaskQueue(MANY)
    first, same_session = entry(session="a"), entry(session="a")
    other_model, other_priority = entry("n"), entry(priority=Priority.BATCH)
    partner, last = entry(session="b"), entry()
    for each in (first, same_session, other_model, other_priority, partner, last):
        queue.put(each)
    batch = taken_with_partners(queue, most=7, takers=1)
    assert batch == [first, partner, last]
    assert (queue.queued, queue.running) == (3, 3)
    assert not queue.withdraw(partner)
    for each in batch:
        queue.finish(each)
    assert queue.take(timeout=0) is same_session


def test_partners_are_a_takers_share() -> None:
    queue: TaskQueue[Entry] = TaskQueue(MANY)
    put = [entry() for _ in range(6)]
    for each in put:
        queue.put(each)
    assert taken_with_partners(queue, most=7, takers=2) == put[:3]
    assert taken_with_partners(queue, most=1, takers=1) == put[3:5]


def test_one_that_does_not_fit_stays_in_the_queue() -> None:
    queue: TaskQueue[Entry] = TaskQueue(MANY)
    first, second = entry(), entry()
    queue.put(first)
    queue.put(second)
    assert queue.take(timeout=0) is first
    assert queue.take_partners(first, lambda one: False, 7, 1) == []
    assert queue.take(timeout=0) is second
