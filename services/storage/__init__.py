"""The server's database: sessions of it, its tables, its migrations (docs/DATABASE.md)."""

from services.storage.database import Database, DatabaseUnavailable, one_at_a_time
from services.storage.migrating import migrate, open_database
from services.storage.tables import metadata

__all__ = [
    "Database",
    "DatabaseUnavailable",
    "metadata",
    "migrate",
    "one_at_a_time",
    "open_database",
]
