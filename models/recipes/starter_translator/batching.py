"""Which pairs an epoch shows, in which batches: drawn from a seed, so that it can be resumed.

An epoch and a batch's number say where training stands. Nothing else has to be kept: the plan of an
epoch is drawn anew, and comes out the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from typing import Final

import numpy as np
import numpy.typing as npt

from foundation.errors import InvalidArgument
from models.recipes.starter_translator.corpus import KINDS
from models.recipes.starter_translator.filtering import LANGUAGES
from models.recipes.starter_translator.shards import Shard

Pairs = npt.NDArray[np.int64]
"""int64 [pairs, 5]: row, source language, target language, source variant, target variant"""

# A language token and the end token stand around each text, and before a model's a mark.
SPECIAL_TOKENS: Final = 3


@dataclass(frozen=True, slots=True)
class Mixture:
    """What an epoch is made of."""

    pairs_per_direction: int = 200_000
    """At most; a direction that lacks text shows fewer."""
    shares: tuple[float, ...] = (0.15, 0.3, 0.15, 0.1, 0.05, 0.25)
    """Of each kind (``KINDS``), while it lasts."""
    most_repeats: tuple[float, ...] = (4.0, 3.0, 1.5, 0.5, 0.5, 2.0)
    """How often one epoch may show a pair, by kind. What a kind cannot fill, the others do."""
    longest: int = 90
    """Pieces a side."""

    def __post_init__(self) -> None:
        if len(self.shares) != len(KINDS) or abs(sum(self.shares) - 1) > 1e-6:
            raise InvalidArgument("shares", f"one for each of {KINDS}, 1 in all")
        if len(self.most_repeats) != len(KINDS):
            raise InvalidArgument("most_repeats", f"one for each of {KINDS}")


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs that are computed together, and the lengths that they are padded to."""

    pairs: Pairs
    source_length: int
    target_length: int

    @property
    def padded_tokens(self) -> int:
        """Source and target positions together, padding included."""
        return len(self.pairs) * (self.source_length + self.target_length)


class EpochPlanner:
    """Draws the batches of any epoch of a shard."""

    def __init__(self, shard: Shard, mixture: Mixture, *, batch_tokens: int, seed: int) -> None:
        """``batch_tokens``: padded source and target tokens of one batch, at most.

        Raises:
            InvalidArgument: a batch is too small for the longest pair.
        """
        least = 2 * (mixture.longest + SPECIAL_TOKENS)
        if batch_tokens < least:
            raise InvalidArgument("batch_tokens", f"{batch_tokens} is less than one pair, {least}")
        self._shard = shard
        self._mixture = mixture
        self._batch_tokens = batch_tokens
        self._seed = seed
        self._rows = {
            direction: [self._usable_rows(*direction, kind) for kind in range(len(KINDS))]
            for direction in permutations(range(len(LANGUAGES)), 2)
        }

    def pairs(self, epoch: int) -> Pairs:
        """The pairs of an epoch, direction by direction, in no particular order.

        Epoch after epoch goes through all rows of a kind before it repeats one.
        """
        parts = []
        for (source, target), rows_by_kind in self._rows.items():
            quotas = quotas_of([len(rows) for rows in rows_by_kind], self._mixture)
            for kind, (rows, quota) in enumerate(zip(rows_by_kind, quotas, strict=True)):
                key = (self._seed, source, target, kind)
                chosen = rows[_cyclic_draw(len(rows), quota, epoch, key)]
                directions = np.tile(np.array([source, target]), (len(chosen), 1))
                parts.append(np.column_stack((chosen, directions)))
        pairs = np.concatenate(parts)
        generator = np.random.default_rng((self._seed, 5, epoch))
        variants = generator.integers(0, self._shard.variants, (len(pairs), 2))
        return np.column_stack((pairs, variants))

    def batches(self, epoch: int, first: int = 0) -> Iterator[Batch]:
        """The batches of an epoch in the order of training, from number ``first`` on."""
        generator = np.random.default_rng((self._seed, 7, epoch))
        pairs = self.pairs(epoch)
        lengths = np.stack(
            [
                self._shard.lengths[pairs[:, 2 + side], pairs[:, 0], pairs[:, side]]
                for side in (1, 2)
            ],
            axis=1,
        )
        # Equal lengths lie in random order: a batch mixes directions and sources.
        order = np.lexsort((generator.random(len(pairs)), lengths[:, 1], lengths.max(axis=1)))
        cuts = cut_by_tokens(lengths[order] + SPECIAL_TOKENS, self._batch_tokens)
        for number in generator.permutation(len(cuts) - 1)[first:]:
            members = order[cuts[number] : cuts[number + 1]]
            longest = lengths[members].max(axis=0) + SPECIAL_TOKENS
            yield Batch(pairs[members], int(longest[0]), int(longest[1]))

    def _usable_rows(self, source: int, target: int, kind: int) -> npt.NDArray[np.int64]:
        """Rows with both languages; a text that a model made is never the target.

        Where a row has texts that a model made, only those are sources: the rest of it is trained
        on elsewhere.
        """
        lengths = self._shard.lengths[:, :, [source, target]]
        usable = ((lengths > 0) & (lengths <= self._mixture.longest)).all(axis=(0, 2))
        made = self._shard.made
        usable &= ~made[:, target] & (made[:, source] | ~made.any(axis=1))
        return np.flatnonzero(usable & (self._shard.kinds == kind))


def quotas_of(available: list[int], mixture: Mixture) -> list[int]:
    """How many pairs of each kind a direction shows in one epoch.

    Args:
        available: rows of each kind.
        mixture: the wanted shares and limits.
    """
    total = mixture.pairs_per_direction
    limits = [
        int(count * repeats) for count, repeats in zip(available, mixture.most_repeats, strict=True)
    ]
    quotas = [
        min(limit, int(share * total)) for limit, share in zip(limits, mixture.shares, strict=True)
    ]
    # What a narrow kind leaves goes to the kind with the largest share, as far as it lasts.
    for kind in sorted(range(len(limits)), key=lambda index: -mixture.shares[index]):
        quotas[kind] += min(total - sum(quotas), limits[kind] - quotas[kind])
    return quotas


def _cyclic_draw(size: int, quota: int, epoch: int, key: tuple[int, ...]) -> npt.NDArray[np.int64]:
    """The epoch's slice of an endless sequence of permutations of ``range(size)``."""
    if size == 0 or quota == 0:
        return np.zeros(0, np.int64)
    first = epoch * quota
    rounds = range(first // size, (first + quota - 1) // size + 1)
    drawn = np.concatenate(
        [np.random.default_rng((*key, number)).permutation(size) for number in rounds]
    )
    offset = first - rounds.start * size
    return drawn[offset : offset + quota]


def cut_by_tokens(lengths: npt.NDArray[np.int64], most: int) -> list[int]:
    """Cut sorted pairs into batches of at most ``most`` padded tokens.

    Args:
        lengths: int64 [pairs, 2], source and target lengths.
        most: padded tokens a batch.

    Returns:
        Where batches begin, and the end.
    """
    cuts = [0]
    longest = (0, 0)
    for index, (source, target) in enumerate(lengths.tolist()):
        widened = (max(longest[0], source), max(longest[1], target))
        if index > cuts[-1] and (index - cuts[-1] + 1) * sum(widened) > most:
            cuts.append(index)
            widened = (source, target)
        longest = widened
    return [*cuts, len(lengths)]
