"""Pairing the paragraphs of one document in several languages.

A translated manual keeps the structure of the original: the same elements in the same order. Where
the two differ by an element, only the stretches that are alike are taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

_BLOCKS: Final = frozenset(
    (
        "p",
        "para",
        "simpara",
        "title",
        "subtitle",
        "term",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "li",
        "td",
        "th",
        "dt",
        "dd",
        "caption",
        "desc",
    )
)
_SKIPPED: Final = frozenset(
    (
        "script",
        "style",
        "pre",
        "code",
        "screen",
        "programlisting",
        "synopsis",
        "nav",
        "head",
        "credit",
        "copyright",
    )
)
_DIGITS: Final = re.compile(r"\d+")
_SENTENCE_END: Final = re.compile(r"(?<=[^\W\d_]{2}[.!?…])[»\")]?\s+(?=[«\"(]?[A-ZА-ЯЁӘҒҚҢӨҰҮҺІ])")
_ROFF_BLOCK: Final = re.compile(r"\.(SH|SS|PP|P|LP|TP|IP|HP|TQ|Pp|It|Sh|Ss)\b")
_ROFF_TEXT: Final = re.compile(r"\.(?:B|I|BR|IR|RB|RI|BI|IB|SM|SB)\s+(.*)")
_ROFF_FONT: Final = re.compile(r"\\f(?:\[\w*\]|\(\w\w|\w)|\\[&|^:%]|\\s[+-]?\d")
_ROFF_SIGNS: Final = {
    r"\-": "-",
    r"\e": "\\",
    r"\(em": "—",
    r"\[em]": "—",
    r"\(en": "–",
    r"\[en]": "–",
    r"\(aq": "'",
    r"\[aq]": "'",
    r"\(lq": "“",
    r"\[lq]": "“",
    r"\(rq": "”",
    r"\[rq]": "”",
    r"\(Fo": "«",
    r"\[Fo]": "«",
    r"\(Fc": "»",
    r"\[Fc]": "»",
    r"\(bu": "",
    r"\[bu]": "",
    r"\ ": " ",
    r"\~": " ",
}


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, and what of it does not depend on the language."""

    key: tuple[object, ...]
    text: str


def markup_blocks(document: bytes) -> list[Block]:
    """Paragraphs, titles and cells of an HTML, DocBook or Mallard page."""
    from lxml import etree, html

    if b"<html" in document[:2000].lower():
        # A declaration of the encoding and a text in hand are too much for the parser together.
        root: Any = html.document_fromstring(document, parser=html.HTMLParser(encoding="utf-8"))
    else:
        root = etree.fromstring(document, etree.XMLParser(recover=True, resolve_entities=False))
    if root is None:
        return []
    blocks: list[Block] = []
    _walk(root, blocks)
    return blocks


def _walk(element: Any, blocks: list[Block]) -> None:
    name = _name(element)
    if name in _SKIPPED:
        return
    if name in _BLOCKS and not any(_name(inner) in _BLOCKS for inner in element.iterdescendants()):
        text = " ".join("".join(element.itertext(*_text_tags(element))).split())
        if text:
            inline = tuple(_name(inner) for inner in element.iterdescendants())
            blocks.append(Block((name, element.get("id"), inline, _numbers(text)), text))
        return
    for child in element:
        _walk(child, blocks)


def _text_tags(element: Any) -> tuple[Any, ...]:
    """All tags but comments and processing instructions, whose text is none of the reader's."""
    return tuple({inner.tag for inner in element.iter() if isinstance(inner.tag, str)})


def _name(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def roff_blocks(document: str) -> list[Block]:
    """Paragraphs and headings of a manual page."""
    blocks: list[Block] = []
    lines: list[str] = []
    kind = ""
    fill = True

    def finish() -> None:
        text = " ".join(" ".join(lines).split())
        if text:
            blocks.append(Block((kind, _numbers(text)), text))
        lines.clear()

    for line in document.splitlines():
        if line.startswith((".nf", ".EX")):
            finish()
            fill = False
        elif line.startswith((".fi", ".EE")):
            fill = True
        elif not fill or line.startswith((".\\", "'\\")):
            continue
        elif opening := _ROFF_BLOCK.match(line):
            finish()
            kind = opening[1]
            if kind in ("SH", "SS"):
                lines.append(_plain(line[3:].strip().strip('"')))
                finish()
                kind = "after"
        elif inline := _ROFF_TEXT.match(line):
            lines.append(_plain(inline[1].replace('"', "")))
        elif not line.startswith((".", "'")):
            lines.append(_plain(line))
    finish()
    return blocks


def _plain(text: str) -> str:
    text = _ROFF_FONT.sub("", text)
    for sign, character in _ROFF_SIGNS.items():
        text = text.replace(sign, character)
    return text


def _numbers(text: str) -> tuple[str, ...]:
    return tuple(_DIGITS.findall(text))


def aligned(left: Sequence[Block], right: Sequence[Block]) -> Iterator[tuple[int, int]]:
    """Positions of paragraphs that are each other's translation."""
    if [block.key for block in left] == [block.key for block in right]:
        yield from ((index, index) for index in range(len(left)))
        return
    matcher = SequenceMatcher(
        None, [block.key for block in left], [block.key for block in right], autojunk=False
    )
    for match in matcher.get_matching_blocks():
        yield from ((match.a + step, match.b + step) for step in range(match.size))


def sentences(texts: Sequence[str]) -> list[tuple[str, ...]]:
    """A paragraph's sentences side by side, if all languages have as many; else the paragraph."""
    split = [_SENTENCE_END.split(text) for text in texts]
    if len({len(parts) for parts in split}) == 1:
        return list(zip(*split, strict=True))
    return [tuple(texts)]
