"""An HTML page cut into tags, text and the rest, every character of it kept.

The page is not parsed into a tree and written anew: what is not translated stays as it was written,
broken markup, templates and all.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from services.translation.documents.xml_parsing import clean

_SPACE: Final = re.compile("[ \t\n\r\f]+")
_ATTRIBUTE: Final = (
    r"(?P<before>[\s\"'/]{name}\s{{0,8}}=\s{{0,8}})"
    r"(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"'>]+))"
)

_NAME: Final = re.compile(r"[^\s/>]+")
_ATTRIBUTES: Final = re.compile(
    r"[\s/]*(?:(?P<name>[^\s/>=][^\s/>=]*|=[^\s/>=]*)"
    r"(?:\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s>\"'][^\s>]*))?)?)?"
)
_RAW: Final = frozenset(
    {"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"}
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


def tokenize(page: str) -> list[Token]:
    """Cut a page; the tokens' raw texts joined are the page again.

    Takes linear time whatever the page holds, which ``html.parser`` does not: a tag, a comment or
    a raw text that never ends makes the rest of the page one token.
    """
    tokens: list[Token] = []
    at = start = 0
    while (at := page.find("<", at)) != -1:
        token = _markup(page, at)
        if token is None:
            at += 1
            continue
        if start < at:
            tokens.append(Token(TokenKind.TEXT, page[start:at]))
        tokens.append(token)
        start = at = at + len(token.raw)
        if token.kind is TokenKind.START and token.name in _RAW:
            ends = re.compile(rf"</{token.name}(?![^\s/>])", re.IGNORECASE).search(page, at)
            end = len(page) if ends is None else ends.start()
            if at < end:
                kind = TokenKind.TEXT if token.name == "title" else TokenKind.OTHER
                tokens.append(Token(kind, page[at:end]))
            start = at = end
    if start < len(page):
        tokens.append(Token(TokenKind.TEXT, page[start:]))
    return tokens


def _markup(page: str, at: int) -> Token | None:
    """The tag or comment that begins at ``at``; None: the sign is text."""
    following = page[at + 1 : at + 3]
    if following[:1] in ("!", "?"):
        mark = "-->" if page.startswith("<!--", at) else ">"
        end = page.find(mark, at + 2)
        return Token(TokenKind.OTHER, page[at:] if end == -1 else page[at : end + len(mark)])
    if following[:1] == "/" and following[1:].isalpha() and following.isascii():
        end = page.find(">", at)
        raw = page[at:] if end == -1 else page[at : end + 1]
        name = _NAME.match(raw, 2)
        return Token(TokenKind.END, raw, name[0].lower() if name else "")
    if not (following[:1].isalpha() and following[:1].isascii()):
        return None
    name = _NAME.match(page, at + 1)
    attributes: dict[str, str] = {}
    end = name.end() if name else at + 1
    while (found := _ATTRIBUTES.match(page, end)) is not None and found.end() > end:
        if found["name"]:
            value = found["double"] or found["single"] or found["bare"] or ""
            attributes.setdefault(found["name"].lower(), html.unescape(value))
        end = found.end()
    if not page.startswith(">", end):  # it never ends
        return Token(TokenKind.OTHER, page[at:])
    raw = page[at : end + 1]
    return Token(TokenKind.START, raw, name[0].lower() if name else "", attributes)


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
