from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, exc, text

from services.audit import Action, AuditEntry, AuditLog, AuditRecord
from services.audit.records import BEGINNING
from services.storage import Database, migrate

PROMPT = "Шаңырақ астындағы әже"


def record(tenant: str = "khabar", subject: str = "images/1", **more: Any) -> AuditRecord:
    return AuditRecord(
        tenant,
        Action.IMAGE_GENERATED,
        subject,
        "starter-ornament",
        "ab" * 32,
        more.pop("details", {"width": 512, "guidance": 4.5, "seed": 2**53 - 1, "badge": True}),
        more.pop("texts", {"prompt": PROMPT}),
    )


@contextmanager
def unguarded(database: Database) -> Iterator[Connection]:
    """The database in the hands of somebody who may do anything with it."""
    with database.transaction(writes=True) as connection:
        names = ("keeps_rows", "keeps_fields", "keeps_texts")
        table = "" if database.is_sqlite else " ON audit_log"
        for name in names:
            connection.execute(text(f"DROP TRIGGER IF EXISTS audit_log_{name}{table}"))
        yield connection


async def filled(database: Database, count: int = 5) -> list[AuditEntry]:
    log = AuditLog(database)
    return [await log.append(record(subject=f"images/{number}")) for number in range(count)]


async def test_entries_come_back_as_they_were_added(database: Database) -> None:
    log = AuditLog(database)
    added = [await log.append(record()), await log.append(record("almaty", texts={}))]
    assert await log.entries() == added
    first, second = added
    assert (first.number, second.number) == (1, 2)
    assert first.previous == BEGINNING
    assert second.previous == first.hash
    assert first.details == {"width": 512, "guidance": 4.5, "seed": 2**53 - 1, "badge": True}
    assert first.texts == {"prompt": PROMPT}
    assert first.text_hashes == {"prompt": hashlib.sha256(PROMPT.encode()).hexdigest()}
    assert abs(second.time - first.time) < 60_000_000


async def test_the_hash_is_that_of_the_document(database: Database) -> None:
    """As docs/AUDIT.md says that somebody else computes it."""
    (entry,) = await filled(database, 1)
    fields = {
        "number": 1,
        "time": entry.time,
        "tenant": "khabar",
        "action": "image.generate",
        "subject": "images/0",
        "model": "starter-ornament",
        "model_version": "ab" * 32,
        "details": {"width": 512, "guidance": 4.5, "seed": 9007199254740991, "badge": True},
        "text_sha256": {"prompt": hashlib.sha256(PROMPT.encode()).hexdigest()},
        "previous": "00" * 32,
    }
    line = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(line.encode()).hexdigest() == entry.hash.hex()


async def test_entries_are_chosen_by_tenant_time_and_page(database: Database) -> None:
    log = AuditLog(database)
    for number in range(6):
        await log.append(record("khabar" if number % 2 else "almaty", f"images/{number}"))
    assert [each.number for each in await log.entries(tenant="khabar")] == [2, 4, 6]
    assert [each.number for each in await log.entries(after=2, limit=2)] == [3, 4]
    fourth = (await log.entries())[3]
    assert [each.number for each in await log.entries(since=fourth.time)] == [4, 5, 6]
    assert await log.entries(since=fourth.time + 3_600_000_000) == []


async def test_of_prompts_the_hash_alone_is_kept_if_that_is_wanted(database: Database) -> None:
    log = AuditLog(database, keep_texts=False)
    entry = await log.append(record())
    assert entry.texts == {}
    assert entry.text_hashes == {"prompt": hashlib.sha256(PROMPT.encode()).hexdigest()}
    with database.transaction() as connection:
        row = connection.execute(text("SELECT * FROM audit_log")).one()
    assert "Шаңырақ" not in str(row)
    assert (await log.verify()).fault == ""


async def test_what_no_database_takes_is_kept_as_well_as_can_be(database: Database) -> None:
    """A refused request may hold anything; that it was made must be told all the same."""
    log = AuditLog(database)
    entry = await log.append(
        record(
            subject="x" * 500,
            details={"model": "a\x00b\ud800", "styles": ["\x00"]},
            texts={"prompt": "\udfff\x00"},
        )
    )
    assert entry.subject == "x" * 200
    assert entry.details == {"model": "a\ufffdb\ufffd", "styles": ["\ufffd"]}
    assert await log.entries() == [entry]
    assert (await log.verify()).fault == ""


async def test_numbers_that_json_lacks_are_refused(database: Database) -> None:
    log = AuditLog(database)
    with pytest.raises(ValueError, match="not JSON compliant"):
        await log.append(record(details={"guidance": float("nan")}))
    assert await log.entries() == []


async def test_an_entry_stands_and_falls_with_its_transaction(database: Database) -> None:
    class BrokenError(Exception):
        pass

    log = AuditLog(database)
    with pytest.raises(BrokenError), database.transaction(writes=True) as connection:
        log.append_in(connection, record())
        raise BrokenError
    assert await log.entries() == []
    assert (await log.append(record())).number == 1


