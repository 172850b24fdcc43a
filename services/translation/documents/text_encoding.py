"""The encoding of text files, which they do not say."""

from __future__ import annotations

import codecs
from typing import Final

from services.translation.documents.limits import refused

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CANDIDATES: Final = ["cp1251", "koi8_r", "cp866", "mac_cyrillic", "ptcp154", "cp1252"]
"""What Kazakh, Russian and English were written in before UTF-8; PTCP154 holds Kazakh."""


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of a file.

    A byte order mark decides, then UTF-8 where it fits, then what the file declares, then what
    charset-normalizer finds likeliest of the encodings of the three languages.

    Raises:
        InvalidArgument: it is no text.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decoded(data, encoding)
    half = _half_of_zeros(data)
    if half is not None:
        return _decoded(data, half)
    if b"\0" in data[:4096]:
        raise refused("the file is no text")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if declared is not None and _is_text_encoding(declared):
        return data.decode(declared, "replace")
    from charset_normalizer import from_bytes

    best = from_bytes(data[:200_000], cp_isolation=_CANDIDATES).best()
    if best is None:
        raise refused("the file's encoding is not known: save it as UTF-8")
    return data.decode(best.encoding, "replace")


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise refused(f"the file is broken: {error}") from error


def _half_of_zeros(data: bytes) -> str | None:
    """UTF-16 without a mark: spaces and digits have a zero in one of their halves."""
    head = data[:2000]
    if len(head) < 4 or len(data) % 2:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    least = len(head) // 20 + 1
    if odd >= least and even == 0:
        return "utf-16-le"
    return "utf-16-be" if even >= least and odd == 0 else None


def _is_text_encoding(name: str) -> bool:
    try:
        return codecs.lookup(name)._is_text_encoding
    except LookupError:
        return False
