"""HTML pages: text by blocks, and the attributes that people read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from foundation.languages import Language
from services.translation.documents.html_tokens import (
    Token,
    TokenKind,
    read_text,
    tokenize,
    with_attribute,
    write_text,
)
from services.translation.documents.inline import Inline, Item, translated_items
from services.translation.documents.interface import (
    MarkKind,
    Role,
    Segment,
    TranslatedSegment,
)
from services.translation.documents.limits import DocumentLimits
from services.translation.documents.places import PlacedDocument, Places, is_language
from services.translation.documents.text_encoding import decode

MEDIA_TYPE: Final = "text/html"
_INLINE: Final = frozenset(
    {
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "data", "del", "dfn", "em",
        "font", "i", "ins", "label", "mark", "nobr", "q", "s", "small", "span", "strike",
        "strong", "sub", "sup", "time", "tt", "u",
    }
)  # fmt: skip
_POINTS: Final = frozenset({"img", "input", "wbr", "area", "embed", "source", "track", "param"})
_KEPT: Final = frozenset(
    {
        "code", "kbd", "samp", "var", "math", "svg", "button", "select", "object", "canvas",
        "picture",
    }
)  # fmt: skip
_SKIPPED: Final = frozenset(
    {
        "script", "style", "pre", "textarea", "template", "noembed", "iframe", "xmp",
        "plaintext", "listing", "audio", "video",
    }
)  # fmt: skip
_VOID: Final = frozenset(
    {
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param",
        "source", "track", "wbr",
    }
)  # fmt: skip
_LABELS: Final = ("alt", "title", "placeholder", "aria-label", "summary")
_DESCRIPTIONS: Final = frozenset(
    {"description", "og:title", "og:description", "twitter:title", "twitter:description"}
)
_HEADINGS: Final = frozenset(
    {"h1", "h2", "h3", "h4", "h5", "h6", "caption", "legend", "summary", "figcaption"}
)
_CELLS: Final = frozenset({"td", "th"})
_CHARSET: Final = re.compile(r"(charset\s{0,8}=\s{0,8}[\"']?)[\w:.-]+", re.IGNORECASE)

_Payload: TypeAlias = tuple[Token, Token | None]
"""The tags before and after what a mark holds."""


class _Block:
    """Text of a block, from one block's tag to the next: writes itself into one token.

    That happens last, when all attributes of the tags in it are written.
    """

    def __init__(self, token: Token, inline: Inline[_Payload], segment: Segment) -> None:
        text = segment.text
        lead = len(text) - len(text.lstrip())
        self._token, self._inline, self.segment = token, inline, segment
        self._before, self._after = text[:lead], text[len(text.rstrip()) :]
        self._translation = TranslatedSegment(text)

    def put(self, translation: TranslatedSegment, target: Language) -> None:
        """See ``Place``."""
        self._translation = translation

    def write(self) -> None:
        """Put the translation into the page."""
        text = self._translation.text
        if text.strip():  # white space around it tells blocks apart
            text = self._before + text.strip() + self._after
        spaced = TranslatedSegment(text, self._translation.alignment)
        items = translated_items(self.segment, self._inline.payloads, spaced)
        self._token.raw = _write(items)


class _Attribute:
    """An attribute that people read."""

    def __init__(self, token: Token, name: str) -> None:
        self._token, self._name = token, name
        self.segment = Segment(read_text(token.attributes[name]), role=Role.LABEL)

    def put(self, translation: TranslatedSegment, target: Language) -> None:
        """See ``Place``."""
        self._token.raw = with_attribute(self._token.raw, self._name, translation.text)


def open_html(data: bytes, file_name: str, limits: DocumentLimits) -> PlacedDocument:
    """An HTML page, or a piece of one.

    Raises:
        InvalidArgument: see ``open_document``.
    """
    tokens = tokenize(decode(data, declared=_declared(data)))
    places = Places(limits)
    reader = _Reader(tokens, places)
    reader.read()

    def write(target: Language) -> bytes:
        for token in tokens:
            if token.kind is TokenKind.START:
                if token.name == "html" or ("lang" in token.attributes and not _is_kept(token)):
                    token.raw = with_attribute(token.raw, "lang", target)
                if token.name == "meta":
                    token.raw = _CHARSET.sub(r"\g<1>utf-8", token.raw)
        for place in places:
            if isinstance(place, _Block):
                place.write()
        return "".join(token.raw for token in reader.tokens).encode("utf-8", "replace")

    return PlacedDocument(places, write, file_name, MEDIA_TYPE)


class _Reader:
    """Cuts the tokens into blocks; each block's tokens become one, which is written anew."""

    def __init__(self, tokens: Sequence[Token], places: Places) -> None:
        self._source = tokens
        self.places = places
        self.tokens: list[Token] = []
        self._block: list[Token] = []
        self._role = Role.PARAGRAPH

    def read(self) -> None:
        """Find all places."""
        at = 0
        ends = _ends(self._source)
        while at < len(self._source):
            token = self._source[at]
            is_start = token.kind is TokenKind.START
            if is_start:
                self._add_labels(token)
            end = ends.get(at, at)
            if is_start and token.name not in _VOID and self._is_whole(token):
                whole = Token(TokenKind.OTHER, "", token.name)
                whole.raw = "".join(one.raw for one in self._source[at : end + 1])
                whole.attributes["text"] = "".join(
                    one.raw for one in self._source[at : end + 1] if one.kind is TokenKind.TEXT
                )
                if token.name in _SKIPPED or token.name not in _KEPT | _INLINE:
                    self._flush()
                    self.tokens += self._source[at : end + 1]
                else:
                    self._block.append(whole)
                at = end + 1
                continue
            at += 1
            if token.kind in (TokenKind.TEXT, TokenKind.OTHER) or _is_inline(token):
                self._block.append(token)
                continue
            self._flush()
            self._role = _role(token)
            self.tokens.append(token)
        self._flush()

    def _is_whole(self, token: Token) -> bool:
        return token.name in _SKIPPED or token.name in _KEPT or _is_kept(token)

    def _add_labels(self, token: Token) -> None:
        if token.name in _SKIPPED or _is_kept(token):
            return
        for name in _LABELS:
            if is_language(token.attributes.get(name)):
                self.places.add(_Attribute(token, name))
        named = token.attributes.get("name", token.attributes.get("property", "")).lower()
        kind = token.attributes.get("type", "").lower()
        name = ""
        if token.name == "meta" and named in _DESCRIPTIONS:
            name = "content"
        elif token.name == "input" and kind in ("submit", "button", "reset"):
            name = "value"
        if is_language(token.attributes.get(name)):
            self.places.add(_Attribute(token, name))

    def _flush(self) -> None:
        block, self._block = self._block, []
        inline = _inline(block)
        segment = inline.segment(self._role)
        if segment is None:
            self.tokens += block
            return
        token = Token(TokenKind.OTHER, "".join(one.raw for one in block))
        self.tokens.append(token)
        self.places.add(_Block(token, inline, segment))


