"""RNN-T and TDT losses that train on a CPU: NeMo's take seconds a step there, or a GPU.

Graves: Sequence Transduction with Recurrent Neural Networks (2012); Xu, Jia, Majumdar, Huang,
Watanabe, Ginsburg: Efficient Sequence Transduction by Jointly Predicting Tokens and Durations
(ICML 2023). The forward variables of one anti-diagonal (frame + token constant) depend on earlier
ones only, so each diagonal is one step, for the whole batch; gradients come from autograd.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

_NEVER = -1e30


def transducer_loss(
    logits: Any, targets: Any, frames: Any, lengths: Any, durations: Sequence[int] = ()
) -> Any:
    """Negative log-likelihoods, float [n].

    Args:
        logits: float [n, t, u + 1, v + 1 + d]: vocabulary, blank, then durations (TDT).
        targets: int64 [n, u].
        frames: int64 [n], valid frames.
        lengths: int64 [n], valid tokens.
        durations: Of TDT; empty: RNN-T, where a blank takes one frame and a token none.
    """
    batch, time, rows, width = logits.shape
    symbols = torch.log_softmax(logits[..., : width - len(durations)], -1)
    blank = symbols[..., -1]
    index = targets[:, None, :, None].expand(batch, time, rows - 1, 1)
    token = torch.gather(symbols[:, :, :-1], 3, index).squeeze(3)
    token = torch.nn.functional.pad(token, (0, 1), value=_NEVER)
    if durations:
        lasting = torch.log_softmax(logits[..., width - len(durations) :], -1)
        blanks = {d: blank + lasting[..., i] for i, d in enumerate(durations) if d > 0}
        tokens = {d: token + lasting[..., i] for i, d in enumerate(durations)}
    else:
        blanks, tokens = {1: blank}, {0: token}
    alphas = _forward(blanks, tokens, batch, time, rows)
    ends = torch.stack(
        [_pick(alphas, frames - d, lengths) + _at(blanks[d], frames - d, lengths) for d in blanks]
    )
    return -torch.logsumexp(ends, 0)


def _forward(blanks: Any, tokens: Any, batch: int, time: int, rows: int) -> Any:
    """Forward variables [n, t + u, u]: the sum over all ways to frame t with u tokens out."""
    column = torch.arange(rows)
    start = torch.full((batch, rows), _NEVER)
    start[:, 0] = 0.0
    diagonals = [start]
    for number in range(1, time + rows - 1):
        moment = number - column
        ways = []
        for d, score in blanks.items():
            if d <= number:
                ways.append(diagonals[number - d] + _along(score, moment - d, column))
        for d, score in tokens.items():
            if d + 1 <= number:
                before = torch.nn.functional.pad(
                    diagonals[number - d - 1][:, :-1], (1, 0), value=_NEVER
                )
                ways.append(before + _along(score, moment - d, column - 1))
        inside = (moment >= 0) & (moment < time)
        total = torch.logsumexp(torch.stack(ways), 0)
        diagonals.append(torch.where(inside, total, torch.full_like(total, _NEVER)))
    return torch.stack(diagonals, 1)


def _along(score: Any, moment: Any, column: Any) -> Any:
    """Scores at (moment, column), [n, u + 1]; never where there is none."""
    valid = (moment >= 0) & (moment < score.shape[1]) & (column >= 0)
    found = score[:, moment.clamp(0, score.shape[1] - 1), column.clamp(min=0)]
    return torch.where(valid, found, torch.full_like(found, _NEVER))


def _pick(alphas: Any, moment: Any, column: Any) -> Any:
    rows = torch.arange(alphas.shape[0])
    found = alphas[rows, (moment + column).clamp(min=0), column]
    return torch.where(moment >= 0, found, torch.full_like(found, _NEVER))


def _at(score: Any, moment: Any, column: Any) -> Any:
    return score[torch.arange(score.shape[0]), moment.clamp(min=0), column]
