from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from foundation.errors import FailedPrecondition, NotFound
from models import engines
from models.catalogue import ModelFile
from models.engines.base import Engine, EngineOptions
from models.loading import EngineLoader, make_loader
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
    model = card(starter=True, engine="tiny", settings={"beam": 3})
    options = EngineOptions(workers=2)
    load = make_loader(store_of(tmp_path, model, write_mirror(tmp_path / "mirror")), options)
    engine = load("tiny")
    assert isinstance(engine, TinyEngine)
    assert engine.options == replace(options, languages=("kk",), settings={"beam": 3})
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


def test_loader_refuses_a_checkpoint_that_can_run_code_unless_it_is_pinned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(engines.ENGINES, "tiny", f"{__name__}:TinyEngine")
    mirror = tmp_path / "mirror"
    (mirror / "tiny").mkdir(parents=True)
    (mirror / "tiny" / "speech.nemo").write_bytes(b"pickles")

    def loader(sha256: str | None, folder: str) -> EngineLoader:
        files = (ModelFile("speech.nemo", sha256, 7),)
        model = card(starter=True, engine="tiny", files=files)
        return make_loader(store_of(tmp_path / folder, model, mirror), EngineOptions())

    with pytest.raises(FailedPrecondition, match=r"speech.nemo is unpickled.*add sha256"):
        loader(None, "open")("tiny")
    assert not (tmp_path / "open").exists(), "it is refused before it is pulled"
    pin = hashlib.sha256(b"pickles").hexdigest()
    assert isinstance(loader(pin, "pinned")("tiny"), TinyEngine)


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(engines.ENGINES, "nemo", "models.engines.no_such_module:Engine")
    with pytest.raises(FailedPrecondition, match=r"pip install 'dauys-server\[nemo\]'"):
        engines.open_engine("nemo", tmp_path, EngineOptions())
