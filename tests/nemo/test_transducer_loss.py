"""The loss that trains the tiny models is the one in the literature."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.nemo.conftest import INSTALLED

if INSTALLED:
    import torch

    from tests.nemo.transducer_loss import transducer_loss


def test_rnnt_loss_is_nemos() -> None:
    from nemo.collections.asr.losses.rnnt import RNNTLoss

    torch.manual_seed(0)
    logits = torch.randn(3, 7, 5, 6)
    targets = torch.randint(0, 5, (3, 4))
    frames, lengths = torch.tensor([7, 5, 6]), torch.tensor([4, 2, 3])
    ours = transducer_loss(logits, targets, frames, lengths)
    theirs = RNNTLoss(num_classes=5, reduction="mean_batch")(
        log_probs=torch.log_softmax(logits, -1),
        targets=targets,
        input_lengths=frames,
        target_lengths=lengths,
    )
    assert float(ours.mean()) == pytest.approx(float(theirs), rel=1e-4)


def paths(frame: int, row: int, frames: int, target: list[int], durations: tuple[int, ...]) -> Any:
    """Every way through the lattice: lists of (frame, row, symbol, duration)."""
    if frame == frames:
        if row == len(target):
            yield []
        return
    if frame > frames:
        return
    for duration in durations:
        if duration > 0:
            for rest in paths(frame + duration, row, frames, target, durations):
                yield [(frame, row, -1, duration), *rest]
        if row < len(target):
            for rest in paths(frame + duration, row + 1, frames, target, durations):
                yield [(frame, row, target[row], duration), *rest]


@pytest.mark.parametrize("frames", [2, 4])
@pytest.mark.parametrize("count", [1, 2])
def test_tdt_loss_is_the_sum_over_all_ways(frames: int, count: int) -> None:
    """As in RNN-T the last symbol of a way is a blank."""
    durations = (0, 1, 2)
    torch.manual_seed(frames)
    logits = torch.randn(1, frames, count + 1, 4 + len(durations))
    target = [1, 2][:count]
    symbols = torch.log_softmax(logits[..., :4], -1)
    lasting = torch.log_softmax(logits[..., 4:], -1)
    total = 0.0
    for path in paths(0, 0, frames, target, durations):
        if path[-1][2] != -1:
            continue
        score = sum(
            float(symbols[0, t, u, symbol]) + float(lasting[0, t, u, durations.index(d)])
            for t, u, symbol, d in path
        )
        total += math.exp(score)
    loss = transducer_loss(
        logits, torch.tensor([target]), torch.tensor([frames]), torch.tensor([count]), durations
    )
    assert float(loss) == pytest.approx(-math.log(total), rel=1e-4)
