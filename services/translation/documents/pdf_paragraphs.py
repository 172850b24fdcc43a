"""Lines of a PDF's block of text joined into paragraphs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any, Final

_ITEM: Final = re.compile(r"(?:[•▪◦‣●○■□–—*-]|\(?\d{1,3}[.)]|\(?[a-zа-яәғқңөұүһі][.)])\s", re.I)
_LEADERS: Final = re.compile(r"(?:\s?\.){4,}\s?(?=[\dxvi]{1,6}$)")
"""Dots that lead to the number of a page."""

_SENTENCE_ENDS: Final = ".?!…:;"
_INDENT: Final = 1.0  # of the font's size: a first line begins that much further right
_GAP: Final = 0.6  # of the font's size: more white than usual between two lines
_SHORT: Final = 0.8  # of the block's width: a full stop before that ends a paragraph


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text; coordinates in points from the page's top left."""

    text: str
    top: float
    bottom: float
    left: float
    right: float
    size: float
    bold: bool
    italic: bool


def paragraphs(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Join lines that belong together; see ``pdf_reading.read_pdf`` for the form."""
    gaps = [after.top - before.bottom for before, after in pairwise(lines)]
    usual = median(gaps) if gaps else 0.0
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    found: list[list[Line]] = []
    for number, line in enumerate(lines):
        before = lines[number - 1] if number else None
        begins = before is None or _begins(before, line, usual, left, right)
        # A first line is indented, but so are the lines of a list's item after its first.
        if before is not None and line.left - before.left > _INDENT * max(line.size, 1.0):
            begins = begins or len(found[-1]) > 1 or not _ITEM.match(found[-1][0].text)
        if begins:
            found.append([])
        found[-1].append(line)
    return [
        {
            "text": _LEADERS.sub("\t", _joined([line.text for line in one])),
            "top": one[0].top,
            "bottom": one[-1].bottom,
            "size": one[0].size,
            "bold": all(line.bold for line in one),
            "italic": all(line.italic for line in one),
        }
        for one in found
    ]


def _begins(before: Line, line: Line, usual: float, left: float, right: float) -> bool:
    size = max(line.size, 1.0)
    if abs(before.size - line.size) > 0.1 * size or before.bold != line.bold:
        return True
    if line.top - before.bottom > usual + _GAP * size or _ITEM.match(line.text):
        return True
    if _LEADERS.search(before.text):
        return True
    ended = before.text[-1] in _SENTENCE_ENDS
    return ended and before.right - left < _SHORT * (right - left)


def _joined(lines: Sequence[str]) -> str:
    """One text; a word that was divided at the end of a line is whole again."""
    text = lines[0]
    for line in lines[1:]:
        divided = text[-1] in "-‐" and text[-2:-1].isalpha() and line[:1].islower()
        whole = divided or text.endswith("\u00ad")
        text = text[:-1] + line if whole else f"{text} {line}"
    return text
