"""The tables. A change here goes with a migration (``migrations/versions``)."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata: Final = MetaData(naming_convention={"pk": "pk_%(table_name)s"})

# SQLite counts rows by INTEGER only.
_IDENTITY: Final = BigInteger().with_variant(Integer, "sqlite")

translation_memory: Final = Table(
    "translation_memory",
    metadata,
    Column("id", _IDENTITY, primary_key=True, autoincrement=True),
    Column("source_language", String(8), nullable=False),
    Column("target_language", String(8), nullable=False),
    Column("source", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("key", LargeBinary(16), nullable=False, comment="digest of the sentence"),
    Column("masked_key", LargeBinary(16), comment="digest without its numbers; null: it has none"),
    Column("folded", Text, nullable=False, comment="source and target in lower case, to search in"),
    Column("created", BigInteger, nullable=False, comment="microseconds since 1970, UTC"),
    Column("origin", String(200), nullable=False, comment="who added it: a user, a file"),
    UniqueConstraint("source_language", "target_language", "key", name="uq_translation_memory_key"),
    Index("ix_translation_memory_masked_key", "source_language", "target_language", "masked_key"),
    sqlite_autoincrement=True,  # an id is never given twice: it is in the entry's name
)

translation_memory_block: Final = Table(
    "translation_memory_block",
    metadata,
    Column("block", BigInteger, primary_key=True, autoincrement=False),
    Column("entry", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Entries by blocks of their MinHash signature: sentences that share one are alike."""

image: Final = Table(
    "image",
    metadata,
    Column("id", String(32), primary_key=True, comment="random: nobody guesses another's"),
    Column("tenant", String(64), nullable=False),
    Column("created", BigInteger, nullable=False, comment="microseconds since 1970, UTC"),
    Column("model", String(200), nullable=False),
    Column("styles", Text, nullable=False, comment="a line each, lines before and after"),
    Column("folded", Text, nullable=False, comment="both prompts as they are searched"),
    Column("file_bytes", BigInteger, nullable=False),
    Column("settings", Text, nullable=False, comment="dauys.v1.Image as JSON"),
    Index("ix_image_tenant", "tenant", "created", "id"),
    Index("ix_image_created", "created"),
)

image_loose: Final = Table(
    "image_loose",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("suffix", String(8), nullable=False),
    Column("since", BigInteger, nullable=False, comment="microseconds since 1970, UTC"),
    Column("doomed", Boolean, nullable=False, comment="the files are to go"),
)
"""Files of no image: they are being written, or their image was deleted and they are not yet."""

audit_log: Final = Table(
    "audit_log",
    metadata,
    Column("number", _IDENTITY, primary_key=True, autoincrement=False, comment="without a gap"),
    Column("time", BigInteger, nullable=False, comment="microseconds since 1970, UTC"),
    Column("tenant", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("model", String(200), nullable=False),
    Column("model_version", String(64), nullable=False),
    Column("details", Text, nullable=False, comment="JSON"),
    Column("text_hashes", Text, nullable=False, comment="JSON: name, SHA-256"),
    Column("texts", Text, comment="JSON: name, text; null: not kept. The one that is not chained"),
    Column("previous", LargeBinary(32), nullable=False, comment="hash of the entry before"),
    Column("hash", LargeBinary(32), nullable=False, comment="SHA-256 of the entry"),
    Index("ix_audit_log_tenant", "tenant", "number"),
)
"""Triggers refuse to change or delete a row, but for the texts, which may be erased."""
