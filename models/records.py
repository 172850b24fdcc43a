"""What the store remembers of a model: the hash of every file it took in, kept as JSON.

A record outlives the model's removal, so that files whose hash the catalogue does not pin are
held to what was first pulled.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from models.catalogue import ModelCard


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file as it was when it was verified."""

    sha256: str
    size: int
    """Bytes."""

    source: str
    """Label of the source that gave it."""

    mtime_ns: int
    """A file whose size and time are still these is not hashed again before it is used."""


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """One model as it was pulled."""

    id: str
    files: Mapping[str, FileRecord] = field(default_factory=dict)
    license_accepted: str | None = None


def read_record(path: Path, model_id: str) -> ModelRecord:
    """The record at ``path``; an empty one where there is none or it cannot be understood."""
    try:
        document = json.loads(path.read_text("utf-8"))
        return ModelRecord(
            id=model_id,
            files={name: FileRecord(**values) for name, values in document["files"].items()},
            license_accepted=document["license_accepted"],
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return ModelRecord(model_id)


def write_record(path: Path, record: ModelRecord) -> None:
    """Replace the record at ``path`` in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as stream:
        json.dump(asdict(record), stream, indent=1, sort_keys=True)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)


def expected_hash(card: ModelCard, record: ModelRecord, name: str) -> str | None:
    """The hash a file must have: the catalogue's, else that of the first pull, else None."""
    known = record.files.get(name)
    return card.file(name).sha256 or (known.sha256 if known else None)


def fingerprint(card: ModelCard, record: ModelRecord) -> str:
    """Which files these are: SHA-256 (hexadecimal) of a line each, ``hash name``, by name.

    Empty where a file's hash is not known.
    """
    hashes = {name: expected_hash(card, record, name) for name in sorted(card.names)}
    if not all(hashes.values()):
        return ""
    lines = "".join(f"{value} {name}\n" for name, value in hashes.items())
    return hashlib.sha256(lines.encode()).hexdigest()
