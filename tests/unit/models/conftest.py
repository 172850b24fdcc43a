from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.models.hub_stand_in import HubState, serve_hub
from tests.unit.models.store_fixtures import CONTENT


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the developer's store, mirror, hub or token."""
    for name in ("DAUYS_MODELS_DIR", "DAUYS_MODELS_MIRROR", "HF_HUB_OFFLINE", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubState]:
    with serve_hub(HubState(files=dict(CONTENT))) as state:
        monkeypatch.setenv("HF_ENDPOINT", state.url)
        yield state
