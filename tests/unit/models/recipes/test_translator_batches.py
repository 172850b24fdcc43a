"""The starter translator's batches: balanced, bounded, and the same after a restart."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import InvalidArgument
from models.recipes.starter_translator import shards
from models.recipes.starter_translator.batching import (
    SPECIAL_TOKENS,
    EpochPlanner,
    Mixture,
    cut_by_tokens,
    quotas_of,
)
from models.recipes.starter_translator.corpus import Row
from models.recipes.starter_translator.schedule import Schedule

SHARES = (0.2, 0.0, 0.5, 0.3, 0.0, 0.0)
MIXTURE = Mixture(pairs_per_direction=60, shares=SHARES, most_repeats=(2.0,) * 6, longest=12)


def encode(texts: list[str], sampled: bool = False) -> list[list[int]]:
    # A sampled variant is a letter longer.
    return [[ord(letter) for letter in text] + [1] * sampled for text in texts]


def rows(count: int) -> list[Row]:
    made = []
    for index in range(count):
        texts = {"kk": "қ" * (1 + index % 14), "ru": "р" * (1 + index % 9), "en": "e" * 5}
        if index % 4 == 0:
            del texts["kk"]
        made.append(Row(texts, "debian-l10n", "sentence" if index % 20 == 1 else "help"))
    return made


@pytest.fixture
def shard() -> shards.Shard:
    return shards.encode(rows(100), encode, variants=2, processes=1)


def planner(shard: shards.Shard, seed: int = 3) -> EpochPlanner:
    return EpochPlanner(shard, MIXTURE, batch_tokens=100, seed=seed)


def test_shards_keep_every_text(shard: shards.Shard, tmp_path: Path) -> None:
    shards.save(shard, tmp_path / "train.npz")
    read = shards.load(tmp_path / "train.npz")
    for index, row in enumerate(rows(100)):
        for column, language in enumerate(("kk", "ru", "en")):
            text = row.texts.get(language, "")
            assert read.text(index, column) == encode([text])[0]
            assert read.text(index, column, 1) == encode([text], bool(text))[0]
    assert read.kinds.tolist() == [0 if index % 20 == 1 else 2 for index in range(100)]
    assert not read.made.any()


def test_encoding_in_several_processes_comes_to_the_same(
    shard: shards.Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "CHUNK", 7)
    chunked = shards.encode(rows(100), encode, variants=2, processes=2)
    assert np.array_equal(chunked.lengths, shard.lengths)
    assert all(
        chunked.text(row, column, variant) == shard.text(row, column, variant)
        for row in range(100)
        for column in range(3)
        for variant in range(2)
    )


def test_a_model_s_texts_are_sources_only(shard: shards.Shard) -> None:
    made = replace(shard, made=np.zeros_like(shard.made))
    made.made[:, 0] = made.lengths[0, :, 0] > 0
    both = shards.joined(shard, made)
    directions = {
        (row >= 100, source, target)
        for row, source, target, *_ in planner(both).pairs(0).tolist()
        if both.made[row].any()
    }
    # Of those rows Kazakh is translated from and never into, and the rest is left to the others.
    assert directions == {(True, 0, 1), (True, 0, 2)}
    assert both.text(150, 1) == shard.text(50, 1)


def test_an_epoch_goes_on_where_it_was_left(shard: shards.Shard) -> None:
    whole = list(planner(shard).batches(2))
    rest = list(planner(shard).batches(2, first=4))
    assert len(whole) > 10
    assert len(rest) == len(whole) - 4
    for batch, again in zip(whole[4:], rest, strict=True):
        assert np.array_equal(batch.pairs, again.pairs)


def test_epochs_and_seeds_differ(shard: shards.Shard) -> None:
    first = [batch.pairs.tolist() for batch in planner(shard).batches(0)]
    assert first != [batch.pairs.tolist() for batch in planner(shard).batches(1)]
    assert first != [batch.pairs.tolist() for batch in planner(shard, seed=4).batches(0)]


def test_batches_hold_the_epoch_and_no_more_than_asked(shard: shards.Shard) -> None:
    plan = planner(shard)
    batches = list(plan.batches(0))
    assert max(batch.padded_tokens for batch in batches) <= 100
    held = Counter(tuple(pair) for batch in batches for pair in batch.pairs.tolist())
    assert held == Counter(tuple(pair) for pair in plan.pairs(0).tolist())
    for batch in batches:
        for row, source, target, left, right in batch.pairs.tolist():
            assert 0 < shard.lengths[left, row, source] <= batch.source_length - SPECIAL_TOKENS
            assert 0 < shard.lengths[right, row, target] <= batch.target_length - SPECIAL_TOKENS


def test_directions_are_balanced_and_long_texts_left_out(shard: shards.Shard) -> None:
    pairs = planner(shard).pairs(0)
    assert Counter(map(tuple, pairs[:, 1:3].tolist())) == {
        (left, right): 60 for left in range(3) for right in range(3) if left != right
    }
    lengths = [
        shard.lengths[:, row, [left, right]].max() for row, left, right, *_ in pairs.tolist()
    ]
    assert max(lengths) <= 12
    assert {tuple(pair) for pair in pairs[:, 3:].tolist()} == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_all_rows_are_seen_before_one_is_repeated(shard: shards.Shard) -> None:
    plan = planner(shard)
    seen = Counter(
        row
        for epoch in range(8)
        for row, source, target, *_ in plan.pairs(epoch).tolist()
        if (source, target) == (1, 2) and shard.kinds[row] == 2
    )
    assert len(seen) == 95
    assert max(seen.values()) - min(seen.values()) <= 1


def test_a_narrow_kind_is_made_up_for() -> None:
    repeats = (4.0, 4.0, 4.0, 1.0, 4.0, 4.0)
    mixture = Mixture(100, shares=(0.5, 0.3, 0.2, 0.0, 0.0, 0.0), most_repeats=repeats)
    assert quotas_of([5, 1000, 1000, 0, 0, 0], mixture) == [20, 60, 20, 0, 0, 0]
    assert quotas_of([1000, 1000, 1000, 0, 0, 0], mixture) == [50, 30, 20, 0, 0, 0]
    assert quotas_of([1, 1, 1, 1, 0, 0], mixture) == [4, 4, 4, 1, 0, 0]


@given(
    lengths=st.lists(st.tuples(st.integers(3, 20), st.integers(3, 20)), min_size=1, max_size=60),
    most=st.integers(40, 200),
)
def test_cutting(lengths: list[tuple[int, int]], most: int) -> None:
    cuts = cut_by_tokens(np.array(lengths), most)
    assert cuts[0] == 0
    assert cuts[-1] == len(lengths)
    for begin, end in pairwise(cuts):
        part = lengths[begin:end]
        assert 0 < len(part) * (max(a for a, _ in part) + max(b for _, b in part)) <= most


def test_limits_are_named(shard: shards.Shard) -> None:
    with pytest.raises(InvalidArgument, match="batch_tokens: 20 is less than one pair, 30"):
        EpochPlanner(shard, MIXTURE, batch_tokens=20, seed=1)
    with pytest.raises(InvalidArgument, match="shares"):
        Mixture(shares=(0.5, 0.5, 0.5))
    with pytest.raises(InvalidArgument, match="most_repeats"):
        Mixture(most_repeats=(1.0,))


def test_the_rate_rises_and_falls() -> None:
    schedule = Schedule(peak=1e-3, warm_up=100)
    assert schedule.rate(1) == pytest.approx(1e-5)
    assert schedule.rate(100) == pytest.approx(1e-3)
    assert schedule.rate(400) == pytest.approx(5e-4)


def test_a_run_whose_end_is_known_ends_low() -> None:
    schedule = Schedule(peak=1e-3, warm_up=100, floor=0.1)
    assert schedule.rate(50, 0.0) == pytest.approx(5e-4)
    assert schedule.rate(400, 0.0) == pytest.approx(1e-3)
    assert schedule.rate(400, 0.5) == pytest.approx(5.5e-4)
    assert schedule.rate(400, 1.0) == schedule.rate(400, 1.2) == pytest.approx(1e-4)
