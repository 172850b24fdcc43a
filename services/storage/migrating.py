"""Migrations: the database brought to what the code is written for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from filelock import FileLock, Timeout
from sqlalchemy import Connection, text

from foundation.errors import Unavailable
from services.storage.database import Database, one_at_a_time

_log = structlog.get_logger(__name__)

_LOCK_SECONDS: Final = 120.0
_LOCK_NUMBER: Final = 0x64617579  # "dauy": PostgreSQL's advisory locks have numbers for names
_MIGRATIONS: Final = Path(__file__).parent / "migrations"


def config() -> Config:
    """Alembic's configuration; there is no alembic.ini."""
    made = Config()
    made.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    return made


def migrate(database: Database) -> None:
    """Bring the database to the newest revision; of processes that start at once one does it.

    Raises:
        Unavailable: the database cannot be had, another process migrates for two minutes, or the
            database is newer than this code.
    """
    if database.file is not None:
        folder = database.file.parent
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(f"database folder {folder}: {error.strerror}") from error
    with _file_lock(database.file), database.transaction(writes=True) as connection:
        if not database.is_sqlite:
            _wait_for_lock(connection)
        before = _revision(database, connection)
        made = config()
        newest = ScriptDirectory.from_config(made).get_current_head()
        if before != newest:
            made.attributes["connection"] = connection
            command.upgrade(made, "head")
            _log.info("database.migrated", database=database.name, before=before, now=newest)


async def open_database(url: str = "") -> Database:
    """The database of a server, migrated; see ``Database`` and ``migrate``."""
    database = Database(url)
    try:
        await asyncio.to_thread(migrate, database)
    except BaseException:
        database.close()
        raise
    return database


def _revision(database: Database, connection: Connection) -> str | None:
    """The database's revision; None: it is empty."""
    found = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    if found is not None and found not in known:
        raise Unavailable(
            f"database {database.name} has revision {found!r}, which this version of Dauys does not"
            " know: it was used by a newer one; update Dauys or restore a backup"
        )
    return found


@contextmanager
def _file_lock(file: Path | None) -> Iterator[None]:
    if file is None:
        yield
        return
    try:
        with FileLock(f"{file}.lock", timeout=_LOCK_SECONDS):
            yield
    except Timeout as error:
        raise Unavailable(f"database {file}: another process is migrating it") from error
    except OSError as error:
        raise Unavailable(f"database {file}: {error.strerror or error}") from error


def _wait_for_lock(connection: Connection) -> None:
    """Until the transaction ends no other one gets past this line."""
    connection.execute(text(f"SET LOCAL lock_timeout = '{int(_LOCK_SECONDS)}s'"))
    one_at_a_time(connection, _LOCK_NUMBER)