async def test_two_servers_write_one_chain(database: Database) -> None:
    other = Database(database.url.render_as_string(hide_password=False))
    logs = [AuditLog(database), AuditLog(other)]
    await asyncio.gather(
        *[logs[number % 2].append(record(subject=f"images/{number}")) for number in range(40)]
    )
    found = await logs[0].verify()
    assert (found.entries, found.fault) == (40, "")
    subjects = {each.subject for each in await logs[1].entries()}
    assert subjects == {f"images/{number}" for number in range(40)}
    await other.aclose()


async def test_an_empty_log_is_sound(database: Database) -> None:
    found = await AuditLog(database).verify()
    assert (found.entries, found.head, found.fault) == (0, "", "")


@pytest.mark.parametrize(
    ("change", "fault", "sound"),
    [
        ("UPDATE audit_log SET tenant = 'other' WHERE number = 3", "entry 3: its fields", 2),
        ("UPDATE audit_log SET time = time + 1 WHERE number = 1", "entry 1: its fields", 0),
        ("UPDATE audit_log SET action = 'image.x' WHERE number = 5", "entry 5: its fields", 4),
        ("UPDATE audit_log SET subject = '' WHERE number = 2", "entry 2: its fields", 1),
        ("UPDATE audit_log SET model = 'm' WHERE number = 2", "entry 2: its fields", 1),
        ("UPDATE audit_log SET model_version = '' WHERE number = 2", "entry 2: its fields", 1),
        ("UPDATE audit_log SET details = '{}' WHERE number = 2", "entry 2: its fields", 1),
        ("UPDATE audit_log SET text_hashes = '{}' WHERE number = 2", "entry 2: its fields", 1),
        ("UPDATE audit_log SET hash = previous WHERE number = 2", "entry 2: its fields", 1),
        ("UPDATE audit_log SET previous = hash WHERE number = 2", "entry 2 does not follow", 1),
        ("""UPDATE audit_log SET texts = '{"prompt":"x"}' WHERE number = 4""", "4: its text", 3),
        ("""UPDATE audit_log SET texts = '{"more":"x"}' WHERE number = 4""", "4: its text", 3),
        ("DELETE FROM audit_log WHERE number = 3", "entry 3 is missing: 4 follows 2", 2),
        ("DELETE FROM audit_log WHERE number = 1", "entry 1 is missing: 2 follows 0", 0),
        ("UPDATE audit_log SET number = 6 WHERE number = 2", "entry 2 is missing", 1),
    ],
)
async def test_what_was_changed_is_found(
    tmp_path: Path, change: str, fault: str, sound: int
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'dauys.sqlite3'}")
    migrate(database)
    await filled(database)
    with unguarded(database) as connection:
        assert connection.execute(text(change)).rowcount == 1
    found = await AuditLog(database).verify()
    database.close()
    assert fault in found.fault
    assert found.entries == sound


async def test_a_cut_end_is_found_by_a_hash_that_was_noted(database: Database) -> None:
    log, entries = AuditLog(database), await filled(database)
    noted = {2: entries[1].hash.hex().upper(), 5: entries[4].hash.hex()}
    assert await log.verify(noted) == await log.verify()
    with unguarded(database) as connection:
        connection.execute(text("DELETE FROM audit_log WHERE number > 3"))
    assert (await log.verify()).fault == ""  # the chain alone cannot tell
    assert "entry 5, whose hash was noted, is missing" in (await log.verify(noted)).fault


async def test_a_chain_that_was_written_anew_is_found_by_a_hash_that_was_noted(
    database: Database,
) -> None:
    log, entries = AuditLog(database), await filled(database)
    with unguarded(database) as connection:
        connection.execute(text("DELETE FROM audit_log"))
    await filled(database)
    assert (await log.verify()).fault == ""
    found = await log.verify({4: entries[3].hash.hex()})
    assert "entry 4 has another hash than the one that was noted" in found.fault


async def test_the_database_refuses_to_change_an_entry(database: Database) -> None:
    await filled(database)
    truncate = () if database.is_sqlite else ("TRUNCATE audit_log",)
    for change in (
        *truncate,
        "UPDATE audit_log SET tenant = 'other'",
        "UPDATE audit_log SET hash = previous",
        """UPDATE audit_log SET texts = '{"prompt":"x"}'""",
        "DELETE FROM audit_log",
        "DELETE FROM audit_log WHERE number = 5",
    ):
        with (
            pytest.raises(exc.IntegrityError, match="append-only"),
            database.transaction(writes=True) as connection,
        ):
            connection.execute(text(change))
    assert (await AuditLog(database).verify()).entries == 5


async def test_prompts_can_be_erased_and_the_chain_holds(database: Database) -> None:
    await filled(database)
    with database.transaction(writes=True) as connection:
        connection.execute(text("UPDATE audit_log SET texts = NULL WHERE number <= 3"))
    log = AuditLog(database)
    assert (await log.verify()).fault == ""
    assert [bool(each.texts) for each in await log.entries()] == [False] * 3 + [True] * 2
