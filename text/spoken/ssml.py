"""SSML 1.1, the part of it that the suite speaks, read without entities, DTD or network.

expat reads it, not lxml: it tells where each run of characters stands in the document, which marks
and word times refer to, and the line and column of every fault.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from xml.parsers import expat

from foundation.errors import InvalidArgument
from text.spoken.assembly import Given, MarkedText, Style
from text.spoken.items import Break, Mark
from text.spoken.say_as import SayAs, complaint
from text.spoken.ssml_values import (
    break_seconds,
    emphasis,
    language,
    phonemes,
    prosody,
    voice,
)

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 32
MAX_MARKS: Final = 10_000
MAX_NAME: Final = 200
NAMESPACE: Final = "http://www.w3.org/2001/10/synthesis"
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"

_INLINE: Final = (
    "break", "say-as", "prosody", "phoneme", "sub", "lang", "voice", "mark", "emphasis",
)  # fmt: skip
_TEXT_ONLY: Final = frozenset(("say-as", "phoneme", "sub"))
_EMPTY: Final = frozenset(("break", "mark"))
ATTRIBUTES: Final[Mapping[str, tuple[str, ...]]] = {
    "speak": ("version", "xml:lang"),
    "p": ("xml:lang",),
    "s": ("xml:lang",),
    "break": ("strength", "time"),
    "say-as": ("interpret-as", "format"),
    "prosody": ("rate", "pitch", "volume"),
    "phoneme": ("ph", "alphabet"),
    "sub": ("alias",),
    "lang": ("xml:lang",),
    "voice": ("name", "gender", "languages", "xml:lang"),
    "mark": ("name",),
    "emphasis": ("level",),
}
_REQUIRED: Final[Mapping[str, str]] = {
    "say-as": "interpret-as",
    "phoneme": "ph",
    "sub": "alias",
    "lang": "xml:lang",
    "mark": "name",
}


@dataclass(frozen=True, slots=True)
class Block:
    """Text between two ends of sentences that markup makes."""

    start: int
    end: int
    one_sentence: bool
    """``s``: it is not split."""
    ends_paragraph: bool


@dataclass(frozen=True, slots=True)
class SsmlText:
    """A document's text and what its markup says."""

    text: MarkedText
    blocks: tuple[Block, ...]


def read_ssml(document: str) -> SsmlText:
    """Read a document.

    Raises:
        InvalidArgument: ``ssml``; with line and column, the element and what is allowed.
    """
    try:
        data = document.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidArgument(
            "ssml", f"character {error.start} is half of a surrogate pair"
        ) from error
    if len(data) > MAX_BYTES:
        raise InvalidArgument("ssml", f"{len(data)} bytes; {MAX_BYTES} are allowed")
    if not document.strip():
        raise InvalidArgument("ssml", "is empty; it must be a <speak> element")
    return _Reader(document, data).read()


@dataclass(slots=True)
class _Open:
    """An element that has begun."""

    name: str
    attributes: dict[str, str]
    style: Style
    start: int
    first: int
    """Index of its first run of characters."""
    line: int
    column: int


