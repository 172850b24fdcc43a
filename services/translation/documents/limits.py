"""How much a stranger's document may hold."""

from __future__ import annotations

from dataclasses import dataclass

from foundation.errors import InvalidArgument

FIELD = "file"
"""The field that every error of this package names."""


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """Bounds on what is read; a document that is over one is refused before any work on it."""

    bytes: int = 50 * 1024 * 1024
    """Of the file."""

    segments: int = 100_000
    characters: int = 5_000_000
    """Of all segments together."""

    unpacked_bytes: int = 500 * 1024 * 1024
    """Of all entries of a zipped document together."""

    xml_bytes: int = 100 * 1024 * 1024
    """Of all entries that must be parsed; a parsed one takes about five times its size."""

    entries: int = 10_000
    """Files in a zipped document."""

    ratio: int = 200
    """How many times larger than the file its entries may be; not asked below 20 MB."""

    pages: int = 1_000
    """Of a PDF."""

    pdf_seconds: int = 120
    """CPU time for reading a PDF."""

    pdf_memory_bytes: int = 2 * 1024 * 1024 * 1024
    """Memory for reading a PDF."""


def refused(message: str) -> InvalidArgument:
    """The error that says why a document is not taken."""
    return InvalidArgument(FIELD, message)


def check_limit(what: str, value: int, limit: int) -> None:
    """Compare a figure with its limit.

    Raises:
        InvalidArgument: it is over; names figure and limit.
    """
    if value > limit:
        raise refused(f"{what}: {value}, the limit is {limit}")
