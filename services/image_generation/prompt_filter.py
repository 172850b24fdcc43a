"""What an operator does not want drawn: words and patterns, looked for in prompts.

The file has an entry a line; empty lines and lines that begin with ``#`` are passed over::

    kk: соғыс алаңы        whole words in any case, Kazakh and Russian nouns in any form
    ru: поле боя
    en: battlefield
    *: Имя Фамилия         in the forms of all three languages
    * /ak-?47/             a regular expression between slashes, in any case

Every entry is looked for in every prompt, and also in its translation: a prompt may mix languages
or name a wrong one, so the language of an entry says how its words change and no more. Latin
letters that look like Cyrillic ones are read as these in words that have both.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from foundation.errors import InvalidArgument
from foundation.languages import LANGUAGES, Language
from text.letters import fold_look_alikes
from text.terms.forms import Grammar, grammar_of
from text.terms.tokens import tokens

SETTING: Final = "DAUYS_IMAGE_PROMPT_FILTER"
MOST_BYTES: Final = 1 << 20
MOST_ENTRIES: Final = 5_000
_LONGEST_ENTRY: Final = 200
_ANY: Final = "*"
_LINE: Final = re.compile(
    r"(?P<language>kk|ru|en|\*)\s*(?::\s*(?P<words>.+)|/(?P<pattern>.+)/)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class _Phrases:
    """The entries whose words change as one language's do."""

    grammar: Grammar
    by_first: Mapping[str, Sequence[tuple[tuple[str, ...], int]]]
    """First key → keys of an entry's words, and its line."""

    def found(self, words: Sequence[str]) -> int | None:
        keys = [{reading.key for reading in self.grammar.readings(word)} for word in words]
        for at, own in enumerate(keys):
            for first in own & self.by_first.keys():
                for wanted, line in self.by_first[first]:
                    following = keys[at : at + len(wanted)]
                    if len(following) == len(wanted) and all(map(_contains, following, wanted)):
                        return line
        return None


@dataclass(frozen=True, slots=True)
class PromptFilter:
    """A filter, made by ``read_filter`` or ``parse_filter``; without either it finds nothing."""

    _phrases: tuple[_Phrases, ...] = ()
    _patterns: tuple[tuple[re.Pattern[str], int], ...] = ()

    def found(self, *texts: str) -> int | None:
        """The line of an entry that stands in one of the texts; None: there is none.

        The line is for the audit log: whoever asked is told only that there is one.
        """
        for text in texts:
            plain = _plain(text)
            for pattern, line in self._patterns:
                if pattern.search(plain):
                    return line
            words = [token.letters for token in tokens(plain) if token.word]
            for phrases in self._phrases:
                if (line_found := phrases.found(words)) is not None:
                    return line_found
        return None


def _contains(keys: Set[str], key: str) -> bool:
    return key in keys


def read_filter(path: Path) -> PromptFilter:
    """The filter of a file.

    Raises:
        InvalidArgument: it cannot be read, or a line is wrong; names the setting and the line.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(MOST_BYTES + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidArgument(SETTING, f"cannot read {path}: {error}") from error
    if len(text) > MOST_BYTES:
        raise InvalidArgument(SETTING, f"{path} has more than {MOST_BYTES} characters")
    return parse_filter(text)


def parse_filter(text: str) -> PromptFilter:
    """The filter of a file's text; see this module.

    Raises:
        InvalidArgument: a line is wrong; names the setting and the line.
    """
    entries: list[tuple[int, str, list[str]]] = []
    patterns: list[tuple[re.Pattern[str], int]] = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise _wrong(number, "is neither `kk: words` nor `* /pattern/`; kk, ru, en or *")
        if len(line) > _LONGEST_ENTRY:
            raise _wrong(number, f"has {len(line)} characters, limit {_LONGEST_ENTRY}")
        if match["pattern"] is not None:
            patterns.append((_compiled(match["pattern"], number), number))
        else:
            words = [token.letters for token in tokens(_plain(match["words"])) if token.word]
            if not words:
                raise _wrong(number, "has no word")
            entries.append((number, match["language"], words))
        if len(entries) + len(patterns) > MOST_ENTRIES:
            raise _wrong(number, f"is one more than {MOST_ENTRIES} entries")
    languages = LANGUAGES if entries else ()
    return PromptFilter(
        tuple(_phrases_of(language, entries) for language in languages), tuple(patterns)
    )


def _phrases_of(language: Language, entries: Sequence[tuple[int, str, list[str]]]) -> _Phrases:
    own = [(line, words) for line, code, words in entries if code in (language, _ANY)]
    grammar = grammar_of(language, {word for _, words in own for word in words})
    by_first: dict[str, list[tuple[tuple[str, ...], int]]] = {}
    for line, words in own:
        for keys in sorted({tuple(words), *map(tuple, grammar.term_keys(words))}):
            by_first.setdefault(keys[0], []).append((keys, line))
    return _Phrases(grammar, by_first)


def _compiled(pattern: str, line: int) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise _wrong(line, f"is no regular expression: {error}") from error


def _plain(text: str) -> str:
    """Full-width and other compatible letters as the usual ones, look-alikes folded."""
    return fold_look_alikes(unicodedata.normalize("NFKC", text))


def _wrong(line: int, what: str) -> InvalidArgument:
    return InvalidArgument(SETTING, f"line {line} {what}")