@dataclass(slots=True)
class _Reader:
    document: str
    data: bytes
    parser: expat.XMLParserType = field(init=False)
    written: list[str] = field(default_factory=list)
    length: int = 0
    places: list[tuple[int, int, int]] = field(default_factory=list)
    styles: list[tuple[int, Style]] = field(default_factory=lambda: [(0, Style())])
    given: list[Given] = field(default_factory=list)
    events: list[tuple[int, Break | Mark]] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    _block: int = 0
    _byte: int = 0
    _place: int = 0

    def read(self) -> SsmlText:
        parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        parser.buffer_text = False
        parser.ordered_attributes = False
        parser.StartElementHandler = self._begins
        parser.EndElementHandler = self._ends
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        parser.SkippedEntityHandler = self._entity
        self.parser = parser
        try:
            parser.Parse(self.data, True)
        except expat.ExpatError as error:
            raise InvalidArgument(
                "ssml",
                f"line {error.lineno}, column {error.offset + 1}: not well-formed:"
                f" {expat.ErrorString(error.code)}",
            ) from error
        self._close_block(ends_paragraph=True)
        self.places.append((self.length, len(self.document), 0))
        text = MarkedText(
            "".join(self.written),
            tuple(self.styles),
            tuple(self.given),
            tuple(self.events),
            tuple(self.places),
        )
        return SsmlText(text, tuple(self.blocks))

    def fail(self, message: str, at: _Open | None = None) -> InvalidArgument:
        line = at.line if at else self.parser.CurrentLineNumber
        column = at.column if at else self.parser.CurrentColumnNumber + 1
        return InvalidArgument("ssml", f"line {line}, column {column}: {message}")

    def source(self) -> int:
        """Where in the document the parser is, in characters."""
        byte = self.parser.CurrentByteIndex
        if byte > self._byte:
            self._place += len(self.data[self._byte : byte].decode())
            self._byte = byte
        return self._place

    # What expat tells

    def _doctype(self, *_: object) -> None:
        raise self.fail("a DOCTYPE is not allowed")

    def _entity(self, name: str, is_parameter: bool) -> None:
        raise self.fail(f"the entity &{name}; is not known; XML has amp, lt, gt, quot and apos")

    def _begins(self, qualified: str, attributes: dict[str, str]) -> None:
        name = self._local(qualified)
        parent = self.open[-1] if self.open else None
        self._check_place(name, parent)
        if len(self.open) >= MAX_DEPTH:
            raise self.fail(f"<{name}>: elements are nested more than {MAX_DEPTH} deep")
        given = self._attributes(name, attributes)
        style = parent.style if parent else Style()
        element = _Open(
            name,
            given,
            style,
            self.length,
            len(self.written),
            self.parser.CurrentLineNumber,
            self.parser.CurrentColumnNumber + 1,
        )
        if name in ("p", "s"):
            self._close_block(ends_paragraph=False)
        element.style = self._style(element)
        self._set_style(element.style)
        self.open.append(element)
        if name in _EMPTY:
            self._event(element)

    def _ends(self, qualified: str) -> None:
        element = self.open.pop()
        if element.name in _TEXT_ONLY:
            self._give(element)
        if element.name in ("p", "s"):
            self._close_block(ends_paragraph=element.name == "p", one_sentence=element.name == "s")
        if self.open:
            self._set_style(self.open[-1].style)

    def _characters(self, text: str) -> None:
        element = self.open[-1]
        if element.name in _EMPTY:
            if text.strip():
                raise self.fail(f"<{element.name}> holds text; it must be empty")
            return
        place = self.source()
        entity = self.document.startswith("&", place)
        self._write(text, place, int(not entity and self.document.startswith(text, place)))

    def _write(self, text: str, place: int, step: int) -> None:
        self.places.append((self.length, place, step))
        self.written.append(re.sub(r"\s", " ", text))
        self.length += len(text)

    # Elements

    def _local(self, qualified: str) -> str:
        namespace, _, name = qualified.rpartition(" ")
        if namespace not in ("", NAMESPACE):
            raise self.fail(f"<{name}> is of the namespace {namespace}; SSML's is {NAMESPACE}")
        return name

    def _check_place(self, name: str, parent: _Open | None) -> None:
        if parent is None:
            if name != "speak":
                raise self.fail(f"<{name}> is the root; it must be <speak>")
            return
        allowed = self._allowed(parent)
        if name in allowed:
            return
        inside = f"inside <{parent.name}>"
        if not allowed:
            what = "be empty" if parent.name in _EMPTY else "hold text only"
            raise self.fail(f"<{name}> {inside}, which must {what}")
        known = "is not allowed" if name in ATTRIBUTES else "is not supported"
        names = ", ".join(f"<{each}>" for each in allowed)
        raise self.fail(f"<{name}> {known} {inside}; allowed are {names}")

    def _allowed(self, parent: _Open) -> tuple[str, ...]:
        if parent.name in _TEXT_ONLY or parent.name in _EMPTY:
            return ()
        around = {element.name for element in self.open}
        if "s" in around or parent.name == "emphasis":
            return _INLINE
        return ("s", *_INLINE) if "p" in around else ("p", "s", *_INLINE)

    def _attributes(self, name: str, attributes: dict[str, str]) -> dict[str, str]:
        given: dict[str, str] = {}
        allowed = ATTRIBUTES[name]
        for qualified, value in attributes.items():
            namespace, _, local = qualified.rpartition(" ")
            if namespace == _XSI:
                continue
            label = f"xml:{local}" if namespace == _XML else local
            if label not in allowed or namespace not in ("", _XML):
                names = ", ".join(allowed)
                raise self.fail(f"<{name}> has no attribute {label!r}; it has {names}")
            given[label] = value
        required = _REQUIRED.get(name)
        if required and not given.get(required, "").strip():
            raise self.fail(f"<{name}> needs the attribute {required!r}")
        if name == "speak" and given.get("version", "1.1") not in ("1.0", "1.1"):
            raise self.fail(f"version={given['version']!r}; 1.0 and 1.1 are read")
        return given

    def _style(self, element: _Open) -> Style:
        name, given, style = element.name, element.attributes, element.style
        try:
            if "xml:lang" in given and name != "voice":
                style = replace(style, language=language(given["xml:lang"]))
            if name == "voice":
                chosen = voice(given)
                spoken = style.language
                if "xml:lang" in given:
                    spoken = language(given["xml:lang"])
                style = replace(style, voice=chosen, language=spoken)
            elif name == "prosody":
                style = replace(style, prosody=prosody(given, style.prosody))
            elif name == "emphasis":
                style = replace(
                    style, prosody=emphasis(given.get("level", "moderate"), style.prosody)
                )
        except ValueError as error:
            raise self.fail(f"<{name}>: {error}") from error
        return style

    def _set_style(self, style: Style) -> None:
        if self.styles[-1][1] == style:
            return
        if self.styles[-1][0] == self.length:
            self.styles.pop()
        if not self.styles or self.styles[-1][1] != style:
            self.styles.append((self.length, style))

    def _event(self, element: _Open) -> None:
        if len(self.events) >= MAX_MARKS:
            raise self.fail(f"more than {MAX_MARKS} breaks and marks")
        if element.name == "mark":
            name = element.attributes["name"]
            if len(name) > MAX_NAME:
                raise self.fail(f"<mark>: a name of {len(name)} characters; {MAX_NAME} are allowed")
            self.events.append((self.length, Mark(name, self.source())))
            return
        try:
            seconds = break_seconds(element.attributes)
        except ValueError as error:
            raise self.fail(f"<break>: {error}") from error
        self._write(" ", self.source(), 0)  # no word goes on over silence
        self.events.append((self.length, Break(seconds)))

    def _give(self, element: _Open) -> None:
        content = "".join(self.written[element.first :])
        name, given = element.name, element.attributes
        if not content.strip():
            raise self.fail(f"<{name}> is empty", element)
        if name == "say-as":
            how = SayAs(given["interpret-as"], given.get("format", ""))
            wrong = complaint(content, how)
            if wrong:
                raise self.fail(f"<say-as> {wrong}", element)
            self.given.append(Given(element.start, self.length, say_as=how))
            return
        if name == "sub":
            alias = given["alias"]
            if len(alias) > MAX_NAME:
                raise self.fail(
                    f"<sub>: an alias of {len(alias)} characters; {MAX_NAME} are allowed", element
                )
            self.given.append(Given(element.start, self.length, words=alias))
            return
        if len(content) > MAX_NAME:
            raise self.fail(
                f"<phoneme> holds {len(content)} characters; {MAX_NAME} are allowed", element
            )
        try:
            ipa = phonemes(given)
        except ValueError as error:
            raise self.fail(f"<phoneme>: {error}", element) from error
        self.given.append(Given(element.start, self.length, ipa=ipa))

    def _close_block(self, *, ends_paragraph: bool, one_sentence: bool = False) -> None:
        start, self._block = self._block, self.length
        if self.length > start:
            self.blocks.append(Block(start, self.length, one_sentence, ends_paragraph))
        elif ends_paragraph and self.blocks:
            self.blocks[-1] = replace(self.blocks[-1], ends_paragraph=True)
