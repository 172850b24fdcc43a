"""What every source does: put a model's files into a folder, whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol, TypeAlias

from foundation.errors import DauysError, ResourceExhausted, Unavailable
from models.catalogue import ModelCard

BLOCK: Final = 1 << 20
"""Bytes read at a time."""


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far one step of a pull is."""

    model: str
    """Catalogue id."""

    step: str
    """What is being done: a file's or a package's name, or ``verify NAME``."""

    done: int
    """Bytes."""

    total: int | None
    """Bytes, or None where unknown."""


ProgressCallback: TypeAlias = Callable[[PullProgress], None]
"""Called from the pulling thread, several times a second."""


def ignore_progress(_: PullProgress) -> None:
    """Report to nobody."""


class ModelSource(Protocol):
    """One place to get files from."""

    label: str
    """For messages: ``hub Systran/faster-whisper-small``."""

    space_factor: float
    """Bytes of disk needed for each byte of model while it is fetched."""

    def fetch(
        self,
        card: ModelCard,
        names: Iterable[str],
        files: Path,
        work: Path,
        progress: ProgressCallback,
    ) -> None:
        """Put those of ``names`` that this source has into the folder ``files``.

        A file appears under its name only when it is whole; ``work`` is a folder of this source's
        own that outlives a failed fetch, so that the next one goes on where this one stopped.
        Names that the source does not have are passed over.

        Raises:
            Unavailable: the source cannot be reached or broke off.
            FailedPrecondition: the source refuses (a gate).
            ResourceExhausted: the disk is full.
        """
        ...


def sha256_of(path: Path, report: Callable[[int], None] | None = None) -> str:
    """Hexadecimal SHA-256 of a file; ``report`` hears the bytes read so far."""
    digest = hashlib.sha256()
    done = 0
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
            done += len(block)
            if report:
                report(done)
    return digest.hexdigest()


def copy_into(
    readers: Iterable[BinaryIO], target: Path, report: Callable[[int], None] | None = None
) -> None:
    """Write the readers end to end to ``target``, which appears when it is whole and on the disk.

    Raises:
        OSError: the disk refused; nothing stands at ``target`` then.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    done = 0
    try:
        with part.open("wb") as out:
            for reader in readers:
                while block := reader.read(BLOCK):
                    out.write(block)
                    done += len(block)
                    if report:
                        report(done)
            out.flush()
            os.fsync(out.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def disk_error(error: OSError, what: str) -> DauysError:
    """The error to raise for a failed read or write."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ResourceExhausted(
            "disk", f"{what}: the disk is full; free some space or set DAUYS_MODELS_DIR"
        )
    return Unavailable(f"{what}: {error}")


def sync_folder(folder: Path) -> None:
    """Put the folder's names on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
