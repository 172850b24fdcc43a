"""Models that the distribution ships itself: copied from the package, without a network."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from foundation.errors import FailedPrecondition, InvalidArgument, Unavailable
from models.catalogue import Catalogue, ModelCard, ModelFile, PackageSource, load_catalogue
from models.sources import package
from models.sources.base import PullProgress
from models.store import ModelState, ModelStore

CONTENT = b"weights"


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as the package would have it."""
    folder = tmp_path / "package" / "starter" / "tiny"
    (folder / "inner").mkdir(parents=True)
    (folder / "model.bin").write_bytes(CONTENT)
    (folder / "inner" / "pieces.model").write_bytes(b"pieces")
    monkeypatch.setattr(package, "package_files", lambda _: tmp_path / "package")
    return folder


def card(folder: str = "starter/tiny") -> ModelCard:
    files = (
        ModelFile("model.bin", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT)),
        ModelFile("inner/pieces.model", hashlib.sha256(b"pieces").hexdigest(), 6),
    )
    return ModelCard(
        id="tiny",
        display_name="Tiny",
        task="translation",
        languages=("kk",),
        engine="none",
        license="MIT",
        commercial_use=True,
        size_bytes=13,
        files=files,
        sources=(PackageSource(folder),),
    )


def store(tmp_path: Path, model: ModelCard) -> ModelStore:
    return ModelStore(tmp_path / "root", catalogue=Catalogue((model,)))


def test_files_are_copied_and_verified(shipped: Path, tmp_path: Path) -> None:
    models = store(tmp_path, card())
    seen: list[PullProgress] = []
    folder = models.pull("tiny", progress=seen.append)
    assert (folder / "model.bin").read_bytes() == CONTENT
    assert (folder / "inner" / "pieces.model").read_bytes() == b"pieces"
    assert models.state("tiny") is ModelState.PULLED
    assert ("model.bin", len(CONTENT)) in {(step.step, step.done) for step in seen}


def test_a_changed_file_is_refused(shipped: Path, tmp_path: Path) -> None:
    (shipped / "model.bin").write_bytes(b"wEights")
    models = store(tmp_path, card())
    with pytest.raises(FailedPrecondition, match=r"model\.bin"):
        models.pull("tiny")
    assert models.state("tiny") is not ModelState.PULLED


def test_an_installation_without_the_folder_says_so(shipped: Path, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no folder models/starter/other"):
        store(tmp_path, card("starter/other")).pull("tiny")


def test_a_folder_outside_the_package_is_refused(tmp_path: Path) -> None:
    text = """
[[models]]
id = "tiny"
task = "translation"
languages = ["kk"]
engine = "none"
license = "MIT"
commercial_use = true
size_bytes = 1
[models.files]
"model.bin" = {}
[[models.sources]]
kind = "package"
folder = "../outside"
"""
    path = tmp_path / "catalogue.toml"
    path.write_text(text)
    with pytest.raises(InvalidArgument, match="folder"):
        load_catalogue(path)
    path.write_text(text.replace("../outside", "starter/tiny"))
    assert load_catalogue(path).get("tiny").sources == (PackageSource("starter/tiny"),)


def test_the_starter_translator_is_pulled_without_a_network(tmp_path: Path) -> None:
    """The shipped files are those that the catalogue pins."""
    model = load_catalogue().get("starter-translator")
    assert model.pinned
    only = replace(model, sources=tuple(s for s in model.sources if isinstance(s, PackageSource)))
    assert only.sources
    folder = store(tmp_path, only).pull(model.id)
    assert sum((folder / name).stat().st_size for name in model.names) == model.size_bytes
