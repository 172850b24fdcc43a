from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from foundation.errors import FailedPrecondition, InvalidArgument
from services.audit import Action, AuditEntry, AuditLog, AuditRecord
from services.command_line.main import app
from services.storage import Database, migrate


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'dauys.sqlite3'}"


@pytest.fixture
def entries(url: str) -> list[AuditEntry]:
    """Two of one tenant, one of another."""
    database = Database(url)
    migrate(database)
    log, other = AuditLog(database), AuditLog(database, keep_texts=False)

    def append(log: AuditLog, tenant: str, prompt: str) -> AuditEntry:
        record = AuditRecord(
            tenant,
            Action.IMAGE_GENERATED,
            "images/1",
            "starter-ornament",
            "abcdef0123456789" * 4,
            {"seed": 7, "guidance": 4.5, "styles": ["yurt"]},
            {"prompt": prompt},
        )
        with database.transaction(writes=True) as connection:
            return log.append_in(connection, record)

    made = [
        append(log, "khabar", "Киіз үй"),
        append(other, "almaty", "құпия"),
        append(log, "khabar", "a\x1b[2Jb\u202ec\x9b"),
    ]
    database.close()
    return made


def run(url: str, *arguments: str) -> str:
    done = CliRunner().invoke(app, ["audit", "--database", url, *arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def test_entries_are_listed(url: str, entries: list[AuditEntry]) -> None:
    first, second, third = run(url).splitlines()
    assert first.startswith("1 20")
    assert first.endswith(
        "Z khabar image.generate images/1 starter-ornament@abcdef012345"
        ' guidance=4.5 seed=7 styles=["yurt"] prompt="Киіз үй"'
    )
    assert second.endswith(f"prompt_sha256={hashlib.sha256('құпия'.encode()).hexdigest()}")
    assert "құпия" not in second
    assert third.isprintable()
    assert third.endswith(r'prompt="a\u001b[2Jb\u202ec\x9b"')


def test_entries_are_chosen(url: str, entries: list[AuditEntry]) -> None:
    numbers = [line.split()[0] for line in run(url, "--tenant", "khabar").splitlines()]
    assert numbers == ["1", "3"]
    assert run(url, "--since", "2999-01-01") == ""
    assert run(url, "--since", "2999-01-01T00:00+05:00") == ""
    assert len(run(url, "--since", "2020-01-01T08:30", "--tenant", "almaty").splitlines()) == 1


def test_json_has_all_that_was_hashed(url: str, entries: list[AuditEntry]) -> None:
    """As docs/AUDIT.md says to check it without Dauys."""
    previous = "0" * 64
    for line in run(url, "--json").splitlines():
        fields: dict[str, Any] = json.loads(line)
        digest, texts = fields.pop("hash"), fields.pop("texts")
        canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(canonical.encode()).hexdigest() == digest
        assert fields["previous"] == previous
        for name, written in texts.items():
            assert hashlib.sha256(written.encode()).hexdigest() == fields["text_sha256"][name]
        previous = digest
    assert previous == entries[-1].hash.hex()


def test_a_long_log_is_listed_whole(
    url: str, entries: list[AuditEntry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.audit.log.MOST_READ", 2)
    assert len(run(url).splitlines()) == 3
    monkeypatch.setattr("services.audit.log.MOST_READ", 3)
    assert len(run(url).splitlines()) == 3


def test_a_sound_log_is_verified(url: str, entries: list[AuditEntry]) -> None:
    head = entries[-1].hash.hex()
    assert run(url, "--verify") == f"3 entries, all of them sound; the last one is 3:{head}\n"
    noted = [f"1:{entries[0].hash.hex()}", f"3:{head.upper()}"]
    assert run(url, "--verify", "--known", noted[0], "--known", noted[1]) == run(url, "--verify")
    assert json.loads(run(url, "--verify", "--json")) == {"entries": 3, "head": head, "fault": ""}


def test_a_log_that_was_changed_fails(url: str, entries: list[AuditEntry]) -> None:
    with pytest.raises(FailedPrecondition, match="entry 2 has another hash"):
        run(url, "--verify", "--known", f"2:{'0' * 64}")
    with pytest.raises(FailedPrecondition, match="entry 4, whose hash was noted, is missing"):
        run(url, "--verify", "--known", f"4:{'0' * 64}")
    database = Database(url)
    with database.transaction(writes=True) as connection:
        connection.execute(text("DROP TRIGGER audit_log_keeps_fields"))
        connection.execute(text("UPDATE audit_log SET tenant = 'x' WHERE number = 2"))
    database.close()
    with pytest.raises(FailedPrecondition, match=r"does not hold: entry 2: .* are the 1 before"):
        run(url, "--verify")


def test_an_empty_log(url: str) -> None:
    database = Database(url)
    migrate(database)
    database.close()
    assert run(url) == ""
    assert run(url, "--verify") == "0 entries, all of them sound\n"


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--since", "yesterday"], "--since"),
        (["--verify", "--known", "1:abc"], "--known"),
        (["--verify", "--known", "x"], "--known"),
        (["--known", f"1:{'0' * 64}"], "--known"),
        (["--verify", "--tenant", "a"], "--verify"),
    ],
)
def test_arguments_that_cannot_be(url: str, arguments: list[str], field: str) -> None:
    with pytest.raises(InvalidArgument) as error:
        run(url, *arguments)
    assert error.value.field == field


def test_a_wrong_path_is_no_empty_log(tmp_path: Path, url: str) -> None:
    with pytest.raises(FailedPrecondition, match="there is no database"):
        run(url, "--verify")
    assert list(tmp_path.iterdir()) == []
