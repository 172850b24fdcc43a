"""The log in the database: appended to, read, verified; nothing in it is ever changed."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import structlog
from sqlalchemy import Connection, insert, select

from services.audit.records import (
    BEGINNING,
    AuditEntry,
    AuditRecord,
    canonical_json,
    storable,
    text_sha256,
)
from services.storage.database import Database, one_at_a_time
from services.storage.tables import audit_log as entries

_log = structlog.get_logger(__name__)

_WRITE_LOCK: Final = 0x61756469  # "audi"
_BATCH: Final = 1000
MOST_READ: Final = 1000
"""Entries of one call of ``entries``."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of reading the whole log."""

    entries: int
    """How many are sound, from the first on."""

    head: str
    """Hash of the last sound one, hexadecimal; empty: there is none."""

    fault: str = ""
    """What is wrong with the next; empty: nothing."""


class AuditLog:
    """The audit log of a database. Servers that share the database share the log."""

    def __init__(self, database: Database, *, keep_texts: bool = True) -> None:
        """Read or write nothing yet.

        Args:
            database: Migrated before the log is used.
            keep_texts: Keep prompts; otherwise their SHA-256 alone.
        """
        self._database = database
        self._keep_texts = keep_texts

    async def append(self, record: AuditRecord) -> AuditEntry:
        """Add an entry, in a transaction of its own.

        Raises:
            Unavailable: the database cannot be had; then nothing was added, and what was to be
                recorded should not be done.
            ValueError: a number in the details is not finite.
        """
        return await self._database.run(
            lambda connection: self.append_in(connection, record), writes=True
        )

    def append_in(self, connection: Connection, record: AuditRecord) -> AuditEntry:
        """Add an entry in a transaction that writes: it stands if what it tells of was done.

        Other writers of the log wait from here to the transaction's end, so call it last.

        Raises:
            ValueError: a number in the details is not finite.
        """
        one_at_a_time(connection, _WRITE_LOCK)
        last = connection.execute(
            select(entries.c.number, entries.c.hash).order_by(entries.c.number.desc()).limit(1)
        ).one_or_none()
        texts = storable(record.texts)
        entry = AuditEntry(
            number=1 if last is None else last.number + 1,
            time=time.time_ns() // 1000,
            tenant=storable(record.tenant, 64),
            action=storable(str(record.action), 64),
            subject=storable(record.subject, 200),
            model=storable(record.model, 200),
            model_version=storable(record.model_version, 64),
            details=storable(record.details),
            text_hashes={name: text_sha256(text) for name, text in texts.items()},
            texts=texts if self._keep_texts else {},
            previous=BEGINNING if last is None else bytes(last.hash),
            hash=b"",
        )
        entry = replace(entry, hash=hashlib.sha256(entry.canonical()).digest())
        connection.execute(insert(entries), _row(entry))
        # Where logs go elsewhere, this keeps the chain's head out of the reach of whoever has the
        # database.
        _log.info("audit.appended", number=entry.number, action=entry.action, hash=entry.hash.hex())
        return entry

    async def entries(
        self, *, tenant: str = "", since: int = 0, after: int = 0, limit: int = MOST_READ
    ) -> list[AuditEntry]:
        """Entries in order.

        Args:
            tenant: Of this one only; empty: of all.
            since: Not before this time, in microseconds since 1970, UTC.
            after: Only those with a greater number: the last one of the page before.
            limit: At most so many.

        Raises:
            Unavailable: the database cannot be had.
        """
        query = select(entries).where(entries.c.number > after)
        if tenant:
            query = query.where(entries.c.tenant == tenant)
        if since:
            query = query.where(entries.c.time >= since)
        query = query.order_by(entries.c.number).limit(min(limit, MOST_READ))
        return await self._database.run(
            lambda connection: [_entry(row) for row in connection.execute(query)]
        )

    async def verify(self, known: Mapping[int, str] | None = None) -> Verification:
        """Read the whole log and compute every hash anew.

        Args:
            known: Hashes (hexadecimal) of entries by number, as they were noted down elsewhere.

        Raises:
            Unavailable: the database cannot be had.
        """
        return await self._database.run(lambda connection: _verify(connection, known or {}))


def _verify(connection: Connection, known: Mapping[int, str]) -> Verification:
    sound, previous = 0, BEGINNING

    def found(fault: str) -> Verification:
        return Verification(sound, previous.hex() if sound else "", fault)

    for entry in _all(connection):
        if entry.number != sound + 1:
            return found(f"entry {sound + 1} is missing: {entry.number} follows {sound}")
        if entry.previous != previous:
            return found(f"entry {entry.number} does not follow the one before it")
        if fault := entry.fault():
            return found(f"entry {entry.number}: {fault}")
        noted = known.get(entry.number, "").lower()
        if noted and noted != entry.hash.hex():
            return found(f"entry {entry.number} has another hash than the one that was noted")
        sound, previous = entry.number, entry.hash
    if known and max(known) > sound:
        return found(f"entry {max(known)}, whose hash was noted, is missing: the end was cut off")
    return found("")


def _all(connection: Connection) -> Iterator[AuditEntry]:
    after = -1
    while True:
        query = (
            select(entries).where(entries.c.number > after).order_by(entries.c.number).limit(_BATCH)
        )
        rows = connection.execute(query).all()
        if not rows:
            return
        for row in rows:
            yield _entry(row)
        after = rows[-1].number


def _row(entry: AuditEntry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "time": entry.time,
        "tenant": entry.tenant,
        "action": entry.action,
        "subject": entry.subject,
        "model": entry.model,
        "model_version": entry.model_version,
        "details": canonical_json(entry.details).decode(),
        "text_hashes": canonical_json(entry.text_hashes).decode(),
        "texts": canonical_json(entry.texts).decode() if entry.texts else None,
        "previous": entry.previous,
        "hash": entry.hash,
    }


def _entry(row: Any) -> AuditEntry:
    return AuditEntry(
        number=row.number,
        time=row.time,
        tenant=row.tenant,
        action=row.action,
        subject=row.subject,
        model=row.model,
        model_version=row.model_version,
        details=json.loads(row.details),
        text_hashes=json.loads(row.text_hashes),
        texts=json.loads(row.texts) if row.texts else {},
        previous=bytes(row.previous),
        hash=bytes(row.hash),
    )
