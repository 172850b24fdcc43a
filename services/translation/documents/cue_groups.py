"""Subtitles for translation: sentences over several cues become one segment, and are spread again.

A cue is handed in with its text and marks (``Inline``). Cues are grouped until a sentence ends. The
translation is cut where its shares of text are those of the cues, at borders of words, after a
mark of punctuation where one is near; each part is set in lines anew.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Generic, TypeVar

from foundation.languages import Language
from services.translation.documents.inline import Held, Inline, Item, tree
from services.translation.documents.interface import (
    Mark,
    MarkKind,
    Role,
    Segment,
    TranslatedSegment,
)
from services.translation.documents.projection import project
from streaming.cues.line_breaking import break_lines

P = TypeVar("P")

_SENTENCE_ENDS: Final = ".?!…:;。"
_CLOSERS: Final = "»”’\"')]}♪♫ "
_DASHES: Final = ("-", "–", "—", "‐")
_LONGEST_PAUSE: Final = 90_000 * 3 // 2  # ticks: a sentence does not run over a longer one
_MOST_CUES: Final = 6
_LINE: Final = 37  # characters; longer where the file has longer lines
_MOST_WORDS: Final = 40  # of a cue, for the search of the best line break


@dataclass(slots=True)
class SourceCue(Generic[P]):
    """A cue as a format reads it."""

    inline: Inline[P]
    """Lines end in ``\\n``."""

    start: int
    """Ticks."""

    end: int
    write: Callable[[Sequence[Item[P]]], None]
    """Writes the cue anew; a ``\\n`` in the text is a line break."""

    voice: str = ""
    """Who speaks and where the cue is placed: cues that differ in it are never joined."""

    alone: bool = False
    """Never join it with others: its words have times of their own."""


@dataclass(slots=True)
class _Part(Generic[P]):
    """A cue's share of a group, or a speaker's line of a cue."""

    cue: SourceCue[P]
    text: str
    marks: list[Mark]
    payloads: list[P]
    lead: list[P]
    """Payloads of points before its text."""

    whole: list[P]
    """Payloads of ranges around all its text, the outermost first; they stay with the cue."""


class CueGroup(Generic[P]):
    """One or more cues that are translated together."""

    def __init__(self, cues: Sequence[SourceCue[P]], width: int, lines: int) -> None:
        self._cues = cues
        self._width, self._lines = width, lines
        self._parts = [_part(cue) for cue in cues]
        self._payloads: list[P] = []
        marks: list[Mark] = []
        text = ""
        for part in self._parts:
            text += " " if text else ""
            for mark in part.marks:
                number = len(marks)
                first = number - mark.id
                parent = None if mark.parent is None else mark.parent + first
                marks.append(
                    Mark(number, mark.kind, mark.start + len(text), mark.end + len(text), parent)
                )
            self._payloads += part.payloads
            text += part.text
        self.found = any(map(str.isalpha, text))
        self.segment = Segment(text, tuple(marks), Role.CUE)

    def put(self, translation: TranslatedSegment, target: Language) -> None:
        """See ``Place``."""
        if self._speakers(translation):
            return self._put_lines(translation, target)
        words = translation.text.split()
        text = " ".join(words)
        marks = project(self.segment, TranslatedSegment(text, translation.alignment))
        borders = _spread(words, [len(part.text) for part in self._parts])
        at = 0
        for part, (first, last) in zip(self._parts, pairwise(borders), strict=True):
            chosen = words[first:last]
            length = len(" ".join(chosen))
            lines = "\n".join(_set_lines(chosen, target, self._width, self._lines))
            final = part is self._parts[-1]
            inside = _inside(marks, at, at + length, final=final)
            items = tree(lines, inside, self._payloads)
            part.cue.write(_wrapped(items, part))
            at += length + 1
        return None

    def _speakers(self, translation: TranslatedSegment) -> bool:
        """Two speakers in one cue: each has a line, and a translation that keeps them apart."""
        lines = self.segment.text.split("\n")
        return len(lines) > 1 and len(translation.text.split("\n")) == len(lines)

    def _put_lines(self, translation: TranslatedSegment, target: Language) -> None:
        part = self._parts[0]
        text = "\n".join(" ".join(line.split()) for line in translation.text.split("\n"))
        marks = project(self.segment, TranslatedSegment(text, translation.alignment))
        part.cue.write(_wrapped(tree(text, marks, self._payloads), part))


def group_cues(cues: Sequence[SourceCue[P]]) -> list[CueGroup[P]]:
    """Cues in groups that hold whole sentences, in their order; those without text are left out."""
    lines = [line for cue in cues for line in cue.inline.text.split("\n")]
    width = min(max([_LINE, *map(len, lines)]), 80)
    most = max([2, *(cue.inline.text.count("\n") + 1 for cue in cues)])
    groups: list[CueGroup[P]] = []
    current: list[SourceCue[P]] = []
    for cue in cues:
        if not cue.inline.text.strip():
            continue
        if current and (cue.alone or _starts_anew(current[-1], cue) or len(current) == _MOST_CUES):
            groups.append(CueGroup(current, width, min(most, 4)))
            current = []
        current.append(cue)
        if cue.alone or _ends_sentence(cue) or _is_dialogue(cue):
            groups.append(CueGroup(current, width, min(most, 4)))
            current = []
    if current:
        groups.append(CueGroup(current, width, min(most, 4)))
    return [group for group in groups if group.found]


def _starts_anew(before: SourceCue[P], cue: SourceCue[P]) -> bool:
    pause = cue.start - before.end
    text = cue.inline.text.lstrip()
    paused = not -_LONGEST_PAUSE <= pause <= _LONGEST_PAUSE
    return paused or before.voice != cue.voice or text.startswith(_DASHES)


def _ends_sentence(cue: SourceCue[P]) -> bool:
    text = cue.inline.text.rstrip()
    return text.endswith(("♪", "♫", "]", ")")) or text.rstrip(_CLOSERS)[-1:] in _SENTENCE_ENDS


def _is_dialogue(cue: SourceCue[P]) -> bool:
    lines = cue.inline.text.split("\n")
    return len(lines) > 1 and all(line.lstrip().startswith(_DASHES) for line in lines)


def _part(cue: SourceCue[P]) -> _Part[P]:
    """The cue's text on one line, without marks that hold all of it or stand before it."""
    text = cue.inline.text
    marks, payloads = list(cue.inline.marks), list(cue.inline.payloads)
    if not _is_dialogue(cue):
        text = text.replace("\n", " ")
    part = _Part(cue, text, marks, payloads, [], [])
    _merge_alike(text, marks, payloads)
    held = [1] * len(marks)  # each mark with all that it holds
    for mark in reversed(marks):
        if mark.parent is not None:
            held[mark.parent] += held[mark.id]
    first = 0
    while first < len(marks) and not text[: marks[first].start].strip():
        mark = marks[first]
        if mark.kind is MarkKind.POINT and not part.whole:
            part.lead.append(payloads[first])
        elif mark.kind is MarkKind.RANGE and not text[mark.end :].strip():
            if first + held[first] < len(marks):
                break
            part.whole.append(payloads[first])
        else:
            break
        first += 1
    del payloads[:first]
    marks[:] = [_lifted(mark, first) for mark in marks[first:]]
    return part


