from __future__ import annotations

import numpy as np
import pytest

from foundation.errors import (
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    ResourceExhausted,
)
from foundation.speech import SAMPLE_RATE, StreamHypothesis, StreamOpening, StreamStep
from models.engines.base import CallContext
from tests.unit.recognition.number_engine import NumberEngine
from tests.unit.recognition.test_live_recognizer_unit import pause, speak

CONTEXT = CallContext()


def opened(engine: NumberEngine, *names: str) -> NumberEngine:
    for name in names:
        engine.open_stream(StreamOpening(name, ("en",)), CONTEXT)
    return engine


def texts(*answers: StreamHypothesis) -> list[str]:
    return [word.text for answer in answers for word in answer.committed]


def step(
    engine: NumberEngine, name: str, position: int, first: int, last: bool = False
) -> list[str]:
    piece = StreamStep(name, position, speak(first, 2), last)
    return texts(engine.step_stream(piece, CONTEXT))


def test_words_are_committed_once_and_the_last_at_the_end() -> None:
    engine = opened(NumberEngine(), "a")
    assert step(engine, "a", 0, 1) == ["w1"]
    assert step(engine, "a", SAMPLE_RATE, 3) == ["w2", "w3"]
    assert step(engine, "a", 2 * SAMPLE_RATE, 5, last=True) == ["w4", "w5", "w6"]
    assert engine.open_streams == 0


def test_a_step_sent_again_is_answered_again_and_changes_nothing() -> None:
    engine = opened(NumberEngine(), "a")
    first = StreamStep("a", 0, speak(1, 2))
    answer = engine.step_stream(first, CONTEXT)
    assert engine.step_stream(first, CONTEXT) is answer
    last = StreamStep("a", SAMPLE_RATE, speak(3, 1), last=True)
    answer = engine.step_stream(last, CONTEXT)
    assert texts(answer) == ["w2", "w3"]
    assert engine.step_stream(last, CONTEXT) is answer, "also after the end"
    assert engine.batches == [1, 1]


def test_a_step_that_does_not_follow_is_refused() -> None:
    engine = opened(NumberEngine(), "a")
    step(engine, "a", 0, 1)
    with pytest.raises(InvalidArgument, match="position: 5 does not follow: 16000"):
        step(engine, "a", 5, 3)
    step(engine, "a", SAMPLE_RATE, 3, last=True)
    with pytest.raises(InvalidArgument, match="the stream has ended"):
        step(engine, "a", 2 * SAMPLE_RATE, 5)


def test_streams_of_a_batch_do_not_mix() -> None:
    engine = opened(NumberEngine(), "a", "b")
    pieces = [
        [StreamStep(name, n * SAMPLE_RATE, speak(base + 2 * n, 2), n == 2) for n in range(3)]
        for name, base in (("a", 1), ("b", 101))
    ]
    answers = [
        engine.call_batch("step_stream", steps, [CONTEXT, CONTEXT])
        for steps in zip(*pieces, strict=True)
    ]
    assert engine.batches == [2, 2, 2]
    assert texts(*(answer[0] for answer in answers)) == [f"w{n}" for n in range(1, 7)]
    assert texts(*(answer[1] for answer in answers)) == [f"w{n}" for n in range(101, 107)]


def test_a_fault_in_a_batch_changes_no_stream() -> None:
    faults = [RuntimeError("once")]

    def fail_once(piece: StreamStep) -> None:
        if piece.stream == "b" and faults:
            raise faults.pop()

    engine = opened(NumberEngine(fail_once), "a", "b")
    pieces = [StreamStep(name, 0, speak(1, 2)) for name in "ab"]
    with pytest.raises(RuntimeError, match="once"):
        engine.call_batch("step_stream", pieces, [CONTEXT, CONTEXT])
    assert [texts(engine.step_stream(piece, CONTEXT)) for piece in pieces] == [["w1"], ["w1"]]


def test_a_batch_with_a_lost_stream_is_refused_as_a_whole() -> None:
    engine = opened(NumberEngine(), "a")
    pieces = [StreamStep(name, 0, speak(1, 2)) for name in ("a", "gone")]
    with pytest.raises(NotFound, match="no stream 'gone'"):
        engine.call_batch("step_stream", pieces, [CONTEXT, CONTEXT])
    assert texts(engine.step_stream(pieces[0], CONTEXT)) == ["w1"]
    with pytest.raises(InvalidArgument, match="twice in one batch"):
        engine.call_batch("step_stream", [pieces[0]] * 2, [CONTEXT, CONTEXT])


def test_streams_are_bounded_and_idle_ones_make_room() -> None:
    now = [0.0]
    engine = opened(NumberEngine(max_streams=2, clock=lambda: now[0]), "a", "b")
    with pytest.raises(ResourceExhausted, match="2 of 2 streams") as refused:
        opened(engine, "c")
    assert refused.value.retry_after is not None
    now[0] = 50.0
    step(engine, "b", 0, 1)
    now[0] = 70.0
    opened(engine, "c")
    step(engine, "b", SAMPLE_RATE, 3)
    with pytest.raises(NotFound):
        step(engine, "a", 0, 1)


def test_a_closed_stream_is_gone_and_closing_twice_is_no_error() -> None:
    engine = opened(NumberEngine(), "a")
    engine.close_stream("a", CONTEXT)
    engine.close_stream("a", CONTEXT)
    with pytest.raises(NotFound):
        step(engine, "a", 0, 1)


def test_what_is_refused_before_any_work() -> None:
    with pytest.raises(FailedPrecondition, match="not streams"):
        opened(NumberEngine(streams=False), "a")
    engine = opened(NumberEngine(), "a")
    with pytest.raises(InvalidArgument, match="open already"):
        opened(engine, "a")
    with pytest.raises(InvalidArgument, match="stream: is empty"):
        opened(engine, "")
    with pytest.raises(InvalidArgument, match="languages"):
        engine.open_stream(StreamOpening("b", ("kk",)), CONTEXT)
    with pytest.raises(InvalidArgument, match="float32"):
        engine.step_stream(StreamStep("a", 0, np.zeros(9)), CONTEXT)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match="over the limit of 30 s"):
        engine.step_stream(StreamStep("a", 0, pause(31)), CONTEXT)
