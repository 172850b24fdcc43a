"""The inside of a paragraph, of any format: text, marks, and what each mark stands for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeAlias, TypeVar

from services.translation.documents.interface import (
    Mark,
    MarkKind,
    Role,
    Segment,
    TranslatedSegment,
)
from services.translation.documents.projection import project

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Held(Generic[P]):
    """A mark of a translated paragraph and what it holds."""

    payload: P
    kind: MarkKind
    items: tuple[Item[P], ...] = ()


Item: TypeAlias = "str | Held[P]"


@dataclass(slots=True)
class Inline(Generic[P]):
    """Collects a paragraph from its start to its end; payloads are the format's own."""

    payloads: list[P] = field(default_factory=list)
    _text: list[str] = field(default_factory=list)
    _length: int = 0
    _marks: list[Mark] = field(default_factory=list)
    _open: list[int] = field(default_factory=list)

    @property
    def length(self) -> int:
        """Characters so far."""
        return self._length

    @property
    def last(self) -> str:
        """The last piece of text, "" if there is none."""
        return self._text[-1] if self._text else ""

    @property
    def text(self) -> str:
        """All text so far."""
        return "".join(self._text)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """All marks so far."""
        return tuple(self._marks)

    def add(self, text: str) -> None:
        """More text."""
        if text:
            self._text.append(text)
            self._length += len(text)

    def point(self, payload: P) -> int:
        """Something that stands between two characters; returns its id."""
        return self._mark(MarkKind.POINT, payload)

    def keep(self, payload: P, text: str) -> int:
        """Text that stays as it is; a point where there is none."""
        number = self._mark(MarkKind.KEPT if text.strip() else MarkKind.POINT, payload)
        if self._marks[number].kind is MarkKind.KEPT:
            self.add(text)
            self._end(number)
        else:
            self.add(" " if text else "")
        return number

    def open(self, payload: P) -> int:
        """A range begins here."""
        number = self._mark(MarkKind.RANGE, payload)
        self._open.append(number)
        return number

    def close(self) -> None:
        """The innermost open range ends here."""
        self._end(self._open.pop())

    def segment(self, role: Role = Role.PARAGRAPH) -> Segment | None:
        """What is to be translated; None where there is no letter but in kept text."""
        text = self.text
        at = 0
        for mark in self._marks:
            if mark.kind is MarkKind.KEPT:
                if any(map(str.isalpha, text[at : mark.start])):
                    break
                at = mark.end
        else:
            if not any(map(str.isalpha, text[at:])):
                return None
        return Segment(text, self.marks, role)

    @property
    def _parent(self) -> int | None:
        return self._open[-1] if self._open else None

    def _mark(self, kind: MarkKind, payload: P) -> int:
        number = len(self._marks)
        self._marks.append(Mark(number, kind, self._length, self._length, self._parent))
        self.payloads.append(payload)
        return number

    def _end(self, number: int) -> None:
        mark = self._marks[number]
        self._marks[number] = replace(mark, end=self._length)


def translated_items(
    segment: Segment, payloads: Sequence[P], translation: TranslatedSegment
) -> list[Item[P]]:
    """The translation as a tree of text and what its marks stand for."""
    return tree(translation.text, project(segment, translation), payloads)


def tree(text: str, marks: Sequence[Mark], payloads: Sequence[P]) -> list[Item[P]]:
    """Text and marks as a tree; marks at one place stand in the order of their ids."""
    children: dict[int | None, list[Mark]] = defaultdict(list)
    for mark in sorted(marks, key=lambda mark: (mark.start, mark.end, mark.id)):
        children[mark.parent].append(mark)
    built: dict[int, tuple[Item[P], ...]] = {}
    for mark in sorted(marks, key=lambda mark: mark.id, reverse=True):  # inner ones first
        if mark.kind is not MarkKind.POINT:
            built[mark.id] = tuple(
                _items(text, mark.start, mark.end, children[mark.id], payloads, built)
            )
    return list(_items(text, 0, len(text), children[None], payloads, built))


def _items(
    text: str,
    start: int,
    end: int,
    marks: Sequence[Mark],
    payloads: Sequence[P],
    built: dict[int, tuple[Item[P], ...]],
) -> Iterator[Item[P]]:
    at = start
    for mark in marks:
        if mark.start > at:
            yield text[at : mark.start]
        yield Held(payloads[mark.id], mark.kind, built.get(mark.id, ()))
        at = max(at, mark.end)
    if end > at:
        yield text[at:end]
