"""What the tests of documents share: a translator, archives taken apart, pictures."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping

from foundation.languages import Language
from services.translation.documents import (
    Document,
    Saved,
    Segment,
    TranslatedSegment,
    open_document,
)
from tests.toy_translator import toy_translation


def translated(segment: Segment, target: Language = "en") -> TranslatedSegment:
    """The toy's translation, lines and tabs kept."""
    pieces = re.split(r"(\s+)", segment.text)
    text = "".join(
        piece if not piece.strip() else toy_translation(piece, target) for piece in pieces
    )
    return TranslatedSegment(text, tuple(range(len(text.split()))))


def reversed_words(segment: Segment, target: Language = "en") -> TranslatedSegment:
    """The toy's words in reversed order, as a language with another word order has them."""
    words = translated(segment, target).text.split()
    return TranslatedSegment(" ".join(reversed(words)), tuple(range(len(words)))[::-1])


Translator = Callable[[Segment, Language], TranslatedSegment]


def save(document: Document, target: Language = "en", translator: Translator = translated) -> Saved:
    return document.save([translator(segment, target) for segment in document.segments], target)


def through(
    data: bytes, name: str, target: Language = "en", translator: Translator = translated
) -> bytes:
    return save(open_document(data, name), target, translator).data


def texts(data: bytes, name: str) -> list[str]:
    return [segment.text for segment in open_document(data, name).segments]


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rezipped(data: bytes, changes: Mapping[str, bytes | Callable[[bytes], bytes] | None]) -> bytes:
    """An archive with entries replaced, changed by a function, added, or (None) left out."""
    entries: dict[str, bytes | None] = dict(unzipped(data))
    for name, change in changes.items():
        entries[name] = change(entries[name] or b"") if callable(change) else change
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, entry in entries.items():
            if entry is not None:
                archive.writestr(name, entry)
    return buffer.getvalue()


def png(red: int = 200) -> bytes:
    """A picture of four pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    rows = b"".join(b"\0" + bytes([red, 90, 40]) * 2 for _ in range(2))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