def _inline(block: Sequence[Token]) -> Inline[_Payload]:
    inline: Inline[_Payload] = Inline()
    pairs = _pairs(block)
    for at, token in enumerate(block):
        if token.kind is TokenKind.TEXT:
            text = read_text(token.raw)
            if text[:1] == " " and inline.last[-1:] in (" ", "\n"):
                text = text[1:]
            inline.add(text)
        elif token.name == "br" and token.kind is TokenKind.START and token.raw.lower() in _BREAKS:
            inline.add("\n")
        elif at in pairs:
            if token.kind is TokenKind.START:
                inline.open((token, block[pairs[at]]))
            else:
                inline.close()
        elif token.kind is TokenKind.OTHER and token.attributes.get("text"):
            inline.keep((token, None), read_text(token.attributes["text"]))
        else:
            inline.point((token, None))
    return inline


_BREAKS: Final = frozenset({"<br>", "<br/>", "<br />"})


def _pairs(block: Sequence[Token]) -> dict[int, int]:
    """Start and end tags that belong together and nest; others are points."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    waiting: dict[str, int] = {}
    for at, token in enumerate(block):
        if token.name not in _INLINE:
            continue
        if token.kind is TokenKind.START:
            opened.append(at)
            waiting[token.name] = waiting.get(token.name, 0) + 1
        elif token.kind is TokenKind.END and waiting.get(token.name):
            while opened:
                start = opened.pop()
                waiting[block[start].name] -= 1
                if block[start].name == token.name:
                    pairs[start], pairs[at] = at, start
                    break
    return pairs


def _write(items: Iterable[Item[_Payload]]) -> str:
    written: list[str] = []
    for item in items:
        if isinstance(item, str):
            written.append(write_text(item).replace("\n", "<br>"))
        else:
            before, after = item.payload
            inside = "" if item.kind is MarkKind.KEPT else _write(item.items)
            written.append(before.raw + inside + (after.raw if after else ""))
    return "".join(written)


def _ends(tokens: Sequence[Token]) -> dict[int, int]:
    """For each start tag the token that ends its element, where one does."""
    ends: dict[int, int] = {}
    opened: dict[str, list[int]] = {}
    for at, token in enumerate(tokens):
        if token.kind is TokenKind.START and token.name not in _VOID:
            opened.setdefault(token.name, []).append(at)
        elif token.kind is TokenKind.END and opened.get(token.name):
            ends[opened[token.name].pop()] = at
    return ends


def _is_inline(token: Token) -> bool:
    return (
        token.name in _INLINE or token.name in _POINTS or token.name in _KEPT or token.name == "br"
    )


def _is_kept(token: Token) -> bool:
    classes = token.attributes.get("class", "").split()
    return token.attributes.get("translate", "").lower() == "no" or "notranslate" in classes


def _role(token: Token) -> Role:
    if token.kind is not TokenKind.START:
        return Role.PARAGRAPH
    if token.name == "title":
        return Role.TITLE
    if token.name in _HEADINGS:
        return Role.HEADING
    return Role.CELL if token.name in _CELLS else Role.PARAGRAPH


def _declared(data: bytes) -> str | None:
    found = re.search(
        rb"<meta[^>]{0,200}charset\s{0,8}=\s{0,8}[\"']?([\w:.-]{1,40})", data[:2048], re.I
    )
    return found[1].decode("ascii") if found else None
