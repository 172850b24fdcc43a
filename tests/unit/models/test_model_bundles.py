from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from foundation.errors import FailedPrecondition, InvalidArgument, NotFound
from models.bundles import FORMAT
from models.store import ModelState
from tests.unit.models.store_fixtures import (
    CONTENT,
    WEIGHTS,
    assert_nothing,
    assert_whole,
    card,
    store_of,
    write_mirror,
)


def _bundle(tmp_path: Path, pinned: bool = True) -> Path:
    store = store_of(tmp_path / "a", card(pinned=pinned), write_mirror(tmp_path / "mirror"))
    store.pull("tiny")
    return store.bundle(["tiny", "tiny"], tmp_path / "out/tiny.tar")


@pytest.mark.parametrize("pinned", [True, False])
def test_round_trip(tmp_path: Path, pinned: bool) -> None:
    file = _bundle(tmp_path, pinned)
    store = store_of(tmp_path / "b", card(pinned=pinned))
    assert store.import_bundle(file) == ("tiny",)
    assert_whole(store.verify("tiny"))
    assert store.import_bundle(file) == ("tiny",)  # again: nothing to do


def test_bundle_of_what_is_not_here(tmp_path: Path) -> None:
    store = store_of(tmp_path, card())
    with pytest.raises(FailedPrecondition, match="dauys models pull tiny"):
        store.bundle(["tiny"], tmp_path / "x.tar")
    with pytest.raises(InvalidArgument):
        store.bundle([], tmp_path / "x.tar")
    with pytest.raises(NotFound):
        store.import_bundle(tmp_path / "x.tar")


def test_import_asks_for_the_licence(tmp_path: Path) -> None:
    file = _bundle(tmp_path)
    store = store_of(tmp_path / "b", card(commercial_use=False))
    with pytest.raises(FailedPrecondition, match="--accept-license"):
        store.import_bundle(file)
    assert_nothing(store)
    store.import_bundle(file, accept_license=True)
    assert store.state("tiny") is ModelState.PULLED


def test_import_of_a_model_unknown_here(tmp_path: Path) -> None:
    file = _bundle(tmp_path)
    with pytest.raises(NotFound):
        store_of(tmp_path / "b", card(id="other")).import_bundle(file)


def _manifest(**changes: object) -> bytes:
    files = {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        for name, data in CONTENT.items()
    }
    document = {"format": FORMAT, "models": [{"id": "tiny", "license": "MIT", "files": files}]}
    return json.dumps(document | changes).encode()


def _tar(path: Path, members: list[tuple[str, bytes]], *special: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        for member in special:
            archive.addfile(member)
    return path


def _plain() -> list[tuple[str, bytes]]:
    files = [(f"tiny/{name}", data) for name, data in CONTENT.items()]
    return [("manifest.json", _manifest()), *files]


def _special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type = kind
    member.linkname = target
    return member


HOSTILE: dict[str, Callable[[Path], Path]] = {
    "climbs out": lambda p: _tar(p, [*_plain(), ("../evil", b"x")]),
    "climbs inside": lambda p: _tar(p, [*_plain(), ("tiny/../../evil", b"x")]),
    "absolute": lambda p: _tar(p, [*_plain(), ("/tmp/evil", b"x")]),
    "symbolic link": lambda p: _tar(
        p, _plain(), _special("tiny/link", tarfile.SYMTYPE, "/etc/passwd")
    ),
    "hard link": lambda p: _tar(
        p, _plain()[:-1], _special("tiny/config.json", tarfile.LNKTYPE, "/etc/passwd")
    ),
    "device": lambda p: _tar(p, _plain(), _special("tiny/dev", tarfile.CHRTYPE)),
    "folder": lambda p: _tar(p, _plain(), _special("tiny/sub", tarfile.DIRTYPE)),
    "unlisted file": lambda p: _tar(p, [*_plain(), ("tiny/run.py", b"x")]),
    "twice": lambda p: _tar(p, [*_plain(), _plain()[1]]),
    "missing": lambda p: _tar(p, _plain()[:-1]),
    "no manifest": lambda p: _tar(p, _plain()[1:]),
    "not JSON": lambda p: _tar(p, [("manifest.json", b"{"), *_plain()[1:]]),
    "deep JSON": lambda p: _tar(p, [("manifest.json", b"[" * 100_000), *_plain()[1:]]),
    "other format": lambda p: _tar(p, [("manifest.json", _manifest(format="zip")), *_plain()[1:]]),
    "evil id": lambda p: _tar(
        p,
        [
            (
                "manifest.json",
                _manifest(models=[{"id": "../tiny", "license": "MIT", "files": {}}]),
            )
        ],
    ),
    "empty": lambda p: _tar(p, []),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_bundle_is_refused(tmp_path: Path, kind: str) -> None:
    store = store_of(tmp_path, card())
    with pytest.raises(InvalidArgument):
        store.import_bundle(HOSTILE[kind](tmp_path / "evil.tar"))
    assert_nothing(store)
    assert {p.name for p in tmp_path.iterdir()} <= {"evil.tar", "store"}


def test_not_a_tar_file(tmp_path: Path) -> None:
    file = tmp_path / "x.tar"
    file.write_bytes(b"text" * 1000)
    with pytest.raises(InvalidArgument, match="not a tar file"):
        store_of(tmp_path, card()).import_bundle(file)


def test_bundle_cut_short(tmp_path: Path) -> None:
    whole = _bundle(tmp_path).read_bytes()
    file = tmp_path / "cut.tar"
    file.write_bytes(whole[:500_000])
    store = store_of(tmp_path / "b", card())
    with pytest.raises(InvalidArgument):
        store.import_bundle(file)
    assert_nothing(store)


def test_wrong_bytes_in_a_bundle(tmp_path: Path) -> None:
    members = _plain()
    members[1] = ("tiny/model.bin", b"x" * len(WEIGHTS))
    store = store_of(tmp_path, card())
    with pytest.raises(FailedPrecondition, match=r"tiny/model\.bin in the bundle: expected .*got"):
        store.import_bundle(_tar(tmp_path / "x.tar", members))
    assert_nothing(store)


def test_wrong_hash_in_the_manifest(tmp_path: Path) -> None:
    files = {
        name: {"sha256": "0" * 64 if name == "model.bin" else hashlib.sha256(d).hexdigest()}
        | {"size": len(d)}
        for name, d in CONTENT.items()
    }
    manifest = _manifest(models=[{"id": "tiny", "license": "MIT", "files": files}])
    store = store_of(tmp_path, card())
    with pytest.raises(FailedPrecondition, match=r"wrong hash of tiny/model\.bin"):
        store.import_bundle(_tar(tmp_path / "x.tar", [("manifest.json", manifest), *_plain()[1:]]))
    assert_nothing(store)
