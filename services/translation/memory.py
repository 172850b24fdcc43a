"""Translations that people have approved, kept and found again."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from rapidfuzz import fuzz, process
from sqlalchemy import Connection, Select, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from foundation.errors import InvalidArgument
from foundation.languages import Language, parse_language
from services.server.paging import DEFAULT_PAGE, LARGEST_PAGE, key_of, token_of
from services.storage.database import Database, one_at_a_time
from services.storage.tables import translation_memory as entries
from services.storage.tables import translation_memory_block as blocks
from services.translation.memory_keys import blocks as blocks_of
from services.translation.memory_keys import digest, folded, masked, normalised
from services.translation.memory_numbers import adapt
from streaming.translation.memory import MemoryMatch

MAX_CHARACTERS: Final = 4000
MAX_ADDED: Final = 1000
MAX_CONTAINS: Final = 1000
MAX_ORIGIN: Final = 200
NAME_PREFIX: Final = "memory/"
_MAX_ASKED: Final = 1000
_CHUNK: Final = 400
"""Values in one statement: old SQLites take 999."""

_WRITE_LOCK: Final = 0x6D656D6F  # "memo"

_TEMPLATES: Final = 8
"""Stored sentences that differ in numbers only, newest first, that are tried."""

_CANDIDATES: Final = 200
"""Stored sentences that are compared with one that is asked for."""

SIMILAR: Final = 0.7
"""Least likeness of a suggestion."""


@dataclass(frozen=True, slots=True)
class MemoryEntry:
    """A sentence and its approved translation."""

    source_language: Language
    target_language: Language
    source: str
    target: str

    origin: str = ""
    """Who added it: a user, a file."""

    id: int | None = None
    """None: not stored yet."""

    created: float | None = None
    """Seconds since 1970, UTC; when it was last written."""

    @property
    def name(self) -> str:
        """``memory/{id}``; empty: not stored yet."""
        return "" if self.id is None else f"{NAME_PREFIX}{self.id}"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A stored sentence like the one asked for."""

    entry: MemoryEntry

    likeness: float
    """0 to 1: normalised Indel similarity, without case."""


