"""``dauys memory``: the translation memory in and out of this machine's database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from foundation.errors import InvalidArgument
from foundation.languages import Language, parse_language

if TYPE_CHECKING:
    from services.translation.memory import TranslationMemory

app = typer.Typer(no_args_is_help=True, help="Translation memory: import and export TMX.")

Url = Annotated[
    str, typer.Option("--database", envvar="DAUYS_DATABASE_URL", help="Empty: the default file.")
]
Pair = Annotated[
    str, typer.Option("--pair", metavar="kk-ru", help="Only from one language into another.")
]


@app.command("import")
def import_tmx(
    file: Annotated[Path, typer.Argument(help="A TMX file.")], database: Url = "", pair: Pair = ""
) -> None:
    """Add a TMX file; what is stored already is replaced."""
    wanted = _pair(pair)
    added, skipped = asyncio.run(_import(file, database, wanted))
    typer.echo(f"{added} entries added, {skipped} units skipped")


@app.command("export")
def export_tmx(
    file: Annotated[Path, typer.Argument(help="Written anew.")], database: Url = "", pair: Pair = ""
) -> None:
    """Write the memory as a TMX file."""
    typer.echo(f"{asyncio.run(_export(file, database, _pair(pair)))} entries written")


def _pair(text: str) -> tuple[Language, Language] | None:
    if not text:
        return None
    source, _, target = text.partition("-")
    return parse_language(source, "--pair"), parse_language(target, "--pair")


@asynccontextmanager
async def _open(url: str) -> AsyncIterator[TranslationMemory]:
    from services.storage import open_database
    from services.translation.memory import TranslationMemory

    database = await open_database(url)
    try:
        yield TranslationMemory(database)
    finally:
        await database.aclose()


async def _import(path: Path, url: str, pair: tuple[Language, Language] | None) -> tuple[int, int]:
    from itertools import islice

    from services.translation.memory import MAX_ADDED
    from services.translation.tmx import TmxCounts, read_tmx

    counts, added = TmxCounts(), 0
    try:
        with path.open("rb") as file:
            async with _open(url) as memory:
                entries = (
                    entry
                    for entry in read_tmx(file, counts)
                    if pair in (None, (entry.source_language, entry.target_language))
                )
                while part := list(islice(entries, MAX_ADDED)):
                    await memory.add(part)
                    added += len(part)
    except OSError as error:
        raise InvalidArgument("file", f"cannot read {path}: {error.strerror}") from error
    except InvalidArgument as error:
        if error.field.startswith("line "):
            raise InvalidArgument(f"{path}, {error.field}", error.description) from error
        raise
    return added, counts.skipped


async def _export(path: Path, url: str, pair: tuple[Language, Language] | None) -> int:
    from services.server.paging import LARGEST_PAGE
    from services.translation.tmx import TmxWriter

    source, target = pair or (None, None)
    part = path.with_name(path.name + ".part")
    count, token = 0, ""
    async with _open(url) as memory:
        try:
            with part.open("wb") as file, TmxWriter(file.write) as writer:
                while True:
                    page, token = await memory.list_entries(
                        source_language=source,
                        target_language=target,
                        page_size=LARGEST_PAGE,
                        page_token=token,
                    )
                    writer.add(page)
                    count += len(page)
                    if not token:
                        break
            part.replace(path)
        except OSError as error:
            raise InvalidArgument("file", f"cannot write {path}: {error.strerror}") from error
        finally:
            part.unlink(missing_ok=True)
    return count
