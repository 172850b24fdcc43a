"""The tables. A change here goes with a migration (``migrations/versions``)."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
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
