"""What a translation memory answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from foundation.languages import Language


@dataclass(frozen=True, slots=True)
class MemoryMatch:
    """An approved translation of a sentence."""

    text: str
    adapted: bool = False
    """Stored for the same sentence with other numbers, which were put in."""


class MemoryLookup(Protocol):
    """Approved translations of sentences."""

    async def lookup(
        self, sentences: Sequence[str], source: Language, target: Language
    ) -> list[MemoryMatch | None]:
        """The match of each sentence, in order."""
        ...
