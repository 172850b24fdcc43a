"""Translation memories of other programs: TMX 1.4b, which every translation tool reads and writes.

Read as a stream, so that a memory of any size takes little room. Entities may not be declared:
they are how a small file grows without end, and no memory needs them. A DTD that is named is not
fetched. The standard: https://www.gala-global.org/tmx-14b.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import permutations
from typing import IO, Any, Final
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from foundation.errors import InvalidArgument
from foundation.languages import LANGUAGES, Language
from services.translation.memory import MAX_CHARACTERS, MAX_ORIGIN, MemoryEntry

_CHUNK: Final = 1 << 16
_DEEPEST: Final = 32
_CODES: Final = frozenset({"bpt", "ept", "it", "ph", "ut"})
"""Elements inside a segment that hold another program's markup, no text."""

_ALL: Final = "*all*"
_NO_CHARACTERS: Final = frozenset([*map(chr, range(0xD800, 0xE000)), "\ufffe", "\uffff"])


@dataclass(slots=True)
class TmxCounts:
    """What became of a file's translation units."""

    units: int = 0
    skipped: int = 0
    """Without two of our languages, empty, or longer than 4000 characters."""


@dataclass(slots=True)
class _Unit:
    source: str
    created_by: str
    texts: dict[Language, str] = field(default_factory=dict)


def read_tmx(file: IO[bytes], counts: TmxCounts | None = None) -> Iterator[MemoryEntry]:
    """Entries of a TMX file, one after another.

    A unit in several languages gives an entry from its source language into each other; where the
    file names none (``*all*``), from each into each. Region and script are not looked at, but
    Kazakh in Latin letters is left out. Markup of other programs is dropped, text inside is kept.

    Args:
        file: bytes in UTF-8, UTF-16 or what the file says.
        counts: counted up while reading.

    Raises:
        InvalidArgument: it is no TMX file, or declares entities; ``field`` is ``line 3``.
    """
    counts = counts if counts is not None else TmxCounts()
    reader = _Reader(counts)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = _refuse_entity
    last = False
    while not last:
        data = file.read(_CHUNK)
        last = not data
        try:
            parser.Parse(data, last)
        except expat.ExpatError as error:
            raise InvalidArgument(f"line {error.lineno}", f"not XML: {error}") from error
        except _NoTmxError as error:
            raise InvalidArgument(f"line {parser.CurrentLineNumber}", str(error)) from None
        yield from reader.take()


class TmxWriter:
    """Writes entries as TMX 1.4; use as a context manager.

    Characters that XML has not (control characters) are left out.
    """

    def __init__(self, write: Callable[[bytes], Any]) -> None:
        """Write to ``write``, bytes in UTF-8."""
        self._write = write

    def __enter__(self) -> TmxWriter:
        header = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<tmx version="1.4">\n'
            f'<header creationtool="dauys" creationtoolversion={quoteattr(version("dauys-server"))}'
            ' segtype="sentence" o-tmf="dauys" adminlang="en" srclang="*all*"'
            ' datatype="plaintext"/>\n<body>\n'
        )
        self._write(header.encode())
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._write(b"</body>\n</tmx>\n")

    def add(self, entries: Iterable[MemoryEntry]) -> None:
        """One translation unit each."""
        for entry in entries:
            attributes = [f"srclang={quoteattr(entry.source_language)}"]
            if entry.created is not None:
                stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(entry.created))
                attributes.append(f"changedate={quoteattr(stamp)}")
            if entry.origin:
                attributes.append(f"changeid={quoteattr(_storable(entry.origin))}")
            variants = "".join(
                f"<tuv xml:lang={quoteattr(language)}><seg>{escape(_storable(text))}</seg></tuv>"
                for language, text in (
                    (entry.source_language, entry.source),
                    (entry.target_language, entry.target),
                )
            )
            self._write(f"<tu {' '.join(attributes)}>{variants}</tu>\n".encode())


class _NoTmxError(Exception):
    """What is wrong with the file."""


def _refuse_entity(*_: object) -> None:
    raise _NoTmxError("declares an entity; entities are refused")


class _Reader:
    """Takes expat's events, gives entries."""

    def __init__(self, counts: TmxCounts) -> None:
        self._counts = counts
        self._path: list[str] = []
        self._header_source = _ALL
        self._unit: _Unit | None = None
        self._language: Language | None = None
        self._text: list[str] | None = None
        self._length = 0
        self._ready: list[MemoryEntry] = []

    def take(self) -> list[MemoryEntry]:
        """Entries that are complete."""
        ready, self._ready = self._ready, []
        return ready

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if not self._path and name != "tmx":
            raise _NoTmxError(f"the first element is {name[:50]!r}, not tmx")
        if len(self._path) >= _DEEPEST:
            raise _NoTmxError(f"elements are nested deeper than {_DEEPEST}")
        self._path.append(name)
        if name == "header":
            self._header_source = attributes.get("srclang", _ALL)
        elif name == "tu":
            by = attributes.get("changeid") or attributes.get("creationid") or ""
            source = attributes.get("srclang", self._header_source)
            self._unit = _Unit(source, _storable(by)[:MAX_ORIGIN])
        elif name == "tuv":
            self._language = _language(attributes.get("xml:lang") or attributes.get("lang") or "")
        elif name == "seg":
            self._text, self._length = [], 0

    def text(self, data: str) -> None:
        """Characters."""
        # Of the path only what lies inside the segment matters, and no code there.
        if self._text is None or self._length > MAX_CHARACTERS:
            return
        if not _CODES.intersection(self._path[self._path.index("seg") :]):
            self._text.append(data)
            self._length += len(data)

    def end(self, name: str) -> None:
        """An element ends."""
        self._path.pop()
        if name == "seg" and self._text is not None:
            text, self._text = " ".join("".join(self._text).split()), None
            fits = bool(text) and self._length <= MAX_CHARACTERS
            if self._unit is not None and self._language is not None and fits:
                self._unit.texts.setdefault(self._language, text)
        elif name == "tuv":
            self._language = None
        elif name == "tu" and self._unit is not None:
            entries = list(_entries(self._unit))
            self._counts.units += 1
            self._counts.skipped += not entries
            self._ready += entries
            self._unit = None


def _entries(unit: _Unit) -> Iterator[MemoryEntry]:
    source_language = _language(unit.source)
    for source, target in permutations(unit.texts, 2):
        if source_language in (None, source) and (
            source_language is not None or unit.source.lower() == _ALL
        ):
            yield MemoryEntry(
                source, target, unit.texts[source], unit.texts[target], unit.created_by
            )


def _language(code: str) -> Language | None:
    parts = code.lower().replace("_", "-").split("-")
    if "latn" in parts and parts[0] == "kk":
        return None
    return next((language for language in LANGUAGES if language == parts[0]), None)


def _storable(text: str) -> str:
    """Without characters that XML 1.0 does not have."""
    return "".join(
        letter
        for letter in text
        if letter in "\t\n\r" or (letter >= " " and letter not in _NO_CHARACTERS)
    )
