"""What strangers wrote, for a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """A text that moves no cursor, begins no line and turns none round: such signs are escaped."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )
