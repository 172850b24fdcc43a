"""Batches as tensors: all of a batch at once, on the device that trains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch

from models.recipes.starter_translator.batching import Batch
from models.recipes.starter_translator.filtering import LANGUAGES
from models.recipes.starter_translator.held_out import HeldOut
from models.recipes.starter_translator.shards import Shard
from models.recipes.starter_translator.vocabulary import END_ID, PAD_ID, PieceEncoder


@dataclass(frozen=True, slots=True)
class Tokens:
    """Special tokens that a tokenizer has numbered."""

    languages: tuple[int, ...]
    """In the order of ``LANGUAGES``."""
    made: int
    """Marks a source that a model made."""


@dataclass(frozen=True, slots=True)
class Example:
    """A batch, ready to be computed."""

    source: torch.Tensor
    """int64 [pairs, source length]"""
    target: torch.Tensor
    """int64 [pairs, 1 + target length], the start token first"""
    scored: torch.Tensor
    """int64 [scored]: positions, in ``target[:, 1:]`` laid flat, that the loss counts: all but
    padding and the language token, which is given and never predicted."""
    tokens: int
    """Without padding, of both sides."""

    @property
    def mask(self) -> torch.Tensor:
        """Bool [pairs, source length]: where a source token stands."""
        return self.source != PAD_ID


class Assembler:
    """Holds a shard's tokens on a device and lays out batches of them."""

    def __init__(self, shard: Shard, tokens: Tokens, device: torch.device) -> None:
        self._shard = shard
        self._tokens = tokens
        self._device = device
        # PyTorch knows uint16 hardly at all.
        self._ids = torch.from_numpy(shard.tokens.astype(np.int32)).to(device)

    def example(self, batch: Batch) -> Example:
        """Look a batch up."""
        rows, left, right, left_variant, right_variant = batch.pairs.T
        languages = np.array(self._tokens.languages)
        made = np.where(self._shard.made[rows, left], self._tokens.made, 0)
        source_lengths = self._shard.lengths[left_variant, rows, left]
        target_lengths = self._shard.lengths[right_variant, rows, right]
        source = self._laid_out(
            self._shard.starts[left_variant, rows, left], source_lengths, languages[left], made
        )
        target = self._laid_out(
            self._shard.starts[right_variant, rows, right],
            target_lengths,
            languages[right],
            np.zeros_like(made),
        )
        start = torch.full((len(rows), 1), END_ID, device=self._device)
        return Example(
            source,
            torch.cat((start, target), dim=1),
            _scored(target_lengths, self._device),
            int((source_lengths + 2 + (made > 0)).sum() + (target_lengths + 2).sum()),
        )

    def _laid_out(
        self,
        starts: np.typing.NDArray[np.int64],
        lengths: np.typing.NDArray[np.int64],
        languages: np.typing.NDArray[np.int64],
        marks: np.typing.NDArray[np.int64],
    ) -> torch.Tensor:
        """int64 [texts, longest]: language, mark if there is one, text, end, padding."""
        head = 1 + (marks > 0)
        table = _moved(np.stack((starts, lengths, languages, marks, head)), self._device)
        start, length, language, mark, first = (row[:, None] for row in table)
        position = torch.arange(int((lengths + head).max()) + 1, device=self._device)[None, :]
        inside = (position - first).clamp(min=0)
        text = self._ids[(start + torch.minimum(inside, length - 1).clamp(min=0))].long()
        laid = torch.where(position < first + length, text, PAD_ID)
        laid = torch.where(position == first + length, END_ID, laid)
        laid = torch.where((position == 1) & (first == 2), mark, laid)
        return torch.where(position == 0, language, laid)


def _scored(lengths: np.typing.NDArray[np.int64], device: torch.device) -> torch.Tensor:
    # ``target[:, 1:]`` is language, text, end: the text and the end are scored.
    position = np.arange(int(lengths.max()) + 2)[None, :]
    scored = np.flatnonzero((position >= 1) & (position <= lengths[:, None] + 1))
    return _moved(scored, device)


def _moved(array: np.typing.NDArray[np.int64], device: torch.device) -> torch.Tensor:
    tensor = torch.from_numpy(array)
    # From pageable memory a copy would wait for all that the GPU has still to do.
    return tensor if device.type == "cpu" else tensor.pin_memory().to(device, non_blocking=True)


def held_out_examples(
    pairs: Sequence[HeldOut],
    pieces: PieceEncoder,
    tokens: Tokens,
    device: torch.device,
    size: int = 256,
) -> Iterator[tuple[str, Example]]:
    """Held-out pairs in batches of one source each, and the source's name."""
    for name, group in groupby(sorted(pairs, key=lambda pair: pair.source), lambda p: p.source):
        members = sorted(group, key=lambda pair: len(pair.text))
        for first in range(0, len(members), size):
            part = members[first : first + size]
            texts = pieces([pair.text for pair in part]) + pieces([p.translation for p in part])
            ids = np.array([index for text in texts for index in text], np.uint16)
            lengths = np.array([len(text) for text in texts], np.int64)
            starts = np.cumsum(lengths) - lengths
            columns = np.zeros((1, len(part), len(LANGUAGES)), np.int64)
            shard = Shard(
                ids,
                columns,
                columns.copy(),
                np.zeros(len(part), np.int64),
                np.zeros((len(part), len(LANGUAGES)), np.bool_),
            )
            rows = np.arange(len(part))
            left = np.array([LANGUAGES.index(pair.source_language) for pair in part])
            right = np.array([LANGUAGES.index(pair.target_language) for pair in part])
            for languages, offset in ((left, 0), (right, len(part))):
                shard.starts[0, rows, languages] = starts[offset : offset + len(part)]
                shard.lengths[0, rows, languages] = lengths[offset : offset + len(part)]
            zeros = np.zeros_like(rows)
            batch = Batch(np.column_stack((rows, left, right, zeros, zeros)), 0, 0)
            yield name, Assembler(shard, tokens, device).example(batch)
