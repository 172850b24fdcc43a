from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from foundation.media_time import TICKS_PER_SECOND, from_samples
from streaming.ingest.unwrap import GAP, WRAP, Timeline, unwrap


@given(time=st.integers(-(1 << 40), 1 << 40), step=st.integers(-WRAP // 2 + 1, WRAP // 2 - 1))
def test_unwrap_gives_back_what_the_wrap_took(time: int, step: int) -> None:
    assert unwrap((time + step) % WRAP, time) == time + step


@given(
    start=st.integers(0, WRAP - 1),
    sizes=st.lists(st.integers(1, 4096), min_size=2, max_size=50),
    jitter=st.lists(st.integers(-800, 800), min_size=50, max_size=50),
)
def test_packets_lie_back_to_back_across_the_wrap(
    start: int, sizes: list[int], jitter: list[int]
) -> None:
    timeline = Timeline()
    samples = 0
    for size, noise in zip(sizes, [0, *jitter], strict=False):
        expected = start + from_samples(samples, 16_000)
        assert timeline.place((expected + noise) % WRAP, size) == (expected, False)
        samples += size


@given(
    start=st.integers(0, WRAP - 1),
    jump=st.integers(GAP + 2, WRAP // 2 - 100_000) | st.integers(-WRAP // 2 + 100_000, -GAP - 2),
)
def test_a_jump_is_a_discontinuity_at_its_true_time(start: int, jump: int) -> None:
    timeline = Timeline()
    timeline.place(start, 16_000)
    after = start + TICKS_PER_SECOND + jump
    assert timeline.place(after % WRAP, 1024) == (after, True)
    assert timeline.place((after + 5760) % WRAP, 1024) == (after + 5760, False)


def test_slow_drift_is_worn_down() -> None:
    timeline = Timeline()
    drift = 100e-6
    for packet in range(100_000):  # 1.8 hours
        sample = packet * 1024
        true = from_samples(sample, 16_000) * (1 + drift)
        start, discontinuity = timeline.place(round(true), 1024)
        assert not discontinuity
        assert abs(start - true) < TICKS_PER_SECOND // 50
