"""The training text as token ids, in one file that is read in a moment."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from models.recipes.starter_translator.corpus import KINDS, Row
from models.recipes.starter_translator.filtering import LANGUAGES

SHARD_FILE: Final = "train.npz"
CHUNK: Final = 5000
"""Texts that one process encodes at a time."""

Encoder: TypeAlias = Callable[[list[str], bool], list[list[int]]]
"""Texts, and whether to sample their pieces instead of taking the best; their ids."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Rows of up to three languages, as piece ids without special tokens.

    A text that a row does not have is of length 0. Each text may stand there in several variants:
    the first is cut into its most likely pieces, the others into sampled ones.
    """

    tokens: npt.NDArray[np.uint16]
    """uint16 [all tokens]"""
    starts: npt.NDArray[np.int64]
    """int64 [variants, rows, languages]"""
    lengths: npt.NDArray[np.int64]
    """int64 [variants, rows, languages], languages in the order of ``LANGUAGES``"""
    kinds: npt.NDArray[np.int64]
    """int64 [rows], an index into ``KINDS``"""
    made: npt.NDArray[np.bool_]
    """bool [rows, languages]: the text was translated by a model and is no target"""

    @property
    def variants(self) -> int:
        """How many ways each text is cut into pieces."""
        return len(self.starts)

    def text(self, row: int, language: int, variant: int = 0) -> list[int]:
        """The piece ids of one text."""
        start = self.starts[variant, row, language]
        length = self.lengths[variant, row, language]
        ids: list[int] = self.tokens[start : start + length].tolist()
        return ids


def encode(
    rows: Sequence[Row], encoder: Encoder, *, variants: int = 1, processes: int | None = None
) -> Shard:
    """Turn rows into ids.

    Args:
        rows: the text.
        encoder: encodes a list of texts; with several processes it must be one that can be sent
            to them.
        variants: how many ways to cut each text.
        processes: ``None``: as many as there are cores.
    """
    parts: list[npt.NDArray[np.uint16]] = []
    starts = np.zeros((variants, len(rows), len(LANGUAGES)), np.int64)
    lengths = np.zeros_like(starts)
    total = 0
    for column, language in enumerate(LANGUAGES):
        holders = np.array([i for i, row in enumerate(rows) if language in row.texts], np.int64)
        texts = [rows[index].texts[language] for index in holders]
        for variant in range(variants):
            work = partial(_encode_chunk, encoder, variant > 0)
            for first, (ids, counts) in zip(
                range(0, len(texts), CHUNK), _mapped(work, texts, processes), strict=True
            ):
                members = holders[first : first + CHUNK]
                lengths[variant, members, column] = counts
                starts[variant, members, column] = total + np.cumsum(counts) - counts
                parts.append(ids)
                total += len(ids)
    kinds = np.array([KINDS.index(row.kind) for row in rows], np.int64)
    tokens = np.concatenate([np.zeros(0, np.uint16), *parts])
    return Shard(tokens, starts, lengths, kinds, np.zeros((len(rows), len(LANGUAGES)), np.bool_))


Chunk: TypeAlias = tuple[npt.NDArray[np.uint16], npt.NDArray[np.int64]]


def _encode_chunk(encoder: Encoder, sampled: bool, texts: list[str]) -> Chunk:
    encoded = encoder(texts, sampled)
    counts = np.array([len(ids) for ids in encoded], np.int64)
    return np.fromiter((i for ids in encoded for i in ids), np.uint16, int(counts.sum())), counts


def _mapped(
    work: Callable[[list[str]], Chunk], texts: list[str], processes: int | None
) -> Iterator[Chunk]:
    chunks = [texts[first : first + CHUNK] for first in range(0, len(texts), CHUNK)]
    count = min(processes or os.cpu_count() or 1, len(chunks))
    if count < 2:
        yield from map(work, chunks)
        return
    with ProcessPoolExecutor(count) as pool:
        yield from pool.map(work, chunks)


def joined(left: Shard, right: Shard) -> Shard:
    """The rows of both, those of ``left`` first; both have as many variants."""
    return Shard(
        np.concatenate([left.tokens, right.tokens]),
        np.concatenate([left.starts, right.starts + len(left.tokens)], axis=1),
        np.concatenate([left.lengths, right.lengths], axis=1),
        np.concatenate([left.kinds, right.kinds]),
        np.concatenate([left.made, right.made]),
    )


def save(shard: Shard, path: Path) -> None:
    """Write the shard to an ``.npz`` file."""
    np.savez(
        path,
        tokens=shard.tokens,
        starts=shard.starts,
        lengths=shard.lengths,
        kinds=shard.kinds,
        made=shard.made,
    )


def load(path: Path) -> Shard:
    """Read what ``save`` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        return Shard(
            arrays["tokens"], arrays["starts"], arrays["lengths"], arrays["kinds"], arrays["made"]
        )
