"""An HTML page cut into tags, text and the rest, every character of it kept.

The page is not parsed into a tree and written anew: what is not translated stays as it was written,
broken markup, templates and all.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from enum import Enum
from html.parser import HTMLParser
from typing import Final

from services.translation.documents.xml_parsing import clean

_SPACE: Final = re.compile("[ \t\n\r\f]+")
_ATTRIBUTE: Final = (
    r"(?P<before>[\s\"'/]{name}\s{{0,8}}=\s{{0,8}})"
    r"(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"'>]+))"
)


class TokenKind(Enum):
    """What a token is."""

    START = "start"
    END = "end"
    TEXT = "text"
    OTHER = "other"


@dataclass(slots=True)
class Token:
    """A piece of the page."""

    kind: TokenKind
    raw: str
    name: str = ""
    """Of a tag, lower case."""

    attributes: dict[str, str] = field(default_factory=dict)
    """Of a start tag; names lower case, entities resolved."""


class _Tokenizer(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=False)
        self._page = page
        self._lines = [0]
        for found in re.finditer("\n", page):
            self._lines.append(found.end())
        self.starts: list[int] = []
        self.tokens: list[Token] = []

    def _add(self, token: Token) -> None:
        line, column = self.getpos()
        self.starts.append(self._lines[line - 1] + column)
        self.tokens.append(token)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes: dict[str, str] = {}
        for name, value in attrs:
            attributes.setdefault(name, value or "")
        self._add(Token(TokenKind.START, "", tag, attributes))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self._add(Token(TokenKind.END, "", tag))

    def handle_data(self, data: str) -> None:
        self._add(Token(TokenKind.TEXT, ""))

    def handle_entityref(self, name: str) -> None:
        self._add(Token(TokenKind.TEXT, ""))

    def handle_charref(self, name: str) -> None:
        self._add(Token(TokenKind.TEXT, ""))

    def handle_comment(self, data: str) -> None:
        self._add(Token(TokenKind.OTHER, ""))

    def handle_decl(self, decl: str) -> None:
        self._add(Token(TokenKind.OTHER, ""))

    def handle_pi(self, data: str) -> None:
        self._add(Token(TokenKind.OTHER, ""))

    def unknown_decl(self, data: str) -> None:
        self._add(Token(TokenKind.OTHER, ""))


def tokenize(page: str) -> list[Token]:
    """Cut a page; the tokens' raw texts joined are the page again."""
    tokenizer = _Tokenizer(page)
    tokenizer.feed(page)
    tokenizer.close()
    starts = tokenizer.starts
    merged: list[Token] = []
    if starts and starts[0] > 0:
        merged.append(Token(TokenKind.OTHER, page[: starts[0]]))
    for number, token in enumerate(tokenizer.tokens):
        end = starts[number + 1] if number + 1 < len(starts) else len(page)
        token.raw = page[starts[number] : end]
        if token.kind is TokenKind.TEXT and merged and merged[-1].kind is TokenKind.TEXT:
            merged[-1].raw += token.raw
        else:
            merged.append(token)
    return merged


def read_text(raw: str) -> str:
    """What a reader sees of raw text: entities resolved, white space as one space."""
    return _SPACE.sub(" ", clean(html.unescape(raw)))


def write_text(text: str) -> str:
    """The same, the other way round."""
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def with_attribute(raw: str, name: str, value: str) -> str:
    """A start tag with an attribute's value replaced, or added where there is none."""
    written = write_text(value).replace('"', "&quot;")
    pattern = re.compile(_ATTRIBUTE.format(name=re.escape(name)), re.IGNORECASE)
    found = pattern.search(raw)
    if found is not None:
        return f'{raw[: found.start()]}{found["before"]}"{written}"{raw[found.end() :]}'
    opened = re.match(r"<[^\s/>]+", raw)
    if opened is None:
        return raw
    return f'{opened[0]} {name}="{written}"{raw[opened.end() :]}'
