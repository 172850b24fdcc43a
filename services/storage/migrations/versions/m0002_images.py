"""The gallery of images and the audit log.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_CHAINED = (
    "number, time, tenant, action, subject, model, model_version, details, text_hashes, previous,"
    " hash"
)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "image",
        sa.Column("id", sa.String(32), nullable=False, comment="random: nobody guesses another's"),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False, comment="microseconds since 1970, UTC"),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("styles", sa.Text, nullable=False, comment="a line each, lines before and after"),
        sa.Column("folded", sa.Text, nullable=False, comment="both prompts as they are searched"),
        sa.Column("file_bytes", sa.BigInteger, nullable=False),
        sa.Column("settings", sa.Text, nullable=False, comment="dauys.v1.Image as JSON"),
        sa.PrimaryKeyConstraint("id", name="pk_image"),
    )
    op.create_index("ix_image_tenant", "image", ["tenant", "created", "id"])
    op.create_index("ix_image_created", "image", ["created"])
    op.create_table(
        "image_loose",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("suffix", sa.String(8), nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False, comment="microseconds since 1970, UTC"),
        sa.Column("doomed", sa.Boolean, nullable=False, comment="the files are to go"),
        sa.PrimaryKeyConstraint("id", name="pk_image_loose"),
    )
    op.create_table(
        "audit_log",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            autoincrement=False,
            nullable=False,
            comment="without a gap",
        ),
        sa.Column("time", sa.BigInteger, nullable=False, comment="microseconds since 1970, UTC"),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("model_version", sa.String(64), nullable=False),
        sa.Column("details", sa.Text, nullable=False, comment="JSON"),
        sa.Column("text_hashes", sa.Text, nullable=False, comment="JSON: name, SHA-256"),
        sa.Column(
            "texts",
            sa.Text,
            comment="JSON: name, text; null: not kept. The one that is not chained",
        ),
        sa.Column(
            "previous", sa.LargeBinary(32), nullable=False, comment="hash of the entry before"
        ),
        sa.Column("hash", sa.LargeBinary(32), nullable=False, comment="SHA-256 of the entry"),
        sa.PrimaryKeyConstraint("number", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_tenant", "audit_log", ["tenant", "number"])
    for statement in _guards(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Drop them, the audit log with them."""
    op.drop_table("audit_log")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_log_stands()")
    op.drop_table("image_loose")
    op.drop_table("image")


def _guards(dialect: str) -> tuple[str, ...]:
    """Triggers that keep the log from being changed by mistake.

    Texts may be erased, not rewritten.
    """
    if dialect == "postgresql":
        return (
            "CREATE FUNCTION audit_log_stands() RETURNS trigger LANGUAGE plpgsql AS $$"
            " BEGIN RAISE EXCEPTION 'the audit log is append-only'"
            " USING ERRCODE = 'integrity_constraint_violation'; END $$",
            "CREATE TRIGGER audit_log_keeps_rows BEFORE DELETE OR TRUNCATE ON audit_log"
            " FOR EACH STATEMENT EXECUTE FUNCTION audit_log_stands()",
            f"CREATE TRIGGER audit_log_keeps_fields BEFORE UPDATE OF {_CHAINED} ON audit_log"
            " FOR EACH STATEMENT EXECUTE FUNCTION audit_log_stands()",
            "CREATE TRIGGER audit_log_keeps_texts BEFORE UPDATE OF texts ON audit_log"
            " FOR EACH ROW WHEN (NEW.texts IS NOT NULL) EXECUTE FUNCTION audit_log_stands()",
        )
    refuse = "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
    return (
        f"CREATE TRIGGER audit_log_keeps_rows BEFORE DELETE ON audit_log {refuse}",
        f"CREATE TRIGGER audit_log_keeps_fields BEFORE UPDATE OF {_CHAINED} ON audit_log {refuse}",
        "CREATE TRIGGER audit_log_keeps_texts BEFORE UPDATE OF texts ON audit_log"
        f" WHEN NEW.texts IS NOT NULL {refuse}",
    )