def _merge_alike(text: str, marks: list[Mark], payloads: list[P]) -> None:
    """Ranges of equal payload that hold a line each become one that holds them all."""
    tops = [mark for mark in marks if mark.parent is None]
    if len(tops) < 2 or any(mark.kind is not MarkKind.RANGE for mark in tops):
        return
    if any(payloads[mark.id] != payloads[tops[0].id] for mark in tops):
        return
    edges = [0, *(edge for mark in tops for edge in (mark.start, mark.end)), len(text)]
    if any(text[first:last].strip() for first, last in zip(edges[::2], edges[1::2], strict=True)):
        return
    inner = [mark for mark in marks if mark.parent is not None]
    numbers = {mark.id: number for number, mark in enumerate(inner, 1)}
    payloads[:] = [payloads[tops[0].id], *(payloads[mark.id] for mark in inner)]
    marks[:] = [Mark(0, MarkKind.RANGE, tops[0].start, tops[-1].end)]
    for mark in inner:
        parent = numbers.get(mark.parent or 0, 0)
        marks.append(Mark(numbers[mark.id], mark.kind, mark.start, mark.end, parent))


def _lifted(mark: Mark, first: int) -> Mark:
    """The mark when all before the number ``first`` are taken away."""
    parent = mark.parent - first if mark.parent is not None and mark.parent >= first else None
    return Mark(mark.id - first, mark.kind, mark.start, mark.end, parent)


def _spread(words: Sequence[str], shares: Sequence[int]) -> list[int]:
    """Borders between words, such that each part has about its share of the text.

    Every part has a word as long as there are enough; a border after punctuation is preferred.
    """
    lengths = [0]
    for word in words:
        lengths.append(lengths[-1] + len(word) + 1)
    total, passed = max(sum(shares), 1), 0
    borders = [0]
    for number, share in enumerate(shares[:-1]):
        passed += share
        wanted = lengths[-1] * passed / total
        left = len(shares) - number - 1
        first = min(borders[-1] + 1, len(words))
        last = max(len(words) - left, first)

        def cost(border: int, wanted: float = wanted) -> float:
            bonus = 8 if border and words[border - 1][-1] in ".,;:!?…—–" else 0
            return abs(lengths[border] - wanted) - bonus

        borders.append(min(range(first, min(last, len(words)) + 1), key=cost, default=len(words)))
    return [*borders, len(words)]


def _set_lines(words: Sequence[str], language: Language, width: int, most: int) -> Sequence[str]:
    if len(words) <= _MOST_WORDS:
        lines = break_lines(words, language, width, most)
        if lines is not None:
            return lines
    return textwrap.wrap(" ".join(words), width, break_long_words=False, break_on_hyphens=False)


def _inside(marks: Sequence[Mark], start: int, end: int, *, final: bool) -> list[Mark]:
    """The marks of a part of the text; a range over a border is in both parts."""
    inside: list[Mark] = []
    here: set[int] = set()
    for mark in marks:
        first, last = max(mark.start, start), min(mark.end, end)
        if mark.kind is MarkKind.POINT or mark.start == mark.end:
            if not start <= mark.start or not (mark.start <= end or final):
                continue
        elif first >= last:
            continue
        here.add(mark.id)
        parent = mark.parent if mark.parent in here else None
        inside.append(Mark(mark.id, mark.kind, first - start, max(last, first) - start, parent))
    return inside


def _wrapped(items: Sequence[Item[P]], part: _Part[P]) -> Sequence[Item[P]]:
    for payload in reversed(part.whole):
        items = [Held(payload, MarkKind.RANGE, tuple(items))]
    return [*(Held(payload, MarkKind.POINT) for payload in part.lead), *items]
