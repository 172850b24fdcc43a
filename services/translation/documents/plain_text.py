"""Plain text and Markdown: a line is a paragraph, unless the next one goes on in mid-sentence."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import Final

from foundation.languages import Language
from services.translation.documents.interface import Role, Segment, TranslatedSegment
from services.translation.documents.limits import DocumentLimits
from services.translation.documents.places import PlacedDocument, Places, is_language
from services.translation.documents.text_encoding import decode

MEDIA_TYPES: Final = {".txt": "text/plain", ".md": "text/markdown"}
_LINE: Final = re.compile(r"([^\r\n]*)(\r\n|\n|\r|\Z)")
_MARKDOWN: Final = re.compile(
    r"[ \t]{0,80}(?:(?:#{1,6}|>|[-*+]|\d{1,9}[.)]|\[[ xX]\]|\[\^?[^\]\n]{1,80}\]:)[ \t]{1,80}){0,8}"
)
_FENCE: Final = re.compile(r"[ \t]{0,80}(?:```|~~~)")
_LEAD: Final = re.compile(r"\s*")
_WRAPPED: Final = 40  # characters: shorter lines are not taken for wrapped ones
_SENTENCE_ENDS: Final = '.!?…:;»”"'


class _Lines:
    """A paragraph over one line or several; written wrapped as it was."""

    def __init__(self, lines: Sequence[str], start: int, lead: str, role: Role) -> None:
        self._before = lines[0][:start]
        self._lead = lead
        self._width = max(map(len, lines)) if len(lines) > 1 else None
        first, *rest = lines
        text = " ".join([first[start:].strip(), *(line[len(lead) :].strip() for line in rest)])
        self.segment = Segment(text, role=role)
        self.lines: list[str] = list(lines)

    def put(self, translation: TranslatedSegment, target: Language) -> None:
        """See ``Place``."""
        text = " ".join(translation.text.split("\n")).replace("\r", " ")
        if self._width is None:
            self.lines = [self._before + text]
        else:
            self.lines = textwrap.wrap(
                text,
                self._width,
                initial_indent=self._before,
                subsequent_indent=self._lead,
                break_long_words=False,
                break_on_hyphens=False,
            )


def open_text(data: bytes, file_name: str, limits: DocumentLimits) -> PlacedDocument:
    """A text; its line ends are kept.

    Raises:
        InvalidArgument: see ``open_document``.
    """
    suffix = ".md" if file_name.lower().endswith((".md", ".markdown")) else ".txt"
    found = [(one[1], one[2]) for one in _LINE.finditer(decode(data))]
    lines = [line for line, _ in found]
    ends = [end for _, end in found]
    newline = next((end for end in ends if end), "\n")
    places = Places(limits)
    pieces: list[tuple[_Lines | str, str]] = []
    at, fenced = 0, False
    while at < len(lines):
        line = lines[at]
        markdown = suffix == ".md"
        fenced = fenced != bool(markdown and _FENCE.match(line))
        found_start = (_MARKDOWN if markdown else _LEAD).match(line)
        start = found_start.end() if found_start else 0
        if fenced or not is_language(line[start:]):
            pieces.append((line, ends[at]))
            at += 1
            continue
        last = at + 1
        while last < len(lines) and _goes_on(lines[last - 1], lines[last], markdown=markdown):
            last += 1
        lead = _lead(lines[at + 1 : last])
        heading = markdown and line[:start].lstrip().startswith("#")
        role = Role.HEADING if heading else Role.PARAGRAPH
        place = _Lines(lines[at:last], start, lead, role)
        places.add(place)
        pieces.append((place, ends[last - 1]))
        at = last

    def write(target: Language) -> bytes:
        written = [
            (piece if isinstance(piece, str) else newline.join(piece.lines)) + end
            for piece, end in pieces
        ]
        return "".join(written).encode("utf-8", "replace")

    return PlacedDocument(places, write, file_name, MEDIA_TYPES[suffix])


def _goes_on(line: str, following: str, *, markdown: bool) -> bool:
    """Does a sentence run from one line into the next?"""
    bare, rest = line.rstrip(), following.lstrip("> \t")
    if len(bare) < _WRAPPED or bare[-1] in _SENTENCE_ENDS or not rest[:1].islower():
        return False
    if markdown:
        marker = _MARKDOWN.match(following)
        beginning = following[: marker.end()] if marker else ""
        return not beginning.strip(" \t>") and not line.endswith("  ")
    return True


def _lead(lines: Sequence[str]) -> str:
    """What the lines after the first begin with."""
    if not lines:
        return ""
    return lines[0][: len(lines[0]) - len(lines[0].lstrip("> \t"))]
