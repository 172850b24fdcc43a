from __future__ import annotations

from pathlib import Path

import pytest

from foundation.errors import FailedPrecondition, NotFound
from models import engines
from models.engines.base import Engine, EngineOptions
from models.loading import make_loader
from tests.unit.models.store_fixtures import assert_whole, card, store_of, write_mirror


class TinyEngine(Engine):
    """Remembers how it was opened."""

    def __init__(self, folder: Path, options: EngineOptions) -> None:
        self.folder = folder
        self.options = options

    @classmethod
    def open(cls, folder: Path, options: EngineOptions) -> TinyEngine:
        return cls(folder, options)


def test_loader_pulls_a_starter_and_opens_its_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(engines.ENGINES, "tiny", f"{__name__}:TinyEngine")
    model = card(starter=True, engine="tiny")
    options = EngineOptions(workers=2)
    load = make_loader(store_of(tmp_path, model, write_mirror(tmp_path / "mirror")), options)
    engine = load("tiny")
    assert isinstance(engine, TinyEngine)
    assert engine.options is options
    assert_whole(engine.folder)


def test_loader_refuses_the_unknown_and_the_absent(tmp_path: Path) -> None:
    load = make_loader(store_of(tmp_path, card()), EngineOptions())
    with pytest.raises(NotFound, match="did you mean tiny"):
        load("tinny")
    with pytest.raises(FailedPrecondition, match="dauys models pull tiny"):
        load("tiny")


def test_loader_of_a_model_whose_engine_is_not_there(tmp_path: Path) -> None:
    model = card(starter=True, engine="abacus")
    load = make_loader(
        store_of(tmp_path, model, write_mirror(tmp_path / "mirror")), EngineOptions()
    )
    with pytest.raises(NotFound, match="no engine 'abacus'"):
        load("tiny")
