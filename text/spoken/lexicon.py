"""How a tenant wants words pronounced."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from foundation.languages import Language


@dataclass(frozen=True, slots=True)
class LexiconEntry:
    """A written form and how it is said: by a respelling, by IPA, or both."""

    written: str

    language: Language | None = None
    """Of the sentence that it stands in; None: any."""

    respelling: str = ""
    """Read instead of the written form; it may be of several words."""

    ipa: str = ""


class Lexicon:
    """Entries, ready to be looked up. Never changes: to add a word, build another."""

    def __init__(self, entries: Iterable[LexiconEntry] = ()) -> None:
        self.entries = tuple(entries)
