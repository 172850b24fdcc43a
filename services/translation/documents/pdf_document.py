"""PDF in, Word document out: text, headings, tables and page ends; the layout is lost."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from foundation.languages import Language
from services.translation.documents.interface import (
    Role,
    Saved,
    Segment,
    TranslatedSegment,
)
from services.translation.documents.limits import DocumentLimits, refused
from services.translation.documents.places import (
    LANGUAGE_TAGS,
    Places,
    is_language,
    translated_name,
)
from services.translation.documents.word import MEDIA_TYPE
from services.translation.documents.xml_parsing import clean

_HEADING: Final = 1.15  # times the size of most text
_LONGEST_HEADING: Final = 200  # characters
_NEAR: Final = 0.8  # of the font's size: no more white between two lines of a paragraph
_PAGE_NUMBER: Final = re.compile(r"[-–— ]*(?:#(?: ?/ ?#)?|[ivxl]{1,6})[-–— .]*")
_DIGITS: Final = re.compile(r"\d+")
_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ITEM: Final = re.compile(r"[•▪◦‣●○■□]\s+")
_SENTENCE_ENDS: Final = ".?!…:;"


class _Text:
    """A paragraph or a cell, and what is written there."""

    def __init__(self, text: str, role: Role) -> None:
        self.segment = Segment(clean(text), role=role)
        self.written = self.segment.text

    def put(self, translation: TranslatedSegment, target: Language) -> None:
        """See ``Place``."""
        self.written = clean(translation.text)


class PdfDocument:
    """A PDF's text; saved as docx."""

    def __init__(
        self, pages: list[list[dict[str, Any]]], file_name: str, limits: DocumentLimits
    ) -> None:
        self._file_name = file_name
        _drop_repeated(pages)
        _join(pages)
        self._pages = pages
        self._sizes = _heading_sizes(pages)
        self._places = Places(limits)
        for page in pages:
            for block in page:
                self._add(block)
        self._segments = tuple(place.segment for place in self._places)

    @property
    def segments(self) -> Sequence[Segment]:
        """See ``Document``."""
        return self._segments

    def save(self, translations: Sequence[TranslatedSegment], target: Language) -> Saved:
        """See ``Document``; the file is a docx."""
        places = list(self._places)
        if len(translations) != len(places):
            raise refused(f"{len(places)} segments, {len(translations)} translations")
        for place, translation in zip(places, translations, strict=True):
            place.put(translation, target)
        name = translated_name(self._file_name, target, ".docx")
        return Saved(self._write(target), name, MEDIA_TYPE)

    def _add(self, block: dict[str, Any]) -> None:
        if "rows" in block:
            block["rows"] = [[self._text(cell, Role.CELL) for cell in row] for row in block["rows"]]
        else:
            heading = self._level(block) is not None
            block["text"] = self._text(block["text"], Role.HEADING if heading else Role.PARAGRAPH)

    def _text(self, text: str, role: Role) -> _Text:
        place = _Text(text, role)
        if is_language(text):
            self._places.add(place)
        return place

    def _level(self, block: dict[str, Any]) -> int | None:
        text = block["text"] if isinstance(block["text"], str) else block["text"].segment.text
        if block["size"] not in self._sizes or len(text) > _LONGEST_HEADING:
            return None
        return self._sizes.index(block["size"]) + 1

    def _write(self, target: Language) -> bytes:
        from docx import Document

        document = Document()
        for number, page in enumerate(self._pages):
            if number:
                document.add_page_break()
            for block in page:
                if "rows" in block:
                    _write_table(document, block["rows"])
                else:
                    self._write_paragraph(document, block)
        for language in document.styles.element.iter(f"{_W}lang"):
            language.set(f"{_W}val", LANGUAGE_TAGS[target])
        document.core_properties.language = LANGUAGE_TAGS[target]
        document.core_properties.author = ""
        document.core_properties.comments = ""
        buffer = io.BytesIO()
        document.save(buffer)
        return buffer.getvalue()

    def _write_paragraph(self, document: Any, block: dict[str, Any]) -> None:
        text, level = block["text"].written, self._level(block)
        if level is not None:
            document.add_heading(text, level)
            return
        item = _ITEM.match(text)
        paragraph = document.add_paragraph(style="List Bullet" if item else None)
        run = paragraph.add_run(text[item.end() :] if item else text)
        run.bold = block["bold"] or None
        run.italic = block["italic"] or None


