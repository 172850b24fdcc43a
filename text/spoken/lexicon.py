"""How a tenant wants words pronounced."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from foundation.errors import InvalidArgument
from foundation.languages import Language
from text.vocabulary.kazakh_endings import Ending, attach, chains_of

MAX_ENTRIES: Final = 5_000
MAX_WRITTEN: Final = 100
MAX_SPOKEN: Final = 200
"""Characters of a respelling or of a pronunciation."""

_RUN: Final = re.compile(r"[^\W_]+")
_LONGEST_ENDING: Final = 12
_LEAST_STEM: Final = 3
_IPA_MARKS: Final = frozenset(" .|‖‿ˈˌːˑ()ʼ↗↘ꜛꜜ-")


@dataclass(frozen=True, slots=True)
class LexiconEntry:
    """A written form and how it is said: by a respelling, by IPA, or both.

    Raises:
        InvalidArgument: a field is empty, too long, or holds what cannot be spoken.
    """

    written: str
    """Found as whole words, whatever the case; if it is all in capitals (US), in capitals only."""

    language: Language | None = None
    """Of the sentence that it stands in; None: any."""

    respelling: str = ""
    """Read instead of the written form; it may be of several words."""

    ipa: str = ""

    def __post_init__(self) -> None:
        if not self.written.strip() or len(self.written) > MAX_WRITTEN:
            raise InvalidArgument(
                "written", f"{len(self.written)} characters; it must be of 1 to {MAX_WRITTEN}"
            )
        if not self.respelling.strip() and not self.ipa.strip():
            raise InvalidArgument("respelling", "empty, and so is ipa; give one")
        for field, value in (("respelling", self.respelling), ("ipa", self.ipa)):
            if len(value) > MAX_SPOKEN:
                raise InvalidArgument(field, f"{len(value)} characters; {MAX_SPOKEN} are allowed")
        if any(map(str.isdigit, self.respelling)):
            raise InvalidArgument("respelling", "holds digits; write numbers in words")
        if wrong := ipa_complaint(self.ipa):
            raise InvalidArgument("ipa", wrong)


def ipa_complaint(ipa: str) -> str:
    """What in it is no IPA; empty: nothing."""
    for letter in ipa:
        if letter.isascii() and (letter.isupper() or letter.isdigit() or letter in "@&{}\\^\"'"):
            return f"{letter!r} is no letter of IPA; X-SAMPA and ARPAbet are not read"
        category = unicodedata.category(letter)
        if letter not in _IPA_MARKS and category[0] not in "LM" and category != "Sk":
            return f"{letter!r} (U+{ord(letter):04X}) is no letter of IPA"
        if "\u0400" <= letter <= "\u052f":
            return f"{letter!r} is Cyrillic; IPA is written in its own letters"
    return ""


@dataclass(frozen=True, slots=True)
class LexiconMatch:
    """An entry found in a text."""

    start: int
    end: int
    words: str
    """Empty: only a pronunciation is given."""
    ipa: str


class Lexicon:
    """Entries, ready to be looked up. Never changes: to add a word, build another.

    Raises:
        InvalidArgument: there are more than 5 000, or one stands twice for a language.
    """

    def __init__(self, entries: Iterable[LexiconEntry] = ()) -> None:
        self.entries = tuple(entries)
        if len(self.entries) > MAX_ENTRIES:
            raise InvalidArgument(
                "entries", f"{len(self.entries)} entries; {MAX_ENTRIES} are allowed"
            )
        self._by_beginning: dict[str, list[tuple[str, LexiconEntry]]] = {}
        seen: dict[tuple[str, Language | None], int] = {}
        for index, entry in enumerate(self.entries):
            written = _plain(" ".join(entry.written.split()))
            key = written if _in_capitals(written) else written.casefold()
            first = seen.setdefault((key, entry.language), index)
            if first != index:
                raise InvalidArgument(
                    f"entries[{index}].written",
                    f"{entry.written!r} stands twice, first as entries[{first}]",
                )
            self._by_beginning.setdefault(_beginning(written), []).append((written, entry))
        for group in self._by_beginning.values():
            # The longest first; of two the one that names its language.
            group.sort(key=lambda pair: (-len(pair[0]), pair[1].language is None))

    def find(self, text: str, language: Language) -> Iterator[LexiconMatch]:
        """Where entries for a sentence in ``language`` stand in it: the longest, from the left."""
        if not self.entries:
            return
        plain = _plain(text)
        at = 0
        while at < len(plain):
            if plain[at].isspace() or (at and plain[at].isalnum() and plain[at - 1].isalnum()):
                at += 1
                continue
            found = self._at(plain, at, language)
            if found is None:
                run = _RUN.match(plain, at)
                at = run.end() if run else at + 1
            else:
                yield found
                at = found.end

    def _at(self, text: str, at: int, language: Language) -> LexiconMatch | None:
        run = _RUN.match(text, at)
        if run is None:
            return self._best(self._by_beginning.get(text[at], ()), text, at, language, "")
        whole = run.group().casefold()
        found = self._best(self._by_beginning.get(whole, ()), text, at, language, "")
        if found is not None or language != "kk":
            return found
        for length in range(min(len(whole) - 1, MAX_WRITTEN), _LEAST_STEM - 1, -1):
            if len(whole) - length > _LONGEST_ENDING:
                break
            group = self._by_beginning.get(whole[:length], ())
            found = self._best(group, text, at, language, run.group()[length:])
            if found is not None:
                return found
        return None

    @staticmethod
    def _best(
        group: Iterable[tuple[str, LexiconEntry]],
        text: str,
        at: int,
        language: Language,
        ending: str,
    ) -> LexiconMatch | None:
        for written, entry in group:
            if entry.language not in (None, language):
                continue
            end = at + len(written)
            here = text[at:end]
            same = here == written if _in_capitals(written) else (
                here.casefold() == written.casefold()
            )  # fmt: skip
            if not same:
                continue
            inflected = _inflected(entry, text, end, language)
            if inflected is not None:
                return LexiconMatch(at, *inflected)
        return None


def _inflected(
    entry: LexiconEntry, text: str, end: int, language: Language
) -> tuple[int, str, str] | None:
    """Where the form ends, its words and pronunciation; None: another word goes on here."""
    rest = re.compile(r"-?([^\W\d_]*)").match(text, end)
    ending = rest[1] if rest else ""
    if not text[end - 1].isalnum() or not ending or rest is None:
        closed = end >= len(text) or not (text[end - 1].isalnum() and text[end].isalnum())
        return (end, entry.respelling, entry.ipa) if closed else None
    hyphened = text[end] == "-"
    chains = chains_of(ending.lower()) if language == "kk" else ()
    if not chains:
        return (end, entry.respelling, entry.ipa) if hyphened else None
    if not entry.respelling:
        return None  # an ending cannot be put on a pronunciation
    # Of several words the last mostly has a possessive ending: Республикасы, Республикасында.
    possessed = " " in entry.respelling and entry.respelling[-1] in "ыі"
    after: Ending | None = "their" if possessed else None
    return rest.end(), attach(entry.respelling, ending.lower(), chains, after=after), ""


def _plain(text: str) -> str:
    """No-break spaces as spaces, one for one."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def _in_capitals(written: str) -> bool:
    return len(written) > 1 and written.isupper()


def _beginning(written: str) -> str:
    run = _RUN.match(written)
    return run.group().casefold() if run else written[0]
