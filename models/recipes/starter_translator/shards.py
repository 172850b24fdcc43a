"""The training text as token ids, in one file that is read in a moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from models.recipes.starter_translator.corpus import KINDS, Row
from models.recipes.starter_translator.filtering import LANGUAGES

SHARD_FILE: Final = "train.npz"


@dataclass(frozen=True, slots=True)
class Shard:
    """Rows of up to three languages, as piece ids without special tokens.

    A text that a row does not have is of length 0.
    """

    tokens: npt.NDArray[np.uint16]
    """uint16 [all tokens]"""
    starts: npt.NDArray[np.int64]
    """int64 [rows, languages]"""
    lengths: npt.NDArray[np.int64]
    """int64 [rows, languages], in the order of ``LANGUAGES``"""
    kinds: npt.NDArray[np.int64]
    """int64 [rows], an index into ``KINDS``"""

    def text(self, row: int, language: int) -> list[int]:
        """The piece ids of one text."""
        start = self.starts[row, language]
        ids: list[int] = self.tokens[start : start + self.lengths[row, language]].tolist()
        return ids


def encode(rows: Sequence[Row], encoder: Callable[[list[str]], list[list[int]]]) -> Shard:
    """Turn rows into ids; ``encoder`` encodes a list of texts."""
    tokens: list[int] = []
    starts = np.zeros((len(rows), len(LANGUAGES)), np.int64)
    lengths = np.zeros_like(starts)
    for column, language in enumerate(LANGUAGES):
        holders = [index for index, row in enumerate(rows) if language in row.texts]
        encoded = encoder([rows[index].texts[language] for index in holders])
        for index, ids in zip(holders, encoded, strict=True):
            starts[index, column] = len(tokens)
            lengths[index, column] = len(ids)
            tokens.extend(ids)
    kinds = np.array([KINDS.index(row.kind) for row in rows], np.int64)
    return Shard(np.array(tokens, np.uint16), starts, lengths, kinds)


def save(shard: Shard, path: Path) -> None:
    """Write the shard to an ``.npz`` file."""
    np.savez_compressed(
        path, tokens=shard.tokens, starts=shard.starts, lengths=shard.lengths, kinds=shard.kinds
    )


def load(path: Path) -> Shard:
    """Read what ``save`` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        return Shard(arrays["tokens"], arrays["starts"], arrays["lengths"], arrays["kinds"])
