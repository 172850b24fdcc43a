"""Tiny NeMo models for the tests of this folder; they run in an environment of their own."""

from __future__ import annotations

import importlib.util
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.nemo.tiny_models import TinyModels

HERE = Path(__file__).parent
INSTALLED = importlib.util.find_spec("nemo") is not None

if INSTALLED:
    # NeMo and what it imports warn of one another's deprecations; our tests make warnings errors.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import nemo.collections.asr  # noqa: F401
    import torch

    # A second thread gains a little on an idle machine and loses tenfold on a busy one.
    torch.set_num_threads(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the folder's tests, or skip them where NeMo is not."""
    for item in items:
        if HERE not in item.path.parents:
            continue
        item.add_marker(pytest.mark.nemo)
        item.add_marker(pytest.mark.slow)
        item.add_marker(pytest.mark.timeout(2400))
        item.add_marker(pytest.mark.filterwarnings("ignore"))
        if not INSTALLED:
            item.add_marker(pytest.mark.skip(reason="needs NeMo: make test-nemo"))


@pytest.fixture(scope="session")
def tiny() -> TinyModels:
    """The models, trained on first use."""
    from tests.nemo.tiny_models import tiny_models

    return tiny_models()
