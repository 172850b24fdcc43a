"""Documents by the ending of their names."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import PurePath
from typing import Final

from foundation.errors import InvalidArgument
from services.translation.documents.interface import Document
from services.translation.documents.limits import DocumentLimits, check_limit, refused

_PACKAGE: Final = "services.translation.documents"
_READERS: Final[dict[str, str]] = {
    ".docx": "word:open_word",
    ".odt": "open_document_text:open_odt",
    ".pptx": "slides:open_slides",
    ".xlsx": "spreadsheet:open_spreadsheet",
    ".html": "html_pages:open_html",
    ".htm": "html_pages:open_html",
    ".xhtml": "html_pages:open_html",
    ".srt": "subtitles:open_subtitles",
    ".vtt": "subtitles:open_subtitles",
    ".ttml": "timed_text_markup:open_ttml",
    ".dfxp": "timed_text_markup:open_ttml",
    ".xml": "timed_text_markup:open_ttml",
    ".txt": "plain_text:open_text",
    ".md": "plain_text:open_text",
    ".markdown": "plain_text:open_text",
    ".pdf": "pdf_document:open_pdf",
}
"""Imported when a document of the kind is opened: their libraries take time."""

SUFFIXES: Final = tuple(_READERS)
"""Endings of documents that can be opened."""

_MACROS: Final = frozenset({".docm", ".dotm", ".pptm", ".ppsm", ".potm", ".xlsm", ".xltm", ".xlsb"})
_OLD: Final = {".doc": ".docx", ".ppt": ".pptx", ".xls": ".xlsx", ".rtf": ".docx"}


def open_document(data: bytes, file_name: str, limits: DocumentLimits | None = None) -> Document:
    """Take a document apart.

    Args:
        data: the file.
        file_name: its name; the ending says the format, folders in it are ignored.
        limits: what is taken; None: the defaults.

    Raises:
        InvalidArgument: field ``file``: empty, over a limit, of no known format or another than
            its ending says, broken, encrypted, or with macros.
    """
    limits = limits or DocumentLimits()
    suffix = check_name(file_name)
    if not data:
        raise refused("the file is empty")
    check_limit("bytes", len(data), limits.bytes)
    module, _, name = _READERS[suffix].partition(":")
    opener: Callable[[bytes, str, DocumentLimits], Document] = getattr(
        importlib.import_module(f"{_PACKAGE}.{module}"), name
    )
    try:
        return opener(data, file_name, limits)
    except InvalidArgument:
        raise
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        # A file of the right form that breaks its format's rules where nobody looked yet.
        raise refused(f"the document is broken: {type(error).__name__}: {error}") from error


def check_name(file_name: str) -> str:
    """The ending, in lower case, of a document that can be opened.

    Raises:
        InvalidArgument: field ``file``: the name has another ending.
    """
    suffix = PurePath(file_name.replace("\\", "/")).suffix.lower()
    if suffix in _MACROS:
        raise refused(f"{suffix[1:]} documents may hold macros: save it without them")
    if suffix in _OLD:
        raise refused(f"{suffix[1:]} is not read: save the document as {_OLD[suffix][1:]}")
    if suffix not in _READERS:
        known = ", ".join(ending[1:] for ending in _READERS)
        raise refused(f"{file_name[-80:]!r}: the ending is none of {known}")
    return suffix
