"""Reads a PDF's text in a process of its own, with bounded memory and time.

Run as a child (``main``): the PDF on standard input, JSON on standard output. A PDF may unpack to
any size or keep its reader busy for ever; the child dies of that, not the service.
"""

from __future__ import annotations

import io
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from services.translation.documents.pdf_paragraphs import Line, paragraphs

_UNMAPPED: Final = re.compile(r"\(cid:\d+\)")
_MOST_UNMAPPED: Final = 0.2
_SPACE: Final = re.compile(r"\s+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class UnreadableError(Exception):
    """Why a PDF cannot be translated, in words for its owner."""


def main() -> None:
    """Read standard input; arguments: pages, characters, seconds of CPU time, bytes of memory."""
    pages, characters, seconds, memory = map(int, sys.argv[1:5])
    _bound(seconds, memory)
    try:
        answer: dict[str, Any] = {"pages": read_pdf(sys.stdin.buffer.read(), pages, characters)}
    except UnreadableError as error:
        answer = {"error": str(error)}
    except Exception as error:  # noqa: BLE001 - its library raises anything on a broken file
        answer = {"error": f"the PDF is broken: {type(error).__name__}: {error}"[:300]}
        if any(isinstance(one, MemoryError) for one in (error, error.__context__, *error.args)):
            answer = {"error": f"the PDF needs more than {memory // 2**20} MiB of memory"}
    json.dump(answer, sys.stdout)


def read_pdf(data: bytes, pages: int, characters: int) -> list[list[dict[str, Any]]]:
    """For each page its paragraphs and tables, in the order of reading.

    A paragraph is ``{"text", "size", "bold", "italic"}``, a table ``{"rows": [[text]]}``; both
    have ``top`` and ``bottom``, in points from the top of the page.

    Raises:
        UnreadableError: it is encrypted, over a limit, or has no text.
    """
    import pdfplumber
    from pdfminer.pdfdocument import PDFPasswordIncorrect
    from pdfplumber.utils.exceptions import PdfminerException

    try:
        document = pdfplumber.open(io.BytesIO(data), laparams={"boxes_flow": 0.5})
    except PdfminerException as error:
        if error.args and isinstance(error.args[0], PDFPasswordIncorrect):
            raise UnreadableError("the PDF is encrypted: save it without a password") from error
        raise
    read: list[list[dict[str, Any]]] = []
    count = unmapped = 0
    with document:
        if len(document.pages) > pages:
            raise UnreadableError(f"pages: {len(document.pages)}, the limit is {pages}")
        for page in document.pages:
            blocks = list(_blocks(page))
            read.append(blocks)
            for text in _texts(blocks):
                count += len(text)
                unmapped += sum(len(found[0]) for found in _UNMAPPED.finditer(text))
            for block in blocks:
                if "text" in block:
                    block["text"] = _UNMAPPED.sub("", block["text"])
            if count > characters:
                raise UnreadableError(f"characters: more than {characters}, the limit")
            page.close()
    if not count:
        raise UnreadableError(
            "the PDF holds no text, only pictures of it: recognise its text (OCR) first"
        )
    if unmapped > _MOST_UNMAPPED * count:
        raise UnreadableError("the PDF's fonts do not say which letters they draw")
    return read


def _blocks(page: Any) -> Iterator[dict[str, Any]]:
    tables = [
        table for table in page.find_tables() if len(table.rows) > 1 and len(table.columns) > 1
    ]
    boxes = [table.bbox for table in tables]
    waiting = sorted(zip(boxes, tables, strict=True), key=lambda one: -one[0][1])
    for group in _line_groups(page, boxes):
        while waiting and waiting[-1][0][1] < group[0].top:
            yield _table(waiting.pop()[1])
        yield from paragraphs(group)
    while waiting:
        yield _table(waiting.pop()[1])


def _table(table: Any) -> dict[str, Any]:
    rows = [[_SPACE.sub(" ", cell or "").strip() for cell in row] for row in table.extract()]
    return {"rows": rows, "top": table.bbox[1], "bottom": table.bbox[3]}


def _line_groups(
    page: Any, tables: Sequence[tuple[float, float, float, float]]
) -> Iterator[list[Line]]:
    """The lines of each block of text, as the layout analysis finds them, outside tables."""
    from pdfminer.layout import LTTextBox, LTTextLine

    for box in page.layout:
        if not isinstance(box, LTTextBox):
            continue
        lines = []
        for line in box:
            if not isinstance(line, LTTextLine):
                continue
            top, bottom = page.height - line.y1, page.height - line.y0
            middle = ((line.x0 + line.x1) / 2, (top + bottom) / 2)
            if any(x0 <= middle[0] <= x1 and y0 <= middle[1] <= y1 for x0, y0, x1, y1 in tables):
                continue
            text = _CONTROL.sub("", _SPACE.sub(" ", line.get_text())).strip()
            if text:
                lines.append(Line(text, top, bottom, line.x0, line.x1, *_font(line)))
        if lines:
            yield lines


def _font(line: Any) -> tuple[float, bool, bool]:
    """Size, is it bold, is it italic: of most letters."""
    from pdfminer.layout import LTChar

    fonts = Counter(
        (char.fontname, round(char.size, 1))
        for char in line
        if isinstance(char, LTChar) and not char.get_text().isspace()
    )
    if not fonts:
        return 0.0, False, False
    (name, size), _ = fonts.most_common(1)[0]
    lower = str(name).lower()
    bold = any(word in lower for word in ("bold", "black", "heavy", "semibold"))
    return float(size), bold, "italic" in lower or "oblique" in lower


def _texts(blocks: Sequence[dict[str, Any]]) -> Iterator[str]:
    for block in blocks:
        if "text" in block:
            yield block["text"]
        for row in block.get("rows", ()):
            yield from row


def _bound(seconds: int, memory: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


if __name__ == "__main__":
    main()
