"""Checkpoints that survive being killed: written beside the old one, then put in its place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

CHECKPOINT_FILE: Final = "checkpoint.pt"
"""All that training needs to go on."""
BEST_FILE: Final = "best.pt"
"""The averaged weights at their best on held-out text, and where training stood then."""


def save_atomically(state: dict[str, Any], path: Path) -> None:
    """Write ``state`` (tensors and plain values); at any moment ``path`` is whole or absent."""
    import torch

    partial = path.with_suffix(".partial")
    with partial.open("wb") as writer:
        torch.save(state, writer)
        writer.flush()
        os.fsync(writer.fileno())
    partial.replace(path)


def load(path: Path) -> dict[str, Any] | None:
    """Read a checkpoint without running any code in it; ``None`` where there is none."""
    import torch

    if not path.is_file():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state
