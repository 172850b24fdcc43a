from __future__ import annotations

from foundation.speech import SAMPLE_RATE
from streaming.events import Pace
from streaming.recognition import LiveRecognizerConfig
from streaming.recognition.pace import StepPace


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def make() -> tuple[StepPace, Clock]:
    clock = Clock()
    config = LiveRecognizerConfig("fake", ("en",), step_seconds=0.7)
    return StepPace(config, "s", clock), clock


def steps(pace: StepPace, clock: Clock, seconds: float, count: int = 20) -> None:
    for _ in range(count):
        clock.now += seconds
        pace.took(seconds)


def step(pace: StepPace) -> float:
    return pace.step_samples / SAMPLE_RATE


def test_a_step_is_as_long_as_wanted_while_the_machine_is_quick() -> None:
    pace, clock = make()
    steps(pace, clock, 0.3)
    assert step(pace) == 0.7
    assert pace.pace is Pace.FULL


def test_load_stretches_the_step_first() -> None:
    pace, clock = make()
    steps(pace, clock, 1.0)
    assert 1.2 < step(pace) < 1.3
    assert pace.pace is Pace.FULL


def test_then_the_pace_is_reduced_and_later_tried_again() -> None:
    pace, clock = make()
    steps(pace, clock, 1.5, count=6)
    assert (pace.pace, step(pace)) == (Pace.REDUCED, 2.0)
    steps(pace, clock, 0.4, count=40)
    assert pace.pace is Pace.REDUCED, "it is held for 20 s"
    clock.now += 4
    steps(pace, clock, 0.4, count=1)
    assert (pace.pace, step(pace)) == (Pace.FULL, 0.7)


def test_a_pace_that_proves_too_much_soon_is_tried_again_later() -> None:
    pace, clock = make()
    steps(pace, clock, 2.0, count=3)
    for hold in (20, 40, 80):
        assert pace.reduced
        clock.now += hold - 5
        steps(pace, clock, 0.4, count=1)
        assert pace.reduced
        clock.now += 5
        steps(pace, clock, 0.4, count=1)
        assert not pace.reduced
        steps(pace, clock, 2.0, count=2)
    assert pace.reduced


def test_behind_is_said_and_taken_back_with_hysteresis_and_reduces_the_pace() -> None:
    pace, _ = make()
    for seconds, expected in (
        (4.9, Pace.FULL),
        (5.1, Pace.BEHIND),
        (3, Pace.BEHIND),
        (2, Pace.REDUCED),
    ):
        pace.lags(seconds)
        assert pace.pace is expected


def test_a_refusal_doubles_the_step_until_an_answer_comes() -> None:
    pace, clock = make()
    pace.refused()
    assert step(pace) == 1.4
    for _ in range(5):
        pace.refused()
    assert step(pace) == 5.0
    steps(pace, clock, 0.1, count=1)
    assert step(pace) == 0.7
