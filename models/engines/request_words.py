"""The words of a synthesis request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from foundation.synthesis import SpeechSpan


@dataclass(frozen=True, slots=True)
class Place:
    """A word where it stands."""

    text: str
    span: int
    position: int
    """Of its first character in the span's text."""


def word_places(spans: Sequence[SpeechSpan]) -> Iterator[Place]:
    """Every word as ``str.split`` counts, in order."""
    for number, span in enumerate(spans):
        position = 0
        for word in span.text.split():
            position = span.text.index(word, position)
            yield Place(word, number, position)
            position += len(word)
