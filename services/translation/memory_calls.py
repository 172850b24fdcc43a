"""The calls about the translation memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dauys.v1 import translation_pb2 as pb

from foundation.errors import InvalidArgument
from foundation.languages import parse_language, parse_optional_language
from services.translation.mapping import check_count
from services.translation.memory import MAX_ADDED, MemoryEntry, TranslationMemory

if TYPE_CHECKING:
    from services.storage.database import Database


class MemoryCalls:
    """The calls of one service."""

    def __init__(self, database: Database) -> None:
        self.memory = TranslationMemory(database)

    async def add(self, request: pb.AddToMemoryRequest) -> pb.AddToMemoryResponse:
        """Store approved translations."""
        if not request.entries:
            raise InvalidArgument("entries", "is empty")
        check_count(request.entries, MAX_ADDED, "entries")
        entries = [
            MemoryEntry(
                parse_language(entry.source_language, f"entries[{n}].source_language"),
                parse_language(entry.target_language, f"entries[{n}].target_language"),
                entry.source,
                entry.target,
            )
            for n, entry in enumerate(request.entries)
        ]
        stored = await self.memory.add(entries)
        return pb.AddToMemoryResponse(entries=map(_message, stored))

    async def list(self, request: pb.ListMemoryRequest) -> pb.ListMemoryResponse:
        """One page of what is stored."""
        entries, token = await self.memory.list_entries(
            source_language=parse_optional_language(request.source_language, "source_language"),
            target_language=parse_optional_language(request.target_language, "target_language"),
            contains=request.contains,
            page_size=request.page_size,
            page_token=request.page_token,
        )
        return pb.ListMemoryResponse(entries=map(_message, entries), next_page_token=token)

    async def delete(self, request: pb.DeleteFromMemoryRequest) -> pb.DeleteFromMemoryResponse:
        """Delete what is named."""
        return pb.DeleteFromMemoryResponse(deleted=await self.memory.delete(request.names))


def _message(entry: MemoryEntry) -> pb.MemoryEntry:
    return pb.MemoryEntry(
        name=entry.name,
        source_language=entry.source_language,
        target_language=entry.target_language,
        source=entry.source,
        target=entry.target,
    )
