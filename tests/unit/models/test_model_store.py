from __future__ import annotations

import errno
import hashlib
import os
import shutil
import threading
from collections import namedtuple
from pathlib import Path

import pytest
from huggingface_hub import constants

from foundation.errors import (
    FailedPrecondition,
    NotFound,
    ResourceExhausted,
    Unavailable,
)
from models.sources.base import PullProgress
from models.store import ModelState, ModelStore
from tests.unit.models.hub_stand_in import HubState
from tests.unit.models.store_fixtures import (
    CONFIG,
    CONTENT,
    HUB,
    WEIGHTS,
    assert_nothing,
    assert_whole,
    card,
    store_of,
    write_mirror,
)


def test_pull_from_hub_reports_progress(tmp_path: Path, hub: HubState) -> None:
    store = store_of(tmp_path, card(HUB))
    news: list[PullProgress] = []
    assert store.state("tiny") is ModelState.AVAILABLE
    folder = store.pull("tiny", progress=news.append)
    assert_whole(folder)
    assert store.state("tiny") is ModelState.PULLED
    assert store.path("tiny") == store.verify("tiny") == folder
    weights = [n for n in news if n.step == "model.bin"]
    assert weights[-1].done == weights[-1].total == len(WEIGHTS)
    assert not (store.root / ".partial" / "tiny").exists()


def test_a_fingerprint_says_which_files_a_model_has(tmp_path: Path, hub: HubState) -> None:
    # sha256sum config.json model.bin | sed 's/  / /' | sha256sum
    lines = "".join(
        f"{hashlib.sha256(CONTENT[name]).hexdigest()} {name}\n" for name in sorted(CONTENT)
    )
    wanted = hashlib.sha256(lines.encode()).hexdigest()
    assert store_of(tmp_path, card(HUB)).fingerprint("tiny") == wanted
    store = store_of(tmp_path, card(HUB, pinned=False))
    assert store.fingerprint("tiny") == ""
    store.pull("tiny")
    assert store.fingerprint("tiny") == wanted
    with pytest.raises(NotFound):
        store.fingerprint("other")


def test_second_pull_downloads_nothing(tmp_path: Path, hub: HubState) -> None:
    store = store_of(tmp_path, card(HUB))
    store.pull("tiny")
    hub.ranges.clear()
    store.pull("tiny")
    assert hub.ranges == []


def test_interrupted_download_goes_on_where_it_stopped(
    tmp_path: Path, hub: HubState, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is kept is a whole number of the library's blocks, 10 MB each but for this.
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1 << 16)
    store = store_of(tmp_path, card(HUB))
    hub.break_after = 300_000
    with pytest.raises(Unavailable, match=r"could not get model\.bin"):
        store.pull("tiny")
    assert_nothing(store)
    assert store.state("tiny") is ModelState.PARTIAL
    with pytest.raises(FailedPrecondition, match="dauys models pull tiny"):
        store.path("tiny")

    hub.break_after, hub.broken = None, False
    hub.ranges.clear()
    assert_whole(store_of(tmp_path, card(HUB)).pull("tiny"))
    assert hub.ranges[0] == f"bytes={4 << 16}-"


def test_wrong_hash_deletes_the_file_and_says_which(tmp_path: Path, hub: HubState) -> None:
    hub.files["model.bin"] = b"x" * len(WEIGHTS)
    store = store_of(tmp_path, card(HUB))
    expected = card().file("model.bin").sha256
    with pytest.raises(
        FailedPrecondition, match=rf"model\.bin: expected {expected}, got [0-9a-f]{{64}}"
    ):
        store.pull("tiny")
    assert_nothing(store)
    assert not (store.root / ".partial/tiny/files/model.bin").exists()
    assert (store.root / ".partial/tiny/files/config.json").read_bytes() == CONFIG

    hub.files["model.bin"] = WEIGHTS
    assert_whole(store.pull("tiny"))


def test_wrong_file_of_the_mirror_is_made_good_by_the_hub(tmp_path: Path, hub: HubState) -> None:
    mirror = write_mirror(tmp_path / "mirror", {"model.bin": WEIGHTS, "config.json": b"{}"})
    assert_whole(store_of(tmp_path, card(HUB), mirror).pull("tiny"))
    assert len(hub.ranges) == 1


def test_mirror_alone(tmp_path: Path) -> None:
    assert_whole(store_of(tmp_path, card(), write_mirror(tmp_path / "mirror")).pull("tiny"))


def test_mirror_and_root_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAUYS_MODELS_DIR", str(tmp_path / "there"))
    monkeypatch.setenv("DAUYS_MODELS_MIRROR", str(write_mirror(tmp_path / "mirror")))
    store = ModelStore(catalogue=store_of(tmp_path, card()).catalogue)
    assert store.pull("tiny") == tmp_path / "there/tiny"


def test_no_source_answers(tmp_path: Path) -> None:
    store = store_of(tmp_path, card(HUB), tmp_path / "no mirror")
    with pytest.raises(Unavailable, match=r"(?s)mirror .*has no folder tiny.*hub someone/tiny: "):
        store.pull("tiny")


