"""Small models to pull."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from models.catalogue import Catalogue, HubSource, ModelCard, ModelFile, Source
from models.store import ModelStore

WEIGHTS = bytes(range(256)) * 4096
CONFIG = b'{"layers": 1}'
CONTENT = {"model.bin": WEIGHTS, "config.json": CONFIG}
HUB = HubSource("someone/tiny")


def card(*sources: Source, pinned: bool = True, **changes: object) -> ModelCard:
    files = tuple(
        ModelFile(name, hashlib.sha256(data).hexdigest(), len(data)) if pinned else ModelFile(name)
        for name, data in CONTENT.items()
    )
    plain = ModelCard(
        id="tiny",
        display_name="Tiny",
        task="speech-to-text",
        languages=("kk",),
        engine="faster-whisper",
        license="MIT",
        commercial_use=True,
        size_bytes=sum(map(len, CONTENT.values())),
        files=files,
        sources=sources,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def store_of(tmp_path: Path, model: ModelCard, mirror: Path | None = None) -> ModelStore:
    return ModelStore(tmp_path / "store", mirror, Catalogue((model,)))


def write_mirror(folder: Path, content: dict[str, bytes] | None = None) -> Path:
    (folder / "tiny").mkdir(parents=True)
    for name, data in (content or CONTENT).items():
        (folder / "tiny" / name).write_bytes(data)
    return folder


def assert_whole(folder: Path) -> None:
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == CONTENT


def assert_nothing(store: ModelStore) -> None:
    """No half model."""
    assert not (store.root / "tiny").exists()
