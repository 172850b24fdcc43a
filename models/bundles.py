"""One tar file that carries models to a site without a network.

The first member is ``manifest.json``; then each model's files stand as ``<id>/<file>``, in the
manifest's order. Nothing else may be in it: no folder, no link, no file the manifest does not name.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, Final, cast

from foundation.errors import DauysError, FailedPrecondition, InvalidArgument, NotFound
from models.catalogue import ModelCard, safe_name
from models.records import ModelRecord, expected_hash
from models.sources.base import (
    ProgressCallback,
    PullProgress,
    copy_into,
    disk_error,
)

FORMAT: Final = "dauys-models-1"
MANIFEST: Final = "manifest.json"
MANIFEST_LIMIT: Final = 1 << 20
"""Bytes."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class BundleEntry:
    """One model of a bundle."""

    id: str
    license: str
    files: Mapping[str, tuple[str, int]]
    """Name → SHA-256 and bytes."""

    folder: Path | None = None
    """Where the files stand, when a bundle is written."""


def write_bundle(entries: Sequence[BundleEntry], out: Path, progress: ProgressCallback) -> Path:
    """Write a bundle; it appears under its name when it is whole.

    Raises:
        InvalidArgument: no models were named.
        ResourceExhausted: the disk is full.
        Unavailable: the file cannot be written.
    """
    if not entries:
        raise InvalidArgument("ids", "name at least one model")
    manifest = {
        "format": FORMAT,
        "models": [
            {
                "id": entry.id,
                "license": entry.license,
                "files": {n: {"sha256": h, "size": s} for n, (h, s) in entry.files.items()},
            }
            for entry in entries
        ],
    }
    part = out.with_name(out.name + ".part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(part, "w", format=tarfile.PAX_FORMAT) as archive:
            data = json.dumps(manifest, indent=1).encode()
            archive.addfile(_member(MANIFEST, len(data)), io.BytesIO(data))
            for entry in entries:
                for name, (_, size) in entry.files.items():
                    assert entry.folder is not None
                    with (entry.folder / name).open("rb") as stream:
                        archive.addfile(_member(f"{entry.id}/{name}", size), stream)
                    progress(PullProgress(entry.id, f"bundle {name}", size, size))
        part.replace(out)
    except OSError as error:
        raise disk_error(error, f"writing {out}") from error
    finally:
        part.unlink(missing_ok=True)
    return out


def check_entry(card: ModelCard, entry: BundleEntry, record: ModelRecord) -> None:
    """Hold a bundle's hashes to those of the catalogue and of the first pull.

    Raises:
        InvalidArgument: the bundle's files are not the model's.
        FailedPrecondition: a hash is not the one expected.
    """
    if set(entry.files) != set(card.names):
        raise InvalidArgument("bundle", f"its files of {card.id} are not those of the catalogue")
    for name, (digest, _) in entry.files.items():
        expected = expected_hash(card, record, name)
        if expected and digest != expected:
            raise FailedPrecondition(
                f"wrong hash of {card.id}/{name} in the bundle: expected {expected}, got {digest}"
            )


class Bundle:
    """A bundle that is being read, front to back."""

    def __init__(self, archive: tarfile.TarFile, entries: tuple[BundleEntry, ...]) -> None:
        self._archive = archive
        self.entries = entries

    def extract(self, entry: BundleEntry, folder: Path, progress: ProgressCallback) -> None:
        """Copy a model's files into ``folder``, each checked against the manifest.

        Raises:
            FailedPrecondition: a wrong hash; names the file, the hash expected and got.
            InvalidArgument: the bundle is cut short.
            OSError: the disk refused.
        """
        for name, (expected, size) in entry.files.items():
            stream = self._archive.extractfile(f"{entry.id}/{name}")
            assert stream is not None  # open_bundle lets only regular files through
            hashing = _Hashing(stream)

            def report(done: int, name: str = name, size: int = size) -> None:
                progress(PullProgress(entry.id, f"import {name}", done, size))

            try:
                copy_into([cast(BinaryIO, hashing)], folder / name, report)
            except tarfile.TarError as error:
                raise InvalidArgument("bundle", f"cut short or damaged: {error}") from error
            got = hashing.digest.hexdigest()
            if got != expected:
                (folder / name).unlink()
                raise FailedPrecondition(
                    f"wrong hash of {entry.id}/{name} in the bundle: expected {expected}, got {got}"
                )


@contextmanager
def open_bundle(file: Path) -> Iterator[Bundle]:
    """Read a bundle's table of contents and refuse anything that is not a plain bundle.

    Raises:
        NotFound: there is no such file.
        InvalidArgument: not a bundle; or a member is a link, a device or a folder, has an absolute
            or climbing path, stands twice, or is not in the manifest.
    """
    try:
        with tarfile.open(file, "r:") as archive:
            members = archive.getmembers()
            if not members or members[0].name != MANIFEST:
                raise InvalidArgument("bundle", f"{file.name} does not begin with {MANIFEST}")
            for member in members:
                safe_name(member.name, "bundle")
                # issparse: a few bytes of archive must not unfold to a terabyte of file
                if not member.isreg() or member.issparse():
                    raise InvalidArgument("bundle", f"{member.name!r} is not a regular file")
            entries = _manifest(archive, members[0])
            wanted = {
                f"{entry.id}/{name}": size
                for entry in entries
                for name, (_, size) in entry.files.items()
            }
            have = [(member.name, member.size) for member in members[1:]]
            if sorted(have) != sorted(wanted.items()):
                raise InvalidArgument("bundle", "its members are not those of its manifest")
            yield Bundle(archive, entries)
    except FileNotFoundError:
        raise NotFound(f"no file {file}") from None
    except tarfile.TarError as error:
        raise InvalidArgument("bundle", f"{file.name} is not a tar file: {error}") from error
    except DauysError:
        raise
    except OSError as error:
        raise disk_error(error, f"reading {file}") from error


def _manifest(archive: tarfile.TarFile, member: tarfile.TarInfo) -> tuple[BundleEntry, ...]:
    if member.size > MANIFEST_LIMIT:
        raise InvalidArgument("bundle", f"the manifest is over {MANIFEST_LIMIT} bytes")
    stream = archive.extractfile(member)
    assert stream is not None
    try:
        document = json.loads(stream.read())
        if document["format"] != FORMAT:
            raise InvalidArgument("bundle", f"format {document['format']!r} is not {FORMAT!r}")
        return tuple(
            BundleEntry(
                id=safe_name(str(model["id"]), "bundle"),
                license=str(model["license"]),
                files={n: _file(n, values) for n, values in model["files"].items()},
            )
            for model in document["models"]
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidArgument("bundle", f"the manifest cannot be read: {error}") from error


def _file(name: str, values: Mapping[str, Any]) -> tuple[str, int]:
    digest, size = str(values["sha256"]), int(values["size"])
    if not _SHA256.fullmatch(digest) or size < 0:
        raise InvalidArgument("bundle", f"the manifest's entry of {name!r} is wrong")
    safe_name(name, "bundle")
    return digest, size


def _member(name: str, size: int) -> tarfile.TarInfo:
    """A member with no owner and no time, so that equal models make equal bundles."""
    member = tarfile.TarInfo(name)
    member.size = size
    member.mode = 0o644
    return member


class _Hashing:
    """A reader that hashes what passes through."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        block = self._stream.read(size)
        self.digest.update(block)
        return block
