"""Translating text back in the middle of a run, so that all of its sentences become pairs.

The model at hand translates real text into languages that it lacks; what comes out is only ever a
source, marked as made by a model, and the real text its target (Sennrich et al. 2016, *Improving
Neural Machine Translation Models with Monolingual Data*). Three kinds of text are translated:

* Kazakh without a translation, into Russian and English;
* sentences in Kazakh and Russian, from Russian into English, which the model knows better;
* some of the Russian–English prose, from Russian into Kazakh.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch

from models.recipes.starter_translator.batching import Batch
from models.recipes.starter_translator.corpus import KINDS
from models.recipes.starter_translator.filtering import LANGUAGES
from models.recipes.starter_translator.shards import Shard
from models.recipes.starter_translator.tensors import Assembler, Tokens
from models.recipes.starter_translator.vocabulary import END_ID, PAD_ID

KAZAKH, RUSSIAN, ENGLISH = (LANGUAGES.index(language) for language in ("kk", "ru", "en"))
SHORTEST_PIECES: Final = 4
LEAST_RATIO: Final = 0.5
"""Of pieces, between a text and its translation; the other way round its inverse."""
LEAST_DIFFERENT: Final = 0.4
"""Share of a translation's pieces that are not repetitions."""


@dataclass(frozen=True, slots=True)
class Job:
    """Texts of some rows to be translated."""

    rows: npt.NDArray[np.int64]
    source: int
    target: int
    kept: tuple[int, ...]
    """Languages of the row that the translation is a source for."""


@dataclass(frozen=True, slots=True)
class BackTranslation:
    """How much is translated, and how."""

    at: tuple[float, ...] = ()
    """Shares of the run; each time the earlier translations are thrown away."""
    prose_rows: int = 60_000
    """Russian–English rows that are translated into Kazakh, at most."""
    batch: int = 8192
    longest: int = 90
    """Pieces."""


def translated_back(
    shard: Shard, model: Any, tokens: Tokens, settings: BackTranslation, seed: int
) -> Shard:
    """``shard`` and the rows that were made from it; the model must be in evaluation mode."""
    for job in _jobs(shard, settings, seed):
        shard = _with_made(shard, job, _translations(shard, model, tokens, job, settings))
    return shard


def _jobs(shard: Shard, settings: BackTranslation, seed: int) -> list[Job]:
    lengths = shard.lengths[0]
    there = lengths > 0
    fits = (lengths >= SHORTEST_PIECES) & (lengths <= settings.longest - 10)
    kinds = shard.kinds
    alone = np.flatnonzero((kinds == KINDS.index("back")) & fits[:, KAZAKH])
    official = np.flatnonzero(
        (kinds == KINDS.index("sentence"))
        & there[:, KAZAKH]
        & fits[:, RUSSIAN]
        & ~there[:, ENGLISH]
    )
    prose = np.flatnonzero(
        np.isin(kinds, [KINDS.index("sentence"), KINDS.index("prose")])
        & fits[:, RUSSIAN]
        & there[:, ENGLISH]
        & ~there[:, KAZAKH]
    )
    some = np.random.default_rng(seed).permutation(prose)[: settings.prose_rows]
    return [
        Job(alone, KAZAKH, RUSSIAN, (KAZAKH,)),
        Job(alone, KAZAKH, ENGLISH, (KAZAKH,)),
        Job(official, RUSSIAN, ENGLISH, (KAZAKH, RUSSIAN)),
        Job(some, RUSSIAN, KAZAKH, (RUSSIAN, ENGLISH)),
    ]


def _translations(
    shard: Shard, model: Any, tokens: Tokens, job: Job, settings: BackTranslation
) -> Iterator[tuple[int, npt.NDArray[np.int64]]]:
    """Rows and their translations' pieces, greedily, without special tokens."""
    assembler = Assembler(shard, tokens, model.device)
    order = job.rows[np.argsort(-shard.lengths[0, job.rows, job.source], kind="stable")]
    for first in range(0, len(order), settings.batch):
        rows = order[first : first + settings.batch]
        columns = [np.full(len(rows), value) for value in (job.source, job.source, 0, 0)]
        example = assembler.example(Batch(np.column_stack((rows, *columns)), 0, 0))
        longest = min(settings.longest, 10 + int(1.5 * shard.lengths[0, rows, job.source].max()))
        with torch.no_grad():
            output = model.generate(
                input_ids=example.source,
                attention_mask=example.mask.long(),
                forced_bos_token_id=tokens.languages[job.target],
                forced_eos_token_id=None,
                max_new_tokens=longest,
                num_beams=1,
                do_sample=False,
            )
        # The start token, the language, then the text until its end.
        for row, ids in zip(rows.tolist(), output[:, 2:].cpu().numpy(), strict=True):
            yield row, ids[: int(np.argmax(np.append(np.isin(ids, (END_ID, PAD_ID)), True)))]


def _with_made(
    shard: Shard, job: Job, translations: Iterator[tuple[int, npt.NDArray[np.int64]]]
) -> Shard:
    """``shard`` and rows with the translation as a source, the kept languages as targets."""
    rows: list[int] = []
    made: list[npt.NDArray[np.int64]] = []
    for row, ids in translations:
        ratio = len(ids) / shard.lengths[0, row, job.source]
        varied = len(np.unique(ids)) >= LEAST_DIFFERENT * len(ids)
        if LEAST_RATIO <= ratio <= 1 / LEAST_RATIO and varied:
            rows.append(row)
            made.append(ids)
    starts = np.zeros((shard.variants, len(rows), len(LANGUAGES)), np.int64)
    lengths = np.zeros_like(starts)
    counts = np.array([len(ids) for ids in made], np.int64)
    starts[:, :, job.target] = len(shard.tokens) + np.cumsum(counts) - counts
    lengths[:, :, job.target] = counts
    for language in job.kept:
        starts[:, :, language] = shard.starts[:, rows, language]
        lengths[:, :, language] = shard.lengths[:, rows, language]
    flags = np.zeros((len(rows), len(LANGUAGES)), np.bool_)
    flags[:, job.target] = True
    kinds = np.full(len(rows), KINDS.index("back"))
    return Shard(
        np.concatenate([shard.tokens, *(ids.astype(np.uint16) for ids in made)]),
        np.concatenate([shard.starts, starts], axis=1),
        np.concatenate([shard.lengths, lengths], axis=1),
        np.concatenate([shard.kinds, kinds]),
        np.concatenate([shard.made, flags]),
    )