class TranslationMemory:
    """The memory of a database; a ``streaming.translation.memory.MemoryLookup``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, new: Sequence[MemoryEntry], field: str = "entries") -> list[MemoryEntry]:
        """Store entries; one whose sentence and pair are stored already is replaced.

        Args:
            new: At most 1000; ids are ignored.
            field: The path that errors name them by.

        Returns:
            The entries as they are stored, in order.

        Raises:
            InvalidArgument: too many, or one is empty, too long or of one language.
            Unavailable: the database cannot be had.
        """
        if len(new) > MAX_ADDED:
            raise InvalidArgument(field, f"{len(new)} entries; {MAX_ADDED} are allowed")
        checked = [_checked(entry, f"{field}[{index}]") for index, entry in enumerate(new)]
        return await self._database.run(lambda connection: _add(connection, checked), writes=True)

    async def lookup(
        self, sentences: Sequence[str], source: Language, target: Language
    ) -> list[MemoryMatch | None]:
        """Stored translations of sentences, with spaces and Unicode forms folded.

        Where only the numbers differ they are put in, if that is sure
        (``services.translation.memory_numbers``).

        Raises:
            Unavailable: the database cannot be had.
        """
        found: list[MemoryMatch | None] = []
        for first in range(0, len(sentences), _MAX_ASKED):
            part = sentences[first : first + _MAX_ASKED]
            work = partial(_lookup, sentences=part, source=source, target=target)
            found += await self._database.run(work)
        return found

    async def suggest(
        self,
        sentences: Sequence[str],
        source: Language,
        target: Language,
        *,
        least: float = SIMILAR,
        limit: int = 3,
    ) -> list[tuple[Suggestion, ...]]:
        """Stored sentences like those asked for, the likest first: for people to start from.

        Args:
            sentences: At most 1000.
            source: Their language.
            target: Of the translations.
            least: Least likeness, 0 to 1. Below 0.7 more and more are not found.
            limit: At most so many a sentence.

        Raises:
            InvalidArgument: too many sentences.
            Unavailable: the database cannot be had.
        """
        if len(sentences) > _MAX_ASKED:
            raise InvalidArgument(
                "sentences", f"{len(sentences)} sentences; {_MAX_ASKED} are allowed"
            )
        return await self._database.run(
            lambda connection: [
                _suggest(connection, sentence, (source, target), least, limit)
                for sentence in sentences
            ]
        )

    async def list_entries(
        self,
        *,
        source_language: Language | None = None,
        target_language: Language | None = None,
        contains: str = "",
        page_size: int = 0,
        page_token: str = "",
    ) -> tuple[list[MemoryEntry], str]:
        """Entries, those added last first, and the token of the next page (or "").

        The token holds whatever is added or deleted in between.

        Args:
            source_language: Only of this.
            target_language: Only of this.
            contains: Only those with this text in source or target, in any case.
            page_size: At most 1000; 0 for 50.
            page_token: From the page before.

        Raises:
            InvalidArgument: a page size, a token or a text that cannot be.
            Unavailable: the database cannot be had.
        """
        if not 0 <= page_size <= LARGEST_PAGE:
            raise InvalidArgument("page_size", f"{page_size} is not in 0..{LARGEST_PAGE}")
        if len(contains) > MAX_CONTAINS:
            raise InvalidArgument(
                "contains", f"{len(contains)} characters; {MAX_CONTAINS} are allowed"
            )
        _check_storable(contains, "contains")
        size = page_size or DEFAULT_PAGE
        query = select(entries).order_by(entries.c.id.desc()).limit(size + 1)
        if page_token:
            query = query.where(entries.c.id < _id(key_of(page_token), "page_token"))
        if source_language is not None:
            query = query.where(entries.c.source_language == source_language)
        if target_language is not None:
            query = query.where(entries.c.target_language == target_language)
        if text := folded(contains):
            query = query.where(entries.c.folded.contains(text, autoescape=True))
        found = await self._database.run(lambda connection: _entries(connection, query))
        page = found[:size]
        return page, token_of(str(page[-1].id)) if len(found) > size else ""

    async def delete(self, names: Sequence[str]) -> int:
        """Delete entries by name (``memory/{id}``); says how many there were.

        Raises:
            InvalidArgument: a name that is none, or more than 1000.
            Unavailable: the database cannot be had.
        """
        if len(names) > MAX_ADDED:
            raise InvalidArgument("names", f"{len(names)} names; {MAX_ADDED} are allowed")
        ids = []
        for index, name in enumerate(names):
            field = f"names[{index}]"
            if not name.startswith(NAME_PREFIX):
                raise InvalidArgument(field, f"{name!r} is not memory/ID")
            ids.append(_id(name.removeprefix(NAME_PREFIX), field))
        return await self._database.run(lambda connection: _delete(connection, ids), writes=True)


def _id(text: str, field: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise InvalidArgument(field, f"{text!r} is no entry's number")
    return int(text)


def _checked(entry: MemoryEntry, where: str) -> MemoryEntry:
    parse_language(entry.source_language, f"{where}.source_language")
    parse_language(entry.target_language, f"{where}.target_language")
    if entry.source_language == entry.target_language:
        raise InvalidArgument(f"{where}.target_language", "is the source's language")
    for name, text in (("source", entry.source), ("target", entry.target)):
        if not text.strip():
            raise InvalidArgument(f"{where}.{name}", "is empty")
        if len(text) > MAX_CHARACTERS:
            raise InvalidArgument(
                f"{where}.{name}", f"{len(text)} characters; {MAX_CHARACTERS} are allowed"
            )
        _check_storable(text, f"{where}.{name}")
    if len(entry.origin) > MAX_ORIGIN:
        raise InvalidArgument(
            f"{where}.origin", f"{len(entry.origin)} characters; {MAX_ORIGIN} are allowed"
        )
    _check_storable(entry.origin, f"{where}.origin")
    return entry


def _check_storable(text: str, field: str) -> None:
    """What no database takes: NUL, and halves of surrogate pairs."""
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise InvalidArgument(field, "holds a character that is none (NUL or a lone surrogate)")


def _add(connection: Connection, new: Sequence[MemoryEntry]) -> list[MemoryEntry]:
    one_at_a_time(connection, _WRITE_LOCK)  # else two that add the same wait for each other
    now = time.time_ns() // 1000
    insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    upsert = insert(entries)
    upsert = upsert.on_conflict_do_update(
        index_elements=["source_language", "target_language", "key"],
        set_={
            name: upsert.excluded[name]
            for name in ("source", "target", "masked_key", "folded", "created", "origin")
        },
    ).returning(entries.c.id)
    stored: list[MemoryEntry] = []
    rows: dict[tuple[int, int], dict[str, int]] = {}
    for entry in new:
        source = normalised(entry.source)
        without = masked(source)
        values = {
            "source_language": entry.source_language,
            "target_language": entry.target_language,
            "source": entry.source,
            "target": entry.target,
            "key": digest(source),
            "masked_key": None if without is None else digest(without),
            "folded": f"{folded(entry.source)}\n{folded(entry.target)}",
            "created": now,
            "origin": entry.origin,
        }
        number = int(connection.execute(upsert, values).scalar_one())
        stored.append(
            MemoryEntry(
                entry.source_language,
                entry.target_language,
                entry.source,
                entry.target,
                entry.origin,
                number,
                now / 1e6,
            )
        )
        for block in blocks_of(entry.source, entry.source_language, entry.target_language):
            rows[block, number] = {"block": block, "entry": number}
    if rows:
        # In order, so that two transactions never wait for each other in a circle.
        ordered = [rows[key] for key in sorted(rows)]
        connection.execute(insert(blocks).on_conflict_do_nothing(), ordered)
    return stored


def _lookup(
    connection: Connection, sentences: Sequence[str], source: Language, target: Language
) -> list[MemoryMatch | None]:
    normal = [normalised(sentence) for sentence in sentences]
    keys = [digest(sentence) for sentence in normal]
    exact = {
        row.key: row.target
        for part in _chunks(list(dict.fromkeys(keys)))
        for row in connection.execute(
            select(entries.c.key, entries.c.target)
            .where(*_pair(source, target))
            .where(entries.c.key.in_(part))
        )
    }
    templates = {
        key: digest(without)
        for key, sentence in zip(keys, normal, strict=True)
        if key not in exact and (without := masked(sentence)) is not None
    }
    alike = _alike_but_for_numbers(connection, set(templates.values()), source, target)
    found: list[MemoryMatch | None] = []
    for key, sentence in zip(keys, normal, strict=True):
        if key in exact:
            found.append(MemoryMatch(exact[key]))
            continue
        adapted = (
            adapt(normalised(stored), translation, sentence, target)
            for stored, translation in alike.get(templates.get(key, b""), ())
        )
        text = next((each for each in adapted if each is not None), None)
        found.append(None if text is None else MemoryMatch(text, adapted=True))
    return found


def _alike_but_for_numbers(
    connection: Connection, wanted: set[bytes], source: Language, target: Language
) -> dict[bytes, list[tuple[str, str]]]:
    """The newest sentences of each key without numbers, and their translations."""
    found: dict[bytes, list[tuple[str, str]]] = {}
    for part in _chunks(sorted(wanted)):
        rank = func.row_number().over(
            partition_by=entries.c.masked_key, order_by=entries.c.id.desc()
        )
        ranked = (
            select(entries.c.masked_key, entries.c.source, entries.c.target, rank.label("rank"))
            .where(*_pair(source, target))
            .where(entries.c.masked_key.in_(part))
            .subquery()
        )
        query = select(ranked).where(ranked.c.rank <= _TEMPLATES).order_by(ranked.c.rank)
        for row in connection.execute(query):
            found.setdefault(row.masked_key, []).append((row.source, row.target))
    return found


def _suggest(
    connection: Connection,
    sentence: str,
    pair: tuple[Language, Language],
    least: float,
    limit: int,
) -> tuple[Suggestion, ...]:
    wanted = blocks_of(sentence, *pair)
    if not wanted:
        return ()
    likest = (
        select(blocks.c.entry)
        .where(blocks.c.block.in_(wanted))
        .group_by(blocks.c.entry)
        .order_by(func.count().desc(), blocks.c.entry.desc())
        .limit(_CANDIDATES)
        .subquery()
    )
    candidates = _entries(
        connection, select(entries).where(entries.c.id.in_(select(likest.c.entry)))
    )
    scored = process.extract(
        folded(sentence),
        [folded(entry.source) for entry in candidates],
        scorer=fuzz.ratio,
        score_cutoff=100 * least,
        limit=limit,
    )
    return tuple(Suggestion(candidates[index], score / 100) for _, score, index in scored)


def _delete(connection: Connection, ids: Sequence[int]) -> int:
    one_at_a_time(connection, _WRITE_LOCK)
    deleted = 0
    for part in _chunks(ids):
        gone = _entries(connection, select(entries).where(entries.c.id.in_(part)))
        for entry in gone:
            wanted = blocks_of(entry.source, entry.source_language, entry.target_language)
            connection.execute(
                delete(blocks).where(blocks.c.block.in_(wanted), blocks.c.entry == entry.id)
            )
        result = connection.execute(delete(entries).where(entries.c.id.in_(part)))
        deleted += result.rowcount
    return deleted


def _entries(connection: Connection, query: Select[Any]) -> list[MemoryEntry]:
    return [
        MemoryEntry(
            parse_language(row.source_language),
            parse_language(row.target_language),
            row.source,
            row.target,
            row.origin,
            row.id,
            row.created / 1e6,
        )
        for row in connection.execute(query)
    ]


def _pair(source: Language, target: Language) -> tuple[Any, Any]:
    return entries.c.source_language == source, entries.c.target_language == target


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for first in range(0, len(values), _CHUNK):
        yield values[first : first + _CHUNK]