def test_offline_switch(tmp_path: Path, hub: HubState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(Unavailable, match="HF_HUB_OFFLINE is set"):
        store_of(tmp_path, card(HUB)).pull("tiny")
    assert hub.ranges == []


def test_gated_repository(tmp_path: Path, hub: HubState) -> None:
    hub.gated = True
    with pytest.raises(
        FailedPrecondition, match="is gated: ask for access on its page, then set HF_TOKEN"
    ):
        store_of(tmp_path, card(HUB, gated=True)).pull("tiny", accept_license=True)


def test_file_that_the_hub_lacks(tmp_path: Path, hub: HubState) -> None:
    del hub.files["config.json"]
    with pytest.raises(Unavailable, match=r"could not get config\.json"):
        store_of(tmp_path, card(HUB)).pull("tiny")


def test_unpinned_file_is_held_to_the_first_pull(tmp_path: Path, hub: HubState) -> None:
    store = store_of(tmp_path, card(HUB, pinned=False))
    store.pull("tiny")
    store.remove("tiny")
    assert store.state("tiny") is ModelState.AVAILABLE
    hub.files["config.json"] = b'{"layers": 2}'
    with pytest.raises(FailedPrecondition, match=r"wrong hash of config\.json.*of the first pull"):
        store.pull("tiny")
    assert_nothing(store)
    store.remove("tiny", forget=True)
    assert (store.pull("tiny") / "config.json").read_bytes() == b'{"layers": 2}'


def test_licence_must_be_accepted_once(tmp_path: Path, hub: HubState) -> None:
    model = card(HUB, commercial_use=False, license="CC-BY-NC-4.0")
    store = store_of(tmp_path, model)
    with pytest.raises(FailedPrecondition, match=r"\(CC-BY-NC-4\.0\) forbids .*--accept-license"):
        store.pull("tiny")
    assert hub.ranges == []
    assert store.state("tiny") is ModelState.AVAILABLE
    with pytest.raises(FailedPrecondition, match="pull tiny --accept-license"):
        store.path("tiny")
    store.pull("tiny", accept_license=True)
    store.remove("tiny")
    assert_whole(store.pull("tiny"))


def test_disk_too_small_is_told_before_the_download(
    tmp_path: Path, hub: HubState, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 0, 10))
    store = store_of(tmp_path, card(HUB))
    with pytest.raises(ResourceExhausted, match="has 0 MiB free and 65 MiB are needed") as raised:
        store.pull("tiny")
    assert raised.value.subject == "disk"
    assert hub.ranges == []
    assert_nothing(store)


@pytest.mark.parametrize("source", ["mirror", "hub"])
def test_disk_that_fills_up_meanwhile(
    tmp_path: Path, hub: HubState, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    mirror = write_mirror(tmp_path / "mirror") if source == "mirror" else None
    store = store_of(tmp_path, card(HUB), mirror)
    with pytest.raises(ResourceExhausted, match="the disk is full"):
        store.pull("tiny")
    assert_nothing(store)
    monkeypatch.undo()
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    assert_whole(store.pull("tiny"))


def test_store_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file where the folder should be")
    with pytest.raises(Unavailable, match="cannot be written"):
        store_of(tmp_path, card(HUB)).pull("tiny")


def test_damaged_model_is_found_and_mended(tmp_path: Path, hub: HubState) -> None:
    store = store_of(tmp_path, card(HUB))
    weights = store.pull("tiny") / "model.bin"
    weights.write_bytes(b"x" + WEIGHTS[1:])  # same size
    os.utime(weights, ns=(1, 1))
    for check in (store.path, store.verify):
        with pytest.raises(FailedPrecondition, match="mend it with: dauys models pull tiny"):
            check("tiny")
    hub.ranges.clear()
    assert_whole(store.pull("tiny"))
    assert len(hub.ranges) == 1

    (store.root / "tiny/config.json").unlink()
    assert store.state("tiny") is ModelState.DAMAGED
    with pytest.raises(FailedPrecondition, match="damaged"):
        store.path("tiny")
    assert_whole(store.pull("tiny"))


def test_ensure_pulls_starters_only(tmp_path: Path, hub: HubState) -> None:
    with pytest.raises(FailedPrecondition, match="get it with: dauys models pull tiny"):
        store_of(tmp_path, card(HUB)).ensure("tiny")
    assert_whole(store_of(tmp_path, card(HUB, starter=True)).ensure("tiny"))
    with pytest.raises(NotFound):
        store_of(tmp_path, card(HUB)).ensure("other")


def test_concurrent_pulls_download_once(tmp_path: Path, hub: HubState) -> None:
    holds, waits = threading.Event(), threading.Event()
    folders: list[Path] = []

    def first(news: PullProgress) -> None:
        holds.set()
        assert waits.wait(30)

    def second(news: PullProgress) -> None:
        if news.step == "waiting for another process":
            waits.set()

    def pull(progress: object) -> None:
        store = store_of(tmp_path, card(HUB))
        folders.append(store.pull("tiny", progress=progress))  # type: ignore[arg-type]

    threads = [threading.Thread(target=pull, args=(progress,)) for progress in (first, second)]
    threads[0].start()
    assert holds.wait(30)
    threads[1].start()
    for thread in threads:
        thread.join(60)
    assert folders == [tmp_path / "store/tiny"] * 2
    assert_whole(folders[0])
    assert len(hub.ranges) == len(CONTENT)


def test_remove(tmp_path: Path, hub: HubState) -> None:
    store = store_of(tmp_path, card(HUB))
    assert not store.remove("tiny")
    store.pull("tiny")
    assert store.remove("tiny")
    assert store.state("tiny") is ModelState.AVAILABLE
