"""Sizes by name, with models of any multiple and limits."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from foundation.errors import InvalidArgument
from foundation.images import ImageRequest
from models.engines.images import check_request, drawn_size
from services.image_generation.sizes import SHAPES, size_of, sizes_of
from tests.scripted_images import CAN


@pytest.mark.parametrize(
    ("side", "multiple", "sizes"),
    [
        (1024, 16, [(1024, 1024), (1360, 768), (768, 1360), (848, 1200), (1408, 736)]),
        (512, 8, [(512, 512), (680, 384), (384, 680), (424, 600), (704, 368)]),
    ],
)
def test_what_usual_models_give(side: int, multiple: int, sizes: list[tuple[int, int]]) -> None:
    can = replace(
        CAN, width=side, height=side, multiple=multiple, most_side=2048, most_pixels=side * side
    )
    assert list(sizes_of(can).values()) == sizes


@given(
    multiple=st.sampled_from([8, 16, 32, 64]),
    least=st.integers(1, 256),
    side=st.integers(4, 64),
    spare=st.floats(1.0, 4.0),
)
def test_every_size_is_one_that_the_model_draws(
    multiple: int, least: int, side: int, spare: float
) -> None:
    own = side * multiple
    assume(own >= least)
    can = replace(
        CAN,
        multiple=multiple,
        width=own,
        height=own,
        least_side=least,
        most_side=int(own * spare),
        most_pixels=own * own,
    )
    for name in SHAPES:
        width, height = size_of(name, can)
        request = ImageRequest("x", width=width, height=height)
        check_request(request, can)
        assert drawn_size(request, can) == (width, height)


def test_an_unknown_one() -> None:
    with pytest.raises(InvalidArgument, match="'a4' is not one of square, news, story"):
        size_of("a4", CAN)
