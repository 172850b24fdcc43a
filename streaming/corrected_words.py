"""Where the words of a correction belong: times and events of the words that they replace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from foundation.speech import Word

Place = tuple[int, Word]
"""A word, and the id of the committed event that it belongs to."""


def redistribute(before: Sequence[Place], texts: Sequence[str]) -> list[Place]:
    """Put ``texts`` in the place of the words ``before``; at least one word must have been there.

    Equal words stay as they are. As many words as were replaced take each its forerunner's times
    and event; otherwise they share the time of all that they replace, in the first one's event.
    Added words share the time of the word before them, or of the one that follows at the beginning.
    What a person wrote is certain; ``spoken`` keeps what was recognised where that is one word.
    No word leaves the time of those that were there, so cues keep their words.
    """
    # Words with no text stand for a gap that text is put in: nothing equals them.
    old = [word.text or None for _, word in before]
    placed: list[Place] = []
    waiting: list[str] = []
    """Added before the first word."""
    for kind, first, last, start, end in SequenceMatcher(
        None, old, list(texts), autojunk=False
    ).get_opcodes():
        new = list(texts[start:end])
        if kind == "insert" and not placed:
            waiting = new
            continue
        replaced = list(before[first:last])
        if kind == "equal":
            if waiting:
                replaced[:1] = _shared(replaced[:1], [*waiting, replaced[0][1].text])
                waiting = []
            placed += replaced
        elif kind == "replace" and len(new) == last - first:
            placed += [
                (
                    event_id,
                    replace(word, text=text, confidence=1.0, spoken=word.spoken or word.text),
                )
                for (event_id, word), text in zip(replaced, new, strict=True)
            ]
        elif kind == "replace":
            placed += _shared(replaced, new)
        elif kind == "insert":
            placed[-1:] = _shared(placed[-1:], [placed[-1][1].text, *new])
    return placed


def _shared(replaced: Sequence[Place], texts: Sequence[str]) -> list[Place]:
    """Words that share the time of those they replace, by their length in letters."""
    event_id, first = replaced[0]
    start, end = first.start, replaced[-1][1].end
    letters = sum(map(len, texts))
    placed: list[Place] = []
    passed = 0
    for text in texts:
        begin = start + (end - start) * passed // letters
        passed += len(text)
        until = start + (end - start) * passed // letters
        spoken = next((word.spoken for _, word in replaced if word.text == text), "")
        placed.append((event_id, Word(text, begin, until, 1.0, spoken)))
    return placed
