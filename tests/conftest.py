"""Fixtures that several rooms share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How fast examples come depends on what else the machine does.
settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any-machine")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where processes share the tests, the longest files come first, so that all end together."""
    if hasattr(config, "workerinput"):
        long = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="session")
def whisper_base() -> Path:
    """The starter speech model's folder, pulled on first use."""
    from models.store import ModelStore

    return ModelStore().ensure("whisper-base")


@pytest.fixture(scope="session")
def shared_speech() -> Path:
    """Speech with transcripts that lies beside the checkout."""
    folder = Path(__file__).parents[1].parent / "shared" / "data" / "speech"
    if not folder.is_dir():
        pytest.skip("no shared speech beside the checkout")
    return folder


@pytest.fixture(autouse=True)
def own_database(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test writes to the user's own database, or to the gallery beside it."""
    folder = tmp_path_factory.mktemp("database")
    monkeypatch.setenv("DAUYS_DATABASE_URL", f"sqlite:///{folder / 'dauys.sqlite3'}")
    monkeypatch.setenv("DAUYS_IMAGES_ROOT", str(folder / "images"))
