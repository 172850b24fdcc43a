"""Databases of both kinds for tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.storage import Database, migrate
from tests.postgresql import NoPostgresqlError, postgresql_database, postgresql_server


@pytest.fixture(scope="session")
def postgresql_socket() -> Iterator[str]:
    """The folder of a server's socket; skips where none can be started."""
    server = postgresql_server()
    try:
        folder = server.__enter__()
    except (NoPostgresqlError, OSError) as error:
        pytest.skip(f"no PostgreSQL here: {error}")
    try:
        yield folder
    finally:
        server.__exit__(None, None, None)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'dauys.sqlite3'}"
        return
    with postgresql_database(request.getfixturevalue("postgresql_socket")) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database."""
    made = Database(database_url)
    migrate(made)
    yield made
    made.close()
