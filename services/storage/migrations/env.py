"""Run by Alembic: upgrades over the connection that ``services.storage.migrating`` holds."""

from __future__ import annotations

from alembic import context

from services.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter most of a table in place
)
with context.begin_transaction():
    context.run_migrations()