def open_pdf(data: bytes, file_name: str, limits: DocumentLimits) -> PdfDocument:
    """The text of a PDF, read by a child process.

    Raises:
        InvalidArgument: see ``open_document``; also where it is encrypted or holds no text.
    """
    if b"%PDF-" not in data[:1024]:
        raise refused("the file is no PDF, whatever its ending says")
    numbers = (limits.pages, limits.characters, limits.pdf_seconds, limits.pdf_memory_bytes)
    command = [
        sys.executable, "-P", "-m", "services.translation.documents.pdf_reading",
        *map(str, numbers),
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        child = subprocess.run(
            command,
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=limits.pdf_seconds * 4,  # other work may keep the processor
            check=False,
        )
        answer = json.loads(child.stdout)
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise refused(
            f"the PDF cannot be read in {limits.pdf_seconds} s and "
            f"{limits.pdf_memory_bytes // 2**20} MiB of memory"
        ) from error
    if "error" in answer:
        raise refused(answer["error"])
    return PdfDocument(answer["pages"], file_name, limits)


def _write_table(document: Any, rows: Sequence[Sequence[_Text]]) -> None:
    columns = max(map(len, rows))
    table = document.add_table(rows=len(rows), cols=columns)
    table.style = "Table Grid"
    for row, texts in zip(table.rows, rows, strict=True):
        cells = row.cells
        for at, text in enumerate(texts):
            cells[at].text = text.written


def _heading_sizes(pages: list[list[dict[str, Any]]]) -> list[float]:
    """The three largest sizes well above that of most text."""
    letters: Counter[float] = Counter()
    for page in pages:
        for block in page:
            if "text" in block:
                letters[block["size"]] += len(block["text"])
    if not letters:
        return []
    usual = letters.most_common(1)[0][0]
    return sorted((size for size in letters if size > usual * _HEADING), reverse=True)[:3]


def _drop_repeated(pages: list[list[dict[str, Any]]]) -> None:
    """Page numbers go; what heads or ends many pages is kept on the first."""
    edges: Counter[str] = Counter()
    for page in pages:
        edges.update({_shape(block) for block in _edges(page)})
    seen: set[str] = set()
    for page in pages:
        for block in _edges(page):
            shape = _shape(block)
            number = _PAGE_NUMBER.fullmatch(shape) is not None
            if number or (edges[shape] > max(2, len(pages) // 3) and shape in seen):
                page.remove(block)
            seen.add(shape)


def _edges(page: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The highest and the lowest paragraph."""
    if not page:
        return []
    first, last = min(page, key=lambda b: b["top"]), max(page, key=lambda b: b["bottom"])
    return [block for block in ([first] if first is last else [first, last]) if "text" in block]


def _shape(block: dict[str, Any]) -> str:
    """A paragraph's text with its numbers made alike."""
    return _DIGITS.sub("#", block["text"])


def _join(pages: list[list[dict[str, Any]]]) -> None:
    """A sentence that runs over the end of a block or a page is whole, where it begins."""
    last: dict[str, Any] | None = None
    for page in pages:
        for number, block in enumerate(list(page)):
            if last is not None and _goes_on(last, block, new_page=number == 0):
                last["text"] = f"{last['text']} {block['text']}"
                last["bottom"] = block["bottom"]
                page.remove(block)
            else:
                last = block


def _goes_on(last: dict[str, Any], block: dict[str, Any], *, new_page: bool) -> bool:
    if "text" not in last or "text" not in block or last["size"] != block["size"]:
        return False
    near = abs(block["top"] - last["bottom"]) < _NEAR * block["size"]
    unfinished = last["text"][-1:] not in _SENTENCE_ENDS and block["text"][:1].islower()
    return unfinished and (near or new_page)
