from __future__ import annotations

from dauys.client._translation_calls import portions
from hypothesis import given
from hypothesis import strategies as st

_LENGTHS = st.one_of(st.integers(0, 200), st.integers(20_000, 60_000))


@given(st.lists(_LENGTHS, max_size=40), st.integers(1, 60))
def test_texts_are_sent_in_order_in_portions_that_a_call_may_hold(
    lengths: list[int], times: int
) -> None:
    texts = ["x" * length for length in lengths] * times
    sent = list(portions(texts))
    assert [text for portion in sent for text in portion] == texts
    for portion in sent:
        assert len(portion) <= 500
        assert len(portion) <= 1 or sum(map(len, portion)) <= 50_000
    assert all(sent) or not texts
