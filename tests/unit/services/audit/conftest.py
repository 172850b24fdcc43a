"""Fixtures of the room."""

from tests.databases import database, database_url, postgresql_socket

__all__ = ["database", "database_url", "postgresql_socket"]
