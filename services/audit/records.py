"""Entries of the audit log, and the hashes that chain them.

The hash of an entry is SHA-256 of its canonical JSON: an object of all fields but the hash itself
and the texts, keys sorted, no spaces, UTF-8 without escapes that JSON does not ask for. The hash of
the entry before is one of the fields, so that no entry can be changed, left out or put in without
all later hashes changing, too. Of texts (prompts) only their SHA-256 is in the chain: they may be
left out, or erased later, and the chain still holds.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeAlias

JsonValue: TypeAlias = (
    "str | int | float | bool | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
)

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")

BEGINNING: Final = bytes(32)
"""What the first entry has in the place of a hash before it."""


class Action(StrEnum):
    """What was done."""

    IMAGE_GENERATED = "image.generate"
    IMAGE_REFUSED = "image.refuse"
    """By the operator's filters."""

    IMAGE_STOPPED = "image.stop"
    """It was begun; then the caller left or the model failed."""

    IMAGE_DELETED = "image.delete"
    """By a caller."""

    IMAGE_EXPIRED = "image.expire"
    """By the server, after ``DAUYS_IMAGES_DAYS``."""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """What is to be kept of an action."""

    tenant: str
    action: str
    """One of ``Action``."""

    subject: str = ""
    """What it was done to or what it made: ``images/…``."""

    model: str = ""
    """The catalogue's id."""

    model_version: str = ""
    """``ModelStore.fingerprint``: which files it was."""

    details: Mapping[str, JsonValue] = field(default_factory=dict)
    """Sizes, seed, steps, what a filter decided; finite numbers only."""

    texts: Mapping[str, str] = field(default_factory=dict)
    """What people wrote, by name (``prompt``). Kept, or its SHA-256 alone, as the operator sets."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A record as it stands in the log."""

    number: int
    """From 1, without a gap."""

    time: int
    """Microseconds since 1970, UTC, by the server's clock."""

    tenant: str
    action: str
    subject: str
    model: str
    model_version: str
    details: Mapping[str, JsonValue]
    text_hashes: Mapping[str, str]
    """Name → SHA-256 of the text in UTF-8, hexadecimal."""

    texts: Mapping[str, str]
    """Those that were kept."""

    previous: bytes
    """Hash of the entry before, 32 bytes."""

    hash: bytes
    """32 bytes."""

    def canonical(self) -> bytes:
        """What is hashed."""
        return canonical_json(self.chained())

    def chained(self) -> dict[str, JsonValue]:
        """The fields that the hash covers, as they are in JSON."""
        return {
            "number": self.number,
            "time": self.time,
            "tenant": self.tenant,
            "action": self.action,
            "subject": self.subject,
            "model": self.model,
            "model_version": self.model_version,
            "details": self.details,
            "text_sha256": self.text_hashes,
            "previous": self.previous.hex(),
        }

    def fault(self) -> str:
        """What is wrong with this entry taken alone; empty: nothing."""
        if hashlib.sha256(self.canonical()).digest() != self.hash:
            return "its fields are not those that were hashed"
        for name, text in self.texts.items():
            if text_sha256(text) != self.text_hashes.get(name):
                return f"its text {name!r} is not the one that was hashed"
        return ""


def canonical_json(value: JsonValue) -> bytes:
    """JSON in the one form that is hashed.

    Raises:
        ValueError: a number is not finite.
    """
    text: str = json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )
    return text.encode()


def text_sha256(text: str) -> str:
    """Hexadecimal, of UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def storable(value: Any, longest: int | None = None) -> Any:
    """A value with every text in it such that every database and UTF-8 take it.

    NUL and halves of surrogate pairs become U+FFFD. What is longer than ``longest`` is cut.
    """
    if isinstance(value, str):
        clean = _UNSTORABLE.sub("\ufffd", value)
        return clean if longest is None else clean[:longest]
    if isinstance(value, Mapping):
        return {storable(name): storable(each) for name, each in value.items()}
    if isinstance(value, Sequence):
        return [storable(each) for each in value]
    return value
