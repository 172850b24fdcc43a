from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, exc, func, insert, inspect, select, text

from foundation.errors import InvalidArgument, Unavailable
from services.storage import Database, metadata, migrate
from services.storage.database import default_url
from services.storage.migrating import config
from services.storage.tables import translation_memory_block as blocks

MIGRATE = """
import sys
from services.storage import Database, migrate
database = Database(sys.argv[1])
sys.stdin.readline()
migrate(database)
print("migrated")
"""


def count(database: Database) -> int:
    return database.do(
        lambda connection: connection.scalar(select(func.count()).select_from(blocks)) or 0
    )


def test_migrations_make_what_the_tables_say(database: Database) -> None:
    with database.transaction() as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == "0002"
        assert compare_metadata(context, metadata) == []


def test_migrating_again_changes_nothing(database: Database) -> None:
    database.do(lambda each: each.execute(insert(blocks), {"block": 1, "entry": 2}), writes=True)
    migrate(database)
    assert count(database) == 1


def test_migrations_can_be_taken_back_and_made_again(database: Database) -> None:
    database.do(lambda each: each.execute(insert(blocks), {"block": 1, "entry": 2}), writes=True)
    with database.transaction(writes=True) as connection:
        made = config()
        made.attributes["connection"] = connection
        command.downgrade(made, "0001")
        assert not inspect(connection).has_table("audit_log")
    assert count(database) == 1
    migrate(database)
    assert count(database) == 1
    with database.transaction() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_processes_that_start_at_once_migrate_once(database_url: str) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE, database_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(3)
    ]
    answers = []
    for child in children:  # all wait for the line before one gets it
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    for child in children:
        output, _ = child.communicate(timeout=60)
        answers.append((child.returncode, output))
    assert [code for code, _ in answers] == [0, 0, 0], answers
    assert sum("database.migrated" in output for _, output in answers) == 1
    database = Database(database_url)
    assert count(database) == 0
    database.close()


def test_a_newer_database_is_refused(database: Database) -> None:
    database.do(
        lambda each: each.execute(text("UPDATE alembic_version SET version_num = '9999'")),
        writes=True,
    )
    with pytest.raises(Unavailable, match="'9999', which this version of Dauys does not know"):
        migrate(database)


def test_an_exception_undoes_the_transaction(database: Database) -> None:
    class BrokenError(Exception):
        pass

    with pytest.raises(BrokenError), database.transaction(writes=True) as connection:
        connection.execute(insert(blocks), {"block": 1, "entry": 2})
        raise BrokenError
    assert count(database) == 0


def test_faults_of_ours_stay_faults(database: Database) -> None:
    row = {"block": 1, "entry": 2}
    database.do(lambda each: each.execute(insert(blocks), row), writes=True)
    with pytest.raises(exc.IntegrityError):
        database.do(lambda each: each.execute(insert(blocks), row), writes=True)


async def test_the_event_loop_does_not_wait(database: Database) -> None:
    release = threading.Event()
    waiting = asyncio.create_task(database.run(lambda _: release.wait(10)))
    try:
        assert await database.run(lambda each: each.scalar(select(1))) == 1  # beside the other
        assert not waiting.done()
    finally:
        release.set()
    assert await waiting


async def test_a_closed_database_is_unavailable(database: Database) -> None:
    await database.aclose()
    with pytest.raises(Unavailable, match="is closed"):
        await database.run(lambda each: each.scalar(select(1)))


async def test_writers_wait_for_each_other(database: Database) -> None:
    def write(number: int) -> None:
        with database.transaction(writes=True) as connection:
            before = connection.scalar(select(func.count()).select_from(blocks))
            assert before is not None
            connection.execute(insert(blocks), {"block": number, "entry": number})

    await asyncio.gather(*[asyncio.to_thread(write, number) for number in range(20)])
    assert count(database) == 20


def test_sqlite_keeps_a_log_and_its_folder_to_itself(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new' / 'dauys.sqlite3'}")
    migrate(database)
    with database.transaction() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert inspect(connection).has_table("translation_memory")
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0
    database.close()


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "dauys.sqlite3"
    path.write_bytes(b"no database at all" * 1000)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(Unavailable, match="file is not a database"):
        migrate(database)
    assert path.read_bytes().startswith(b"no database")
    database.close()


def test_a_damaged_database_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "dauys.sqlite3"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    rows = [{"block": number, "entry": number} for number in range(5_000)]
    database.do(lambda each: each.execute(insert(blocks), rows), writes=True)
    database.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content = bytearray(path.read_bytes())
    content[8192:] = os.urandom(len(content) - 8192)
    path.write_bytes(content)
    damaged = Database(f"sqlite:///{path}")
    with pytest.raises(Unavailable, match="malformed"):
        count(damaged)
    damaged.close()


def test_a_read_only_database_is_unavailable(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'dauys.sqlite3'}")
    migrate(database)

    def write(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA query_only = ON")  # as on a read-only file system
        connection.execute(insert(blocks), {"block": 1, "entry": 1})

    with pytest.raises(Unavailable, match="readonly database"):
        database.do(write)
    database.close()


def test_a_full_disk_is_unavailable_and_undoes_the_transaction(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'dauys.sqlite3'}")
    migrate(database)
    rows = [{"block": number, "entry": number} for number in range(100_000)]

    def write(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 40")
        connection.execute(insert(blocks), rows)

    with pytest.raises(Unavailable, match="database or disk is full"):
        database.do(write, writes=True)
    assert count(database) == 0
    database.close()


def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="the extra postgresql is not installed")
    database = Database(f"postgresql://dauys:secret@/none?host={tmp_path}")
    with pytest.raises(Unavailable) as error:
        migrate(database)
    assert "secret" not in str(error.value)
    database.close()


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    database = Database(f"sqlite:///{tmp_path / 'file' / 'dauys.sqlite3'}")
    with pytest.raises(Unavailable, match="database folder"):
        migrate(database)
    database.close()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////tmp/x?mode=ro",
        "nonsense",
        "mysql://host/name",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:x?mode=ro",
    ],
)
def test_urls_that_cannot_be_are_refused(url: str) -> None:
    with pytest.raises(InvalidArgument) as error:
        Database(url)
    assert error.value.field == "database_url"


def test_the_default_is_in_the_users_folder() -> None:
    assert default_url().endswith("/dauys/dauys.sqlite3")
