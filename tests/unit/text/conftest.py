"""Fixtures of the room."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_text() -> Path:
    """Texts that lie beside the checkout."""
    folder = Path(__file__).parents[3].parent / "shared" / "data"
    if not (folder / "mono-kk").is_dir():
        pytest.skip("no shared texts beside the checkout")
    return folder
