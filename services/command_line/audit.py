"""``dauys audit``: the audit log of this machine's database, without a server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from foundation.errors import FailedPrecondition, InvalidArgument
from services.command_line.printable import printable

if TYPE_CHECKING:
    from services.audit import AuditEntry, Verification


def audit(
    tenant: Annotated[str, typer.Option(help="Only of this tenant.")] = "",
    since: Annotated[
        str, typer.Option(help="Not before this time, UTC: 2026-11-01 or 2026-11-01T08:30.")
    ] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="A JSON object a line, with all fields.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Compute every hash anew instead of listing.")
    ] = False,
    known: Annotated[
        list[str] | None,
        typer.Option(
            help="With --verify: an entry's hash as it was noted before; repeat it.",
            metavar="NUMBER:HASH",
        ),
    ] = None,
    database: Annotated[
        str, typer.Option(envvar="DAUYS_DATABASE_URL", help="Empty: the default file.")
    ] = "",
) -> None:
    """Show who asked what of which model: docs/AUDIT.md."""
    noted = _noted(known or ())
    if noted and not verify:
        raise InvalidArgument("--known", "goes with --verify")
    if verify and (tenant or since):
        raise InvalidArgument("--verify", "reads the whole log: leave out --tenant and --since")
    if verify:
        _tell(asyncio.run(_verified(database, noted)), as_json)
    else:
        asyncio.run(_list(database, tenant, _microseconds(since), as_json))


def _noted(pairs: Sequence[str]) -> dict[int, str]:
    noted = {}
    for pair in pairs:
        number, _, digest = pair.partition(":")
        whole = len(digest) == 64 and all(each in "0123456789abcdefABCDEF" for each in digest)
        if not (number.isascii() and number.isdigit() and len(number) <= 18 and whole):
            raise InvalidArgument("--known", f"{pair!r} is not NUMBER:HASH")
        noted[int(number)] = digest
    return noted


def _microseconds(since: str) -> int:
    if not since:
        return 0
    try:
        time = datetime.fromisoformat(since)
    except ValueError as error:
        raise InvalidArgument("--since", f"{since!r} is no date or time of ISO 8601") from error
    if time.tzinfo is None:
        time = time.replace(tzinfo=UTC)
    return int(time.timestamp() * 1_000_000)


async def _list(url: str, tenant: str, since: int, as_json: bool) -> None:
    from services.audit import AuditLog
    from services.audit.log import MOST_READ
    from services.storage import open_database

    _require(url)
    database = await open_database(url)
    try:
        log, after = AuditLog(database), 0
        while True:
            page = await log.entries(tenant=tenant, since=since, after=after)
            for entry in page:
                typer.echo(_json(entry) if as_json else _line(entry))
            if len(page) < MOST_READ:
                return
            after = page[-1].number
    finally:
        await database.aclose()


async def _verified(url: str, noted: dict[int, str]) -> Verification:
    from services.audit import AuditLog
    from services.storage import open_database

    _require(url)
    database = await open_database(url)
    try:
        return await AuditLog(database).verify(noted)
    finally:
        await database.aclose()


def _require(url: str) -> None:
    """Of a wrong path no empty log is made that verifies.

    Raises:
        FailedPrecondition: there is no such SQLite file.
    """
    from services.storage import Database

    database = Database(url)
    if database.file is not None and not database.file.exists():
        raise FailedPrecondition(f"there is no database {database.file}")


def _tell(found: Verification, as_json: bool) -> None:
    if as_json:
        fields = {"entries": found.entries, "head": found.head, "fault": found.fault}
        typer.echo(json.dumps(fields, ensure_ascii=False))
    elif not found.fault:
        head = f"; the last one is {found.entries}:{found.head}" if found.entries else ""
        count = "1 entry" if found.entries == 1 else f"{found.entries} entries, all of them"
        typer.echo(f"{count} sound{head}")
    if found.fault:
        raise FailedPrecondition(
            f"the audit log does not hold: {found.fault}; sound are the {found.entries} before"
        )


def _json(entry: AuditEntry) -> str:
    fields: dict[str, Any] = entry.chained()
    fields |= {"texts": entry.texts, "hash": entry.hash.hex()}
    return json.dumps(fields, ensure_ascii=False, sort_keys=True)


def _line(entry: AuditEntry) -> str:
    when = datetime.fromtimestamp(entry.time / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    model = f"{entry.model}@{entry.model_version[:12]}" if entry.model else ""
    words = [str(entry.number), when, entry.tenant, entry.action, entry.subject, model]
    words += [f"{name}={_compact(value)}" for name, value in entry.details.items()]
    for name, digest in entry.text_hashes.items():
        kept = entry.texts.get(name)
        words.append(f"{name}_sha256={digest}" if kept is None else f"{name}={_compact(kept)}")
    return printable(" ".join(word for word in words if word))


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
