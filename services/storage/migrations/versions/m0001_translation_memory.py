"""The translation memory.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "translation_memory",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("source_language", sa.String(8), nullable=False),
        sa.Column("target_language", sa.String(8), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("key", sa.LargeBinary(16), nullable=False, comment="digest of the sentence"),
        sa.Column(
            "masked_key",
            sa.LargeBinary(16),
            comment="digest without its numbers; null: it has none",
        ),
        sa.Column(
            "folded",
            sa.Text,
            nullable=False,
            comment="source and target in lower case, to search in",
        ),
        sa.Column("created", sa.BigInteger, nullable=False, comment="microseconds since 1970, UTC"),
        sa.Column("origin", sa.String(200), nullable=False, comment="who added it: a user, a file"),
        sa.PrimaryKeyConstraint("id", name="pk_translation_memory"),
        sa.UniqueConstraint(
            "source_language",
            "target_language",
            "key",
            name="uq_translation_memory_key",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_translation_memory_masked_key",
        "translation_memory",
        ["source_language", "target_language", "masked_key"],
    )
    op.create_table(
        "translation_memory_block",
        sa.Column("block", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("entry", sa.BigInteger, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("block", "entry", name="pk_translation_memory_block"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("translation_memory_block")
    op.drop_table("translation_memory")
