"""One SQL database for all services: SQLite in a file, or PostgreSQL by URL.

SQLAlchemy's plain engine runs in a few threads of its own. Its asyncio side was weighed: aiosqlite
is a thread a connection, too, needs greenlet, and would make migrations, commands and services
speak to the database in two ways. What is done with the rows (comparing sentences) is done in the
same thread, so the event loop never waits.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import platformdirs
import sqlalchemy
from sqlalchemy import Connection, Engine, event, exc
from sqlalchemy.engine import URL, make_url

from foundation.errors import InvalidArgument, Unavailable

BUSY_SECONDS: Final = 10.0
"""How long a writer waits for another one on SQLite, which lets one write at a time."""

THREADS: Final = 4
_WRITES: Final = "dauys_writes"
_ATTEMPTS: Final = 3
_SERIALIZATION_FAILURES: Final = frozenset({"40001", "40P01"})

T = TypeVar("T")


def default_url() -> str:
    """SQLite in the user's data folder."""
    return f"sqlite:///{Path(platformdirs.user_data_dir('dauys')) / 'dauys.sqlite3'}"


class Database:
    """Connections to the database. Opens none before it is first used; thread-safe."""

    def __init__(self, url: str = "", *, threads: int = THREADS) -> None:
        """Name the database.

        Args:
            url: ``sqlite:////folder/file``, ``postgresql://user:password@host/name``, or empty for
                ``default_url()``.
            threads: How many transactions run at once.

        Raises:
            InvalidArgument: it is no such URL, or the driver is not installed.
        """
        self.url = _checked(url or default_url())
        self._threads = threads
        self.engine = _engine(self.url, threads)
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="dauys-database")

    @property
    def name(self) -> str:
        """The URL without its password."""
        return self.url.render_as_string(hide_password=True)

    @property
    def is_sqlite(self) -> bool:
        """Is it a SQLite file?"""
        return self.url.get_backend_name() == "sqlite"

    @property
    def file(self) -> Path | None:
        """The SQLite file."""
        return Path(str(self.url.database)) if self.is_sqlite else None

    async def run(self, work: Callable[[Connection], T], *, writes: bool = False) -> T:
        """Do ``work`` in one transaction, in a thread; see ``transaction``.

        A caller that is cancelled leaves it running to its end.
        """
        try:
            done = self._executor.submit(self.do, work, writes=writes)
        except RuntimeError as error:
            raise DatabaseUnavailable(f"database {self.name} is closed") from error
        return await asyncio.wrap_future(done)

    def do(self, work: Callable[[Connection], T], *, writes: bool = False) -> T:
        """Do ``work`` in one transaction, here; again if another one came in between."""
        for attempt in range(_ATTEMPTS):
            try:
                with self.transaction(writes=writes) as connection:
                    return work(connection)
            except _Collided:
                time.sleep(0.02 * 2**attempt)
        raise DatabaseUnavailable(f"database {self.name}: too many transactions at once")

    @contextmanager
    def transaction(self, *, writes: bool = False) -> Iterator[Connection]:
        """A connection whose work is committed at the end, or undone by an exception.

        Args:
            writes: Say so where anything is written: SQLite then waits for other writers at the
                beginning, where waiting helps.

        Raises:
            Unavailable: the database cannot be had, is damaged, full or read-only.
        """
        with self.errors():
            options = {_WRITES: writes}
            with (
                self.engine.connect().execution_options(**options) as connection,
                connection.begin(),
            ):
                yield connection

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Say in the suite's words what the database's driver says.

        Raises:
            Unavailable: see ``transaction``.
        """
        try:
            yield
        except exc.TimeoutError as error:
            raise DatabaseUnavailable(f"database {self.name}: no connection was free") from error
        except exc.DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) in _SERIALIZATION_FAILURES:
                raise _Collided(f"database {self.name}: {_reason(error)}") from error
            # A wrong statement or value is a fault of ours and stays one.
            if isinstance(error, exc.IntegrityError | exc.ProgrammingError | exc.DataError):
                raise
            raise DatabaseUnavailable(f"database {self.name}: {_reason(error)}") from error

    async def aclose(self) -> None:
        """Wait for what runs, then close the connections."""
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """As ``aclose``."""
        self._executor.shutdown()
        self.engine.dispose()


def one_at_a_time(connection: Connection, lock: int) -> None:
    """Let no other transaction past this line with the same number until this one ends.

    On SQLite a transaction that writes is alone anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sqlalchemy.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})


class DatabaseUnavailable(Unavailable):
    """The database cannot be had. The message names it, for the operator alone."""


class _Collided(DatabaseUnavailable):
    """Another transaction came in between: do this one again."""


def _checked(text: str) -> URL:
    try:
        url = make_url(text)
    except exc.ArgumentError as error:
        raise InvalidArgument("database_url", "is not a URL like postgresql://host/name") from error
    backend = url.get_backend_name()
    if backend == "sqlite":
        if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
            raise InvalidArgument("database_url", "SQLite needs a file: sqlite:////folder/file")
        if url.query:
            raise InvalidArgument("database_url", "options of SQLite cannot be given")
        return url.set(drivername="sqlite+pysqlite")
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise InvalidArgument("database_url", f"{backend!r} is not one of sqlite, postgresql")


def _engine(url: URL, threads: int) -> Engine:
    arguments: dict[str, Any] = {"connect_timeout": int(BUSY_SECONDS)}
    if url.get_backend_name() == "sqlite":
        # isolation_level: the transactions are begun here, not by the driver.
        arguments = {"timeout": BUSY_SECONDS, "isolation_level": None}
    try:
        engine = sqlalchemy.create_engine(
            url,
            connect_args=arguments,
            pool_size=threads,
            max_overflow=1,
            pool_timeout=BUSY_SECONDS,
            pool_pre_ping=url.get_backend_name() != "sqlite",
            hide_parameters=True,
        )
    except ModuleNotFoundError as error:
        raise InvalidArgument(
            "database_url", "PostgreSQL needs the extra: pip install dauys-server[postgresql]"
        ) from error
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, record: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _reason(error: exc.DBAPIError) -> str:
    """The driver's first line, which names no value."""
    lines = str(error.orig).strip().splitlines()
    return lines[0] if lines else type(error.orig).__name__
