from __future__ import annotations

from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.in_process import PoolConfig
from workers.utilisation import WINDOW, Utilisation


def test_before_any_time_has_passed() -> None:
    assert Utilisation(2, lambda: 5.0).value() == 0.0


def test_half_of_two_workers_then_forgotten() -> None:
    now = 0.0
    use = Utilisation(2, lambda: now)
    with use.working():
        now = 4.0
        assert use.value() == pytest.approx(0.5)
    now = 8.0
    assert use.value() == pytest.approx(0.25)
    now = 12.0
    assert use.value() == pytest.approx(2 / 20)
    now = 30.0
    assert use.value() == pytest.approx(0.0, abs=0.02)


@given(
    st.lists(st.tuples(st.floats(0.01, 3.0), st.floats(0.01, 3.0)), max_size=60),
    st.floats(0, 15),
)
def test_agrees_with_the_sum_of_intervals(spans: list[tuple[float, float]], rest: float) -> None:
    now = 0.0
    use = Utilisation(1, lambda: now)
    worked = []
    for idle, busy in spans:
        now += idle
        begin = now
        with ExitStack() as stack:
            stack.enter_context(use.working())
            now += busy
        worked.append((begin, now))
    now += rest
    window = min(WINDOW, now)
    exact = sum(max(0.0, end - max(begin, now - window)) for begin, end in worked)
    assert use.value() * window == pytest.approx(exact, abs=0.1001)
    assert len(use._points) <= WINDOW / 0.1 + 3


@pytest.mark.parametrize(
    "settings",
    [
        {"workers": 0},
        {"workers": 2, "reserved_for_live": 2},
        {"reserved_for_live": -1},
        {"memory_budget_bytes": 0},
        {"idle_unload_seconds": 0.0},
    ],
)
def test_a_wrong_configuration_names_its_field(settings: dict[str, int]) -> None:
    from foundation.errors import InvalidArgument

    with pytest.raises(InvalidArgument) as caught:
        PoolConfig(**settings)  # type: ignore[arg-type]
    assert caught.value.field in settings
