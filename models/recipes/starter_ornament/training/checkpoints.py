"""What a training goes on from, on the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch


def save(path: Path, step: int, spent: float, **parts: Any) -> None:
    """Write a checkpoint; a half-written one never takes the place of the last.

    Args:
        path: The file.
        step: Steps done.
        spent: Seconds of training, of all runs together.
        parts: What has a ``state_dict``, by the name that its state gets.
    """
    fresh = path.with_suffix(".new")
    states = {name: part.state_dict() for name, part in parts.items()}
    torch.save({**states, "step": step, "spent": spent}, fresh)
    fresh.replace(path)
